/* /v1/subscribers: settings, expected calls, opting in and out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/person.h"
#include "base/clock.h"

enum { CHANGE_TRIES = 4, WHO = AN_ROLE_SIGNED_IN & ~(AN_ROLE_AUDITOR | AN_ROLE_AUTHORITY) };

/* ---- reading ---- */

bool an_api_settings_of(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                        an_number number, struct an_subscriber *ret, uint32_t *ret_version, uint64_t *ret_updated_us)
{
    struct an_subscriber_row row;
    struct an_error error = { "the settings kept here are no JSON" };
    an_subscriber_init(ret);
    *ret_version = 0;
    *ret_updated_us = 0;
    enum an_err err = an_subscriber_find(session, an_api_secret(core), number, &row, &error);
    if (err == AN_ERR_NOT_FOUND) return true;
    if (err != AN_OK) {
        an_api_store_failed(response, err, &error);
        return false;
    }
    cJSON *json = row.json == NULL ? NULL : cJSON_Parse(row.json);
    err = json == NULL ? AN_ERR_CORRUPT : an_subscriber_of_stored(json, ret, &error);
    cJSON_Delete(json);
    *ret_version = row.version;
    *ret_updated_us = row.updated_us;
    an_subscriber_row_done(&row);
    if (err == AN_OK) return true;
    an_api_error(response, 500, "the settings kept here can't be read", NULL, -1);
    return false;
}

bool an_api_level_of(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                     an_number number, uint8_t *ret_level)
{
    struct an_subscriber subscriber;
    uint32_t version;
    uint64_t updated_us;
    if (!an_api_settings_of(core, response, session, number, &subscriber, &version, &updated_us)) return false;
    *ret_level = version == 0 ? AN_LEVEL_COUNT : subscriber.level;
    an_subscriber_done(&subscriber);
    return true;
}

static void write_settings(struct an_api_core *core, struct an_api_response *response, struct an_subscriber *subscriber,
                           uint32_t version, uint64_t updated_us)
{
    int32_t offset_s = core->options.utc_offset_s;
    char updated[32];
    an_expecting_tidy(subscriber, an_api_now_us(core));
    cJSON *json = an_subscriber_json(subscriber, &offset_s);
    bool fine = json != NULL && cJSON_AddNumberToObject(json, "version", version) != NULL;
    an_case_time_text(updated_us, offset_s, updated);
    fine = fine && (updated_us == 0 ? cJSON_AddNullToObject(json, "updated")
                                    : cJSON_AddStringToObject(json, "updated", updated)) != NULL;
    char *text = fine ? cJSON_PrintUnformatted(json) : NULL;
    cJSON_Delete(json);
    if (text == NULL) {
        an_api_error(response, 500, "out of memory", NULL, -1);
        return;
    }
    an_text_clear(&response->text);
    an_text_puts(&response->text, text);
    an_text_puts(&response->text, "\n");
    free(text);
}

/* ---- changing ---- */

/* What is done to the settings; false: it wrote its refusal. */
typedef bool edit_fn(struct an_api_core *core, struct an_subscriber *subscriber, void *user,
                     struct an_api_response *response);

struct change {
    an_number number;
    int64_t expected; /* version; -1: any */
    edit_fn *edit;
    void *user;
    /* afterwards */
    struct an_subscriber subscriber;
    uint32_t version;
    uint64_t now_us;
};

static enum an_err store(struct an_api_core *core, struct an_db_session *session, struct change *change,
                         uint32_t version, struct an_error *error)
{
    cJSON *json = an_subscriber_json(&change->subscriber, NULL);
    char *text = json == NULL ? NULL : cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    if (text == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "out of memory");
    enum an_err err = an_subscriber_save(session, an_api_secret(core), change->number, change->subscriber.on,
                                         an_slice_of(text), version, change->now_us, &change->version, NULL, error);
    free(text);
    return err;
}

/* Reads, edits, writes; again where somebody else wrote in between. On true change->subscriber is filled and in force.
 */
static bool run_change(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                       struct change *change)
{
    struct an_error error;
    enum an_err err = AN_ERR_EXISTS;
    for (int i = 0; i < CHANGE_TRIES && err == AN_ERR_EXISTS; i++) {
        uint32_t version;
        uint64_t updated_us;
        if (!an_api_settings_of(core, response, session, change->number, &change->subscriber, &version, &updated_us))
            return false;
        change->now_us = an_api_now_us(core);
        if (change->expected >= 0 && version != change->expected) {
            err = an_fail(&error, AN_ERR_EXISTS, "the settings have changed meanwhile: they are at version %u now",
                          version);
            an_subscriber_done(&change->subscriber);
            break;
        }
        an_expecting_tidy(&change->subscriber, change->now_us);
        if (!change->edit(core, &change->subscriber, change->user, response)) {
            an_subscriber_done(&change->subscriber);
            return false;
        }
        err = store(core, session, change, version, &error);
        if (err != AN_OK) an_subscriber_done(&change->subscriber);
        if (change->expected >= 0) break;
    }
    if (err == AN_ERR_EXISTS)
        an_api_refuse(response, 409, "changed", error.text, "version");
    else if (err != AN_OK)
        an_api_store_failed(response, err, &error);
    else
        an_people_changed(core->options.people->people, change->number, change->version, &change->subscriber);
    return err == AN_OK;
}

