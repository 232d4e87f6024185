/* GET /v1/audit?who=&number=: the audit log, newest first, numbers masked but the one that is asked for. A look at one
 * person's part of it is itself written down. */
#include "store/audit.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/accounts.h"
#include "api/feed.h"

enum { CURSOR_MAX = 20 + 1 + AN_DB_ID_TEXT_MAX };

struct lister {
    struct an_api_core *core;
    struct an_text *out;
    unsigned count, limit;
    an_number asked; /* the number the log was asked for, which is shown; others are masked */
    uint64_t last_us;
    int64_t last;
};

static bool list_row(void *user, const struct an_audit_entry *entry)
{
    struct lister *lister = user;
    struct an_text *out = lister->out;
    char id[AN_DB_ID_TEXT_MAX], number[AN_NUMBER_TEXT_MAX];
    if (lister->count == lister->limit) return lister->count++, false; /* there is one more */
    an_text_puts(out, lister->count++ == 0 ? "{" : ",{");
    an_text_json_pair(out, "id", an_db_id_text(entry->id, id));
    an_text_json_pair_time(out, "time", entry->time_us, lister->core->options.utc_offset_s);
    an_text_json_pair(out, "who", entry->who);
    an_text_json_pair(out, "role", entry->role);
    an_text_json_pair(out, "act", entry->act);
    an_text_json_pair(out, "object", entry->object);
    an_text_json_pair(out, "detail", entry->detail);
    if (entry->number != AN_NUMBER_NONE && entry->number == lister->asked)
        an_number_text(entry->number, number);
    else if (entry->number != AN_NUMBER_NONE)
        an_number_masked(entry->number, number);
    an_text_json_pair(out, "number", entry->number == AN_NUMBER_NONE ? NULL : number);
    an_text_puts(out, "}");
    lister->last_us = entry->time_us;
    lister->last = entry->id;
    return true;
}

/* "TIME-ID" as the list before said. */
static bool cursor_of(const struct an_api_request *request, struct an_api_response *response,
                      struct an_audit_filter *ret)
{
    char text[CURSOR_MAX];
    struct an_slice rest, head;
    if (!an_api_query(request, "cursor", text, sizeof text)) return true;
    rest = an_slice_of(text);
    if (an_slice_cut(&rest, '-', &head) && an_slice_u64(head, INT64_MAX, &ret->before_us) == AN_OK &&
        ret->before_us > 0 && an_db_id_of_text(rest, &ret->before_id))
        return true;
    an_api_refuse(response, 400, "invalid", "cursor has to be the next of the list before", "cursor");
    return false;
}

/* who: an account's id or its login. */
static bool filter_of(const struct an_api_request *request, struct an_api_response *response,
                      struct an_db_session *session, struct an_audit_filter *ret)
{
    char text[AN_LOGIN_MAX + 1];
    struct an_account account;
    struct an_error error;
    if (an_api_query(request, "number", text, sizeof text) && !an_api_number_read(text, &ret->number)) {
        an_api_refuse(response, 400, "invalid", "a number is + and its digits (%2B in a query)", "number");
        return false;
    }
    if (!an_api_query(request, "who", text, sizeof text) || an_db_id_of_text(an_slice_of(text), &ret->account))
        return true;
    enum an_err err = an_api_login_fold(text) ? an_account_by_login(session, text, &account, &error) : AN_ERR_NOT_FOUND;
    if (err == AN_OK) ret->account = account.id;
    if (err == AN_ERR_NOT_FOUND) an_api_refuse(response, 404, "not_found", "nobody has this login or id", "who");
    if (err != AN_OK && err != AN_ERR_NOT_FOUND) an_api_store_failed(response, err, &error);
    return err == AN_OK;
}

static void list(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                 struct an_db_session *session, struct an_audit_filter *filter, unsigned limit)
{
    char cursor[CURSOR_MAX], id[AN_DB_ID_TEXT_MAX];
    struct an_error error;
    struct lister lister = { .core = core, .out = &response->text, .limit = limit, .asked = filter->number };
    filter->limit = limit + 1;
    if (filter->number != AN_NUMBER_NONE &&
        !an_api_audit(core, request, response, session, "audit.look", "", "", filter->number))
        return;
    an_text_puts(&response->text, "{\"items\":[");
    enum an_err err = an_audit_list(session, an_api_secret(core), filter, list_row, &lister, &error);
    if (err != AN_OK) {
        an_api_store_failed(response, err, &error);
        return;
    }
    an_text_puts(&response->text, "]");
    if (lister.count > limit) {
        snprintf(cursor, sizeof cursor, "%llu-%s", (unsigned long long)lister.last_us, an_db_id_text(lister.last, id));
        an_text_json_pair(&response->text, "next", cursor);
    }
    an_text_puts(&response->text, "}\n");
}

void an_api_audit_list(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    unsigned limit;
    struct an_db_session *session;
    struct an_audit_filter filter = { 0 };
    if (!an_api_query_limit(request, response, &limit) || !cursor_of(request, response, &filter)) return;
    if (!an_api_store(core, response, &session)) return;
    if (filter_of(request, response, session, &filter)) list(core, request, response, session, &filter, limit);
    an_db_give(session);
}
