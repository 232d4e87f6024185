#include "observe/outcome.h"

static void mark(struct an_state *s, uint64_t key)
{
    __atomic_fetch_or(&s->label_bits[key >> 55], 1ull << (key >> 49 & 63), __ATOMIC_RELAXED);
}

unsigned an_ruling_of(const struct an_state *s, uint64_t key, uint64_t time_us, struct an_ruling_entry *ret_entry)
{
    const struct an_table *table = &s->tables[AN_TABLE_LABELS];
    if (key == 0 || !an_ruling_likely(s, key)) return 0;
    struct an_bucket *bucket = an_table_bucket(table, key);
    struct an_ruling_entry copy = { 0 };
    unsigned slot;
    an_bucket_lock(table, bucket);
    const struct an_ruling_entry *entry = an_table_find(table, bucket, key, &slot);
    if (entry != NULL) copy = *entry;
    an_bucket_unlock(table, bucket);
    if (copy.said == 0 || time_us / 1000000 >= copy.until_s) return 0;
    if (ret_entry != NULL) *ret_entry = copy;
    return copy.said;
}

/* Full buckets are next to impossible (state.c); then one that is over goes first. */
static void make_room(struct an_table *table, struct an_bucket *bucket, uint64_t time_us)
{
    if (bucket->occupied != 0xffff) return;
    for (unsigned slot = 0; slot < AN_SLOTS; slot++) {
        const struct an_ruling_entry *entry = (const void *)an_table_entry(table, bucket, slot);
        if (time_us / 1000000 < entry->until_s) continue;
        an_table_remove(table, bucket, slot);
        return;
    }
}

static void put(struct an_state *s, uint64_t key, uint32_t tick, const struct an_ruling *label)
{
    struct an_table *table = &s->tables[AN_TABLE_LABELS];
    struct an_bucket *bucket = an_table_bucket(table, key);
    unsigned slot;
    an_bucket_lock(table, bucket);
    struct an_ruling_entry *entry = an_table_find(table, bucket, key, &slot);
    if (label->verdict == AN_RULING_WITHDRAWN) {
        if (entry != NULL) an_table_remove(table, bucket, slot);
    } else {
        if (entry == NULL) {
            make_room(table, bucket, label->time_us);
            entry = an_table_insert(table, bucket, key, tick, &slot);
        }
        uint64_t until_s = label->until_us / 1000000;
        entry->until_s = until_s < UINT32_MAX ? (uint32_t)until_s : UINT32_MAX;
        entry->weight = label->weight;
        entry->said = label->verdict == AN_RULING_WANTED ? AN_SAID_WANTED : AN_SAID_UNWANTED;
        entry->category = label->category;
        mark(s, key);
    }
    an_bucket_unlock(table, bucket);
}

/* Complaints beyond doubt, or none any more. */
static void set_complaints(struct an_state *s, const struct an_heard *h, const struct an_ruling *label)
{
    struct an_table *table = &s->tables[AN_TABLE_NUMBERS];
    struct an_bucket *bucket = an_table_bucket(table, h->number_key);
    unsigned slot;
    bool wanted = label->verdict == AN_RULING_WANTED;
    an_bucket_lock(table, bucket);
    struct an_number_entry *entry = an_table_find(table, bucket, h->number_key, &slot);
    if (entry == NULL && !wanted) {
        entry = an_table_insert(table, bucket, h->number_key, h->tick, &slot);
        entry->tick = h->tick;
        entry->first_hour = an_hour_of(label->time_us);
        entry->attempt_age = UINT16_MAX;
    }
    if (entry != NULL) {
        struct an_number_view view;
        an_number_open(entry, h->tick, &view);
        float *x = &view.x[AN_N_COMPLAINTS], add = AN_RULING_COMPLAINTS * (float)label->weight * 0.001f;
        if (wanted)
            *x = 0;
        else if (*x < AN_REPORT_SUPPORTED_MAX) /* again and again it doesn't grow */
            *x = *x + add < AN_REPORT_SUPPORTED_MAX ? *x + add : AN_REPORT_SUPPORTED_MAX;
        int32_t since = (int32_t)(h->tick - entry->tick);
        uint32_t age = entry->attempt_age + (since > 0 ? (uint32_t)since : 0);
        entry->attempt_age = age < UINT16_MAX ? (uint16_t)age : UINT16_MAX;
        an_number_close(entry, h->tick, h->chance, &view);
    }
    an_bucket_unlock(table, bucket);
}

