/* The engine on virtual time: state out of snapshot and journal equals that of an uninterrupted run; retransmissions;
 * the gate; what the journal says of a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "engine/engine.h"
#include "engine/gate.h"
#include "engine/internal.h"
#include "engine/transactions.h"
#include "folder.h"
#include "journal/reader.h"
#include "journal/verify.h"
#include "model/record.h"
#include "parse/event.h"
#include "settings/config.h"

#define T0 1795136400000000ull
enum { CALLS = 6000, CUT_SNAPSHOT = 2000, CUT_CRASH = 4000 };

struct kit {
    char dir[64];
    struct an_vector vector;
    struct an_call calls[AN_VECTOR_MAX];
    char texts[AN_VECTOR_MAX][AN_EVENT_TEXT_MAX];
};

static struct kit *kit_new(void)
{
    struct kit *k = calloc(1, sizeof *k);
    assert_non_null(k);
    snprintf(k->dir, sizeof k->dir, "/tmp/anning-engine-XXXXXX");
    assert_non_null(mkdtemp(k->dir));
    k->vector.calls = k->calls;
    return k;
}

static void kit_free(struct kit *k)
{
    folder_drop(k->dir);
    free(k);
}

static struct an_engine *open_engine(const char *dir, unsigned contexts)
{
    struct an_config config;
    struct an_error error;
    struct an_engine *engine;
    assert_int_equal(an_config_defaults(&config), AN_OK);
    assert_int_equal(config.fallback_budget_ms, AN_FALLBACK_BUDGET_MS); /* one default, wherever it is written */
    struct an_engine_options options = {
        .data_dir = dir, .contexts = contexts, .transactions = 4096, .settings = an_config_take_settings(&config)
    };
    options.limits = (struct an_state_limits) { .numbers = 20000, .relations = 131072 };
    an_config_done(&config);
    if (an_engine_new(&options, &engine, &error) != AN_OK) fail_msg("%s", error.text);
    return engine;
}

/* Call n of a made-up day: everything follows from n, so that two runs see the same. */
static void fill(struct kit *k, uint32_t at, uint64_t n)
{
    char from[24], to[24], id[24];
    uint64_t r = an_mix64(n + 1);
    snprintf(from, sizeof from, "1380013%04u", (unsigned)(r % 300));
    snprintf(to, sizeof to, "1301088%04u", (unsigned)((r >> 20) % 900));
    snprintf(id, sizeof id, "call-%u", (unsigned)(n / 2));
    struct an_event_text event = { .kind = AN_OBS_ATTEMPT,
                                   .time_us = T0 + n * AN_US_PER_S,
                                   .call_id = an_slice_of(id) };
    event.trunk = r % 3 == 0 ? AN_SLICE("north") : AN_SLICE("south");
    event.user_agent = AN_SLICE("test");
    event.shape = 1 + r % 5;
    if (n % 2 == 0) {
        event.from = an_slice_of(from);
        event.to = an_slice_of(to);
    } else {
        event.kind = AN_OBS_END;
        event.outcome = r % 4 == 0 ? AN_OUTCOME_REFUSED : r % 4 == 1 ? AN_OUTCOME_NO_ANSWER : AN_OUTCOME_ANSWERED;
        event.ring_ms = 3000 + (uint32_t)(r % 9000);
        event.talk_ms = r % 4 > 1 ? (uint32_t)(r >> 8) % 90000 : 0;
    }
    assert_int_equal(an_event_fill(&k->calls[at], k->texts[at], AN_EVENT_TEXT_MAX, &event), AN_OK);
}

static void run(struct kit *k, struct an_engine *engine, uint64_t begin, uint64_t end)
{
    for (uint64_t n = begin; n < end;) {
        uint32_t count = 0;
        while (count < 1 + n % 50 && n < end) fill(k, count++, n++);
        k->vector.count = count;
        k->vector.now_us = T0 + n * AN_US_PER_S;
        an_engine_run(an_engine_context(engine, 0), &k->vector);
    }
}

