#include "range/people.h"

#include <stdlib.h>

enum { LEVELS = 64, BUSINESSES = 4000, TRIES_MAX = 3, FRIEND_TRIES = 3 };

/* With whom a person's contact is, in order of the shares: a friend, a neighbour, anybody, a shop or an office, a wrong
 * number. */
static const double share_friends = 0.895, share_neighbour = 0.008, share_anybody = 0.004, share_business = 0.09;
/* Levels of activity, contacts a day: from the first on, each so much more than the one before. */
static const double level_first = 0.02, level_step = 1.135;

struct people {
    struct ar_world *world; /* [borrow] */
    const struct ar_city *city;
    unsigned source;
    struct ar_random random;
    uint64_t next_us;
    uint8_t *levels;                                   /* [own] by subscriber: kind in 2 bits, level of activity in 6 */
    uint32_t *order;                                   /* [own] subscribers by kind and level */
    uint32_t first[AR_PERSON_KIND_COUNT * LEVELS + 1]; /* in order, of a kind and level */
    double calls_a_day[AR_PERSON_KIND_COUNT];          /* of all people of a kind */
    double calls_up_to[AR_PERSON_KIND_COUNT][LEVELS];  /* of all of a kind up to and with a level */
    double rate[LEVELS];                               /* contacts a day of one person */
    double friends_ln[LEVELS];                         /* logarithm of how many friends, as usual */
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

/* By the hour's rate of their kind, then by activity: a binary search over levels, anybody of that level. */
static uint32_t draw_person(struct people *p, uint64_t now_us)
{
    double rates[AR_PERSON_KIND_COUNT], sum = 0;
    for (int k = 0; k < AR_PERSON_KIND_COUNT; k++)
        sum += rates[k] = p->calls_a_day[k] * ar_city_rate(p->city, (enum ar_person_kind)k, now_us);
    double u = ar_random_unit(&p->random) * sum;
    unsigned kind = 0;
    while (kind + 1 < AR_PERSON_KIND_COUNT && (u >= rates[kind] || rates[kind] <= 0)) u -= rates[kind++];
    double calls = ar_random_unit(&p->random) * p->calls_a_day[kind];
    unsigned low = 0, high = LEVELS - 1;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (p->calls_up_to[kind][middle] > calls)
            high = middle;
        else
            low = middle + 1;
    }
    const uint32_t *first = &p->first[kind * LEVELS + low];
    return p->order[first[0] + ar_random_below(&p->random, first[1] > first[0] ? first[1] - first[0] : 1)];
}

static unsigned level_of(const struct people *p, uint32_t id)
{
    return p->levels[id] % LEVELS;
}

/* Share [0, 1) of a habit of somebody. */
static double habit(const struct people *p, uint32_t id, uint64_t which)
{
    return (double)(ar_hash(ar_world_seed(p->world), 0x68616269 + which, id) >> 11) * 0x1p-53;
}

/* Zipf over the friends, the closest first; how steep differs from person to person. Who calls little is seldom called
 * by those who call much: a contact is as frequent as the quieter of the two would have it. */
static uint32_t draw_friend(struct people *p, uint32_t id, uint64_t now_us)
{
    unsigned level = level_of(p, id);
    double power = 1 - (0.62 + 0.9 * habit(p, id, 1));
    if (power > -0.02 && power < 0.02) power = 0.02;
    double friends_ln = p->friends_ln[level] + 2.2 * (habit(p, id, 3) - 0.5), n = ar_exp(friends_ln);
    double top = ar_exp(power * friends_ln) - 1, most = ar_city_friends(p->city, id);
    n = n < 2 ? 2 : n < most ? n : most;
    uint32_t best = id;
    for (int i = 0; i < FRIEND_TRIES; i++) {
        double k = ar_exp(ar_ln(1 + ar_random_unit(&p->random) * top) / power) - 1;
        uint32_t other = ar_city_friend(p->city, id, (uint32_t)(k < 0 ? 0 : k < n - 1 ? k : n - 1));
        double ratio = p->rate[level_of(p, other)] / p->rate[level];
        if (ratio >= 1 || ar_random_unit(&p->random) < ratio) return other;
        if (best == id || p->rate[level_of(p, best)] < p->rate[level_of(p, other)]) best = other;
    }
    return ar_random_chance(&p->random, 0.88) ? best : draw_person(p, now_us);
}

static an_number business_of(const struct people *p, uint32_t id, uint64_t which)
{
    uint64_t shop = ar_hash(ar_world_seed(p->world), 0x73686f70, id % 64 + 64 * (which % 7)) % BUSINESSES;
    return 861062000000ull + shop * 97;
}

