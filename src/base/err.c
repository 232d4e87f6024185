#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *an_err_name(enum an_err err)
{
    switch (err) {
    case AN_OK: return "ok";
    case AN_ERR_MORE: return "incomplete";
    case AN_ERR_MALFORMED: return "malformed";
    case AN_ERR_LIMIT: return "over the limit";
    case AN_ERR_NOT_FOUND: return "not found";
    case AN_ERR_IO: return "input/output error";
    case AN_ERR_NO_MEMORY: return "out of memory";
    case AN_ERR_INVALID: return "invalid";
    case AN_ERR_FULL: return "full";
    case AN_ERR_UNSUPPORTED: return "unsupported";
    case AN_ERR_CORRUPT: return "corrupt";
    case AN_ERR_END: return "end";
    case AN_ERR_BUSY: return "busy";
    case AN_ERR_EXISTS: return "exists already";
    }
    return "unknown";
}

int an_error_say(struct an_error *error, const char *format, ...)
{
    if (error == NULL) return 0;
    int saved = errno;
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    errno = saved;
    return 0;
}

void an_assert_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "anning: assertion failed: %s (%s:%d)\n", condition, file, line);
    abort();
}
