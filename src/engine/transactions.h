/* Transactions: a retransmitted INVITE gets the same answer and is counted once. Layer: engine.
 *
 * The door is stateless in SIP's sense (RFC 3261 section 16.11): it keeps no timers. But over UDP an INVITE comes
 * again after 0.5, 1, 2 ... 32 s (T1 * 64) when its answer is lost, so what was answered is remembered that long by
 * Call-ID, From-tag, CSeq number and callee; the branch is left out, since a proxy's second try of the same call has
 * a new one and must not count twice. A 4-way set-associative cache of one worker, 64 bytes an entry, the oldest out
 * first: no lock, one cache line a look-up. Too small a cache forgets early, and the call counts twice: a metric. */
#ifndef ANNING_ENGINE_TRANSACTIONS_H
#define ANNING_ENGINE_TRANSACTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/call.h"

enum { AN_TRANSACTION_S = 32 };

struct an_transaction {
    uint64_t key;       /* 0: empty */
    uint32_t at_s;      /* when it was put in, low 32 bits of the seconds */
    float probability;
    float log_odds;
    uint16_t rules;
    uint8_t action, category, level;
    uint8_t pending;    /* 1 + index in the vector now being judged; 0: judged */
    struct an_token token;
    uint8_t reserved[22];
};
_Static_assert(sizeof(struct an_transaction) == 64, "one cache line");

struct an_transactions {
    struct an_transaction *slots; /* [own] */
    size_t set_count;             /* power of two, 4 slots each */
    uint64_t used;                /* slots ever taken; they are reused, never given back */
    uint64_t evictions;           /* live entries that made room */
};

/* AN_OK or AN_ERR_NO_MEMORY. capacity is rounded up to a power of two. */
enum an_err an_transactions_init(struct an_transactions *t, size_t capacity);
void an_transactions_done(struct an_transactions *t);

/* Key of an INVITE; never 0. */
uint64_t an_transaction_key(const struct an_call *call);
void an_transactions_prefetch(const struct an_transactions *t, uint64_t key);
/* Finds a live entry or makes one (then *ret_new is true and the entry is empty but for key and at_s). */
struct an_transaction *an_transactions_get(struct an_transactions *t, uint64_t key, uint64_t now_us, bool *ret_new);
/* Adds to a metric's row, from any thread. */
void an_transactions_stats(const struct an_transactions *t, uint64_t *used, uint64_t *capacity, uint64_t *evictions,
                           uint64_t *bytes);
void an_transaction_keep(struct an_transaction *entry, const struct an_verdict *verdict);
/* The verdict as far as an answer needs it: no symbols, no features. */
void an_transaction_restore(const struct an_transaction *entry, struct an_verdict *ret_verdict);

#endif
