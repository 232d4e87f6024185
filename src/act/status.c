#include "act/answer.h"

static const struct {
    uint16_t status;
    const char *reason;
} reasons[] = {
    { 100, "Trying" },
    { 200, "OK" },
    { 302, "Moved Temporarily" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 413, "Request Entity Too Large" },
    { 414, "Request-URI Too Long" },
    { 415, "Unsupported Media Type" },
    { 416, "Unsupported URI Scheme" },
    { 420, "Bad Extension" },
    { 480, "Temporarily Unavailable" },
    { 481, "Call/Transaction Does Not Exist" },
    { 482, "Loop Detected" },
    { 483, "Too Many Hops" },
    { 484, "Address Incomplete" },
    { 488, "Not Acceptable Here" },
    { 500, "Server Internal Error" },
    { 501, "Not Implemented" },
    { 503, "Service Unavailable" },
    { 505, "Version Not Supported" },
    { 513, "Message Too Large" },
    { 603, "Decline" },
    { 607, "Unwanted" },
    { 608, "Rejected" },
};

const char *an_act_reason(unsigned status)
{
    static const char *const classes[] = { "Trying", "OK", "Redirected", "Bad Request", "Server Internal Error",
                                           "Decline" };
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].status == status) return reasons[i].reason;
    return status >= 100 && status < 700 ? classes[status / 100 - 1] : "Unknown";
}
