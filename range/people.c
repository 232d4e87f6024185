#include "range/people.h"

#include <stdlib.h>

enum { WEIGHT_MAX = 63, BUSINESSES = 4000, TRIES_MAX = 3 };

/* What a person dials, in order of the shares: friends, a neighbour, anybody, a shop or an office, a wrong number. */
static const double share_friends = 0.86, share_neighbour = 0.04, share_anybody = 0.02, share_business = 0.075;

struct people {
    struct ar_world *world; /* [borrow] */
    const struct ar_city *city;
    unsigned source;
    struct ar_random random;
    uint64_t next_us;
    uint8_t *weights;        /* [own] by subscriber: kind in 2 bits, activity in 6 */
    double calls_a_day[AR_PERSON_KIND_COUNT]; /* of all people of a kind */
    double weight_unit;
    bool (*borrowed)(void *, uint32_t);
    void *user;
};

static double rate_a_us(const struct people *p, uint64_t time_us)
{
    double calls = 0;
    for (int k = 0; k < AR_PERSON_KIND_COUNT; k++)
        calls += p->calls_a_day[k] * ar_city_rate(p->city, (enum ar_person_kind)k, time_us);
    return calls / 86400e6;
}

static void plan_next(struct people *p, uint64_t from_us)
{
    p->next_us = from_us + 1 + (uint64_t)ar_random_exponential(&p->random, 1 / rate_a_us(p, from_us));
}

static uint64_t next_us(void *self)
{
    return ((const struct people *)self)->next_us;
}

/* By activity and the hour's rate of their kind: rejection over a byte a person. */
static uint32_t draw_caller(struct people *p, uint64_t now_us)
{
    double rates[AR_PERSON_KIND_COUNT], top = 0;
    for (int k = 0; k < AR_PERSON_KIND_COUNT; k++) {
        rates[k] = ar_city_rate(p->city, (enum ar_person_kind)k, now_us);
        top = rates[k] > top ? rates[k] : top;
    }
    double thresholds[256 / (WEIGHT_MAX + 1)];
    for (int k = 0; k < AR_PERSON_KIND_COUNT; k++) thresholds[k] = rates[k] / top;
    for (;;) {
        uint32_t id = (uint32_t)ar_random_below(&p->random, ar_city_subscribers(p->city));
        uint8_t w = p->weights[id];
        if (ar_random_unit(&p->random) * (WEIGHT_MAX + 1) < (w & WEIGHT_MAX) * thresholds[w >> 6]) return id;
    }
}

/* Zipf over the friends: the closest gets most calls. */
static uint32_t draw_friend(struct people *p, uint32_t id)
{
    uint32_t n = ar_city_friends(p->city, id);
    double x = ar_random_unit(&p->random) * (ar_ln((double)n) + 0.577);
    uint32_t k = (uint32_t)(ar_exp(x) - 0.5);
    return ar_city_friend(p->city, id, k < n ? k : n - 1);
}

static an_number business_of(const struct people *p, uint32_t id, uint64_t which)
{
    uint64_t shop = ar_hash(ar_world_seed(p->world), 0x73686f70, id % 64 + 64 * (which % 7)) % BUSINESSES;
    return 861062000000ull + shop * 97;
}

static void draw_callee(struct people *p, uint32_t id, const struct ar_person *person, struct ar_call *call)
{
    double u = ar_random_unit(&p->random);
    uint32_t callee = AR_NOBODY;
    if (u < share_friends) callee = draw_friend(p, id);
    else if ((u -= share_friends) < share_neighbour) callee = ar_city_neighbour(p->city, &p->random, person->district);
    else if ((u -= share_neighbour) < share_anybody)
        callee = (uint32_t)ar_random_below(&p->random, ar_city_subscribers(p->city));
    else if ((u -= share_anybody) < share_business) {
        call->callee = business_of(p, id, ar_random_below(&p->random, 7));
        call->callee_id = AR_NOBODY;
        return;
    } else { /* one digit wrong */
        an_number number = ar_city_number(p->city, draw_friend(p, id));
        call->callee = number - number % 10 + (number + 1 + ar_random_below(&p->random, 9)) % 10;
        call->callee_id = ar_city_owner(p->city, call->callee);
        return;
    }
    if (callee == id) callee = (id + 1) % ar_city_subscribers(p->city);
    call->callee_id = callee;
    call->callee = ar_city_number(p->city, callee);
}

