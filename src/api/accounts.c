/* Routes of sessions, users, keys and the audit log. */
#include "api/accounts.h"

#define SELF AN_ROLE_SIGNED_IN
#define STAFF (AN_ROLE_SIGNED_IN & ~(unsigned)AN_ROLE_SUBSCRIBER)

/* clang-format off */
const struct an_api_route an_api_routes_accounts[] = {
    { "GET", "/v1/first", AN_METRIC_HTTP_ACCOUNTS, AN_BODY_NONE, AN_ROLE_PUBLIC, 0, an_api_first_show },
    { "POST", "/v1/first", AN_METRIC_HTTP_ACCOUNTS, AN_BODY_JSON, AN_ROLE_PUBLIC, 0, an_api_first_use },
    { "POST", "/v1/password", AN_METRIC_HTTP_ACCOUNTS, AN_BODY_JSON, AN_ROLE_PUBLIC, 0, an_api_password_use },
    { "POST", "/v1/session", AN_METRIC_HTTP_ACCOUNTS, AN_BODY_JSON, AN_ROLE_PUBLIC, 0, an_api_session_begin },
    { "POST", "/v1/session/code", AN_METRIC_HTTP_ACCOUNTS, AN_BODY_JSON, AN_ROLE_PUBLIC, 0, an_api_session_code },
    { "GET", "/v1/session", AN_METRIC_HTTP_ACCOUNTS, AN_BODY_NONE, SELF, 0, an_api_session_show },
    { "DELETE", "/v1/session", AN_METRIC_HTTP_ACCOUNTS, AN_BODY_JSON_OR_NONE, SELF, 0, an_api_session_end },
    { "PUT", "/v1/session/password", AN_METRIC_HTTP_ACCOUNTS, AN_BODY_JSON, STAFF, 0, an_api_self_password },
    { "POST", "/v1/session/totp", AN_METRIC_HTTP_ACCOUNTS, AN_BODY_JSON_OR_NONE, STAFF, 0, an_api_self_totp_begin },
    { "PUT", "/v1/session/totp", AN_METRIC_HTTP_ACCOUNTS, AN_BODY_JSON, STAFF, 0, an_api_self_totp_on },
    { "DELETE", "/v1/session/totp", AN_METRIC_HTTP_ACCOUNTS, AN_BODY_JSON, STAFF, 0, an_api_self_totp_off },
    { "PUT", "/v1/session/language", AN_METRIC_HTTP_ACCOUNTS, AN_BODY_JSON, SELF, 0, an_api_self_language },
    { "GET", "/v1/users", AN_METRIC_HTTP_ACCOUNTS, AN_BODY_NONE, AN_ROLE_ADMIN, 0, an_api_users_list },
    { "POST", "/v1/users", AN_METRIC_HTTP_ACCOUNTS, AN_BODY_JSON, AN_ROLE_ADMIN, 0, an_api_users_add },
    { "PATCH", "/v1/users/{id}", AN_METRIC_HTTP_ACCOUNTS, AN_BODY_JSON, AN_ROLE_ADMIN, 0, an_api_users_change },
    { "DELETE", "/v1/users/{id}", AN_METRIC_HTTP_ACCOUNTS, AN_BODY_JSON_OR_NONE, AN_ROLE_ADMIN, 0, an_api_users_remove },
    { "GET", "/v1/keys", AN_METRIC_HTTP_ACCOUNTS, AN_BODY_NONE, AN_ROLE_ADMIN, 0, an_api_keys_list },
    { "POST", "/v1/keys", AN_METRIC_HTTP_ACCOUNTS, AN_BODY_JSON, AN_ROLE_ADMIN, 0, an_api_keys_add },
    { "DELETE", "/v1/keys/{id}", AN_METRIC_HTTP_ACCOUNTS, AN_BODY_JSON_OR_NONE, AN_ROLE_ADMIN, 0, an_api_keys_remove },
    { "GET", "/v1/audit", AN_METRIC_HTTP_ACCOUNTS, AN_BODY_NONE, AN_ROLE_AUDITOR | AN_ROLE_ADMIN, 0, an_api_audit_list },
    { .method = NULL },
};
/* clang-format on */
