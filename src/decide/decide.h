/* Decide: probability in, action out, by least expected cost. Layer: a stage (base, model).
 *
 * Costs a level: model/settings.h. In this order:
 *   to an emergency number              allow
 *   emergency or public service         allow (never blocked, whatever the lists say)
 *   soon after the callee's emergency call  allow (policy.emergency_window_s)
 *   deny list, or the callee told this caller to stop   block; label where blocking is switched off
 *   allow list                          allow
 *   a relation (callee called, talked)  allow
 *   a fallback (no stage could answer)  allow
 *   the callee reported this caller     at least policy.reported
 *   an operator's label                 wanted: the score does nothing; unwanted: at least a label
 *   else the cheapest of allow, label, screen, block; block only where the call's own number or cell gives evidence
 *   (a block, an operator or a build alone never suffices), otherwise the next milder.
 * A share of doubtful calls (explore_share) is let through by chance so that the truth stays measurable. Pure
 * arithmetic, about 30 ns a call; the same inputs give the same action on any machine. */
#ifndef ANNING_DECIDE_DECIDE_H
#define ANNING_DECIDE_DECIDE_H

#include "model/call.h"
#include "model/settings.h"

/* For each attempt without error and without observed.repeat: verdict.action, level, rules, settings_version.
 * Reads verdict.token (its last bytes are the dice of explore_share). */
void an_decide_vector(struct an_vector *v, const struct an_settings *settings);

/* The decision alone, for rejudging; rules as on record. */
enum an_action an_decide_action(const struct an_policy *policy, enum an_level level, float probability, unsigned rules);

#endif
