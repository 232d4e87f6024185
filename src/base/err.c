#include "base/err.h"

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
    }
    return "unknown";
}

enum an_err an_fail(struct an_error *error, enum an_err err, const char *format, ...)
{
    if (error != NULL) {
        va_list args;
        va_start(args, format);
        vsnprintf(error->text, sizeof error->text, format, args);
        va_end(args);
    }
    return err;
}

void an_assert_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "anning: assertion failed: %s (%s:%d)\n", condition, file, line);
    abort();
}
