#include "enrich/plan.h"

#include <stdlib.h>
#include <string.h>

#include "enrich/digits.h"

struct area {
    uint16_t code;
    uint16_t lengths; /* bit n: local numbers of n digits */
    struct an_region_name name;
};

struct code {
    uint32_t prefix;
    uint8_t digits, length_min, length_max;
    uint8_t kind, op;
    bool public_service;
};

struct country {
    uint16_t code;
    uint16_t lengths;
    uint16_t first_root;
    const char *regions;
};

static const struct area areas[] = {
#define AN_LENGTHS_7 (1u << 7)
#define AN_LENGTHS_8 (1u << 8)
#define AN_LENGTHS_78 (1u << 7 | 1u << 8)
#define AN_AREA(code, lengths, province_en, province_zh, city_en, city_zh)                                             \
    { code, AN_LENGTHS_##lengths, { province_en, province_zh, city_en, city_zh } },
#include "enrich/china_area.def"
#undef AN_AREA
};

static const struct code codes[] = {
#define AN_SHORT(prefix, min, max, kind, op, public)                                                                   \
    { prefix, sizeof #prefix - 1, min, max, AN_KIND_##kind, AN_OPERATOR_##op, public },
#include "enrich/china_short.def"
#undef AN_SHORT
};

static const struct code segments[] = {
#define AN_MOBILE(prefix, kind, op) { prefix, sizeof #prefix - 1, 11, 11, AN_KIND_##kind, AN_OPERATOR_##op, false },
#include "enrich/china_mobile.def"
#undef AN_MOBILE
};

static const struct country countries[] = {
#define AN_WORLD_COUNTRY(code, lengths, first_root, regions) { code, lengths, first_root, regions },
#include "enrich/world_plan.def"
#undef AN_WORLD_COUNTRY
};

static const uint16_t world_roots[] = {
#define AN_WORLD_ROOTS
#include "enrich/world_plan.def"
#undef AN_WORLD_ROOTS
};

static const uint16_t world_nodes[][10] = {
#define AN_WORLD_NODES
#include "enrich/world_plan.def"
#undef AN_WORLD_NODES
};

enum {
    AREA_COUNT = sizeof areas / sizeof areas[0],
    CODE_COUNT = sizeof codes / sizeof codes[0],
    SEGMENT_COUNT = sizeof segments / sizeof segments[0],
    COUNTRY_COUNT = sizeof countries / sizeof countries[0],
    CODES_A_HEAD_MAX = 8
};
_Static_assert(AREA_COUNT < 65535 && COUNTRY_COUNT < 255 && CODE_COUNT < 255, "indices fit their fields");
_Static_assert(AN_KIND_COUNT <= 16 && AN_OPERATOR_COUNT <= 16, "a mobile cell is two half bytes");

struct an_plan {
    uint8_t mobile[10000];                /* by the 5 leading digits less 10000: kind << 4 | operator; 0: unallocated */
    uint16_t area[1000];                  /* by the 3 leading digits: 1 + index into areas */
    uint8_t region[AREA_COUNT];           /* of the rows of areas */
    uint8_t country[1000];                /* by the 3 leading digits of the number: 1 + index into countries */
    uint8_t code[1000][CODES_A_HEAD_MAX]; /* by the 3 leading digits: 1 + indices into codes, longest prefix first */
};

/* GB/T 2260-2007, the first two digits, by the names of china_area.def. */
static const struct {
    uint8_t region;
    const char *province_en;
} regions[] = {
    { 11, "Beijing" },  { 12, "Tianjin" },   { 13, "Hebei" },        { 14, "Shanxi" },    { 15, "Inner Mongolia" },
    { 21, "Liaoning" }, { 22, "Jilin" },     { 23, "Heilongjiang" }, { 31, "Shanghai" },  { 32, "Jiangsu" },
    { 33, "Zhejiang" }, { 34, "Anhui" },     { 35, "Fujian" },       { 36, "Jiangxi" },   { 37, "Shandong" },
    { 41, "Henan" },    { 42, "Hubei" },     { 43, "Hunan" },        { 44, "Guangdong" }, { 45, "Guangxi" },
    { 46, "Hainan" },   { 50, "Chongqing" }, { 51, "Sichuan" },      { 52, "Guizhou" },   { 53, "Yunnan" },
    { 54, "Tibet" },    { 61, "Shaanxi" },   { 62, "Gansu" },        { 63, "Qinghai" },   { 64, "Ningxia" },
    { 65, "Xinjiang" },
};

static uint8_t region_of(const char *province_en)
{
    for (unsigned i = 0; i < sizeof regions / sizeof regions[0]; i++)
        if (strcmp(regions[i].province_en, province_en) == 0) return regions[i].region;
    return AN_REGION_UNKNOWN;
}

/* The rows of [low, high) that are the numbers of width digits beginning with prefix. */
static void spread(uint32_t prefix, unsigned digits, unsigned width, uint32_t *ret_low, uint32_t *ret_high)
{
    if (digits > width) {
        *ret_low = prefix / (uint32_t)an_pow10[digits - width];
        *ret_high = *ret_low + 1;
        return;
    }
    *ret_low = prefix * (uint32_t)an_pow10[width - digits];
    *ret_high = *ret_low + (uint32_t)an_pow10[width - digits];
}

static void put_code(struct an_plan *plan, uint8_t index)
{
    uint32_t low, high;
    spread(codes[index].prefix, codes[index].digits, 3, &low, &high);
    for (uint32_t head = low; head < high; head++) {
        uint8_t *row = plan->code[head];
        unsigned at = 0;
        while (row[at] != 0 && codes[row[at] - 1].digits >= codes[index].digits) at++;
        an_assert(row[CODES_A_HEAD_MAX - 1] == 0);
        memmove(row + at + 1, row + at, CODES_A_HEAD_MAX - 1 - at);
        row[at] = (uint8_t)(index + 1);
    }
}

struct an_plan *an_plan_new(struct an_error *error)
{
    struct an_plan *plan = calloc(1, sizeof *plan);
    uint32_t low, high;
    if (plan == NULL) {
        an_fail(error, AN_ERR_NO_MEMORY, "no memory for the numbering plan (%zu bytes)", sizeof *plan);
        return NULL;
    }
    for (unsigned i = 0; i < SEGMENT_COUNT; i++) {
        spread(segments[i].prefix, segments[i].digits, 5, &low, &high);
        an_assert(low >= 10000 && high <= 20000);
        memset(&plan->mobile[low - 10000], segments[i].kind << 4 | segments[i].op, high - low);
    }
    for (unsigned i = 0; i < AREA_COUNT; i++) {
        spread(areas[i].code, areas[i].code < 100 ? 2 : 3, 3, &low, &high);
        for (; low < high; low++) plan->area[low] = (uint16_t)(i + 1);
        plan->region[i] = region_of(areas[i].name.province_en);
        an_assert(plan->region[i] != AN_REGION_UNKNOWN);
    }
    for (unsigned i = 0; i < COUNTRY_COUNT; i++) {
        spread(countries[i].code, an_digits_of(countries[i].code), 3, &low, &high);
        for (; low < high; low++) plan->country[low] = (uint8_t)(i + 1);
    }
    for (unsigned i = 0; i < CODE_COUNT; i++) put_code(plan, (uint8_t)i);
    return plan;
}

void an_plan_free(struct an_plan *plan)
{
    free(plan);
}

static bool world_valid(const struct country *country, uint64_t national, unsigned length)
{
    unsigned root = (unsigned)__builtin_popcount(country->lengths & ((1u << length) - 1));
    unsigned node = world_roots[country->first_root + root];
    while (node > 1) {
        an_assert(length > 0);
        uint64_t unit = an_pow10[--length];
        node = world_nodes[node - 2][national / unit];
        national %= unit;
    }
    return node == 1;
}

static void look_abroad(const struct an_plan *plan, an_number number, unsigned digits, struct an_number_info *info)
{
    info->kind = AN_KIND_INVALID;
    if (digits < 5) return;
    unsigned index = plan->country[number / an_pow10[digits - 3]];
    info->op = AN_OPERATOR_FOREIGN;
    info->kind = AN_KIND_UNALLOCATED;
    info->block = number / 10000;
    if (index == 0) return;
    const struct country *country = &countries[index - 1];
    unsigned length = digits - an_digits_of(country->code);
    info->area = country->code;
    if ((country->lengths >> length & 1) == 0)
        info->kind = AN_KIND_INVALID;
    else if (world_valid(country, number % an_pow10[length], length)) {
        info->kind = AN_KIND_FOREIGN;
        info->region = 0;
    }
}

/* Codes that are dialled alike everywhere (or, behind an area code, there). code: without country and area. */
static bool look_code(const struct an_plan *plan, uint64_t code, unsigned digits, struct an_number_info *info)
{
    info->kind = digits >= 3 && digits <= 6 ? AN_KIND_UNALLOCATED : AN_KIND_INVALID;
    if (digits < 3) return false;
    const uint8_t *row = plan->code[code / an_pow10[digits - 3]];
    for (unsigned i = 0; i < CODES_A_HEAD_MAX && row[i] != 0; i++) {
        const struct code *c = &codes[row[i] - 1];
        if (digits < c->digits || code / an_pow10[digits - c->digits] != c->prefix) continue;
        if (digits < c->length_min || digits > c->length_max) {
            info->kind = AN_KIND_INVALID;
            continue;
        }
        info->kind = c->kind;
        info->op = c->op;
        info->public_service = c->public_service;
        if (c->kind == AN_KIND_SERVICE_95 && digits >= 5)
            info->block = 8600000 + code / an_pow10[digits - 5];
        else if (digits == 10)
            info->block = 860000000 + code / 1000;
        else if (c->kind == AN_KIND_IOT)
            info->block = 86000000000 + code / 10000;
        return true;
    }
    return false;
}

/* Landlines, then codes, then codes behind an area code (0755-12345, 010-110). */
static void look_fixed(const struct an_plan *plan, an_number number, unsigned digits, struct an_number_info *info)
{
    uint64_t national = number - 86 * an_pow10[digits];
    unsigned index = digits < 5 ? 0 : plan->area[national / an_pow10[digits - 3]];
    const struct area *area = index == 0 ? NULL : &areas[index - 1];
    unsigned local_digits = area == NULL ? 0 : digits - (area->code < 100 ? 2 : 3);
    uint64_t local = area == NULL ? 0 : national % an_pow10[local_digits];
    uint64_t first = area == NULL ? 0 : local / an_pow10[local_digits - 1];
    bool fits = area != NULL && local_digits <= 8 && (area->lengths >> local_digits & 1) != 0;
    if (fits && first >= 2 && first <= 8) {
        info->kind = AN_KIND_LANDLINE;
        info->area = area->code;
        info->region = plan->region[index - 1];
        info->block = number / an_pow10[local_digits - 4];
        return;
    }
    if (look_code(plan, national, digits, info)) return;
    uint8_t kind = info->kind;
    if (area != NULL && (first == 1 || first == 9) && look_code(plan, local, local_digits, info) &&
        (info->kind != AN_KIND_IOT && (local != 999 || area->code == 10))) {
        info->area = area->code;
        info->region = plan->region[index - 1];
        return;
    }
    *info = (struct an_number_info) { .kind = kind, .region = AN_REGION_UNKNOWN };
    if (digits != 10 && digits != 11) return;
    info->block = number / 10000;
    if (fits || area == NULL) info->kind = AN_KIND_UNALLOCATED;
}

static void look_at_rest(const struct an_plan *plan, an_number number, struct an_number_info *ret_info)
{
    struct an_number_info info = { .kind = AN_KIND_NONE, .region = AN_REGION_UNKNOWN };
    if (!an_number_is_e164(number)) {
        info.kind = number == AN_NUMBER_NONE ? AN_KIND_NONE : AN_KIND_INVALID;
    } else {
        unsigned digits = an_digits_of(number);
        if (digits >= 3 && number / an_pow10[digits - 2] == 86)
            look_fixed(plan, number, digits - 2, &info);
        else
            look_abroad(plan, number, digits, &info);
    }
    *ret_info = info;
}

void an_plan_lookup(const struct an_plan *plan, an_number number, struct an_number_info *ret_info)
{
    an_assert(plan != NULL && ret_info != NULL);
    if (number - 8610000000000 >= 10000000000) {
        look_at_rest(plan, number, ret_info);
        return;
    }
    /* 11 digits that begin with 1: most numbers */
    unsigned cell = plan->mobile[(number - 8610000000000) / 1000000];
    *ret_info = (struct an_number_info) { .block = number / 10000,
                                          .kind = cell == 0 ? AN_KIND_UNALLOCATED : (uint8_t)(cell >> 4),
                                          .op = cell & 15,
                                          .region = AN_REGION_UNKNOWN };
}

struct an_region_name an_plan_region(const struct an_number_info *info)
{
    an_assert(info != NULL);
    struct an_region_name name = { "", "", "", "" };
    bool abroad = info->op == AN_OPERATOR_FOREIGN;
    for (unsigned i = 0; !abroad && i < AREA_COUNT; i++)
        if (areas[i].code == info->area) return areas[i].name;
    for (unsigned i = 0; abroad && i < COUNTRY_COUNT; i++)
        if (countries[i].code == info->area) name.province_en = name.province_zh = countries[i].regions;
    return name;
}
