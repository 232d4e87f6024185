/* The audit log: who did what, about whom. Layer: store. Rows are only ever added; a person's look-ups are found by
 * the key of their number, and erased only with the number itself. */
#ifndef ANNING_STORE_AUDIT_H
#define ANNING_STORE_AUDIT_H

#include "store/db.h"
#include "store/secret.h"

enum { AN_AUDIT_TEXT_MAX = 512 };

struct an_audit_entry {
    int64_t id;
    uint64_t time_us;
    int64_t account;                                /* 0: no account (machine, key, command line) */
    const char *who, *role, *act, *object, *detail; /* [borrow]; longer ones are cut to AN_AUDIT_TEXT_MAX */
    an_number number;                               /* AN_NUMBER_NONE: about nobody */
};

struct an_audit_filter {
    int64_t account;    /* 0: all */
    an_number number;   /* AN_NUMBER_NONE: all */
    uint64_t before_us; /* cursor: entries before this time, and of this time with an id below before_id; 0: newest */
    int64_t before_id;
    unsigned limit;
};

/* id and time are given by the caller; id 0: a new one. */
enum an_err an_audit_add(struct an_db_session *session, const struct an_secret *secret,
                         const struct an_audit_entry *entry, struct an_error *error);
/* Newest first. row returns false to stop; texts until it returns. */
enum an_err an_audit_list(struct an_db_session *session, const struct an_secret *secret,
                          const struct an_audit_filter *filter,
                          bool (*row)(void *user, const struct an_audit_entry *entry), void *user,
                          struct an_error *error);

#endif