static void forget_accused(struct an_state *s, uint64_t key)
{
    struct an_table *table = &s->tables[AN_TABLE_ACCUSED];
    struct an_bucket *bucket = an_table_bucket(table, key);
    unsigned slot;
    an_bucket_lock(table, bucket);
    if (an_table_find(table, bucket, key, &slot) != NULL) an_table_remove(table, bucket, slot);
    an_bucket_unlock(table, bucket);
}

static struct an_heard hear(const struct an_state *s, const struct an_ruling *label)
{
    struct an_heard h = { .tick = an_tick_of(label->time_us),
                          .obs = { .time_us = label->time_us, .caller = label->number, .trunk = label->trunk } };
    if (label->number == AN_NUMBER_NONE) return h;
    an_keys_of(&h.obs, &h.keys);
    h.chance = an_chance_of(&h.obs);
    an_heard_find_number(s, &h);
    if (!label->foreign || h.foreign || label->trunk == AN_TRUNK_NONE) return h;
    h.foreign = true;
    h.number_key = an_key_foreign(label->number, label->trunk);
    return h;
}

bool an_state_rules_foreign(const struct an_state *s, const struct an_ruling *label)
{
    return hear(s, label).foreign;
}

bool an_state_rules_so(const struct an_state *s, const struct an_ruling *label)
{
    struct an_ruling_entry entry;
    uint64_t until_s = label->until_us / 1000000;
    unsigned said = an_ruling_of(s, hear(s, label).number_key, label->time_us, &entry);
    if (label->verdict == AN_RULING_WITHDRAWN || said == 0) return label->verdict == AN_RULING_WITHDRAWN && said == 0;
    return said == (label->verdict == AN_RULING_WANTED ? AN_SAID_WANTED : AN_SAID_UNWANTED) &&
           entry.weight == label->weight && entry.category == label->category &&
           entry.until_s == (until_s < UINT32_MAX ? until_s : UINT32_MAX);
}

void an_state_rule(struct an_state *s, const struct an_ruling *label)
{
    an_assert(s != NULL && label != NULL && label->verdict < AN_RULING_VERDICT_COUNT);
    struct an_heard h = hear(s, label);
    if (label->campaign != 0) put(s, an_key_campaign(label->campaign), h.tick, label);
    if (label->number == AN_NUMBER_NONE) return;
    put(s, h.number_key, h.tick, label);
    if (label->verdict == AN_RULING_WITHDRAWN) return;
    set_complaints(s, &h, label);
    if (label->verdict == AN_RULING_WANTED) forget_accused(s, h.number_key);
}

bool an_state_rulings_room(const struct an_state *s, size_t count)
{
    uint64_t used = __atomic_load_n(&s->tables[AN_TABLE_LABELS].used, __ATOMIC_RELAXED);
    return used + count <= s->limits.labels;
}

enum an_ruling_verdict an_state_campaign_ruling(const struct an_state *s, uint64_t campaign, uint64_t time_us)
{
    unsigned said = an_ruling_of(s, an_key_campaign(campaign), time_us, NULL);
    return said == AN_SAID_WANTED     ? AN_RULING_WANTED
           : said == AN_SAID_UNWANTED ? AN_RULING_UNWANTED
                                      : AN_RULING_WITHDRAWN;
}

void an_rulings_loaded(struct an_state *s)
{
    const struct an_table *table = &s->tables[AN_TABLE_LABELS];
    for (uint64_t b = 0; b < table->bucket_count; b++) {
        struct an_bucket *bucket = (struct an_bucket *)(void *)(table->base + b * table->bucket_size);
        for (unsigned slot = 0; slot < AN_SLOTS; slot++)
            if (bucket->occupied >> slot & 1)
                mark(s, an_table_hash_at(bucket, b, table->bucket_count, slot, an_table_entry(table, bucket, slot)));
    }
}
