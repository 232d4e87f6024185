/* Numbers that the score spoke against, by the hash of the number: for look-ups by prefix. In memory only: in the store
 * such a hash could be brute-forced by whoever steals the file. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/people_inside.h"

enum { ENTRIES = 1 << 18, BUCKETS = 1 << 16, COUNT_MIN = 3, DAYS = 30, FILL_MAX = 500000 };

struct an_lookup {
    pthread_mutex_t lock;
    uint32_t first[BUCKETS]; /* by the first 16 bits of the hash; 1 + index; 0: none */
    uint32_t next[ENTRIES];
    struct an_lookup_entry entries[ENTRIES];
    uint32_t used, hand; /* where the next one gives way */
};

struct an_lookup *an_lookup_new(void)
{
    struct an_lookup *lookup = calloc(1, sizeof *lookup);
    if (lookup != NULL) pthread_mutex_init(&lookup->lock, NULL);
    return lookup;
}

void an_lookup_free(struct an_lookup *lookup)
{
    if (lookup == NULL) return;
    pthread_mutex_destroy(&lookup->lock);
    free(lookup);
}

static void hash_of(an_number number, uint8_t ret[AN_LOOKUP_HASH])
{
    char text[AN_NUMBER_TEXT_MAX];
    uint8_t whole[32];
    size_t len = an_number_text(number, text);
    EVP_Digest(text, len, whole, NULL, EVP_sha256(), NULL);
    memcpy(ret, whole, AN_LOOKUP_HASH);
}

static uint32_t bucket_of(const uint8_t *hash)
{
    return (uint32_t)hash[0] << 8 | hash[1];
}

static struct an_lookup_entry *find(struct an_lookup *l, const uint8_t *hash)
{
    for (uint32_t i = l->first[bucket_of(hash)]; i != 0; i = l->next[i - 1])
        if (memcmp(l->entries[i - 1].hash, hash, AN_LOOKUP_HASH) == 0) return &l->entries[i - 1];
    return NULL;
}

static void unlink_entry(struct an_lookup *l, uint32_t index)
{
    uint32_t *at = &l->first[bucket_of(l->entries[index].hash)];
    while (*at != 0 && *at != index + 1) at = &l->next[*at - 1];
    if (*at != 0) *at = l->next[index];
    l->next[index] = 0;
}

/* A free one, or the next in turn that is oldest of a few. */
static struct an_lookup_entry *claim(struct an_lookup *l, const uint8_t *hash)
{
    uint32_t index = l->used;
    if (l->used < ENTRIES) {
        l->used++;
    } else {
        index = l->hand++ % ENTRIES;
        for (int i = 0; i < 3; i++) {
            uint32_t other = l->hand++ % ENTRIES;
            if (l->entries[other].last_s < l->entries[index].last_s) index = other;
        }
        unlink_entry(l, index);
    }
    struct an_lookup_entry *entry = &l->entries[index];
    *entry = (struct an_lookup_entry) { 0 };
    memcpy(entry->hash, hash, AN_LOOKUP_HASH);
    l->next[index] = l->first[bucket_of(hash)];
    l->first[bucket_of(hash)] = index + 1;
    return entry;
}

/* What a person, or an operator, said of this call binds it for that person: it is nothing to tell others. */
static bool by_score(const struct an_seen_call *call)
{
    const uint32_t personal = AN_RULE_CALLEE_DENIES | AN_RULE_CALLEE_REPORTED | AN_RULE_BLOCKED | AN_RULE_RANGE |
                              AN_RULE_HOURS | AN_RULE_REGION | AN_RULE_CATEGORY | AN_RULE_FALLBACK;
    return call->action != AN_ACTION_ALLOW && (call->rules & personal) == 0;
}

void an_people_lookup_note(struct an_people *people, an_number caller, const struct an_seen_call *call)
{
    struct an_lookup *l = people->lookup;
    uint8_t hash[AN_LOOKUP_HASH];
    if (!an_number_is_e164(caller) || !by_score(call)) return;
    hash_of(caller, hash);
    uint32_t now_s = (uint32_t)(call->time_us / AN_US_PER_S);
    pthread_mutex_lock(&l->lock);
    struct an_lookup_entry *entry = find(l, hash);
    if (entry == NULL) entry = claim(l, hash);
    if (entry->count < UINT16_MAX) entry->count++;
    if (now_s >= entry->last_s) {
        entry->last_s = now_s;
        entry->action = call->action;
        entry->category = call->category;
    }
    pthread_mutex_unlock(&l->lock);
}

static bool fill_one(void *user, an_number caller, const struct an_seen_call *call)
{
    an_people_lookup_note(user, caller, call);
    return true;
}

void an_people_lookup_fill(struct an_people *people, struct an_db_session *session)
{
    uint64_t since_us = an_clock_wall_us() - DAYS * 86400ull * AN_US_PER_S;
    an_call_callers(session, an_store_secret(people->options.store), since_us, FILL_MAX, fill_one, people, NULL);
}

void an_people_forget(struct an_people *people, an_number caller)
{
    struct an_lookup *l = people->lookup;
    uint8_t hash[AN_LOOKUP_HASH];
    hash_of(caller, hash);
    pthread_mutex_lock(&l->lock);
    struct an_lookup_entry *entry = find(l, hash);
    if (entry != NULL) entry->count = 0;
    pthread_mutex_unlock(&l->lock);
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool has_prefix(const uint8_t *hash, const char *prefix, unsigned digits)
{
    for (unsigned i = 0; i < digits; i++)
        if ((i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2] & 15) != digit_of(prefix[i])) return false;
    return true;
}

size_t an_people_lookup(struct an_people *people, const char *prefix, unsigned digits, uint64_t now_us,
                        struct an_lookup_entry *ret, size_t max)
{
    struct an_lookup *l = people->lookup;
    uint32_t bucket = 0;
    size_t count = 0;
    an_assert(digits >= AN_LOOKUP_PREFIX_MIN && digits <= AN_LOOKUP_PREFIX_MAX);
    for (int i = 0; i < 4; i++) bucket = bucket << 4 | (uint32_t)(digit_of(prefix[i]) & 15);
    uint64_t now_s = now_us / AN_US_PER_S;
    pthread_mutex_lock(&l->lock);
    for (uint32_t i = l->first[bucket]; i != 0 && count < max; i = l->next[i - 1]) {
        const struct an_lookup_entry *entry = &l->entries[i - 1];
        if (entry->count < COUNT_MIN || entry->last_s + DAYS * 86400ull < now_s) continue;
        if (has_prefix(entry->hash, prefix, digits)) ret[count++] = *entry;
    }
    pthread_mutex_unlock(&l->lock);
    return count;
}
