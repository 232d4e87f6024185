/* Recordings in the store, on SQLite and PostgreSQL: they come back whole or not at all, and go with their report. */
#include "base/clock.h"
#include "store/reports.h"
#include "tests/unit/store_kit.h"

#define NOW_US 1795317245000000ull
#define DAY_US (86400ull * AN_US_PER_S)
enum { LARGE = 200000, DAY_MAX = 3 };

static struct an_report report_by(struct an_db_session *s, an_number reporter, uint8_t call)
{
    struct an_error error = { "" };
    bool fresh;
    struct an_report report = { .time_us = NOW_US, .reporter = reporter, .caller = 8617012345678 };
    report.token.bytes[0] = call;
    must(an_report_say(s, &kit.secret, &report, false, &fresh, &error), &error);
    assert_true(fresh);
    an_secret_key_of_number(&kit.secret, reporter, report.reporter_key);
    return report;
}

static struct an_slice large(void)
{
    static char bytes[LARGE];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)(i * 31 % 251);
    return (struct an_slice) { bytes, sizeof bytes };
}

static enum an_err put(struct an_db_session *s, const struct an_report *report, struct an_slice bytes, uint64_t now_us,
                       struct an_error *error)
{
    return an_recording_put(s, &kit.secret, report->id, report->reporter_key, 2, bytes, DAY_MAX, now_us, error);
}

struct heard {
    char bytes[LARGE];
    size_t len;
};

static bool hear(void *user, const uint8_t *bytes, size_t len)
{
    struct heard *heard = user;
    assert_true(len <= sizeof heard->bytes - heard->len);
    memcpy(heard->bytes + heard->len, bytes, len);
    heard->len += len;
    return true;
}

static enum an_err listen_to(struct an_db_session *s, int64_t report, struct heard *ret)
{
    struct an_error error;
    ret->len = 0;
    return an_recording_read(s, &kit.secret, report, hear, ret, &error);
}

static void a_recording_comes_back_whole(void **state)
{
    (void)state;
    static struct heard heard;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    struct an_report report = report_by(s, 8613800138000, 1), read;
    must(put(s, &report, large(), NOW_US, &error), &error);
    must(an_report_find(s, &kit.secret, report.id, &read, &error), &error);
    assert_int_equal(read.recording.kind, 2);
    assert_int_equal(read.recording.bytes, LARGE);
    assert_true(read.recording.time_us == NOW_US);
    assert_true(read.reporter == 8613800138000);
    an_report_done(&read);
    assert_int_equal(listen_to(s, report.id, &heard), AN_OK);
    assert_int_equal(heard.len, LARGE);
    assert_memory_equal(heard.bytes, large().at, LARGE);
    /* another takes its place, shorter, of exactly a part */
    must(put(s, &report, (struct an_slice) { large().at, 65536 }, NOW_US, &error), &error);
    assert_int_equal(listen_to(s, report.id, &heard), AN_OK);
    assert_int_equal(heard.len, 65536);
    bool removed;
    must(an_recording_remove(s, report.id, &removed, &error), &error);
    assert_true(removed);
    must(an_recording_remove(s, report.id, &removed, &error), &error);
    assert_false(removed);
    assert_int_equal(listen_to(s, report.id, &heard), AN_ERR_NOT_FOUND);
    an_db_give(s);
}

static bool find_text(void *user, const struct an_db_value *c, size_t n)
{
    (void)n;
    struct an_slice bytes = an_db_get_slice(&c[0]);
    if (memmem(bytes.at, bytes.len, large().at, 32) != NULL) *(bool *)user = true;
    return true;
}

static void run(struct an_db_session *s, const char *sql)
{
    struct an_error error = { "" };
    int64_t changed = 0;
    must(an_db_run(s, sql, NULL, 0, &changed, &error), &error);
    assert_true(changed > 0);
}

