#include "observe/features.h"

/* Strengths of the priors, in calls: how much data it takes to move a ratio half way from its background. */
#define A_NUMBER 4.0f
#define A_LINE 10.0f
#define A_GROUP 20.0f

#define P_UNALLOCATED 0.01f
#define P_WALK 0.01f

/* Network-wide shares: priors of all ratios. A little made-up data until there is some; capped, so that a network
 * full of robots doesn't make a robot of everybody new (fairness rule 3). Walks and holes hardly occur among people:
 * their priors are constants. */
struct background {
    an_f8 answered, short_, refused, fresh;
};

/* Eight calls at work. */
struct eight {
    an_f8 columns[AN_SEEN_ROWS];
    float (*features)[AN_VECTOR_MAX]; /* of the first of them */
};

#define COLUMN(e, field) ((e)->columns[offsetof(struct an_seen, field) / sizeof(float)])
#define CONDITION(e, field) ((an_i8)COLUMN(e, field))

/* an_mini_float(an_mini_of(x)), 0 where the result would not be above the condition. */
AN_INLINE void put(struct eight *e, enum an_feature feature, an_i8 condition, an_f8 x)
{
    an_i8 bits = ((an_i8)x + (1 << 11)) & ~0xfff;
    an_f8_store(e->features[feature], (an_f8)(bits & (bits > condition)));
}

/* The same for what may be beyond a minifloat's range. */
AN_INLINE void put_count(struct eight *e, enum an_feature feature, an_i8 condition, an_f8 x)
{
    put(e, feature, condition, an_f8_min(x, an_f8_of(AN_MINI_MAX)));
}

/* (hits + strength * prior) / (n + strength), at most 1. */
AN_INLINE an_f8 smooth(an_f8 hits, an_f8 n, an_f8 prior, float strength)
{
    return an_f8_min((hits + strength * prior) / (n + strength), an_f8_of(1.0f));
}

AN_INLINE struct background background_of(const struct eight *e)
{
    const an_f8 *x = &COLUMN(e, network);
    return (struct background) {
        .answered = smooth(x[AN_G_ANSWERED], x[AN_G_ENDED], an_f8_of(0.5f), A_GROUP),
        .short_ = an_f8_min(smooth(x[AN_G_SHORT], x[AN_G_ANSWERED], an_f8_of(0.1f), A_GROUP), an_f8_of(0.25f)),
        .refused = an_f8_min(smooth(x[AN_G_REFUSED], x[AN_G_ENDED], an_f8_of(0.05f), A_GROUP), an_f8_of(0.15f)),
        .fresh = an_f8_min(smooth(x[AN_G_FRESH_1H], x[AN_G_ATTEMPTS_1H], an_f8_of(0.1f), A_GROUP), an_f8_of(0.25f)),
    };
}

/* E1. P(trunk | network), | operator, | block and | number, each smoothed towards the one before. */
AN_INLINE void origin_features(struct eight *e)
{
    an_f8 nt = COLUMN(e, trunk[AN_G_ATTEMPTS_7D]), n = COLUMN(e, network[AN_G_ATTEMPTS_7D]);
    an_f8 nb = COLUMN(e, block[AN_G_ATTEMPTS_7D]), own = COLUMN(e, number[AN_N_ATTEMPTS_7D]);
    an_f8 p_network = AN_P_NETWORK(nt, n);
    an_f8 p_operator = AN_P_OPERATOR(COLUMN(e, operator_trunk), COLUMN(e, operator_7d), p_network);
    an_f8 p_block = AN_P_BLOCK(COLUMN(e, block_trunk), nb, p_operator);
    an_f8 p_number = (own + AN_A_NUMBER_ORIGIN * p_block) / (own + COLUMN(e, own_elsewhere) + AN_A_NUMBER_ORIGIN);
    an_f8 trust = nt / (nt + 50.0f);
    an_f8 origin = trust * an_f8_positive(an_f8_ln(p_operator / p_number));
    put(e, AN_F_OPERATOR_SURPRISE, CONDITION(e, if_trunk), trust * an_f8_positive(an_f8_ln(p_network / p_operator)));
    put(e, AN_F_ORIGIN_SURPRISE, CONDITION(e, if_trunk), (an_f8)((an_i8)origin & (p_block < p_operator)));
}

