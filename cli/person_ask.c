#include "cli/person_ask.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/accounts.h"
#include "cli/fields.h"
#include "cli/inert.h"
#include "cli/server.h"

enum {
    KEY_KEY_FILE = 256,
    KEY_WORDS,
    KEY_STATE,
    KEY_ALL,
    KEY_CATEGORY,
    KEY_CURSOR,
    ANSWER_MAX = 64 << 20,
    PATH_MAX_BYTES = 512
};

const struct argp_option an_person_options[] = {
    { "server", 's', "HOST:PORT", 0,
      AN_HELP("a running anningd (default: $ANNING_SERVER, then 127.0.0.1:8080)",
              "运行中的anningd（默认$ANNING_SERVER，其次127.0.0.1:8080）"),
      0 },
    { "key-file", KEY_KEY_FILE, "FILE", 0,
      AN_HELP("its first line is an API key with the scope for this (default: $ANNING_TOKEN)",
              "首行为具备相应权限的API密钥（默认$ANNING_TOKEN）"),
      0 },
    { "words", KEY_WORDS, "TEXT", 0, AN_HELP("what is said with it", "附带的说明"), 0 },
    { "category", KEY_CATEGORY, "NAME", 0, AN_HELP("of a report: loan, fraud ...", "举报的类别：loan、fraud等"), 0 },
    { "state", KEY_STATE, "STATE", 0,
      AN_HELP("redress ls: waiting, granted or refused; case ls: new, open, asked, answered or closed",
              "redress ls：waiting、granted或refused；case ls：new、open、asked、answered或closed"),
      0 },
    { "all", KEY_ALL, NULL, 0,
      AN_HELP("calls: those that were put through without a word too", "calls：包括正常接通的来电"), 0 },
    { "cursor", KEY_CURSOR, "NEXT", 0,
      AN_HELP("lists: what comes after the 200 before, which said NEXT",
              "列表：上一页（200条）之后的内容，NEXT由上一页给出"),
      0 },
    { "json", 'j', NULL, 0, AN_HELP("the server's answer as it is", "原样输出服务器的应答"), 0 },
    { 0 },
};

