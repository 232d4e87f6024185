/* Who asks, and what they may. Layer: api. Every route names the roles that may use it; the server finds out who asks
 * (api/auth.c) before the handler runs, and hands it over as request->who. Who asks for another person's things gets
 * the same 404 as for things that are not there; a look by somebody else is written down by an_api_audit() first. */
#ifndef ANNING_API_WHO_H
#define ANNING_API_WHO_H

#include "model/number.h"
#include "store/secret.h"
#include "store/store.h"

struct an_api_core;
struct an_api_request;
struct an_api_response;

/* Bits, so that a route names several. */
enum an_role {
    AN_ROLE_SUBSCRIBER = 1 << 0,
    AN_ROLE_AGENT = 1 << 1,
    AN_ROLE_OPERATOR = 1 << 2,
    AN_ROLE_AUDITOR = 1 << 3,
    AN_ROLE_AUTHORITY = 1 << 4,
    AN_ROLE_ADMIN = 1 << 5,
    AN_ROLE_MACHINE = 1 << 6, /* the token of api.token_file; everybody, when none is set */
    AN_ROLE_KEY = 1 << 7,     /* an API key: the route's scope decides */
    AN_ROLE_PUBLIC = 1 << 8,  /* of a route: no sign-in is asked for */
    AN_ROLE_DESK = AN_ROLE_AGENT | AN_ROLE_OPERATOR | AN_ROLE_ADMIN,
    AN_ROLE_SIGNED_IN = AN_ROLE_SUBSCRIBER | AN_ROLE_DESK | AN_ROLE_AUDITOR | AN_ROLE_AUTHORITY,
};
enum { AN_ROLES = 6 }; /* that an account can have */

/* What an API key may be for. */
enum an_scope {
    AN_SCOPE_CALLS = 1 << 0,       /* all that the machine's token may */
    AN_SCOPE_SUBSCRIBERS = 1 << 1, /* settings, reports and data of people, as an operator */
    AN_SCOPE_LOOKUP = 1 << 2,      /* hashes with verdicts, for handset apps */
    AN_SCOPE_STANDING = 1 << 3,    /* how a firm's numbers stand */
    AN_SCOPE_REDRESS = 1 << 4,
    AN_SCOPE_DESK = 1 << 5,      /* reads what an agent reads */
    AN_SCOPE_AUTHORITY = 1 << 6, /* statistics and cases */
    AN_SCOPE_COMPLAINTS = 1 << 7,
};
enum { AN_SCOPES = 8 };

enum { AN_WHO_NAME_MAX = 64 };

struct an_api_who {
    unsigned role;   /* one bit of enum an_role; 0: nobody */
    unsigned scopes; /* of a key */
    int64_t account; /* 0: none (machine, key, nobody) */
    int64_t key;     /* id of the key; 0: none */
    char name[AN_WHO_NAME_MAX + 1];
    char language[3]; /* "zh", "en" */
    an_number number; /* the person's own; AN_NUMBER_NONE: not known */
    uint8_t number_key[AN_NUMBER_KEY_BYTES];
    bool bound;         /* to the networks below */
    char networks[256]; /* that the account may be used from, with blanks between */
};

const char *an_role_name(unsigned role);
/* 0: no such role. */
unsigned an_role_of_name(struct an_slice name);
const char *an_scope_name(unsigned scope);
unsigned an_scope_of_name(struct an_slice name);

/* True when who has one of the roles, or is a key with one of the scopes; else the answer is a 401 or 403. For what a
 * route's own row can't say. */
bool an_api_require(const struct an_api_request *request, struct an_api_response *response, unsigned roles,
                    unsigned scopes);

/* A connection to the store, or false with a 503 as the answer. Give it back with an_db_give(). */
bool an_api_store(struct an_api_core *core, struct an_api_response *response, struct an_db_session **ret);
/* Answers for an error of the store: 503 for AN_ERR_BUSY and AN_ERR_IO (logged), 409 for AN_ERR_EXISTS, 404, 400; 500
 * for the rest. */
void an_api_store_failed(struct an_api_response *response, enum an_err err, const struct an_error *error);
/* The store's key; only after an_api_store() went well. */
const struct an_secret *an_api_secret(const struct an_api_core *core);

/* Writes down that who did act ("calls.look", "settings.change") to object, with detail (both may be NULL), about the
 * person with this number (AN_NUMBER_NONE: nobody's); who it is about sees it. False: it could not be written, the
 * answer is a 503, and what was asked must not happen. */
bool an_api_audit(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                  struct an_db_session *session, const char *act, const char *object, const char *detail,
                  an_number about);

/* What has a limit on how often. Each counts for itself. */
enum an_api_limited {
    AN_LIMITED_LOGIN,         /* by address */
    AN_LIMITED_LOGIN_NAME,    /* by login or number */
    AN_LIMITED_HASHING,       /* by nobody: all passwords together, since a hash costs 20 ms */
    AN_LIMITED_CODE,          /* codes asked for, by address */
    AN_LIMITED_CODE_NUMBER,   /* by number */
    AN_LIMITED_BAD_KEY,       /* wrong cookies, keys and tokens, by address */
    AN_LIMITED_LINK,          /* one-time links tried, by address */
    AN_LIMITED_REDRESS,       /* requests of callers, by address */
    AN_LIMITED_REDRESS_TOKEN, /* by token */
    AN_LIMITED_LOOKUP,        /* by key */
    AN_LIMITED_REPORT,        /* reports, by number or account */
    AN_LIMITED_TEXT,          /* text messages, by sender */
    AN_LIMITED_HEAVY,         /* exports, dry runs: by account */
    AN_LIMITED_COUNT
};
/* Takes one; false when there is none left: the answer is a 429 with Retry-After and code "too_many". */
bool an_api_limit(struct an_api_core *core, struct an_api_response *response, enum an_api_limited what,
                  struct an_slice of);
/* The same by the client's address; IPv6 by its /64. */
bool an_api_limit_peer(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                       enum an_api_limited what);
/* Puts back one that an_api_limit() took: who had the right word need not wait for having said it. */
void an_api_limit_back(struct an_api_core *core, enum an_api_limited what, struct an_slice of);

#endif
