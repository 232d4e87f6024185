/* What goes to a terminal or a log collector: characters that act on either, log lines, standard descriptors, and
 * what is opened as a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/utf8.h"

static void characters_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t c;
        size_t len;
    } cases[] = { { "a", 'a', 1 },
                  { "\u00e9", 0xe9, 2 },
                  { "拦", 0x62e6, 3 },
                  { "\U0001f600", 0x1f600, 4 },
                  { "\x9b", AN_UTF8_NONE, 1 },
                  { "\xe6\x8b", AN_UTF8_NONE, 1 },
                  { "\xc0\x80", AN_UTF8_NONE, 1 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = 0;
        assert_int_equal(an_utf8_next(an_slice_of(cases[i].text), &len), cases[i].c);
        assert_int_equal(len, cases[i].len);
    }
}

static void controls_are_known(void **state)
{
    (void)state;
    static const uint32_t controls[] = { 0,      0x1b,   0x1f,   0x7f,   0x80,   0x85,   0x9b,   0x9f,   0x61c,
                                         0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069, AN_UTF8_NONE };
    static const uint32_t shown[] = {
        ' ', '~', 0xa0, 0xe9, 0x61b, 0x61d, 0x200d, 0x2027, 0x202f, 0x2065, 0x206a, 0x62e6
    };
    for (size_t i = 0; i < sizeof controls / sizeof *controls; i++) assert_true(an_utf8_is_control(controls[i]));
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) assert_false(an_utf8_is_control(shown[i]));
}

static char last_line[AN_LOG_LINE_MAX];

static void keep_line(void *user, int level, const char *line, size_t len)
{
    (void)user;
    (void)level;
    memcpy(last_line, line, len + 1);
}

/* Any text makes a line that is JSON in UTF-8, and comes out of it as it was but for what is none. */
static void log_lines_are_json(void **state)
{
    (void)state;
    static const struct {
        const char *text, *read;
    } cases[] = { { "plain 拦截", "plain 拦截" },
                  { "\"quoted\" \\ back", "\"quoted\" \\ back" },
                  { "\xc6\xad\xd7\xd3 gb18030",
                    "\u01ad\ufffd\ufffd gb18030" }, /* its first two bytes happen to be a letter */
                  { "end \xe6\x8b", "end \ufffd\ufffd" },
                  { "tab\tnew\nline \x1b[2J", "tab\tnew\nline \x1b[2J" },
                  { "\xc2\x9b"
                    "31m \u202e",
                    "\xc2\x9b"
                    "31m \u202e" } };
    an_log_set_sink(keep_line, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        an_log(AN_LOG_WARN, "test", "%s", cases[i].text);
        for (const char *c = last_line; *c != '\0'; c++) assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
        assert_true(an_utf8_valid(an_slice_of(last_line)));
        assert_null(strstr(last_line, "\xc2\x9b"));
        assert_null(strstr(last_line, "\u202e"));
        cJSON *json = cJSON_Parse(last_line);
        assert_non_null(json);
        assert_string_equal(cJSON_GetObjectItem(json, "msg")->valuestring, cases[i].read);
        cJSON_Delete(json);
    }
    an_log_set_sink(NULL, NULL);
}

/* In a child: the set of closed descriptors is held, and no file opened afterwards gets one of them. */
static int held_without(unsigned closed)
{
    for (int fd = 0; fd < 3; fd++)
        if ((closed >> fd & 1) != 0) close(fd);
    if (!an_fd_hold_standard()) return 1;
    int file = open("/dev/zero", O_RDWR);
    if (file < 3) return 2;
    char byte = 'x';
    for (int fd = 0; fd < 3; fd++) {
        if ((closed >> fd & 1) == 0) continue;
        if ((fd == 0 ? read(fd, &byte, 1) : write(fd, &byte, 1)) != -1 || errno != EBADF) return 3;
    }
    return 0;
}

static void closed_descriptors_are_held(void **state)
{
    (void)state;
    for (unsigned closed = 0; closed < 8; closed++) {
        int status;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) _exit(held_without(closed));
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
}

static void only_files_are_opened(void **state)
{
    (void)state;
    char folder[] = "/tmp/anning-fd-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/x", folder);
    assert_int_equal(an_fd_open_file(path), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(an_fd_open_file(folder), AN_FD_IRREGULAR);
    assert_int_equal(mkfifo(path, 0600), 0); /* nobody writes to it: an open that waited would never come back */
    assert_int_equal(an_fd_open_file(path), AN_FD_IRREGULAR);
    assert_int_equal(an_fd_open_file("/dev/null"), AN_FD_IRREGULAR);
    assert_int_equal(unlink(path), 0);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, "key", 3), 3);
    close(fd);
    char text[4] = "";
    fd = an_fd_open_file(path);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, text, 3), 3);
    assert_string_equal(text, "key");
    close(fd);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_are_read),   cmocka_unit_test(controls_are_known),
        cmocka_unit_test(log_lines_are_json),    cmocka_unit_test(closed_descriptors_are_held),
        cmocka_unit_test(only_files_are_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
