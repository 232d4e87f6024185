/* The words PBXs use for how a call ended, in one table (docs/records.md shows it). */
#include "parse/cdr.h"

#include "parse/sip_event.h"

#define WORD(cause, text, outcome)                                                                                     \
    {                                                                                                                  \
        { text, sizeof(text) - 1 }, cause, AN_OUTCOME_##outcome                                                        \
    }

/* cause: number in ITU-T Q.850 table 1; 0: not one of them. Normal clearing of a call that never was answered says
 * nothing: an_cdr_row makes it unknown. */
static const struct word {
    struct an_slice text;
    uint8_t cause;
    enum an_outcome outcome;
} words[] = {
    /* Asterisk: dispositions, and what DIALSTATUS says */
    WORD(0, "ANSWERED", ANSWERED),
    WORD(0, "ANSWER", ANSWERED),
    WORD(0, "BUSY", BUSY),
    WORD(0, "FAILED", FAILED),
    WORD(0, "CONGESTION", FAILED),
    WORD(0, "CHANUNAVAIL", UNREACHABLE),
    WORD(0, "CANCEL", CANCELLED),
    WORD(0, "DONTCALL", REFUSED),
    WORD(0, "TORTURE", REFUSED),
    WORD(0, "NOANSWER", NO_ANSWER),
    /* Q.850 by the names of FreeSWITCH */
    WORD(1, "UNALLOCATED_NUMBER", UNALLOCATED),
    WORD(2, "NO_ROUTE_TRANSIT_NET", FAILED),
    WORD(3, "NO_ROUTE_DESTINATION", UNALLOCATED),
    WORD(6, "CHANNEL_UNACCEPTABLE", FAILED),
    WORD(7, "CALL_AWARDED_DELIVERED", UNKNOWN),
    WORD(16, "NORMAL_CLEARING", ANSWERED),
    WORD(17, "USER_BUSY", BUSY),
    WORD(18, "NO_USER_RESPONSE", UNREACHABLE),
    WORD(19, "NO_ANSWER", NO_ANSWER),
    WORD(20, "SUBSCRIBER_ABSENT", UNREACHABLE),
    WORD(21, "CALL_REJECTED", REFUSED),
    WORD(22, "NUMBER_CHANGED", UNALLOCATED),
    WORD(23, "REDIRECTION_TO_NEW_DESTINATION", UNKNOWN),
    WORD(25, "EXCHANGE_ROUTING_ERROR", FAILED),
    WORD(27, "DESTINATION_OUT_OF_ORDER", UNREACHABLE),
    WORD(28, "INVALID_NUMBER_FORMAT", UNALLOCATED),
    WORD(29, "FACILITY_REJECTED", FAILED),
    WORD(30, "RESPONSE_TO_STATUS_ENQUIRY", UNKNOWN),
    WORD(31, "NORMAL_UNSPECIFIED", UNKNOWN),
    WORD(34, "NORMAL_CIRCUIT_CONGESTION", FAILED),
    WORD(38, "NETWORK_OUT_OF_ORDER", FAILED),
    WORD(41, "NORMAL_TEMPORARY_FAILURE", FAILED),
    WORD(42, "SWITCH_CONGESTION", FAILED),
    WORD(43, "ACCESS_INFO_DISCARDED", FAILED),
    WORD(44, "REQUESTED_CHAN_UNAVAIL", FAILED),
    WORD(45, "PRE_EMPTED", FAILED),
    WORD(47, "RESOURCE_UNAVAILABLE", FAILED),
    WORD(50, "FACILITY_NOT_SUBSCRIBED", FAILED),
    WORD(52, "OUTGOING_CALL_BARRED", FAILED),
    WORD(54, "INCOMING_CALL_BARRED", FAILED),
    WORD(57, "BEARERCAPABILITY_NOTAUTH", FAILED),
    WORD(58, "BEARERCAPABILITY_NOTAVAIL", FAILED),
    WORD(63, "SERVICE_UNAVAILABLE", FAILED),
    WORD(65, "BEARERCAPABILITY_NOTIMPL", FAILED),
    WORD(66, "CHAN_NOT_IMPLEMENTED", FAILED),
    WORD(69, "FACILITY_NOT_IMPLEMENTED", FAILED),
    WORD(79, "SERVICE_NOT_IMPLEMENTED", FAILED),
    WORD(81, "INVALID_CALL_REFERENCE", FAILED),
    WORD(88, "INCOMPATIBLE_DESTINATION", FAILED),
    WORD(95, "INVALID_MSG_UNSPECIFIED", FAILED),
    WORD(96, "MANDATORY_IE_MISSING", FAILED),
    WORD(97, "MESSAGE_TYPE_NONEXIST", FAILED),
    WORD(98, "WRONG_MESSAGE", FAILED),
    WORD(99, "IE_NONEXIST", FAILED),
    WORD(100, "INVALID_IE_CONTENTS", FAILED),
    WORD(101, "WRONG_CALL_STATE", FAILED),
    WORD(102, "RECOVERY_ON_TIMER_EXPIRE", NO_ANSWER),
    WORD(103, "MANDATORY_IE_LENGTH_ERROR", FAILED),
    WORD(111, "PROTOCOL_ERROR", FAILED),
    WORD(127, "INTERWORKING", FAILED),
    /* FreeSWITCH beyond Q.850 */
    WORD(0, "SUCCESS", ANSWERED),
    WORD(0, "NONE", UNKNOWN),
    WORD(0, "UNSPECIFIED", UNKNOWN),
    WORD(0, "ORIGINATOR_CANCEL", CANCELLED),
    WORD(0, "LOSE_RACE", UNKNOWN), /* another phone of the same person picked up */
    WORD(0, "PICKED_OFF", UNKNOWN),
    WORD(0, "ATTENDED_TRANSFER", ANSWERED),
    WORD(0, "BLIND_TRANSFER", ANSWERED),
    WORD(0, "ALLOTTED_TIMEOUT", NO_ANSWER),
    WORD(0, "PROGRESS_TIMEOUT", UNREACHABLE),
    WORD(0, "MEDIA_TIMEOUT", FAILED),
    WORD(0, "USER_CHALLENGE", FAILED),
    WORD(0, "USER_NOT_REGISTERED", UNREACHABLE),
    WORD(0, "GATEWAY_DOWN", FAILED),
    WORD(0, "INVALID_GATEWAY", FAILED),
    WORD(0, "INVALID_PROFILE", FAILED),
    WORD(0, "INVALID_URL", FAILED),
    WORD(0, "CHAN_DOWN", FAILED),
    WORD(0, "CRASH", FAILED),
    WORD(0, "SYSTEM_SHUTDOWN", FAILED),
    WORD(0, "MANAGER_REQUEST", UNKNOWN),
    WORD(0, "BUSY_EVERYWHERE", BUSY),
    WORD(0, "DECLINE", REFUSED),
    WORD(0, "REJECT_ALL", REFUSED),
    WORD(0, "UNWANTED", REFUSED),
    WORD(0, "DOES_NOT_EXIST_ANYWHERE", UNALLOCATED),
    WORD(0, "NOT_ACCEPTABLE", FAILED),
    WORD(0, "NO_IDENTITY", FAILED),
    WORD(0, "BAD_IDENTITY_INFO", FAILED),
    WORD(0, "UNSUPPORTED_CERTIFICATE", FAILED),
    WORD(0, "INVALID_IDENTITY", FAILED),
    WORD(0, "STALE_DATE", FAILED),
    WORD(0, "UNKNOWN", UNKNOWN),
    /* our own */
    WORD(0, "CANCELLED", CANCELLED),
    WORD(0, "REFUSED", REFUSED),
    WORD(0, "UNREACHABLE", UNREACHABLE),
    WORD(0, "UNALLOCATED", UNALLOCATED),
    WORD(0, "OURS", OURS),
};

