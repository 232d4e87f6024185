#include "cli/person_ask.h"

#include <stdlib.h>
#include <string.h>

#include "cli/server.h"

enum { KEY_KEY_FILE = 256, KEY_WORDS, KEY_STATE, KEY_ALL, KEY_CATEGORY, ANSWER_MAX = 64 << 20 };

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

static int refused(const struct an_text *answer, long status, bool key_given)
{
    if (status == 401)
        return an_cli_fail(AN_EXIT_NO,
                           an_cli_say("401: %s; `anning user key NAME --scopes LIST`, on the server, makes one, and "
                                      "--key-file FILE or ANNING_TOKEN gives it",
                                      "401：%s；在服务器上用 `anning user key NAME --scopes LIST` 生成，"
                                      "再用 --key-file FILE 或环境变量 ANNING_TOKEN 提供"),
                           key_given ? an_cli_say("the server does not know this API key", "服务器不认识此API密钥")
                                     : an_cli_say("this needs an API key", "需要API密钥"));
    cJSON *json = answer->at == NULL ? NULL : cJSON_Parse(answer->at);
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(json, "error");
    const cJSON *message = cJSON_GetObjectItemCaseSensitive(error, "message");
    int code = an_cli_fail(AN_EXIT_NO, "%ld: %s", status,
                           cJSON_IsString(message) ? message->valuestring : "the server said no more");
    cJSON_Delete(json);
    return code;
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
    if (code == AN_EXIT_OK && status / 100 != 2) code = refused(&answer, status, key[0] != '\0');
    if (code == AN_EXIT_OK && ret_json != NULL) {
        *ret_json = answer.at == NULL ? NULL : cJSON_Parse(answer.at);
        if (*ret_json == NULL) code = an_cli_fail(AN_EXIT_ENVIRONMENT, "%s: the answer is no JSON", url.at);
    }
    free(text);
    an_text_done(&url);
    an_text_done(&answer);
    return code;
}

/* Text from people: control characters would move a terminal's cursor. */
static void print_text(const char *text)
{
    for (; *text != '\0'; text++) putchar((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text);
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
        print_text(item->valuestring);
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

int an_person_show(const struct an_person_flags *flags, const char *method, const char *path, const cJSON *body,
                   const char *const *fields, size_t count)
{
    cJSON *json = NULL;
    int code = an_person_ask(flags, method, path, body, &json);
    if (code != AN_EXIT_OK) return code;
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(json, "items");
    if (items != NULL && count > 0 && !flags->json) {
        print_list(items, fields, count);
        if (cJSON_GetArraySize(items) == 0) fputs(an_cli_say("none\n", "没有\n"), stderr); /* a script reads nothing */
    } else {
        char *text = cJSON_Print(json); /* escapes control characters */
        if (text != NULL) puts(text);
        free(text);
    }
    cJSON_Delete(json);
    return AN_EXIT_OK;
}
