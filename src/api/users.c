/* Who may sign in: GET and POST /v1/users, PATCH and DELETE /v1/users/{id}. */
#include <cjson/cJSON.h>
#include <stdio.h>

#include "api/accounts.h"
#include "api/guard.h"
#include "api/links.h"

static void user_json(struct an_api_core *core, struct an_text *out, const struct an_account *account)
{
    char id[AN_DB_ID_TEXT_MAX];
    int32_t offset_s = core->options.utc_offset_s;
    an_text_puts(out, "{");
    an_text_json_pair(out, "id", an_db_id_text(account->id, id));
    an_text_json_pair(out, "login", account->login[0] == '\0' ? NULL : account->login);
    an_text_json_pair(out, "name", account->name);
    an_text_json_pair(out, "role", account->role);
    an_text_json_key(out, "disabled");
    an_text_puts(out, account->disabled ? "true" : "false");
    an_text_json_key(out, "totp");
    an_text_puts(out, account->totp_on ? "true" : "false");
    an_text_json_pair(out, "language", account->language);
    an_text_json_pair_time(out, "created", account->created_us, offset_s);
    an_text_json_pair_time(out, "last_seen", account->last_seen_us, offset_s);
    an_text_json_key(out, "networks");
    an_text_puts(out, "[");
    struct an_slice rest = an_slice_of(account->networks), word;
    for (bool first = true; rest.len > 0; first = false) {
        an_slice_cut(&rest, ' ', &word);
        an_text_puts(out, first ? "" : ",");
        an_text_json(out, word);
    }
    an_text_puts(out, "]}");
}

/* ---- the list ---- */

struct lister {
    struct an_api_core *core;
    struct an_text *out;
    unsigned count, limit;
    int64_t last;
};

static bool list_row(void *user, const struct an_account *account)
{
    struct lister *lister = user;
    if (lister->count == lister->limit) return lister->count++, false; /* there is one more */
    an_text_puts(lister->out, lister->count++ == 0 ? "" : ",");
    user_json(lister->core, lister->out, account);
    lister->last = account->id;
    return true;
}

void an_api_users_list(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    char cursor[AN_DB_ID_TEXT_MAX];
    struct lister lister = { .core = core, .out = &response->text };
    struct an_db_session *session;
    struct an_error error;
    int64_t after = 0;
    if (!an_api_query_limit(request, response, &lister.limit)) return;
    if (an_api_query(request, "cursor", cursor, sizeof cursor) && !an_db_id_of_text(an_slice_of(cursor), &after)) {
        an_api_refuse(response, 400, "invalid", "cursor has to be the next of the list before", "cursor");
        return;
    }
    if (!an_api_store(core, response, &session)) return;
    an_text_puts(&response->text, "{\"items\":[");
    enum an_err err = an_account_list(session, after, lister.limit + 1, list_row, &lister, &error);
    an_db_give(session);
    if (err != AN_OK) {
        an_api_store_failed(response, err, &error);
        return;
    }
    an_text_puts(&response->text, "]");
    if (lister.count > lister.limit) an_text_json_pair(&response->text, "next", an_db_id_text(lister.last, cursor));
    an_text_puts(&response->text, "}\n");
}

/* ---- one ---- */

/* ["192.0.2.0/24", ...] to text with blanks between. */
static bool networks_of(const cJSON *json, struct an_account *ret, struct an_api_response *response)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "networks"), *item;
    uint8_t network[16];
    unsigned bits;
    size_t len = 0;
    bool fine = list == NULL || cJSON_IsArray(list);
    if (list != NULL) ret->networks[0] = '\0';
    if (fine) cJSON_ArrayForEach(item, list)
        {
            fine = fine && cJSON_IsString(item) &&
                   an_api_network_read(an_slice_of(item->valuestring), network, &bits) &&
                   len + strlen(item->valuestring) + 2 < sizeof ret->networks;
            if (!fine) break;
            len += (size_t)snprintf(ret->networks + len, sizeof ret->networks - len, "%s%s", len == 0 ? "" : " ",
                                    item->valuestring);
        }
    if (!fine)
        an_api_refuse(response, 400, "invalid",
                      "networks has to be a list such as [\"192.0.2.0/24\", \"2001:db8::/32\"]", "networks");
    return fine;
}

