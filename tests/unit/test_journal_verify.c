/* Damage: every flipped byte is noticed and loses no more than it hits, cut tails, missing, swapped, forged segments.
 */
#include "journal_help.h"

#include "journal/format.h"
#include "journal/snapshot.h"

enum { RECORDS = 12 };

static void write_some(uint64_t records, uint64_t segment_bytes, uint64_t first)
{
    struct an_journal *j = help_open((struct an_journal_options) {
        .segment_bytes_max = segment_bytes, .no_thread = true, .chain_interval_us = 400 });
    struct an_journal_writer *w = an_journal_writer(j, 0);
    for (uint64_t i = 0; i < records; i++) {
        help_append(w, first + i, first + i);
        an_journal_flush(w, (i + 1) * 100);
        an_journal_background(j, i);
    }
    an_journal_close(j);
}

static unsigned char *load(const char *path, long *ret_size)
{
    *ret_size = help_size(path);
    assert_true(*ret_size > 0);
    unsigned char *bytes = malloc((size_t)*ret_size);
    int fd = open(path, O_RDONLY);
    assert_int_equal(read(fd, bytes, (size_t)*ret_size), *ret_size);
    close(fd);
    return bytes;
}

static void store(const char *path, const void *bytes, long size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, bytes, (size_t)size), size);
    close(fd);
}

/* One bit of each byte in turn, of the only segment (with), or of the middle one of three. */
static void flip_every_byte(uint64_t segment_bytes, unsigned sequence)
{
    char path[128];
    long size;
    write_some(RECORDS, segment_bytes, 1);
    assert_true(help_verify().intact);
    help_path(0, sequence, path);
    unsigned char *bytes = load(path, &size);
    for (long at = 0; at < size; at++) {
        unsigned char bit = (unsigned char)(1u << (at % 8));
        bytes[at] ^= bit;
        store(path, bytes, size);
        struct an_verify_report v = help_verify();
        if (v.intact) fail_msg("a flipped bit at %ld of %ld is not noticed", at, size);
        assert_true(v.first.offset <= (uint64_t)at);
        uint64_t damaged, count = help_count(&damaged, NULL);
        if (at < AN_SEGMENT_BEGIN) {
            assert_int_equal(count, RECORDS);
        } else {
            assert_in_range(count, RECORDS - 1, RECORDS);
            assert_int_equal(damaged, 1);
        }
        bytes[at] ^= bit;
    }
    store(path, bytes, size);
    assert_true(help_verify().intact);
    free(bytes);
}

static void every_flip_is_noticed_one_segment(void **state)
{
    (void)state;
    flip_every_byte(1 << 20, 1);
}

static void every_flip_is_noticed_among_segments(void **state)
{
    (void)state;
    flip_every_byte(500, 2);
}

static void every_cut_of_the_last_segment(void **state)
{
    (void)state;
    char path[128], note[96];
    long size;
    write_some(RECORDS, 1 << 20, 1);
    help_path(0, 1, path);
    unsigned char *bytes = load(path, &size);
    uint64_t before = RECORDS;
    for (long cut = size - 1; cut >= 0; cut--) {
        store(path, bytes, cut);
        struct an_verify_report v = help_verify();
        assert_true(v.intact); /* nothing tells a power cut from this: notes, and what is left is proved */
        assert_true(cut == 0 || v.findings[AN_FINDING_NOTE] + v.findings[AN_FINDING_OPEN] > 0);
        uint64_t damaged, count = help_count(&damaged, note);
        assert_int_equal(damaged, 0);
        assert_true(count <= before && before - count <= 1);
        before = count;
        if (cut > AN_SEGMENT_BEGIN && cut % 8 != 0) assert_non_null(strstr(note, "torn"));
    }
    assert_int_equal(before, 0);
    free(bytes);
}

