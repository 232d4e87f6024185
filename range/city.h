/* The city: who lives in it, with which numbers, friends, phones and habits. Layer: range.
 *
 * Nothing is stored for a subscriber but what changes: everybody's number, operator, activity, friends, phone and
 * daily rhythm are functions of the seed and the subscriber's number in the city, so 10 million people take no memory
 * and a city is the same on every machine. All questions O(1). */
#ifndef ANNING_RANGE_CITY_H
#define ANNING_RANGE_CITY_H

#include "base/err.h"
#include "range/call.h"
#include "range/defence.h"
#include "range/random.h"

struct ar_city;

struct ar_city_options {
    uint64_t seed;
    uint32_t subscribers; /* 10,000 to 10,000,000 */
    uint64_t begin_us;    /* a Monday's midnight, local time (+08:00) */
    uint32_t days;
    uint32_t platform_trunks; /* trunks of calling platforms beside the operators' */
    bool flatten_shapes;      /* border controllers flatten every INVITE on platform trunks to one build */
};

enum an_err ar_city_new(const struct ar_city_options *options, struct ar_city **ret_city, struct an_error *error);
void ar_city_free(struct ar_city *city);

enum ar_person_kind { AR_PERSON_WORKER, AR_PERSON_STUDENT, AR_PERSON_RETIRED, AR_PERSON_HOME, AR_PERSON_KIND_COUNT };

struct ar_person {
    an_number number;
    uint16_t trunk; /* by which this person's calls come in, today */
    uint16_t shape; /* of phone and IMS core */
    uint8_t op;     /* enum an_operator of the network (the range's may differ: ported) */
    uint8_t kind;   /* enum ar_person_kind */
    uint16_t district;
    float suspicion;   /* 0..1: how readily unknown calls are refused, labels heeded, reports made */
    uint64_t since_us; /* SIM in use since; 0: before the city's first day */
};

uint32_t ar_city_subscribers(const struct ar_city *city);
void ar_city_person(const struct ar_city *city, uint32_t id, uint64_t now_us, struct ar_person *ret_person);
/* Calls a day that somebody makes. */
double ar_city_activity(const struct ar_city *city, uint32_t id);
enum ar_person_kind ar_city_kind(const struct ar_city *city, uint32_t id);
an_number ar_city_number(const struct ar_city *city, uint32_t id);
/* Subscriber of a number; AR_NOBODY: of the city's blocks but given to nobody, or not of this city. */
uint32_t ar_city_owner(const struct ar_city *city, an_number number);
/* The city's blocks of 10,000 numbers (7 digits after 86), for sweeps and pools. */
uint32_t ar_city_block_count(const struct ar_city *city);
an_number ar_city_block(const struct ar_city *city, uint32_t index); /* 861380013 */

/* Friend number k of somebody, 0 the closest; symmetric: friends know each other. k < ar_city_friends(); how many of
 * these somebody calls at all is the business of people.c. */
uint32_t ar_city_friends(const struct ar_city *city, uint32_t id);
uint32_t ar_city_friend(const struct ar_city *city, uint32_t id, uint32_t k);
bool ar_city_are_friends(const struct ar_city *city, uint32_t a, uint32_t b);
/* Somebody of a district, by chance. */
uint32_t ar_city_neighbour(const struct ar_city *city, struct ar_random *random, uint16_t district);
uint16_t ar_city_districts(const struct ar_city *city);

/* Calls an hour against the week's mean, for people of a kind; and the chance to be awake and free to answer. */
double ar_city_rate(const struct ar_city *city, enum ar_person_kind kind, uint64_t time_us);
double ar_city_attention(const struct ar_city *city, const struct ar_person *person, uint64_t time_us);
bool ar_city_is_workday(const struct ar_city *city, uint64_t time_us);
unsigned ar_city_minute(const struct ar_city *city, uint64_t time_us); /* of the day, 0..1439 */

const struct ar_names *ar_city_names(const struct ar_city *city);
uint16_t ar_city_platform_trunk(const struct ar_city *city, uint32_t k); /* k < platform_trunks */
uint16_t ar_city_operator_trunk(const struct ar_city *city, enum an_operator op, uint32_t k);
/* A switchboard's, a dialler's or a phone's build: a row of the names' shapes; flattened on a platform trunk when the
 * scenario says so. */
uint16_t ar_city_dialler_shape(const struct ar_city *city, uint32_t k);
uint16_t ar_city_shape_on(const struct ar_city *city, uint16_t shape, uint16_t trunk);

#endif
