#include "score/tally.h"

#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/wide.h"

_Static_assert(AN_SYMBOL_COUNT <= 64, "a call's symbols are kept in one 64-bit mask");

/* Log-odds of an unwanted call before any evidence: about 1 in 33. */
static const float prior = -3.5f;
/* Own evidence speaks when the positive contributions of OWN symbols reach this. */
static const float own_evidence_min = 2.0f;
/* Of score.c, but part of the formula. */
static const float relation_min = 0.5f;

static const float group_low[AN_GROUP_COUNT] = {
#define X(name, low, high) low,
    AN_SYMBOL_GROUPS(X)
#undef X
};
static const float group_high[AN_GROUP_COUNT] = {
#define X(name, low, high) high,
    AN_SYMBOL_GROUPS(X)
#undef X
};

uint32_t an_tally_version(void)
{
    static uint32_t version;
    if (version != 0) return version; /* idempotent: every thread computes the same */
    uint64_t hash = 1;                /* formula 1 */
    for (int s = 0; s < AN_SYMBOL_COUNT; s++) {
        const struct an_symbol_info *row = &an_symbol_info[s];
        const float numbers[] = { row->weight,
                                  row->from,
                                  row->to,
                                  row->gate_full,
                                  group_low[row->group_id],
                                  group_high[row->group_id],
                                  prior,
                                  own_evidence_min,
                                  relation_min };
        const int ids[] = { (int)row->group_id, (int)row->level, row->feature, row->gate };
        hash = an_mix2(an_hash64(numbers, sizeof numbers, hash), an_hash64(ids, sizeof ids, hash));
    }
    version = (uint32_t)hash | 1u;
    return version;
}

/* Not by the compiler: it leaves such loops as they are. */
AN_INLINE an_f8 clamp01(an_f8 x)
{
    return an_f8_min(an_f8_positive(x), an_f8_of(1.0f));
}

/* One symbol over all calls, eight at once: a few beyond count come along. gate and own may be NULL. */
AN_INLINE void tally_row(const struct an_symbol_info *row, uint32_t bit, uint32_t count, const float *x,
                         const float *gate, float *out, float *sum, float *own, uint32_t *fired)
{
    const an_f8 weight = an_f8_of(row->weight), from = an_f8_of(row->from);
    const an_f8 scale = an_f8_of(1.0f / (row->to - row->from)), gate_scale = an_f8_of(1.0f / row->gate_full);
    for (uint32_t i = 0; i < count; i += 8) {
        an_f8 c = weight * clamp01((an_f8_load(x + i) - from) * scale);
        if (gate != NULL) c = c * clamp01(an_f8_load(gate + i) * gate_scale);
        an_f8_store(out + i, c);
        an_f8_store(sum + i, an_f8_load(sum + i) + c);
        if (own != NULL) an_f8_store(own + i, an_f8_load(own + i) + c);
        an_u8 had;
        memcpy(&had, fired + i, sizeof had);
        had |= (an_u8)(c != 0.0f) & bit;
        memcpy(fired + i, &had, sizeof had);
    }
}

/* No call can get a contribution but zero: a rising ramp over zeros, or a closed gate. */
static bool is_quiet(const struct an_symbol_info *row, const bool *live)
{
    if (row->gate != AN_F_ALWAYS && !live[row->gate]) return true;
    return !live[row->feature] && row->from >= 0 && row->to > row->from;
}

AN_WIDE static void tally_symbols(const float (*features)[AN_VECTOR_MAX], uint32_t n, const bool *live,
                                  struct an_tally *t)
{
    for (int s = 0; s < AN_SYMBOL_COUNT; s++) {
        const struct an_symbol_info *row = &an_symbol_info[s];
        if (is_quiet(row, live)) continue;
        const float *x = features[row->feature], *gate = row->gate == AN_F_ALWAYS ? NULL : features[row->gate];
        float *out = t->contribution[s], *sum = t->group[row->group_id];
        uint32_t *fired = t->fired[s / 32], bit = 1u << s % 32;
        bool own = row->level == AN_SYMBOL_OWN && row->weight > 0;
        if (gate != NULL && own)
            tally_row(row, bit, n, x, gate, out, sum, t->own, fired);
        else if (gate != NULL)
            tally_row(row, bit, n, x, gate, out, sum, NULL, fired);
        else if (own)
            tally_row(row, bit, n, x, NULL, out, sum, t->own, fired);
        else
            tally_row(row, bit, n, x, NULL, out, sum, NULL, fired);
    }
}

