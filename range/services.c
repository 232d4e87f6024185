#include "range/services.h"

#include <stdlib.h>

#define DAY_US 86400000000ull
#define MINUTE_US 60000000ull

enum number_kind { ON_MOBILE, ON_LANDLINE, ON_400, ON_95, ON_SHORT };
enum whom { DISTRICT, CUSTOMERS, ANYBODY };

/* Volumes are estimates from public reports of the trades (parcels, meals and rides a day, outpatients a day ...); what
 * is a guess says so in docs/range.md. */
struct service {
    enum ar_class class;
    double callers;        /* per 100,000 subscribers */
    double calls_a_day;    /* of one caller */
    unsigned from_h, to_h; /* local time */
    bool weekends;
    enum number_kind number;
    unsigned short_code; /* ON_SHORT, ON_95 */
    enum whom whom;
    unsigned customers; /* size of the list of CUSTOMERS */
    double opening_s;   /* a machine's announcement; 0: a person speaks */
    double retry;       /* chance to try again after a miss */
    double retry_min;
    double patience_s;
    unsigned lines; /* of a machine: calls at the same time, back to back; 0: by chance over the day */
};

static const struct service services[] = {
    { AR_CLASS_COURIER, 55, 105, 8, 20, true, ON_MOBILE, 0, DISTRICT, 0, 0, 0.35, 25, 28, 0 },
    { AR_CLASS_RIDER, 75, 34, 10, 22, true, ON_MOBILE, 0, DISTRICT, 0, 0, 0.5, 3, 25, 0 },
    { AR_CLASS_DRIVER, 50, 17, 6, 23, true, ON_MOBILE, 0, ANYBODY, 0, 0, 0.6, 2, 25, 0 },
    { AR_CLASS_HOSPITAL, 3, 380, 8, 18, false, ON_LANDLINE, 0, ANYBODY, 0, 24, 0.5, 90, 40, 4 },
    { AR_CLASS_SCHOOL, 6, 70, 15, 20, false, ON_LANDLINE, 0, CUSTOMERS, 900, 18, 0.4, 40, 35, 2 },
    { AR_CLASS_BANK, 1, 420, 0, 24, true, ON_95, 588, ANYBODY, 0, 20, 0.3, 30, 40, 4 },
    { AR_CLASS_LOCKER, 1, 900, 7, 23, true, ON_400, 0, ANYBODY, 0, 14, 0.2, 10, 30, 6 },
    { AR_CLASS_UTILITY, 1, 160, 9, 18, false, ON_95, 598, ANYBODY, 0, 22, 0.3, 120, 35, 2 },
    { AR_CLASS_HOTLINE, 1, 130, 9, 20, true, ON_SHORT, 12345, ANYBODY, 0, 0, 0.5, 120, 35, 0 },
    { AR_CLASS_COMMUNITY, 18, 26, 9, 20, true, ON_MOBILE, 0, CUSTOMERS, 600, 0, 0.4, 60, 30, 0 },
    { AR_CLASS_RECRUITER, 14, 42, 9, 19, false, ON_MOBILE, 0, ANYBODY, 0, 0, 0.3, 180, 28, 0 },
    { AR_CLASS_RESTAURANT, 28, 8, 10, 20, true, ON_LANDLINE, 0, CUSTOMERS, 400, 0, 0.4, 15, 30, 0 },
    { AR_CLASS_PROPERTY, 24, 13, 9, 19, true, ON_LANDLINE, 0, CUSTOMERS, 1500, 0, 0.3, 120, 30, 0 },
    { AR_CLASS_INSURANCE, 24, 19, 9, 20, false, ON_MOBILE, 0, CUSTOMERS, 250, 0, 0.3, 600, 30, 0 },
    { AR_CLASS_SWITCHBOARD, 18, 115, 8, 19, false, ON_LANDLINE, 0, CUSTOMERS, 3000, 0, 0.25, 180, 30, 0 },
    { AR_CLASS_POLL, 1, 480, 9, 21, true, ON_LANDLINE, 0, ANYBODY, 0, 0, 0.6, 200, 30, 12 },
    { AR_CLASS_EMERGENCY, 1, 0, 0, 24, true, ON_SHORT, 12379, DISTRICT, 0, 16, 0, 0, 40, 0 },
};
enum { SERVICES = sizeof services / sizeof services[0], NOTICE_DAY = 4, NOTICE_HOUR = 16, DRAWS = 4 };

struct caller {
    uint64_t next_us;
    uint32_t service, index;
    uint32_t id; /* subscriber, or AR_NOBODY */
    an_number number;
    uint16_t trunk, shape, district;
    uint32_t calls;
};

struct services {
    struct ar_world *world; /* [borrow] */
    const struct ar_city *city;
    unsigned source;
    struct ar_random random;
    double volume;
    size_t count;
    struct caller *callers; /* [own] a heap, the earliest first */
};

