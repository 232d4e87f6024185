/* Routes of sessions, users, keys and the audit log. */
#include "api/route.h"

const struct an_api_route an_api_routes_accounts[] = {
    { .method = NULL },
};