static void a_torn_tail_is_left_out_and_the_chain_goes_on(void **state)
{
    (void)state;
    char path[128];
    long size;
    write_some(RECORDS, 1 << 20, 1);
    help_path(0, 1, path);
    unsigned char *bytes = load(path, &size);
    for (long cut = size - 1; cut > size - 200; cut -= 7) {
        char second[128];
        store(path, bytes, cut);
        help_path(0, 2, second);
        unlink(second);
        uint64_t left = help_count(NULL, NULL);
        write_some(5, 1 << 20, 1000);
        assert_int_equal(help_size(path), cut); /* never appended to, never repaired in place */
        uint64_t damaged;
        assert_int_equal(help_count(&damaged, NULL), left + 5);
        assert_int_equal(damaged, 0);
        assert_true(help_verify().intact);
    }
    /* Zeros behind the end, as some file systems leave them after a power cut. */
    unsigned char *longer = calloc(1, (size_t)size + 4096);
    memcpy(longer, bytes, (size_t)size);
    char second[128];
    help_path(0, 2, second);
    unlink(second);
    store(path, longer, size + 4096);
    write_some(5, 1 << 20, 1000);
    uint64_t damaged;
    assert_int_equal(help_count(&damaged, NULL), RECORDS + 5);
    assert_int_equal(damaged, 0);
    assert_true(help_verify().intact);
    free(longer);
    free(bytes);
}

static void a_cut_segment_before_the_last_is_damage(void **state)
{
    (void)state;
    char path[128];
    long size;
    write_some(RECORDS, 500, 1);
    help_path(0, 1, path);
    unsigned char *bytes = load(path, &size);
    for (long cut = size - 1; cut >= AN_SEGMENT_BEGIN; cut--) {
        store(path, bytes, cut);
        struct an_verify_report v = help_verify();
        assert_false(v.intact);
        assert_int_equal(v.findings[AN_FINDING_CUT], 1);
    }
    free(bytes);
}

static void missing_and_swapped_segments(void **state)
{
    (void)state;
    char first[128], second[128], third[128], aside[128];
    write_some(40, 500, 1);
    help_path(0, 1, first);
    help_path(0, 2, second);
    help_path(0, 3, third);
    help_path(9, 77, aside);
    aside[strlen(aside) - 1] = 'x';
    rename(second, aside);
    struct an_verify_report v = help_verify();
    assert_int_equal(v.findings[AN_FINDING_MISSING], 1);
    assert_string_equal(v.first.file, "000-0000000003.seg");
    uint64_t damaged;
    help_count(&damaged, NULL);
    assert_int_equal(damaged, 1);
    rename(third, second);
    rename(aside, third);
    v = help_verify();
    assert_int_equal(v.findings[AN_FINDING_SWAPPED], 2);
    assert_string_equal(v.first.file, "000-0000000002.seg");
    rename(third, aside);
    rename(second, third);
    rename(aside, second);
    assert_true(help_verify().intact);
    unlink(first); /* as retention does */
    v = help_verify();
    assert_true(v.intact);
    assert_int_equal(v.findings[AN_FINDING_NOTE], 1);
}

/* Somebody who knows the format changes a record and mends its checksum: only the chain tells. */
static void a_forged_record_breaks_the_chain(void **state)
{
    (void)state;
    char path[128];
    long size;
    struct an_segment_header header;
    struct an_frame frame;
    write_some(RECORDS, 1 << 20, 1);
    help_path(0, 1, path);
    unsigned char *bytes = load(path, &size);
    assert_true(an_segment_header_valid(bytes, &header));
    unsigned char *record = bytes + AN_SEGMENT_BEGIN;
    memcpy(&frame, record, sizeof frame);
    record[AN_FRAME + 1] ^= 1;
    an_frame_seal(record, frame.type, frame.time_us, frame.length, an_segment_seed(&header), AN_SEGMENT_BEGIN);
    store(path, bytes, size);
    struct an_verify_report v = help_verify();
    assert_int_equal(v.findings[AN_FINDING_RECORD], 0);
    assert_int_equal(v.findings[AN_FINDING_CHAIN], 1);
    /* A header made anew with another salt, and records that no longer fit: all of them are damage. */
    header.salt++;
    an_segment_header_write(&header, bytes);
    store(path, bytes, size);
    assert_true(help_verify().findings[AN_FINDING_RECORD] > 0);
    free(bytes);
}

