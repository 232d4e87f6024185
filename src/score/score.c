#include "score/score.h"

#include <string.h>

#include "base/err.h"
#include "base/hash.h"
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
        const float numbers[] = { row->weight, row->from, row->to, row->gate_full, group_low[row->group_id],
                                  group_high[row->group_id], prior, own_evidence_min, relation_min };
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

/* exp(x) for |x| <= 40 out of exactly rounded operations only: 2^n * e^r, |r| <= ln 2 / 2, Taylor to the 11th power
 * (relative error under 1e-13). */
static double exp_exact(double x)
{
    double scaled = x * 1.4426950408889634;
    double whole = (double)(int)(scaled + (scaled >= 0 ? 0.5 : -0.5));
    double r = (x - whole * 0.693147180369123816490) - whole * 1.90821492927058770002e-10;
    double sum = 1.0, term = 1.0;
    for (int i = 1; i <= 11; i++) {
        term = term * r / i;
        sum = sum + term;
    }
    uint64_t bits = (uint64_t)(1023 + (int)whole) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return sum * power;
}

static float logistic(float log_odds)
{
    double x = log_odds > 40.0f ? 40.0 : log_odds < -40.0f ? -40.0 : (double)log_odds;
    return (float)(1.0 / (1.0 + exp_exact(-x)));
}

/* What the vector loop leaves for each call. */
struct tally {
    float contribution[AN_SYMBOL_COUNT][AN_VECTOR_MAX];
    float group[AN_GROUP_COUNT][AN_VECTOR_MAX];
    float own[AN_VECTOR_MAX];
    uint64_t fired[AN_VECTOR_MAX];
};

static void tally_symbol(const struct an_symbol_info *row, int s, const float (*features)[AN_VECTOR_MAX], uint32_t n,
                         struct tally *t)
{
    const float *x = features[row->feature];
    const float weight = row->weight, from = row->from, scale = 1.0f / (row->to - row->from);
    float *out = t->contribution[s], *sum = t->group[row->group_id];
    for (uint32_t i = 0; i < n; i++) out[i] = weight * clamp01((x[i] - from) * scale);
    if (row->gate != AN_F_ALWAYS) {
        const float *gate = features[row->gate];
        const float gate_scale = 1.0f / row->gate_full;
        for (uint32_t i = 0; i < n; i++) out[i] = out[i] * clamp01(gate[i] * gate_scale);
    }
    for (uint32_t i = 0; i < n; i++) sum[i] = sum[i] + out[i];
    if (row->level == AN_SYMBOL_OWN && weight > 0)
        for (uint32_t i = 0; i < n; i++) t->own[i] = t->own[i] + out[i];
    for (uint32_t i = 0; i < n; i++) t->fired[i] |= (uint64_t)(out[i] != 0.0f) << s;
}

static void tally_vector(const float (*features)[AN_VECTOR_MAX], uint32_t n, struct tally *t)
{
    memset(t->group, 0, sizeof t->group);
    memset(t->own, 0, sizeof t->own);
    memset(t->fired, 0, sizeof t->fired);
    for (int s = 0; s < AN_SYMBOL_COUNT; s++) tally_symbol(&an_symbol_info[s], s, features, n, t);
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
    for (uint64_t left = t->fired[i]; left != 0; left &= left - 1) {
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
        verdict->symbols[k] = (struct an_verdict_symbol){
            (uint16_t)ids[k], (int16_t)(hundredths + (hundredths >= 0 ? 0.5f : -0.5f))
        };
    }
    for (int k = count; k < AN_VERDICT_SYMBOLS_MAX; k++) verdict->symbols[k] = (struct an_verdict_symbol){ 0 };
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
    float log_odds = prior;
    for (int g = 0; g < AN_GROUP_COUNT; g++) {
        float sum = t->group[g][i];
        sum = sum > group_low[g] ? sum : group_low[g];
        sum = sum < group_high[g] ? sum : group_high[g];
        log_odds = log_odds + sum;
    }
    verdict->log_odds = log_odds;
    verdict->probability = logistic(log_odds);
    verdict->score_version = an_score_version();
    verdict->category = (uint8_t)guess_category(features, i, verdict->probability);
    verdict->rules = 0;
    if (t->own[i] >= own_evidence_min) verdict->rules |= AN_RULE_OWN_EVIDENCE;
    bool related = features[AN_F_RELATION_CALLED][i] >= relation_min || features[AN_F_RELATION_TALKED][i] >= relation_min;
    if (related && features[AN_F_RELATION_REFUSED][i] < relation_min) verdict->rules |= AN_RULE_RELATION;
    pick_symbols(t, i, verdict);
}

static bool is_due(const struct an_call *call)
{
    return call->error == AN_OK && !call->observed.repeat && call->enriched.obs.kind == AN_OBS_ATTEMPT;
}

void an_score_vector(struct an_vector *v)
{
    an_assert(v != NULL && v->count <= AN_VECTOR_MAX);
    struct tally t;
    const float(*features)[AN_VECTOR_MAX] = (const float(*)[AN_VECTOR_MAX])v->features;
    tally_vector(features, v->count, &t);
    for (uint32_t i = 0; i < v->count; i++) {
        struct an_call *call = &v->calls[i];
        if (!is_due(call)) continue;
        conclude(&t, features, i, &call->verdict);
        for (int f = 0; f < AN_FEATURE_COUNT; f++) call->verdict.features[f] = an_mini_of(features[f][i]);
    }
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
