/* What is counted of a campaign, and what makes it hostile. */
#include <math.h>
#include <string.h>

#include "campaign/internal.h"

float decayed(float value, uint64_t since_us, uint64_t now_us, double half_life_s)
{
    if (now_us <= since_us) return value;
    return value * (float)exp2(-(double)(now_us - since_us) / (half_life_s * 1e6));
}

void profile_decay(struct profile *p, uint64_t since_us, uint64_t now_us)
{
    float left = decayed(1, since_us, now_us, 86400);
    float *all = (float *)p;
    for (size_t i = 0; i < sizeof *p / sizeof(float); i++) all[i] *= left;
}

void campaign_decay(struct campaign *c, uint64_t now_us)
{
    if (now_us < c->tick_us + 900000000ull) return;
    float left = decayed(1, c->tick_us, now_us, 86400);
    profile_decay(&c->p, c->tick_us, now_us);
    for (int i = 0; i < AN_CAMPAIGN_CELLS; i++) {
        struct cell *cell = &c->cells[i];
        cell->calls *= left;
        cell->ring_n *= left;
        for (int b = 0; b < BINS / 4; b++) cell->ring[b] *= left;
    }
    for (int i = 0; i < AN_CATEGORY_COUNT; i++) c->categories[i] *= left;
    c->listed = decayed(c->listed, c->tick_us, now_us, 7 * 86400);
    c->tick_us = now_us;
}

/* Two pseudo-calls spread as the background is; the background itself smoothed evenly. */
float bin_llr(const float *own, float own_n, const float *all, float all_n, unsigned bin, unsigned bins)
{
    float usual = (all[bin] + 1) / (all_n + (float)bins);
    float here = (own[bin] + 2 * usual) / (own_n + 2);
    return logf(here / usual);
}

float flag_llr(const struct profile *own, const struct profile *all, enum tally tally, bool is)
{
    float usual = (all->t[tally] + 1) / (all->t[T_CALLS] + 20);
    float here = (own->t[tally] + 4 * usual) / (own->t[T_CALLS] + 4);
    float llr = is ? logf(here / usual) : logf(fmaxf(1 - here, 0.02f) / (1 - usual));
    return llr < -3 ? -3 : llr > 3 ? 3 : llr;
}

unsigned fullest(const float *bins, unsigned count)
{
    unsigned best = 0;
    for (unsigned i = 1; i < count; i++)
        if (bins[i] > bins[best]) best = i;
    return best;
}

/* Counted where others call, since nobody knows who could be called; of the last hour, since lists grow. While little
 * was seen, out of the population. */
float coverage_of(const struct an_campaigns *campaigns, const struct campaign *c)
{
    const float prior = 500;
    float guess = fminf((c->listed + 1) / (float)population_of(campaigns), 1);
    float before = decayed(c->network_before, c->birth_us, campaigns->now_us, 3600);
    float seen = fmaxf(campaigns->network_1h - before, 0);
    float chance = decayed(c->chance, c->chance_us, campaigns->now_us, 3600);
    float share = (chance + prior * guess) / (seen + prior);
    return share < 1 ? share : 1;
}

void campaign_note(struct campaign *c, uint64_t time_us, enum an_campaign_event_kind kind, uint32_t other,
                   uint32_t trunk)
{
    uint32_t at = c->event_at++ % AN_CAMPAIGN_EVENTS;
    c->events[at].time_us = time_us;
    c->events[at].kind = kind;
    c->events[at].other = other;
    c->events[at].trunk = trunk;
}

void profile_count(struct profile *p, const struct suspect *s)
{
    p->t[T_CALLS] += 1;
    p->t[T_FRESH] += s->fresh ? 1.0f : 0;
    p->t[T_FOREIGN] += s->foreign ? 1.0f : 0;
    p->t[T_HOLES] += s->hole ? 1.0f : 0;
    p->classes[s->class] += 1;
    p->hours[s->hour] += 1;
}

bool is_walk(const struct campaign *c, an_number callee)
{
    enum { NEAR = 32 };
    bool walk = false;
    for (unsigned i = 0; i < 4 && c->callee_at > 0; i++) {
        uint64_t step = callee - c->last_callees[i];
        walk |= step != 0 && step + NEAR <= 2 * NEAR;
    }
    return walk;
}

float weight_of(const struct an_campaigns *campaigns, const struct campaign *c)
{
    float share = (c->p.t[T_CALLS] * 0.1f + 0.5f) / (campaigns->suspicious_1h + 5);
    return clamp(logf(share), -4, 0);
}

/* ---- hostility ---- */