/* Members that are there, over what account has. A subscriber is who a number is, not whom an admin makes. */
static bool fields_of(const cJSON *json, struct an_account *account, struct an_api_response *response)
{
    char role[AN_ROLE_NAME_MAX + 1], language[3];
    const cJSON *disabled = cJSON_GetObjectItemCaseSensitive(json, "disabled");
    if (cJSON_HasObjectItem(json, "name") &&
        !an_api_json_text(json, "name", true, account->name, sizeof account->name, response))
        return false;
    if (!an_api_json_text(json, "role", false, role, sizeof role, response) ||
        !an_api_json_text(json, "language", false, language, sizeof language, response))
        return false;
    if (role[0] != '\0') memcpy(account->role, role, sizeof role);
    if (language[0] != '\0') memcpy(account->language, language, sizeof language);
    unsigned bit = an_role_of_name(an_slice_of(account->role));
    if (bit == 0 || bit == AN_ROLE_SUBSCRIBER) {
        an_api_refuse(response, 400, "invalid", "role has to be agent, operator, auditor, authority or admin", "role");
        return false;
    }
    if (strcmp(account->language, "zh") != 0 && strcmp(account->language, "en") != 0) {
        an_api_refuse(response, 400, "invalid", "language has to be zh or en", "language");
        return false;
    }
    if (disabled != NULL && !cJSON_IsBool(disabled)) {
        an_api_refuse(response, 400, "invalid", "disabled has to be true or false", "disabled");
        return false;
    }
    if (disabled != NULL) account->disabled = cJSON_IsTrue(disabled);
    const cJSON *reset = cJSON_GetObjectItemCaseSensitive(json, "reset");
    if (reset != NULL && !cJSON_IsBool(reset)) {
        an_api_refuse(response, 400, "invalid", "reset has to be true or false", "reset");
        return false;
    }
    return networks_of(json, account, response);
}

static const char *url_of(const struct an_api_core *core)
{
    const struct an_api_console *console = core->options.console;
    return console == NULL || console->url == NULL ? "" : console->url;
}

/* {"user":{...},"link":"..."}; link NULL: none. */
static void answer_user(struct an_api_core *core, struct an_api_response *response, const struct an_account *account,
                        const char *link)
{
    struct an_text *out = &response->text;
    an_text_puts(out, "{\"user\":");
    user_json(core, out, account);
    if (link != NULL) an_text_json_pair(out, "link", link);
    an_text_puts(out, "}\n");
}

void an_api_users_add(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    char link[AN_LINK_URL_MAX];
    struct an_account account = { .id = an_db_id(), .language = "zh", .created_us = an_api_now_us(core) };
    struct an_db_session *session;
    struct an_error error;
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL) return;
    bool fine = an_api_json_text(json, "login", true, account.login, sizeof account.login, response) &&
                fields_of(json, &account, response);
    cJSON_Delete(json);
    if (fine && !an_api_login_fold(account.login)) {
        an_api_refuse(response, 400, "invalid", "a login is made of a to z, 0 to 9 and . _ @ -", "login");
        fine = false;
    }
    if (!fine || !an_api_store(core, response, &session)) return;
    enum an_err err = an_db_begin(session, &error);
    if (err == AN_OK) err = an_account_add(session, &account, &error);
    if (err == AN_OK &&
        !an_api_audit(core, request, response, session, "user.add", account.login, account.role, AN_NUMBER_NONE)) {
        an_db_give(session);
        return;
    }
    if (err == AN_OK) err = an_db_commit(session, &error);
    if (err == AN_OK)
        err = an_api_link_make(session, an_api_secret(core), url_of(core), account.id, account.created_us, link,
                               sizeof link, &error);
    if (err == AN_ERR_EXISTS) {
        an_api_refuse(response, 409, "exists", "somebody has this login already", "login");
    } else if (err != AN_OK) {
        an_api_store_failed(response, err, &error);
    } else {
        response->status = 201;
        answer_user(core, response, &account, link);
    }
    an_db_give(session);
}

/* A change of accounts may not leave nobody who can undo it. The transaction is the caller's. */
static bool admin_left(struct an_api_response *response, struct an_db_session *session)
{
    int64_t admins = 0;
    struct an_error error;
    enum an_err err = an_account_count(session, "admin", &admins, &error);
    if (err != AN_OK)
        an_api_store_failed(response, err, &error);
    else if (admins == 0)
        an_api_refuse(response, 409, "last_admin", "this is the only admin left", NULL);
    return err == AN_OK && admins > 0;
}

