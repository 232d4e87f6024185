#include "parse/sip_event.h"

#include "base/err.h"

enum an_outcome an_sip_outcome(unsigned status)
{
    switch (status) {
    case 404: /* Not Found */
    case 410: /* Gone */
    case 484: /* Address Incomplete */
    case 604: /* Does Not Exist Anywhere */ return AN_OUTCOME_UNALLOCATED;
    case 486:
    case 600: return AN_OUTCOME_BUSY;
    case 433: /* Anonymity Disallowed (RFC 5079) */
    case 603: /* Decline */
    case 607: /* Unwanted (RFC 8197) */
    case 608: /* Rejected (RFC 8688) */ return AN_OUTCOME_REFUSED;
    case 480: return AN_OUTCOME_UNREACHABLE;
    case 408: return AN_OUTCOME_NO_ANSWER;
    /* The caller tries again, with what the answer asks for. */
    case 401: /* Unauthorized */
    case 407: /* Proxy Authentication Required */
    case 412: /* Conditional Request Failed */
    case 417: /* Unknown Resource-Priority */
    case 420: /* Bad Extension */
    case 421: /* Extension Required */
    case 422: /* Session Interval Too Small */
    case 428: /* Use Identity Header */
    case 491: /* Request Pending: a re-INVITE's */
    case 494: /* Security Agreement Required */
    case 487: /* Request Terminated: the CANCEL or BYE told already */ return AN_OUTCOME_UNKNOWN;
    default: return status >= 400 && status <= 699 ? AN_OUTCOME_FAILED : AN_OUTCOME_UNKNOWN;
    }
}

static bool learn(struct an_parsed *parsed, enum an_obs_kind kind, enum an_outcome outcome)
{
    parsed->given_kind = kind;
    parsed->given_outcome = outcome;
    return true;
}

bool an_sip_event(struct an_call *call)
{
    an_assert(call != NULL);
    struct an_parsed *p = &call->parsed;
    if (p->status == 0) {
        if (p->method == AN_SIP_INVITE && p->to_tag.len == 0) return learn(p, AN_OBS_ATTEMPT, AN_OUTCOME_UNKNOWN);
        if (p->method == AN_SIP_BYE) return learn(p, AN_OBS_END, AN_OUTCOME_ANSWERED);
        if (p->method == AN_SIP_CANCEL) return learn(p, AN_OBS_END, AN_OUTCOME_CANCELLED);
        return false;
    }
    if (p->method != AN_SIP_INVITE || p->status < 200) return false;
    if (p->status < 300) return learn(p, AN_OBS_ANSWER, AN_OUTCOME_UNKNOWN);
    enum an_outcome outcome = an_sip_outcome(p->status);
    if (p->status == 607) p->given_refusal = true; /* the phone's owner says so (RFC 8197): engine/people.h */
    return outcome != AN_OUTCOME_UNKNOWN && learn(p, AN_OBS_END, outcome);
}
