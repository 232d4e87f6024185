/* Roles, scopes, the store and the limits as handlers use them. */
#include "api/who.h"

#include <arpa/inet.h>

#include "api/guard.h"
#include "api/route.h"
#include "base/log.h"
#include "store/audit.h"

static const struct {
    unsigned role;
    const char *name;
} roles[] = {
    { AN_ROLE_SUBSCRIBER, "subscriber" }, { AN_ROLE_AGENT, "agent" },
    { AN_ROLE_OPERATOR, "operator" },     { AN_ROLE_AUDITOR, "auditor" },
    { AN_ROLE_AUTHORITY, "authority" },   { AN_ROLE_ADMIN, "admin" },
    { AN_ROLE_MACHINE, "machine" },       { AN_ROLE_KEY, "key" },
};

static const struct {
    unsigned scope;
    const char *name;
} scopes[AN_SCOPES] = {
    { AN_SCOPE_CALLS, "calls" },         { AN_SCOPE_SUBSCRIBERS, "subscribers" }, { AN_SCOPE_LOOKUP, "lookup" },
    { AN_SCOPE_STANDING, "standing" },   { AN_SCOPE_REDRESS, "redress" },         { AN_SCOPE_DESK, "desk" },
    { AN_SCOPE_AUTHORITY, "authority" }, { AN_SCOPE_COMPLAINTS, "complaints" },
};

const char *an_role_name(unsigned role)
{
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (roles[i].role == role) return roles[i].name;
    return "nobody";
}

/* machine and key are no roles of an account. */
unsigned an_role_of_name(struct an_slice name)
{
    for (size_t i = 0; i < AN_ROLES; i++)
        if (an_slice_equal(an_slice_of(roles[i].name), name)) return roles[i].role;
    return 0;
}

const char *an_scope_name(unsigned scope)
{
    for (size_t i = 0; i < AN_SCOPES; i++)
        if (scopes[i].scope == scope) return scopes[i].name;
    return "none";
}

unsigned an_scope_of_name(struct an_slice name)
{
    for (size_t i = 0; i < AN_SCOPES; i++)
        if (an_slice_equal(an_slice_of(scopes[i].name), name)) return scopes[i].scope;
    return 0;
}

bool an_api_require(const struct an_api_request *request, struct an_api_response *response, unsigned wanted,
                    unsigned wanted_scopes)
{
    const struct an_api_who *who = request->who;
    an_assert(who != NULL);
    bool fine = who->role == AN_ROLE_KEY ? (who->scopes & wanted_scopes) != 0 : (who->role & wanted) != 0;
    if (fine || (wanted & AN_ROLE_PUBLIC) != 0) return true;
    if (who->role == 0) {
        an_api_refuse(response, 401, "sign_in", "sign in first", NULL);
        response->challenge = (wanted & AN_ROLE_MACHINE) != 0;
    } else {
        an_api_refuse(response, 403, "not_allowed",
                      who->role == AN_ROLE_KEY ? "this key has no scope for that" : "your role may not do that", NULL);
    }
    return false;
}

/* ---- the store ---- */

const struct an_secret *an_api_secret(const struct an_api_core *core)
{
    const struct an_secret *secret = an_store_secret(core->options.store);
    an_assert(secret != NULL);
    return secret;
}

void an_api_store_failed(struct an_api_response *response, enum an_err err, const struct an_error *error)
{
    an_assert(err != AN_OK);
    if (err == AN_ERR_NOT_FOUND) {
        an_api_refuse(response, 404, "not_found", "no such thing here", NULL);
    } else if (err == AN_ERR_EXISTS) {
        an_api_refuse(response, 409, "exists", "that is there already", NULL);
    } else if (err == AN_ERR_INVALID) {
        an_api_refuse(response, 400, "invalid", "text has to be UTF-8 without NUL, and every value within its bounds",
                      NULL);
    } else {
        an_log(AN_LOG_WARN, "store.failed", "%s", error->text);
        bool away = err == AN_ERR_BUSY || err == AN_ERR_IO;
        an_api_refuse(response, away ? 503 : 500, "store_down",
                      away ? "the store can't be reached at the moment; try again" : "the store has failed", NULL);
        response->retry_s = away ? 2 : 0;
    }
}

bool an_api_store(struct an_api_core *core, struct an_api_response *response, struct an_db_session **ret)
{
    struct an_error error;
    enum an_err err = AN_ERR_IO;
    if (core->options.store != NULL) err = an_store_take(core->options.store, ret, &error);
    if (err == AN_OK) return true;
    /* Not logged: the store tells its own changes, and this can be asked a thousand times a second. */
    an_api_refuse(response, 503, "store_down", "the store can't be reached at the moment; try again", NULL);
    response->retry_s = 2;
    return false;
}

bool an_api_audit(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                  struct an_db_session *session, const char *act, const char *object, const char *detail,
                  an_number about)
{
    const struct an_api_who *who = request->who;
    struct an_error error;
    const struct an_audit_entry entry = {
        .time_us = an_api_now_us(core),
        .account = who->account,
        .who = who->name[0] == '\0' ? an_role_name(who->role) : who->name,
        .role = an_role_name(who->role),
        .act = act,
        .object = object,
        .detail = detail,
        .number = about,
    };
    enum an_err err = an_audit_add(session, an_api_secret(core), &entry, &error);
    if (err != AN_OK) an_api_store_failed(response, err, &error);
    return err == AN_OK;
}

/* ---- limits ---- */

bool an_api_limit(struct an_api_core *core, struct an_api_response *response, enum an_api_limited what,
                  struct an_slice of)
{
    unsigned retry_s = 0;
    if (an_api_guard_take(core->guard, what, of, an_api_now_us(core), &retry_s)) return true;
    an_api_refuse(response, 429, "too_many", "too often; wait as long as Retry-After says", NULL);
    response->retry_s = retry_s;
    return false;
}

/* An IPv4 client by its address, however it is written; an IPv6 one by its network of 64 bits. */
static struct an_slice address_of(const union an_address *peer)
{
    if (peer->any.sa_family == AF_INET)
        return (struct an_slice) { (const char *)&peer->v4.sin_addr, sizeof peer->v4.sin_addr };
    if (peer->any.sa_family != AF_INET6) return (struct an_slice) { NULL, 0 };
    const char *bytes = (const char *)&peer->v6.sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&peer->v6.sin6_addr)) return (struct an_slice) { bytes + 12, 4 };
    return (struct an_slice) { bytes, 8 };
}

bool an_api_limit_peer(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                       enum an_api_limited what)
{
    return an_api_limit(core, response, what, address_of(&request->peer));
}

void an_api_limit_back(struct an_api_core *core, enum an_api_limited what, struct an_slice of)
{
    an_api_guard_give(core->guard, what, of, an_api_now_us(core));
}