/* The verdict on one more call, which sees the counters of all levels. */
static struct an_verdict probe(struct kit *k, struct an_engine *engine)
{
    struct an_verdict verdict;
    run(k, engine, CALLS, CALLS + 1);
    verdict = k->calls[0].verdict;
    return verdict;
}

/* The dump of all tables. */
static size_t dump(struct an_engine *engine, uint8_t **ret_bytes)
{
    int fd = memfd_create("state", 0);
    struct stat info;
    assert_true(fd >= 0);
    assert_int_equal(an_state_save(an_engine_state(engine), fd, NULL), AN_OK);
    assert_int_equal(fstat(fd, &info), 0);
    *ret_bytes = malloc((size_t)info.st_size);
    assert_int_equal(pread(fd, *ret_bytes, (size_t)info.st_size, 0), info.st_size);
    close(fd);
    return (size_t)info.st_size;
}

/* As after kill -9: what is in the page cache stays, nothing is written at the end. */
static void crash(struct an_engine *engine)
{
    struct an_journal *journal = engine->journal;
    engine->journal = NULL;
    an_journal_close(journal);
    an_engine_free(engine);
}

static void expect_same(struct kit *k, struct an_engine *a, struct an_engine *b)
{
    struct an_state_stats x, y;
    an_state_stats(an_engine_state(a), &x);
    an_state_stats(an_engine_state(b), &y);
    for (int t = 0; t < AN_TABLE_COUNT; t++) assert_int_equal(x.tables[t].used, y.tables[t].used);
    struct an_verdict one = probe(k, a), two = probe(k, b);
    for (int f = 0; f < AN_FEATURE_COUNT; f++)
        if (one.features[f] != two.features[f])
            fail_msg("%s: %g uninterrupted, %g rebuilt", an_feature_info[f].name,
                     (double)an_mini_float(one.features[f]), (double)an_mini_float(two.features[f]));
    assert_memory_equal(&one.probability, &two.probability, sizeof one.probability);
    assert_true(an_mini_float(one.features[AN_F_TRUNK_ATTEMPTS_1H]) > 5);
}

static void test_snapshot_and_tail(void **state)
{
    (void)state;
    struct kit *k = kit_new(), *other = kit_new();
    struct an_engine *whole = open_engine(other->dir, 1), *cut = open_engine(k->dir, 1);
    struct an_error error;
    run(k, whole, 0, CALLS);
    run(k, cut, 0, CUT_SNAPSHOT);
    assert_int_equal(an_engine_snapshot(cut, &error), AN_OK);
    run(k, cut, CUT_SNAPSHOT, CUT_CRASH);
    crash(cut);
    cut = open_engine(k->dir, 1);
    struct an_engine_start info;
    an_engine_start_info(cut, &info);
    assert_true(info.snapshot_time_us != 0);
    assert_int_equal(info.records_damaged, 0);
    assert_int_equal(info.records_replayed, CUT_CRASH - CUT_SNAPSHOT);
    run(k, cut, CUT_CRASH, CALLS);
    uint8_t *x, *y;
    size_t size = dump(whole, &x);
    assert_int_equal(dump(cut, &y), size);
    size_t differ = 0;
    for (size_t i = 0; i < size; i++) differ += x[i] != y[i];
    assert_true(differ * 1000 < size); /* the order of entries in a bucket may differ, their content does not */
    free(x);
    free(y);
    expect_same(k, whole, cut);
    an_engine_free(whole);
    an_engine_free(cut);
    kit_free(other);
    kit_free(k);
}

