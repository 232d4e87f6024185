/* Structured logs. Layer: base. One JSON object a line on standard error, for systemd and log collectors:
 * {"ts":"2026-11-22T03:14:31.123Z","level":"warn","event":"journal.lost","msg":"12 records ..."}.
 * Never called from the hot path; the hot path counts and a background thread tells. Thread-safe: one write a line.
 * A line is at most AN_LOG_LINE_MAX bytes; text from outside is escaped. */
#ifndef ANNING_BASE_LOG_H
#define ANNING_BASE_LOG_H

#include <stddef.h>
#include <stdint.h>

enum an_log_level { AN_LOG_DEBUG, AN_LOG_INFO, AN_LOG_WARN, AN_LOG_ERROR };
enum { AN_LOG_LINE_MAX = 2048 };

/* Lines below this level are dropped. Default: AN_LOG_INFO. */
void an_log_set_level(enum an_log_level level);
/* Lines go to sink instead of standard error: no newline, len bytes and NUL. NULL: standard error. Set while no other
 * thread logs; the sink is called from any. */
void an_log_set_sink(void (*sink)(void *user, int level, const char *line, size_t len), void *user);

/* event: dotted name such as "sip.listen"; format and what follows: the message. */
__attribute__((format(printf, 3, 4))) void an_log(enum an_log_level level, const char *event, const char *format, ...);

#endif
