/* API keys: GET and POST /v1/keys, DELETE /v1/keys/{id}. A key is shown once, when it is made. */
#include "store/keys.h"

#include <cjson/cJSON.h>
#include <stdio.h>

#include "api/accounts.h"
#include "api/guard.h"

static void key_json(struct an_api_core *core, struct an_text *out, const struct an_key *key, const char *secret)
{
    char id[AN_DB_ID_TEXT_MAX];
    an_text_puts(out, "{");
    an_text_json_pair(out, "id", an_db_id_text(key->id, id));
    an_text_json_pair(out, "name", key->name);
    an_text_json_key(out, "scopes");
    an_text_puts(out, "[");
    struct an_slice rest = an_slice_of(key->scopes), word;
    for (bool first = true; rest.len > 0; first = false) {
        an_slice_cut(&rest, ' ', &word);
        an_text_puts(out, first ? "" : ",");
        an_text_json(out, word);
    }
    an_text_puts(out, "]");
    an_text_json_pair_time(out, "created", key->created_us, core->options.utc_offset_s);
    an_text_json_pair_time(out, "last_used", key->last_used_us, core->options.utc_offset_s);
    if (secret != NULL) an_text_json_pair(out, "key", secret);
    an_text_puts(out, "}");
}

struct lister {
    struct an_api_core *core;
    struct an_text *out;
    unsigned count, limit;
    int64_t last;
};

static bool list_row(void *user, const struct an_key *key)
{
    struct lister *lister = user;
    if (lister->count == lister->limit) return lister->count++, false; /* there is one more */
    an_text_puts(lister->out, lister->count++ == 0 ? "" : ",");
    key_json(lister->core, lister->out, key, NULL);
    lister->last = key->id;
    return true;
}

void an_api_keys_list(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
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
    enum an_err err = an_key_list(session, after, lister.limit + 1, list_row, &lister, &error);
    an_db_give(session);
    if (err != AN_OK) {
        an_api_store_failed(response, err, &error);
        return;
    }
    an_text_puts(&response->text, "]");
    if (lister.count > lister.limit) an_text_json_pair(&response->text, "next", an_db_id_text(lister.last, cursor));
    an_text_puts(&response->text, "}\n");
}

static bool scopes_of(const cJSON *json, struct an_key *ret, struct an_api_response *response)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "scopes"), *item;
    unsigned bits = 0, bad = !cJSON_IsArray(list);
    cJSON_ArrayForEach(item, list)
    {
        unsigned bit = cJSON_IsString(item) ? an_scope_of_name(an_slice_of(item->valuestring)) : 0;
        bad |= bit == 0;
        bits |= bit;
    }
    if (bad || bits == 0) {
        an_api_refuse(response, 400, "invalid",
                      "scopes has to be a list of calls, subscribers, lookup, standing, redress, desk, authority",
                      "scopes");
        return false;
    }
    size_t len = 0;
    for (unsigned bit = 1; bit < 1u << AN_SCOPES; bit <<= 1)
        if (bits & bit)
            len += (size_t)snprintf(ret->scopes + len, sizeof ret->scopes - len, "%s%s", len == 0 ? "" : " ",
                                    an_scope_name(bit));
    return true;
}

void an_api_keys_add(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    char secret[3 + AN_TICKET_TEXT + 1] = "ak_";
    uint8_t hash[AN_SECRET_HASH_BYTES];
    struct an_db_session *session;
    struct an_error error;
    struct an_key key = { .id = an_db_id(), .account = request->who->account, .created_us = an_api_now_us(core) };
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL) return;
    bool fine =
        an_api_json_text(json, "name", true, key.name, sizeof key.name, response) && scopes_of(json, &key, response);
    cJSON_Delete(json);
    if (!fine || !an_api_store(core, response, &session)) return;
    an_api_ticket_make(an_api_secret(core), AN_SECRET_KEY, secret + 3, hash);
    enum an_err err = an_db_begin(session, &error);
    if (err == AN_OK) err = an_key_add(session, &key, hash, &error);
    if (err == AN_OK &&
        !an_api_audit(core, request, response, session, "key.add", key.name, key.scopes, AN_NUMBER_NONE)) {
        an_db_give(session);
        return;
    }
    if (err == AN_OK) err = an_db_commit(session, &error);
    an_db_give(session);
    if (err != AN_OK) {
        an_api_store_failed(response, err, &error);
        return;
    }
    response->status = 201;
    key_json(core, &response->text, &key, secret);
    an_text_puts(&response->text, "\n");
}

void an_api_keys_remove(struct an_api_core *core, const struct an_api_request *request,
                        struct an_api_response *response)
{
    int64_t id;
    struct an_db_session *session;
    struct an_error error;
    if (!an_api_param_id(request, response, 0, &id) || !an_api_store(core, response, &session)) return;
    enum an_err err = an_key_remove(session, id, &error);
    an_api_guard_forget_key(core->guard, id);
    if (err != AN_OK) {
        an_api_store_failed(response, err, &error);
    } else {
        char text[AN_DB_ID_TEXT_MAX];
        if (an_api_audit(core, request, response, session, "key.remove", an_db_id_text(id, text), "", AN_NUMBER_NONE)) {
            response->status = 204;
            response->type = NULL;
        }
    }
    an_db_give(session);
}