static unsigned damage_snapshots(const char *dir, bool all)
{
    char folder[128], path[512], newest[300] = "";
    snprintf(folder, sizeof folder, "%s/state", dir);
    DIR *in = opendir(folder);
    unsigned count = 0;
    assert_non_null(in);
    for (struct dirent *entry; (entry = readdir(in)) != NULL;)
        if (strstr(entry->d_name, ".snap") != NULL && strcmp(entry->d_name, newest) > 0)
            snprintf(newest, sizeof newest, "%s", entry->d_name);
    rewinddir(in);
    for (struct dirent *entry; (entry = readdir(in)) != NULL;) {
        if (strstr(entry->d_name, ".snap") == NULL || (!all && strcmp(entry->d_name, newest) != 0)) continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        int fd = open(path, O_WRONLY);
        struct stat info;
        assert_int_equal(fstat(fd, &info), 0);
        assert_int_equal(pwrite(fd, "damaged", 7, info.st_size / 2), 7);
        close(fd);
        count++;
    }
    closedir(in);
    return count;
}

static void test_damaged_snapshots(void **state)
{
    (void)state;
    struct kit *k = kit_new(), *other = kit_new();
    struct an_engine *whole = open_engine(other->dir, 1), *cut = open_engine(k->dir, 1);
    struct an_error error;
    struct an_engine_start info;
    run(k, whole, 0, CALLS);
    run(k, cut, 0, 1000);
    assert_int_equal(an_engine_snapshot(cut, &error), AN_OK);
    run(k, cut, 1000, CUT_SNAPSHOT);
    assert_int_equal(an_engine_snapshot(cut, &error), AN_OK);
    run(k, cut, CUT_SNAPSHOT, CUT_CRASH);
    crash(cut);
    assert_int_equal(damage_snapshots(k->dir, false), 1);
    cut = open_engine(k->dir, 1); /* the older one and a longer tail */
    an_engine_start_info(cut, &info);
    assert_int_equal(info.records_replayed, CUT_CRASH - 1000);
    crash(cut);
    assert_int_equal(damage_snapshots(k->dir, true), 2);
    cut = open_engine(k->dir, 1); /* the whole journal */
    an_engine_start_info(cut, &info);
    assert_int_equal(info.snapshot_time_us, 0);
    assert_int_equal(info.records_replayed, CUT_CRASH);
    run(k, cut, CUT_CRASH, CALLS);
    expect_same(k, whole, cut);
    an_engine_free(whole);
    an_engine_free(cut);
    kit_free(other);
    kit_free(k);
}

/* Streams of an earlier run with more workers are in the snapshot: they must not be counted again. */
static void test_fewer_workers(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    struct an_engine *engine = open_engine(k->dir, 3);
    struct an_engine_start info;
    fill(k, 0, 0);
    k->vector.count = 1;
    k->vector.now_us = T0;
    an_engine_run(an_engine_context(engine, 2), &k->vector);
    an_engine_free(engine);
    engine = open_engine(k->dir, 1);
    an_engine_start_info(engine, &info);
    assert_int_equal(info.records_replayed, 0);
    an_engine_free(engine); /* its snapshot knows stream 2 although nobody writes it any more */
    engine = open_engine(k->dir, 1);
    an_engine_start_info(engine, &info);
    assert_int_equal(info.records_replayed, 0);
    an_engine_free(engine);
    engine = open_engine(k->dir, 3);
    an_engine_start_info(engine, &info);
    assert_int_equal(info.records_replayed, 0);
    an_engine_free(engine);
    kit_free(k);
}

