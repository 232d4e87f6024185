#include "api/guard.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"

enum { WAYS = 4, LOCKS = 64, SETS = AN_GUARD_SESSIONS / WAYS, LIMIT_SETS = AN_GUARD_LIMITS / WAYS };

struct entry {
    uint8_t hash[AN_SECRET_HASH_BYTES];
    uint64_t checked_us, expires_us; /* checked 0: empty */
    struct an_api_who who;
};

struct bucket {
    uint64_t key;     /* 0: empty */
    uint64_t full_us; /* when it is full again */
};

struct an_api_guard {
    pthread_mutex_t locks[LOCKS]; /* of the sets of sessions */
    struct entry *sessions;       /* [own] */
    _Atomic uint64_t turn;
    pthread_mutex_t limit_lock;
    struct bucket *buckets; /* [own] */
    uint8_t seed[crypto_shorthash_KEYBYTES];
};

/* How many at once, and how long until one more. */
static const struct {
    unsigned burst;
    uint64_t each_us;
} limits[AN_LIMITED_COUNT] = {
    [AN_LIMITED_LOGIN] = { 20, 6 * AN_US_PER_S },          [AN_LIMITED_LOGIN_NAME] = { 5, 60 * AN_US_PER_S },
    [AN_LIMITED_HASHING] = { 20, AN_US_PER_S / 10 },       [AN_LIMITED_CODE] = { 30, 6 * AN_US_PER_S },
    [AN_LIMITED_CODE_NUMBER] = { 3, 600 * AN_US_PER_S },   [AN_LIMITED_BAD_KEY] = { 60, AN_US_PER_S },
    [AN_LIMITED_LINK] = { 10, 30 * AN_US_PER_S },          [AN_LIMITED_REDRESS] = { 20, 30 * AN_US_PER_S },
    [AN_LIMITED_REDRESS_TOKEN] = { 5, 600 * AN_US_PER_S }, [AN_LIMITED_LOOKUP] = { 1000, AN_US_PER_S / 100 },
    [AN_LIMITED_REPORT] = { 30, 120 * AN_US_PER_S },       [AN_LIMITED_TEXT] = { 10, 60 * AN_US_PER_S },
    [AN_LIMITED_HEAVY] = { 5, 30 * AN_US_PER_S },
};

struct an_api_guard *an_api_guard_new(void)
{
    struct an_api_guard *guard = sodium_init() < 0 ? NULL : calloc(1, sizeof *guard);
    if (guard == NULL) return NULL;
    guard->sessions = calloc(AN_GUARD_SESSIONS, sizeof *guard->sessions);
    guard->buckets = calloc(AN_GUARD_LIMITS, sizeof *guard->buckets);
    for (int i = 0; i < LOCKS; i++) pthread_mutex_init(&guard->locks[i], NULL);
    pthread_mutex_init(&guard->limit_lock, NULL);
    randombytes_buf(guard->seed, sizeof guard->seed);
    if (guard->sessions == NULL || guard->buckets == NULL) {
        an_api_guard_free(guard);
        return NULL;
    }
    return guard;
}

void an_api_guard_free(struct an_api_guard *guard)
{
    if (guard == NULL) return;
    for (int i = 0; i < LOCKS; i++) pthread_mutex_destroy(&guard->locks[i]);
    pthread_mutex_destroy(&guard->limit_lock);
    if (guard->sessions != NULL) sodium_memzero(guard->sessions, AN_GUARD_SESSIONS * sizeof *guard->sessions);
    free(guard->sessions);
    free(guard->buckets);
    free(guard);
}

/* ---- sessions ---- */

/* The hash is keyed already: its bytes spread. */
static size_t set_of(const uint8_t *hash)
{
    uint64_t bits;
    memcpy(&bits, hash, sizeof bits);
    return bits % SETS;
}

static struct entry *find(struct an_api_guard *guard, size_t set, const uint8_t *hash)
{
    struct entry *entries = &guard->sessions[set * WAYS];
    for (int i = 0; i < WAYS; i++)
        if (entries[i].checked_us != 0 && sodium_memcmp(entries[i].hash, hash, sizeof entries[i].hash) == 0)
            return &entries[i];
    return NULL;
}

bool an_api_guard_find(struct an_api_guard *guard, const uint8_t hash[AN_SECRET_HASH_BYTES], uint64_t now_us,
                       struct an_api_who *ret_who)
{
    size_t set = set_of(hash);
    pthread_mutex_lock(&guard->locks[set % LOCKS]);
    const struct entry *entry = find(guard, set, hash);
    bool fresh = entry != NULL && now_us >= entry->checked_us && now_us - entry->checked_us < AN_GUARD_FRESH_US &&
                 now_us < entry->expires_us;
    if (fresh) *ret_who = entry->who;
    pthread_mutex_unlock(&guard->locks[set % LOCKS]);
    return fresh;
}

uint64_t an_api_guard_turn(struct an_api_guard *guard)
{
    return atomic_load(&guard->turn);
}

