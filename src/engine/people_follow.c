/* The journal into the store: calls people may look at, and reports that come in by other ways than the API. */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "engine/people_inside.h"
#include "model/record.h"

enum { IDLE_MS = 20, RETRY_MS = 1000, AGAIN_S = 7 * 86400, SIP_S = 600, SLACK_S = 60, TURN = 1024, SETTLE_S = 3600 };

/* ---- what a record is to people ---- */

static bool is_on(const struct an_verdict *verdict)
{
    return verdict->callee_version != 0 && (verdict->rules & AN_RULE_OPTED_OUT) == 0;
}

static bool is_seen(const struct an_record *record)
{
    if (record->type != AN_RECORD_VERDICT || !an_number_is_e164(record->obs.callee)) return false;
    return record->verdict.action != AN_ACTION_ALLOW || is_on(&record->verdict);
}

static void call_of(const struct an_people *people, const struct an_journal_entry *entry,
                    const struct an_record *record, struct an_seen_call *ret)
{
    struct an_number_info info;
    const struct an_verdict *v = &record->verdict;
    *ret = (struct an_seen_call) {
        .token = record->token,
        .caller = record->obs.caller,
        .callee = record->obs.callee,
        .time_us = record->obs.time_us,
        .action = v->action,
        .category = v->category,
        .op = record->obs.caller_operator,
        .probability = v->probability,
        .rules = v->rules,
        .chosen = v->chosen,
        .campaign = v->campaign,
        .symbol_count = v->symbol_count < AN_VERDICT_SYMBOLS_MAX ? v->symbol_count : AN_VERDICT_SYMBOLS_MAX,
        .cause_count = v->cause_count < AN_VERDICT_CAUSES_MAX ? v->cause_count : AN_VERDICT_CAUSES_MAX,
        .place = { .worker = entry->at.worker, .segment = entry->at.sequence, .offset = entry->at.offset },
    };
    an_plan_lookup(people->plan, record->obs.caller, &info);
    ret->region = info.region;
    an_slice_copy(record->text.display, ret->display, sizeof ret->display);
    memcpy(ret->symbols, v->symbols, sizeof ret->symbols);
    memcpy(ret->causes, v->causes, sizeof ret->causes);
    memcpy(ret->place.journal, people->journal, sizeof ret->place.journal);
}

enum an_err an_people_find_call(struct an_people *people, const struct an_token *token, struct an_seen_call *ret_call)
{
    uint8_t payload[AN_RECORD_VERDICT_MAX];
    struct an_journal_entry entry;
    struct an_record record;
    if (people->data_dir == NULL) return AN_ERR_NOT_FOUND;
    enum an_err err = an_journal_find_verdict(people->data_dir, token, payload, &entry, &record);
    if (err != AN_OK) return err == AN_ERR_NOT_FOUND ? err : AN_ERR_IO;
    call_of(people, &entry, &record, ret_call);
    return AN_OK;
}

bool an_people_owns(const struct an_people *people, const struct an_journal_place *place)
{
    static const uint8_t none[AN_CALLS_JOURNAL_ID];
    return memcmp(place->journal, people->journal, sizeof none) == 0 && memcmp(place->journal, none, sizeof none) != 0;
}

/* ---- into the store ---- */

/* Where each stream stands now, if that is news. */
static enum an_err keep_places(struct an_people *people, struct an_db_session *session, struct an_error *error)
{
    for (unsigned worker = 0; worker < AN_PEOPLE_STREAMS; worker++) {
        struct an_journal_position at;
        if (an_journal_reader_position(people->reader, worker, &at) != AN_OK || at.sequence == 0) continue;
        struct an_journal_place *kept = NULL;
        for (size_t i = 0; i < people->kept_count; i++)
            if (people->kept[i].worker == worker) kept = &people->kept[i];
        if (kept == NULL) {
            kept = &people->kept[people->kept_count++];
            *kept = (struct an_journal_place) { .worker = worker };
            memcpy(kept->journal, people->journal, sizeof kept->journal);
        }
        if (kept->segment == at.sequence && kept->offset == at.offset) continue;
        struct an_journal_place place = *kept;
        place.segment = at.sequence;
        place.offset = at.offset;
        enum an_err err = an_followed_put(session, &place, error);
        if (err != AN_OK) return err;
        *kept = place;
    }
    return AN_OK;
}