static void test_records_of_a_run(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    struct an_engine *engine = open_engine(k->dir, 1);
    run(k, engine, 0, 10);
    an_engine_free(engine);
    const struct an_journal_filter all = { 0 };
    struct an_journal_reader *reader;
    struct an_journal_entry entry;
    uint16_t types[64];
    unsigned count = 0;
    assert_int_equal(an_journal_reader_open(k->dir, &all, &reader, NULL), AN_OK);
    while (an_journal_reader_next(reader, &entry) == AN_OK)
        if (entry.type != AN_RECORD_CHAIN) types[count++] = entry.type;
    an_journal_reader_close(reader);
    assert_int_equal(count, 14);
    assert_int_equal(types[0], AN_RECORD_START);
    assert_int_equal(types[1], AN_RECORD_SETTINGS);
    assert_int_equal(types[2], AN_RECORD_VERDICT);
    assert_int_equal(types[3], AN_RECORD_OBSERVATION);
    assert_int_equal(types[12], AN_RECORD_SNAPSHOT);
    assert_int_equal(types[13], AN_RECORD_STOP);
    struct an_verify_report report;
    assert_int_equal(an_journal_verify(k->dir, NULL, NULL, NULL, &report, NULL), AN_OK);
    assert_true(report.intact);
    assert_int_equal(report.unchained_bytes, 0);
    kit_free(k);
}

/* While state can't be reached an attempt is let through at once; its record is there, and nothing is learned twice. */
static void test_fallback(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    struct an_engine *engine = open_engine(k->dir, 1);
    struct an_metrics metrics = { 0 };
    struct an_journal_entry entry;
    struct an_record record;
    uint8_t buffer[AN_RECORD_VERDICT_MAX];
    run(k, engine, 0, 20);
    an_gate_close(&engine->gate);
    run(k, engine, 20, 21);
    an_gate_open(&engine->gate);
    struct an_verdict verdict = k->calls[0].verdict;
    assert_int_equal(verdict.action, AN_ACTION_ALLOW);
    assert_int_equal(verdict.rules, AN_RULE_FALLBACK);
    an_engine_metrics(engine, &metrics);
    assert_int_equal(metrics.fallbacks, 1);
    assert_int_equal(an_journal_find(k->dir, &verdict.token, buffer, sizeof buffer, &entry, NULL), AN_OK);
    assert_int_equal(an_record_decode(entry.type, entry.payload, entry.len, &record), AN_OK);
    assert_int_equal(record.verdict.rules, AN_RULE_FALLBACK);
    assert_true(record.text.callee.len > 0);
    struct an_state_stats before, after;
    an_state_stats(an_engine_state(engine), &before);
    crash(engine);
    engine = open_engine(k->dir, 1);
    an_state_stats(an_engine_state(engine), &after);
    assert_int_equal(after.attempts, before.attempts);
    an_engine_free(engine);
    kit_free(k);
}

static void fill_invite(struct an_call *call, const char *text)
{
    *call = (struct an_call) { .base = text, .length = (uint32_t)strlen(text), .transport = AN_TRANSPORT_UDP };
    call->parsed.called.user = (struct an_span) { 0, 11 };
    call->parsed.from.user = (struct an_span) { 12, 11 };
    call->parsed.from.present = call->parsed.called.present = true;
    call->parsed.call_id = (struct an_span) { 24, 4 };
    call->parsed.from_tag = (struct an_span) { 29, 2 };
    call->parsed.cseq = 1;
}

static void test_retransmissions(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    struct an_engine *engine = open_engine(NULL, 1);
    struct an_metrics metrics = { 0 };
    for (uint32_t i = 0; i < 3; i++)
        fill_invite(&k->calls[i], i == 1 ? "13800138000 13010888888 id02 ta" : "13800138000 13010888888 id01 ta");
    k->vector.count = 3; /* the third repeats the first, in one vector */
    k->vector.now_us = T0;
    an_engine_run(an_engine_context(engine, 0), &k->vector);
    assert_true(k->calls[2].observed.repeat);
    assert_false(k->calls[1].observed.repeat);
    struct an_token first = k->calls[0].verdict.token;
    assert_memory_equal(&first, &k->calls[2].verdict.token, sizeof first);
    assert_memory_not_equal(&first, &k->calls[1].verdict.token, sizeof first);
    for (int late = 0; late < 2; late++) { /* within 32 s it is a repeat, later a new call */
        fill_invite(&k->calls[0], "13800138000 13010888888 id01 ta");
        k->vector.count = 1;
        k->vector.now_us = T0 + (late ? 40 : 4) * AN_US_PER_S;
        an_engine_run(an_engine_context(engine, 0), &k->vector);
        assert_int_equal(k->calls[0].observed.repeat, !late);
        assert_int_equal(memcmp(&first, &k->calls[0].verdict.token, sizeof first) == 0, !late);
    }
    fill_invite(&k->calls[0], "13800138000 13010888889 id01 ta"); /* another number shown: another call */
    an_engine_run(an_engine_context(engine, 0), &k->vector);
    assert_false(k->calls[0].observed.repeat);
    an_engine_metrics(engine, &metrics);
    assert_int_equal(metrics.sip_retransmissions, 2);
    assert_int_equal(metrics.calls[AN_TRANSPORT_UDP][0] + metrics.calls[AN_TRANSPORT_UDP][1], 4);
    an_engine_free(engine);
    kit_free(k);
}