void an_api_guard_keep(struct an_api_guard *guard, const uint8_t hash[AN_SECRET_HASH_BYTES],
                       const struct an_api_who *who, uint64_t expires_us, uint64_t now_us, uint64_t turn)
{
    size_t set = set_of(hash);
    pthread_mutex_lock(&guard->locks[set % LOCKS]);
    if (atomic_load(&guard->turn) == turn && now_us > 0) {
        struct entry *entry = find(guard, set, hash), *entries = &guard->sessions[set * WAYS];
        if (entry == NULL) {
            entry = entries; /* the one not looked up for longest; an empty one at once */
            for (int i = 1; i < WAYS; i++)
                if (entries[i].checked_us < entry->checked_us) entry = &entries[i];
        }
        memcpy(entry->hash, hash, sizeof entry->hash);
        entry->who = *who;
        entry->expires_us = expires_us;
        entry->checked_us = now_us;
    }
    pthread_mutex_unlock(&guard->locks[set % LOCKS]);
}

void an_api_guard_forget(struct an_api_guard *guard, const uint8_t hash[AN_SECRET_HASH_BYTES])
{
    size_t set = set_of(hash);
    pthread_mutex_lock(&guard->locks[set % LOCKS]);
    atomic_fetch_add(&guard->turn, 1);
    struct entry *entry = find(guard, set, hash);
    if (entry != NULL) entry->checked_us = 0;
    pthread_mutex_unlock(&guard->locks[set % LOCKS]);
}

static void forget_all(struct an_api_guard *guard, int64_t account, int64_t key)
{
    atomic_fetch_add(&guard->turn, 1);
    for (size_t lock = 0; lock < LOCKS; lock++) {
        pthread_mutex_lock(&guard->locks[lock]);
        for (size_t set = lock; set < SETS; set += LOCKS)
            for (size_t i = set * WAYS; i < (set + 1) * WAYS; i++) {
                struct entry *entry = &guard->sessions[i];
                if ((account != 0 && entry->who.account == account) || (key != 0 && entry->who.key == key))
                    entry->checked_us = 0;
            }
        pthread_mutex_unlock(&guard->locks[lock]);
    }
}

void an_api_guard_forget_account(struct an_api_guard *guard, int64_t account)
{
    forget_all(guard, account, 0);
}

void an_api_guard_forget_key(struct an_api_guard *guard, int64_t key)
{
    forget_all(guard, 0, key);
}

/* ---- limits ---- */

static uint64_t bucket_key(const struct an_api_guard *guard, enum an_api_limited what, struct an_slice of)
{
    uint8_t bytes[128], hash[crypto_shorthash_BYTES];
    size_t len = of.len < sizeof bytes - 1 ? of.len : sizeof bytes - 1;
    bytes[0] = (uint8_t)what;
    if (len > 0) memcpy(bytes + 1, of.at, len);
    crypto_shorthash(hash, bytes, len + 1, guard->seed);
    uint64_t key;
    memcpy(&key, hash, sizeof key);
    return key == 0 ? 1 : key;
}

/* The bucket of a key; a new one takes the place of the one that is full soonest. */
static struct bucket *bucket_of(struct an_api_guard *guard, uint64_t key)
{
    struct bucket *buckets = &guard->buckets[key % LIMIT_SETS * WAYS], *oldest = buckets;
    for (int i = 0; i < WAYS; i++) {
        if (buckets[i].key == key) return &buckets[i];
        if (buckets[i].full_us < oldest->full_us) oldest = &buckets[i];
    }
    *oldest = (struct bucket) { .key = key };
    return oldest;
}

bool an_api_guard_take(struct an_api_guard *guard, enum an_api_limited what, struct an_slice of, uint64_t now_us,
                       unsigned *ret_retry_s)
{
    an_assert((unsigned)what < AN_LIMITED_COUNT);
    uint64_t each_us = limits[what].each_us, room_us = limits[what].burst * each_us, key = bucket_key(guard, what, of);
    pthread_mutex_lock(&guard->limit_lock);
    struct bucket *bucket = bucket_of(guard, key);
    if (bucket->full_us < now_us || bucket->full_us > now_us + room_us) /* the latter: the clock went back */
        bucket->full_us = bucket->full_us < now_us ? now_us : now_us + room_us;
    uint64_t full_us = bucket->full_us + each_us;
    bool fine = full_us <= now_us + room_us;
    if (fine) bucket->full_us = full_us;
    pthread_mutex_unlock(&guard->limit_lock);
    if (!fine) *ret_retry_s = (unsigned)((full_us - now_us - room_us + AN_US_PER_S - 1) / AN_US_PER_S);
    return fine;
}

void an_api_guard_give(struct an_api_guard *guard, enum an_api_limited what, struct an_slice of, uint64_t now_us)
{
    an_assert((unsigned)what < AN_LIMITED_COUNT);
    uint64_t each_us = limits[what].each_us, key = bucket_key(guard, what, of);
    pthread_mutex_lock(&guard->limit_lock);
    struct bucket *bucket = bucket_of(guard, key);
    if (bucket->full_us > now_us) bucket->full_us = bucket->full_us - now_us > each_us ? bucket->full_us - each_us : 0;
    pthread_mutex_unlock(&guard->limit_lock);
}
