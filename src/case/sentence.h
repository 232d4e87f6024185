/* One plain sentence on what was done with a call and why, in Chinese and English. Layer: case. Pure.
 *
 * First what binds the decision (the person's own words, an operator's label), then the strongest reasons of the score,
 * at most two, of those that speak for what was done. The reasons' own texts are the symbols' and features': a symbol's
 * text is a whole sentence, so the sentence is made of sentences. Cost: a copy of a few hundred bytes. */
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
    const char *rule_zh, *rule_en; /* what bound the decision; NULL: the score did */
    const struct an_reason *reasons;
    size_t reason_count;
};

void an_sentence_of(const struct an_sentence_call *call, struct an_sentence *ret_sentence);

/* "marketing" in words for people: "other marketing". */
const char *an_category_en(enum an_category category);

#endif