AN_INLINE void number_features(struct eight *e, const struct background *b)
{
    const an_f8 *x = &COLUMN(e, number);
    an_i8 yes = CONDITION(e, if_number);
    an_f8 all = x[AN_N_ATTEMPTS_7D], ended = x[AN_N_ENDED], answered = x[AN_N_ANSWERED], day = x[AN_N_ATTEMPTS_1D];
    an_f8 unallocated = an_f8_of(P_UNALLOCATED), walk = an_f8_of(P_WALK);
    put(e, AN_F_NUMBER_AGE_D, yes, COLUMN(e, number_age_d));
    for (int i = 0; i < 4; i++) put(e, (enum an_feature)(AN_F_NUMBER_ATTEMPTS_5M + i), yes, x[AN_N_ATTEMPTS_5M + i]);
    for (int i = 0; i < 3; i++) put(e, (enum an_feature)(AN_F_NUMBER_STRANGERS_1H + i), yes, x[AN_N_STRANGERS_1H + i]);
    put(e, AN_F_NUMBER_STRANGER_SHARE, yes, smooth(x[AN_N_STRANGERS_7D], all, an_f8_of(0.3f), A_NUMBER));
    put(e, AN_F_NUMBER_ENDED_7D, yes, ended);
    put(e, AN_F_NUMBER_ANSWERED, yes, smooth(answered, ended, b->answered, A_NUMBER));
    put(e, AN_F_NUMBER_SHORT, yes, smooth(x[AN_N_SHORT], answered, b->short_, A_NUMBER));
    put(e, AN_F_NUMBER_REFUSED, yes, smooth(x[AN_N_REFUSED], ended, b->refused, A_NUMBER));
    put(e, AN_F_NUMBER_UNALLOCATED, yes, smooth(x[AN_N_UNALLOCATED], all, unallocated, A_NUMBER));
    put_count(e, AN_F_NUMBER_TALK_MEAN_S, yes, 60.0f * (x[AN_N_TALK_MIN] + 1.0f) / (answered + 1.0f));
    put(e, AN_F_NUMBER_WALK, yes, smooth(x[AN_N_WALK], all, walk, A_NUMBER));
    put(e, AN_F_NUMBER_NIGHT, yes, smooth(x[AN_N_NIGHT], all, an_f8_of(0.1f), A_NUMBER));
    an_f8 even = an_f8_positive(1.0f - x[AN_N_PACE_SPREAD] * (1.0f / 0.6f));
    put(e, AN_F_NUMBER_PACING, yes, even * (day / (day + 10.0f)));
    put(e, AN_F_NUMBER_CALLED_BACK, yes, smooth(x[AN_N_CALLED_BACK], x[AN_N_STRANGERS_7D], an_f8_of(0.02f), A_NUMBER));
    put(e, AN_F_NUMBER_RECEIVED_7D, yes, x[AN_N_RECEIVED]);
    put(e, AN_F_NUMBER_COMPLAINTS, yes, x[AN_N_COMPLAINTS]);
}

AN_INLINE void group_features(struct eight *e, const struct background *b)
{
    const an_f8 *t = &COLUMN(e, trunk), *k = &COLUMN(e, block), *n = &COLUMN(e, network), *h = &COLUMN(e, shape);
    an_i8 yes = CONDITION(e, if_attempt);
    put_count(e, AN_F_BLOCK_ATTEMPTS_1H, yes, k[AN_G_ATTEMPTS_1H]);
    put(e, AN_F_BLOCK_FRESH, yes, smooth(k[AN_G_FRESH_7D], k[AN_G_ATTEMPTS_7D], b->fresh, A_LINE));
    put(e, AN_F_BLOCK_REFUSED, yes, smooth(k[AN_G_REFUSED], k[AN_G_ENDED], b->refused, A_GROUP));
    put_count(e, AN_F_BLOCK_COMPLAINTS, yes, k[AN_G_COMPLAINTS]);
    put_count(e, AN_F_TRUNK_ATTEMPTS_1H, yes, t[AN_G_ATTEMPTS_1H]);
    put(e, AN_F_TRUNK_FRESH, yes, smooth(t[AN_G_FRESH_1H], t[AN_G_ATTEMPTS_1H], b->fresh, A_GROUP));
    an_f8 usual = smooth(t[AN_G_FRESH_7D], t[AN_G_ATTEMPTS_7D], b->fresh, A_GROUP) + 0.001f;
    an_f8 now = (t[AN_G_FRESH_1H] + A_GROUP * usual) / (t[AN_G_ATTEMPTS_1H] + A_GROUP);
    put(e, AN_F_TRUNK_FRESH_EXCESS, yes, an_f8_ln(now / usual)); /* below 0 it becomes 0 */
    put(e, AN_F_TRUNK_SHORT, yes, smooth(t[AN_G_SHORT], t[AN_G_ANSWERED], b->short_, A_GROUP));
    put(e, AN_F_TRUNK_REFUSED, yes, smooth(t[AN_G_REFUSED], t[AN_G_ENDED], b->refused, A_GROUP));
    put(e, AN_F_TRUNK_UNALLOCATED, yes,
        smooth(t[AN_G_UNALLOCATED], t[AN_G_ATTEMPTS_1D], an_f8_of(P_UNALLOCATED), A_GROUP));
    put(e, AN_F_SHAPE_REFUSED, yes, smooth(h[AN_G_REFUSED], h[AN_G_ENDED], b->refused, A_GROUP));
    /* Its share of the network's hour against its share of the week: free of the daily curve and of a cold start. */
    an_f8 week = (h[AN_G_ATTEMPTS_7D] + 1.0f) / (n[AN_G_ATTEMPTS_7D] + 1.0f);
    an_f8 hour = (h[AN_G_ATTEMPTS_1H] + A_GROUP * week) / (n[AN_G_ATTEMPTS_1H] + A_GROUP);
    put(e, AN_F_SHAPE_GROWTH, CONDITION(e, if_shape), an_f8_ln(hour / week));
    /* E3. Surprise of the shape on this trunk, less what shapes there usually surprise. */
    an_f8 trunk_7d = t[AN_G_ATTEMPTS_7D];
    put(e, AN_F_SHAPE_SURPRISE, CONDITION(e, if_shape_on_trunk),
        an_f8_positive(COLUMN(e, surprise) - COLUMN(e, trunk_extra)) * (trunk_7d / (trunk_7d + 50.0f)));
}