static uint64_t next_us(void *self)
{
    const struct services *s = self;
    return s->count == 0 ? UINT64_MAX : s->callers[0].next_us;
}

static void sift_down(struct services *s, size_t at)
{
    struct caller moved = s->callers[at];
    for (size_t child = 2 * at + 1; child < s->count; child = 2 * at + 1) {
        if (child + 1 < s->count && s->callers[child + 1].next_us < s->callers[child].next_us) child++;
        if (s->callers[child].next_us >= moved.next_us) break;
        s->callers[at] = s->callers[child];
        at = child;
    }
    s->callers[at] = moved;
}

/* The next moment within opening hours; outside of them the next morning, each caller at a minute of their own. */
static uint64_t open_time(struct services *s, const struct service *service, uint64_t time_us)
{
    uint64_t begin = ar_world_begin_us(s->world);
    for (;;) {
        unsigned minute = ar_city_minute(s->city, time_us);
        bool open_day = service->weekends || ar_city_is_workday(s->city, time_us);
        if (open_day && minute >= service->from_h * 60 && minute < service->to_h * 60) return time_us;
        uint64_t midnight = begin + (time_us - begin) / DAY_US * DAY_US;
        if (!open_day || minute >= service->to_h * 60) midnight += DAY_US;
        time_us = midnight + service->from_h * 60 * MINUTE_US + ar_random_below(&s->random, 40 * MINUTE_US);
    }
}

/* Gap to the caller's next call: by chance over the day, or a machine's lines one after the other until the day's
 * list is done. */
static void plan(struct services *s, struct caller *c)
{
    const struct service *service = &services[c->service];
    uint64_t now_us = c->next_us;
    if (service->class == AR_CLASS_EMERGENCY) {
        uint64_t begin = ar_world_begin_us(s->world) + (NOTICE_DAY * 24 + NOTICE_HOUR) * 60 * MINUTE_US;
        c->next_us = now_us < begin ? begin : now_us + ar_random_below(&s->random, 400000) + 1;
        if (c->calls > ar_city_subscribers(s->city) / 40) c->next_us = UINT64_MAX;
        return;
    }
    double open_s = (service->to_h - service->from_h) * 3600.0;
    double mean_s = open_s / (service->calls_a_day * s->volume);
    double gap_s = ar_random_exponential(&s->random, mean_s);
    if (service->lines > 0) { /* half the day's list in bursts: a line dials again about 35 s after it began */
        bool burst = c->calls % 40 < 36;
        gap_s = burst ? (30 + 10 * ar_random_unit(&s->random)) / service->lines : mean_s * 36;
    }
    c->next_us = open_time(s, service, now_us + 1 + (uint64_t)(gap_s * 1e6));
}

/* Who calls more also orders, books and signs up more. */
static bool is_customer(struct services *s, uint32_t id)
{
    return ar_random_unit(&s->random) * 3 < 0.1 + ar_city_activity(s->city, id);
}

static uint32_t draw_callee(struct services *s, const struct caller *c)
{
    const struct service *service = &services[c->service];
    uint32_t n = ar_city_subscribers(s->city);
    switch (service->whom) {
    case DISTRICT: {
        uint32_t id = ar_city_neighbour(s->city, &s->random, c->district);
        for (int i = 0; i < DRAWS && !is_customer(s, id); i++) id = ar_city_neighbour(s->city, &s->random, c->district);
        return id;
    }
    case CUSTOMERS: {
        uint64_t k = ar_random_below(&s->random, service->customers);
        return (uint32_t)(ar_hash(ar_world_seed(s->world), (uint64_t)c->service << 32 | c->index, k) % n);
    }
    default: {
        uint32_t id = (uint32_t)ar_random_below(&s->random, n);
        for (int i = 0; i < DRAWS && !is_customer(s, id); i++) id = (uint32_t)ar_random_below(&s->random, n);
        return id;
    }
    }
}

static void act(void *self, struct ar_world *world)
{
    struct services *s = self;
    struct caller *c = &s->callers[0];
    const struct service *service = &services[c->service];
    struct ar_call call = { .caller = c->number,
                            .trunk = c->trunk,
                            .shape = c->shape,
                            .truth = (uint8_t)service->class,
                            .category = service->opening_s > 0 ? AN_CATEGORY_AUTOMATED : AN_CATEGORY_PERSON,
                            .campaign = 0,
                            .line = 1,
                            .caller_id = c->id,
                            .number_call = c->calls++,
                            .human = service->opening_s <= 0,
                            .opening_s = (float)service->opening_s,
                            .patience_s = (float)(service->lines > 0
                                                      ? service->patience_s
                                                      : ar_random_lognormal(&s->random, service->patience_s, 0.25)) };
    if (c->service == 0 && c->index == 0 && ar_world_scenario(world)->smear_accounts > 0) call.truth = AR_CLASS_SMEARED;
    call.callee_id = draw_callee(s, c);
    call.callee = ar_city_number(s->city, call.callee_id);
    if (service->number == ON_MOBILE) { /* today's trunk and phone of that subscriber */
        struct ar_person person;
        ar_city_person(s->city, c->id, ar_world_now_us(world), &person);
        call.trunk = person.trunk;
        call.shape = person.shape;
    }
    plan(s, c);
    sift_down(s, 0);
    ar_world_attempt(world, s->source, &call);
}

