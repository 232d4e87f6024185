/* Reports of the journal into cases. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine/people_inside.h"

enum { AGAIN_S = 7 * 86400 };
bool an_people_complaint_of(struct an_people *people, const struct an_journal_entry *entry,
                            const struct an_record *record, struct an_complaint *ret)
{
    const struct an_observation *obs = &record->obs;
    struct an_number_info info;
    if (record->type != AN_RECORD_OBSERVATION || obs->kind != AN_OBS_REPORT || (obs->flags & AN_OBS_WANTED) != 0 ||
        !an_number_is_e164(obs->caller))
        return false;
    an_plan_lookup(people->plan, obs->caller, &info);
    *ret = (struct an_complaint) { .source = AN_COMPLAINT_REPORT,
                                   .category = obs->category < AN_CATEGORY_COUNT ? obs->category : 0,
                                   .op = info.op,
                                   .region = info.region,
                                   .time_us = obs->time_us,
                                   .taken_us = an_clock_wall_us(),
                                   .caller = obs->caller,
                                   .callee = an_number_is_e164(obs->callee) ? obs->callee : AN_NUMBER_NONE,
                                   .token = record->token };
    (void)an_people_firm(people, obs->caller, ret->firm);
    char journal[2 * AN_CALLS_JOURNAL_ID + 1];
    sodium_bin2hex(journal, sizeof journal, people->journal, sizeof people->journal);
    snprintf(ret->theirs, sizeof ret->theirs, "%s-%u-%" PRIu64 "-%" PRIu64, journal, entry->at.worker,
             entry->at.sequence, entry->at.offset);
    return true;
}

/* Who says the same of a call twice has complained once. */
static void name_by_call(const struct an_secret *secret, struct an_complaint *c)
{
    uint8_t bytes[sizeof c->token.bytes + AN_NUMBER_KEY_BYTES], hash[AN_SECRET_HASH_BYTES];
    memcpy(bytes, c->token.bytes, sizeof c->token.bytes);
    an_secret_key_of_number(secret, c->callee, bytes + sizeof c->token.bytes);
    an_secret_hash(secret, AN_SECRET_CASE, bytes, sizeof bytes, hash);
    sodium_bin2hex(c->theirs, 33, hash, 16);
}

enum an_err an_people_complain(struct an_people *people, struct an_db_session *session, void *user,
                               struct an_error *error)
{
    struct an_complaint *c = user;
    const struct an_secret *secret = an_store_secret(people->options.store);
    struct an_seen_call call;
    enum an_err err = AN_ERR_NOT_FOUND;
    if (an_token_given(&c->token))
        err = an_call_find(session, secret, &c->token, &call, error);
    else if (c->callee != AN_NUMBER_NONE)
        err = an_call_last(session, secret, c->callee, c->caller, false, c->time_us - AGAIN_S * AN_US_PER_S, INT64_MAX,
                           &call, error);
    if (err == AN_OK) {
        c->token = call.token;
        c->campaign = call.campaign;
        memcpy(c->journal, call.place.journal, sizeof c->journal);
    } else if (err != AN_ERR_NOT_FOUND) {
        return err;
    }
    if (an_token_given(&c->token)) name_by_call(secret, c);
    if (c->callee != AN_NUMBER_NONE) {
        bool erased;
        err = an_call_erased(session, secret, c->callee, c->time_us, &erased, error);
        if (err != AN_OK) return err;
        if (erased) { /* as an_complaint_erase() leaves those that were there already */
            c->callee = AN_NUMBER_NONE;
            memset(&c->token, 0, sizeof c->token);
        }
    }
    err = an_complaints_take(session, secret, c, 1, error);
    if (err != AN_ERR_INVALID) return err;
    an_log(AN_LOG_ERROR, "people.cases", "a report joins no case: %s", error->text);
    return AN_OK; /* trying again would change nothing, and hold up what comes after it */
}