/* Nats: how much too even arrivals are. */
AN_INLINE an_f8 rhythm(const struct eight *e)
{
    an_f8 n = COLUMN(e, minutes), mean = COLUMN(e, minute_mean);
    an_i8 enough = (n >= 5.0f) & (mean > 0);
    an_f8 safe = an_f8_pick(enough, mean, an_f8_of(1.0f));
    an_f8 dispersion = (n * COLUMN(e, minute_spread) / safe + 10.0f) / (n + 10.0f);
    an_f8 even = an_f8_positive(-an_f8_ln(dispersion) - 0.3f) * safe / (safe + 2.0f);
    return (an_f8)((an_i8)even & enough);
}

AN_INLINE void line_features(struct eight *e, const struct background *b)
{
    const an_f8 *x = &COLUMN(e, line), *t = &COLUMN(e, trunk);
    an_i8 yes = CONDITION(e, if_line);
    an_f8 fresh = smooth(t[AN_G_FRESH_1H], t[AN_G_ATTEMPTS_1H], b->fresh, A_GROUP), day = x[AN_G_ATTEMPTS_1D];
    put_count(e, AN_F_LINE_ATTEMPTS_1H, yes, x[AN_G_ATTEMPTS_1H]);
    put(e, AN_F_LINE_FRESH, yes, smooth(x[AN_G_FRESH_1H], x[AN_G_ATTEMPTS_1H], fresh, A_LINE));
    put(e, AN_F_LINE_GAP_PEAK, yes, COLUMN(e, gap_peak));
    put(e, AN_F_LINE_RING_ATOM, yes, COLUMN(e, ring_atom));
    put(e, AN_F_LINE_TALK_ATOM, yes, COLUMN(e, talk_atom));
    put(e, AN_F_LINE_WALK, yes, smooth(x[AN_G_WALK], day, an_f8_of(P_WALK), A_LINE));
    put(e, AN_F_LINE_UNALLOCATED, yes, smooth(x[AN_G_UNALLOCATED], day, an_f8_of(P_UNALLOCATED), A_LINE));
    put(e, AN_F_LINE_SHORT, yes, smooth(x[AN_G_SHORT], x[AN_G_ANSWERED], b->short_, A_LINE));
    put(e, AN_F_LINE_REFUSED, yes, smooth(x[AN_G_REFUSED], x[AN_G_ENDED], b->refused, A_LINE));
    put(e, AN_F_LINE_RHYTHM, yes, rhythm(e));
    put_count(e, AN_F_LINE_COMPLAINTS, yes, x[AN_G_COMPLAINTS]);
}

AN_INLINE void relation_features(struct eight *e)
{
    an_i8 yes = CONDITION(e, if_attempt);
    put(e, AN_F_CALLEE_STRANGERS_1H, yes, COLUMN(e, callee_1h));
    put(e, AN_F_CALLEE_STRANGERS_1D, yes, COLUMN(e, callee_1d));
    put(e, AN_F_RELATION_CALLED, yes, COLUMN(e, relation_called));
    put(e, AN_F_RELATION_TALKED, yes, COLUMN(e, relation_talked));
    put(e, AN_F_RELATION_TRIES, yes, COLUMN(e, relation_tries));
    put(e, AN_F_RELATION_REFUSED, yes, COLUMN(e, relation_refused));
}

AN_WIDE void an_features_of(const struct an_seen *seen, uint32_t count, float features[AN_FEATURE_COUNT][AN_VECTOR_MAX])
{
    for (uint32_t at = 0; at < count; at += 8) {
        struct eight e;
        e.features = (float(*)[AN_VECTOR_MAX]) & features[0][at];
        for (unsigned row = 0; row < AN_SEEN_ROWS; row += 8) {
            an_f8 block[8];
            for (unsigned i = 0; i < 8; i++) block[i] = an_f8_load((const float *)&seen[at + i] + row);
            an_f8_transpose(block);
            for (unsigned i = 0; i < 8; i++) e.columns[row + i] = block[i];
        }
        struct background b = background_of(&e);
        origin_features(&e);
        number_features(&e, &b);
        group_features(&e, &b);
        line_features(&e, &b);
        relation_features(&e);
    }
}
