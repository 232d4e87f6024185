/* Numbering plans: from text to a number, from a number to what it is. Layer: enrich.
 *
 * China's plan is our own table (china_*.def: MIIT, "电信网编号计划(2017年版)", 工信部信管[2017]68号, and the ranges
 * the operators made public since). Every other country's is world_plan.def, made from libphonenumber's metadata by
 * tools/make-world-plan. Both are constant data; a plan is the lookup tables unfolded from them at start (21 kB,
 * so that they stay in the first cache levels). Lookup: O(1) for Chinese numbers, at most one step a digit for foreign
 * ones. Nothing here allocates but an_plan_new. docs/numbering.md tells every rule and its source. */
#ifndef ANNING_ENRICH_PLAN_H
#define ANNING_ENRICH_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "model/number.h"
#include "model/settings.h"

struct an_plan;

/* NULL with error filled when memory is out. Only at start. Free takes NULL. */
struct an_plan *an_plan_new(struct an_error *error);
void an_plan_free(struct an_plan *plan);

/* What the plan says of a number. */
struct an_number_info {
    uint64_t block;      /* leading digits it shares with its neighbours, country code included; 0: none */
    uint32_t area;       /* Chinese area code (10, 21, 755) or, abroad, the country code (1, 44); 0: neither */
    uint8_t kind;        /* enum an_number_kind */
    uint8_t op;          /* enum an_operator: whom the range was given to; portability (since 2019) is not seen */
    bool public_service; /* emergency or protected public-service number */
    uint8_t region;      /* province of a landline, two digits of GB/T 2260; 0 abroad; AN_REGION_UNKNOWN */
};
#define AN_REGION_UNKNOWN 255 /* mobiles, service numbers: their number does not tell where they are */

/* Any an_number, AN_NUMBER_NONE and names included. */
void an_plan_lookup(const struct an_plan *plan, an_number number, struct an_number_info *ret_info);

/* Names of a region: province and cities of an area code, or regions of a country code (ISO 3166 letters). Never
 * NULL; "" when unknown. */
struct an_region_name {
    const char *province_en, *province_zh, *city_en, *city_zh;
};
struct an_region_name an_plan_region(const struct an_number_info *info);

/* A number as it was written. */
struct an_normal {
    an_number number; /* E.164, AN_NUMBER_NONE, or a name's hash */
    bool ip_prefix;   /* dialled through an IP-telephony or carrier-selection prefix (17951 ...) */
    bool code_prefix; /* dialled with a feature code in front (*67, #31#) */
};

/* Text of a SIP user part, tel: URI, JSON field or CSV column to a number. Never fails: what is no number becomes a
 * name's hash. Only country_code and area_code of the settings are read. is_callee: prefixes that only mean something
 * when dialled are taken off and flagged (on callers they are taken off without a flag). */
void an_plan_normalise(const struct an_plan *plan, struct an_slice text, const struct an_settings *settings,
                       bool is_callee, struct an_normal *ret_normal);

#endif
