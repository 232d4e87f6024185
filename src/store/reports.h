/* What people say of calls. Layer: store. One report a person and call: said again, it is changed, not doubled. It gets
 * a number people can read out ("R26-000123": the year and a count), a state and a history. */
#ifndef ANNING_STORE_REPORTS_H
#define ANNING_STORE_REPORTS_H

#include "model/verdict.h"
#include "store/recordings.h"

enum an_report_state { AN_REPORT_NEW, AN_REPORT_JOINED, AN_REPORT_CASE, AN_REPORT_CLOSED, AN_REPORT_STATE_COUNT };
/* How it was said. */
enum an_report_way {
    AN_REPORT_BY_TAP,     /* web or API */
    AN_REPORT_BY_TEXT,    /* text message */
    AN_REPORT_BY_SIP,     /* the phone answered 607 */
    AN_REPORT_BY_CODE,    /* the short code was called */
    AN_REPORT_BY_NETWORK, /* an event told by the operator's own systems */
    AN_REPORT_WAY_COUNT
};
/* What happened to it. */
enum an_report_what {
    AN_REPORT_WAS_SAID,
    AN_REPORT_WAS_CHANGED,   /* the other verdict, other words */
    AN_REPORT_WAS_JOINED,    /* the call is of a campaign that is known */
    AN_REPORT_WAS_IN_CASE,   /* an authority or the operator looks into it */
    AN_REPORT_WAS_CLOSED,    /* its time is over: it has counted */
    AN_REPORT_WAS_OVERRULED, /* the caller was granted redress */
    AN_REPORT_WHAT_COUNT
};

enum { AN_REPORT_NUMBER_MAX = 24 };

struct an_report {
    int64_t id, number;
    uint16_t year;
    uint8_t way, state, category;
    bool wanted;
    uint32_t campaign;
    uint64_t time_us;
    struct an_token token;
    an_number reporter;                        /* NONE when it was read and written before there was a box for it */
    an_number caller;                          /* when it is written */
    uint8_t reporter_key[AN_NUMBER_KEY_BYTES]; /* when it was read */
    char words[AN_REPORT_WORDS_MAX + 1];
    char *proof;                   /* [own] JSON; NULL: none yet */
    struct an_recording recording; /* when it was read */
};
void an_report_done(struct an_report *report);

/* "R26-000123". */
void an_report_number(const struct an_report *report, char out[AN_REPORT_NUMBER_MAX]);
const char *an_report_state_name(enum an_report_state state);
const char *an_report_way_name(enum an_report_way way);
const char *an_report_what_zh(enum an_report_what what);
const char *an_report_what_en(enum an_report_what what);

/* Opens a transaction of its own. What was said of this call before is changed: keep_words: the words then stay where
 * report has none, the way it came stays in any case. Fills id, number, year and state. ret_fresh: there was none.
 * only_new: one that is there stays as it is. */
enum an_err an_report_say(struct an_db_session *session, const struct an_secret *secret, struct an_report *report,
                          bool only_new, bool *ret_fresh, struct an_error *error);
/* AN_ERR_NOT_FOUND. [own] ret_report: an_report_done. */
enum an_err an_report_find(struct an_db_session *session, const struct an_secret *secret, int64_t id,
                           struct an_report *ret_report, struct an_error *error);
/* Category and words of a report. AN_ERR_NOT_FOUND. */
enum an_err an_report_change(struct an_db_session *session, const struct an_secret *secret, int64_t id,
                             uint8_t category, struct an_slice words, uint64_t now_us, struct an_error *error);
/* Whether it is, or once was, in a case: what an authority may then hear. */
enum an_err an_report_in_case(struct an_db_session *session, int64_t id, bool *ret_in_case, struct an_error *error);
/* Moves it on and writes that into its history. */
enum an_err an_report_move(struct an_db_session *session, int64_t id, enum an_report_state state,
                           enum an_report_what what, uint64_t now_us, struct an_error *error);
enum an_err an_report_keep_proof(struct an_db_session *session, int64_t id, const char *json, struct an_error *error);

/* Newest first; before_us, before: of the last page's last one; 0: from the newest. reporter AN_NUMBER_NONE:
 * everybody's. The report is done after each call. */
struct an_report_list {
    an_number reporter;
    uint64_t before_us;
    int64_t before;
    size_t max;
};
typedef bool an_report_fn(void *user, const struct an_report *report);
enum an_err an_report_pages(struct an_db_session *session, const struct an_secret *secret,
                            const struct an_report_list *list, an_report_fn *row, void *user, struct an_error *error);
typedef bool an_report_event_fn(void *user, uint64_t time_us, enum an_report_state state, enum an_report_what what);
enum an_err an_report_history(struct an_db_session *session, int64_t id, an_report_event_fn *row, void *user,
                              struct an_error *error);
/* Reports against a caller since then, and by how many people. */
enum an_err an_report_against(struct an_db_session *session, const struct an_secret *secret, an_number caller,
                              uint64_t since_us, uint64_t *ret_unwanted, uint64_t *ret_wanted, struct an_error *error);
/* All of a person's; their numbers are not given again. */
enum an_err an_report_erase(struct an_db_session *session, const struct an_secret *secret, an_number reporter,
                            int64_t *ret_count, struct an_error *error);
/* Open ones older than before_us are closed, at most max at once. */
enum an_err an_report_close_old(struct an_db_session *session, uint64_t before_us, size_t max, uint64_t now_us,
                                struct an_error *error);

#endif
