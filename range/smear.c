#include "range/smear.h"

#include <math.h>
#include <stdlib.h>

#include "range/services.h"

#define DAY_US 86400000000ull
#define HOUR_US 3600000000ull

struct smear {
    unsigned source;
    struct ar_random random;
    uint32_t accounts, done, called; /* called: of those done, who ordered */
    uint32_t days;
    double called_share, refused_share;
    uint64_t begin_us, next_us;
};

static uint64_t next_us(void *self)
{
    const struct smear *s = self;
    return s->done < s->accounts ? s->next_us : UINT64_MAX;
}

/* Accounts follow each other through working hours, 9:00 to 17:00, at random steps. */
static void plan(struct smear *s)
{
    double step_us = 8 * 3600e6 * s->days / s->accounts;
    s->next_us += 1 + (uint64_t)ar_random_exponential(&s->random, step_us);
    if (s->days > 1 && (s->next_us - s->begin_us) % DAY_US >= 8 * HOUR_US) s->next_us += 16 * HOUR_US;
}

/* Whether it is the turn of one of the share: as evenly as whole numbers allow, the first one first. */
static bool is_turn(uint32_t n, double share)
{
    return ceil((n + 1) * share) > ceil(n * share);
}

static void act(void *self, struct ar_world *world)
{
    struct smear *s = self;
    const struct ar_city *city = ar_world_city(world);
    uint32_t courier = ar_services_courier(world), people = ar_city_subscribers(city);
    uint32_t account = (uint32_t)(ar_hash(ar_world_seed(world), 0x736d6561, s->done) % people);
    if (account == courier) account = (account + 1) % people;
    struct ar_person person;
    ar_city_person(city, courier, ar_world_now_us(world), &person);
    struct ar_call call = { .id = ar_random_u64(&s->random) | 1,
                            .time_us = ar_world_now_us(world),
                            .caller = person.number,
                            .callee = ar_city_number(city, account),
                            .trunk = person.trunk,
                            .shape = person.shape,
                            .truth = AR_CLASS_COURIER,
                            .category = AN_CATEGORY_PERSON,
                            .caller_id = courier,
                            .callee_id = account,
                            .line = 1,
                            .human = true,
                            .patience_s = (float)ar_random_lognormal(&s->random, 28, 0.25) }; /* as to anybody */
    bool reports = ar_world_scenario(world)->smear_reports;
    bool orders = is_turn(s->done++, s->called_share);
    plan(s);
    if (orders) {
        call.is_refused = is_turn(s->called++, s->refused_share);
        ar_world_attempt(world, s->source, &call);
    } else if (reports)
        ar_world_report(world, &call, false, AN_CATEGORY_FRAUD);
}

static void ended(void *self, struct ar_world *world, const struct ar_call *call)
{
    (void)self;
    bool reports = ar_world_scenario(world)->smear_reports;
    if (reports && call->truth == AR_CLASS_COURIER) ar_world_report(world, call, false, AN_CATEGORY_FRAUD);
}

enum an_err ar_smear_add(struct ar_world *world, uint32_t accounts)
{
    an_assert(world != NULL);
    if (accounts == 0) return AN_OK;
    struct smear *s = calloc(1, sizeof *s);
    if (s == NULL) return AN_ERR_NO_MEMORY;
    const struct ar_scenario *scenario = ar_world_scenario(world);
    s->accounts = accounts;
    s->days = scenario->smear_days;
    s->called_share = scenario->smear_called;
    s->refused_share = scenario->smear_refused;
    uint64_t warm_up_us = (uint64_t)(scenario->warm_up_days * (double)DAY_US);
    s->begin_us = s->next_us = ar_world_begin_us(world) + warm_up_us / DAY_US * DAY_US + 9 * HOUR_US;
    ar_random_init(&s->random, ar_world_seed(world), "smear", 0);
    plan(s);
    const struct ar_source source = { s, next_us, act, ended, free };
    s->source = ar_world_add(world, &source);
    return AN_OK;
}