static bool edit_all(struct an_api_core *core, struct an_subscriber *subscriber, void *user,
                     struct an_api_response *response)
{
    struct an_error error;
    (void)core;
    enum an_err err = an_subscriber_of_json(user, subscriber, &error);
    if (err != AN_OK) an_api_refuse_case(response, err, &error);
    return err == AN_OK;
}

static bool edit_on(struct an_api_core *core, struct an_subscriber *subscriber, void *user,
                    struct an_api_response *response)
{
    (void)core, (void)response;
    subscriber->on = *(const bool *)user;
    return true;
}

static bool edit_expect(struct an_api_core *core, struct an_subscriber *subscriber, void *user,
                        struct an_api_response *response)
{
    struct an_error error;
    (void)core;
    enum an_err err = an_expecting_add(subscriber, user, &error);
    if (err != AN_OK) an_api_refuse(response, 409, "limit", error.text, "expecting");
    return err == AN_OK;
}

static bool edit_unexpect(struct an_api_core *core, struct an_subscriber *subscriber, void *user,
                          struct an_api_response *response)
{
    (void)core;
    if (an_expecting_remove(subscriber, *(const uint64_t *)user) == AN_OK) return true;
    an_api_refuse(response, 404, "not_found", "no such call is expected; it may be over", NULL);
    return false;
}

/* If-Match: "7" or 7; absent: -1. */
static bool expected_of(const struct an_api_request *request, struct an_api_response *response, int64_t *ret)
{
    struct an_slice text = an_slice_trim(request->if_match);
    uint64_t version = 0;
    *ret = -1;
    if (text.len == 0 || an_slice_equal(text, AN_SLICE("*"))) return true;
    if (text.len >= 2 && text.at[0] == '"' && text.at[text.len - 1] == '"') text.at++, text.len -= 2;
    if (an_slice_u64(text, UINT32_MAX, &version) != AN_OK) {
        an_api_refuse(response, 400, "invalid", "If-Match has to be the version that a GET showed", "version");
        return false;
    }
    *ret = (int64_t)version;
    return true;
}

bool an_api_switch(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                   an_number number, bool on, bool *ret_chinese)
{
    struct change change = { .number = number, .expected = -1, .edit = edit_on, .user = &on };
    if (!run_change(core, response, session, &change)) return false;
    *ret_chinese = change.subscriber.chinese;
    an_subscriber_done(&change.subscriber);
    return true;
}

/* ---- paths ---- */

static void get_settings(struct an_api_core *core, const struct an_api_request *request,
                         struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_subscriber subscriber;
    an_number number;
    uint32_t version;
    uint64_t updated_us;
    if (!an_api_store(core, response, &session)) return;
    if (an_api_person(core, request, response, session, "settings.look", &number) &&
        an_api_settings_of(core, response, session, number, &subscriber, &version, &updated_us)) {
        write_settings(core, response, &subscriber, version, updated_us);
        an_subscriber_done(&subscriber);
    }
    an_db_give(session);
}

static void change_and_show(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                            struct change *change)
{
    if (!run_change(core, response, session, change)) return;
    write_settings(core, response, &change->subscriber, change->version, change->now_us);
    an_subscriber_done(&change->subscriber);
}

static void put_settings(struct an_api_core *core, const struct an_api_request *request,
                         struct an_api_response *response)
{
    struct an_db_session *session;
    struct change change = { .edit = edit_all };
    if (an_api_people_of(core, response) == NULL || !expected_of(request, response, &change.expected)) return;
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL) return;
    change.user = json;
    if (an_api_store(core, response, &session)) {
        if (an_api_person(core, request, response, session, "settings.change", &change.number))
            change_and_show(core, response, session, &change);
        an_db_give(session);
    }
    cJSON_Delete(json);
}

static void expect(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_expecting expecting;
    struct change change = { .expected = -1, .edit = edit_expect, .user = &expecting };
    struct an_error error;
    int32_t offset_s = core->options.utc_offset_s;
    if (an_api_people_of(core, response) == NULL) return;
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL) return;
    enum an_err err = an_expecting_of_json(json, an_api_now_us(core), &expecting, &error);
    cJSON_Delete(json);
    if (err != AN_OK) {
        an_api_refuse_case(response, err, &error);
        return;
    }
    expecting.id = (uint64_t)an_db_id();
    if (!an_api_store(core, response, &session)) return;
    if (an_api_person(core, request, response, session, "settings.expect", &change.number) &&
        run_change(core, response, session, &change)) {
        an_subscriber_done(&change.subscriber);
        json = an_expecting_json(&expecting, &offset_s);
        char *text = json == NULL ? NULL : cJSON_PrintUnformatted(json);
        cJSON_Delete(json);
        an_text_puts(&response->text, text == NULL ? "{}" : text);
        free(text);
        response->status = 201;
    }
    an_db_give(session);
}

