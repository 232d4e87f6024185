#include "observe/line.h"

enum { BIN_MS = 100, AROUND = 10, IDLE_MINUTES = 5, MEMORY_MINUTES = 64, SCAN_EVERY = 32 };
#define DAY_TICKS (86400u * 1000000ull >> AN_TICK_SHIFT)

/* Log ratio of a pair of bins to the sum of count bins around it, with four standard deviations and 2 calls' doubt. */
static float ratio_of(float pair, float around, int count)
{
    float expected = count > 0 ? 2.0f * around / (float)count : 0;
    float doubt = 4.0f * __builtin_sqrtf(expected + 1.0f) + 2.0f;
    if (pair + 2.0f <= expected + doubt) return 0;
    return an_ln((pair + 2.0f) / (expected + doubt));
}

/* Bins [first, last) and [first2, last2) around the pair at, at + 1; one bin on each side is left out. */
static float atom_at(const uint8_t *bins, int at)
{
    int low = at - 1 - AROUND < 0 ? 0 : at - 1 - AROUND, low_end = at - 1 < 0 ? 0 : at - 1;
    int high = at + 3, high_end = high + AROUND > AN_LINE_ATOMS ? AN_LINE_ATOMS : high + AROUND;
    unsigned around = 0;
    for (int i = low; i < low_end; i++) around += bins[i];
    for (int i = high; i < high_end; i++) around += bins[i];
    int count = low_end - low + (high_end > high ? high_end - high : 0);
    return ratio_of((float)(bins[at] + bins[at + 1]), (float)around, count);
}

static float halve_atoms(struct an_atoms *atoms)
{
    for (int i = 0; i < AN_LINE_ATOMS; i++) atoms->bins[i] >>= 1;
    return atom_at(atoms->bins, atoms->best);
}

/* Only the pairs with the new entry can have grown, and only the best so far needs to be looked at again. */
static float add_atom(struct an_atoms *atoms, uint32_t ms, float level)
{
    uint32_t bin = ms / BIN_MS;
    if (bin >= AN_LINE_ATOMS) return level;
    if (atoms->bins[bin] == 255) halve_atoms(atoms);
    atoms->bins[bin]++;
    int at = (int)bin;
    int from = at > 0 ? at - 1 : 0, to = at < AN_LINE_ATOMS - 1 ? at : AN_LINE_ATOMS - 2;
    level = atom_at(atoms->bins, atoms->best);
    for (int i = from; i <= to; i++) {
        float here = atom_at(atoms->bins, i);
        if (here > level) {
            level = here;
            atoms->best = (uint16_t)i;
        }
    }
    return level;
}

void an_line_ring(struct an_line *line, uint32_t ring_ms)
{
    line->ring_atom = add_atom(&line->ring, ring_ms, line->ring_atom);
}

void an_line_talk(struct an_line *line, uint32_t talk_ms)
{
    line->talk_atom = add_atom(&line->talk, talk_ms, line->talk_atom);
}

static float scan_gaps(const uint16_t *gaps)
{
    float best = 0;
    uint32_t sums[AN_LINE_GAPS + 1];
    sums[0] = 0;
    for (int i = 0; i < AN_LINE_GAPS; i++) sums[i + 1] = sums[i] + gaps[i];
    for (int at = 0; at + 1 < AN_LINE_GAPS; at++) {
        uint32_t pair = sums[at + 2] - sums[at];
        if (pair < 5) /* can't pass the doubt of an empty neighbourhood */
            continue;
        int low = at - 1 - AROUND < 0 ? 0 : at - 1 - AROUND, low_end = at - 1 < 0 ? 0 : at - 1;
        int high = at + 3 > AN_LINE_GAPS ? AN_LINE_GAPS : at + 3;
        int high_end = high + AROUND > AN_LINE_GAPS ? AN_LINE_GAPS : high + AROUND;
        uint32_t around = sums[low_end] - sums[low] + sums[high_end] - sums[high];
        float level = ratio_of((float)pair, (float)around, low_end - low + high_end - high);
        best = level > best ? level : best;
    }
    return best;
}

