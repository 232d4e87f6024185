/* The inside of engine/live.h, shared by its files. Layer: engine; not for others. */
#ifndef ANNING_ENGINE_LIVE_INSIDE_H
#define ANNING_ENGINE_LIVE_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "engine/live.h"
#include "enrich/plan.h"
#include "journal/reader.h"

enum {
    MINUTES = 1440,
    HOURS = 60 * 24,
    SLOTS = 2 * AN_LIVE_KEYS, /* of the index */
    MINUTE_S = 60,
    CELL_BITS = 64,
    CUBE = AN_OPERATOR_COUNT * AN_CATEGORY_COUNT * AN_LIVE_REGIONS,
};
#define MINUTE_US (60 * AN_US_PER_S)
#define HOUR_US (3600 * AN_US_PER_S)
#define DAY_US (86400 * AN_US_PER_S)

/* At place number % size; another number there: it is older, or newer. */
struct bucket {
    uint64_t number; /* of the minute or hour since 1970 */
    uint32_t actions[AN_ACTION_COUNT];
    uint32_t reports, reserved;
};

struct series {
    uint32_t key; /* 0: free */
    char name[AN_LIVE_NAME];
    uint64_t last_us;
    struct {
        uint32_t hour; /* since 1970 */
        struct an_live_pair count;
    } hours[AN_LIVE_HOURS];
};

struct book {
    uint32_t count;
    struct series series[AN_LIVE_KEYS];
};

/* What is saved, as it stands. */
struct kept {
    uint64_t since_us, newest_us;
    uint64_t call_serial, review_serial, report_serial;
    struct bucket minutes[MINUTES], hours[HOURS];
    struct book books[2]; /* enum an_live_kind */
    struct an_live_call calls[AN_LIVE_CALLS];
    struct an_live_review reviews[AN_LIVE_REVIEWS];
    struct an_live_report reports[AN_LIVE_REPORTS];
    uint64_t label_serial;
    struct an_live_label labels[AN_LIVE_LABELS];
    struct {
        uint32_t quarter, reserved; /* 0: free */
        uint32_t counts[CUBE][AN_LIVE_MEASURES];
    } quarters[AN_LIVE_QUARTERS];
};

struct an_live {
    pthread_mutex_t lock; /* everything below but the thread's own */
    int32_t utc_offset_s;
    struct an_plan *plan;
    struct kept *kept;        /* [own] */
    uint16_t index[2][SLOTS]; /* 1 + place in the book; open addressing */
    uint32_t actions[AN_ACTION_COUNT], past[AN_LIVE_PAST_S][AN_ACTION_COUNT]; /* a ring */
    uint32_t past_at, past_count;                                             /* newest of the ring */
    struct an_live_pair second[AN_LIVE_KEYS], last_second[AN_LIVE_KEYS];      /* of trunks */
    struct an_live_pair regions[MINUTE_S][AN_LIVE_REGIONS];
    uint32_t region_at;
    uint64_t changed[AN_LIVE_QUARTERS][(CUBE + CELL_BITS - 1) / CELL_BITS]; /* cells, a bit each */
    bool caught_up; /* rates are of arrivals, not of reading what is past */
    atomic_uint_fast64_t lag_us;
    /* the thread's */
    const char *data_dir; /* [borrow] NULL: no thread */
    pthread_t thread;
    bool threaded;
    atomic_bool stop;
    struct an_journal_reader *reader; /* NULL: not yet */
    struct an_journal_position at[AN_JOURNAL_WORKERS_MAX];
    uint32_t at_count;
    uint64_t ticked_us, saved_us; /* monotonic */
};

/* Where a network, a category and a province are counted. */
static inline uint32_t live_cell(uint32_t op, uint32_t category, uint32_t region)
{
    return (op * AN_CATEGORY_COUNT + category) * AN_LIVE_REGIONS + region;
}

/* Under the lock: an_live_cells() tells of it next. */
static inline void live_mark(struct an_live *live, uint32_t at, uint32_t cell)
{
    live->changed[at][cell / CELL_BITS] |= 1ull << cell % CELL_BITS;
}

/* After what was kept is back. */
void live_loaded(struct an_live *live);
/* Under the lock: one record; the index out of the books. */
void live_take(struct an_live *live, const struct an_record *record, uint64_t time_us);
void live_second(struct an_live *live);
void live_index(struct an_live *live);
/* The series of a key, or NULL. */
struct series *live_series_of(const struct an_live *live, enum an_live_kind kind, uint32_t key);
uint32_t live_quarter(const struct an_live *live, uint64_t time_us);

#endif
