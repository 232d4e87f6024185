/* Reasons in plain words for the two people of a call. Layer: case. Pure.
 *
 * Features and symbols speak to operators: of trunks, builds and blocks. Who was called, or who called, is told the
 * same in some thirty sentences (plain.def), each for what weighs against a call and, where it makes sense, for what
 * speaks for it; several features share one. "You" is the person called; both of them read "this number" for the
 * caller's. What is between the person called and this caller is private: a caller is never shown it. Beside them
 * stands which rule decided (an_plain_decided): a rule that applied and changed nothing is no reason. Cost: a walk of
 * at most a dozen reasons. */
#ifndef ANNING_CASE_PLAIN_H
#define ANNING_CASE_PLAIN_H

#include <stdbool.h>

#include "case/sentence.h"
#include "model/rule.h"
#include "model/settings.h"

enum an_reader { AN_READER_DESK, AN_READER_CALLED, AN_READER_CALLER };

/* What a feature added to the score, 1/100 log-odds; a symbol counts as the feature behind it. */
struct an_plain_part {
    int feature; /* enum an_feature */
    int weight;
};

enum { AN_PLAIN_MAX = AN_VERDICT_SYMBOLS_MAX + AN_VERDICT_CAUSES_MAX + 1 };

/* Parts as sentences, each once, strongest first; a feature named twice counts once. A caller gets those against the
 * call only, and nothing private. unwanted: where nothing is left to be said, one sentence says that the whole of it
 * decided. Returns how many; ret_reasons: AN_PLAIN_MAX of them. */
size_t an_plain_reasons(const struct an_plain_part *parts, size_t count, enum an_reader reader, bool unwanted,
                        struct an_reason *ret_reasons);

/* The rule by which this action was taken, out of verdict's action, rules, chosen, category and probability; NULL: the
 * score decided. AN_RULE_HOSTILE: it did, and what the person called expects did not help for the campaign's sake.
 * reported: the site's policy. */
const struct an_rule_text *an_plain_decided(const struct an_verdict *verdict, enum an_reported reported);

/* The same row for the person called; the row itself for the desk and, where it is not private, for the caller. */
const struct an_rule_text *an_plain_rule(const struct an_rule_text *rule, enum an_reader reader);

/* Why a call was not blocked though the score is almost sure of it. */
enum an_unblocked {
    AN_UNBLOCKED_NOT,       /* nothing to be said */
    AN_UNBLOCKED_HERE,      /* the site does not block */
    AN_UNBLOCKED_EXPECTING, /* the person called expects such a call */
    AN_UNBLOCKED_OTHERS,    /* other calls speak against it, not those of its own number */
    AN_UNBLOCKED_UNSURE,    /* blocking takes more */
    AN_UNBLOCKED_DEARER,    /* the same, and so much because the person called is expecting a call */
};

/* As a reason of weight 0, for the person called or the desk. level: AN_LEVEL_COUNT where it was not by the level;
 * from: the least probability that would do, of UNSURE and DEARER. Texts are in ret_text. False: AN_UNBLOCKED_NOT. */
bool an_plain_unblocked(enum an_unblocked why, enum an_reader reader, enum an_level level, float probability,
                        float from, struct an_sentence *ret_text, struct an_reason *ret_reason);

#endif
