/* The people's side of the engine: their settings into the door, the journal's calls into the store. Layer: engine.
 *
 * Two threads. One reads what subscribers changed, here or by another Anning on the same database, five times a second
 * (store/subscribers.h says why it misses none), tidies up, and counts who waits for redress. The other follows the
 * journal as it grows and writes the calls people may look at into the store, many in a transaction with its place in
 * the journal, so that a crash neither loses nor doubles one. What people say by SIP 607, by the short code or by
 * events of the network becomes a report on the way.
 *
 * The hot path never comes here. Where the store is away both wait and calls go on as they were set. */
#ifndef ANNING_ENGINE_PEOPLE_H
#define ANNING_ENGINE_PEOPLE_H

#include "case/subscriber.h"
#include "engine/engine.h"
#include "model/ruling.h"
#include "store/calls.h"
#include "store/reports.h"
#include "store/store.h"
#include "store/subscribers.h"

struct an_people;

struct an_people_options {
    struct an_engine *engine;   /* [borrow] */
    struct an_context *context; /* [borrow] of its own: reports are told to the engine by it; NULL: none are */
    struct an_store *store;     /* [borrow] */
    const char *data_dir;       /* [borrow] whose journal is followed; NULL: none */
    unsigned calls_days;        /* how long calls are kept in the store */
    unsigned report_days;       /* after so long an open report is closed */
    unsigned recording_days;    /* recordings are kept; 0: no end */
    unsigned short_code_s;      /* for so long after a call the short code (act.short_code) reports it */
    unsigned sweep_ms;          /* between turns of tidying; 0: a minute */
};

enum an_err an_people_start(const struct an_people_options *options, struct an_people **ret_people,
                            struct an_error *error);
/* No context may run but its own. NULL is taken. */
void an_people_stop(struct an_people *people);
/* Waits until everybody's settings are in force: at most ms for the store to answer, and at most reading_ms for it to
 * be read once it does. Whether they are. */
bool an_people_wait(struct an_people *people, unsigned ms, unsigned reading_ms);

/* After a change was written to the store: it is in force when this returns. subscriber NULL: erased. */
void an_people_changed(struct an_people *people, an_number number, uint32_t version,
                       const struct an_subscriber *subscriber);
/* After labels were taken in here (engine/ruling.h): other servers on the database read them within 200 ms. Where the
 * store is away the follower hands them on later, out of the journal. */
void an_people_ruled(struct an_people *people, const struct an_ruling *labels, size_t count);
/* Before the engine is told of a report that will be written to the store by the caller: the follower leaves it alone.
 */
void an_people_reporting(struct an_people *people, const struct an_token *token);

/* A call straight out of this door's journal, callee included: for one that is not in the store, or not yet. AN_OK,
 * AN_ERR_NOT_FOUND, AN_ERR_IO. */
enum an_err an_people_find_call(struct an_people *people, const struct an_token *token, struct an_seen_call *ret_call);
/* Tells journals of several doors on one database apart: by the site's key, which no two have. False: there is none. */
bool an_people_journal_id(const char *data_dir, uint8_t ret_id[AN_CALLS_JOURNAL_ID]);
/* Where a call's record stands, if it is in this door's journal. */
bool an_people_owns(const struct an_people *people, const struct an_journal_place *place);
/* What a person's report does at least to that caller's next calls. */
enum an_reported an_people_reported(struct an_people *people);
/* Costs and switches in force. */
void an_people_policy(struct an_people *people, struct an_policy *ret_policy);
/* The registered firm of a number; false: none. */
bool an_people_firm(struct an_people *people, an_number number, char ret_name[AN_FIRM_NAME_MAX + 1]);

/* A look-up for handset apps: SHA-256 of the number in E.164 ("+86..."), of which the asker gives the first digits, so
 * that he learns of many numbers and nobody learns which one he means. Only callers that the score itself spoke
 * against, three times or more within 30 days: what single people set or said is not told. */
enum { AN_LOOKUP_HASH = 16, AN_LOOKUP_PREFIX_MIN = 4, AN_LOOKUP_PREFIX_MAX = 8 };
struct an_lookup_entry {
    uint8_t hash[AN_LOOKUP_HASH]; /* the first bytes of it */
    uint32_t last_s;              /* seconds since 1970 */
    uint16_t count;
    uint8_t action;   /* enum an_action, of the last call */
    uint8_t category; /* enum an_category */
};
/* Entries under a prefix of so many hex digits; returns how many, at most max. */
size_t an_people_lookup(struct an_people *people, const char *prefix, unsigned digits, uint64_t now_us,
                        struct an_lookup_entry *ret, size_t max);
/* A call of the caller's was touched. */
void an_people_lookup_note(struct an_people *people, an_number caller, const struct an_seen_call *call);
/* Redress was granted. */
void an_people_forget(struct an_people *people, an_number caller);

struct an_people_stats {
    uint64_t calls, reports, store_errors; /* since the start: written; turns that failed */
    uint64_t lag_us;                       /* now: how old what is read is, when there is more */
    uint64_t redress_waiting, redress_overdue;
    uint64_t lookups;
};
void an_people_stats(struct an_people *people, struct an_people_stats *ret_stats);

#endif