static struct an_gate gate;
static atomic_uint inside_at_once, entered;
static atomic_bool done;

static void *pass_gate(void *seat)
{
    while (!atomic_load(&done)) {
        if (!an_gate_enter(&gate, (unsigned)(uintptr_t)seat, 1000000)) continue;
        atomic_fetch_add(&inside_at_once, 1);
        atomic_fetch_add(&entered, 1);
        atomic_fetch_sub(&inside_at_once, 1);
        an_gate_leave(&gate, (unsigned)(uintptr_t)seat);
    }
    return NULL;
}

static void test_gate(void **state)
{
    (void)state;
    pthread_t threads[3];
    an_gate_init(&gate);
    for (uintptr_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, pass_gate, (void *)(i + 1)), 0);
    for (int round = 0; round < 300; round++) {
        an_gate_close(&gate);
        unsigned before = atomic_load(&entered);
        assert_int_equal(atomic_load(&inside_at_once), 0);
        assert_false(an_gate_enter(&gate, 0, 100));
        assert_int_equal(atomic_load(&entered), before);
        an_gate_open(&gate);
    }
    atomic_store(&done, true);
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    assert_true(an_gate_enter(&gate, 0, 0));
    an_gate_leave(&gate, 0);
}

static void remembered_invites_are_counted(void **state)
{
    (void)state;
    struct an_transactions t;
    bool fresh;
    uint64_t used = 0, capacity = 0, evictions = 0, bytes = 0, now_us = 1000 * AN_US_PER_S;
    assert_int_equal(an_transactions_init(&t, 4), AN_OK);
    for (uint64_t key = 1; key <= 5; key++) an_transactions_get(&t, key, now_us, 1, &fresh);
    an_transactions_get(&t, 5, now_us, 1, &fresh);
    assert_false(fresh);
    an_transactions_stats(&t, &used, &capacity, &evictions, &bytes);
    assert_int_equal(capacity, 4);
    assert_int_equal(used, 4);
    assert_int_equal(evictions, 1); /* of a live one: the fifth had no room */
    assert_int_equal(bytes, sizeof(struct an_transaction_set) + 4 * sizeof(struct an_transaction_answer));
    an_transactions_get(&t, 6, now_us + 2 * AN_TRANSACTION_S * AN_US_PER_S, 1, &fresh);
    used = evictions = 0;
    an_transactions_stats(&t, &used, &capacity, &evictions, &bytes);
    assert_int_equal(used, 4);
    assert_int_equal(evictions, 1); /* what is over made room without loss */
    an_transactions_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remembered_invites_are_counted), cmocka_unit_test(test_snapshot_and_tail),
        cmocka_unit_test(test_damaged_snapshots),         cmocka_unit_test(test_fewer_workers),
        cmocka_unit_test(test_records_of_a_run),          cmocka_unit_test(test_fallback),
        cmocka_unit_test(test_retransmissions),           cmocka_unit_test(test_gate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
