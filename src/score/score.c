#include "score/score.h"

#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/logistic.h"
#include "base/wide.h"
#include "score/symbols.h"

_Static_assert(AN_SYMBOL_COUNT <= 64, "a call's symbols are kept in one 64-bit mask");

/* Log-odds of an unwanted call before any evidence: about 1 in 33. */
static const float prior = -3.5f;
/* Own evidence speaks when the positive contributions of OWN symbols reach this. */
static const float own_evidence_min = 2.0f;
/* A relation counts from here on (1 is fresh and certain). */
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

uint32_t an_score_version(void)
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

static float clamp01(float x)
{
    x = x > 0.0f ? x : 0.0f;
    return x < 1.0f ? x : 1.0f;
}

/* What the vector loops leave for each call. Rows of symbols whose live bit is not set hold nothing. */
struct tally {
    float contribution[AN_SYMBOL_COUNT][AN_VECTOR_MAX];
    float group[AN_GROUP_COUNT][AN_VECTOR_MAX];
    float own[AN_VECTOR_MAX];
    float log_odds[AN_VECTOR_MAX];
    float probability[AN_VECTOR_MAX];
    uint32_t fired[2][AN_VECTOR_MAX]; /* symbols 0-31 and 32-63 */
    bool live[AN_FEATURE_COUNT];      /* some call's feature is not zero */
};

/* One symbol over all calls; gate and own may be NULL. */
static inline __attribute__((always_inline)) void tally_row(const struct an_symbol_info *row, uint32_t bit, uint32_t n,
                                                            const float *restrict x, const float *restrict gate,
                                                            float *restrict out, float *restrict sum,
                                                            float *restrict own, uint32_t *restrict fired)
{
    const float weight = row->weight, from = row->from, scale = 1.0f / (row->to - row->from);
    const float gate_scale = 1.0f / row->gate_full;
    for (uint32_t i = 0; i < n; i++) {
        float c = weight * clamp01((x[i] - from) * scale);
        if (gate != NULL) c = c * clamp01(gate[i] * gate_scale);
        out[i] = c;
        sum[i] = sum[i] + c;
        if (own != NULL) own[i] = own[i] + c;
        fired[i] |= c != 0.0f ? bit : 0u;
    }
}

/* No call can get a contribution but zero: a rising ramp over zeros, or a closed gate. */
static bool is_quiet(const struct an_symbol_info *row, const struct tally *t)
{
    if (row->gate != AN_F_ALWAYS && !t->live[row->gate]) return true;
    return !t->live[row->feature] && row->from >= 0 && row->to > row->from;
}