/* One transaction: the batch, and with places how far was read. On failure nothing is kept; kept[] is read again. */
static enum an_err write_batch(struct an_people *people, struct an_db_session *session, bool places,
                               struct an_error *error)
{
    enum an_err err = an_db_begin(session, error);
    if (err != AN_OK) return err;
    for (size_t i = 0; i < people->batch_count && err == AN_OK; i++)
        err = an_call_add(session, an_store_secret(people->options.store), &people->batch[i], error);
    if (err == AN_OK && people->batch_count > 0)
        err = an_call_settle(session, an_clock_wall_us() - SETTLE_S * AN_US_PER_S, error);
    if (err == AN_OK && places) err = keep_places(people, session, error);
    return an_store_end(session, err, error);
}

/* A turn at the store that is tried until it works or everything stops. */
static void must(struct an_people *people,
                 enum an_err (*what)(struct an_people *, struct an_db_session *, void *, struct an_error *), void *user)
{
    bool failing = false;
    while (!atomic_load(&people->stopping)) {
        struct an_error error = { "" };
        struct an_db_session *session;
        enum an_err err = an_store_take(people->options.store, &session, &error);
        if (err == AN_OK) {
            err = what(people, session, user, &error);
            an_db_give(session);
        }
        if (err == AN_OK) return;
        atomic_fetch_add(&people->store_errors, 1);
        const bool opened =
            an_store_db(people->options.store) != NULL; /* until then its own thread says what is wrong */
        if (opened && !failing)
            an_log(AN_LOG_WARN, "people.follow", "calls can't be written to the store now: %s", error.text);
        failing = opened;
        people->kept_count = 0; /* written again, all of them */
        an_people_pause(people, RETRY_MS);
    }
}

static enum an_err do_batch(struct an_people *people, struct an_db_session *session, void *user, struct an_error *error)
{
    return write_batch(people, session, *(const bool *)user, error);
}

static void flush(struct an_people *people, bool places)
{
    if (people->batch_count == 0 && !places) return;
    must(people, do_batch, &places);
    if (atomic_load(&people->stopping)) return; /* perhaps not written: then it is read again */
    atomic_fetch_add(&people->calls, people->batch_count);
    for (size_t i = 0; i < people->batch_count; i++)
        an_people_lookup_note(people, people->batch[i].caller, &people->batch[i]);
    people->batch_count = 0;
}

/* ---- reports ---- */

/* A person's word that did not come by the API. */
struct said {
    an_number reporter, caller; /* caller NONE: whoever called last */
    struct an_token token;
    bool known; /* the token is */
    bool wanted;
    bool learned; /* the engine knows it already */
    uint8_t way, category;
    uint64_t time_us;
    uint32_t within_s; /* the call was at most so long before */
    uint32_t slack_s;  /* or so long after: who told it has a clock of his own */
};

static bool told_by_api(struct an_people *people, const struct an_token *token)
{
    bool told = false;
    pthread_mutex_lock(&people->lock);
    for (size_t i = 0; i < AN_PEOPLE_TOLD && !told; i++) told = memcmp(&people->told[i], token, sizeof *token) == 0;
    pthread_mutex_unlock(&people->lock);
    return told;
}

/* Tells the engine, as POST /v1/events does. */
static void learn(struct an_people *people, const struct said *said, const struct an_seen_call *call)
{
    char from[AN_NUMBER_TEXT_MAX], to[AN_NUMBER_TEXT_MAX], text[AN_EVENT_TEXT_MAX];
    if (people->options.context == NULL) return;
    struct an_event_text event = {
        .kind = AN_OBS_REPORT,
        .time_us = said->time_us,
        .to = { to, an_number_text(said->reporter, to) },
        .category = (enum an_category)said->category,
        .wanted = said->wanted,
        .token = call->token,
    };
    if (an_number_is_e164(call->caller)) event.from = (struct an_slice) { from, an_number_text(call->caller, from) };
    if (an_event_fill(people->call, text, sizeof text, &event) != AN_OK) return;
    people->call->transport = AN_TRANSPORT_HTTP;
    people->vector->count = 1;
    people->vector->calls = people->call;
    people->vector->now_us = an_clock_wall_us();
    pthread_mutex_lock(&people->context_lock);
    an_engine_run(people->options.context, people->vector);
    pthread_mutex_unlock(&people->context_lock);
}

static bool is_subscriber(struct an_people *people, struct an_db_session *session, an_number number, bool *ret_on,
                          struct an_error *error)
{
    struct an_subscriber_row row;
    enum an_err err = an_subscriber_find(session, an_store_secret(people->options.store), number, &row, error);
    *ret_on = err == AN_OK && row.state == AN_SUBSCRIBER_ON;
    if (err == AN_OK) an_subscriber_row_done(&row);
    return err == AN_OK || err == AN_ERR_NOT_FOUND;
}

