/* A line: one signalling shape on one trunk. Layer: observe.
 *
 * What machines give away by their clocks, recognition.md E4, E5, E6, E8:
 * - gaps: for each start, its distance to each of the recent ends, 0.1 s bins up to 12.8 s: a cross-correlogram, as
 *   neurophysiology uses it for spike trains (Perkel, Gerstein, Moore, Biophys. J. 7, 1967). A dialler that starts a
 *   call a fixed time after one ends makes a peak, whatever else runs on the line; people are flat. On a busy line
 *   ends are thinned to one in 0.8 s, so that the ring always reaches back 12.8 s and the background stays flat.
 * - ring times of cancelled calls and talk times of answered ones, 0.1 s bins up to 64 s: fixed timers make atoms.
 * - arrivals a minute: half the mean squared difference of successive minutes over their mean is 1 for a Poisson
 *   stream (people) whatever its trend, and well below 1 for a paced one.
 * - steps between callees.
 * A peak or atom is the log ratio of the heaviest pair of neighbouring bins to what the 20 bins around promise plus
 * four of its standard deviations: 0 for chance. Cost: 40 ns an attempt with ends in the ring, 30 an end. */
#ifndef ANNING_OBSERVE_LINE_H
#define ANNING_OBSERVE_LINE_H

#include "observe/group.h"

enum { AN_LINE_ENDS = 16, AN_LINE_GAPS = 128, AN_LINE_ATOMS = 640, AN_LINE_CALLEES = 4, AN_WALK_STEP = 32 };

struct an_atoms {
    float level;   /* log ratio of the heaviest pair seen */
    uint16_t best; /* its first bin */
    uint16_t reserved;
    uint8_t bins[AN_LINE_ATOMS]; /* all halved when one is full, and once a day */
};

struct an_line {
    struct an_group group;             /* first: the table's key is its first word */
    uint32_t callees[AN_LINE_CALLEES]; /* low halves of the last numbers called, a ring */
    uint32_t ends_ms[AN_LINE_ENDS];    /* a ring; time modulo 2^32 ms */
    uint8_t callee_at, end_at, end_count, starts;
    uint32_t halved_tick;
    float gap_peak, ring_atom, talk_atom; /* log ratios of the heaviest pairs */
    uint32_t minute;                      /* since 1970, the one being counted */
    uint32_t minute_calls;
    float last_calls;                 /* of the minute before; negative: none */
    float minute_mean, minute_spread; /* moving averages of calls and of half the squared difference */
    uint32_t minutes;
    uint32_t reserved[4];
    uint16_t gaps[AN_LINE_GAPS];
    struct an_atoms ring, talk;
};
_Static_assert(sizeof(struct an_line) % 16 == 0, "table entry");

/* Is the callee within AN_WALK_STEP of one of the last few, but none of them? */
AN_INLINE bool an_line_is_walk(const struct an_line *line, uint64_t callee)
{
    an_u4 last, step; /* modulo 2^32: callees are anything */
    memcpy(&last, line->callees, sizeof last);
    step = (uint32_t)callee - last;
    an_i4 near = step + (uint32_t)AN_WALK_STEP <= 2u * AN_WALK_STEP, same = step == 0;
    return (near[0] | near[1] | near[2] | near[3]) != 0 && (same[0] | same[1] | same[2] | same[3]) == 0;
}
/* A call starts. now_ms: time_us / 1000, modulo 2^32. */
void an_line_start(struct an_line *line, uint64_t time_us, uint32_t now_ms, uint64_t callee);
/* A call is over. */
void an_line_end(struct an_line *line, uint64_t time_us);
void an_line_ring(struct an_line *line, uint32_t ring_ms);
void an_line_talk(struct an_line *line, uint32_t talk_ms);
#endif
