#include "range/smear.h"

#include <stdlib.h>

#include "range/services.h"

#define DAY_US 86400000000ull

struct smear {
    unsigned source;
    struct ar_random random;
    uint32_t accounts, done;
    uint64_t next_us;
};

static uint64_t next_us(void *self)
{
    const struct smear *s = self;
    return s->done < s->accounts ? s->next_us : UINT64_MAX;
}

/* Accounts follow each other through working hours, 9:00 to 17:00, at random steps. */
static void plan(struct smear *s)
{
    double step_us = 8 * 3600e6 / s->accounts;
    s->next_us += 1 + (uint64_t)ar_random_exponential(&s->random, step_us);
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
                            .patience_s = 30 };
    bool orders = s->done++ % 2 == 0;
    plan(s);
    if (orders)
        ar_world_attempt(world, s->source, &call);
    else
        ar_world_report(world, &call, false, AN_CATEGORY_FRAUD);
}

static void ended(void *self, struct ar_world *world, const struct ar_call *call)
{
    (void)self;
    if (call->truth == AR_CLASS_COURIER) ar_world_report(world, call, false, AN_CATEGORY_FRAUD);
}

enum an_err ar_smear_add(struct ar_world *world, uint32_t accounts)
{
    an_assert(world != NULL);
    if (accounts == 0) return AN_OK;
    struct smear *s = calloc(1, sizeof *s);
    if (s == NULL) return AN_ERR_NO_MEMORY;
    s->accounts = accounts;
    uint64_t warm_up_us = (uint64_t)(ar_world_scenario(world)->warm_up_days * (double)DAY_US);
    s->next_us = ar_world_begin_us(world) + warm_up_us / DAY_US * DAY_US + 9 * 3600000000ull;
    ar_random_init(&s->random, ar_world_seed(world), "smear", 0);
    plan(s);
    const struct ar_source source = { s, next_us, act, ended, free };
    s->source = ar_world_add(world, &source);
    return AN_OK;
}
