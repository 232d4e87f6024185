/* State snapshots: whole or not there, newest intact one wins, two are kept. */
#include "journal_help.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "journal/snapshot.h"

struct body {
    char text[64];
    enum an_err err;
};

static enum an_err put(void *context, int fd)
{
    struct body *body = context;
    enum an_err err = an_snapshot_put(fd, body->text, strlen(body->text));
    return err != AN_OK ? err : body->err;
}

static enum an_err take(void *context, int fd, const struct an_snapshot_info *info)
{
    struct body *body = context;
    memset(body->text, 0, sizeof body->text);
    assert_true(info->body_bytes < sizeof body->text);
    if (read(fd, body->text, info->body_bytes) != (ssize_t)info->body_bytes) return AN_ERR_IO;
    return body->err;
}

static void path_of(const char *name, char out[160])
{
    snprintf(out, 160, "%s/state/%s", help_dir, name);
}

static void write_one(uint64_t time_us, const char *text, char name[AN_SNAPSHOT_NAME_MAX])
{
    struct body body = { .err = AN_OK };
    struct an_journal_position positions[2] = { { 0, 0, 4, 1000 + time_us }, { 1, 0, 7, 96 } };
    struct an_error error;
    snprintf(body.text, sizeof body.text, "%s", text);
    if (an_snapshot_write(help_dir, AN_SNAPSHOT_STATE, time_us, positions, 2, put, &body, name, &error) != AN_OK)
        fail_msg("%s", error.text);
}

static void newest_intact_wins(void **state)
{
    (void)state;
    struct an_snapshot_info infos[8], info;
    struct body body = { .err = AN_OK };
    struct an_error error;
    char name[AN_SNAPSHOT_NAME_MAX], path[160];
    uint8_t hash[2][32];
    assert_int_equal(an_snapshot_load(help_dir, AN_SNAPSHOT_STATE, take, &body, &info, &error), AN_ERR_NOT_FOUND);
    assert_int_equal(an_snapshot_list(help_dir, AN_SNAPSHOT_STATE, infos, 8), 0);
    for (uint64_t t = 1; t <= 4; t++) {
        char text[16];
        snprintf(text, sizeof text, "state %d", (int)t);
        write_one(t * 1000, text, name);
    }
    assert_int_equal(an_snapshot_list(help_dir, AN_SNAPSHOT_STATE, infos, 8), 2);
    assert_int_equal(an_snapshot_list(help_dir, AN_SNAPSHOT_CAMPAIGNS, infos + 4, 4), 0); /* files of their own */
    assert_int_equal(infos[0].time_us, 4000);
    assert_int_equal(infos[1].time_us, 3000);
    assert_string_equal(infos[0].name, name);
    assert_int_equal(an_snapshot_load(help_dir, AN_SNAPSHOT_STATE, take, &body, &info, &error), AN_OK);
    assert_string_equal(body.text, "state 4");
    assert_int_equal(info.position_count, 2);
    assert_int_equal(info.positions[0].offset, 5000);
    path_of(name, path);
    assert_int_equal(an_snapshot_hash(help_dir, name, hash[0]), AN_OK);
    /* Every flipped byte and every cut makes load take the older one. */
    int fd = open(path, O_RDWR);
    long size = help_size(path);
    for (long at = 0; at < size; at++) {
        unsigned char byte;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= 4;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        assert_int_equal(an_snapshot_load(help_dir, AN_SNAPSHOT_STATE, take, &body, &info, &error), AN_OK);
        assert_string_equal(body.text, "state 3");
        if (at == 10) {
            assert_int_equal(an_snapshot_hash(help_dir, name, hash[1]), AN_OK);
            assert_memory_not_equal(hash[0], hash[1], 32);
        }
        byte ^= 4;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    for (long cut = size - 1; cut >= 0; cut--) {
        assert_int_equal(ftruncate(fd, cut), 0);
        assert_int_equal(an_snapshot_load(help_dir, AN_SNAPSHOT_STATE, take, &body, &info, &error), AN_OK);
        assert_string_equal(body.text, "state 3");
    }
    close(fd);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0); /* nobody waits for who may write to it */
    assert_int_equal(an_snapshot_load(help_dir, AN_SNAPSHOT_STATE, take, &body, &info, &error), AN_OK);
    assert_string_equal(body.text, "state 3");
    assert_int_equal(an_snapshot_list(help_dir, AN_SNAPSHOT_STATE, infos, 8), 1);
    body.err = AN_ERR_CORRUPT; /* the engine refuses what it reads */
    assert_int_equal(an_snapshot_load(help_dir, AN_SNAPSHOT_STATE, take, &body, &info, &error), AN_ERR_NOT_FOUND);
}

static void a_failed_or_killed_writer_leaves_the_old_one(void **state)
{
    (void)state;
    struct an_snapshot_info info;
    struct body body = { .text = "new", .err = AN_ERR_IO };
    struct an_error error;
    char path[160];
    write_one(1000, "old", NULL);
    assert_int_equal(an_snapshot_write(help_dir, AN_SNAPSHOT_STATE, 2000, NULL, 0, put, &body, NULL, &error),
                     AN_ERR_IO);
    path_of("00000000000000002000.tmp", path);
    assert_int_equal(help_size(path), -1);
    pid_t child = fork();
    if (child == 0) {
        body.err = AN_OK;
        _exit(an_snapshot_write(help_dir, AN_SNAPSHOT_STATE, 3000, NULL, 0, put, &body, NULL, NULL) == AN_OK ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    assert_int_equal(an_snapshot_load(help_dir, AN_SNAPSHOT_STATE, take, &body, &info, &error),
                     AN_ERR_NOT_FOUND); /* err is still set */
    body.err = AN_OK;
    assert_int_equal(an_snapshot_load(help_dir, AN_SNAPSHOT_STATE, take, &body, &info, &error), AN_OK);
    assert_string_equal(body.text, "new");
    int fd = open(path, O_WRONLY | O_CREAT, 0600); /* of a writer that was killed */
    close(fd);
    write_one(4000, "newer", NULL);
    assert_int_equal(help_size(path), -1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, help_setup, help_teardown)
    const struct CMUnitTest tests[] = {
        TEST(newest_intact_wins),
        TEST(a_failed_or_killed_writer_leaves_the_old_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