/* What a change does beside its row: a new link, the end of sessions that were begun under the old rights. */
static enum an_err change_more(struct an_api_core *core, struct an_db_session *session, const struct an_account *before,
                               const struct an_account *after, bool reset, char *link, size_t size,
                               struct an_error *error)
{
    enum an_err err = AN_OK;
    bool ends = reset || after->disabled || strcmp(before->role, after->role) != 0;
    if (reset) err = an_account_set_password(session, after->id, "", error);
    if (err == AN_OK && reset) err = an_account_set_totp(session, after->id, NULL, 0, false, error);
    if (err == AN_OK && ends) err = an_session_end_all(session, after->id, error);
    if (err == AN_OK) err = an_db_commit(session, error);
    if (err == AN_OK && reset)
        err = an_api_link_make(session, an_api_secret(core), url_of(core), after->id, an_api_now_us(core), link, size,
                               error);
    return err;
}

static void change(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                   struct an_db_session *session, int64_t id, const cJSON *json)
{
    char link[AN_LINK_URL_MAX], detail[128];
    struct an_account before, after = { 0 };
    struct an_error error;
    bool reset = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "reset"));
    enum an_err err = an_db_begin(session, &error);
    if (err == AN_OK) err = an_account_hold_admins(session, &error);
    if (err == AN_OK) err = an_account_by_id(session, id, &before, &error);
    if (err == AN_OK && before.login[0] == '\0') err = an_fail(&error, AN_ERR_NOT_FOUND, "no such user");
    if (err == AN_OK) {
        after = before;
        if (!fields_of(json, &after, response)) return;
        err = an_account_change(session, &after, &error);
    }
    if (err == AN_OK && !admin_left(response, session)) return;
    snprintf(detail, sizeof detail, "%s%s%s", after.role, after.disabled ? ", disabled" : "", reset ? ", reset" : "");
    if (err == AN_OK &&
        !an_api_audit(core, request, response, session, "user.change", after.login, detail, AN_NUMBER_NONE))
        return;
    if (err == AN_OK) err = change_more(core, session, &before, &after, reset, link, sizeof link, &error);
    an_api_guard_forget_account(core->guard, id);
    if (reset) after.totp_on = false;
    if (err != AN_OK)
        an_api_store_failed(response, err, &error);
    else
        answer_user(core, response, &after, reset ? link : NULL);
}

void an_api_users_change(struct an_api_core *core, const struct an_api_request *request,
                         struct an_api_response *response)
{
    int64_t id;
    struct an_db_session *session;
    if (!an_api_param_id(request, response, 0, &id)) return;
    cJSON *json = an_api_json_body(request, response);
    if (json != NULL && an_api_store(core, response, &session)) {
        change(core, request, response, session, id, json);
        an_db_give(session); /* rolls back what was refused */
    }
    cJSON_Delete(json);
}

static void remove_one(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                       struct an_db_session *session, int64_t id)
{
    struct an_account account;
    struct an_error error;
    enum an_err err = an_db_begin(session, &error);
    if (err == AN_OK) err = an_account_hold_admins(session, &error);
    if (err == AN_OK) err = an_account_by_id(session, id, &account, &error);
    if (err == AN_OK && account.login[0] == '\0') err = an_fail(&error, AN_ERR_NOT_FOUND, "no such user");
    if (err == AN_OK) err = an_account_remove(session, id, &error);
    if (err == AN_OK &&
        (!admin_left(response, session) ||
         !an_api_audit(core, request, response, session, "user.remove", account.login, "", AN_NUMBER_NONE)))
        return;
    if (err == AN_OK) err = an_db_commit(session, &error);
    an_api_guard_forget_account(core->guard, id);
    if (err != AN_OK) {
        an_api_store_failed(response, err, &error);
        return;
    }
    response->status = 204;
    response->type = NULL;
}

void an_api_users_remove(struct an_api_core *core, const struct an_api_request *request,
                         struct an_api_response *response)
{
    int64_t id;
    struct an_db_session *session;
    if (!an_api_param_id(request, response, 0, &id) || !an_api_store(core, response, &session)) return;
    remove_one(core, request, response, session, id);
    an_db_give(session);
}
