#include "range/city.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define US_PER_MINUTE 60000000ull
#define US_PER_DAY 86400000000ull

enum {
    BLOCK_SIZE = 10000,
    BLOCK_USED = 6000, /* numbers of a block in use: the rest are holes */
    NEAR = 12,
    FAR = 388, /* friends; how many of them somebody calls, people.c says */
    DISTRICT_SIZE = 5000,
    MAKERS = 6,
    CORES = 5, /* phones and IMS cores */
    PHONE_SHAPES = MAKERS * CORES,
    DIALLER_SHAPES = 48,
    FLAT_SHAPE = PHONE_SHAPES + DIALLER_SHAPES,
    SHAPES = FLAT_SHAPE + 1,
    OPERATOR_TRUNKS = 14,
    PLATFORMS_MAX = 256,
    NAME_MAX_BYTES = 40,
    OPERATORS = 7,
};

/* Operators of the city: share of subscribers, prefixes, trunks. Shares after the operators' 2024 reports, rounded. */
static const struct {
    enum an_operator op;
    double share;
    const char *prefixes;
    unsigned trunk, trunk_count, core;
    const char *name;
} operators[OPERATORS] = {
    { AN_OPERATOR_MOBILE, 0.54, "134 135 136 137 138 139 150 151 152 157 158 159 178 182 183 184 187 188 195 197 198",
      0, 4, 0, "mobile" },
    { AN_OPERATOR_UNICOM, 0.19, "130 131 132 155 156 166 175 176 185 186 196", 4, 3, 1, "unicom" },
    { AN_OPERATOR_TELECOM, 0.23, "133 153 173 177 180 181 189 190 191 193 199", 7, 3, 2, "telecom" },
    { AN_OPERATOR_BROADNET, 0.01, "192", 10, 1, 3, "broadnet" },
    { AN_OPERATOR_VIRTUAL_M, 0.012, "165", 11, 1, 4, "resale-m" },
    { AN_OPERATOR_VIRTUAL_U, 0.012, "167 171", 12, 1, 4, "resale-u" },
    { AN_OPERATOR_VIRTUAL_T, 0.006, "162", 13, 1, 4, "resale-t" },
};

static const char *const makers[MAKERS] = { "HUAWEI Mate/VoLTE", "Xiaomi/VoLTE",    "vivo/IMS 4",
                                            "OPPO/IMS 6",        "iPhone VoLTE/17", "HONOR/VoLTE" };
static const char *const cores[CORES] = { "HUAWEI-CSC/8.2", "ZTE-SSS/5.0", "Ericsson-MTAS/1.22", "Nokia-TAS/19",
                                          "ZTE-SSS/4.1" };
static const char *const diallers[] = { "VOS3000 V2.1.8.05", "FreeSWITCH-mod_sofia/1.10",
                                        "Asterisk PBX 18",   "Yate/6.4",
                                        "eSpace CC/3.0",     "OpenSIPS CC/3.2",
                                        "Genesys SIP/8.1",   "Grandstream UCM/1.0" };

struct block {
    an_number head; /* 7 digits behind 86: 861380013 */
    uint8_t owner;  /* row of operators */
};

struct ar_city {
    struct ar_city_options options;
    uint64_t key_slot, key_place, key_far, key_who;
    uint32_t block_count;
    uint64_t slots;
    struct block *blocks; /* [own] */
    uint16_t *block_of;   /* [own] by 3-digit prefix and 4 digits; 0: none, else index + 1 */
    uint16_t districts;
    char texts[OPERATOR_TRUNKS + PLATFORMS_MAX + SHAPES][NAME_MAX_BYTES];
    const char *trunk_names[OPERATOR_TRUNKS + PLATFORMS_MAX];
    const char *shape_names[SHAPES];
    struct ar_names names;
};

static unsigned prefix_count(unsigned row)
{
    return (unsigned)(strlen(operators[row].prefixes) + 1) / 4;
}