error_t an_person_take(int key, char *arg, struct argp_state *state)
{
    struct an_person_flags *flags = state->input;
    switch (key) {
    case 's': flags->server = arg; break;
    case KEY_KEY_FILE: flags->key_file = arg; break;
    case KEY_WORDS: flags->words = arg; break;
    case KEY_STATE: flags->state = arg; break;
    case KEY_CATEGORY: flags->category = arg; break;
    case KEY_CURSOR: flags->cursor = arg; break;
    case KEY_ALL: flags->all = true; break;
    case 'j': flags->json = true; break;
    case ARGP_KEY_ARG:
        if (flags->what == NULL)
            flags->what = arg;
        else if (flags->arg_count < AN_PERSON_WORDS_MAX)
            flags->arg[flags->arg_count++] = arg;
        else
            argp_error(state, "one argument too many: %s", arg);
        break;
    case ARGP_KEY_END:
        if (flags->what == NULL) argp_error(state, "what? --help lists it");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

void an_person_path(char *out, size_t size, const char *format, const char *a, const char *b)
{
    const char *parts[] = { a, b };
    size_t at = 0, part = 0;
    for (const char *f = format; *f != '\0' && at + 4 < size; f++) {
        if (*f != '$') {
            out[at++] = *f;
            continue;
        }
        for (const char *c = part < 2 && parts[part] != NULL ? parts[part] : ""; *c != '\0' && at + 4 < size; c++) {
            bool plain = (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');
            at += (size_t)snprintf(out + at, size - at, plain ? "%c" : "%%%02X", plain ? *c : (unsigned char)*c);
        }
        part++;
    }
    out[at] = '\0';
}

bool an_person_number(const char *text)
{
    an_number number;
    if (an_api_number_read(text, &number)) return true;
    an_cli_fail(AN_EXIT_USAGE,
                an_cli_say("\"%.40s\": a number is + and its digits, country code first: +8613800138000 is the form",
                           "“%.40s”：号码须为+加数字并含国家码，如+8613800138000"),
                text);
    return false;
}

static int refused(const struct an_person_flags *flags, const struct an_text *answer, long status, bool key_given)
{
    if (status == 401)
        return an_cli_fail(AN_EXIT_NO,
                           an_cli_say("401: %s; `anning user key NAME --scopes LIST`, on the server, makes one, and "
                                      "--key-file FILE or ANNING_TOKEN gives it",
                                      "401：%s；在服务器上用 `anning user key NAME --scopes LIST` 生成，"
                                      "再用 --key-file FILE 或环境变量 ANNING_TOKEN 提供"),
                           key_given ? an_cli_say("the server does not know this API key", "服务器不认识此API密钥")
                                     : an_cli_say("this needs an API key", "需要API密钥"));
    char message[AN_SERVER_MESSAGE_MAX];
    size_t item;
    int used = 0;
    an_server_message(answer, message, sizeof message);
    if (flags->items_file != NULL && sscanf(message, "item %zu: %n", &item, &used) == 1 && used > 0 &&
        item < flags->item_count)
        return an_cli_fail(AN_EXIT_NO, "%s:%" PRIu64 ": %s; nothing was taken in", flags->items_file,
                           flags->item_lines[item], message + used);
    return an_cli_fail(AN_EXIT_NO, "%ld: %s", status, message);
}

int an_person_ask(const struct an_person_flags *flags, const char *method, const char *path, const cJSON *body,
                  cJSON **ret_json)
{
    char key[AN_SERVER_TOKEN_MAX];
    struct an_text url, answer;
    long status = 0;
    const char *server = flags->server != NULL ? flags->server : getenv("ANNING_SERVER");
    int code = an_server_token(flags->key_file, NULL, key);
    if (code != AN_EXIT_OK) return code;
    char *text = body == NULL ? NULL : cJSON_PrintUnformatted(body);
    an_text_init(&url, 4096);
    an_text_init(&answer, ANSWER_MAX);
    code = an_server_ask(server == NULL ? "127.0.0.1:8080" : server, method, path, key, text,
                         text == NULL ? 0 : strlen(text), &url, &answer, &status);
    if (code == AN_EXIT_OK && status / 100 != 2) code = refused(flags, &answer, status, key[0] != '\0');
    if (code == AN_EXIT_OK && ret_json != NULL) {
        *ret_json = answer.at == NULL ? NULL : cJSON_Parse(answer.at);
        if (!cJSON_IsObject(*ret_json)) {
            cJSON_Delete(*ret_json);
            *ret_json = NULL;
            code = an_cli_fail(AN_EXIT_ENVIRONMENT, "%s: the answer is no JSON object", url.at);
        }
    }
    free(text);
    an_text_done(&url);
    an_text_done(&answer);
    return code;
}

static void print_field(const cJSON *item, const char *path)
{
    char name[32];
    while (item != NULL && *path != '\0') {
        size_t len = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)len, path);
        item = cJSON_GetObjectItemCaseSensitive(item, name);
        path += len + (path[len] == '.');
    }
    if (cJSON_IsString(item))
        fputs(item->valuestring, stdout);
    else if (cJSON_IsNumber(item))
        printf("%.6g", item->valuedouble);
    else
        printf("%s", cJSON_IsTrue(item) ? "yes" : cJSON_IsFalse(item) ? "no" : "-");
}

static void print_list(const cJSON *items, const char *const *fields, size_t count)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, items)
    {
        for (size_t i = 0; i < count; i++) {
            if (i > 0) printf("  ");
            print_field(item, fields[i]);
        }
        putchar('\n');
    }
}

bool an_person_answered(const cJSON *answer, const char *name, const char *text)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(answer, name);
    if (strcmp(cJSON_IsTrue(item) ? "true" : an_field_text(answer, name), text) == 0) return true;
    an_cli_fail(
        AN_EXIT_ENVIRONMENT,
        an_cli_say("the answer is none of anningd's: its %s is not \"%s\"; what was asked may not have been done",
                   "应答并非来自anningd：%s不是“%s”；所请求的操作可能未执行"),
        name, text);
    return false;
}

int an_person_show(const struct an_person_flags *flags, const char *method, const char *path, const cJSON *body,
                   const char *const *fields, size_t count)
{
    cJSON *json = NULL;
    char page[PATH_MAX_BYTES], cursor[PATH_MAX_BYTES / 2] = "";
    if (flags->cursor != NULL && strchr(path, '?') == NULL)
        return an_cli_fail(AN_EXIT_USAGE, "--cursor goes with a list only");
    if (flags->cursor != NULL) an_person_path(cursor, sizeof cursor, "&cursor=$", flags->cursor, NULL);
    snprintf(page, sizeof page, "%s%s", path, cursor);
    int code = an_person_ask(flags, method, page, body, &json);
    if (code != AN_EXIT_OK) return code;
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(json, "items");
    if (items != NULL && count > 0 && !flags->json) {
        an_inert_tree(json);
        print_list(items, fields, count);
        const char *next = an_field_text(json, "next");
        if (next[0] != '\0')
            an_cli_note(
                an_cli_say("there are more: --cursor %s shows what comes next", "还有更多：用--cursor %s查看后续"),
                next);
        if (cJSON_GetArraySize(items) == 0) fputs(an_cli_say("none\n", "没有\n"), stderr); /* a script reads nothing */
    } else {
        char *text = cJSON_Print(json);
        an_inert_json_line(text);
        free(text);
    }
    cJSON_Delete(json);
    return AN_EXIT_OK;
}
