/* A call in the range: what a network sees of it, the truth behind it, and what became of it. Layer: range.
 *
 * Only the first part ever reaches a defence. The truth is for the people who are called (they know their friends'
 * voices and hear a robot) and for the scoreboard. */
#ifndef ANNING_RANGE_CALL_H
#define ANNING_RANGE_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "model/number.h"
#include "model/observation.h"
#include "model/verdict.h"

/* Who really calls. Wanted automated and business callers are rows of services.def, adversaries A1 to A9 of
 * ../docs/range.md. */
enum ar_class {
    AR_CLASS_PERSON,   /* an ordinary person */
    AR_CLASS_BORROWED, /* an ordinary person whose number some pool displays: their own calls */
    AR_CLASS_SMEARED,  /* the courier whom colluding accounts report: his calls to everybody else */
#define AR_SERVICE(id, ...) AR_CLASS_##id,
#include "range/services.def"
#undef AR_SERVICE
    AR_CLASS_A1, AR_CLASS_A2, AR_CLASS_A3, AR_CLASS_A4, AR_CLASS_A5, AR_CLASS_A6, AR_CLASS_A7, AR_CLASS_A8, AR_CLASS_A9,
    AR_CLASS_COUNT
};

static inline bool ar_class_unwanted(enum ar_class c)
{
    return c >= AR_CLASS_A1;
}

const char *ar_class_name(enum ar_class c);    /* "courier", "A3" */
const char *ar_class_text_en(enum ar_class c); /* "couriers", "blind dialling" */
const char *ar_class_text_zh(enum ar_class c);

#define AR_NOBODY UINT32_MAX

struct ar_call {
    /* what a network sees */
    uint64_t id;        /* becomes the Call-ID; never 0, never told apart by class */
    uint64_t time_us;   /* of the INVITE */
    an_number caller;   /* number shown */
    an_number callee;
    uint16_t trunk;     /* row of the world's trunks */
    uint16_t shape;     /* row of the world's shapes (User-Agent and build) */
    bool forwarded, anonymous;
    /* the truth */
    uint8_t truth;      /* enum ar_class */
    uint8_t category;   /* enum an_category of what is sold, or AN_CATEGORY_PERSON, AN_CATEGORY_AUTOMATED */
    uint32_t campaign;  /* of an adversary, from 1; a service's firm; 0: none */
    uint32_t line;      /* the how manyth try of this caller at this callee, from 1 */
    uint32_t line_sim;  /* the adversary's own mark */
    uint32_t caller_id, callee_id; /* subscribers, or AR_NOBODY */
    uint32_t number_call; /* how many calls this shown number made before, as the caller knows it */
    bool human;         /* a person speaks from the first word */
    uint8_t desk;       /* a call-back to this adversary's own phone (enum ar_class); 0: not */
    bool is_test;       /* an adversary calling its own test phone: not a victim */
    bool is_refused;    /* the callee is paid to refuse it */
    float silence_s;    /* machine: hangs up after so long without a voice; 0: never */
    float opening_s;    /* machine: length of the opening it plays */
    float patience_s;   /* rings at most so long */
    /* what became of it */
    uint8_t action;     /* enum an_action */
    uint8_t verdict_category;
    uint8_t outcome;    /* enum an_outcome */
    bool answered, reported, convinced; /* convinced: a lead */
    float probability;
    uint32_t ring_ms, talk_ms;
    char token[28]; /* the defence's name for its verdict; "": it has none */
};

#endif