static void unexpect(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    int64_t id;
    uint64_t wanted;
    struct change change = { .expected = -1, .edit = edit_unexpect, .user = &wanted };
    if (an_api_people_of(core, response) == NULL || !an_api_param_id(request, response, 1, &id)) return;
    wanted = (uint64_t)id;
    if (!an_api_store(core, response, &session)) return;
    if (an_api_person(core, request, response, session, "settings.expect", &change.number))
        change_and_show(core, response, session, &change);
    an_db_give(session);
}

static void opt_out(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    bool on = false;
    struct change change = { .expected = -1, .edit = edit_on, .user = &on };
    if (an_api_people_of(core, response) == NULL || !an_api_store(core, response, &session)) return;
    if (an_api_person(core, request, response, session, "settings.off", &change.number))
        change_and_show(core, response, session, &change);
    an_db_give(session);
}

static void write_line(struct an_api_core *core, struct an_text *out, const struct an_subscriber_row *row)
{
    an_text_puts(out, "{");
    an_api_pair_number(out, "number", row->number);
    an_text_json_key(out, "on");
    an_text_puts(out, row->state == AN_SUBSCRIBER_ON ? "true" : "false");
    an_text_json_pair_u64(out, "version", row->version);
    an_api_pair_time(out, "since", row->created_us, core->options.utc_offset_s);
    an_api_pair_time(out, "updated", row->updated_us, core->options.utc_offset_s);
    an_text_puts(out, "}");
}

/* By number: nobody browses people. */
static void find(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_subscriber_row row;
    struct an_error error;
    char text[32];
    an_number number;
    an_api_query(request, "number", text, sizeof text);
    if (text[0] == ' ') text[0] = '+'; /* a + that was not escaped */
    if (!an_api_number_of(an_slice_of(text), &number)) {
        an_api_refuse(response, 400, "invalid", "number has to be the whole number, such as ?number=%2B8613800138000",
                      "number");
        return;
    }
    if (!an_api_store(core, response, &session)) return;
    if (an_api_audit(core, request, response, session, "subscriber.look", NULL, NULL, number)) {
        enum an_err err = an_subscriber_find(session, an_api_secret(core), number, &row, &error);
        if (err == AN_OK || err == AN_ERR_NOT_FOUND) {
            an_text_puts(&response->text, "{\"items\":[");
            if (err == AN_OK) write_line(core, &response->text, &row);
            an_text_puts(&response->text, "]}\n");
            if (err == AN_OK) an_subscriber_row_done(&row);
        } else {
            an_api_store_failed(response, err, &error);
        }
    }
    an_db_give(session);
}

/* {"number": "+86..."} */
static void opt_in(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    bool on = true;
    struct change change = { .expected = -1, .edit = edit_on, .user = &on };
    char text[32];
    if (an_api_people_of(core, response) == NULL) return;
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL) return;
    bool fine = an_api_json_text(json, "number", true, text, sizeof text, response);
    bool alone = cJSON_GetArraySize(json) == 1;
    cJSON_Delete(json);
    if (!fine) return;
    if (!alone || !an_api_number_of(an_slice_of(text), &change.number)) {
        an_api_refuse(response, 400, "invalid", "the body has to be {\"number\":\"+8613800138000\"}", "number");
        return;
    }
    if (!an_api_store(core, response, &session)) return;
    if (an_api_audit(core, request, response, session, "settings.on", NULL, NULL, change.number))
        change_and_show(core, response, session, &change);
    an_db_give(session);
}

#define PEOPLE AN_METRIC_HTTP_PEOPLE
const struct an_api_route an_api_routes_subscribers[] = {
    { "GET", "/v1/subscribers", PEOPLE, AN_BODY_NONE, AN_ROLE_DESK, AN_SCOPE_SUBSCRIBERS, find },
    { "POST", "/v1/subscribers", PEOPLE, AN_BODY_JSON, AN_ROLE_DESK, AN_SCOPE_SUBSCRIBERS, opt_in },
    { "DELETE", "/v1/subscribers/{who}", PEOPLE, AN_BODY_NONE, WHO, AN_SCOPE_SUBSCRIBERS, opt_out },
    { "GET", "/v1/subscribers/{who}/settings", PEOPLE, AN_BODY_NONE, WHO, AN_SCOPE_SUBSCRIBERS, get_settings },
    { "PUT", "/v1/subscribers/{who}/settings", PEOPLE, AN_BODY_JSON, WHO, AN_SCOPE_SUBSCRIBERS, put_settings },
    { "POST", "/v1/subscribers/{who}/expecting", PEOPLE, AN_BODY_JSON, WHO, AN_SCOPE_SUBSCRIBERS, expect },
    { "DELETE", "/v1/subscribers/{who}/expecting/{id}", PEOPLE, AN_BODY_NONE, WHO, AN_SCOPE_SUBSCRIBERS, unexpect },
    { 0 },
};
