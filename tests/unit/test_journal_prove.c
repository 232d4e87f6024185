/* Proofs that a record is in the journal. */
#include "journal_help.h"

#include "journal/prove.h"
#include <openssl/evp.h>

/* 40 records, chained every few; positions of all are kept. */
static size_t write_some(struct an_journal_position *at, size_t max)
{
    struct an_journal *journal = help_open((struct an_journal_options) { .no_thread = true, .chain_interval_us = 1 });
    struct an_journal_writer *w = an_journal_writer(journal, 0);
    for (uint64_t n = 0; n < 40; n++) {
        assert_int_equal(help_append(w, 1000000 + n, n), AN_OK);
        if (n % 5 == 4) assert_int_equal(an_journal_flush(w, 1000000 * n), AN_OK);
    }
    an_journal_close(journal);
    struct an_journal_reader *reader = help_reader((struct an_journal_filter) { .types = HELP_SETTINGS });
    struct an_journal_entry entry;
    size_t count = 0;
    while (count < max && an_journal_reader_next(reader, &entry) == AN_OK) at[count++] = entry.at;
    an_journal_reader_close(reader);
    return count;
}

/* after is SHA-256 of before and the bytes between: what anybody with the file can check. */
static void assert_holds(const struct an_journal_proof *p)
{
    char path[128];
    uint8_t value[AN_CHAIN], bytes[65536];
    help_path(p->at.worker, (unsigned)p->at.sequence, path);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(p->until <= size && p->from < p->until);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    EVP_DigestUpdate(context, p->before, AN_CHAIN);
    EVP_DigestUpdate(context, bytes + p->from, p->until - p->from);
    EVP_DigestFinal_ex(context, value, NULL);
    EVP_MD_CTX_free(context);
    assert_memory_equal(value, p->after, AN_CHAIN);
    EVP_Digest(bytes + p->at.offset, p->next - p->at.offset, value, NULL, EVP_sha256(), NULL);
    assert_memory_equal(value, p->record, AN_CHAIN);
}

static void every_record_has_a_proof_that_holds(void **state)
{
    (void)state;
    struct an_journal_position at[40];
    struct an_error error = { "" };
    assert_int_equal(write_some(at, 40), 40);
    for (size_t i = 0; i < 40; i++) {
        struct an_journal_proof proof;
        if (an_journal_prove(help_dir, &at[i], &proof, &error) != AN_OK) fail_msg("%s", error.text);
        assert_true(proof.chained);
        assert_true(proof.from <= at[i].offset && proof.next <= proof.until);
        assert_holds(&proof);
    }
}

static void a_changed_byte_is_seen(void **state)
{
    (void)state;
    struct an_journal_position at[40];
    struct an_journal_proof proof;
    char path[128], byte;
    write_some(at, 40);
    help_path(0, (unsigned)at[7].sequence, path);
    int fd = open(path, O_RDWR);
    off_t where = (off_t)at[7].offset + 30;
    assert_int_equal(pread(fd, &byte, 1, where), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, where), 1);
    close(fd);
    assert_int_equal(an_journal_prove(help_dir, &at[7], &proof, NULL), AN_ERR_CORRUPT);
}

static void where_nothing_begins_nothing_is_proved(void **state)
{
    (void)state;
    struct an_journal_position at[40];
    struct an_journal_proof proof;
    write_some(at, 40);
    struct an_journal_position wrong = at[3];
    wrong.offset += 8;
    assert_int_equal(an_journal_prove(help_dir, &wrong, &proof, NULL), AN_ERR_NOT_FOUND);
    wrong = at[3];
    wrong.offset = 1ull << 40;
    assert_int_equal(an_journal_prove(help_dir, &wrong, &proof, NULL), AN_ERR_NOT_FOUND);
    wrong.sequence = 9999;
    assert_int_equal(an_journal_prove(help_dir, &wrong, &proof, NULL), AN_ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_record_has_a_proof_that_holds, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(a_changed_byte_is_seen, help_setup, help_teardown),
        cmocka_unit_test_setup_teardown(where_nothing_begins_nothing_is_proved, help_setup, help_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
