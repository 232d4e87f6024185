/* Writing and reading back: order, rotation, retention, restart, kill -9, follow, find. */
#include "journal_help.h"

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "model/call.h"

static void two_workers_merge_by_time(void **state)
{
    (void)state;
    struct an_journal *j = help_open((struct an_journal_options) { .workers = 2 });
    for (uint64_t i = 0; i < 1000; i++) {
        struct an_journal_writer *w = an_journal_writer(j, i % 3 == 0);
        assert_int_equal(help_append(w, 1000000 + i * 10, i), AN_OK);
        if (i % 7 == 0) assert_int_equal(an_journal_flush(w, an_clock_mono_us()), AN_OK);
    }
    an_journal_close(j);
    struct an_journal_reader *r = help_reader((struct an_journal_filter) { .types = HELP_SETTINGS });
    struct an_journal_entry e;
    for (uint64_t i = 0; i < 1000; i++) {
        assert_int_equal(an_journal_reader_next(r, &e), AN_OK);
        assert_int_equal(help_number(&e), i);
        assert_int_equal(e.time_us, 1000000 + i * 10);
        assert_int_equal(e.at.worker, i % 3 == 0);
    }
    assert_int_equal(an_journal_reader_next(r, &e), AN_ERR_END);
    uint64_t done, total;
    an_journal_reader_progress(r, &done, &total);
    assert_int_equal(done, total);
    an_journal_reader_close(r);
    struct an_verify_report v = help_verify();
    assert_true(v.intact);
    assert_int_equal(v.by_type[AN_RECORD_SETTINGS], 1000);
    assert_true(v.chains >= 2);
    assert_int_equal(v.unchained_bytes, 0);
}

static void reserve_commit_cancel_and_limits(void **state)
{
    (void)state;
    struct an_journal *j = help_open((struct an_journal_options) { 0 });
    struct an_journal_writer *w = an_journal_writer(j, 0);
    assert_non_null(an_journal_reserve(w, 5, 100));
    an_journal_cancel(w);
    char *large = calloc(1, AN_JOURNAL_RECORD_MAX + 1);
    large[0] = 1;
    assert_int_equal(an_journal_append(w, AN_RECORD_SETTINGS, 5, large, AN_JOURNAL_RECORD_MAX + 1), AN_ERR_LIMIT);
    for (uint64_t i = 0; i < 3; i++) /* three do not fit into the buffer at once */
        assert_int_equal(an_journal_append(w, AN_RECORD_SETTINGS, 6 + i, large, AN_JOURNAL_RECORD_MAX), AN_OK);
    assert_int_equal(an_journal_flush(w, 1), AN_OK);
    struct an_journal_stats stats;
    an_journal_stats(j, &stats);
    assert_int_equal(stats.records, 3);
    assert_int_equal(stats.lost[AN_LOSS_SIZE], 1);
    an_journal_close(j);
    struct an_verify_report v = help_verify();
    assert_true(v.intact);
    assert_int_equal(v.by_type[AN_RECORD_SETTINGS], 3);
    assert_int_equal(v.lost, 1);
    free(large);
}

static void rotates_and_reads_on_from_a_position(void **state)
{
    (void)state;
    struct an_journal *j = help_open(
        (struct an_journal_options) { .segment_bytes_max = 4096, .no_thread = true, .chain_interval_us = 10 });
    struct an_journal_writer *w = an_journal_writer(j, 0);
    struct an_journal_position middle = { 0 };
    for (uint64_t i = 0; i < 500; i++) {
        if (i == 321) an_journal_position(w, &middle);
        assert_int_equal(help_append(w, 1000 + i, i), AN_OK);
        assert_int_equal(an_journal_flush(w, i * 100), AN_OK);
        an_journal_background(j, i * 100);
    }
    assert_true(middle.sequence > 3);
    an_journal_close(j);
    struct an_verify_report v = help_verify();
    assert_true(v.intact);
    assert_true(v.segments > 10);
    assert_int_equal(v.findings[AN_FINDING_NOTE], 0);
    assert_int_equal(v.by_type[AN_RECORD_SETTINGS], 500);
    struct an_journal_reader *r =
        help_reader((struct an_journal_filter) { .types = HELP_SETTINGS, .from = &middle, .from_count = 1 });
    struct an_journal_entry e;
    for (uint64_t i = 321; i < 500; i++) {
        assert_int_equal(an_journal_reader_next(r, &e), AN_OK);
        assert_int_equal(help_number(&e), i);
    }
    assert_int_equal(an_journal_reader_next(r, &e), AN_ERR_END);
    an_journal_reader_close(r);
    r = help_reader((struct an_journal_filter) { .types = HELP_SETTINGS, .since_us = 1400, .until_us = 1410 });
    for (uint64_t i = 400; i < 410; i++) {
        assert_int_equal(an_journal_reader_next(r, &e), AN_OK);
        assert_int_equal(help_number(&e), i);
    }
    assert_int_equal(an_journal_reader_next(r, &e), AN_ERR_END);
    an_journal_reader_close(r);
}

