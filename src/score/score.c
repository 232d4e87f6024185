#include "score/score.h"

#include <string.h>

#include "base/err.h"
#include "base/logistic.h"
#include "base/wide.h"
#include "score/tally.h"

/* A relation counts from here on (1 is fresh and certain). */
static const float relation_min = 0.5f;
/* Nobody's costs make a call below this anything but allowed: with a learned model it is not explained. */
static const float explain_min = 0.2f;
/* From here on a call is taken to be unwanted, and its trade is asked for. */
static const float unwanted_min = 0.5f;

/* What is known of a vector's calls; verdicts[i] NULL: that one is not judged. */
struct view {
    const float (*features)[AN_VECTOR_MAX];
    const an_mini (*minis)[AN_VECTOR_MAX]; /* the same */
    const bool *live;                      /* some call's feature is not zero */
    uint32_t count;
    struct an_verdict *const *verdicts;
};

uint32_t an_score_version(const struct an_score_model *model)
{
    return model == NULL ? an_tally_version() : an_score_model_version(model);
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

/* Without reasons yet. */
static void conclude(const struct view *view, uint32_t i, float log_odds, float probability, uint32_t version)
{
    const float(*f)[AN_VECTOR_MAX] = view->features;
    struct an_verdict *verdict = view->verdicts[i];
    verdict->log_odds = log_odds;
    verdict->probability = probability;
    verdict->score_version = version;
    verdict->category = (uint8_t)guess_category(f, i, probability);
    bool related = f[AN_F_RELATION_CALLED][i] >= relation_min || f[AN_F_RELATION_TALKED][i] >= relation_min;
    verdict->rules = related && f[AN_F_RELATION_REFUSED][i] < relation_min ? AN_RULE_RELATION : 0;
    verdict->symbol_count = verdict->cause_count = verdict->has_shadow = 0;
    verdict->shadow_probability = 0;
    memset(verdict->symbols, 0, sizeof verdict->symbols);
    memset(verdict->causes, 0, sizeof verdict->causes);
}

static void judge_by_hand(const struct view *view)
{
    struct an_tally tally;
    float probability[AN_VECTOR_MAX];
    uint32_t version = an_tally_version();
    an_tally_vector(view->features, view->count, view->live, &tally);
    an_logistic_many(tally.log_odds, view->count, probability);
    for (uint32_t i = 0; i < view->count; i++) {
        if (view->verdicts[i] == NULL) continue;
        conclude(view, i, tally.log_odds[i], probability[i], version);
        if (an_tally_own_evidence(&tally, i)) view->verdicts[i]->rules |= AN_RULE_OWN_EVIDENCE;
        an_tally_pick(&tally, i, NULL, view->verdicts[i]);
    }
}

/* Reasons of the few calls that need some: their features side by side, then the symbols over those alone. */
static void explain(const struct view *view, const struct an_score_model *model, const struct an_model_scores *scores,
                    const uint8_t *chosen, uint32_t count)
{
    float features[AN_FEATURE_COUNT][AN_VECTOR_MAX];
    struct an_tally tally;
    int16_t moved[AN_VECTOR_MAX][AN_FEATURE_COUNT];
    uint32_t wide = (count + 7) / 8 * 8;
    for (int f = 0; f < AN_FEATURE_COUNT; f++) {
        for (uint32_t k = 0; k < count; k++) features[f][k] = view->features[f][chosen[k]];
        for (uint32_t k = count; k < wide; k++) features[f][k] = 0;
    }
    an_tally_vector((const float(*)[AN_VECTOR_MAX])features, wide, view->live, &tally);
    an_score_model_explain(model, scores, chosen, count, moved);
    for (uint32_t k = 0; k < count; k++) {
        struct an_verdict *verdict = view->verdicts[chosen[k]];
        an_score_model_causes(moved[k], verdict);
        if (an_tally_own_evidence(&tally, k)) verdict->rules |= AN_RULE_OWN_EVIDENCE;
        an_tally_pick(&tally, k, moved[k], verdict);
    }
}

static void name_trades(const struct view *view, const struct an_score_model *model, const uint8_t *unwanted,
                        uint32_t count)
{
    uint8_t categories[AN_VECTOR_MAX];
    an_mini row[AN_FEATURE_COUNT];
    if (count > AN_SCORE_FEW) {
        if (!an_score_model_categories(model, view->minis, view->live, view->count, categories)) return;
        for (uint32_t k = 0; k < count; k++) view->verdicts[unwanted[k]]->category = categories[unwanted[k]];
        return;
    }
    for (uint32_t k = 0; k < count; k++) {
        for (int f = 0; f < AN_FEATURE_COUNT; f++) row[f] = view->minis[f][unwanted[k]];
        if (!an_score_model_category(model, row, &view->verdicts[unwanted[k]]->category)) return;
    }
}

static void judge_by_model(const struct view *view, const struct an_score_model *model)
{
    struct an_model_scores scores;
    uint8_t chosen[AN_VECTOR_MAX] = { 0 }, unwanted[AN_VECTOR_MAX];
    uint32_t chosen_count = 0, unwanted_count = 0, version = an_score_model_version(model);
    an_score_model_run(model, view->minis, view->live, view->count, &scores);
    for (uint32_t i = 0; i < view->count; i++) {
        if (view->verdicts[i] == NULL) continue;
        conclude(view, i, scores.log_odds[i], scores.probability[i], version);
        chosen[chosen_count] = (uint8_t)i;
        chosen_count += scores.probability[i] >= explain_min;
        unwanted[unwanted_count] = (uint8_t)i;
        unwanted_count += scores.probability[i] >= unwanted_min;
    }
    if (chosen_count > 0) explain(view, model, &scores, chosen, chosen_count);
    name_trades(view, model, unwanted, unwanted_count);
}

static void judge_in_shadow(const struct view *view, const struct an_score_model *shadow)
{
    struct an_model_scores scores;
    an_score_model_run(shadow, view->minis, view->live, view->count, &scores);
    for (uint32_t i = 0; i < view->count; i++) {
        if (view->verdicts[i] == NULL) continue;
        view->verdicts[i]->shadow_probability = scores.probability[i];
        view->verdicts[i]->has_shadow = 1;
    }
}

static void judge(const struct view *view, const struct an_score_model *model, const struct an_score_model *shadow)
{
    if (model == NULL)
        judge_by_hand(view);
    else
        judge_by_model(view, model);
    if (shadow != NULL) judge_in_shadow(view, shadow);
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

/* What the verdicts were judged on, for the journal. */
static void keep_features(const struct view *view)
{
    an_mini nowhere[AN_FEATURE_COUNT];
    for (uint32_t i = 0; i < view->count; i += BLOCK) {
        an_mini *to[BLOCK];
        for (uint32_t k = 0; k < BLOCK; k++)
            to[k] = i + k < view->count && view->verdicts[i + k] != NULL ? view->verdicts[i + k]->features : nowhere;
        for (int f = 0; f + BLOCK <= AN_FEATURE_COUNT; f += BLOCK) transpose(view->minis, i, f, to);
        transpose(view->minis, i, AN_FEATURE_COUNT - BLOCK, to); /* the last block overlaps the one before */
    }
}

void an_score_vector(struct an_vector *v, const struct an_score_model *model, const struct an_score_model *shadow)
{
    an_assert(v != NULL && v->count <= AN_VECTOR_MAX);
    an_mini minis[AN_FEATURE_COUNT][AN_VECTOR_MAX];
    bool live[AN_FEATURE_COUNT];
    struct an_verdict *verdicts[AN_VECTOR_MAX];
    const struct view view = { .features = (const float(*)[AN_VECTOR_MAX])v->features,
                               .minis = (const an_mini(*)[AN_VECTOR_MAX])minis,
                               .live = live,
                               .count = v->count,
                               .verdicts = verdicts };
    for (uint32_t i = 0; i < v->count; i++) verdicts[i] = is_due(&v->calls[i]) ? &v->calls[i].verdict : NULL;
    for (int f = 0; f < AN_FEATURE_COUNT; f++) live[f] = an_mini_of_many(v->features[f], v->count, minis[f]);
    judge(&view, model, shadow);
    keep_features(&view);
}

void an_score_features(const an_mini minis[AN_FEATURE_COUNT], const struct an_score_model *model,
                       struct an_verdict *ret_verdict)
{
    an_assert(minis != NULL && ret_verdict != NULL);
    static _Thread_local float features[AN_FEATURE_COUNT][AN_VECTOR_MAX];
    static _Thread_local an_mini rows[AN_FEATURE_COUNT][AN_VECTOR_MAX];
    bool live[AN_FEATURE_COUNT];
    const struct view view = { .features = (const float(*)[AN_VECTOR_MAX])features,
                               .minis = (const an_mini(*)[AN_VECTOR_MAX])rows,
                               .live = live,
                               .count = 1,
                               .verdicts = &ret_verdict };
    for (int f = 0; f < AN_FEATURE_COUNT; f++) {
        features[f][0] = an_mini_float(minis[f]);
        rows[f][0] = minis[f];
        live[f] = minis[f] != 0;
    }
    judge(&view, model, NULL);
    memmove(ret_verdict->features, minis, sizeof ret_verdict->features);
}