static enum an_err find_call(struct an_people *people, struct an_db_session *session, const struct said *said,
                             struct an_seen_call *ret_call, struct an_error *error)
{
    const struct an_secret *secret = an_store_secret(people->options.store);
    uint64_t within_us = said->within_s * AN_US_PER_S;
    uint64_t since_us = said->time_us > within_us ? said->time_us - within_us : 0;
    if (!said->known)
        return an_call_last(session, secret, said->reporter, said->caller, false, since_us,
                            said->time_us + said->slack_s * AN_US_PER_S, ret_call, error);
    enum an_err err = an_call_find(session, secret, &said->token, ret_call, error);
    uint8_t key[AN_NUMBER_KEY_BYTES];
    an_secret_key_of_number(secret, said->reporter, key);
    if (err == AN_OK && memcmp(key, ret_call->callee_key, sizeof key) != 0) return AN_ERR_NOT_FOUND;
    return err;
}

static enum an_err do_report(struct an_people *people, struct an_db_session *session, void *user,
                             struct an_error *error)
{
    const struct said *said = user;
    struct an_seen_call call;
    bool on = false, fresh = false;
    if (!is_subscriber(people, session, said->reporter, &on, error)) return AN_ERR_IO;
    if (!on) return AN_OK; /* who is not with us has no reports here; the engine knows what the network told it */
    enum an_err err = find_call(people, session, said, &call, error);
    if (err == AN_ERR_NOT_FOUND || (err == AN_OK && call.report != 0)) return AN_OK;
    if (err != AN_OK) return err;
    if (told_by_api(people, &call.token)) return AN_OK;
    if (!said->learned) { /* before it is written: after a crash in between it is read, and told, again */
        an_people_reporting(people, &call.token);
        learn(people, said, &call);
    }
    struct an_report report = {
        .way = said->way,
        .category = said->category,
        .wanted = said->wanted,
        .campaign = call.campaign,
        .time_us = said->time_us,
        .token = call.token,
        .reporter = said->reporter,
        .caller = call.caller,
    };
    err = an_report_say(session, an_store_secret(people->options.store), &report, true, &fresh, error);
    if (err == AN_OK && fresh) atomic_fetch_add(&people->reports, 1);
    return err;
}

/* What the record says in somebody's name; false: nothing. */
static bool said_of(const struct an_people *people, const struct an_record *record, struct said *ret)
{
    const struct an_observation *obs = &record->obs;
    *ret =
        (struct said) { .reporter = obs->callee, .caller = obs->caller, .time_us = obs->time_us, .slack_s = SLACK_S };
    if (obs->kind == AN_OBS_ATTEMPT) { /* asked, or only seen: the proxy may play the announcement by itself */
        if (people->short_code == AN_NUMBER_NONE || obs->callee != people->short_code) return false;
        if ((obs->flags & AN_OBS_SUBSCRIBER) == 0) return false; /* anybody can show a number elsewhere */
        if (record->type == AN_RECORD_VERDICT) ret->slack_s = 0;
        ret->reporter = obs->caller;
        ret->caller = AN_NUMBER_NONE;
        ret->way = AN_REPORT_BY_CODE;
        ret->within_s = people->options.short_code_s;
        return an_number_is_e164(ret->reporter);
    }
    if (!an_number_is_e164(obs->callee)) return false;
    if (obs->kind == AN_OBS_REPORT) {
        ret->token = record->token;
        ret->known = an_token_given(&record->token);
        ret->way = AN_REPORT_BY_NETWORK;
        ret->wanted = (obs->flags & AN_OBS_WANTED) != 0;
        ret->category = obs->category;
        ret->learned = true;
        ret->within_s = AGAIN_S;
        return ret->known || an_number_is_e164(obs->caller);
    }
    bool refused = obs->kind == AN_OBS_END && (obs->flags & AN_OBS_REFUSAL) != 0 && obs->outcome == AN_OUTCOME_REFUSED;
    if (!refused || obs->action == AN_ACTION_SCREEN || obs->action == AN_ACTION_BLOCK) return false; /* our own 607 */
    ret->way = AN_REPORT_BY_SIP;
    ret->within_s = SIP_S;
    return an_number_is_e164(obs->caller);
}

/* ---- the thread ---- */

