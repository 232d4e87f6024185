/* Complaints and the cases they join, of every server on the database. Layer: store.
 *
 * A complaint is a report of somebody called (written by the journal's follower) or one that came in from elsewhere
 * (POST /v1/complaints). It joins the case of the campaign that the call is of, else of the registered firm, else the
 * open case its caller is in already, else the caller's own; the first one opens it. One that is closed is new again
 * when more was said after it was decided on. A complaint from elsewhere is routed (routes.h). All writing takes the
 * same counter's lock first, so that two servers never wait for each other in a circle. Cost: some ten statements a
 * complaint. */
#ifndef ANNING_STORE_CASES_H
#define ANNING_STORE_CASES_H

#include "model/settings.h"
#include "model/verdict.h"
#include "store/calls.h"
#include "store/people.h"
#include "store/routes.h"

enum an_case_kind { AN_CASE_CAMPAIGN, AN_CASE_FIRM, AN_CASE_NUMBER, AN_CASE_KIND_COUNT };
enum an_case_state { AN_CASE_NEW, AN_CASE_OPEN, AN_CASE_ASKED, AN_CASE_ANSWERED, AN_CASE_CLOSED, AN_CASE_STATE_COUNT };
enum an_complaint_source {
    AN_COMPLAINT_REPORT, /* of somebody called */
    AN_COMPLAINT_12321,
    AN_COMPLAINT_12345,
    AN_COMPLAINT_OPERATOR,
    AN_COMPLAINT_OTHER,
    AN_COMPLAINT_SOURCE_COUNT
};
const char *an_case_kind_name(enum an_case_kind kind);
const char *an_case_state_name(enum an_case_state state);
const char *an_complaint_source_name(enum an_complaint_source source);
/* AN_OK or AN_ERR_NOT_FOUND. */
enum an_err an_case_state_of(const char *name, enum an_case_state *ret_state);
enum an_err an_complaint_source_of(const char *name, enum an_complaint_source *ret_source);

struct an_complaint {
    uint8_t source;
    uint8_t category, op, region;
    char theirs[AN_COMPLAINT_ID_MAX + 1]; /* its id where it comes from; (source, theirs) is taken once */
    uint64_t time_us, taken_us;
    an_number caller, callee;             /* callee NONE: not told */
    struct an_token token;                /* all zero: none */
    uint32_t campaign;                    /* 0: none is known; then the last calls in the store are asked */
    uint8_t journal[AN_CALLS_JOURNAL_ID]; /* whose number it is */
    char firm[AN_FIRM_NAME_MAX + 1];
    char words[AN_COMPLAINT_WORDS_MAX + 1];
    /* filled in */
    int64_t id, case_id;
    char routed[AN_ROUTE_DEST_MAX + 1]; /* empty: to nobody */
    bool fresh;                         /* it was not known */
};

struct an_case {
    int64_t id;
    uint8_t kind, state, category, op, region;
    an_number number;
    uint32_t campaign;
    uint8_t journal[AN_CALLS_JOURNAL_ID];
    char firm[AN_FIRM_NAME_MAX + 1];
    uint64_t reports, complaints, first_us, last_us, updated_us;
    char note[AN_CASE_NOTE_MAX + 1], who[AN_TEXT_MAX + 1];
};

/* All or none, in a transaction of its own. */
enum an_err an_complaints_take(struct an_db_session *session, const struct an_secret *secret,
                               struct an_complaint *complaints, size_t count, struct an_error *error);

enum an_err an_case_find(struct an_db_session *session, const struct an_secret *secret, int64_t id,
                         struct an_case *ret_case, struct an_error *error);
/* Those with the most complaints first. after_total, after: of the last one of the page before; after 0: from the
 * first. state AN_CASE_STATE_COUNT: all. */
struct an_case_list {
    enum an_case_state state;
    uint64_t after_total;
    int64_t after;
    size_t max;
};
typedef bool an_case_fn(void *user, const struct an_case *one);
enum an_err an_case_pages(struct an_db_session *session, const struct an_secret *secret,
                          const struct an_case_list *list, an_case_fn *row, void *user, struct an_error *error);
/* State, note and who of one; the people's reports in it are told. AN_ERR_NOT_FOUND. */
enum an_err an_case_decide(struct an_db_session *session, const struct an_case *one, uint64_t now_us,
                           struct an_error *error);

/* Newest first. */
struct an_complaint_list {
    int64_t case_id;                 /* 0: all */
    enum an_complaint_source source; /* COUNT: all */
    bool no_reports;
    uint64_t before_us; /* taken_us and id of the last one of the page before; before 0: from the newest */
    int64_t before;
    size_t max;
};
typedef bool an_complaint_fn(void *user, const struct an_complaint *complaint);
enum an_err an_complaint_pages(struct an_db_session *session, const struct an_secret *secret,
                               const struct an_complaint_list *list, an_complaint_fn *row, void *user,
                               struct an_error *error);
/* By an_complaint.id. AN_ERR_NOT_FOUND. */
enum an_err an_complaint_find(struct an_db_session *session, const struct an_secret *secret, int64_t id,
                              struct an_complaint *ret_complaint, struct an_error *error);

/* Nothing says any more that this person complained. */
enum an_err an_complaint_erase(struct an_db_session *session, const struct an_secret *secret, an_number callee,
                               struct an_error *error);
/* Complaints taken in before, at most max, and cases in which nothing happened since. */
enum an_err an_case_sweep(struct an_db_session *session, uint64_t before_us, size_t max, struct an_error *error);

#endif
