#include "observe/state.h"

#include <stdlib.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

static const char *const names[AN_TABLE_COUNT] = { "numbers",     "relations", "blocks",  "trunks",
                                                   "shapes",      "origins",   "lines",   "pending",
                                                   "emergencies", "reporters", "accused", "labels" };

struct an_state_limits an_state_limits_default(void)
{
    return (struct an_state_limits) {
        .numbers = 1000000,
        .relations = 2000000,
        .blocks = 131072,
        .trunks = 4096,
        .shapes = 16384,
        .origins = 262144,
        .lines = 4096,
        .pending = 262144,
        .emergencies = 65536,
        .reporters = 131072,
        .accused = 65536,
        .labels = 16384,
        .emergency_window_s = 7200,
    };
}

static void or_default(uint32_t *limit, uint32_t value)
{
    if (*limit == 0) *limit = value;
}

static struct an_state_limits complete(const struct an_state_limits *limits)
{
    struct an_state_limits d = an_state_limits_default();
    if (limits == NULL) return d;
    struct an_state_limits l = *limits;
    or_default(&l.numbers, d.numbers);
    or_default(&l.relations, l.numbers < UINT32_MAX / 2 ? 2 * l.numbers : UINT32_MAX);
    or_default(&l.blocks, d.blocks);
    or_default(&l.trunks, d.trunks);
    or_default(&l.shapes, d.shapes);
    or_default(&l.origins, d.origins);
    or_default(&l.lines, d.lines);
    or_default(&l.pending, d.pending);
    or_default(&l.emergencies, d.emergencies);
    or_default(&l.emergency_window_s, d.emergency_window_s);
    or_default(&l.reporters, d.reporters);
    or_default(&l.accused, d.accused);
    or_default(&l.labels, d.labels);
    return l;
}

static uint32_t entry_size(enum an_state_table table)
{
    switch (table) {
    case AN_TABLE_NUMBERS: return sizeof(struct an_number_entry);
    case AN_TABLE_ORIGINS: return sizeof(struct an_origin);
    case AN_TABLE_LINES: return sizeof(struct an_line);
    case AN_TABLE_PENDING: return sizeof(struct an_pending);
    case AN_TABLE_EMERGENCIES: return sizeof(struct an_emergency);
    case AN_TABLE_REPORTERS: return sizeof(struct an_reporter);
    case AN_TABLE_ACCUSED: return sizeof(struct an_accused);
    case AN_TABLE_LABELS: return sizeof(struct an_ruling_entry);
    case AN_TABLE_RELATIONS: return AN_RELATION_SLOTS * sizeof(uint64_t);
    default: return sizeof(struct an_group);
    }
}

static uint64_t limit_of(const struct an_state_limits *l, enum an_state_table table)
{
    const uint32_t by_table[AN_TABLE_COUNT] = { l->numbers,     l->relations, l->blocks,  l->trunks,
                                                l->shapes,      l->origins,   l->lines,   l->pending,
                                                l->emergencies, l->reporters, l->accused, l->labels };
    /* Labels are never to make room for each other: with three times the slots no bucket fills up. */
    return table == AN_TABLE_LABELS ? 3ull * by_table[table] : by_table[table];
}