/* What is in the database tells nothing, and nothing of it can be left out, moved, cut off or put to another report. */
static void a_changed_one_does_not_open(void **state)
{
    (void)state;
    static struct heard heard;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    bool plain = false;
    struct an_report report = report_by(s, 8613800138000, 1), other = report_by(s, 8613911112222, 2);
    must(put(s, &report, large(), NOW_US, &error), &error);
    must(an_db_query(s, "SELECT box FROM recording_part", NULL, 0, find_text, &plain, &error), &error);
    assert_false(plain);
    run(s, "DELETE FROM recording_part WHERE part = 3"); /* the last */
    assert_int_equal(listen_to(s, report.id, &heard), AN_ERR_CORRUPT);
    must(put(s, &report, large(), NOW_US, &error), &error);
    run(s, "DELETE FROM recording_part WHERE part = 1");
    assert_int_equal(listen_to(s, report.id, &heard), AN_ERR_CORRUPT);
    must(put(s, &report, large(), NOW_US, &error), &error);
    run(s, "UPDATE recording SET kind = 1");
    assert_int_equal(listen_to(s, report.id, &heard), AN_ERR_CORRUPT);
    run(s, "UPDATE recording SET kind = 2");
    assert_int_equal(listen_to(s, report.id, &heard), AN_OK);
    const struct an_db_value ids[] = { an_db_int(report.id), an_db_int(other.id) };
    must(an_db_run(s,
                   "INSERT INTO recording (report, kind, size, added, head) SELECT ?2, kind, size, added, head FROM "
                   "recording WHERE report = ?1",
                   ids, 2, NULL, &error),
         &error);
    must(an_db_run(s,
                   "INSERT INTO recording_part (recording, part, box) SELECT ?2, part, box FROM recording_part WHERE "
                   "recording = ?1",
                   ids, 2, NULL, &error),
         &error);
    assert_int_equal(listen_to(s, other.id, &heard), AN_ERR_CORRUPT);
    an_db_give(s);
}

static void a_day_has_its_limit(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    struct an_slice bytes = AN_SLICE("bytes");
    bool removed;
    struct an_report report = report_by(s, 8613800138000, 1), other = report_by(s, 8613911112222, 2);
    for (int i = 0; i < DAY_MAX; i++) must(put(s, &report, bytes, NOW_US, &error), &error);
    must(an_recording_remove(s, report.id, &removed, &error), &error); /* makes no room */
    assert_int_equal(put(s, &report, bytes, NOW_US, &error), AN_ERR_LIMIT);
    assert_non_null(strstr(error.text, "people.recordings_day"));
    must(put(s, &other, bytes, NOW_US, &error), &error);
    must(put(s, &report, bytes, NOW_US + DAY_US, &error), &error);
    assert_int_equal(an_recording_put(s, &kit.secret, report.id + 1, report.reporter_key, 2, bytes, DAY_MAX,
                                      NOW_US + DAY_US, &error),
                     AN_ERR_INVALID); /* no such report */
    an_db_give(s);
}

static bool take_count(void *user, const struct an_db_value *c, size_t n)
{
    (void)n;
    *(int64_t *)user = an_db_get_int(&c[0]);
    return false;
}

static int64_t count(struct an_db_session *s, const char *sql)
{
    struct an_error error = { "" };
    int64_t n = -1;
    must(an_db_query(s, sql, NULL, 0, take_count, &n, &error), &error);
    return n;
}

static void it_goes_with_its_report_and_by_age(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    int64_t gone;
    struct an_report report = report_by(s, 8613800138000, 1), other = report_by(s, 8613911112222, 2);
    must(put(s, &report, large(), NOW_US, &error), &error);
    must(put(s, &other, large(), NOW_US + 2 * DAY_US, &error), &error);
    must(an_report_erase(s, &kit.secret, 8613800138000, &gone, &error), &error);
    assert_int_equal(gone, 1);
    assert_int_equal(count(s, "SELECT count(*) FROM recording"), 1);
    assert_int_equal(count(s, "SELECT count(*) FROM recording_part"), 4);
    assert_int_equal(count(s, "SELECT count(*) FROM recording_day"), 1);
    must(an_recording_sweep(s, NOW_US + 2 * DAY_US, 10, NOW_US + 2 * DAY_US, &gone, &error), &error);
    assert_int_equal(gone, 0);
    must(an_recording_sweep(s, NOW_US + 2 * DAY_US + 1, 10, NOW_US + 3 * DAY_US, &gone, &error), &error);
    assert_int_equal(gone, 1);
    assert_int_equal(count(s, "SELECT count(*) FROM recording_part"), 0);
    assert_int_equal(count(s, "SELECT count(*) FROM recording_day"), 0);
    assert_int_equal(count(s, "SELECT count(*) FROM report"), 1);
    an_db_give(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recording_comes_back_whole),
        cmocka_unit_test(a_changed_one_does_not_open),
        cmocka_unit_test(a_day_has_its_limit),
        cmocka_unit_test(it_goes_with_its_report_and_by_age),
    };
    return store_kit_run_named("store_recordings", tests, sizeof tests / sizeof tests[0]);
}
