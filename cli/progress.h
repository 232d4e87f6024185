/* How far a long run has come. Layer: cli. On a terminal a bar on standard error, drawn at most ten times a second;
 * elsewhere a line every ten seconds, so that a log stays readable. Updating costs one look at the clock. */
#ifndef ANNING_CLI_PROGRESS_H
#define ANNING_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum an_progress_unit { AN_PROGRESS_BYTES, AN_PROGRESS_ITEMS };

struct an_progress {
    FILE *out;
    const char *label; /* [borrow] */
    const char *items; /* [borrow] what is counted, "calls"; empty: not named */
    enum an_progress_unit unit;
    bool bar; /* out is a terminal */
    bool drawn;
    uint64_t total; /* 0: unknown */
    uint64_t done;
    uint64_t start_us, next_us;
};

/* Draws nothing yet. For AN_PROGRESS_ITEMS the caller may name the items afterwards (progress.items = "calls"). */
void an_progress_begin(struct an_progress *progress, const char *label, enum an_progress_unit unit);
/* total 0: unknown; then there is no bar and no time left. */
void an_progress_update(struct an_progress *progress, uint64_t done, uint64_t total);
/* Clears the bar, so that what follows begins on a clean line. */
void an_progress_end(struct an_progress *progress);

/* One line of at most columns columns, without a line end: "replay  [#####     ]  52 %  1.3 GB of 2.5 GB  84 MB/s
 * 0:14 left". columns 0: without the bar, as in a log. For progress.c and its test. */
void an_progress_line(const struct an_progress *progress, uint64_t now_us, unsigned columns, char *out, size_t size);

#endif