AN_WIDE static void tally_symbols(const float (*features)[AN_VECTOR_MAX], uint32_t n, struct tally *t)
{
    for (int s = 0; s < AN_SYMBOL_COUNT; s++) {
        const struct an_symbol_info *row = &an_symbol_info[s];
        if (is_quiet(row, t)) continue;
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

AN_WIDE static void sum_groups(uint32_t n, struct tally *t)
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

/* an_logistic of base/logistic.h, term by term over the vector, since a division takes as long for four calls as for
 * one. */
AN_WIDE static void take_logistic(uint32_t n, struct tally *t)
{
    double r[AN_VECTOR_MAX], sum[AN_VECTOR_MAX], term[AN_VECTOR_MAX], power[AN_VECTOR_MAX];
    for (uint32_t i = 0; i < n; i++) {
        r[i] = an_logistic_reduce(t->log_odds[i], &power[i]);
        sum[i] = term[i] = 1.0;
    }
    for (int k = 1; k <= AN_LOGISTIC_TERMS; k++)
        for (uint32_t i = 0; i < n; i++) {
            term[i] = term[i] * r[i] / k;
            sum[i] = sum[i] + term[i];
        }
    for (uint32_t i = 0; i < n; i++) t->probability[i] = (float)(1.0 / (1.0 + sum[i] * power[i]));
}

AN_WIDE static void find_live(const float (*features)[AN_VECTOR_MAX], uint32_t n, bool live[AN_FEATURE_COUNT])
{
    for (int f = 0; f < AN_FEATURE_COUNT; f++) {
        uint32_t any = 0;
        for (uint32_t i = 0; i < n; i++) {
            uint32_t bits;
            memcpy(&bits, &features[f][i], sizeof bits);
            any |= bits;
        }
        live[f] = any != 0;
    }
}

static void tally_vector(const float (*features)[AN_VECTOR_MAX], uint32_t n, struct tally *t)
{
    memset(t->group, 0, sizeof t->group);
    memset(t->own, 0, sizeof t->own);
    memset(t->fired, 0, sizeof t->fired);
    find_live(features, n, t->live);
    tally_symbols(features, n, t);
    sum_groups(n, t);
    take_logistic(n, t);
}

static float magnitude(float x)
{
    return x < 0 ? -x : x;
}

/* The strongest symbols first; ties by position in the table. */
static void pick_symbols(const struct tally *t, uint32_t i, struct an_verdict *verdict)
{
    int ids[AN_VERDICT_SYMBOLS_MAX];
    float sizes[AN_VERDICT_SYMBOLS_MAX];
    int count = 0;
    for (uint64_t left = t->fired[0][i] | (uint64_t)t->fired[1][i] << 32; left != 0; left &= left - 1) {
        int s = __builtin_ctzll(left);
        float size = magnitude(t->contribution[s][i]);
        if (count == AN_VERDICT_SYMBOLS_MAX && size <= sizes[count - 1]) continue;
        int at = count < AN_VERDICT_SYMBOLS_MAX ? count++ : count - 1;
        for (; at > 0 && sizes[at - 1] < size; at--) {
            sizes[at] = sizes[at - 1];
            ids[at] = ids[at - 1];
        }
        sizes[at] = size;
        ids[at] = s;
    }
    for (int k = 0; k < count; k++) {
        float hundredths = t->contribution[ids[k]][i] * 100.0f;
        verdict->symbols[k] =
            (struct an_verdict_symbol) { (uint16_t)ids[k], (int16_t)(hundredths + (hundredths >= 0 ? 0.5f : -0.5f)) };
    }
    for (int k = count; k < AN_VERDICT_SYMBOLS_MAX; k++) verdict->symbols[k] = (struct an_verdict_symbol) { 0 };
    verdict->symbol_count = (uint8_t)count;
}

/* Without content only the kind of caller is known: a guess until reports and campaigns name the trade. */
static enum an_category guess_category(const float (*f)[AN_VECTOR_MAX], uint32_t i, float probability)
{
    bool machine = f[AN_F_CALLER_ENTERPRISE][i] > 0 || f[AN_F_CALLER_PUBLIC][i] > 0;
    if (probability >= 0.5f) {
        bool forged = f[AN_F_CALLER_UNALLOCATED][i] > 0 || f[AN_F_CALLER_INVALID][i] > 0;
        return forged ? AN_CATEGORY_FRAUD : AN_CATEGORY_MARKETING;
    }
    if (machine) return AN_CATEGORY_AUTOMATED;
    return probability < 0.1f && f[AN_F_NUMBER_STRANGERS_1D][i] < 10 ? AN_CATEGORY_PERSON : AN_CATEGORY_UNKNOWN;
}

static void conclude(const struct tally *t, const float (*features)[AN_VECTOR_MAX], uint32_t i,
                     struct an_verdict *verdict)
{
    verdict->log_odds = t->log_odds[i];
    verdict->probability = t->probability[i];
    verdict->score_version = an_score_version();
    verdict->category = (uint8_t)guess_category(features, i, verdict->probability);
    verdict->rules = 0;
    if (t->own[i] >= own_evidence_min) verdict->rules |= AN_RULE_OWN_EVIDENCE;
    bool related =
        features[AN_F_RELATION_CALLED][i] >= relation_min || features[AN_F_RELATION_TALKED][i] >= relation_min;
    if (related && features[AN_F_RELATION_REFUSED][i] < relation_min) verdict->rules |= AN_RULE_RELATION;
    pick_symbols(t, i, verdict);
}

static bool is_due(const struct an_call *call)
{
    return call->error == AN_OK && !call->observed.repeat && call->enriched.obs.kind == AN_OBS_ATTEMPT;
}

enum { BLOCK = 8 };
typedef an_mini mini_block __attribute__((vector_size(BLOCK * sizeof(an_mini))));
#define MIX(a, b, ...) __builtin_shufflevector((a), (b), __VA_ARGS__)

/* Rows of features to rows of calls. */
static void transpose(const an_mini (*rows)[AN_VECTOR_MAX], uint32_t i, int f, an_mini *const to[BLOCK])
{
    mini_block a[BLOCK], b[BLOCK];
    for (int k = 0; k < BLOCK; k++) memcpy(&a[k], &rows[f + k][i], sizeof a[k]);
    for (int k = 0; k < 4; k++) {
        b[2 * k] = MIX(a[k], a[k + 4], 0, 8, 1, 9, 2, 10, 3, 11);
        b[2 * k + 1] = MIX(a[k], a[k + 4], 4, 12, 5, 13, 6, 14, 7, 15);
    }
    for (int k = 0; k < 4; k++) {
        a[2 * k] = MIX(b[k], b[k + 4], 0, 8, 1, 9, 2, 10, 3, 11);
        a[2 * k + 1] = MIX(b[k], b[k + 4], 4, 12, 5, 13, 6, 14, 7, 15);
    }
    for (int k = 0; k < 4; k++) {
        b[2 * k] = MIX(a[k], a[k + 4], 0, 8, 1, 9, 2, 10, 3, 11);
        b[2 * k + 1] = MIX(a[k], a[k + 4], 4, 12, 5, 13, 6, 14, 7, 15);
    }
    for (int k = 0; k < BLOCK; k++) memcpy(to[k] + f, &b[k], sizeof b[k]);
}

/* live: see struct tally. */
AN_WIDE static void round_features(const float (*features)[AN_VECTOR_MAX], uint32_t n, const bool *live,
                                   an_mini (*rows)[AN_VECTOR_MAX])
{
    for (int f = 0; f < AN_FEATURE_COUNT; f++) {
        if (!live[f])
            memset(rows[f], 0, sizeof rows[f]);
        else
            for (uint32_t i = 0; i < n; i++) rows[f][i] = an_mini_of(features[f][i]);
    }
}

/* What the verdicts were judged on, for the journal. */
static void keep_features(struct an_vector *v, const bool live[AN_FEATURE_COUNT])
{
    an_mini rows[AN_FEATURE_COUNT][AN_VECTOR_MAX], nowhere[AN_FEATURE_COUNT];
    const an_mini(*all)[AN_VECTOR_MAX] = (const an_mini(*)[AN_VECTOR_MAX])rows;
    if (v->count < AN_VECTOR_MAX) memset(rows, 0, sizeof rows);
    round_features((const float(*)[AN_VECTOR_MAX])v->features, v->count, live, rows);
    for (uint32_t i = 0; i < v->count; i += BLOCK) {
        an_mini *to[BLOCK];
        for (uint32_t k = 0; k < BLOCK; k++)
            to[k] = i + k < v->count && is_due(&v->calls[i + k]) ? v->calls[i + k].verdict.features : nowhere;
        for (int f = 0; f + BLOCK <= AN_FEATURE_COUNT; f += BLOCK) transpose(all, i, f, to);
        transpose(all, i, AN_FEATURE_COUNT - BLOCK, to); /* the last block overlaps the one before */
    }
}

void an_score_vector(struct an_vector *v)
{
    an_assert(v != NULL && v->count <= AN_VECTOR_MAX);
    struct tally t;
    const float(*features)[AN_VECTOR_MAX] = (const float(*)[AN_VECTOR_MAX])v->features;
    tally_vector(features, v->count, &t);
    for (uint32_t i = 0; i < v->count; i++) {
        struct an_call *call = &v->calls[i];
        if (is_due(call)) conclude(&t, features, i, &call->verdict);
    }
    keep_features(v, t.live);
}

void an_score_features(const an_mini minis[AN_FEATURE_COUNT], struct an_verdict *ret_verdict)
{
    an_assert(minis != NULL && ret_verdict != NULL);
    static _Thread_local float features[AN_FEATURE_COUNT][AN_VECTOR_MAX];
    struct tally t;
    for (int f = 0; f < AN_FEATURE_COUNT; f++) features[f][0] = an_mini_float(minis[f]);
    const float(*row)[AN_VECTOR_MAX] = (const float(*)[AN_VECTOR_MAX])features;
    tally_vector(row, 1, &t);
    conclude(&t, row, 0, ret_verdict);
    memmove(ret_verdict->features, minis, sizeof ret_verdict->features);
}
