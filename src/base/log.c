#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/utf8.h"

static _Atomic int lowest = AN_LOG_INFO;
static void (*log_sink)(void *user, int level, const char *line, size_t len);
static void *log_sink_user;
static const char *const level_names[] = { "debug", "info", "warn", "error" };

void an_log_set_level(enum an_log_level level)
{
    atomic_store(&lowest, (int)level);
}

void an_log_set_sink(void (*sink)(void *user, int level, const char *line, size_t len), void *user)
{
    log_sink = sink;
    log_sink_user = user;
}

/* Writes text as the inside of a JSON string: controls, and what turns the direction of reading, become \u escapes,
 * bytes that are no UTF-8 (a file in another encoding, the end of a cut text) \ufffd. */
static size_t escape(char *out, size_t size, const char *text)
{
    struct an_slice rest = an_slice_of(text);
    size_t used = 0, len;
    for (; rest.len > 0 && used + 7 < size; rest.at += len, rest.len -= len) {
        uint32_t c = an_utf8_next(rest, &len);
        if (c == '"' || c == '\\') {
            out[used++] = '\\';
            out[used++] = (char)c;
        } else if (an_utf8_is_control(c)) {
            used += (size_t)snprintf(out + used, size - used, "\\u%04x", c == AN_UTF8_NONE ? 0xfffd : (unsigned)c);
        } else {
            memcpy(out + used, rest.at, len);
            used += len;
        }
    }
    out[used] = '\0';
    return used;
}

void an_log(enum an_log_level level, const char *event, const char *format, ...)
{
    if ((int)level < atomic_load_explicit(&lowest, memory_order_relaxed)) return;
    char message[1024], line[AN_LOG_LINE_MAX], when[32];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);

    uint64_t now = an_clock_wall_us();
    time_t seconds = (time_t)(now / AN_US_PER_S);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &utc);
    int used = snprintf(line, sizeof line, "{\"ts\":\"%s.%03uZ\",\"level\":\"%s\",\"event\":\"%s\",\"msg\":\"", when,
                        (unsigned)(now % AN_US_PER_S / 1000), level_names[level], event);
    size_t len = (size_t)used + escape(line + used, sizeof line - (size_t)used - 4, message);
    if (log_sink != NULL) {
        memcpy(line + len, "\"}", 3);
        log_sink(log_sink_user, (int)level, line, len + 2);
        return;
    }
    memcpy(line + len, "\"}\n", 3); /* NOLINT(bugprone-not-null-terminated-result): written by length */
    ssize_t written = write(STDERR_FILENO, line, len + 3);
    (void)written; /* nowhere left to tell */
}