static void age(struct an_line *line, uint32_t tick)
{
    if (line->halved_tick == 0) line->halved_tick = tick | 1;
    int32_t since = (int32_t)(tick - line->halved_tick);
    if (since < (int32_t)DAY_TICKS) return;
    unsigned days = (unsigned)since / (unsigned)DAY_TICKS;
    unsigned shift = days < 15 ? days : 15;
    for (int i = 0; i < AN_LINE_GAPS; i++) line->gaps[i] = (uint16_t)(line->gaps[i] >> shift);
    for (unsigned i = 0; i < shift && i < 8; i++) {
        line->ring_atom = halve_atoms(&line->ring);
        line->talk_atom = halve_atoms(&line->talk);
    }
    line->gap_peak = scan_gaps(line->gaps);
    line->halved_tick = tick | 1;
}

static void close_minute(struct an_line *line, float calls)
{
    line->minutes = line->minutes < MEMORY_MINUTES ? line->minutes + 1 : MEMORY_MINUTES;
    float rate = 1.0f / (float)line->minutes;
    line->minute_mean += (calls - line->minute_mean) * rate;
    if (line->last_calls >= 0) {
        float step = calls - line->last_calls;
        line->minute_spread += (0.5f * step * step - line->minute_spread) * rate;
    }
    line->last_calls = calls;
}

static void count_minute(struct an_line *line, uint64_t time_us)
{
    uint32_t minute = (uint32_t)(time_us / 60000000u);
    if (line->minute == 0) { /* begun in the middle: not counted */
        line->minute = minute;
        line->minute_calls = 0;
        line->last_calls = -1;
        return;
    }
    if (minute > line->minute) {
        if (line->last_calls >= 0)
            close_minute(line, (float)line->minute_calls);
        else
            line->last_calls = (float)line->minute_calls;
        uint32_t idle = minute - line->minute - 1;
        for (uint32_t i = 0; i < idle && idle <= IDLE_MINUTES; i++) close_minute(line, 0);
        if (idle > IDLE_MINUTES) line->last_calls = -1;
        line->minute = minute;
        line->minute_calls = 0;
    }
    line->minute_calls++;
}

void an_line_start(struct an_line *line, uint64_t time_us, uint32_t now_ms, uint64_t callee)
{
    age(line, an_tick_of(time_us));
    count_minute(line, time_us);
    line->callees[line->callee_at++ % AN_LINE_CALLEES] = (uint32_t)callee;
    for (unsigned i = 0; i < line->end_count; i++) {
        uint32_t bin = (now_ms - line->ends_ms[i]) / BIN_MS;
        if (bin < AN_LINE_GAPS && line->gaps[bin] < UINT16_MAX) line->gaps[bin]++;
    }
    if (++line->starts % SCAN_EVERY == 0 && line->end_count > 0) line->gap_peak = scan_gaps(line->gaps);
}

void an_line_end(struct an_line *line, uint64_t time_us)
{
    enum { REACH_MS = AN_LINE_GAPS * BIN_MS, SPACING_MS = REACH_MS / AN_LINE_ENDS };
    uint32_t now_ms = (uint32_t)(time_us / 1000);
    uint32_t last = line->ends_ms[(line->end_at + AN_LINE_ENDS - 1) % AN_LINE_ENDS];
    uint32_t oldest = line->ends_ms[line->end_at];
    bool full = line->end_count == AN_LINE_ENDS && now_ms - oldest < REACH_MS;
    if (full && now_ms - last < SPACING_MS) return;
    if (line->end_count > 0 && now_ms - last >= UINT32_MAX / 2) /* out of order */
        return;
    line->ends_ms[line->end_at] = now_ms;
    line->end_at = (uint8_t)((line->end_at + 1) % AN_LINE_ENDS);
    line->end_count = line->end_count < AN_LINE_ENDS ? (uint8_t)(line->end_count + 1) : AN_LINE_ENDS;
}