enum { WORD_COUNT = sizeof words / sizeof words[0] };

static char folded(char c)
{
    return c == ' ' || c == '-' ? '_' : an_lower(c);
}

static bool same_word(struct an_slice a, struct an_slice b)
{
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++)
        if (folded(a.at[i]) != folded(b.at[i])) return false;
    return true;
}

enum an_err an_cdr_outcome_of(struct an_slice text, enum an_outcome *ret_outcome)
{
    an_assert(ret_outcome != NULL);
    uint64_t number = 0;
    text = an_slice_trim(text);
    if (an_slice_u64(text, 699, &number) == AN_OK) {
        for (size_t i = 0; number > 0 && i < WORD_COUNT; i++)
            if (words[i].cause == number) {
                *ret_outcome = words[i].outcome;
                return AN_OK;
            }
        if (number >= 1 && number < 200) return AN_ERR_NOT_FOUND;
        *ret_outcome = number >= 200 && number < 300 ? AN_OUTCOME_ANSWERED
                       : number == 487               ? AN_OUTCOME_CANCELLED
                                                     : an_sip_outcome((unsigned)number);
        return AN_OK;
    }
    for (size_t i = 0; i < WORD_COUNT; i++)
        if (same_word(text, words[i].text)) {
            *ret_outcome = words[i].outcome;
            return AN_OK;
        }
    return AN_ERR_NOT_FOUND;
}
