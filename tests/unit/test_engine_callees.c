/* Subscribers' settings through the engine: the next call differs, the record decides the same again, and changes while
 * workers read are seen whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "decide/decide.h"
#include "engine/callees.h"
#include "folder.h"
#include "journal/reader.h"
#include "model/record.h"
#include "parse/event.h"
#include "settings/config.h"

#define T0 1795136400000000ull
#define ME 8613800000001ull

static struct an_engine *open_engine(const char *dir, unsigned contexts)
{
    struct an_config config;
    struct an_error error;
    struct an_engine *engine;
    assert_int_equal(an_config_defaults(&config), AN_OK);
    struct an_engine_options options = {
        .data_dir = dir, .contexts = contexts, .transactions = 4096, .settings = an_config_take_settings(&config)
    };
    options.limits = (struct an_state_limits) { .numbers = 20000, .relations = 65536 };
    options.repeatable = true;
    an_config_done(&config);
    if (an_engine_new(&options, &engine, &error) != AN_OK) fail_msg("%s", error.text);
    return engine;
}

struct asker {
    struct an_call call;
    char text[AN_EVENT_TEXT_MAX];
    struct an_vector vector;
};

static struct an_verdict ask_by(struct an_context *context, struct asker *a, uint64_t time_us, const char *from,
                                const char *to)
{
    const struct an_event_text event = {
        .kind = AN_OBS_ATTEMPT, .time_us = time_us, .from = an_slice_of(from), .to = an_slice_of(to)
    };
    if (an_event_fill(&a->call, a->text, sizeof a->text, &event) != AN_OK) abort();
    a->call.transport = AN_TRANSPORT_HTTP;
    a->vector.calls = &a->call;
    a->vector.count = 1;
    a->vector.now_us = time_us;
    an_engine_run(context, &a->vector);
    if (a->call.error != AN_OK) abort();
    return a->call.verdict;
}

static struct an_verdict ask(struct an_engine *engine, uint64_t time_us, const char *from, const char *to)
{
    static struct asker asker;
    return ask_by(an_engine_context(engine, 0), &asker, time_us, from, to);
}

static void put(struct an_engine *engine, const struct an_callee_settings *settings)
{
    struct an_error error;
    if (an_engine_put_callee(engine, settings, &error) != AN_OK) fail_msg("%s", error.text);
}

static void the_next_call_differs(void **state)
{
    (void)state;
    struct an_engine *engine = open_engine(NULL, 1);
    const struct an_callee_range range = { 86400, AN_CHOICE_BLOCK };
    const struct an_callee_region region = { 44, AN_CHOICE_LABEL };
    struct an_callee_settings mine = { .callee = ME, .version = 1, .on = true, .level = AN_CALLEE_LEVEL_SITE };
    mine.ranges = &range;
    mine.regions = &region;
    mine.range_count = mine.region_count = 1;
    assert_int_equal(ask(engine, T0, "4008111111", "13800000001").action, AN_ACTION_ALLOW);
    put(engine, &mine);
    struct an_verdict v = ask(engine, T0 + 1, "4008111111", "13800000001");
    assert_int_equal(v.action, AN_ACTION_BLOCK);
    assert_true(v.rules & AN_RULE_RANGE && v.callee_version == 1);
    assert_int_equal(ask(engine, T0 + 2, "4008111111", "13800000002").action, AN_ACTION_ALLOW);  /* nobody else's */
    assert_int_equal(ask(engine, T0 + 3, "02087654321", "13800000001").action, AN_ACTION_LABEL); /* Guangzhou */
    assert_int_equal(ask(engine, T0 + 4, "01087654321", "13800000001").action, AN_ACTION_ALLOW); /* Beijing */
    mine.version = 2;
    mine.on = false;
    put(engine, &mine);
    assert_int_equal(ask(engine, T0 + 5, "4008111111", "13800000001").action, AN_ACTION_ALLOW);
    an_engine_drop_callee(engine, ME);
    v = ask(engine, T0 + 6, "4008111111", "13800000001");
    assert_true(v.action == AN_ACTION_ALLOW && v.callee_version == 0 && v.rules >> 16 == 0);
    an_engine_drop_callee(engine, ME); /* twice does no harm */
    an_engine_free(engine);
}