static void make_blocks(struct ar_city *city)
{
    uint32_t made[OPERATORS] = { 0 };
    for (uint32_t i = 0; i < city->block_count; i++) {
        double u = (double)(ar_hash(city->key_slot, 1, i) >> 11) * 0x1p-53;
        unsigned row = 0;
        for (; row + 1 < OPERATORS && u >= operators[row].share; row++) u -= operators[row].share;
        uint64_t combinations = prefix_count(row) * 10000ull;
        uint64_t at = ar_permute(ar_hash(city->key_slot, 2, row), combinations, made[row]++);
        unsigned prefix = (unsigned)atoi(operators[row].prefixes + at / 10000 * 4);
        city->blocks[i] = (struct block) { 860000000ull + prefix * 10000ull + at % 10000, (uint8_t)row };
        city->block_of[prefix * 10000 + at % 10000] = (uint16_t)(i + 1);
    }
}

static void make_names(struct ar_city *city)
{
    unsigned at = 0, trunk = 0;
    for (unsigned row = 0; row < OPERATORS; row++)
        for (unsigned k = 0; k < operators[row].trunk_count; k++, trunk++) {
            snprintf(city->texts[at], NAME_MAX_BYTES, "ic-%s-%u", operators[row].name, k + 1);
            city->trunk_names[trunk] = city->texts[at++];
        }
    for (unsigned k = 0; k < city->options.platform_trunks; k++, trunk++) {
        snprintf(city->texts[at], NAME_MAX_BYTES, "sip-trunk-%u", k + 1);
        city->trunk_names[trunk] = city->texts[at++];
    }
    for (unsigned s = 0; s < SHAPES; s++) {
        unsigned k = s - PHONE_SHAPES;
        if (s < PHONE_SHAPES)
            snprintf(city->texts[at], NAME_MAX_BYTES, "%s %s", cores[s / MAKERS], makers[s % MAKERS]);
        else if (s < FLAT_SHAPE)
            snprintf(city->texts[at], NAME_MAX_BYTES, "%s.%u", diallers[k % 8], k / 8);
        else
            snprintf(city->texts[at], NAME_MAX_BYTES, "SBC");
        city->shape_names[s] = city->texts[at++];
    }
    city->names = (struct ar_names) { city->trunk_names, city->shape_names, trunk, SHAPES };
}