/* The closing record of a segment has no chain value behind it in its own file: the next header holds it. */
static void a_forged_end_breaks_the_link(void **state)
{
    (void)state;
    char path[128];
    long size;
    struct an_segment_header header;
    struct an_frame frame;
    write_some(40, 500, 1);
    help_path(0, 1, path);
    unsigned char *bytes = load(path, &size);
    assert_true(an_segment_header_valid(bytes, &header));
    long at = size - (long)an_frame_size(42);
    memcpy(&frame, bytes + at, sizeof frame);
    assert_int_equal(frame.type, AN_RECORD_CHAIN);
    an_frame_seal(bytes + at, frame.type, frame.time_us + 1, frame.length, an_segment_seed(&header), (uint64_t)at);
    store(path, bytes, size);
    struct an_verify_report v = help_verify();
    assert_int_equal(v.findings[AN_FINDING_RECORD], 0);
    assert_int_equal(v.findings[AN_FINDING_CHAIN], 1);
    assert_string_equal(v.first.file, "000-0000000002.seg");
    free(bytes);
}

/* A caller sends bytes that look like a record: when the place before is damaged, they must not be found. */
static void a_record_planted_in_a_text_is_not_found(void **state)
{
    (void)state;
    unsigned char payload[512] = { 1 };
    struct an_journal *j = help_open((struct an_journal_options) { 0 });
    for (size_t at = 8; at + 64 < sizeof payload; at += 64)
        an_frame_seal(payload + at, AN_RECORD_STOP, 1, 24, 0, AN_SEGMENT_BEGIN + AN_FRAME + at);
    an_journal_append(an_journal_writer(j, 0), AN_RECORD_SETTINGS, 1, payload, sizeof payload);
    an_journal_flush(an_journal_writer(j, 0), 1);
    an_journal_close(j);
    char path[128];
    long size;
    help_path(0, 1, path);
    unsigned char *bytes = load(path, &size);
    bytes[AN_SEGMENT_BEGIN + 9] ^= 0x40; /* its length */
    store(path, bytes, size);
    struct an_verify_report v = help_verify();
    assert_int_equal(v.by_type[AN_RECORD_STOP], 0);
    assert_int_equal(v.findings[AN_FINDING_RECORD], 1);
    free(bytes);
}

static enum an_err nothing(void *context, int fd)
{
    (void)context;
    (void)fd;
    return AN_OK;
}

/* Nothing in a journal tells that a worker's only segment was there, but a snapshot that had read it does. */
static void what_a_snapshot_had_read_is_missed(void **state)
{
    (void)state;
    char path[128], aside[140];
    struct an_error error;
    struct an_journal_position at[2];
    struct an_journal *j = help_open((struct an_journal_options) { .workers = 2, .no_thread = true });
    for (unsigned w = 0; w < 2; w++) {
        help_append(an_journal_writer(j, w), 1, 1);
        an_journal_flush(an_journal_writer(j, w), 1);
        an_journal_position(an_journal_writer(j, w), &at[w]);
    }
    an_journal_close(j);
    assert_int_equal(an_snapshot_write(help_dir, AN_SNAPSHOT_STATE, 1, at, 2, nothing, NULL, NULL, &error), AN_OK);
    assert_true(help_verify().intact);
    help_path(1, 1, path);
    snprintf(aside, sizeof aside, "%s.away", path);
    assert_int_equal(rename(path, aside), 0);
    struct an_verify_report v = help_verify();
    assert_int_equal(v.findings[AN_FINDING_MISSING], 1);
    assert_string_equal(v.first.file, "00000000000000000001.snap");
    assert_int_equal(mkdir(path, 0700), 0); /* what is no file is no segment */
    assert_int_equal(help_verify().findings[AN_FINDING_MISSING], 1);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rename(aside, path), 0);
    assert_true(help_verify().intact);
    assert_int_equal(truncate(path, (off_t)at[1].offset - 8), 0);
    assert_int_equal(help_verify().findings[AN_FINDING_CUT], 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, help_setup, help_teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_flip_is_noticed_one_segment),       TEST(every_flip_is_noticed_among_segments),
        TEST(every_cut_of_the_last_segment),           TEST(a_torn_tail_is_left_out_and_the_chain_goes_on),
        TEST(a_cut_segment_before_the_last_is_damage), TEST(missing_and_swapped_segments),
        TEST(a_forged_record_breaks_the_chain),        TEST(a_forged_end_breaks_the_link),
        TEST(a_record_planted_in_a_text_is_not_found), TEST(what_a_snapshot_had_read_is_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
