/* What the journal's tests share: a folder of their own, records with a number in them, reading all back. */
#ifndef TESTS_JOURNAL_HELP_H
#define TESTS_JOURNAL_HELP_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "journal/journal.h"
#include "journal/reader.h"
#include "journal/verify.h"
#include "journal/writer.h"

static char help_dir[64];

static inline int help_setup(void **state)
{
    (void)state;
    snprintf(help_dir, sizeof help_dir, "/tmp/test_journal.XXXXXX");
    return mkdtemp(help_dir) == NULL;
}

static inline int help_teardown(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", help_dir);
    return system(command) != 0;
}

static inline struct an_journal *help_open(struct an_journal_options o)
{
    struct an_journal *journal = NULL;
    struct an_error error = { "" };
    o.dir = help_dir;
    if (o.workers == 0) o.workers = 1;
    if (an_journal_open(&o, &journal, &error) != AN_OK) fail_msg("%s", error.text);
    return journal;
}

/* A SETTINGS record whose version is n; its text has n % 100 bytes, so that every padding occurs. */
static inline enum an_err help_append(struct an_journal_writer *w, uint64_t time_us, uint64_t n)
{
    char text[100], bytes[256];
    size_t len = 0;
    memset(text, 'a' + (int)(n % 26), sizeof text);
    struct an_record record = { .type = AN_RECORD_SETTINGS, .settings = { n, { text, n % 100 } } };
    assert_int_equal(an_record_encode(&record, bytes, sizeof bytes, &len), AN_OK);
    return an_journal_append(w, AN_RECORD_SETTINGS, time_us, bytes, len);
}

/* The number of a record of help_append; fails when the text is not the one that was written. */
static inline uint64_t help_number(const struct an_journal_entry *entry)
{
    struct an_record record;
    assert_int_equal(entry->type, AN_RECORD_SETTINGS);
    assert_int_equal(an_record_decode(entry->type, entry->payload, entry->len, &record), AN_OK);
    uint64_t n = record.settings.version;
    assert_int_equal(record.settings.json.len, n % 100);
    for (size_t i = 0; i < n % 100; i++) assert_int_equal(record.settings.json.at[i], 'a' + (int)(n % 26));
    return n;
}

static inline struct an_journal_reader *help_reader(struct an_journal_filter filter)
{
    struct an_journal_reader *reader = NULL;
    struct an_error error = { "" };
    if (an_journal_reader_open(help_dir, &filter, &reader, &error) != AN_OK) fail_msg("%s", error.text);
    return reader;
}

#define HELP_SETTINGS (1u << AN_RECORD_SETTINGS)

/* How many records of help_append are read, and how many damaged places. */
static inline uint64_t help_count(uint64_t *ret_damaged, char note[96])
{
    struct an_journal_reader *reader = help_reader((struct an_journal_filter) { .types = HELP_SETTINGS });
    struct an_journal_entry entry;
    uint64_t count = 0, damaged = 0;
    enum an_err err;
    while ((err = an_journal_reader_next(reader, &entry)) == AN_OK || err == AN_ERR_CORRUPT) {
        if (err == AN_OK) help_number(&entry);
        count += err == AN_OK;
        damaged += err == AN_ERR_CORRUPT;
        assert_true(damaged < 100000);
    }
    assert_int_equal(err, AN_ERR_END);
    if (note != NULL) memcpy(note, entry.what, 96);
    an_journal_reader_close(reader);
    if (ret_damaged != NULL) *ret_damaged = damaged;
    return count;
}

static inline struct an_verify_report help_verify(void)
{
    struct an_verify_report report;
    struct an_error error = { "" };
    enum an_err err = an_journal_verify(help_dir, NULL, NULL, NULL, &report, &error);
    if (err != AN_OK && err != AN_ERR_CORRUPT) fail_msg("%s", error.text);
    assert_int_equal(err == AN_OK, report.intact);
    return report;
}

static inline void help_path(unsigned worker, unsigned sequence, char out[128])
{
    snprintf(out, 128, "%s/journal/%03u-%010u.seg", help_dir, worker, sequence);
}

static inline long help_size(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? (long)status.st_size : -1;
}

#endif
