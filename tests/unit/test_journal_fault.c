/* A disk that is full, broken, read-only or slow: records are dropped and counted, nothing stops, the gap is told in
 * the journal itself, and what was acknowledged is there. tests/fault/disk.c stands between the journal and the disk.
 */
#include "journal_help.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/log.h"

#include "../fault/disk.c"

static int setup(void **state)
{
    fault.write_errno = fault.sync_errno = fault.sync_ms = fault.open_errno = 0;
    fault.write_room = 0;
    return help_setup(state);
}

static uint64_t lost(struct an_journal *j, enum an_loss_reason reason)
{
    struct an_journal_stats stats;
    an_journal_stats(j, &stats);
    return stats.lost[reason];
}

static bool losing(struct an_journal *j)
{
    struct an_journal_stats stats;
    an_journal_stats(j, &stats);
    return stats.losing;
}

/* Three good vectors of 4, some vectors on a failing disk, then it works again. room: bytes that still fit. */
static void fail_and_recover(int error, long room, enum an_loss_reason reason)
{
    struct an_journal *j = help_open((struct an_journal_options) { .no_thread = true, .chain_interval_us = 150 });
    struct an_journal_writer *w = an_journal_writer(j, 0);
    uint64_t now = 1, acknowledged = 0, dropped = 0, n = 0;
    for (int vector = 0; vector < 30; vector++, now += 100) {
        if (vector == 3) {
            fault.write_room = room;
            fault.write_errno = error;
        }
        if (vector == 20) {
            fault.write_errno = 0;
            now += 2 * AN_US_PER_S; /* the retry is due */
        }
        unsigned appended = 0;
        for (int k = 0; k < 4; k++) appended += help_append(w, now, n++) == AN_OK;
        if (an_journal_flush(w, now) == AN_OK)
            acknowledged += appended;
        else
            dropped += appended;
        dropped += 4 - appended;
        an_journal_background(j, now);
        if (vector == 15) assert_true(losing(j));
    }
    assert_true(dropped > 0);
    assert_int_equal(lost(j, reason), dropped);
    assert_false(losing(j));
    struct an_journal_stats stats;
    an_journal_stats(j, &stats);
    assert_int_equal(stats.records, acknowledged);
    an_journal_close(j);
    uint64_t damaged;
    assert_int_equal(help_count(&damaged, NULL), acknowledged);
    assert_int_equal(damaged, 0);
    struct an_verify_report v = help_verify();
    assert_true(v.intact);
    assert_int_equal(v.lost, dropped);
    assert_true(v.findings[AN_FINDING_LOSS] >= 1);
}

static void full_disk_with_every_partial_write(void **state)
{
    for (long room = 0; room < 700; room += 13) {
        fail_and_recover(ENOSPC, room, AN_LOSS_SPACE);
        help_teardown(state);
        setup(state);
    }
}

static void quota_io_error_and_read_only(void **state)
{
    fail_and_recover(EDQUOT, 0, AN_LOSS_SPACE);
    help_teardown(state);
    setup(state);
    fail_and_recover(EROFS, 0, AN_LOSS_READ_ONLY);
    help_teardown(state);
    setup(state);
    fail_and_recover(EIO, 100, AN_LOSS_IO); /* goes on in a new segment */
}

/* The first byte of the first segment already fails: its header is written later, the chain begins all the same. */
static void full_from_the_start(void **state)
{
    (void)state;
    struct an_journal *j = help_open((struct an_journal_options) { .no_thread = true });
    struct an_journal_writer *w = an_journal_writer(j, 0);
    fault.write_errno = ENOSPC;
    fault.write_room = 100;
    for (uint64_t i = 0; i < 10; i++) {
        help_append(w, i, i);
        an_journal_flush(w, 1 + i);
    }
    assert_int_equal(lost(j, AN_LOSS_SPACE), 10);
    fault.write_errno = 0;
    an_journal_writer_tick(w, 2 * AN_US_PER_S); /* idle: the loss is told without a new call */
    assert_false(losing(j));
    assert_int_equal(help_append(w, 20, 20), AN_OK);
    assert_int_equal(an_journal_flush(w, 2 * AN_US_PER_S), AN_OK);
    an_journal_close(j);
    struct an_verify_report v = help_verify();
    assert_true(v.intact);
    assert_int_equal(v.lost, 10);
    assert_int_equal(help_count(NULL, NULL), 1);
}

static void no_segment_can_be_opened(void **state)
{
    (void)state;
    struct an_journal *j = NULL;
    struct an_journal_options o = { .dir = help_dir, .workers = 1, .no_thread = true, .must_write = true };
    struct an_error error = { "" };
    fault.open_errno = EROFS;
    assert_int_equal(an_journal_open(&o, &j, &error), AN_ERR_IO);
    assert_non_null(strstr(error.text, help_dir));
    o.must_write = false;
    assert_int_equal(an_journal_open(&o, &j, &error), AN_OK);
    struct an_journal_writer *w = an_journal_writer(j, 0);
    uint64_t now = an_clock_mono_us();
    for (uint64_t i = 0; i < 10; i++) {
        assert_int_equal(help_append(w, i, i), AN_ERR_FULL);
        assert_int_equal(an_journal_flush(w, now), AN_OK); /* nothing was taken, nothing fails */
        an_journal_background(j, now);
    }
    assert_int_equal(lost(j, AN_LOSS_READ_ONLY), 10);
    fault.open_errno = 0;
    an_journal_background(j, now + 2 * AN_US_PER_S);
    assert_int_equal(help_append(w, 11, 11), AN_OK);
    assert_int_equal(an_journal_flush(w, now + 2 * AN_US_PER_S), AN_OK);
    an_journal_close(j);
    struct an_verify_report v = help_verify();
    assert_true(v.intact);
    assert_int_equal(v.lost, 10);
}