struct sum {
    struct an_campaign_term *terms; /* NULL: only the sum */
    uint32_t count;
    float nats;
};

static void add(struct sum *sum, const char *name, const char *en, const char *zh, float value, float usual, float nats)
{
    sum->nats += nats;
    if (sum->terms == NULL || sum->count == AN_CAMPAIGN_TERMS || fabsf(nats) < 0.05f) return;
    sum->terms[sum->count++] = (struct an_campaign_term) { name, en, zh, value, usual, nats };
}

/* A share against the usual one: ln of their ratio, both smoothed by a calls of the usual kind, times weight. */
static void add_share(struct sum *sum, const char *name, const char *en, const char *zh, float hits, float n,
                      float usual, float weight, float low, float high)
{
    enum { PRIOR = 10 };
    float share = (hits + PRIOR * usual) / (n + PRIOR);
    add(sum, name, en, zh, n > 0 ? hits / n : 0, usual, clamp(weight * logf(share / usual), low, high));
}

static float share(float hits, float n, float least, float most)
{
    return clamp(n > 0 ? hits / n : 0, least, most);
}

/* Log-odds of the mean probability of those of its calls that were judged before it was known. */
static float judged_nats(const struct campaign *c)
{
    float p = (c->p.t[T_UNWANTED] + 1) / (c->p.t[T_JUDGED] + 2);
    return logf(p / (1 - p)) * 1.2f;
}

/* What people and the plan say of it. Nothing here asks whether it is a machine: a hospital's robot is one too. */
float hostility_of(const struct an_campaigns *campaigns, const struct campaign *c, struct an_campaign_term *ret_terms,
                   uint32_t *ret_count)
{
    const float *t = c->p.t, *all = campaigns->network.t;
    const float calls = t[T_CALLS], ended = t[T_ENDED], prior = -2.5f;
    struct sum sum = { ret_terms, 0, prior };
    add(&sum, "judged", "calls judged for themselves", "单独判定的呼叫",
        t[T_JUDGED] > 0 ? t[T_UNWANTED] / t[T_JUDGED] : 0, 0.5f, clamp(judged_nats(c), -3, 3));
    add_share(&sum, "holes", "calls to numbers nobody owns", "呼叫空号", t[T_HOLES], calls,
              share(all[T_HOLES], all[T_CALLS], 0.002f, 0.01f), 0.8f, -0.5f, 2.5f);
    add_share(&sum, "foreign", "numbers that usually come in elsewhere", "号码与入局中继不符", t[T_FOREIGN], calls,
              share(all[T_FOREIGN], all[T_CALLS], 0.01f, 0.1f), 0.8f, 0, 2.5f);
    add_share(&sum, "fresh", "numbers first seen within three days", "三日内首次出现的号码", t[T_FRESH], calls,
              share(all[T_FRESH], all[T_CALLS], 0.02f, 0.2f), 0.7f, 0, 1.8f);
    add_share(&sum, "rotation", "a number never used before for each call", "不断更换新号码", t[T_NEW_NUMBERS], calls,
              0.05f, 0.6f, -1.0f, 1.8f);
    add_share(&sum, "related", "called people who know the number", "被叫认识该号码", t[T_RELATED],
              calls + t[T_RELATED], 0.02f, -1.0f, -4, 0);
    add_share(&sum, "refused", "refused by the callee", "被拒接", t[T_REFUSED], ended,
              share(all[T_REFUSED], all[T_ENDED], 0.02f, 0.2f), 0.8f, -0.8f, 1.5f);
    add_share(&sum, "short", "answered and ended within 6 s", "接通不足6秒", t[T_SHORT], t[T_ANSWERED],
              share(all[T_SHORT], all[T_ANSWERED], 0.05f, 0.3f), 0.8f, -0.8f, 1.5f);
    add_share(&sum, "complaints", "complaints by trusted callees", "可信被叫的投诉", t[T_COMPLAINTS], calls,
              share(all[T_COMPLAINTS], all[T_CALLS], 0.0002f, 0.002f), 0.6f, 0, 2.5f);
    add_share(&sum, "retries", "a second and a third try of the same list", "同一名单反复呼叫", t[T_RETRIES], calls,
              0.05f, 0.4f, 0, 0.8f);
    add_share(&sum, "sweep", "callees one after the other", "按号段顺序呼叫", t[T_WALKS], calls, 0.02f, 0.6f, 0, 2);
    add_share(&sum, "bridge", "second legs of a call-back bridge", "回拨桥第二段呼叫", t[T_PAIRED], calls, 0.02f, 0.6f,
              0, 2);
    if (ret_count != NULL) *ret_count = sum.count;
    return sum.nats;
}