static void take(struct an_people *people, const struct an_journal_entry *entry)
{
    struct an_record record;
    struct said said;
    if (an_record_decode(entry->type, entry->payload, entry->len, &record) != AN_OK) return;
    if (record.type == AN_RECORD_LABEL) { /* mostly in the store already (an_people_ruled) */
        struct an_ruling ruling;
        an_ruling_of_record(&record, entry->time_us, &ruling);
        if (!ruling.shared && ruling.until_us > an_clock_wall_us()) must(people, an_people_keep_ruling, &ruling);
        return;
    }
    if (is_seen(&record)) {
        call_of(people, entry, &record, &people->batch[people->batch_count++]);
        if (people->batch_count == AN_PEOPLE_BATCH) flush(people, true);
    }
    bool complaint = an_people_complaint_of(people, entry, &record, people->complaint);
    bool report = said_of(people, &record, &said);
    if (!complaint && !report) return;
    flush(people, false); /* the call it is about may be among them; its place is kept once it is written down */
    if (report) must(people, do_report, &said);
    if (complaint) must(people, an_people_complain, people->complaint);
}

/* Reads until there is nothing new, at most some; then writes down what there is. */
static void read_on(struct an_people *people)
{
    struct an_journal_entry entry;
    struct an_act_settings act;
    uint64_t last_us = 0;
    enum an_err err = AN_OK;
    bool news = false;
    an_engine_act(people->options.engine, &act);
    people->short_code = act.short_code;
    for (int i = 0; i < TURN && err != AN_ERR_END && err != AN_ERR_IO && !atomic_load(&people->stopping); i++) {
        err = an_journal_reader_next(people->reader, &entry);
        if (err != AN_OK) continue;
        news = true;
        last_us = entry.time_us;
        take(people, &entry);
    }
    if (news && !atomic_load(&people->stopping)) flush(people, true);
    uint64_t now_us = an_clock_wall_us();
    bool behind = err != AN_ERR_END && last_us != 0 && last_us < now_us;
    atomic_store(&people->lag_us, behind ? now_us - last_us : 0);
    if (err != AN_ERR_END && err != AN_ERR_IO) return;
    if (people->options.context != NULL) {
        pthread_mutex_lock(&people->context_lock);
        an_engine_tick(people->options.context); /* its own stream's chain */
        pthread_mutex_unlock(&people->context_lock);
    }
    an_people_pause(people, IDLE_MS);
}

bool an_people_journal_id(const char *data_dir, uint8_t ret_id[AN_CALLS_JOURNAL_ID])
{
    char path[4096];
    uint8_t key[64];
    snprintf(path, sizeof path, "%s/site.key", data_dir);
    int fd = an_fd_open_file(path);
    ssize_t got = fd < 0 ? -1 : read(fd, key, sizeof key);
    if (fd >= 0) close(fd);
    if (got <= 0) return false;
    uint8_t hash[32];
    crypto_generichash(hash, sizeof hash, key, (size_t)got, NULL, 0);
    memcpy(ret_id, hash, AN_CALLS_JOURNAL_ID);
    return true;
}

static enum an_err do_places(struct an_people *people, struct an_db_session *session, void *user,
                             struct an_error *error)
{
    (void)user;
    return an_followed_get(session, people->journal, people->kept, AN_PEOPLE_STREAMS, &people->kept_count, error);
}

/* Where the store says that it ends; what was never followed begins with the days that are kept. */
static bool open_reader(struct an_people *people)
{
    struct an_journal_position from[AN_PEOPLE_STREAMS];
    struct an_error error;
    must(people, do_places, NULL);
    for (size_t i = 0; i < people->kept_count; i++)
        from[i] =
            (struct an_journal_position) { people->kept[i].worker, 0, people->kept[i].segment, people->kept[i].offset };
    uint64_t now_us = an_clock_wall_us(), kept_us = people->options.calls_days * 86400ull * AN_US_PER_S;
    const struct an_journal_filter filter = {
        .types = 1u << AN_RECORD_VERDICT | 1u << AN_RECORD_OBSERVATION | 1u << AN_RECORD_LABEL,
        .since_us = people->kept_count == 0 && now_us > kept_us ? now_us - kept_us : 0,
        .from = from,
        .from_count = people->kept_count,
        .follow = true,
    };
    return an_journal_reader_open(people->data_dir, &filter, &people->reader, &error) == AN_OK;
}

void *an_people_follow(void *user)
{
    struct an_people *people = user;
    pthread_setname_np(pthread_self(), "an-follow"); /* as urgent as a worker: it learns, with locks workers want */
    bool known = false;
    while (!atomic_load(&people->stopping)) {
        if (people->reader != NULL)
            read_on(people);
        else if ((!known && !(known = an_people_journal_id(people->data_dir, people->journal))) || !open_reader(people))
            an_people_pause(people, RETRY_MS);
    }
    return NULL;
}
