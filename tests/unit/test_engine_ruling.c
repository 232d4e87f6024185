/* Operators' labels through the engine: what they are about is found, contradictions are told, and a state rebuilt from
 * journal and snapshot is that of an uninterrupted run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "engine/ruling.h"
#include "folder.h"
#include "parse/event.h"
#include "settings/config.h"

#define T0 1795136400000000ull

static struct an_engine *open_engine(const char *dir)
{
    struct an_config config;
    struct an_error error;
    struct an_engine *engine;
    assert_int_equal(an_config_defaults(&config), AN_OK);
    struct an_engine_options options = {
        .data_dir = dir, .contexts = 1, .transactions = 4096, .settings = an_config_take_settings(&config)
    };
    options.limits = (struct an_state_limits) { .numbers = 20000, .relations = 131072, .labels = 8 };
    an_config_done(&config);
    if (an_engine_new(&options, &engine, &error) != AN_OK) fail_msg("%s", error.text);
    return engine;
}

static struct an_verdict ask(struct an_engine *engine, uint64_t time_us, const char *from, const char *to,
                             const char *trunk, unsigned kind)
{
    static struct an_call call;
    static char text[AN_EVENT_TEXT_MAX];
    struct an_event_text event = {
        .kind = kind, .time_us = time_us, .from = an_slice_of(from), .to = an_slice_of(to), .trunk = an_slice_of(trunk)
    };
    assert_int_equal(an_event_fill(&call, text, sizeof text, &event), AN_OK);
    call.transport = AN_TRANSPORT_HTTP;
    struct an_vector *vector = calloc(1, sizeof *vector);
    vector->calls = &call;
    vector->count = 1;
    vector->now_us = time_us;
    an_engine_run(an_engine_context(engine, 0), vector);
    free(vector);
    assert_int_equal(call.error, AN_OK);
    return call.verdict;
}

static struct an_ruling label(const char *number, enum an_ruling_verdict verdict)
{
    struct an_ruling l = { .time_us = T0, .until_us = T0 + 30 * 86400ull * AN_US_PER_S, .weight = 1000 };
    l.verdict = (uint8_t)verdict;
    snprintf(l.number_text, sizeof l.number_text, "%s", number);
    snprintf(l.who, sizeof l.who, "li");
    snprintf(l.why, sizeof l.why, "case 1");
    return l;
}

static uint64_t print_of(struct an_engine *engine)
{
    int fd = memfd_create("dump", 0);
    assert_int_equal(an_state_save(an_engine_state(engine), fd, NULL), AN_OK);
    size_t len = (size_t)lseek(fd, 0, SEEK_CUR);
    void *bytes = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(bytes, MAP_FAILED);
    uint64_t hash = an_hash64(bytes, len, 0);
    munmap(bytes, len);
    close(fd);
    return hash;
}

static enum an_err give(struct an_engine *engine, struct an_ruling *labels, size_t count, uint64_t now_us)
{
    struct an_error error = { "" };
    size_t index, other;
    enum an_err err = an_engine_rulings_resolve(engine, labels, count, &index, &other, &error);
    return err != AN_OK ? err : an_engine_rule(an_engine_context(engine, 0), labels, count, now_us, &error);
}

static void what_they_are_about(void **state)
{
    const char *dir = *state;
    struct an_engine *engine = open_engine(dir);
    struct an_verdict verdict = ask(engine, T0, "02161990111", "13800000001", "platform", AN_OBS_ATTEMPT);
    struct an_ruling labels[3] = { label("02161990111", AN_RULING_UNWANTED), label("", AN_RULING_UNWANTED),
                                   label("13800138000", AN_RULING_WANTED) };
    labels[1].token = verdict.token;
    snprintf(labels[2].trunk_name, sizeof labels[2].trunk_name, "platform");
    struct an_error error;
    size_t index, other;
    assert_int_equal(an_engine_rulings_resolve(engine, labels, 3, &index, &other, &error), AN_OK);
    assert_true(labels[0].number == 862161990111 && labels[0].trunk == AN_TRUNK_NONE);
    assert_true(labels[1].number == 862161990111 && labels[1].trunk != AN_TRUNK_NONE);
    assert_string_equal(labels[1].trunk_name, "platform");
    assert_true(labels[2].trunk == labels[1].trunk);
    labels[1].token.bytes[15] ^= 1;
    labels[1].number = AN_NUMBER_NONE;
    assert_int_equal(an_engine_rulings_resolve(engine, labels, 3, &index, &other, &error), AN_ERR_NOT_FOUND);
    assert_int_equal(index, 1);
    an_engine_free(engine);
}

static void contradictions(void **state)
{
    const char *dir = *state;
    struct an_engine *engine = open_engine(dir);
    struct an_ruling labels[3] = { label("02161990111", AN_RULING_UNWANTED), label("13800138000", AN_RULING_WANTED),
                                   label("+862161990111", AN_RULING_WANTED) };
    struct an_error error;
    size_t index, other;
    assert_int_equal(an_engine_rulings_resolve(engine, labels, 3, &index, &other, &error), AN_ERR_INVALID);
    assert_int_equal(index, 2);
    assert_int_equal(other, 0);
    assert_string_equal(error.text,
                        "+862161990111 is labelled wanted, and unwanted by another label of the same batch");
    labels[2] = label("+862161990111", AN_RULING_UNWANTED);
    assert_int_equal(an_engine_rulings_resolve(engine, labels, 3, &index, &other, &error), AN_OK); /* twice the same */
    labels[2].weight = 500;
    assert_int_equal(an_engine_rulings_resolve(engine, labels, 3, &index, &other, &error), AN_ERR_INVALID);
    labels[2] = label("nobody", AN_RULING_UNWANTED);
    assert_int_equal(an_engine_rulings_resolve(engine, labels, 3, &index, &other, &error), AN_ERR_INVALID);
    assert_non_null(strstr(error.text, "no telephone number"));
    an_engine_free(engine);
}

