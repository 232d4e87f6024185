/* What the files of engine/people share. Layer: engine; not for others. */
#ifndef ANNING_ENGINE_PEOPLE_INSIDE_H
#define ANNING_ENGINE_PEOPLE_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "engine/people.h"
#include "enrich/plan.h"
#include "journal/reader.h"
#include "model/record.h"
#include "parse/event.h"
#include "store/cases.h"

enum { AN_PEOPLE_BATCH = 256, AN_PEOPLE_TOLD = 1024, AN_PEOPLE_STREAMS = AN_ENGINE_CONTEXTS_MAX };

struct an_lookup; /* people_lookup.c */

struct an_people {
    struct an_people_options options;
    char *data_dir; /* [own] NULL: no journal */
    pthread_t changes_thread, follow_thread;
    bool changes_run, follow_run;
    atomic_bool stopping;
    pthread_mutex_t lock; /* filled, filling; told */
    bool filled, filling;
    int64_t change, ruling_change; /* of the changes' thread: all up to it are in force */
    pthread_mutex_t context_lock;  /* options.context: both threads speak to the engine by it */
    /* tokens of reports that others write down themselves: a ring */
    struct an_token told[AN_PEOPLE_TOLD];
    unsigned told_next;
    /* of the follower's thread */
    struct an_plan *plan;                            /* [own] */
    an_number short_code;                            /* of the settings in force */
    struct an_journal_reader *reader;                /* [own] */
    uint8_t journal[AN_CALLS_JOURNAL_ID];            /* which one */
    struct an_journal_place kept[AN_PEOPLE_STREAMS]; /* as the store has it */
    size_t kept_count;
    struct an_seen_call *batch; /* [own] AN_PEOPLE_BATCH of them */
    size_t batch_count;
    struct an_vector *vector;       /* [own] of reports for the engine, one call */
    struct an_call *call;           /* [own] */
    struct an_complaint *complaint; /* [own] */
    struct an_lookup *lookup;       /* [own] */
    _Atomic uint64_t calls, reports, store_errors, lag_us, redress_waiting, redress_overdue;
};

/* Sleeps, but for no longer than until it is stopped. */
void an_people_pause(struct an_people *people, unsigned ms);
/* The follower's thread. */
void *an_people_follow(void *user);
/* Labels that other servers decided, into force; one of this journal, to the others. */
enum an_err an_people_read_rulings(struct an_people *people, struct an_db_session *session, struct an_error *error);
enum an_err an_people_keep_ruling(struct an_people *people, struct an_db_session *session, void *ruling,
                                  struct an_error *error);
/* A record that is somebody's complaint; and into its case, with the call it is of. */
bool an_people_complaint_of(struct an_people *people, const struct an_journal_entry *entry,
                            const struct an_record *record, struct an_complaint *ret);
enum an_err an_people_complain(struct an_people *people, struct an_db_session *session, void *complaint,
                               struct an_error *error);
/* Callers of the last days, from the store. */
void an_people_lookup_fill(struct an_people *people, struct an_db_session *session);
struct an_lookup *an_lookup_new(void);
void an_lookup_free(struct an_lookup *lookup);

#endif
