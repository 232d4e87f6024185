/* Transactions: a retransmitted INVITE gets the same answer and is counted once. Layer: engine.
 *
 * The door is stateless in SIP's sense (RFC 3261 section 16.11): it keeps no timers. But over UDP an INVITE comes
 * again after 0.5, 1, 2 ... 32 s (T1 * 64) when its answer is lost, so what was answered is remembered that long by
 * Call-ID, From-tag, CSeq number, caller and callee; the branch is left out, since a proxy's second try of the same call has
 * a new one and must not count twice. A 4-way set-associative cache of one worker, the oldest out first, no lock: the
 * keys and times of a set are one cache line, the answers are apart, so that a new call touches two lines; 48 bytes an
 * entry. Too small a cache forgets early, and the call counts twice: a metric. */
#ifndef ANNING_ENGINE_TRANSACTIONS_H
#define ANNING_ENGINE_TRANSACTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/call.h"

enum { AN_TRANSACTION_S = 32, AN_TRANSACTION_WAYS = 4 };

struct an_transaction_set {
    uint64_t keys[AN_TRANSACTION_WAYS];   /* 0: empty */
    uint32_t at_s[AN_TRANSACTION_WAYS];   /* when it was put in, low 32 bits of the seconds */
    uint8_t pending[AN_TRANSACTION_WAYS]; /* 1 + index in the vector now being judged; 0: judged */
    uint8_t reserved[12];
};
_Static_assert(sizeof(struct an_transaction_set) == 64, "one cache line");

struct an_transaction_answer {
    float probability;
    float log_odds;
    uint32_t rules;
    uint8_t action, category, level, reserved;
    struct an_token token;
};
_Static_assert(sizeof(struct an_transaction_answer) == 32, "two a cache line");

struct an_transactions {
    struct an_transaction_set *sets;       /* [own] */
    struct an_transaction_answer *answers; /* behind the sets, in the same memory */
    size_t set_count;                      /* power of two */
    uint64_t used;                         /* slots ever taken; they are reused, never given back */
    uint64_t evictions;                    /* live entries that made room */
};

/* AN_OK or AN_ERR_NO_MEMORY. capacity is rounded up to a power of two. */
enum an_err an_transactions_init(struct an_transactions *t, size_t capacity);
void an_transactions_done(struct an_transactions *t);

/* Key of an INVITE; never 0. */
uint64_t an_transaction_key(const struct an_call *call);
void an_transactions_prefetch(const struct an_transactions *t, uint64_t key);
/* Finds a live entry or makes one (then *ret_new is true, and it stays without an answer until _keep). pending: what a
 * new one is marked with, 1 + index in the vector. Returns its slot. */
size_t an_transactions_get(struct an_transactions *t, uint64_t key, uint64_t now_us, uint8_t pending, bool *ret_new);
/* 1 + index in the vector now being judged of the first one; 0: it has an answer. */
uint8_t an_transactions_pending(const struct an_transactions *t, size_t slot);
/* Adds to a metric's row, from any thread. */
void an_transactions_stats(const struct an_transactions *t, uint64_t *used, uint64_t *capacity, uint64_t *evictions,
                           uint64_t *bytes);
/* The answer to a new entry; none if another call has taken its slot within the same vector. */
void an_transactions_keep(struct an_transactions *t, size_t slot, uint64_t key, uint8_t pending,
                          const struct an_verdict *verdict);
/* The verdict as far as an answer needs it: no symbols, no features. */
void an_transactions_restore(const struct an_transactions *t, size_t slot, struct an_verdict *ret_verdict);

#endif
