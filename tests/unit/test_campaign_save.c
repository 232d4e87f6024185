/* Campaigns on disk and back. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "campaign/internal.h"
#include "tests/unit/test_campaign_kit.h"

static int dump(const struct kit *k)
{
    struct an_error error;
    int fd = memfd_create("campaigns", 0);
    assert_true(fd >= 0);
    assert_int_equal(an_campaigns_save(k->campaigns, fd, &error), AN_OK);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void fill(struct kit *k, struct actor actors[3])
{
    kit_begin(k);
    actors[0] = kit_people(1, 0x100);
    actors[1] = kit_pool(7, 0xabc, 8613900000000, 2500);
    actors[2] = kit_pool(9, 0xdef, 8613900000000, 2500);
    actors[2].from_s = 1500;
    kit_run(k, actors, 3, 3000);
    an_campaigns_name_trunk(k->campaigns, 7, AN_SLICE("evil-gate"));
}

static void expect_same(const struct kit *a, const struct kit *b)
{
    uint32_t x[64], y[64];
    size_t count = an_campaigns_ids(a->campaigns, false, x, 64);
    assert_true(count > 0);
    assert_int_equal(count, an_campaigns_ids(b->campaigns, false, y, 64));
    assert_memory_equal(x, y, count * sizeof *x);
    for (size_t i = 0; i < count; i++) {
        struct an_campaign_view v = kit_view(a, x[i]), w = kit_view(b, y[i]);
        assert_memory_equal(&v, &w, sizeof v);
    }
    assert_memory_equal(a->campaigns->list.words, b->campaigns->list.words,
                        a->campaigns->list.lines * AN_WORDS * sizeof(uint64_t));
}

/* What is loaded goes on as what was saved would have: same ids, nothing counted twice. */
static void test_goes_on(void **state)
{
    (void)state;
    struct kit k, other;
    struct actor actors[3], same[3];
    struct an_error error;
    fill(&k, actors);
    int fd = dump(&k);
    kit_begin(&other);
    assert_int_equal(an_campaigns_load(other.campaigns, fd, &error), AN_OK);
    close(fd);
    expect_same(&k, &other);
    assert_string_equal(kit_view(&other, actors[1].last_id).cells[0].trunk_name, "evil-gate");
    struct an_campaigns *campaigns = other.campaigns;
    other = k; /* clock, dice and calls under way */
    other.campaigns = campaigns;
    other.signatures = NULL;
    memcpy(same, actors, sizeof same);
    kit_run(&k, actors, 3, 2000);
    kit_run(&other, same, 3, 2000);
    expect_same(&k, &other);
    assert_int_equal(k.signatures->version, other.signatures->version);
    kit_end(&k);
    kit_end(&other);
}

static void expect_empty(struct kit *k)
{
    struct an_campaigns_stats stats;
    an_campaigns_stats(k->campaigns, &stats);
    assert_int_equal(stats.live, 0);
    assert_int_equal(stats.attempts, 0);
    for (uint64_t i = 0; i < k->campaigns->members.lines * AN_WORDS; i++)
        assert_true(k->campaigns->members.words[i] == 0);
    kit_publish(k); /* and it works */
    assert_int_equal(k->signatures->live, 0);
}

static void test_other_sizes(void **state)
{
    (void)state;
    struct kit k, other;
    struct actor actors[3];
    struct an_error error = { "" };
    const struct an_campaign_options sizes[] = {
        { .campaigns = 32, .members = 65536, .listed = 262144, .cells = 4096 },
        { .campaigns = 64, .members = 65536, .listed = 65536, .cells = 4096 }
    };
    fill(&k, actors);
    for (int i = 0; i < 2; i++) {
        int fd = dump(&k);
        kit_begin_with(&other, &sizes[i]);
        assert_int_equal(an_campaigns_load(other.campaigns, fd, &error), AN_ERR_UNSUPPORTED);
        assert_non_null(strstr(error.text, "64")); /* what there is */
        assert_non_null(strstr(error.text, "settings"));
        expect_empty(&other);
        close(fd);
        kit_end(&other);
    }
    kit_end(&k);
}

static void test_other_version(void **state)
{
    (void)state;
    struct kit k, other;
    struct actor actors[3];
    struct an_error error = { "" };
    fill(&k, actors);
    int fd = dump(&k);
    uint32_t version = 99;
    assert_int_equal(pwrite(fd, &version, sizeof version, 8), sizeof version);
    kit_begin(&other);
    assert_int_equal(an_campaigns_load(other.campaigns, fd, &error), AN_ERR_UNSUPPORTED);
    assert_non_null(strstr(error.text, "version 99"));
    expect_empty(&other);
    close(fd);
    kit_end(&other);
    kit_end(&k);
}