static void all_at_once_and_counted(void **state)
{
    (void)state;
    struct an_engine *engine = open_engine(NULL, 1);
    struct an_callee_settings mine = { .callee = ME, .version = 1, .on = true, .level = AN_LEVEL_STRICT };
    struct an_metrics m = { 0 };
    struct an_error error;
    an_engine_metrics(engine, &m);
    assert_true(m.subscribers == 0 && m.subscriber_bytes == 0);
    put(engine, &mine);
    struct an_callees *fresh = an_callees_new(&error);
    assert_non_null(fresh);
    for (uint64_t i = 1; i <= 1000; i++) {
        mine.callee = ME + i;
        assert_int_equal(an_callees_put(fresh, &mine, &error), AN_OK);
    }
    an_engine_publish_callees(engine, fresh);
    assert_int_equal(ask(engine, T0, "02161990111", "13800000002").callee_version, 1);
    assert_int_equal(ask(engine, T0, "02161990111", "13800000001").callee_version, 0); /* not in the new table */
    mine.version = 0;
    assert_int_equal(an_engine_put_callee(engine, &mine, &error), AN_ERR_INVALID);
    assert_int_equal(ask(engine, T0, "02161990111", "13800001001").callee_version, 1); /* as it was */
    memset(&m, 0, sizeof m);
    an_engine_metrics(engine, &m);
    assert_int_equal(m.subscribers, 1000);
    assert_int_equal(m.subscriber_changes, 1);
    assert_int_equal(m.subscriber_failures, 1);
    assert_true(m.subscriber_bytes > 64000);
    an_engine_free(engine);
}

/* Settings of every sort for ten people, and calls to them from all sorts of numbers. */
static void call_around(struct an_engine *engine)
{
    static const char *const from[] = { "02087654321", "01087654321",  "4008111111", "13900000001", "95588",
                                        "13700000007", "+14155550100", "anonymous",  "99999",       "02161990111" };
    const an_number contact = 8613900000001, blocked = 8613700000007;
    const struct an_callee_hours night = { 22 * 60, 7 * 60, 127, AN_CHOICE_SCREEN };
    const struct an_callee_range range = { 86400, AN_CHOICE_BLOCK };
    const struct an_callee_region regions[] = { { 44, AN_CHOICE_BLOCK }, { 0, AN_CHOICE_LABEL } };
    for (uint32_t n = 0; n < 2000; n++) {
        uint64_t now_us = T0 + n * 120 * AN_US_PER_S;
        const struct an_callee_expecting expecting = { (uint8_t)(n % AN_EXPECTED_COUNT), now_us + 3600 * AN_US_PER_S };
        struct an_callee_settings s = { .callee = ME + n % 10, .version = n + 1, .on = n % 11 != 0 };
        char to[24];
        s.level = (uint8_t)(n % 4);
        s.contacts = &contact;
        s.contact_count = n % 2;
        s.blocked = &blocked;
        s.blocked_count = n / 2 % 2;
        s.hours = &night;
        s.hours_count = n % 3 == 0;
        s.ranges = &range;
        s.range_count = n % 5 == 0;
        s.regions = regions;
        s.region_count = n % 3;
        s.expecting = &expecting;
        s.expecting_count = n % 7 == 0;
        for (int c = AN_CATEGORY_LOAN; c < AN_CATEGORY_PERSON; c++)
            s.categories[c] = (uint8_t)((n + (unsigned)c) % AN_CHOICE_COUNT);
        if (n % 4 != 3) put(engine, &s);
        snprintf(to, sizeof to, "138000000%02u", 1 + n * 7 % 12); /* two of them have none */
        ask(engine, now_us, from[(n + n / 10) % 10], to);
    }
}

/* What the program next door says: `anning journal rejudge`, from the record alone. */
static void rejudge(const char *dir)
{
    char self[PATH_MAX], command[2 * PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(len > 0);
    self[len] = '\0';
    snprintf(command, sizeof command, "'%s/../anning' journal rejudge -d '%s' >/dev/null", dirname(self), dir);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, "'%s/../anning' journal verify -d '%s' >/dev/null", self, dir);
    assert_int_equal(system(command), 0);
}

static void a_record_decides_again(void **state)
{
    const char *dir = *state;
    struct an_engine *engine = open_engine(dir, 1);
    struct an_settings policy; /* the defaults, as the engine has them but for screening */
    assert_int_equal(an_settings_init(&policy), AN_OK);
    call_around(engine);
    an_engine_free(engine);
    const struct an_journal_filter filter = { .types = 1u << AN_RECORD_VERDICT };
    struct an_journal_reader *reader;
    struct an_journal_entry entry;
    struct an_error error;
    unsigned verdicts = 0, own = 0, seen = 0;
    assert_int_equal(an_journal_reader_open(dir, &filter, &reader, &error), AN_OK);
    while (an_journal_reader_next(reader, &entry) == AN_OK) {
        struct an_record r;
        assert_int_equal(an_record_decode(entry.type, entry.payload, entry.len, &r), AN_OK);
        const struct an_grounds grounds = an_grounds_of(&r.verdict);
        assert_int_equal(an_decide_action(&policy.policy, &grounds), r.verdict.action);
        verdicts++;
        own += r.verdict.callee_version != 0;
        seen |= r.verdict.rules;
    }
    an_journal_reader_close(reader);
    an_settings_done(&policy);
    assert_int_equal(verdicts, 2000);
    assert_true(own > 1000 && own < 2000);
    const unsigned wanted = AN_RULE_OPTED_OUT | AN_RULE_CONTACT | AN_RULE_BLOCKED | AN_RULE_EXPECTED | AN_RULE_RANGE |
                            AN_RULE_HOURS | AN_RULE_REGION | AN_RULE_CATEGORY;
    assert_int_equal(seen & wanted, wanted);
    rejudge(dir);
}

