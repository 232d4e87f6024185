#include "engine/transactions.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/counter.h"
#include "base/hash.h"

enum { WAYS = AN_TRANSACTION_WAYS, HUGE_PAGE = 2 << 20 };

static size_t bytes_of(const struct an_transactions *t)
{
    return t->set_count * (sizeof *t->sets + WAYS * sizeof *t->answers);
}

enum an_err an_transactions_init(struct an_transactions *t, size_t capacity)
{
    an_assert(t != NULL && capacity > 0);
    size_t sets = 1;
    while (sets * WAYS < capacity) sets *= 2;
    *t = (struct an_transactions) { .set_count = sets };
    size_t bytes = bytes_of(t), align = bytes < HUGE_PAGE ? 64 : HUGE_PAGE;
    t->sets = aligned_alloc(align, (bytes + align - 1) / align * align);
    if (t->sets == NULL) return AN_ERR_NO_MEMORY;
    if (bytes >= HUGE_PAGE) madvise(t->sets, bytes, MADV_HUGEPAGE); /* fewer TLB misses where the kernel can */
    memset(t->sets, 0, bytes);
    t->answers = (struct an_transaction_answer *)(t->sets + sets);
    return AN_OK;
}

void an_transactions_done(struct an_transactions *t)
{
    free(t->sets);
    *t = (struct an_transactions) { 0 };
}

static uint64_t hash_span(const struct an_call *call, struct an_span span, uint64_t seed)
{
    return an_hash64(call->base + span.at, span.len, seed);
}

/* Who calls whom is in the key as it was written: a caller who keeps Call-ID, tag and CSeq but shows another number makes
 * another call. enrich/ has hashed the Call-ID of a call it has seen. */
uint64_t an_transaction_key(const struct an_call *call)
{
    const struct an_parsed *p = &call->parsed;
    uint64_t key = call->enriched.obs.call_key;
    if (key == 0) key = hash_span(call, p->call_id, 0);
    key = hash_span(call, p->from_tag, an_mix2(key, p->cseq));
    key = hash_span(call, p->called.user, key);
    key = hash_span(call, p->from.user, key);
    if (p->asserted.user.len > 0) key = hash_span(call, p->asserted.user, key);
    return key == 0 ? 1 : key;
}

static size_t set_of(const struct an_transactions *t, uint64_t key)
{
    return key & (t->set_count - 1);
}

void an_transactions_prefetch(const struct an_transactions *t, uint64_t key)
{
    __builtin_prefetch(t->sets + set_of(t, key), 1);
}

size_t an_transactions_get(struct an_transactions *t, uint64_t key, uint64_t now_us, uint8_t pending, bool *ret_new)
{
    an_assert(t != NULL && key != 0 && ret_new != NULL);
    uint32_t now_s = (uint32_t)(now_us / AN_US_PER_S);
    size_t index = set_of(t, key), oldest = 0;
    struct an_transaction_set *set = t->sets + index;
    for (size_t i = 0; i < WAYS; i++) {
        uint32_t age = now_s - set->at_s[i];
        if (set->keys[i] == key && age <= AN_TRANSACTION_S) {
            *ret_new = false;
            return index * WAYS + i;
        }
        if (set->keys[i] == 0 || (set->keys[oldest] != 0 && age > now_s - set->at_s[oldest])) oldest = i;
    }
    if (set->keys[oldest] == 0)
        an_count(&t->used);
    else if (now_s - set->at_s[oldest] <= AN_TRANSACTION_S)
        an_count(&t->evictions);
    set->keys[oldest] = key;
    set->at_s[oldest] = now_s;
    set->pending[oldest] = pending;
    *ret_new = true;
    __builtin_prefetch(t->answers + index * WAYS + oldest, 1); /* for _keep, once the call is judged */
    return index * WAYS + oldest;
}

uint8_t an_transactions_pending(const struct an_transactions *t, size_t slot)
{
    return t->sets[slot / WAYS].pending[slot % WAYS];
}

void an_transactions_stats(const struct an_transactions *t, uint64_t *used, uint64_t *capacity, uint64_t *evictions,
                           uint64_t *bytes)
{
    *used += __atomic_load_n(&t->used, __ATOMIC_RELAXED);
    *evictions += __atomic_load_n(&t->evictions, __ATOMIC_RELAXED);
    *capacity += t->set_count * WAYS;
    *bytes += bytes_of(t);
}

void an_transactions_keep(struct an_transactions *t, size_t slot, uint64_t key, uint8_t pending,
                          const struct an_verdict *verdict)
{
    struct an_transaction_set *set = t->sets + slot / WAYS;
    if (set->keys[slot % WAYS] != key || set->pending[slot % WAYS] != pending) return;
    set->pending[slot % WAYS] = 0;
    t->answers[slot] = (struct an_transaction_answer) { .probability = verdict->probability,
                                                        .log_odds = verdict->log_odds,
                                                        .rules = verdict->rules,
                                                        .action = verdict->action,
                                                        .category = verdict->category,
                                                        .level = verdict->level,
                                                        .token = verdict->token };
}

void an_transactions_restore(const struct an_transactions *t, size_t slot, struct an_verdict *ret_verdict)
{
    const struct an_transaction_answer *answer = t->answers + slot;
    *ret_verdict = (struct an_verdict) { .token = answer->token,
                                         .probability = answer->probability,
                                         .log_odds = answer->log_odds,
                                         .rules = answer->rules,
                                         .action = answer->action,
                                         .category = answer->category,
                                         .level = answer->level };
}