/* Any byte changed, cut off anywhere, and more than there should be. */
static void test_damage(void **state)
{
    (void)state;
    struct kit k, other;
    struct actor actors[3];
    struct an_error error;
    struct stat info;
    fill(&k, actors);
    int fd = dump(&k);
    assert_int_equal(fstat(fd, &info), 0);
    kit_begin(&other);
    for (int i = 0; i < 60; i++) {
        off_t at = i < 20 ? i * 3 : (off_t)((uint64_t)info.st_size * (uint64_t)(i - 20) / 40);
        unsigned char byte, bad;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        bad = byte ^ 0x10;
        assert_int_equal(pwrite(fd, &bad, 1, at), 1);
        lseek(fd, 0, SEEK_SET);
        enum an_err err = an_campaigns_load(other.campaigns, fd, &error);
        assert_true(err == AN_ERR_CORRUPT || err == AN_ERR_UNSUPPORTED);
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    expect_empty(&other);
    assert_int_equal(pwrite(fd, "", 1, info.st_size), 1);
    lseek(fd, 0, SEEK_SET);
    assert_int_equal(an_campaigns_load(other.campaigns, fd, &error), AN_ERR_CORRUPT);
    for (int i = 20; i >= 0; i--) {
        assert_int_equal(ftruncate(fd, (off_t)((uint64_t)(info.st_size - 1) * (uint64_t)i / 20)), 0);
        lseek(fd, 0, SEEK_SET);
        assert_int_equal(an_campaigns_load(other.campaigns, fd, &error), AN_ERR_CORRUPT);
    }
    expect_empty(&other);
    close(fd);
    kit_end(&other);
    kit_end(&k);
}

/* Sound by its checksums, but pointing out of its tables. */
static void test_foreign(void **state)
{
    (void)state;
    struct kit k, other;
    struct actor actors[3];
    struct an_error error;
    fill(&k, actors);
    struct campaign *first = &k.campaigns->campaigns[0];
    kit_begin(&other);
    for (int i = 0; i < 4; i++) {
        uint64_t *word = &k.campaigns->members.words[8], kept = *word;
        uint32_t slot = k.campaigns->calls[5].slot, link = first->links[2].slot, recent = first->recent_at;
        if (i == 0) *word = an_member_word(1, 16000, 1, 1);
        if (i == 1) k.campaigns->calls[5].slot = 64;
        if (i == 2) first->links[2].slot = UINT32_MAX;
        if (i == 3) first->recent_at = 1000;
        int fd = dump(&k);
        assert_int_equal(an_campaigns_load(other.campaigns, fd, &error), AN_ERR_CORRUPT);
        close(fd);
        *word = kept;
        k.campaigns->calls[5].slot = slot;
        first->links[2].slot = link;
        first->recent_at = recent;
    }
    expect_empty(&other);
    kit_end(&other);
    kit_end(&k);
}

static void test_disk_full(void **state)
{
    (void)state;
    struct kit k;
    struct actor actors[3];
    struct an_error error = { "" };
    fill(&k, actors);
    int fd = open("/dev/full", O_WRONLY);
    assert_int_equal(an_campaigns_save(k.campaigns, fd, &error), AN_ERR_IO);
    assert_true(error.text[0] != '\0');
    close(fd);
    kit_end(&k);
}

static void test_trunk_names(void **state)
{
    (void)state;
    struct kit k;
    char name[24], expected[24];
    kit_begin(&k);
    an_campaigns_name_trunk(k.campaigns, AN_TRUNK_NONE, AN_SLICE("nobody"));
    trunk_name_copy(k.campaigns, AN_TRUNK_NONE, name);
    assert_string_equal(name, "");
    for (uint32_t trunk = 1; trunk <= 5000; trunk++) {
        snprintf(expected, sizeof expected, "gate-%u", trunk);
        an_campaigns_name_trunk(k.campaigns, trunk, an_slice_of(expected));
        trunk_name_copy(k.campaigns, trunk, name);
        assert_string_equal(name, expected);
    }
    unsigned known = 0;
    for (uint32_t trunk = 1; trunk <= 5000; trunk++) {
        trunk_name_copy(k.campaigns, trunk, name);
        snprintf(expected, sizeof expected, "gate-%u", trunk);
        if (name[0] != '\0') assert_string_equal(name, expected);
        known += name[0] != '\0';
    }
    assert_true(known > AN_CAMPAIGN_TRUNKS / 2 && known <= AN_CAMPAIGN_TRUNKS);
    kit_end(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goes_on),     cmocka_unit_test(test_other_sizes), cmocka_unit_test(test_other_version),
        cmocka_unit_test(test_damage),      cmocka_unit_test(test_foreign),     cmocka_unit_test(test_disk_full),
        cmocka_unit_test(test_trunk_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