AN_WIDE static void sum_groups(uint32_t n, struct an_tally *t)
{
    for (uint32_t i = 0; i < n; i++) t->log_odds[i] = prior;
    for (int g = 0; g < AN_GROUP_COUNT; g++) {
        const float low = group_low[g], high = group_high[g];
        for (uint32_t i = 0; i < n; i++) {
            float sum = t->group[g][i];
            sum = sum > low ? sum : low;
            sum = sum < high ? sum : high;
            t->log_odds[i] = t->log_odds[i] + sum;
        }
    }
}

void an_tally_vector(const float (*features)[AN_VECTOR_MAX], uint32_t count, const bool live[AN_FEATURE_COUNT],
                     struct an_tally *ret_tally)
{
    an_assert(count <= AN_VECTOR_MAX);
    memset(ret_tally->group, 0, sizeof ret_tally->group);
    memset(ret_tally->own, 0, sizeof ret_tally->own);
    memset(ret_tally->fired, 0, sizeof ret_tally->fired);
    tally_symbols(features, count, live, ret_tally);
    sum_groups(count, ret_tally);
}

bool an_tally_own_evidence(const struct an_tally *tally, uint32_t call)
{
    return tally->own[call] >= own_evidence_min;
}

/* Bits of a float that is not negative are in its order. */
static uint32_t magnitude_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits & 0x7fffffffu;
}

static int16_t hundredths_of(float x)
{
    float hundredths = x * 100.0f;
    return (int16_t)(hundredths + (hundredths >= 0 ? 0.5f : -0.5f));
}

/* Into keys, greatest first, at most max; without a branch on their order, which nobody could foretell. */
static inline unsigned insert_key(uint64_t *keys, unsigned count, unsigned max, uint64_t key)
{
    for (unsigned k = 0; k < count; k++) {
        uint64_t high = keys[k] > key ? keys[k] : key;
        key = keys[k] > key ? key : keys[k];
        keys[k] = high;
    }
    if (count == max) return max;
    keys[count] = key;
    return count + 1;
}

void an_tally_pick(const struct an_tally *tally, uint32_t call, const int16_t moved[AN_FEATURE_COUNT],
                   struct an_verdict *verdict)
{
    uint64_t keys[AN_VERDICT_SYMBOLS_MAX];
    unsigned count = 0;
    for (uint64_t left = tally->fired[0][call] | (uint64_t)tally->fired[1][call] << 32; left != 0; left &= left - 1) {
        int s = __builtin_ctzll(left), weight = moved == NULL ? 0 : moved[an_symbol_info[s].feature];
        uint64_t key = (uint64_t)magnitude_bits(tally->contribution[s][call]) << 8 | (unsigned)(63 - s);
        key |= (uint64_t)(unsigned)(weight < 0 ? -weight : weight) << 40;
        count = insert_key(keys, count, AN_VERDICT_SYMBOLS_MAX, key);
    }
    memset(verdict->symbols, 0, sizeof verdict->symbols);
    for (unsigned k = 0; k < count; k++) {
        unsigned s = 63 - (unsigned)(keys[k] & 63);
        int16_t weight = moved == NULL ? hundredths_of(tally->contribution[s][call]) : moved[an_symbol_info[s].feature];
        verdict->symbols[k] = (struct an_verdict_symbol) { (uint16_t)s, weight };
    }
    verdict->symbol_count = (uint8_t)count;
}