static void idle_ticks_write_the_chain_once(void **state)
{
    (void)state;
    struct an_journal *j = help_open((struct an_journal_options) { .no_thread = true });
    struct an_journal_writer *w = an_journal_writer(j, 0);
    help_append(w, 1, 1);
    an_journal_flush(w, 1000);
    for (uint64_t t = 1; t < 100; t++) an_journal_writer_tick(w, 1000 + t * 10000);
    struct an_verify_report v = help_verify();
    assert_int_equal(v.by_type[AN_RECORD_CHAIN], 1);
    assert_int_equal(v.chains, 1);
    an_journal_background(j, 1);
    an_journal_writer_tick(w, 3600 * AN_US_PER_S + 5000); /* an hour later */
    help_append(w, 2, 2);
    an_journal_flush(w, 3600 * AN_US_PER_S + 6000);
    v = help_verify();
    assert_int_equal(v.segments, 2);
    an_journal_close(j);
    v = help_verify();
    assert_true(v.intact);
    assert_int_equal(v.by_type[AN_RECORD_CHAIN], 3);
}

static void restart_begins_a_new_segment(void **state)
{
    (void)state;
    for (uint64_t run = 0; run < 5; run++) {
        struct an_journal *j = help_open((struct an_journal_options) { .workers = 2 });
        for (unsigned k = 0; k < 2; k++) {
            help_append(an_journal_writer(j, k), 100 * run + k, 2 * run + k);
            an_journal_flush(an_journal_writer(j, k), run);
        }
        an_journal_close(j);
    }
    struct an_verify_report v = help_verify();
    assert_true(v.intact);
    assert_int_equal(v.segments, 10);
    assert_int_equal(v.findings[AN_FINDING_NOTE], 0);
    assert_int_equal(help_count(NULL, NULL), 10);
}

static unsigned files(void)
{
    char path[128];
    unsigned count = 0;
    snprintf(path, sizeof path, "%s/journal", help_dir);
    DIR *d = opendir(path);
    for (struct dirent *e; (e = readdir(d)) != NULL;) count += strstr(e->d_name, ".seg") != NULL;
    closedir(d);
    return count;
}

static void retention_keeps_what_is_needed(void **state)
{
    (void)state;
    struct an_journal *j = help_open(
        (struct an_journal_options) { .segment_bytes_max = 4096, .retention_bytes_max = 20000, .no_thread = true });
    struct an_journal_writer *w = an_journal_writer(j, 0);
    struct an_journal_position floor = { .sequence = 3 };
    an_journal_set_floor(j, &floor, 1);
    for (uint64_t i = 0; i < 500; i++) {
        help_append(w, i, i);
        an_journal_flush(w, i);
        an_journal_background(j, i);
    }
    char first[128], third[128];
    help_path(0, 2, first);
    help_path(0, 3, third);
    assert_int_equal(help_size(first), -1);
    assert_true(help_size(third) > 4000);
    assert_true(files() > 8);
    an_journal_set_floor(j, NULL, 0);
    an_journal_background(j, 3600 * AN_US_PER_S);
    assert_in_range(files(), 4, 7);
    struct an_journal_stats stats;
    an_journal_stats(j, &stats);
    assert_true(stats.segments_deleted >= 6);
    an_journal_close(j);
    struct an_verify_report v = help_verify();
    assert_true(v.intact);
    assert_int_equal(v.findings[AN_FINDING_NOTE], 1); /* begins later */
}

/* The child says after each flush which record it acknowledged, until it is shot. */
static void child_writes(int out)
{
    struct an_journal_options o = { .dir = help_dir, .workers = 1, .segment_bytes_max = 100000 };
    struct an_journal *j;
    if (an_journal_open(&o, &j, NULL) != AN_OK) _exit(1);
    struct an_journal_writer *w = an_journal_writer(j, 0);
    for (uint64_t n = 0;;) {
        for (int k = 0; k < 64; k++, n++)
            if (help_append(w, n, n) != AN_OK) _exit(2);
        if (an_journal_flush(w, an_clock_mono_us()) != AN_OK) _exit(3);
        if (write(out, &n, sizeof n) != (ssize_t)sizeof n) _exit(4);
    }
}

