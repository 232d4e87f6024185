/* Errors. Layer: base. One enum for the whole library: AN_OK is 0, everything else is negative.
 *
 * "Need more", "malformed" and "over the limit" are different errors, since a caller answers each in its own way:
 * wait for bytes, answer 400, or answer with the limit's name. A message meant for a person goes into
 * struct an_error and says what was wrong, where, and what would be right. */
#ifndef ANNING_BASE_ERR_H
#define ANNING_BASE_ERR_H

enum an_err {
    AN_OK = 0,
    AN_ERR_MORE = -1,      /* the input ends too early: come back with more bytes */
    AN_ERR_MALFORMED = -2, /* the input breaks its grammar */
    AN_ERR_LIMIT = -3,     /* the input is over a named limit (base/limits.h) */
    AN_ERR_NOT_FOUND = -4,
    AN_ERR_IO = -5,          /* errno tells */
    AN_ERR_NO_MEMORY = -6,   /* only at start and reload */
    AN_ERR_INVALID = -7,     /* an argument or a setting outside its domain */
    AN_ERR_FULL = -8,        /* a bounded table or disk has no room */
    AN_ERR_UNSUPPORTED = -9, /* well-formed, but not something we handle (a newer version, another layout) */
    AN_ERR_CORRUPT = -10,    /* stored bytes fail their checksum or chain */
    AN_ERR_END = -11,        /* nothing more to read; not a fault */
    AN_ERR_BUSY = -12,       /* others are at it; the same again a moment later may succeed */
    AN_ERR_EXISTS = -13,     /* something with this key is there already */
};

/* A message for a person. Always NUL-terminated, cut when too long. */
struct an_error {
    char text[320];
};

/* English name of an error, for logs ("malformed"). Never NULL. */
const char *an_err_name(enum an_err err);

/* Fills error (may be NULL) and is err, so that a caller writes `return an_fail(e, AN_ERR_INVALID, "...")`. A macro, so
 * that compilers and static analysis see which error a failing path returns. errno stays. */
#define an_fail(error, err, ...) an_err_after(an_error_say(error, __VA_ARGS__), err)
__attribute__((format(printf, 2, 3))) int an_error_say(struct an_error *error, const char *format, ...);
static inline enum an_err an_err_after(int said, enum an_err err)
{
    (void)said;
    return err;
}

/* A programmer's error ends the process, in release builds too. Never used on bytes from outside. */
#define an_assert(condition) ((condition) ? (void)0 : an_assert_failed(#condition, __FILE__, __LINE__))
__attribute__((noreturn, cold)) void an_assert_failed(const char *condition, const char *file, int line);

#endif