/* ---- changes while workers read ---- */

enum { PEOPLE = 40 };

struct worker {
    struct an_engine *engine;
    unsigned number;
    atomic_bool *stop;
    unsigned wrong, decided, by_own;
};

/* Odd versions have the caller among the contacts, even ones among the blocked: a record half of one and half of the
 * other would show. */
static void *judge_on(void *arg)
{
    struct worker *w = arg;
    struct asker *asker = calloc(1, sizeof *asker);
    for (uint32_t n = 0; asker != NULL && (!atomic_load(w->stop) || n < 500); n++) {
        char to[24];
        snprintf(to, sizeof to, "138000000%02u", 1 + n % PEOPLE);
        struct an_verdict v =
            ask_by(an_engine_context(w->engine, w->number), asker, T0 + n * 1000ull, "13900000001", to);
        w->decided++;
        if (v.callee_version == 0) continue;
        w->by_own++;
        unsigned rule = v.callee_version % 2 == 1 ? AN_RULE_CONTACT : AN_RULE_BLOCKED;
        enum an_action action = v.callee_version % 2 == 1 ? AN_ACTION_ALLOW : AN_ACTION_BLOCK;
        if (v.rules >> 16 != rule >> 16 || v.action != action) w->wrong++;
    }
    free(asker);
    return NULL;
}

static struct an_callee_settings of_version(uint64_t i, uint32_t version, const an_number *caller)
{
    struct an_callee_settings s = { .callee = ME + i, .version = version, .on = true, .level = AN_LEVEL_STANDARD };
    s.contacts = s.blocked = caller;
    s.contact_count = version % 2;
    s.blocked_count = 1 - version % 2;
    return s;
}

static void changes_under_readers(void **state)
{
    (void)state;
    struct an_engine *engine = open_engine(NULL, 2);
    const an_number caller = 8613900000001;
    atomic_bool stop = false;
    pthread_t threads[2];
    struct worker workers[2] = { { .engine = engine, .number = 0, .stop = &stop },
                                 { .engine = engine, .number = 1, .stop = &stop } };
    struct an_error error;
    for (int i = 0; i < 2; i++) assert_int_equal(pthread_create(&threads[i], NULL, judge_on, &workers[i]), 0);
    uint32_t version = 0;
    for (unsigned round = 0; round < 40; round++) {
        for (uint64_t i = 0; i < 100; i++) { /* over 256 changes in a round or three: reclaimed now and then */
            struct an_callee_settings s = of_version(i % PEOPLE, ++version, &caller);
            put(engine, &s);
        }
        if (round % 4 == 1) an_engine_drop_callee(engine, ME + round % PEOPLE);
        if (round % 4 == 2) /* grows under them */
            for (uint64_t i = 0; i < 400; i++) {
                struct an_callee_settings s = of_version(1000 + round * 400 + i, ++version, &caller);
                put(engine, &s);
            }
        if (round % 10 != 9) continue;
        struct an_callees *fresh = an_callees_new(&error);
        assert_non_null(fresh);
        for (uint64_t i = 0; i < PEOPLE; i++) {
            struct an_callee_settings s = of_version(i, ++version, &caller);
            assert_int_equal(an_callees_put(fresh, &s, &error), AN_OK);
        }
        an_engine_publish_callees(engine, fresh);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(workers[i].wrong, 0);
        assert_true(workers[i].decided >= 500 && workers[i].by_own > 0);
    }
    an_engine_free(engine);
}

static int make_dir(void **state)
{
    static char dir[64];
    snprintf(dir, sizeof dir, "/tmp/anning-callees-XXXXXX");
    *state = mkdtemp(dir);
    return *state == NULL ? -1 : 0;
}

static int drop_dir(void **state)
{
    return folder_drop(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_call_differs),
        cmocka_unit_test(all_at_once_and_counted),
        cmocka_unit_test_setup_teardown(a_record_decides_again, make_dir, drop_dir),
        cmocka_unit_test(changes_under_readers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
