/* The rules of a decision in words: a name for programs, a sentence for people in English and Chinese. Layer: model.
 * One table, rule.c, in the order in which decide/ asks them; whoever shows a verdict (JSON, `anning explain`, the
 * console) reads it. */
#ifndef ANNING_MODEL_RULE_H
#define ANNING_MODEL_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/verdict.h"

struct an_rule_text {
    uint32_t rule; /* enum an_rule */
    const char *name;
    const char *en, *zh; /* whole sentences; {}: what the callee chose or expects (an_rule_sentence) */
};

enum { AN_RULE_TEXTS = 21, AN_RULE_SENTENCE_MAX = 256 };
extern const struct an_rule_text an_rule_texts[AN_RULE_TEXTS];

/* The sentence of a row as it stood in this verdict: with what the callee chose or expects, where that belongs to it
 * ("... labelled"). NUL-terminated, cut at size. Returns its length. */
size_t an_rule_sentence(const struct an_rule_text *text, const struct an_verdict *verdict, bool zh, char *out,
                        size_t size);

#endif
