/* The index of calls that people look at: what the journal's follower writes, what "my calls" shows. Layer: store. The
 * journal stays the record; a row holds what a list needs and where the record stands. Cost: one statement a call, many
 * in a transaction. */
#ifndef ANNING_STORE_CALLS_H
#define ANNING_STORE_CALLS_H

#include "model/verdict.h"
#include "store/people.h"

enum { AN_CALLS_JOURNAL_ID = 8, AN_CALLS_PAGE_MAX = 200 };

/* Where a record stands: which journal (of which door), which stream, where in it. */
struct an_journal_place {
    uint8_t journal[AN_CALLS_JOURNAL_ID];
    uint32_t worker;
    uint64_t segment, offset;
};

struct an_seen_call {
    struct an_token token;
    an_number caller, callee;                /* callee: only when it is written */
    uint8_t callee_key[AN_NUMBER_KEY_BYTES]; /* when it was read */
    char display[AN_TEXT_MAX + 1];
    uint64_t time_us;
    uint8_t action, category, region, op; /* region: two digits of GB/T 2260 */
    float probability;
    uint32_t rules, campaign;
    uint16_t chosen; /* as in struct an_verdict */
    uint8_t symbol_count, cause_count;
    struct an_verdict_symbol symbols[AN_VERDICT_SYMBOLS_MAX];
    struct an_verdict_cause causes[AN_VERDICT_CAUSES_MAX];
    struct an_journal_place place;
    /* what was said about it; read only */
    int64_t report; /* 0: nothing */
    bool said_wanted;
    int report_state;
};

/* Inside a transaction of the caller's; a call that is there already is passed by, and one of before its callee had
 * them erased. */
enum an_err an_call_add(struct an_db_session *session, const struct an_secret *secret, const struct an_seen_call *call,
                        struct an_error *error);
enum an_err an_call_find(struct an_db_session *session, const struct an_secret *secret, const struct an_token *token,
                         struct an_seen_call *ret_call, struct an_error *error);

/* A person's calls, newest first. */
struct an_call_list {
    an_number callee;
    uint8_t least;      /* enum an_action: of those with which so much was done, or more */
    bool exactly;       /* and no more */
    uint64_t before_us; /* of an earlier page: its last call's time and token; 0: from the newest */
    struct an_token before;
    size_t max;
};
/* False ends the list. */
typedef bool an_call_fn(void *user, const struct an_seen_call *call);
enum an_err an_call_pages(struct an_db_session *session, const struct an_secret *secret,
                          const struct an_call_list *list, an_call_fn *row, void *user, struct an_error *error);
/* The last call of caller (AN_NUMBER_NONE: of anybody) to callee from since_us to until_us. AN_ERR_NOT_FOUND. */
enum an_err an_call_last(struct an_db_session *session, const struct an_secret *secret, an_number callee,
                         an_number caller, bool touched, uint64_t since_us, uint64_t until_us,
                         struct an_seen_call *ret_call, struct an_error *error);
/* Calls of a caller since then by action and day of local time, those that were touched and not by one of these rules;
 * days in order. */
typedef bool an_call_day_fn(void *user, int64_t day, enum an_action action, uint64_t count);
enum an_err an_call_days(struct an_db_session *session, const struct an_secret *secret, an_number caller,
                         uint64_t since_us, int32_t utc_offset_s, uint32_t but_rules, an_call_day_fn *row, void *user,
                         struct an_error *error);
/* The last of those; in_campaign: that was of a campaign. AN_ERR_NOT_FOUND. */
enum an_err an_call_last_by(struct an_db_session *session, const struct an_secret *secret, an_number caller,
                            uint64_t since_us, uint32_t but_rules, bool in_campaign, struct an_seen_call *ret_call,
                            struct an_error *error);
/* Calls to a person since then by action, of those that were labelled, screened or blocked. */
enum an_err an_call_touched(struct an_db_session *session, const struct an_secret *secret, an_number callee,
                            uint64_t since_us, uint64_t ret_counts[AN_ACTION_COUNT], struct an_error *error);
/* All of a person's, those too that are written later and were before now_us. Inside a transaction. */
enum an_err an_call_erase(struct an_db_session *session, const struct an_secret *secret, an_number callee,
                          uint64_t now_us, int64_t *ret_count, struct an_error *error);
/* Whether callee had the calls of time_us erased. */
enum an_err an_call_erased(struct an_db_session *session, const struct an_secret *secret, an_number callee,
                           uint64_t time_us, bool *ret_erased, struct an_error *error);
/* Last in a transaction that adds calls: those whose callee erased them meanwhile, since_us or later, go again. Who
 * erases and who adds wait for each other here. */
enum an_err an_call_settle(struct an_db_session *session, uint64_t since_us, struct an_error *error);
/* That somebody erased before before_us is forgotten. */
enum an_err an_erased_sweep(struct an_db_session *session, uint64_t before_us, struct an_error *error);
/* Older ones go, at most max at once. */
enum an_err an_call_sweep(struct an_db_session *session, uint64_t before_us, size_t max, int64_t *ret_count,
                          struct an_error *error);
/* Callers of calls that were touched since then, newest first: for look-ups. */
typedef bool an_caller_fn(void *user, an_number caller, const struct an_seen_call *call);
enum an_err an_call_callers(struct an_db_session *session, const struct an_secret *secret, uint64_t since_us,
                            size_t max, an_caller_fn *row, void *user, struct an_error *error);

/* How far a journal was read. */
enum an_err an_followed_get(struct an_db_session *session, const uint8_t journal[AN_CALLS_JOURNAL_ID],
                            struct an_journal_place *ret_places, size_t max, size_t *ret_count, struct an_error *error);
enum an_err an_followed_put(struct an_db_session *session, const struct an_journal_place *place,
                            struct an_error *error);

#endif
