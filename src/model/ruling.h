/* An operator's decision about a number, a verdict or a campaign. Layer: model.
 *
 * It comes in by POST /v1/labels or `anning label import`, is journalled as a record of its own (record.h) and learned
 * from by observe/: "unwanted" counts like complaints that are beyond doubt, and labels the calls; "wanted" is redress:
 * complaints are forgotten, and until its date none count. A later label on the same target replaces an earlier one. */
#ifndef ANNING_MODEL_RULING_H
#define ANNING_MODEL_RULING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "model/number.h"
#include "model/verdict.h"

enum an_ruling_verdict { AN_RULING_WITHDRAWN, AN_RULING_UNWANTED, AN_RULING_WANTED, AN_RULING_VERDICT_COUNT };

enum {
    AN_RULING_TEXT_MAX = AN_TEXT_MAX, /* bytes of who and of a number as written */
    AN_RULING_WHY_MAX = 200,          /* bytes of why */
    AN_RULING_WEIGHT_FULL = 1000,
};

/* Fixed size; texts NUL-terminated, empty: none. */
struct an_ruling {
    uint64_t time_us;  /* when it was decided */
    uint64_t until_us; /* it holds until then */
    an_number number;  /* resolved, of a number's or a verdict's label; 0 of a campaign's */
    uint32_t trunk;    /* AN_TRUNK_NONE: the number as its owner uses it; else what comes in under it by this trunk */
    uint16_t weight;   /* 1..1000: how sure; of "unwanted" */
    uint8_t verdict;   /* enum an_ruling_verdict */
    uint8_t category;  /* enum an_category */
    bool foreign;      /* it is of the number as that trunk uses it only: known where it was decided */
    bool shared;       /* another server on the same database decided it */
    uint64_t campaign; /* its number; 0: none */
    struct an_token token;                    /* the verdict it was decided on; all zero: none */
    char number_text[AN_RULING_TEXT_MAX + 1]; /* as it was written, until it is resolved */
    char trunk_name[24];
    char who[AN_RULING_TEXT_MAX + 1];
    char why[AN_RULING_WHY_MAX + 1];
};

/* "unwanted", "wanted", "withdrawn". */
const char *an_ruling_verdict_name(enum an_ruling_verdict verdict);
int an_ruling_verdict_of(const char *name, size_t len, enum an_ruling_verdict *ret_verdict);

#endif
