/* libanning: what is learned, kept, shared and set. Linked with the shared library only. */
#include "lib_help.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static char folder[] = "/tmp/anning-lib-XXXXXX";
static char data[64], config[64];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) return -1;
    snprintf(data, sizeof data, "%s/data", folder);
    snprintf(config, sizeof config, "%s/anning.yaml", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void write_config(const char *text)
{
    FILE *out = fopen(config, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static void tell(struct anning_context *context, struct anning_event event)
{
    event.size = sizeof event;
    assert_int_equal(anning_event(context, &event, 1), ANNING_OK);
}

static void number_of_person(int i, char to[24])
{
    snprintf(to, 24, "1380013%04d", 3000 + i * 7);
}

/* Two days of ordinary life: each calls the next one now and then. A word of theirs counts for others then. */
static void live(struct anning_context *context, int people)
{
    for (int n = 0; n < 4 * people; n++) {
        char from[24], to[24], id[32];
        number_of_person(n % people, from);
        number_of_person((n + 1) % people, to);
        snprintf(id, sizeof id, "life-%d", n);
        uint64_t t = T0 - (uint64_t)(4 * people - n) * (uint64_t)(12 * 3600 / people) * S;
        struct anning_call call = {
            .size = sizeof call, .time_us = t, .from = from, .to = to, .call_id = id, .trunk = "south"
        };
        struct anning_verdict v = { .size = sizeof v };
        assert_int_equal(anning_decide(context, &call, 1, &v), ANNING_OK);
    }
}

/* Calls people of one block, who hang up on it; every sixth reports it. */
static void bother(struct anning_context *context, const char *from, int people, bool reported)
{
    for (int i = 0; i < people; i++) {
        char to[24], id[32];
        uint64_t t = T0 + (uint64_t)i * 20 * S;
        number_of_person(i, to);
        snprintf(id, sizeof id, "%s-%d", from, i);
        struct anning_call call = {
            .size = sizeof call, .time_us = t, .from = from, .to = to, .call_id = id, .trunk = "north"
        };
        struct anning_verdict v = { .size = sizeof v };
        assert_int_equal(anning_decide(context, &call, 1, &v), ANNING_OK);
        tell(context, (struct anning_event) {
                          .kind = ANNING_EVENT_ANSWER, .call_id = id, .time_us = t + 5 * S, .ring_ms = 5000 });
        tell(context, (struct anning_event) { .kind = ANNING_EVENT_END,
                                              .outcome = ANNING_OUTCOME_ANSWERED,
                                              .call_id = id,
                                              .time_us = t + 8 * S,
                                              .ring_ms = 5000,
                                              .talk_ms = 3000 });
        if (reported && i % 6 == 5)
            tell(context, (struct anning_event) { .kind = ANNING_EVENT_REPORT,
                                                  .from = from,
                                                  .to = to,
                                                  .token = v.token,
                                                  .category = ANNING_CATEGORY_LOAN,
                                                  .time_us = t + 15 * S });
    }
}

static void events_change_later_verdicts(void **state)
{
    (void)state;
    struct anning *door = door_open(NULL, 1);
    struct anning_context *context = anning_context(door, 0);
    live(context, 30);
    bother(context, "02160000001", 30, false);
    bother(context, "02260000002", 30, true);
    struct anning_verdict quiet = ask(context, "02160000001", "13900139000", T0 + 700 * S);
    struct anning_verdict reported = ask(context, "02260000002", "13900139000", T0 + 700 * S);
    assert_true(reported.probability > quiet.probability);
    assert_true(reported.action > ANNING_ALLOW);
    struct anning_metrics m = { .size = sizeof m };
    anning_metrics(door, &m);
    assert_int_equal(m.answers, 60);
    assert_int_equal(m.ends, 60);
    assert_int_equal(m.reports, 5);
    /* whom the callee called is let through */
    struct anning_verdict call_back = ask(context, "13900139000", "02260000002", T0 + 800 * S);
    assert_int_equal(call_back.error, ANNING_OK);
    struct anning_verdict known = ask(context, "02260000002", "13900139000", T0 + 900 * S);
    assert_true(known.rules & ANNING_RULE_RELATION);
    assert_int_equal(known.action, ANNING_ALLOW);
    /* until he tells it to stop */
    tell(context, (struct anning_event) { .kind = ANNING_EVENT_REPORT,
                                          .from = "02260000002",
                                          .to = "13900139000",
                                          .trunk = "north",
                                          .refusal = 1,
                                          .time_us = T0 + 950 * S });
    known = ask(context, "02260000002", "13900139000", T0 + 960 * S);
    assert_true(known.rules & ANNING_RULE_CALLEE_DENIES);
    assert_int_equal(known.action, ANNING_BLOCK);
    anning_close(door);
}

static void wrong_events(void **state)
{
    (void)state;
    struct anning *door = door_open(NULL, 1);
    struct anning_context *context = anning_context(door, 0);
    struct anning_event good = { .size = sizeof good, .kind = ANNING_EVENT_END, .call_id = "a", .time_us = T0 };
    struct anning_event events[4] = { good, good, good, good };
    events[1].kind = 9;
    events[2].time_us = 0;
    assert_int_equal(anning_event(context, events, 4), ANNING_ERR_INVALID);
    events[0].call_id = NULL;
    assert_int_equal(anning_event(context, events, 1), ANNING_ERR_INVALID);
    events[0] = (struct anning_event) {
        .size = sizeof good, .kind = ANNING_EVENT_REPORT, .from = "1", .to = "2", .time_us = T0, .token = "!"
    };
    assert_int_equal(anning_event(context, events, 1), ANNING_ERR_MALFORMED);
    events[0].token = NULL;
    events[0].category = 13;
    assert_int_equal(anning_event(context, events, 1), ANNING_ERR_INVALID);
    assert_int_equal(anning_event(context, NULL, 1), ANNING_ERR_INVALID);
    assert_int_equal(anning_event(NULL, &good, 1), ANNING_ERR_INVALID);
    good.size = offsetof(struct anning_event, talk_ms) + sizeof good.talk_ms; /* the first version */
    assert_int_equal(anning_event(context, &good, 1), ANNING_OK);
    good.size--;
    assert_int_equal(anning_event(context, &good, 1), ANNING_ERR_INVALID);
    events[0].category = 0;
    events[0].wanted = events[0].refusal = 1;
    assert_int_equal(anning_event(context, events, 1), ANNING_ERR_INVALID);
    anning_close(door);
}

static void calls_seen_are_learned_from(void **state)
{
    (void)state;
    struct anning *door = door_open(NULL, 1);
    struct anning_context *context = anning_context(door, 0);
    struct anning_call call = {
        .size = sizeof call, .time_us = T0, .from = "13900139000", .to = "02160000001", .call_id = "s1"
    };
    assert_int_equal(anning_seen(context, &call, 1), ANNING_OK);
    struct anning_verdict v = ask(context, "02160000001", "13900139000", T0 + 60 * S);
    assert_true(v.rules & ANNING_RULE_RELATION); /* it is a call-back */
    static const char invite[] =
        "INVITE sip:02160000009@h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK2\r\n"
        "From: <sip:13900139000@h>;tag=1\r\nTo: <sip:02160000009@h>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n";
    static const char ringing[] =
        "SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK2\r\n"
        "From: <sip:13900139000@h>;tag=1\r\nTo: <sip:02160000009@h>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n";
    assert_int_equal(anning_event_sip(context, invite, sizeof invite - 1, NULL, T0 + 100 * S), ANNING_OK);
    assert_int_equal(anning_event_sip(context, ringing, sizeof ringing - 1, NULL, T0 + 101 * S), ANNING_ERR_END);
    assert_int_equal(anning_event_sip(context, "what", 4, NULL, T0), ANNING_ERR_MALFORMED);
    v = ask(context, "02160000009", "13900139000", T0 + 160 * S);
    assert_true(v.rules & ANNING_RULE_RELATION);
    struct anning_metrics m = { .size = sizeof m };
    anning_metrics(door, &m);
    assert_int_equal(m.verdicts[0] + m.verdicts[1] + m.verdicts[2] + m.verdicts[3], 2);
    anning_close(door);
}

static void same_verdict(const struct anning_verdict *a, const struct anning_verdict *b)
{
    assert_true(a->probability == b->probability);
    assert_int_equal(a->symbol_count, b->symbol_count);
    assert_memory_equal(a->symbols, b->symbols, sizeof a->symbols);
}

static void a_data_folder_is_kept(void **state)
{
    (void)state;
    struct anning *kept = door_open(data, 1), *memory = door_open(NULL, 1), *second = NULL;
    struct anning_options options = { .size = sizeof options, .config_path = HAND_WEIGHTS, .data_dir = data };
    char error[256];
    bother(anning_context(kept, 0), "02160000001", 40, true);
    bother(anning_context(memory, 0), "02160000001", 40, true);
    assert_int_equal(anning_open(&options, &second, error, sizeof error), ANNING_ERR_BUSY);
    assert_non_null(strstr(error, data));
    struct anning_metrics m = { .size = sizeof m };
    anning_metrics(kept, &m);
    assert_true(m.journal_records >= 125 && m.journal_lost == 0);
    assert_int_equal(anning_snapshot(kept, error, sizeof error), ANNING_OK);
    bother(anning_context(kept, 0), "02360000003", 5, false); /* the tail behind the snapshot */
    bother(anning_context(memory, 0), "02360000003", 5, false);
    anning_close(kept);

    options.flags = ANNING_READ_ONLY;
    options.numbers = 10000;
    assert_int_equal(anning_open(&options, &second, error, sizeof error), ANNING_OK);
    kept = door_open(data, 1); /* what only reads keeps nobody out */
    struct anning_verdict first = ask(anning_context(memory, 0), "02160000001", "13900139000", T0 + 900 * S);
    struct anning_verdict again = ask(anning_context(kept, 0), "02160000001", "13900139000", T0 + 900 * S);
    struct anning_verdict only_read = ask(anning_context(second, 0), "02160000001", "13900139000", T0 + 900 * S);
    same_verdict(&first, &again);
    same_verdict(&first, &only_read);
    assert_true(again.action > ANNING_ALLOW);
    anning_close(kept);
    anning_close(second);
    anning_close(memory);
}

static void settings_are_read_again(void **state)
{
    (void)state;
    char error[256];
    struct anning_options options = { .size = sizeof options, .config_path = config, .numbers = 5000 };
    struct anning *door;
    write_config("lists:\n  deny: [\"02160000001\"]\n");
    int status = anning_open(&options, &door, error, sizeof error);
    if (status != ANNING_OK) fail_msg("%s", error);
    struct anning_context *context = anning_context(door, 0);
    struct anning_verdict v = ask(context, "02160000001", "13800138000", T0);
    assert_true(v.rules & ANNING_RULE_CALLEE_DENIES);
    assert_int_equal(v.action, ANNING_BLOCK);
    assert_true(v.sip_status >= 603 && v.sip_status <= 608);
    write_config("lists:\n  deny: [\"02160000002\"]\n");
    assert_int_equal(anning_reload(door, NULL, error, sizeof error), ANNING_OK);
    v = ask(context, "02160000001", "13800138000", T0 + S);
    assert_false(v.rules & ANNING_RULE_CALLEE_DENIES);
    write_config("lists:\n  deny: 7\n  dney: []\n");
    assert_int_equal(anning_reload(door, NULL, error, sizeof error), ANNING_ERR_INVALID);
    assert_non_null(strstr(error, "anning.yaml:"));
    v = ask(context, "02160000002", "13800138000", T0 + 2 * S);
    assert_true(v.rules & ANNING_RULE_CALLEE_DENIES); /* the old ones stay */
    assert_int_equal(anning_reload(door, "/nowhere", error, sizeof error), ANNING_ERR_IO);
    anning_close(door);
}

struct worker {
    struct anning *door;
    unsigned number;
    unsigned judged, busy;
};

static void *work(void *user)
{
    struct worker *worker = user;
    struct anning_context *context = anning_context(worker->door, worker->number);
    char from[64][16], to[64][16];
    struct anning_call calls[64];
    struct anning_verdict verdicts[64];
    memset(verdicts, 0, sizeof verdicts);
    verdicts[0].size = sizeof verdicts[0];
    for (unsigned round = 0; round < 50; round++) {
        for (unsigned i = 0; i < 64; i++) {
            snprintf(from[i], sizeof from[i], "139%08u", (round * 64 + i) % 900);
            snprintf(to[i], sizeof to[i], "138%08u", (round * 31 + i) % 900);
            calls[i] = (struct anning_call) {
                .size = sizeof calls[i], .time_us = T0 + round * S, .from = from[i], .to = to[i], .trunk = "north"
            };
        }
        int status = anning_decide(context, calls, 64, verdicts);
        if (status == ANNING_OK)
            worker->judged += 64;
        else if (status == ANNING_ERR_BUSY)
            worker->busy++;
    }
    return NULL;
}

static void two_threads(struct anning *door, unsigned number_a, unsigned number_b, struct worker workers[2])
{
    pthread_t threads[2];
    char error[256];
    workers[0] = (struct worker) { .door = door, .number = number_a };
    workers[1] = (struct worker) { .door = door, .number = number_b };
    for (int i = 0; i < 2; i++) assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    for (int i = 0; i < 20; i++) {
        struct anning_metrics m = { .size = sizeof m };
        assert_int_equal(anning_metrics(door, &m), ANNING_OK);
        if (i % 5 == 0) assert_int_equal(anning_reload(door, NULL, error, sizeof error), ANNING_OK);
    }
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
}

static void threads_share_what_they_learn(void **state)
{
    (void)state;
    write_config("policy:\n  level: strict\n");
    struct anning_options options = { .size = sizeof options, .contexts = 2, .config_path = config, .numbers = 10000 };
    struct anning *door;
    struct worker workers[2];
    assert_int_equal(anning_open(&options, &door, NULL, 0), ANNING_OK);
    two_threads(door, 0, 1, workers);
    assert_int_equal(workers[0].judged + workers[1].judged, 2 * 50 * 64);
    struct anning_metrics m = { .size = sizeof m };
    anning_metrics(door, &m);
    assert_int_equal(m.verdicts[0] + m.verdicts[1] + m.verdicts[2] + m.verdicts[3], 2 * 50 * 64);
    assert_true(m.numbers >= 1800 && m.numbers <= m.numbers_capacity && m.state_bytes > 0);
    /* what one context learned, the other knows */
    ask(anning_context(door, 0), "13700000000", "02160000001", T0 + 60 * S);
    struct anning_verdict v = ask(anning_context(door, 1), "02160000001", "13700000000", T0 + 61 * S);
    assert_true(v.rules & ANNING_RULE_RELATION);
    assert_int_equal(v.level, ANNING_LEVEL_STRICT);
    /* two threads in one context: turned away or served, never mixed up */
    two_threads(door, 0, 0, workers);
    assert_int_equal(workers[0].judged + workers[1].judged + 64 * (workers[0].busy + workers[1].busy), 2 * 50 * 64);
    anning_close(door);
}

static atomic_int lines;

static void take_line(void *user, int level, const char *line, size_t len)
{
    assert_string_equal((const char *)user, "mine");
    assert_true(level >= 0 && line[0] == '{' && line[len - 1] == '}' && line[len] == '\0');
    atomic_fetch_add(&lines, 1);
}

static void log_lines_go_where_they_are_wanted(void **state)
{
    (void)state;
    char word[] = "mine", nowhere[96], error[256];
    write_config(""); /* a file where a folder should be */
    snprintf(nowhere, sizeof nowhere, "%s/data", config);
    struct anning_options options = { .size = sizeof options, .data_dir = nowhere, .numbers = 5000 };
    struct anning *door = NULL;
    anning_log(0, take_line, word);
    assert_true(anning_open(&options, &door, error, sizeof error) < 0);
    assert_null(door);
    assert_non_null(strstr(error, nowhere));
    int heard = atomic_load(&lines);
    assert_true(heard > 0);
    anning_log(4, take_line, word); /* above errors: silence */
    assert_true(anning_open(&options, &door, error, sizeof error) < 0);
    assert_int_equal(atomic_load(&lines), heard);
    anning_log(1, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_change_later_verdicts),
        cmocka_unit_test(wrong_events),
        cmocka_unit_test(calls_seen_are_learned_from),
        cmocka_unit_test(a_data_folder_is_kept),
        cmocka_unit_test(settings_are_read_again),
        cmocka_unit_test(threads_share_what_they_learn),
        cmocka_unit_test(log_lines_go_where_they_are_wanted),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
