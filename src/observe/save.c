/* A dump: a head, the common groups, then each table in chunks of whole buckets, about 1 MB, each followed by its
 * XXH3 (seeded with its place, so that chunks can't change places unseen). Only write()s, since it runs in the
 * fork()ed child of a paused process. */
#include <errno.h>
#include <stdlib.h>

#include "base/fd.h"
#include "observe/state.h"

#define MAGIC 0x0053424f4e41ull /* "ANOBS" */
enum { VERSION = 3, CHUNK = 1 << 20 };

struct dump_head {
    uint64_t magic;
    uint32_t version, tables;
    uint64_t first_us, emergency_until_us;
    struct an_counts counts;
    uint64_t common_bytes;
    uint64_t check; /* of all before */
};

struct table_head {
    uint32_t table, entry_size;
    uint64_t bucket_count, bucket_size, evictions;
    uint64_t check;
};

/* Where a table lies, pairs or not. */
struct place {
    unsigned char *base;
    struct table_head head;
};

static struct place place_of(const struct an_state *s, uint32_t table)
{
    const struct an_table *t = &s->tables[table];
    if (table == AN_TABLE_RELATIONS)
        return (struct place) { (unsigned char *)s->relations.slots,
                                { table, AN_RELATION_SLOTS * 8, s->relations.bucket_count, AN_RELATION_SLOTS * 8,
                                  s->relations.evictions, 0 } };
    return (struct place) { t->base, { table, t->entry_size, t->bucket_count, t->bucket_size, t->evictions, 0 } };
}

static enum an_err write_chunk(int fd, const void *bytes, size_t len, uint64_t seed)
{
    uint64_t check = an_hash64(bytes, len, seed);
    struct iovec parts[2] = { { (void *)(uintptr_t)bytes, len }, { &check, sizeof check } };
    return an_fd_write_parts(fd, parts, 2);
}

static uint64_t seed_of(uint32_t table, uint64_t index)
{
    return an_mix2(table + 1, index);
}

static enum an_err save_table(const struct an_state *s, int fd, uint32_t table)
{
    struct place p = place_of(s, table);
    p.head.check = an_hash64(&p.head, offsetof(struct table_head, check), seed_of(table, UINT64_MAX));
    struct iovec part = { &p.head, sizeof p.head };
    enum an_err err = an_fd_write_parts(fd, &part, 1);
    uint64_t step = CHUNK / p.head.bucket_size > 0 ? CHUNK / p.head.bucket_size : 1;
    for (uint64_t at = 0; err == AN_OK && at < p.head.bucket_count; at += step) {
        uint64_t n = p.head.bucket_count - at < step ? p.head.bucket_count - at : step;
        err = write_chunk(fd, p.base + at * p.head.bucket_size, (size_t)(n * p.head.bucket_size), seed_of(table, at));
    }
    return err;
}

enum an_err an_state_save(const struct an_state *s, int fd, struct an_error *error)
{
    struct dump_head head = { .magic = MAGIC,
                              .version = VERSION,
                              .tables = AN_TABLE_COUNT,
                              .first_us = s->first_us,
                              .emergency_until_us = s->emergency_until_us,
                              .counts = s->counts,
                              .common_bytes = (1 + AN_OPERATORS) * sizeof(struct an_common) };
    head.check = an_hash64(&head, offsetof(struct dump_head, check), 0);
    struct iovec part = { &head, sizeof head };
    enum an_err err = an_fd_write_parts(fd, &part, 1);
    if (err == AN_OK) err = write_chunk(fd, s->network, (size_t)head.common_bytes, 0);
    for (uint32_t t = 0; err == AN_OK && t < AN_TABLE_COUNT; t++) err = save_table(s, fd, t);
    if (err != AN_OK) return an_fail(error, err, "observation state: can't write the dump: errno %d", errno);
    return AN_OK;
}

static enum an_err read_chunk(int fd, void *out, size_t len, uint64_t seed)
{
    uint64_t check;
    enum an_err err = an_fd_read_all(fd, out, len);
    if (err == AN_OK) err = an_fd_read_all(fd, &check, sizeof check);
    return err != AN_OK ? err : check == an_hash64(out, len, seed) ? AN_OK : AN_ERR_CORRUPT;
}

/* After buckets were read as they are: no locks, and how many entries there are. */
static void settle(struct an_state *s, uint32_t table, unsigned char *chunk, uint64_t buckets)
{
    for (uint64_t b = 0; b < buckets; b++) {
        if (table == AN_TABLE_RELATIONS) {
            const uint64_t *slots = (const uint64_t *)(const void *)chunk + b * AN_RELATION_SLOTS;
            for (int i = 0; i < AN_RELATION_SLOTS; i++) s->relations.used += slots[i] >> 63;
        } else {
            struct an_bucket *bucket = (struct an_bucket *)(void *)(chunk + b * s->tables[table].bucket_size);
            bucket->lock = 0;
            s->tables[table].used += (unsigned)__builtin_popcount(bucket->occupied);
        }
    }
}