/* Huge pages, touched now: no page fault later, and the kernel's answer when there is too little is at start. */
static void *take(uint64_t bytes)
{
    uint64_t rounded = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    unsigned char *raw = mmap(NULL, rounded + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (raw == MAP_FAILED) return NULL;
    size_t skip = (HUGE_PAGE - ((uintptr_t)raw & (HUGE_PAGE - 1))) & (HUGE_PAGE - 1);
    if (skip > 0) munmap(raw, skip);
    if (HUGE_PAGE - skip > 0) munmap(raw + skip + rounded, HUGE_PAGE - skip);
    unsigned char *memory = raw + skip;
    madvise(memory, rounded, MADV_HUGEPAGE);
    for (uint64_t at = 0; at < rounded; at += 4096) *(volatile unsigned char *)(memory + at) = 0;
    return memory;
}

/* Places the tables one behind the other, each on its own huge pages when it is large. Returns the total. */
static uint64_t lay_out(struct an_state *s, uint64_t buckets[AN_TABLE_COUNT])
{
    uint64_t at = (1 + AN_OPERATORS) * sizeof(struct an_common);
    for (int t = 0; t < AN_TABLE_COUNT; t++) {
        uint64_t limit = limit_of(&s->limits, (enum an_state_table)t), bytes;
        if (t == AN_TABLE_RELATIONS) {
            buckets[t] = limit / AN_RELATION_SLOTS + 1;
            buckets[t] = buckets[t] < AN_RELATION_BUCKETS_MIN ? AN_RELATION_BUCKETS_MIN : buckets[t];
            bytes = buckets[t] * 64;
        } else {
            buckets[t] = an_table_buckets(limit);
            uint64_t bucket = sizeof(struct an_bucket) + (uint64_t)AN_SLOTS * entry_size((enum an_state_table)t);
            bytes = buckets[t] * ((bucket + 63) & ~63ull);
        }
        at = (at + 4095) & ~4095ull;
        s->table_at[t] = at;
        s->table_bytes[t] = bytes;
        at += bytes;
    }
    return at;
}

struct an_state *an_state_new(const struct an_state_limits *limits, struct an_error *error)
{
    struct an_state *s = calloc(1, sizeof *s);
    if (s == NULL) {
        an_fail(error, AN_ERR_NO_MEMORY, "observation state: no memory");
        return NULL;
    }
    s->limits = complete(limits);
    uint64_t buckets[AN_TABLE_COUNT];
    s->bytes = lay_out(s, buckets);
    s->memory = take(s->bytes);
    if (s->memory == NULL) {
        an_fail(error, AN_ERR_NO_MEMORY,
                "observation state: no %llu MB of memory for %u numbers and %u relations; "
                "lower them in the configuration",
                (unsigned long long)(s->bytes >> 20), s->limits.numbers, s->limits.relations);
        free(s);
        return NULL;
    }
    bool locked = !s->limits.single_worker;
    unsigned char *memory = s->memory;
    s->network = (struct an_common *)s->memory;
    s->operators = s->network + 1;
    for (int t = 0; t < AN_TABLE_COUNT; t++)
        if (t == AN_TABLE_RELATIONS)
            s->relations = (struct an_relations) { .slots = (uint64_t *)(void *)(memory + s->table_at[t]),
                                                   .bucket_count = buckets[t],
                                                   .locked = locked };
        else
            an_table_init(&s->tables[t], memory + s->table_at[t], buckets[t], entry_size((enum an_state_table)t),
                          locked);
    return s;
}

void an_state_free(struct an_state *state)
{
    if (state == NULL) return;
    munmap(state->memory, (state->bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
    free(state);
}

void an_state_clear(struct an_state *state)
{
    memset(state->memory, 0, state->bytes);
    for (int t = 0; t < AN_TABLE_COUNT; t++) state->tables[t].used = state->tables[t].evictions = 0;
    state->relations.used = state->relations.evictions = 0;
    state->first_us = state->emergency_until_us = 0;
    state->counts = (struct an_counts) { 0 };
    memset(state->label_bits, 0, sizeof state->label_bits);
}

static uint64_t look(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

void an_state_stats(const struct an_state *state, struct an_state_stats *ret_stats)
{
    *ret_stats = (struct an_state_stats) { .bytes = state->bytes };
    for (int t = 0; t < AN_TABLE_COUNT; t++) {
        bool pairs = t == AN_TABLE_RELATIONS;
        const struct an_table *table = &state->tables[t];
        ret_stats->tables[t] = (struct an_table_stats) {
            .name = names[t],
            .used = look(pairs ? &state->relations.used : &table->used),
            .evictions = look(pairs ? &state->relations.evictions : &table->evictions),
            .capacity = pairs ? state->relations.bucket_count * AN_RELATION_SLOTS : table->bucket_count * AN_SLOTS,
            .bytes = state->table_bytes[t],
        };
    }
    const struct an_counts *c = &state->counts;
    ret_stats->attempts = look(&c->attempts);
    ret_stats->answers = look(&c->answers);
    ret_stats->ends = look(&c->ends);
    ret_stats->reports = look(&c->reports);
    ret_stats->reports_ignored = look(&c->reports_ignored);
    for (int i = 0; i < AN_REPORT_COUNTED_COUNT; i++) ret_stats->reports_counted[i] = look(&c->reports_counted[i]);
    ret_stats->observations = ret_stats->attempts + ret_stats->answers + ret_stats->ends + ret_stats->reports;
}

void an_group_decay_now(struct an_group *group, uint32_t tick)
{
    uint32_t steps = an_steps_between(group->tick, tick);
    if (steps == 0) return; /* time ran backwards */
    an_f4 f = an_decay_factors(steps);
    struct an_group_x at = an_group_load(group->x);
    at.x[0] *= __builtin_shufflevector(f, f, 1, 1, 2, 3);
    at.x[1] *= __builtin_shufflevector(f, f, 2, 2, 2, 2);
    at.x[2] *= __builtin_shufflevector(f, f, 2, 2, 3, 3);
    an_group_store(group->x, &at);
    group->tick = tick;
}

void an_origin_decay_now(struct an_origin *origin, uint32_t tick)
{
    uint32_t steps = an_steps_between(origin->tick, tick);
    if (steps == 0) return;
    origin->attempts *= an_exp2_minus((float)(int32_t)steps * (float)(8.388608 / 604800));
    origin->tick = tick;
}