/* Whom a contact of somebody is with: a subscriber, or AR_NOBODY with the number in the call. */
static uint32_t draw_other(struct people *p, uint32_t id, uint64_t now_us, struct ar_call *call)
{
    double u = ar_random_unit(&p->random);
    if (u < share_friends) return draw_friend(p, id, now_us);
    if ((u -= share_friends) < share_neighbour) {
        struct ar_person person;
        ar_city_person(p->city, id, now_us, &person);
        return ar_city_neighbour(p->city, &p->random, person.district);
    }
    if ((u -= share_neighbour) < share_anybody) return draw_person(p, now_us);
    if ((u -= share_anybody) < share_business) {
        double near = ar_random_unit(&p->random);
        call->callee = business_of(p, id, (uint64_t)(7 * near * near));
        return AR_NOBODY;
    }
    an_number number = ar_city_number(p->city, draw_friend(p, id, now_us)); /* one digit wrong */
    call->callee = number - number % 10 + (number + 1 + ar_random_below(&p->random, 9)) % 10;
    return AR_NOBODY;
}

static void act(void *self, struct ar_world *world)
{
    struct people *p = self;
    uint64_t now_us = ar_world_now_us(world);
    uint32_t id = draw_person(p, now_us);
    plan_next(p, now_us);
    struct ar_call call = { .truth = AR_CLASS_PERSON, .category = AN_CATEGORY_PERSON, .line = 1, .human = true };
    call.forwarded = ar_random_chance(&p->random, 0.008);
    call.anonymous = ar_random_chance(&p->random, 0.0015);
    call.patience_s = (float)ar_random_lognormal(&p->random, 32, 0.4);
    uint32_t other = draw_other(p, id, now_us, &call);
    if (other == id) other = (id + 1) % ar_city_subscribers(p->city);
    double calls = other == AR_NOBODY ? 1 : 0.52 + 0.6 * (habit(p, id, 2) - habit(p, other, 2));
    if (ar_random_unit(&p->random) >= calls) { /* the other one calls */
        uint32_t swap = id;
        id = other;
        other = swap;
    }
    struct ar_person person;
    ar_city_person(p->city, id, now_us, &person);
    if (person.since_us > now_us) return; /* not a subscriber yet */
    call.caller = person.number;
    call.trunk = person.trunk;
    call.shape = person.shape;
    call.caller_id = id;
    if (other != AR_NOBODY) call.callee = ar_city_number(p->city, other);
    call.callee_id = other != AR_NOBODY ? other : ar_city_owner(p->city, call.callee);
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
    ar_world_later(world, p->source,
                   ar_world_now_us(world) + (uint64_t)(ar_random_lognormal(&p->random, 240, 1.0) * 1e6), &again);
}

static void free_people(void *self)
{
    struct people *p = self;
    free(p->levels);
    free(p->order);
    free(p);
}

static void make_levels(struct people *p)
{
    double rate = level_first;
    for (int level = 0; level < LEVELS; level++, rate *= level_step) {
        p->rate[level] = rate;
        p->friends_ln[level] = ar_ln(2 + 12 * ar_exp(0.75 * ar_ln(rate)));
    }
}

static unsigned nearest_level(const struct people *p, double calls)
{
    unsigned level = 0;
    while (level + 1 < LEVELS && p->rate[level] * 1.065 < calls) level++;
    return level;
}

/* Everybody's level, and everybody sorted by it. */
static void weigh(struct people *p)
{
    uint32_t n = ar_city_subscribers(p->city), at[AR_PERSON_KIND_COUNT * LEVELS];
    make_levels(p);
    for (uint32_t id = 0; id < n; id++) {
        unsigned kind = ar_city_kind(p->city, id), level = nearest_level(p, ar_city_activity(p->city, id));
        p->levels[id] = (uint8_t)(kind * LEVELS + level);
        p->first[p->levels[id] + 1]++;
    }
    for (unsigned i = 0; i < AR_PERSON_KIND_COUNT * LEVELS; i++) {
        unsigned kind = i / LEVELS, level = i % LEVELS;
        p->calls_a_day[kind] += p->first[i + 1] * p->rate[level];
        p->calls_up_to[kind][level] = p->calls_a_day[kind];
        p->first[i + 1] += p->first[i];
        at[i] = p->first[i];
    }
    for (uint32_t id = 0; id < n; id++) p->order[at[p->levels[id]]++] = id;
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
    p->levels = malloc(ar_city_subscribers(p->city));
    p->order = malloc(ar_city_subscribers(p->city) * sizeof *p->order);
    if (p->levels == NULL || p->order == NULL) {
        free_people(p);
        return AN_ERR_NO_MEMORY;
    }
    weigh(p);
    ar_random_init(&p->random, ar_world_seed(world), "people", 0);
    plan_next(p, ar_world_begin_us(world));
    const struct ar_source source = { p, next_us, act, ended, free_people };
    p->source = ar_world_add(world, &source);
    return AN_OK;
}
