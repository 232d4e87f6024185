/* anning complaint add|ls: complaints from elsewhere. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "cli/csv_file.h"
#include "cli/inert.h"
#include "cli/person_ask.h"

#define EXAMPLES                                                                                                       \
    "  anning complaint add complaints.csv\n"                                                                          \
    "  anning complaint ls\n"

static const struct argp argp = {
    an_person_options,
    an_person_take,
    "add FILE.csv\nls [SOURCE]",
    AN_HELP("Complaints that came in elsewhere, at a running anningd; key of scope complaints.\v"
            "  add  takes in a CSV file, at most 1,000 lines, all or none; what was taken before is passed over.\n"
            "       Columns: id, source (12321, 12345, operator, other), time, caller, category; callee, words\n"
            "  ls   those taken in, newest first\n\nExamples:\n" EXAMPLES,
            "外部投诉（通过运行中的anningd），密钥须有complaints权限。\v"
            "  add  导入CSV文件，至多1000行，全部导入或全部不导入；已导入过的跳过。\n"
            "       列：id、source（12321、12345、operator、other）、time、caller、category；callee、words\n"
            "  ls   已导入的投诉，最新在前\n\n示例：\n" EXAMPLES),
    NULL,
    NULL,
    NULL
};

/* A column is a field of the API's; what it may hold is the server's to say. */
struct reading {
    char names[AN_RECORD_COLUMNS_MAX][16];
    size_t columns;
    cJSON *items;                      /* [own] */
    uint64_t lines[AN_COMPLAINTS_MAX]; /* where each item stands */
};

/* Excel saves as GB18030 where it is Chinese. */
static enum an_err check_encoding(const struct an_csv *csv, struct an_error *error)
{
    for (size_t i = 0; i < csv->count; i++)
        if (!an_utf8_valid(csv->cells[i]))
            return an_fail(error, AN_ERR_INVALID,
                           an_cli_say("line %llu: cell %zu is not UTF-8; save the file as UTF-8 (in Excel: CSV UTF-8)",
                                      "第%llu行第%zu列不是UTF-8编码；请将文件另存为UTF-8（Excel中选“CSV UTF-8”）"),
                           (unsigned long long)csv->line, i + 1);
    return AN_OK;
}

static enum an_err take_row(void *user, const struct an_csv *csv, struct an_error *error)
{
    static const char *const known[] = { "id", "source", "time", "caller", "callee", "category", "words" };
    struct reading *r = user;
    char text[AN_RECORD_LINE_MAX + 1];
    enum an_err err = check_encoding(csv, error);
    if (err != AN_OK) return err;
    if (r->columns == 0) {
        for (size_t i = 0; i < csv->count; i++) {
            bool fine = false;
            an_slice_copy(an_slice_trim(csv->cells[i]), r->names[i], sizeof r->names[i]);
            for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) fine |= strcmp(known[k], r->names[i]) == 0;
            if (!fine)
                return an_fail(error, AN_ERR_INVALID,
                               "line 1: \"%s\" is no column; id, source, time, caller, callee, category and words are",
                               r->names[i]);
            for (size_t k = 0; k < i; k++)
                if (strcmp(r->names[k], r->names[i]) == 0)
                    return an_fail(error, AN_ERR_INVALID, "line 1: the column %s is there twice", r->names[i]);
        }
        r->columns = csv->count;
        return AN_OK;
    }
    if (csv->count != r->columns)
        return an_fail(error, AN_ERR_INVALID, "line %llu: %zu cells, but the first line names %zu columns",
                       (unsigned long long)csv->line, csv->count, r->columns);
    if (cJSON_GetArraySize(r->items) == AN_COMPLAINTS_MAX)
        return an_fail(error, AN_ERR_LIMIT, "line %llu: more than %d complaints (AN_COMPLAINTS_MAX); split the file",
                       (unsigned long long)csv->line, AN_COMPLAINTS_MAX);
    cJSON *item = cJSON_CreateObject();
    r->lines[cJSON_GetArraySize(r->items)] = csv->line;
    cJSON_AddItemToArray(r->items, item);
    for (size_t i = 0; i < csv->count; i++) {
        an_slice_copy(csv->cells[i], text, sizeof text);
        if (text[0] != '\0') cJSON_AddStringToObject(item, r->names[i], text);
    }
    return AN_OK;
}

static int send(const struct an_person_flags *flags, const struct reading *r, const cJSON *body)
{
    struct an_person_flags asked = *flags;
    cJSON *answer = NULL;
    asked.items_file = flags->arg[0];
    asked.item_lines = r->lines;
    asked.item_count = (size_t)cJSON_GetArraySize(r->items);
    int code = an_person_ask(&asked, "POST", "/v1/complaints", body, &answer);
    const cJSON *taken = cJSON_GetObjectItemCaseSensitive(answer, "taken"),
                *known = cJSON_GetObjectItemCaseSensitive(answer, "known");
    if (code == AN_EXIT_OK && (!cJSON_IsNumber(taken) || !cJSON_IsNumber(known))) {
        code = an_cli_fail(AN_EXIT_ENVIRONMENT, "%s",
                           an_cli_say("the answer is none of anningd's: it does not say how many were taken in",
                                      "应答并非来自anningd：未给出导入条数"));
    } else if (code == AN_EXIT_OK && flags->json) {
        char *text = cJSON_Print(answer);
        an_inert_json_line(text);
        free(text);
    } else if (code == AN_EXIT_OK) {
        printf(an_cli_say("%.0f taken in, %.0f known before\n", "导入%.0f条，已有%.0f条\n"), taken->valuedouble,
               known->valuedouble);
    }
    cJSON_Delete(answer);
    return code;
}

static int add(const struct an_person_flags *flags)
{
    struct reading r = { .items = cJSON_CreateArray() };
    struct an_error error = { "" };
    cJSON *body = cJSON_CreateObject();
    cJSON_AddItemToObject(body, "items", r.items);
    enum an_err err = an_csv_file_read(flags->arg[0], take_row, &r, NULL, &error);
    int code = err == AN_OK ? AN_EXIT_OK : an_cli_fail(an_cli_exit_of(err), "%s; nothing was taken in", error.text);
    if (code == AN_EXIT_OK && cJSON_GetArraySize(r.items) == 0)
        code = an_cli_fail(AN_EXIT_NO, "%s: no complaints in it", flags->arg[0]);
    if (code == AN_EXIT_OK) code = send(flags, &r, body);
    cJSON_Delete(body);
    return code;
}

int an_cmd_complaint(int argc, char **argv)
{
    static const char *const fields[] = { "time", "source", "id", "caller", "category", "network", "region", "case" };
    struct an_person_flags flags = { 0 };
    char path[256];
    an_cli_parse(&argp, argc, argv, &flags);
    if (strcmp(flags.what, "add") == 0 && flags.arg_count == 1) return add(&flags);
    if (strcmp(flags.what, "ls") != 0 || flags.arg_count > 1)
        return an_cli_fail(AN_EXIT_USAGE, "add FILE.csv or ls [SOURCE]");
    an_person_path(path, sizeof path,
                   flags.arg_count == 1 ? "/v1/complaints?limit=200&source=$" : "/v1/complaints?limit=200",
                   flags.arg[0], NULL);
    return an_person_show(&flags, "GET", path, NULL, fields, sizeof fields / sizeof fields[0]);
}