/* A folder without write permission (root is asked by the file system, not by permission: a file in its place). */
static void data_folder_cannot_be_made(void **state)
{
    (void)state;
    char path[128];
    snprintf(path, sizeof path, "%s/file", help_dir);
    close(open(path, O_WRONLY | O_CREAT, 0600));
    struct an_journal *j;
    struct an_journal_options o = { .dir = path, .workers = 2 };
    assert_int_equal(an_journal_open(&o, &j, NULL), AN_OK);
    assert_int_equal(help_append(an_journal_writer(j, 1), 1, 1), AN_ERR_FULL);
    assert_int_equal(lost(j, AN_LOSS_READ_ONLY), 1);
    an_journal_close(j);
}

static void slow_disk_stops_evidence_not_calls(void **state)
{
    (void)state;
    struct an_journal *j = help_open((struct an_journal_options) { .no_thread = true, .unsynced_bytes_max = 20000 });
    struct an_journal_writer *w = an_journal_writer(j, 0);
    uint64_t taken = 0, n = 0;
    for (; n < 2000; n++) { /* nobody syncs */
        taken += help_append(w, n, n) == AN_OK;
        assert_int_equal(an_journal_flush(w, 1 + n), AN_OK);
    }
    assert_true(taken > 100 && taken < 1000);
    assert_int_equal(lost(j, AN_LOSS_SLOW), 2000 - taken);
    struct an_journal_stats stats;
    an_journal_stats(j, &stats);
    assert_in_range(stats.unsynced_bytes, 20000, 21000);
    an_journal_background(j, 3000);
    an_journal_stats(j, &stats);
    assert_int_equal(stats.unsynced_bytes, 0);
    assert_int_equal(help_append(w, n, n), AN_OK);
    assert_int_equal(an_journal_flush(w, 4000), AN_OK);
    assert_false(losing(j));
    an_journal_close(j);
    assert_int_equal(help_verify().lost, 2000 - taken);
}

/* While a sync sleeps in its own thread, the worker goes on; close waits for it. */
static void a_sleeping_sync_does_not_hold_the_worker(void **state)
{
    (void)state;
    fault.sync_ms = 200;
    struct an_journal *j =
        help_open((struct an_journal_options) { .sync_interval_us = 1000, .segment_bytes_max = 8000 });
    struct an_journal_writer *w = an_journal_writer(j, 0);
    uint64_t n = 0;
    for (int vector = 0; vector < 2000; vector++) {
        for (int k = 0; k < 8; k++, n++) assert_int_equal(help_append(w, n, n), AN_OK);
        assert_int_equal(an_journal_flush(w, an_clock_mono_us()), AN_OK);
    }
    fault.sync_ms = 0;
    an_journal_sync(j);
    struct an_journal_stats stats;
    an_journal_stats(j, &stats);
    assert_int_equal(stats.unsynced_bytes, 0);
    an_journal_close(j);
    assert_int_equal(help_count(NULL, NULL), n);
    assert_true(help_verify().intact);
}

/* What a failed fdatasync means for the page cache is anybody's guess: a new segment is begun. */
static void a_failed_sync_begins_a_new_segment(void **state)
{
    (void)state;
    struct an_journal *j = help_open((struct an_journal_options) { .no_thread = true });
    struct an_journal_writer *w = an_journal_writer(j, 0);
    struct an_journal_position before, after;
    help_append(w, 1, 1);
    an_journal_flush(w, 1);
    an_journal_position(w, &before);
    fault.sync_errno = EIO;
    an_journal_background(j, 2);
    fault.sync_errno = 0;
    assert_int_equal(help_append(w, 2, 2), AN_OK);
    assert_int_equal(an_journal_flush(w, 3), AN_OK);
    an_journal_position(w, &after);
    assert_int_equal(after.sequence, before.sequence + 1);
    struct an_journal_stats stats;
    an_journal_stats(j, &stats);
    assert_int_equal(stats.sync_errors, 1);
    an_journal_close(j);
    assert_true(help_verify().intact);
    assert_int_equal(help_count(NULL, NULL), 2);
}

/* The real thing: a limit of the kernel, in a child. */
static void file_size_limit(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = { 50000, 50000 };
        struct an_journal_options o = { .dir = help_dir, .workers = 1, .no_thread = true };
        struct an_journal *j;
        signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || an_journal_open(&o, &j, NULL) != AN_OK) _exit(1);
        for (uint64_t n = 0; n < 2000; n++) {
            help_append(an_journal_writer(j, 0), n, n);
            an_journal_flush(an_journal_writer(j, 0), 1 + n);
        }
        struct an_journal_stats stats;
        an_journal_stats(j, &stats);
        _exit(stats.records > 400 && stats.records + stats.lost[AN_LOSS_SPACE] == 2000 ? 0 : 2);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    uint64_t damaged;
    assert_true(help_count(&damaged, NULL) > 400);
    assert_int_equal(damaged, 0);
    assert_true(help_verify().intact);
}

int main(void)
{
    an_log_set_level(AN_LOG_ERROR + 1);
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, help_teardown)
    const struct CMUnitTest tests[] = {
        TEST(full_disk_with_every_partial_write),
        TEST(quota_io_error_and_read_only),
        TEST(full_from_the_start),
        TEST(no_segment_can_be_opened),
        TEST(data_folder_cannot_be_made),
        TEST(slow_disk_stops_evidence_not_calls),
        TEST(a_sleeping_sync_does_not_hold_the_worker),
        TEST(a_failed_sync_begins_a_new_segment),
        TEST(file_size_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