static void act(void *self, struct ar_world *world)
{
    struct people *p = self;
    uint64_t now_us = ar_world_now_us(world);
    uint32_t id = draw_caller(p, now_us);
    struct ar_person person;
    ar_city_person(p->city, id, now_us, &person);
    plan_next(p, now_us);
    if (person.since_us > now_us) return; /* not a subscriber yet */
    struct ar_call call = { .caller = person.number,
                            .trunk = person.trunk,
                            .shape = person.shape,
                            .truth = AR_CLASS_PERSON,
                            .category = AN_CATEGORY_PERSON,
                            .caller_id = id,
                            .line = 1,
                            .human = true,
                            .patience_s = (float)ar_random_lognormal(&p->random, 32, 0.4),
                            .forwarded = ar_random_chance(&p->random, 0.008),
                            .anonymous = ar_random_chance(&p->random, 0.0015) };
    draw_callee(p, id, &person, &call);
    if (p->borrowed != NULL && p->borrowed(p->user, id)) call.truth = AR_CLASS_BORROWED;
    ar_world_attempt(world, p->source, &call);
}

/* Not reached: some try again within minutes, twice at the most. */
static void ended(void *self, struct ar_world *world, const struct ar_call *call)
{
    struct people *p = self;
    bool missed = call->outcome == AN_OUTCOME_NO_ANSWER || call->outcome == AN_OUTCOME_CANCELLED ||
                  call->outcome == AN_OUTCOME_BUSY;
    if (!missed || call->line >= TRIES_MAX || !ar_random_chance(&p->random, 0.22)) return;
    struct ar_call again = *call;
    again.line++;
    again.answered = again.reported = false;
    again.ring_ms = again.talk_ms = 0;
    again.outcome = 0;
    ar_world_later(world, p->source, ar_world_now_us(world) + (uint64_t)(ar_random_lognormal(&p->random, 240, 1.0) * 1e6),
                   &again);
}

static void free_people(void *self)
{
    struct people *p = self;
    free(p->weights);
    free(p);
}

static void weigh(struct people *p)
{
    p->weight_unit = 40.0 / WEIGHT_MAX;
    for (uint32_t id = 0; id < ar_city_subscribers(p->city); id++) {
        enum ar_person_kind kind = ar_city_kind(p->city, id);
        double weight = ar_city_activity(p->city, id) / p->weight_unit;
        uint8_t rounded = (uint8_t)(weight + 0.5 < 1 ? 1 : weight + 0.5);
        p->weights[id] = (uint8_t)(kind << 6 | (rounded > WEIGHT_MAX ? WEIGHT_MAX : rounded));
        p->calls_a_day[kind] += (p->weights[id] & WEIGHT_MAX) * p->weight_unit;
    }
}

enum an_err ar_people_add(struct ar_world *world, bool (*borrowed)(void *, uint32_t), void *user)
{
    an_assert(world != NULL);
    struct people *p = calloc(1, sizeof *p);
    if (p == NULL) return AN_ERR_NO_MEMORY;
    p->world = world;
    p->city = ar_world_city(world);
    p->borrowed = borrowed;
    p->user = user;
    p->weights = malloc(ar_city_subscribers(p->city));
    if (p->weights == NULL) {
        free(p);
        return AN_ERR_NO_MEMORY;
    }
    weigh(p);
    ar_random_init(&p->random, ar_world_seed(world), "people", 0);
    plan_next(p, ar_world_begin_us(world));
    const struct ar_source source = { p, next_us, act, ended, free_people };
    p->source = ar_world_add(world, &source);
    return AN_OK;
}
