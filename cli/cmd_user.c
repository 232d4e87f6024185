/* anning user ls|add|reset|disable|enable|code|key */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/accounts.h"
#include "api/links.h"
#include "base/clock.h"
#include "cli/inert.h"
#include "cli/output.h"
#include "cli/store.h"
#include "store/audit.h"
#include "store/keys.h"

enum { KEY_NAME = 256, KEY_SCOPES, LIST_STEP = 200 };

struct flags {
    const char *config, *data, *what, *whom, *role, *name, *scopes;
    bool json;
};

/* What a verb works with. */
struct desk {
    const struct flags *flags;
    struct an_store *store;
    struct an_db_session *session;
    char url[AN_CONSOLE_URL_MAX];
    uint64_t now_us;
};

static const struct argp_option options[] = {
    { "config", 'c', "FILE", 0,
      AN_HELP("the daemon's configuration (default: /etc/anning/anning.yaml where it is there)",
              "守护进程的配置（默认为/etc/anning/anning.yaml，如存在）"),
      0 },
    { "data", 'd', "DIR", 0, AN_HELP("data folder (default: the configuration's)", "数据目录（默认取自配置）"), 0 },
    { "role", 'r', "ROLE", 0,
      AN_HELP("add: agent, operator, auditor, authority or admin (agent)",
              "add：agent、operator、auditor、authority或admin（默认agent）"),
      0 },
    { "name", KEY_NAME, "NAME", 0, AN_HELP("add: shown instead of the login", "add：显示的姓名"), 0 },
    { "scopes", KEY_SCOPES, "LIST", 0,
      AN_HELP(
          "key: what it is for, with commas between: calls, subscribers, lookup, standing, redress, desk, authority, "
          "complaints",
          "key：用途，以逗号分隔：calls、subscribers、lookup、standing、redress、desk、authority、complaints"),
      0 },
    { "json", 'j', NULL, 0, AN_HELP("one JSON object a line", "每行一个JSON对象"), 0 },
    { 0 },
};

static const char *const verbs[] = { "ls", "add", "reset", "disable", "enable", "code", "key" };

static void check(struct flags *flags, struct argp_state *state)
{
    bool known = false;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        known |= flags->what != NULL && strcmp(flags->what, verbs[i]) == 0;
    if (!known) argp_error(state, "what? One of ls, add, reset, disable, enable, code, key");
    bool list = strcmp(flags->what, "ls") == 0;
    if (list && flags->whom != NULL) argp_error(state, "ls takes nobody, not %s", flags->whom);
    if (!list && flags->whom == NULL) argp_error(state, "%s whom?", flags->what);
    unsigned role = an_role_of_name(an_slice_of(flags->role));
    if (role == 0 || role == AN_ROLE_SUBSCRIBER)
        argp_error(state, "--role %s: agent, operator, auditor, authority and admin are possible", flags->role);
    if (flags->name != NULL && strlen(flags->name) > AN_ACCOUNT_NAME_MAX)
        argp_error(state, "--name: %d bytes are possible", AN_ACCOUNT_NAME_MAX);
}