static void kill_9_loses_nothing_acknowledged(void **state)
{
    (void)state;
    uint64_t before = 0;
    for (int round = 0; round < 3; round++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) child_writes(ends[1]);
        close(ends[1]);
        uint64_t acknowledged = 0, n;
        while (read(ends[0], &n, sizeof n) == (ssize_t)sizeof n) {
            acknowledged = n;
            if (n == 64 * 700) kill(child, SIGKILL);
        }
        int status;
        waitpid(child, &status, 0);
        assert_true(WIFSIGNALED(status));
        close(ends[0]);
        assert_true(acknowledged >= 64 * 700);
        uint64_t damaged, count = help_count(&damaged, NULL);
        assert_int_equal(damaged, 0);
        assert_true(count >= before + acknowledged);
        before = count;
        assert_true(help_verify().intact);
    }
}

static void follow_sees_what_is_added(void **state)
{
    (void)state;
    struct an_journal *j = help_open((struct an_journal_options) { .segment_bytes_max = 2000, .no_thread = true });
    struct an_journal_writer *w = an_journal_writer(j, 0);
    struct an_journal_reader *r = help_reader((struct an_journal_filter) { .types = HELP_SETTINGS, .follow = true });
    struct an_journal_entry e;
    uint64_t read = 0;
    assert_int_equal(an_journal_reader_next(r, &e), AN_ERR_END);
    for (uint64_t i = 0; i < 300; i++) {
        help_append(w, i, i);
        an_journal_flush(w, i);
        an_journal_background(j, i);
        if (i % 5 != 0) continue;
        enum an_err err;
        while ((err = an_journal_reader_next(r, &e)) == AN_OK) assert_int_equal(help_number(&e), read++);
        assert_int_equal(err, AN_ERR_END);
        assert_int_equal(read, i + 1);
        struct an_journal_position at;
        assert_int_equal(an_journal_reader_position(r, 0, &at), AN_OK);
        assert_true(at.sequence > 0);
    }
    an_journal_reader_close(r);
    an_journal_close(j);
}

static void find_by_token(void **state)
{
    (void)state;
    static struct an_call call;
    struct an_token tokens[400];
    unsigned char bytes[AN_RECORD_VERDICT_MAX];
    size_t len;
    struct an_journal *j =
        help_open((struct an_journal_options) { .workers = 2, .segment_bytes_max = 8000, .no_thread = true });
    call.base = "";
    for (uint64_t i = 0; i < 400; i++) {
        uint64_t time_us = 1763782394123456 + i * 100 * AN_US_PER_S;
        struct an_journal_writer *w = an_journal_writer(j, i % 2);
        an_token_make(time_us, i % 2, i * 77777, &tokens[i]);
        call.verdict.token = tokens[i];
        call.enriched.obs.caller = 86138000 + i;
        assert_int_equal(an_record_encode_verdict(&call, bytes, sizeof bytes, &len), AN_OK);
        assert_int_equal(an_journal_append(w, AN_RECORD_VERDICT, time_us, bytes, len), AN_OK);
        an_journal_flush(w, i);
        an_journal_background(j, i);
    }
    for (uint64_t i = 0; i < 400; i++) {
        struct an_journal_entry e;
        struct an_record record;
        assert_int_equal(an_journal_find(help_dir, &tokens[i], bytes, sizeof bytes, &e, NULL), AN_OK);
        assert_int_equal(e.at.worker, i % 2);
        assert_int_equal(an_record_decode(e.type, e.payload, e.len, &record), AN_OK);
        assert_int_equal(record.obs.caller, 86138000 + i);
        tokens[i].bytes[14] ^= 0x55;
        assert_int_equal(an_journal_find(help_dir, &tokens[i], bytes, sizeof bytes, &e, NULL), AN_ERR_NOT_FOUND);
    }
    an_journal_close(j);
}

static void one_process_a_folder(void **state)
{
    (void)state;
    struct an_journal *j = help_open((struct an_journal_options) { 0 });
    pid_t child = fork();
    if (child == 0) {
        struct an_journal_options o = { .dir = help_dir, .workers = 1 };
        struct an_journal *second;
        _exit(an_journal_open(&o, &second, NULL) == AN_ERR_INVALID ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    an_journal_close(j);
    struct an_journal_options bad[] = { { .workers = 1 },
                                        { .dir = help_dir },
                                        { .dir = help_dir, .workers = 257 },
                                        { .dir = help_dir, .workers = 1, .buffer_bytes = 100 } };
    for (size_t i = 0; i < 4; i++) {
        struct an_error error;
        assert_int_equal(an_journal_open(&bad[i], &j, &error), AN_ERR_INVALID);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, help_setup, help_teardown)
    const struct CMUnitTest tests[] = {
        TEST(two_workers_merge_by_time),
        TEST(reserve_commit_cancel_and_limits),
        TEST(rotates_and_reads_on_from_a_position),
        TEST(idle_ticks_write_the_chain_once),
        TEST(restart_begins_a_new_segment),
        TEST(retention_keeps_what_is_needed),
        TEST(kill_9_loses_nothing_acknowledged),
        TEST(follow_sees_what_is_added),
        TEST(find_by_token),
        TEST(one_process_a_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
