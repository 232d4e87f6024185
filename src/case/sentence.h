/* In plain words what was done with a call and why, in Chinese and English. Layer: case. Pure.
 *
 * Two or three short sentences: what was done, what the call looks like, and why: what binds the decision (the person's
 * own words, an operator's label), or else the strongest reason of those that speak for what was done. The reasons' own
 * texts are the symbols' and features', without a stop at the end. Cost: a copy of a few hundred bytes. */
#ifndef ANNING_CASE_SENTENCE_H
#define ANNING_CASE_SENTENCE_H

#include <stddef.h>
#include <stdint.h>

#include "model/verdict.h"

enum { AN_SENTENCE_MAX = 512, AN_REASON_NAME_MAX = 40 };

/* A reason, strongest first; weight above 0: unwanted. [borrow] */
struct an_reason {
    const char *name, *zh, *en;
    float weight; /* log-odds */
};

struct an_sentence {
    char zh[AN_SENTENCE_MAX], en[AN_SENTENCE_MAX];
};

/* What was done with the call. */
struct an_sentence_call {
    uint8_t action;                /* enum an_action */
    uint8_t category;              /* enum an_category */
    float probability;             /* that it is unwanted */
    const char *rule_zh, *rule_en; /* what bound the decision, with its stop; NULL: the score did */
    const struct an_reason *reasons;
    size_t reason_count;
};

/* From here on something speaks against a call, and the verdict says what (score/score.c). */
#define AN_SENTENCE_DOUBT 0.2f

/* How sure it is that a call is unwanted: "Over 99% sure that it is an unwanted call."; never 0% or 100%. */
void an_certainty_of(float probability, struct an_sentence *ret_sentence);
void an_sentence_of(const struct an_sentence_call *call, struct an_sentence *ret_sentence);

/* "marketing" in words for people: "telemarketing". */
const char *an_category_en(enum an_category category);

#endif
