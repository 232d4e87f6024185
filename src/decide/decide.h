/* Decide: probability in, action out, by least expected cost. Layer: a stage (base, model).
 *
 * Costs a level: model/settings.h. In this order:
 *   to an emergency number                       allow
 *   emergency or public service                  allow (never blocked, whatever the lists say)
 *   soon after the callee's emergency call       allow (policy.emergency_window_s)
 *   the callee opted out, or the caller is among the callee's contacts   allow
 *   the callee blocked this number; deny list, or the callee told this caller to stop
 *                                                block; label where blocking is switched off
 *   a relation (callee called, talked)           allow
 *   a fallback (no stage could answer)           allow
 *   the callee expects a kind of call that this one could be: allow, unless it is of a campaign known as hostile and
 *       the score holds it for unwanted, the callee reported or an operator labelled the caller, or the costs would
 *       touch it even where touching a wanted call is AN_EXPECTED_DEARER times as dear; then those are its costs below
 *   the callee's ranges, hours, regions          label, screen, block: at least so much; pass: no further question
 *   allow list                                   allow, but for what the callee's own three have said
 *   an operator's label                          wanted: the score does nothing; unwanted: at least a label
 *   the callee's choice for the category, where the score holds the call for unwanted (or the category is that of
 *       wanted automated calls)                  what was chosen; block only with evidence of the call's own and where
 *       a block is cheaper than letting it ring at the costs of level strict, otherwise the next milder
 *   else the cheapest of allow, label, screen, block; block only where the call's own number or cell gives evidence
 *   (a block, an operator or a build alone never suffices), otherwise the next milder.
 *   the callee reported this caller              at least policy.reported, whatever score, range or region say
 * A share of doubtful calls (explore_share) is let through by chance so that the truth stays measurable.
 * docs/callees.md tells why in this order. Pure arithmetic, about 30 ns a call, and two cache lines for a callee with
 * settings of his own; the same inputs give the same action on any machine. */
#ifndef ANNING_DECIDE_DECIDE_H
#define ANNING_DECIDE_DECIDE_H

#include "model/call.h"
#include "model/callee.h"
#include "model/settings.h"

enum { AN_EXPECTED_DEARER = 10 };

/* For each attempt without error and without observed.repeat: verdict.action, level, rules, chosen, callee_version,
 * settings_version. Reads verdict.token (its last bytes are the dice of explore_share). callees NULL: nobody has
 * settings of his own. */
void an_decide_vector(struct an_vector *v, const struct an_settings *settings, const struct an_callees *callees);

/* All that a decision rests on, beside the settings: on record. */
struct an_grounds {
    float probability;
    uint32_t rules;  /* enum an_rule */
    uint16_t chosen; /* enum an_chosen */
    uint8_t level, category;
};

static inline struct an_grounds an_grounds_of(const struct an_verdict *v)
{
    return (struct an_grounds) { v->probability, v->rules, v->chosen, v->level, v->category };
}

/* The decision alone, for rejudging. */
enum an_action an_decide_action(const struct an_policy *policy, const struct an_grounds *grounds);

/* Whether what the callee expects can't help a call for its campaign's sake: it matches one (only hostile ones are
 * compared with) and the score holds it for unwanted. A match alone decides nothing: couriers call who is on a list. */
bool an_decide_hostile(bool matches, float probability);

/* Whether a number of this kind (enum an_number_kind) can be the one that calls about it. */
bool an_decide_could_be(enum an_expected expected, unsigned caller_kind);

#endif