enum an_err ar_city_new(const struct ar_city_options *options, struct ar_city **ret_city, struct an_error *error)
{
    an_assert(options != NULL && ret_city != NULL);
    if (options->subscribers < 1000 || options->subscribers > 10000000 || options->platform_trunks > PLATFORMS_MAX)
        return an_fail(error, AN_ERR_INVALID,
                       "%u subscribers, %u platform trunks; 1,000 to 10,000,000 and at most %d "
                       "are possible",
                       options->subscribers, options->platform_trunks, PLATFORMS_MAX);
    struct ar_city *city = calloc(1, sizeof *city);
    if (city == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the city");
    city->options = *options;
    city->key_slot = ar_hash(options->seed, 0x736c6f74, 0);
    city->key_place = ar_hash(options->seed, 0x706c6163, 0);
    city->key_far = ar_hash(options->seed, 0x66617200, 0);
    city->key_who = ar_hash(options->seed, 0x77686f00, 0);
    city->block_count = options->subscribers / BLOCK_USED + 1;
    city->slots = (uint64_t)city->block_count * BLOCK_SIZE;
    city->districts = (uint16_t)(options->subscribers / DISTRICT_SIZE + 1);
    city->blocks = calloc(city->block_count, sizeof *city->blocks);
    city->block_of = calloc(1000 * 10000, sizeof *city->block_of);
    if (city->blocks == NULL || city->block_of == NULL) {
        ar_city_free(city);
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the city");
    }
    make_blocks(city);
    make_names(city);
    *ret_city = city;
    return AN_OK;
}

void ar_city_free(struct ar_city *city)
{
    if (city == NULL) return;
    free(city->blocks);
    free(city->block_of);
    free(city);
}

uint32_t ar_city_subscribers(const struct ar_city *city)
{
    return city->options.subscribers;
}

/* Share [0, 1) of a person for some purpose. */
static double share_of(const struct ar_city *city, uint32_t id, uint64_t purpose)
{
    return (double)(ar_hash(city->key_who, purpose, id) >> 11) * 0x1p-53;
}

static const struct block *block_of_person(const struct ar_city *city, uint32_t id, uint32_t *ret_line)
{
    uint64_t slot = ar_permute(city->key_slot, city->slots, id);
    *ret_line = (uint32_t)(slot % BLOCK_SIZE);
    return &city->blocks[slot / BLOCK_SIZE];
}

an_number ar_city_number(const struct ar_city *city, uint32_t id)
{
    an_assert(id < city->options.subscribers);
    uint32_t line;
    const struct block *block = block_of_person(city, id, &line);
    return block->head * BLOCK_SIZE + line;
}

static uint16_t find_block(const struct ar_city *city, an_number number)
{
    uint64_t head = number / BLOCK_SIZE;
    if (head < 860000000ull || head >= 870000000ull) return 0;
    return city->block_of[head - 860000000ull];
}

uint32_t ar_city_owner(const struct ar_city *city, an_number number)
{
    uint16_t block = find_block(city, number);
    if (block == 0) return AR_NOBODY;
    uint64_t slot = (uint64_t)(block - 1) * BLOCK_SIZE + number % BLOCK_SIZE;
    uint64_t id = ar_permute_back(city->key_slot, city->slots, slot);
    return id < city->options.subscribers ? (uint32_t)id : AR_NOBODY;
}

uint32_t ar_city_block_count(const struct ar_city *city)
{
    return city->block_count;
}

an_number ar_city_block(const struct ar_city *city, uint32_t index)
{
    an_assert(index < city->block_count);
    return city->blocks[index].head;
}

/* Operator whose network serves somebody: the range's, or another after porting (3 in 100 since 2019). */
static unsigned network_of(const struct ar_city *city, uint32_t id, unsigned row)
{
    if (row > 2 || share_of(city, id, 1) >= 0.03) return row;
    return (row + 1 + (unsigned)(ar_hash(city->key_who, 2, id) & 1)) % 3;
}

enum ar_person_kind ar_city_kind(const struct ar_city *city, uint32_t id)
{
    double u = share_of(city, id, 3);
    if (u < 0.55) return AR_PERSON_WORKER;
    if (u < 0.67) return AR_PERSON_STUDENT;
    return u < 0.85 ? AR_PERSON_RETIRED : AR_PERSON_HOME;
}

/* Quantile of a lognormal without its inverse: the sum of 12 shares is normal enough. */
double ar_city_activity(const struct ar_city *city, uint32_t id)
{
    static const double medians[AR_PERSON_KIND_COUNT] = { 1.5, 0.75, 0.9, 1.1 };
    double sum = 0;
    for (uint64_t i = 0; i < 12; i++) sum += share_of(city, id, 16 + i);
    double calls = medians[ar_city_kind(city, id)] * ar_exp(1.45 * (sum - 6));
    return calls < 50 ? calls : 50;
}

void ar_city_person(const struct ar_city *city, uint32_t id, uint64_t now_us, struct ar_person *ret_person)
{
    an_assert(id < city->options.subscribers);
    uint32_t line;
    const struct block *block = block_of_person(city, id, &line);
    unsigned network = network_of(city, id, block->owner);
    double wary = share_of(city, id, 4), fresh = share_of(city, id, 5) / 0.0005;
    /* On a journey of five days, now and then, the calls come in by another trunk of the operator. */
    uint64_t journey = now_us / (5 * US_PER_DAY);
    bool away = (ar_hash(city->key_who, 6 + (journey << 8), id) & 63) == 0;
    unsigned k = (unsigned)((ar_hash(city->key_who, 7, id) + away) % operators[network].trunk_count);
    *ret_person = (struct ar_person) {
        .number = block->head * BLOCK_SIZE + line,
        .trunk = (uint16_t)(operators[network].trunk + k),
        .shape = (uint16_t)(operators[network].core * MAKERS + ar_hash(city->key_who, 8, id) % MAKERS),
        .op = (uint8_t)operators[network].op,
        .kind = (uint8_t)ar_city_kind(city, id),
        .district = (uint16_t)(ar_permute(city->key_place, city->options.subscribers, id) / DISTRICT_SIZE),
        .suspicion = (float)(wary * wary),
        .since_us = fresh < city->options.days ? city->options.begin_us + (uint64_t)(fresh * (double)US_PER_DAY) : 0,
    };
}

/* Near friends live next door in a ring of all places; far ones are paired by an involution, so that friendship is
 * mutual both ways. */
static const int32_t near_steps[NEAR] = { 1, -1, 2, -2, 3, -3, 5, -5, 8, -8, 13, -13 };

uint32_t ar_city_friends(const struct ar_city *city, uint32_t id)
{
    (void)city;
    (void)id;
    return NEAR + FAR;
}

uint32_t ar_city_friend(const struct ar_city *city, uint32_t id, uint32_t k)
{
    uint64_t n = city->options.subscribers;
    an_assert(id < n && k < NEAR + FAR);
    if (k < NEAR) {
        uint64_t place = ar_permute(city->key_place, n, id) + n + (uint64_t)(int64_t)near_steps[k];
        return (uint32_t)ar_permute_back(city->key_place, n, place % n);
    }
    uint64_t key = ar_hash(city->key_far, k, 0), pair = ar_permute(key, n, id) ^ 1;
    return pair >= n ? id : (uint32_t)ar_permute_back(key, n, pair);
}

bool ar_city_are_friends(const struct ar_city *city, uint32_t a, uint32_t b)
{
    if (a == AR_NOBODY || b == AR_NOBODY || a == b) return false;
    int64_t n = city->options.subscribers;
    int64_t step =
        (int64_t)ar_permute(city->key_place, (uint64_t)n, b) - (int64_t)ar_permute(city->key_place, (uint64_t)n, a);
    for (unsigned k = 0; k < NEAR; k++)
        if (step == near_steps[k] || step == near_steps[k] + n || step == near_steps[k] - n) return true;
    for (uint32_t k = NEAR; k < NEAR + FAR; k++)
        if (ar_city_friend(city, a, k) == b) return true;
    return false;
}

uint32_t ar_city_neighbour(const struct ar_city *city, struct ar_random *random, uint16_t district)
{
    uint64_t n = city->options.subscribers, first = (uint64_t)(district % city->districts) * DISTRICT_SIZE;
    if (first >= n) first = 0;
    uint64_t size = n - first < DISTRICT_SIZE ? n - first : DISTRICT_SIZE;
    return (uint32_t)ar_permute_back(city->key_place, n, first + ar_random_below(random, size));
}

uint16_t ar_city_districts(const struct ar_city *city)
{
    return city->districts;
}

/* Calls by hour of the day, in 1/100 of the mean, calibrated on the hours of real subscribers: peaks at 10 to 12 and at
 * 17 to 19, few at night. Rows: worker, student, retired, at home. */
static const uint16_t weekday[AR_PERSON_KIND_COUNT][24] = {
    { 8, 3, 2, 1, 2, 6, 25, 75, 150, 205, 230, 235, 185, 140, 130, 135, 155, 205, 235, 185, 130, 85, 45, 20 },
    { 14, 5, 2, 1, 1, 4, 20, 50, 80, 110, 140, 210, 240, 150, 100, 100, 130, 210, 250, 220, 180, 150, 95, 40 },
    { 2, 1, 1, 1, 5, 30, 110, 190, 235, 240, 240, 225, 150, 90, 95, 125, 150, 190, 200, 160, 100, 45, 15, 5 },
    { 6, 3, 2, 1, 2, 10, 45, 110, 175, 215, 235, 235, 185, 140, 125, 135, 155, 200, 225, 185, 140, 85, 40, 15 },
};
/* Free and willing to pick up a known call, in 1/100. */
static const uint8_t free_hour[AR_PERSON_KIND_COUNT][24] = {
    { 15, 8, 5, 5, 5, 10, 45, 70, 72, 66, 66, 72, 74, 66, 66, 68, 70, 74, 78, 80, 80, 74, 55, 30 },
    { 25, 12, 6, 5, 5, 8, 35, 40, 30, 30, 35, 65, 70, 45, 30, 30, 40, 70, 76, 74, 74, 70, 55, 40 },
    { 8, 5, 5, 5, 15, 50, 75, 80, 82, 82, 80, 76, 60, 50, 70, 78, 80, 80, 80, 78, 65, 35, 15, 10 },
    { 15, 8, 5, 5, 8, 25, 60, 75, 78, 78, 78, 76, 70, 65, 72, 75, 76, 76, 78, 78, 74, 60, 40, 22 },
};

static uint64_t local_us(const struct ar_city *city, uint64_t time_us)
{
    return time_us > city->options.begin_us ? time_us - city->options.begin_us : 0;
}

unsigned ar_city_minute(const struct ar_city *city, uint64_t time_us)
{
    return (unsigned)(local_us(city, time_us) / US_PER_MINUTE % 1440);
}

/* The first day is a Monday; days 33 to 35 are a public holiday. */
bool ar_city_is_workday(const struct ar_city *city, uint64_t time_us)
{
    uint64_t day = local_us(city, time_us) / US_PER_DAY;
    return day % 7 < 5 && !(day >= 33 && day <= 35);
}

double ar_city_rate(const struct ar_city *city, enum ar_person_kind kind, uint64_t time_us)
{
    unsigned minute = ar_city_minute(city, time_us), hour = minute / 60;
    double part = (minute % 60) / 60.0;
    double rate = weekday[kind][hour] * (1 - part) + weekday[kind][(hour + 1) % 24] * part;
    double quiet = ar_city_is_workday(city, time_us) ? 1.06 : kind == AR_PERSON_WORKER ? 0.75 : 0.95;
    return rate * 0.01 * quiet;
}

double ar_city_attention(const struct ar_city *city, const struct ar_person *person, uint64_t time_us)
{
    unsigned minute = ar_city_minute(city, time_us), hour = minute / 60;
    double part = (minute % 60) / 60.0;
    const uint8_t *row = free_hour[person->kind];
    return (row[hour] * (1 - part) + row[(hour + 1) % 24] * part) * 0.01;
}

const struct ar_names *ar_city_names(const struct ar_city *city)
{
    return &city->names;
}

uint16_t ar_city_platform_trunk(const struct ar_city *city, uint32_t k)
{
    an_assert(city->options.platform_trunks > 0);
    return (uint16_t)(OPERATOR_TRUNKS + k % city->options.platform_trunks);
}

uint16_t ar_city_operator_trunk(const struct ar_city *city, enum an_operator op, uint32_t k)
{
    (void)city;
    for (unsigned row = 0; row < OPERATORS; row++)
        if (operators[row].op == op) return (uint16_t)(operators[row].trunk + k % operators[row].trunk_count);
    return 0;
}

uint16_t ar_city_dialler_shape(const struct ar_city *city, uint32_t k)
{
    (void)city;
    return (uint16_t)(PHONE_SHAPES + k % DIALLER_SHAPES);
}

uint16_t ar_city_shape_on(const struct ar_city *city, uint16_t shape, uint16_t trunk)
{
    return city->options.flatten_shapes && trunk >= OPERATOR_TRUNKS ? FLAT_SHAPE : shape;
}