static error_t take(int key, char *arg, struct argp_state *state)
{
    struct flags *flags = state->input;
    switch (key) {
    case 'c': flags->config = arg; break;
    case 'd': flags->data = arg; break;
    case 'r': flags->role = arg; break;
    case KEY_NAME: flags->name = arg; break;
    case KEY_SCOPES: flags->scopes = arg; break;
    case 'j': flags->json = true; break;
    case ARGP_KEY_ARG:
        if (flags->what == NULL)
            flags->what = arg;
        else if (flags->whom == NULL)
            flags->whom = arg;
        else
            argp_error(state, "one at a time: %s or %s", flags->whom, arg);
        break;
    case ARGP_KEY_END: check(flags, state); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

#define EXAMPLES                                                                                                       \
    "  anning user add wang --role operator --name \"Wang Min\"\n"                                                     \
    "  anning user reset wang\n"                                                                                       \
    "  anning user code +8613800138000\n"                                                                              \
    "  anning user key billing --scopes subscribers,redress\n"

static const struct argp argp = {
    options,
    take,
    "ls|add LOGIN|reset LOGIN|disable LOGIN|enable LOGIN|code NUMBER|key NAME",
    AN_HELP("Who may sign in to the console.\v"
            "  ls       everybody with a login\n"
            "  add      somebody new: prints a link that sets the password, once, within 72 hours\n"
            "  reset    takes password, second factor and sessions away and prints such a link\n"
            "  disable  ends the sessions and lets nobody in by this login; enable undoes it\n"
            "  code     prints a code by which the holder of a number signs in, good for 10 minutes\n"
            "  key      makes an API key of this name and prints it, this once\n\n"
            "Works on the store itself, beside a running anningd or without one; what it did is in the audit log.\n\n"
            "Examples:\n" EXAMPLES,
            "可登录控制台的用户。\v"
            "  ls       列出所有用户\n"
            "  add      新增用户：输出设置密码的一次性链接，72小时内有效\n"
            "  reset    清除密码、第二因素和会话，并输出上述链接\n"
            "  disable  结束会话并禁止登录；enable恢复\n"
            "  code     输出号码持有人登录用的验证码，10分钟内有效\n"
            "  key      生成此名称的API密钥并输出，仅此一次\n\n"
            "直接操作数据库，无论anningd是否运行；操作记入审计日志。\n\n"
            "示例：\n" EXAMPLES),
    NULL,
    NULL,
    NULL,
};

static int failed(enum an_err err, const struct an_error *error)
{
    return an_cli_fail(err == AN_ERR_NOT_FOUND || err == AN_ERR_EXISTS ? AN_EXIT_NO : AN_EXIT_ENVIRONMENT, "%s",
                       error->text);
}

/* What the command line does is written down as well: by which user of the server, sudo's where it was used. */
static enum an_err audit(const struct desk *desk, const char *act, const char *object, const char *detail,
                         an_number about, struct an_error *error)
{
    char who[64];
    const char *name = getenv("SUDO_USER");
    const struct passwd *user = getpwuid(getuid());
    if (name == NULL) name = user == NULL ? "?" : user->pw_name;
    snprintf(who, sizeof who, "%.40s (server)", name);
    const struct an_audit_entry entry = { .time_us = desk->now_us,
                                          .who = who,
                                          .role = "admin",
                                          .act = act,
                                          .object = object,
                                          .detail = detail,
                                          .number = about };
    return an_audit_add(desk->session, an_store_secret(desk->store), &entry, error);
}

/* ---- ls ---- */

struct lister {
    struct an_grid *grid; /* NULL: JSON */
    int64_t last;
    unsigned count;
};

static const char *day_of(uint64_t time_us, char out[32])
{
    time_t seconds = (time_t)(time_us / AN_US_PER_S);
    struct tm local;
    out[0] = '\0';
    if (time_us > 0 && localtime_r(&seconds, &local) != NULL) strftime(out, 32, "%Y-%m-%d %H:%M", &local);
    return out;
}

static bool list_row(void *user, const struct an_account *account)
{
    struct lister *lister = user;
    char seen[32], created[32], id[AN_DB_ID_TEXT_MAX];
    lister->last = account->id;
    lister->count++;
    const char *state = account->disabled              ? an_cli_say("disabled", "已停用")
                        : account->password[0] == '\0' ? an_cli_say("no password yet", "尚未设密码")
                        : account->totp_on             ? an_cli_say("password and code", "密码和动态码")
                                                       : an_cli_say("password", "密码");
    if (lister->grid != NULL) {
        const char *const cells[] = { account->login,
                                      account->role,
                                      state,
                                      day_of(account->last_seen_us, seen),
                                      day_of(account->created_us, created),
                                      account->name };
        an_grid_row(lister->grid, cells);
        return true;
    }
    struct an_text out;
    an_text_init(&out, 8192);
    an_text_puts(&out, "{");
    an_text_json_pair(&out, "id", an_db_id_text(account->id, id));
    an_text_json_pair(&out, "login", account->login);
    an_text_json_pair(&out, "name", account->name);
    an_text_json_pair(&out, "role", account->role);
    an_text_json_key(&out, "disabled");
    an_text_puts(&out, account->disabled ? "true" : "false");
    an_text_json_key(&out, "totp");
    an_text_puts(&out, account->totp_on ? "true" : "false");
    an_text_json_pair_time(&out, "created", account->created_us, 0);
    an_text_json_pair_time(&out, "last_seen", account->last_seen_us, 0);
    an_text_puts(&out, "}");
    an_inert_json_line(out.at);
    an_text_done(&out);
    return true;
}

static int list(const struct desk *desk)
{
    static const char *const en[] = { "login", "role", "signs in by", "last seen", "since", "name" };
    static const char *const zh[] = { "登录名", "角色", "登录方式", "最近使用", "创建于", "姓名" };
    struct an_error error;
    struct lister lister = { .grid = NULL };
    bool chinese = an_cli_language() == AN_LANGUAGE_ZH;
    if (!desk->flags->json) lister.grid = an_grid_new(6, chinese ? zh : en);
    enum an_err err;
    unsigned before;
    do {
        before = lister.count;
        err = an_account_list(desk->session, lister.last, LIST_STEP, list_row, &lister, &error);
    } while (err == AN_OK && lister.count == before + LIST_STEP);
    if (err == AN_OK && lister.grid != NULL) an_grid_print(lister.grid, stdout);
    if (lister.grid != NULL) an_grid_free(lister.grid);
    return err == AN_OK ? AN_EXIT_OK : failed(err, &error);
}

/* ---- the others ---- */

static int print_link(const struct desk *desk, int64_t account)
{
    char link[AN_LINK_URL_MAX + AN_CONSOLE_URL_MAX];
    struct an_error error;
    enum an_err err = an_api_link_make(desk->session, an_store_secret(desk->store), desk->url, account, desk->now_us,
                                       link, sizeof link, &error);
    if (err != AN_OK) return failed(err, &error);
    puts(link);
    fprintf(stderr,
            an_cli_say("It sets the password once, within %d hours.\n", "此链接可设置密码一次，%d小时内有效。\n"),
            AN_LINK_HOURS);
    return AN_EXIT_OK;
}

static int add(const struct desk *desk, const char *login)
{
    struct an_error error;
    struct an_account account = { .id = an_db_id(), .created_us = desk->now_us };
    an_slice_copy(an_slice_of(login), account.login, sizeof account.login);
    an_slice_copy(an_slice_of(desk->flags->name == NULL ? login : desk->flags->name), account.name,
                  sizeof account.name);
    an_slice_copy(an_slice_of(desk->flags->role), account.role, sizeof account.role);
    strcpy(account.language, "zh"); /* as one who never chose */
    enum an_err err = audit(desk, "user.add", login, account.role, AN_NUMBER_NONE, &error);
    if (err == AN_OK) err = an_account_add(desk->session, &account, &error);
    if (err == AN_ERR_EXISTS) return an_cli_fail(AN_EXIT_NO, "somebody has the login %s already", login);
    return err == AN_OK ? print_link(desk, account.id) : failed(err, &error);
}

static int reset(const struct desk *desk, struct an_account *account)
{
    struct an_error error;
    enum an_err err = an_account_set_password(desk->session, account->id, "", &error);
    if (err == AN_OK) err = an_account_set_totp(desk->session, account->id, NULL, 0, false, &error);
    if (err == AN_OK) err = an_session_end_all(desk->session, account->id, &error);
    return err == AN_OK ? print_link(desk, account->id) : failed(err, &error);
}

static int set_disabled(const struct desk *desk, struct an_account *account, bool disabled)
{
    struct an_error error;
    account->disabled = disabled;
    enum an_err err = an_account_change(desk->session, account, &error);
    if (err == AN_OK && disabled) err = an_session_end_all(desk->session, account->id, &error);
    return err == AN_OK ? AN_EXIT_OK : failed(err, &error);
}

static int code(const struct desk *desk)
{
    char digits[AN_CODE_DIGITS + 1];
    an_number number;
    struct an_error error;
    if (!an_api_number_read(desk->flags->whom, &number))
        return an_cli_fail(AN_EXIT_USAGE, "\"%s\": a number is + and its digits, country code first",
                           desk->flags->whom);
    enum an_err err = audit(desk, "session.code", "", "", number, &error);
    if (err == AN_OK)
        err = an_api_code_make(desk->session, an_store_secret(desk->store), number, "session", desk->now_us, digits,
                               &error);
    if (err != AN_OK) return failed(err, &error);
    puts(digits);
    return AN_EXIT_OK;
}

static int make_key(const struct desk *desk)
{
    char text[AN_TICKET_TEXT + 1];
    uint8_t hash[AN_SECRET_HASH_BYTES];
    struct an_error error;
    struct an_key key = { .id = an_db_id(), .created_us = desk->now_us };
    struct an_slice rest = an_slice_of(desk->flags->scopes), word;
    if (rest.len == 0 || rest.len > AN_KEY_SCOPES_MAX || strlen(desk->flags->whom) > AN_KEY_NAME_MAX)
        return an_cli_fail(AN_EXIT_USAGE, "key: --scopes says what it is for; a name has at most %d bytes",
                           AN_KEY_NAME_MAX);
    while (rest.len > 0) {
        an_slice_cut(&rest, ',', &word);
        if (an_scope_of_name(word) == 0)
            return an_cli_fail(AN_EXIT_USAGE,
                               "\"%.*s\" is no scope; calls, subscribers, lookup, standing, redress, "
                               "desk, authority and complaints are",
                               (int)word.len, word.at);
        snprintf(key.scopes + strlen(key.scopes), sizeof key.scopes - strlen(key.scopes), "%s%.*s",
                 key.scopes[0] == '\0' ? "" : " ", (int)word.len, word.at);
    }
    strcpy(key.name, desk->flags->whom);
    an_api_ticket_make(an_store_secret(desk->store), AN_SECRET_KEY, text, hash);
    enum an_err err = audit(desk, "key.add", key.name, key.scopes, AN_NUMBER_NONE, &error);
    if (err == AN_OK) err = an_key_add(desk->session, &key, hash, &error);
    if (err != AN_OK) return failed(err, &error);
    printf("ak_%s\n", text);
    return AN_EXIT_OK;
}

static int with_login(const struct desk *desk)
{
    char login[AN_LOGIN_MAX + 1], act[32];
    struct an_account account;
    struct an_error error;
    const char *what = desk->flags->what;
    bool fits = strlen(desk->flags->whom) <= AN_LOGIN_MAX;
    if (fits) strcpy(login, desk->flags->whom);
    if (!fits || !an_api_login_fold(login))
        return an_cli_fail(AN_EXIT_USAGE, "\"%s\": a login is made of a to z, 0 to 9 and . _ @ -", desk->flags->whom);
    if (strcmp(what, "add") == 0) return add(desk, login);
    enum an_err err = an_account_by_login(desk->session, login, &account, &error);
    if (err == AN_ERR_NOT_FOUND) return an_cli_fail(AN_EXIT_NO, "nobody has the login %s", login);
    snprintf(act, sizeof act, "user.%s", what);
    if (err == AN_OK) err = audit(desk, act, login, "", AN_NUMBER_NONE, &error);
    if (err != AN_OK) return failed(err, &error);
    if (strcmp(what, "reset") == 0) return reset(desk, &account);
    return set_disabled(desk, &account, strcmp(what, "disable") == 0);
}

int an_cmd_user(int argc, char **argv)
{
    struct flags flags = { .role = "agent" };
    struct desk desk = { .flags = &flags };
    an_cli_parse(&argp, argc, argv, &flags);
    int result = an_cli_store_open(flags.config, flags.data, &desk.store, &desk.session, desk.url);
    if (result != AN_EXIT_OK) return result;
    desk.now_us = an_clock_wall_us();
    if (strcmp(flags.what, "ls") == 0)
        result = list(&desk);
    else if (strcmp(flags.what, "key") == 0)
        result = make_key(&desk);
    else
        result = strcmp(flags.what, "code") == 0 ? code(&desk) : with_login(&desk);
    an_cli_store_close(desk.store, desk.session);
    return result;
}
