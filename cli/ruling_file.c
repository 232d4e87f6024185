#include "cli/ruling_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "engine/ruling.h"
#include "parse/ruling.h"
#include "parse/ndjson.h"

enum { BYTES_MAX = 4 << 20, PROBLEMS_SHOWN = 20 };

struct reading {
    struct an_ruling_file *file;
    struct an_ruling_reading how;
    size_t problems;
};

static void note(struct reading *r, uint64_t line, const char *text)
{
    if (++r->problems <= PROBLEMS_SHOWN) an_cli_note("anning: %s:%" PRIu64 ": %s", r->file->path, line, text);
}

/* Room for one more; notes the first that has none. */
static struct an_ruling *next_label(struct reading *r, uint64_t line)
{
    struct an_ruling_file *file = r->file;
    if (file->count == AN_RULINGS_MAX) {
        if (r->problems < PROBLEMS_SHOWN) note(r, line, "over 1,000 labels (AN_RULINGS_MAX); send several files");
        r->problems = PROBLEMS_SHOWN + 1;
        return NULL;
    }
    file->lines[file->count] = line;
    return &file->labels[file->count];
}

static void read_ndjson(struct reading *r, const char *bytes, size_t len)
{
    struct an_ndjson reader;
    an_ndjson_init(&reader);
    size_t at = 0, used;
    enum an_err err;
    do {
        struct an_slice line;
        struct an_error error = { "" };
        err = an_ndjson_next(&reader, bytes + at, len - at, true, &used, &line, &error);
        at += used;
        if (err == AN_ERR_LIMIT) note(r, reader.line, "the line is over 16,384 bytes (AN_RECORD_LINE_MAX)");
        if (err != AN_OK) continue;
        struct an_ruling *label = next_label(r, reader.line);
        if (label == NULL) return;
        const char *end = NULL;
        cJSON *object = cJSON_ParseWithLengthOpts(line.at, line.len, &end, false);
        if (object == NULL || an_slice_trim((struct an_slice) { end, (size_t)(line.at + line.len - end) }).len > 0)
            note(r, reader.line, "is no JSON; each line has to be one object like {\"number\":\"+8613800138000\",...}");
        else if (an_ruling_of_json(object, &r->how, label, &error) != AN_OK)
            note(r, reader.line, error.text);
        else
            r->file->count++;
        cJSON_Delete(object);
    } while (err == AN_OK || err == AN_ERR_LIMIT);
}

static void read_csv(struct reading *r, const char *bytes, size_t len)
{
    struct an_csv *csv = malloc(sizeof *csv);
    struct an_ruling_columns columns = { 0 };
    bool header = true;
    size_t at = 0, used;
    enum an_err err = csv == NULL ? AN_ERR_NO_MEMORY : AN_OK;
    if (csv != NULL) an_csv_init(csv, '\0');
    while (err != AN_ERR_END && err != AN_ERR_NO_MEMORY) {
        struct an_error error = { "" };
        err = an_csv_next(csv, bytes + at, len - at, true, &used, &error);
        at += used;
        if (err == AN_ERR_END) break;
        if (err != AN_OK) {
            note(r, csv->line, error.text);
            continue;
        }
        if (header && an_ruling_columns_of(csv, &columns, &error) != AN_OK) {
            note(r, csv->line, error.text);
            break;
        }
        struct an_ruling *label = header ? NULL : next_label(r, csv->line);
        if (!header && label == NULL) break;
        if (!header && an_ruling_of_csv(csv, &columns, &r->how, label, &error) != AN_OK)
            note(r, csv->line, error.text);
        else if (!header)
            r->file->count++;
        header = false;
    }
    free(csv);
}

/* [own] the whole file; NULL: said why. */
static char *read_bytes(const char *path, size_t *ret_len)
{
    bool input = strcmp(path, "-") == 0;
    FILE *in = input ? stdin : fopen(path, "re");
    char *bytes = in == NULL ? NULL : malloc(BYTES_MAX + 1);
    if (in == NULL) {
        an_cli_fail(AN_EXIT_ENVIRONMENT, "%s: %s", path, strerror(errno));
        return NULL;
    }
    size_t len = bytes == NULL ? 0 : fread(bytes, 1, BYTES_MAX + 1, in);
    bool failed = bytes == NULL || ferror(in);
    if (failed)
        an_cli_fail(AN_EXIT_ENVIRONMENT, "%s: %s", path, strerror(errno));
    else if (len > BYTES_MAX)
        an_cli_fail(AN_EXIT_NO, "%s: over 4 MB; send several files", path);
    if (!input) fclose(in);
    if (failed || len > BYTES_MAX) {
        free(bytes);
        return NULL;
    }
    *ret_len = len;
    return bytes;
}

static bool looks_like_json(const char *bytes, size_t len)
{
    size_t at = len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < len && (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\r' || bytes[at] == '\n')) at++;
    return at < len && bytes[at] == '{';
}

static void resolve(struct reading *r, const struct an_settings *settings, const char *data_dir)
{
    struct an_ruling_file *file = r->file;
    struct an_error error = { "" };
    size_t index, other;
    if (an_rulings_resolve(settings, data_dir, file->labels, file->count, &index, &other, &error) == AN_OK) return;
    char text[sizeof error.text + 40];
    if (other == SIZE_MAX)
        snprintf(text, sizeof text, "%s", error.text);
    else
        snprintf(text, sizeof text, "%s (line %" PRIu64 ")", error.text, file->lines[other]);
    note(r, file->lines[index], text);
}

int an_ruling_file_read(const char *path, const struct an_settings *settings, const char *data_dir, uint64_t now_us,
                        struct an_ruling_file *ret_file)
{
    size_t len = 0;
    char *bytes = read_bytes(path, &len);
    if (bytes == NULL) return AN_EXIT_ENVIRONMENT;
    struct reading r = { .file = ret_file, .how = { now_us, settings->utc_offset_s } };
    ret_file->path = strcmp(path, "-") == 0 ? "standard input" : path;
    ret_file->count = 0;
    if (looks_like_json(bytes, len))
        read_ndjson(&r, bytes, len);
    else
        read_csv(&r, bytes, len);
    free(bytes);
    if (r.problems == 0 && ret_file->count == 0)
        note(&r, 1, "no labels; a line of JSON, or a CSV header and rows, are wanted");
    if (r.problems == 0) resolve(&r, settings, data_dir);
    if (r.problems == 0) return AN_EXIT_OK;
    fprintf(stderr, "anning: %s\n", an_cli_say("nothing was applied", "未应用任何标注"));
    return AN_EXIT_NO;
}
