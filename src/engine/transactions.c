#include "engine/transactions.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/counter.h"
#include "base/hash.h"

enum { WAYS = 4, HUGE_PAGE = 2 << 20 };

enum an_err an_transactions_init(struct an_transactions *t, size_t capacity)
{
    an_assert(t != NULL && capacity > 0);
    size_t sets = 1;
    while (sets * WAYS < capacity) sets *= 2;
    size_t bytes = sets * WAYS * sizeof *t->slots; /* a power of two */
    t->slots = aligned_alloc(bytes < HUGE_PAGE ? 64 : HUGE_PAGE, bytes);
    if (t->slots == NULL) return AN_ERR_NO_MEMORY;
    if (bytes >= HUGE_PAGE) madvise(t->slots, bytes, MADV_HUGEPAGE); /* fewer TLB misses where the kernel can */
    memset(t->slots, 0, bytes);
    t->set_count = sets;
    t->used = t->evictions = 0;
    return AN_OK;
}

void an_transactions_done(struct an_transactions *t)
{
    free(t->slots);
    *t = (struct an_transactions) { 0 };
}

static uint64_t hash_span(const struct an_call *call, struct an_span span, uint64_t seed)
{
    return an_hash64(call->base + span.at, span.len, seed);
}

uint64_t an_transaction_key(const struct an_call *call)
{
    const struct an_parsed *p = &call->parsed;
    uint64_t key = hash_span(call, p->call_id, p->cseq);
    key = hash_span(call, p->from_tag, key);
    key = hash_span(call, p->called.user, key);
    return key == 0 ? 1 : key;
}

static struct an_transaction *set_of(const struct an_transactions *t, uint64_t key)
{
    return t->slots + (key & (t->set_count - 1)) * WAYS;
}

void an_transactions_prefetch(const struct an_transactions *t, uint64_t key)
{
    const struct an_transaction *set = set_of(t, key);
    for (int i = 0; i < WAYS; i++) __builtin_prefetch(set + i, 1);
}

struct an_transaction *an_transactions_get(struct an_transactions *t, uint64_t key, uint64_t now_us, bool *ret_new)
{
    an_assert(t != NULL && key != 0 && ret_new != NULL);
    uint32_t now_s = (uint32_t)(now_us / AN_US_PER_S);
    struct an_transaction *set = set_of(t, key), *oldest = set;
    for (int i = 0; i < WAYS; i++) {
        uint32_t age = now_s - set[i].at_s;
        if (set[i].key == key && age <= AN_TRANSACTION_S) {
            *ret_new = false;
            return &set[i];
        }
        if (set[i].key == 0 || (oldest->key != 0 && age > now_s - oldest->at_s)) oldest = &set[i];
    }
    if (oldest->key == 0)
        an_count(&t->used);
    else if (now_s - oldest->at_s <= AN_TRANSACTION_S)
        an_count(&t->evictions);
    *oldest = (struct an_transaction) { .key = key, .at_s = now_s };
    *ret_new = true;
    return oldest;
}

void an_transactions_stats(const struct an_transactions *t, uint64_t *used, uint64_t *capacity, uint64_t *evictions,
                           uint64_t *bytes)
{
    *used += __atomic_load_n(&t->used, __ATOMIC_RELAXED);
    *evictions += __atomic_load_n(&t->evictions, __ATOMIC_RELAXED);
    *capacity += t->set_count * WAYS;
    *bytes += t->set_count * WAYS * sizeof *t->slots;
}

void an_transaction_keep(struct an_transaction *entry, const struct an_verdict *verdict)
{
    entry->probability = verdict->probability;
    entry->log_odds = verdict->log_odds;
    entry->rules = verdict->rules;
    entry->action = verdict->action;
    entry->category = verdict->category;
    entry->level = verdict->level;
    entry->token = verdict->token;
    entry->pending = 0;
}

void an_transaction_restore(const struct an_transaction *entry, struct an_verdict *ret_verdict)
{
    *ret_verdict = (struct an_verdict) { .token = entry->token,
                                         .probability = entry->probability,
                                         .log_odds = entry->log_odds,
                                         .rules = entry->rules,
                                         .action = entry->action,
                                         .category = entry->category,
                                         .level = entry->level };
}