static void move_bucket(struct an_state *s, uint32_t table, const struct table_head *head, uint64_t index,
                        const unsigned char *from)
{
    struct an_table *t = &s->tables[table];
    const struct an_bucket *old = (const struct an_bucket *)(const void *)from;
    for (unsigned i = 0; i < AN_SLOTS; i++) {
        if ((old->occupied >> i & 1) == 0) continue;
        const unsigned char *entry = from + sizeof *old + (size_t)i * head->entry_size;
        uint64_t hash = an_table_hash_at(old, index, head->bucket_count, i, entry);
        struct an_bucket *bucket = an_table_bucket(t, hash);
        unsigned slot;
        void *to = an_table_insert(t, bucket, hash, s->network->group.tick, &slot);
        memcpy(to, entry, head->entry_size);
        bucket->ages[slot] = old->ages[i];
        bucket->activity |= (old->activity >> (4 * i) & 15) << (4 * slot);
    }
}

static void move_pairs(struct an_state *s, const struct table_head *head, uint64_t index, const unsigned char *from)
{
    const uint64_t *slots = (const uint64_t *)(const void *)from;
    for (int i = 0; i < AN_RELATION_SLOTS; i++)
        if ((slots[i] & AN_RELATION_USED) != 0)
            an_relation_insert_raw(&s->relations, an_relation_hash_at(slots[i], index, head->bucket_count), slots[i]);
}

static enum an_err load_table(struct an_state *s, int fd, uint32_t table)
{
    struct place p = place_of(s, table);
    struct table_head head;
    enum an_err err = an_fd_read_all(fd, &head, sizeof head);
    if (err != AN_OK) return err;
    if (head.check != an_hash64(&head, offsetof(struct table_head, check), seed_of(table, UINT64_MAX)) ||
        head.table != table)
        return AN_ERR_CORRUPT;
    if (head.entry_size != p.head.entry_size || head.bucket_size != p.head.bucket_size || head.bucket_count == 0)
        return AN_ERR_UNSUPPORTED;
    bool same = head.bucket_count == p.head.bucket_count;
    uint64_t step = CHUNK / head.bucket_size > 0 ? CHUNK / head.bucket_size : 1;
    unsigned char *spare = same ? NULL : aligned_alloc(64, (size_t)(step * head.bucket_size));
    if (!same && spare == NULL) return AN_ERR_NO_MEMORY;
    for (uint64_t at = 0; err == AN_OK && at < head.bucket_count; at += step) {
        uint64_t n = head.bucket_count - at < step ? head.bucket_count - at : step;
        unsigned char *chunk = same ? p.base + at * head.bucket_size : spare;
        err = read_chunk(fd, chunk, (size_t)(n * head.bucket_size), seed_of(table, at));
        if (err != AN_OK) break;
        if (same) settle(s, table, chunk, n);
        for (uint64_t b = 0; !same && b < n; b++)
            if (table == AN_TABLE_RELATIONS)
                move_pairs(s, &head, at + b, chunk + b * head.bucket_size);
            else
                move_bucket(s, table, &head, at + b, chunk + b * head.bucket_size);
    }
    free(spare);
    uint64_t *evictions = table == AN_TABLE_RELATIONS ? &s->relations.evictions : &s->tables[table].evictions;
    *evictions += head.evictions;
    return err;
}

static enum an_err load(struct an_state *s, int fd)
{
    struct dump_head head;
    enum an_err err = an_fd_read_all(fd, &head, sizeof head);
    if (err != AN_OK) return err;
    if (head.magic != MAGIC) return AN_ERR_CORRUPT;
    if (head.version != VERSION) return AN_ERR_UNSUPPORTED;
    if (head.check != an_hash64(&head, offsetof(struct dump_head, check), 0)) return AN_ERR_CORRUPT;
    if (head.tables != AN_TABLE_COUNT || head.common_bytes != (1 + AN_OPERATORS) * sizeof(struct an_common))
        return AN_ERR_UNSUPPORTED;
    err = read_chunk(fd, s->network, (size_t)head.common_bytes, 0);
    for (unsigned i = 0; i <= AN_OPERATORS; i++) s->network[i].lock = 0;
    for (uint32_t t = 0; err == AN_OK && t < AN_TABLE_COUNT; t++) err = load_table(s, fd, t);
    an_rulings_loaded(s);
    s->first_us = head.first_us;
    s->emergency_until_us = head.emergency_until_us;
    s->counts = head.counts;
    return err;
}

enum an_err an_state_load(struct an_state *s, int fd, struct an_error *error)
{
    an_state_clear(s);
    enum an_err err = load(s, fd);
    if (err == AN_OK) return AN_OK;
    an_state_clear(s);
    switch (err) {
    case AN_ERR_UNSUPPORTED:
        return an_fail(error, err,
                       "observation state: the dump was written by another version; state is rebuilt from "
                       "the journal instead");
    case AN_ERR_CORRUPT:
        return an_fail(error, err,
                       "observation state: the dump is cut or damaged (checksum); state is rebuilt from the "
                       "journal instead");
    case AN_ERR_NO_MEMORY: return an_fail(error, err, "observation state: no memory to load the dump");
    default: return an_fail(error, err, "observation state: can't read the dump: errno %d", errno);
    }
}
