/* What the server remembers of those who ask: sessions it has looked up, and how often somebody did what is limited.
 * Layer: api. Both are bounded and in memory only; what must last is in the store.
 *
 * A session or key found in the store is believed for AN_GUARD_FRESH_US, then looked up again: an end of it by this
 * server counts at once, one by another server or by `anning user` within two seconds. Limits are leaky buckets kept as
 * one time each (GCRA, ITU-T I.371), under a keyed hash, so that nobody can aim at another's bucket. Costs: a lookup
 * is a lock among 64 and four comparisons; memory some 4 MB, taken as it is used. */
#ifndef ANNING_API_GUARD_H
#define ANNING_API_GUARD_H

#include "api/who.h"

enum {
    AN_GUARD_SESSIONS = 16384, /* a power of two */
    AN_GUARD_LIMITS = 65536,   /* the same */
    AN_GUARD_FRESH_US = 2000000,
};

struct an_api_guard;

/* NULL: no memory. */
struct an_api_guard *an_api_guard_new(void);
void an_api_guard_free(struct an_api_guard *guard);

/* Who holds the session or key of this hash; false: ask the store. */
bool an_api_guard_find(struct an_api_guard *guard, const uint8_t hash[AN_SECRET_HASH_BYTES], uint64_t now_us,
                       struct an_api_who *ret_who);
/* Before the store is asked: the turn to give to keep, which does nothing when something was forgotten in between. */
uint64_t an_api_guard_turn(struct an_api_guard *guard);
void an_api_guard_keep(struct an_api_guard *guard, const uint8_t hash[AN_SECRET_HASH_BYTES],
                       const struct an_api_who *who, uint64_t expires_us, uint64_t now_us, uint64_t turn);
void an_api_guard_forget(struct an_api_guard *guard, const uint8_t hash[AN_SECRET_HASH_BYTES]);
/* All sessions of an account, or a key. */
void an_api_guard_forget_account(struct an_api_guard *guard, int64_t account);
void an_api_guard_forget_key(struct an_api_guard *guard, int64_t key);

/* Takes one of the bucket; false: ret_retry_s says when there is one again, at least 1. */
bool an_api_guard_take(struct an_api_guard *guard, enum an_api_limited what, struct an_slice of, uint64_t now_us,
                       unsigned *ret_retry_s);
/* Puts one that was taken back: who had the right word need not wait for having said it. */
void an_api_guard_give(struct an_api_guard *guard, enum an_api_limited what, struct an_slice of, uint64_t now_us);

#endif