static void ended(void *self, struct ar_world *world, const struct ar_call *call)
{
    struct services *s = self;
    const struct service *service = NULL;
    enum ar_class class = call->truth == AR_CLASS_SMEARED ? AR_CLASS_COURIER : (enum ar_class)call->truth;
    for (int i = 0; i < SERVICES; i++)
        if (services[i].class == class) service = &services[i];
    if (service == NULL || call->answered || call->line > 2 || call->outcome == AN_OUTCOME_REFUSED) return;
    if (!ar_random_chance(&s->random, service->retry)) return;
    struct ar_call again = *call;
    again.line++;
    again.answered = again.reported = false;
    again.ring_ms = again.talk_ms = 0;
    again.outcome = 0;
    uint64_t wait_us = (uint64_t)(ar_random_lognormal(&s->random, service->retry_min, 0.6) * 60e6);
    ar_world_later(world, s->source, open_time(s, service, ar_world_now_us(world) + wait_us), &again);
}

static void free_services(void *self)
{
    struct services *s = self;
    free(s->callers);
    free(s);
}

/* The subscriber behind a caller on a mobile. */
static uint32_t who(const struct ar_world *world, uint32_t service, uint32_t index)
{
    return (uint32_t)(ar_hash(ar_world_seed(world), 0x6e756d00u + service, index) %
                      ar_city_subscribers(ar_world_city(world)));
}

uint32_t ar_services_courier(const struct ar_world *world)
{
    an_assert(services[0].class == AR_CLASS_COURIER);
    return who(world, 0, 0);
}

static void give_number(struct services *s, struct caller *c)
{
    const struct service *service = &services[c->service];
    uint64_t hash = ar_hash(ar_world_seed(s->world), 0x6e756d00u + c->service, c->index);
    c->id = AR_NOBODY;
    /* Firms sit behind a carrier's trunk or a platform's, and buy the same switchboards and diallers as everybody. */
    c->trunk = hash % 3 != 0 || ar_world_scenario(s->world)->platform_trunks == 0
                   ? ar_city_operator_trunk(s->city, AN_OPERATOR_TELECOM, (uint32_t)(hash >> 8))
                   : ar_city_platform_trunk(s->city, (uint32_t)(hash >> 8));
    c->shape = ar_city_shape_on(s->city, ar_city_dialler_shape(s->city, (uint32_t)(hash >> 16)), c->trunk);
    switch (service->number) {
    case ON_MOBILE:
        c->id = who(s->world, c->service, c->index);
        c->number = ar_city_number(s->city, c->id);
        break;
    case ON_LANDLINE: c->number = 861080000000ull + hash % 9000000; break;
    case ON_400: c->number = 864008000000ull + hash % 1000000; break;
    case ON_95: c->number = 8695000 + service->short_code + c->index % 3; break;
    default: c->number = 8600000 + service->short_code;
    }
}

static void make_callers(struct services *s)
{
    double people = ar_city_subscribers(s->city) / 100000.0;
    size_t at = 0;
    for (uint32_t i = 0; i < SERVICES; i++) {
        uint32_t count = (uint32_t)(services[i].callers * people + 0.5);
        for (uint32_t k = 0; k < (count == 0 ? 1 : count) && at < s->count; k++) {
            struct caller *c = &s->callers[at++];
            *c = (struct caller) { .service = i,
                                   .index = k,
                                   .district = (uint16_t)ar_random_below(&s->random, ar_city_districts(s->city)) };
            give_number(s, c);
            c->next_us = ar_world_begin_us(s->world);
            plan(s, c);
        }
    }
    s->count = at;
    for (size_t i = at / 2; i-- > 0;) sift_down(s, i);
}

enum an_err ar_services_add(struct ar_world *world, double volume)
{
    an_assert(world != NULL && volume >= 0);
    struct services *s = calloc(1, sizeof *s);
    if (s == NULL) return AN_ERR_NO_MEMORY;
    s->world = world;
    s->city = ar_world_city(world);
    s->volume = volume;
    double people = ar_city_subscribers(s->city) / 100000.0;
    for (int i = 0; i < SERVICES; i++) s->count += (size_t)(services[i].callers * people + 0.5) + 1;
    s->callers = calloc(s->count, sizeof *s->callers);
    if (s->callers == NULL) {
        free(s);
        return AN_ERR_NO_MEMORY;
    }
    ar_random_init(&s->random, ar_world_seed(world), "services", 0);
    if (volume > 0)
        make_callers(s);
    else
        s->count = 0;
    const struct ar_source source = { s, next_us, act, ended, free_services };
    s->source = ar_world_add(world, &source);
    return AN_OK;
}
