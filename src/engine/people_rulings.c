/* Operators' labels over all servers on one database: what was decided here goes out, what others decided comes in. */
#include "base/clock.h"
#include "base/log.h"
#include "engine/people_inside.h"
#include "engine/ruling.h"
#include "store/rulings.h"

enum { PAGE = 500 };

void an_people_ruled(struct an_people *people, const struct an_ruling *labels, size_t count)
{
    struct an_db_session *session;
    struct an_error error = { "" };
    enum an_err err = an_store_take(people->options.store, &session, &error);
    if (err == AN_OK) {
        err = an_rulings_put(session, an_store_secret(people->options.store), labels, count, false, &error);
        an_db_give(session);
    }
    if (err != AN_OK)
        an_log(AN_LOG_WARN, "labels", "%s; other servers hear of the label once the store is back", error.text);
}

enum an_err an_people_keep_ruling(struct an_people *people, struct an_db_session *session, void *ruling,
                                  struct an_error *error)
{
    enum an_err err = an_rulings_put(session, an_store_secret(people->options.store), ruling, 1, true, error);
    if (err != AN_ERR_INVALID) return err;
    an_log(AN_LOG_ERROR, "labels", "other servers never hear of a label: %s", error->text);
    return AN_OK; /* trying again would change nothing, and hold up what comes after it */
}

struct following {
    struct an_people *people;
    uint64_t now_us;
    int64_t before; /* where the page began */
    unsigned applied;
    bool stuck;
};

static bool apply(void *user, int64_t change, const struct an_ruling *row)
{
    struct following *f = user;
    struct an_people *people = f->people;
    struct an_ruling label = *row;
    struct an_error error = { "" };
    label.time_us = f->now_us;
    bool over = label.until_us <= f->now_us && label.verdict != AN_RULING_WITHDRAWN;
    if (!over && !an_state_rules_so(an_engine_state(people->options.engine), &label)) {
        pthread_mutex_lock(&people->context_lock);
        enum an_err err = an_engine_rule(people->options.context, &label, 1, f->now_us, &error);
        pthread_mutex_unlock(&people->context_lock);
        f->stuck = err == AN_ERR_IO; /* the journal is away: once more in the next turn */
        if (err != AN_OK) an_log(AN_LOG_WARN, "labels", "another server's label is not in force: %s", error.text);
        if (f->stuck) return false;
        f->applied += err == AN_OK;
        if (label.verdict == AN_RULING_WANTED) an_people_forget(people, label.number);
    }
    people->ruling_change = change;
    return !atomic_load(&people->stopping);
}

enum an_err an_people_read_rulings(struct an_people *people, struct an_db_session *session, struct an_error *error)
{
    struct following f = { .people = people };
    enum an_err err;
    if (people->options.context == NULL) return AN_OK;
    do {
        f.now_us = an_clock_wall_us();
        f.before = people->ruling_change;
        err = an_rulings_since(session, an_store_secret(people->options.store), f.before, PAGE, apply, &f, error);
    } while (err == AN_OK && !f.stuck && people->ruling_change != f.before && !atomic_load(&people->stopping));
    if (f.applied > 0) an_log(AN_LOG_INFO, "labels", "%u of other servers taken in", f.applied);
    return err;
}