static void all_or_none(void **state)
{
    const char *dir = *state;
    struct an_engine *engine = open_engine(dir);
    struct an_ruling labels[9];
    for (int i = 0; i < 9; i++) {
        char number[24];
        snprintf(number, sizeof number, "1380013800%d", i);
        labels[i] = label(number, AN_RULING_WANTED);
    }
    assert_int_equal(give(engine, labels, 9, T0), AN_ERR_LIMIT); /* limits.labels is 8 */
    struct an_metrics metrics = { 0 };
    an_engine_metrics(engine, &metrics);
    assert_int_equal(metrics.labels[AN_RULING_WANTED], 0);
    assert_int_equal(give(engine, labels, 8, T0), AN_OK);
    memset(&metrics, 0, sizeof metrics);
    an_engine_metrics(engine, &metrics);
    assert_int_equal(metrics.labels[AN_RULING_WANTED], 8);
    assert_int_equal(give(engine, &labels[8], 1, T0), AN_ERR_LIMIT);
    an_engine_free(engine);
}

/* Calls, reports and labels; in between the process goes away without a snapshot (0), or with one (1). */
static void rebuilt(void **state)
{
    (void)state;
    uint64_t prints[3];
    for (int way = 0; way < 3; way++) {
        char dir[] = "/tmp/anning-label-XXXXXX";
        assert_non_null(mkdtemp(dir));
        struct an_engine *engine = open_engine(dir);
        struct an_error error;
        for (uint64_t i = 0; i < 300; i++) {
            uint64_t now_us = T0 + i * 60 * AN_US_PER_S;
            char to[24];
            snprintf(to, sizeof to, "1380000%04u", (unsigned)(i * 7 % 1000));
            ask(engine, now_us, "02161990111", to, "platform", AN_OBS_ATTEMPT);
            if (i % 9 == 8) ask(engine, now_us + 1, "02161990111", to, "platform", AN_OBS_REPORT);
            if (i == 100 || i == 200) {
                struct an_ruling l = label("02161990111", i == 100 ? AN_RULING_UNWANTED : AN_RULING_WANTED);
                assert_int_equal(give(engine, &l, 1, now_us + 2), AN_OK);
            }
            if (way == 0 || i != 150) continue;
            if (way == 2) assert_int_equal(an_engine_snapshot(engine, &error), AN_OK);
            an_engine_free(engine);
            engine = open_engine(dir);
        }
        prints[way] = print_of(engine);
        struct an_verdict v =
            ask(engine, T0 + 301 * 60 * AN_US_PER_S, "02161990111", "13900000000", "platform", AN_OBS_ATTEMPT);
        assert_true(v.rules & AN_RULE_LABELLED_WANTED);
        assert_int_equal(v.action, AN_ACTION_ALLOW);
        an_engine_free(engine);
        folder_drop(dir);
    }
    assert_true(prints[0] == prints[1]);
    assert_true(prints[0] == prints[2]);
}

static int begin(void **state)
{
    char *dir = strdup("/tmp/anning-label-XXXXXX");
    *state = dir;
    return dir == NULL || mkdtemp(dir) == NULL ? -1 : 0;
}

static int finish(void **state)
{
    folder_drop(*state);
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_they_are_about, begin, finish),
        cmocka_unit_test_setup_teardown(contradictions, begin, finish),
        cmocka_unit_test_setup_teardown(all_or_none, begin, finish),
        cmocka_unit_test(rebuilt),
    };
    return cmocka_run_group_tests_name("labels", tests, NULL, NULL);
}
