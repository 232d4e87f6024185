/* The parser says the same at every level this machine can run: the classes for every byte at every place, and whole
 * messages, changed at random, to the last byte of the struct. */
#include "sip_help.h"

#include <dirent.h>

#include "parse/sip_chars.h"
#include "parse/sip_levels.h"

static void test_there_are_levels(void **state)
{
    (void)state;
    assert_non_null(an_sip_level(0));
    assert_string_equal(an_sip_level(0)->name, "portable");
    for (unsigned n = 0; an_sip_level(n) != NULL; n++) print_message("level %s\n", an_sip_level(n)->name);
    assert_null(an_sip_level(100));
}

static void test_classes(void **state)
{
    (void)state;
    char text[64];
    for (unsigned n = 0; an_sip_level(n) != NULL; n++) {
        for (unsigned c = 0; c < 256; c++) {
            for (unsigned at = 0; at < 64; at++) {
                memset(text, 'a', sizeof text);
                text[at] = (char)c;
                struct an_sip_masks is;
                an_sip_level(n)->masks(text, &is);
                uint64_t bit = 1ull << at, others = ~bit;
                assert_true(is.not_uri == (an_ch_is((char)c, AN_CH_URI) ? 0 : bit));
                assert_true(is.not_param == (an_ch_is((char)c, AN_CH_PARAM) ? 0 : bit));
                assert_true(is.host == (an_ch_is((char)c, AN_CH_HOST) ? ~0ull : others));
                assert_true(is.token == (an_ch_is((char)c, AN_CH_TOKEN) ? ~0ull : others));
                assert_true(is.line_end == (c == '\n' ? bit : 0));
            }
        }
    }
}

/* On the heap and of exactly len bytes, so that the address sanitizer sees any read behind the end. */
static void same_everywhere(const char *bytes, size_t len)
{
    static struct an_parsed first, other;
    char *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    memset(&first, 0, sizeof first);
    enum an_err err = an_sip_level(0)->parse(copy, len, &first);
    for (unsigned n = 1; an_sip_level(n) != NULL; n++) {
        memset(&other, 0, sizeof other);
        assert_int_equal(an_sip_level(n)->parse(copy, len, &other), err);
        assert_memory_equal(&other, &first, sizeof first);
    }
    free(copy);
}

static uint32_t seed = 1;

static uint32_t next_random(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

/* One place of text is changed, doubled, or taken away. */
static size_t change(char *text, size_t len, size_t size)
{
    static const char marks[] = "\r\n\t :;,<>@=\"[]?.-%x0";
    size_t at = next_random((uint32_t)len), rest = len - at, piece = next_random(40);
    switch (next_random(4)) {
    case 0: text[at] = (char)next_random(256); return len;
    case 1: text[at] = marks[next_random(sizeof marks - 1)]; return len;
    case 2:
        piece = piece < rest ? piece : rest - 1;
        memmove(text + at, text + at + piece, rest - piece);
        return len - piece;
    default:
        piece = piece < rest ? piece : rest;
        if (len + piece > size) return len;
        memmove(text + at + piece, text + at, rest);
        return len + piece;
    }
}

static void test_messages(void **state)
{
    (void)state;
    static const char *const folders[] = { "tests/corpus/sip", "tests/corpus/rfc4475" };
    static char text[16384], changed[16384];
    unsigned files = 0;
    for (size_t i = 0; i < 2; i++) {
        DIR *folder = opendir(folders[i]);
        assert_non_null(folder);
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
            char path[512];
            snprintf(path, sizeof path, "%s/%.200s", folders[i], entry->d_name);
            FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "rb");
            if (file == NULL) continue;
            size_t len = fread(text, 1, sizeof text, file);
            fclose(file);
            files++;
            same_everywhere(text, len);
            for (unsigned round = 0; round < 200 && len > 0; round++) {
                size_t now = len;
                memcpy(changed, text, len);
                for (unsigned k = next_random(3) + 1; k > 0 && now > 0; k--) now = change(changed, now, sizeof changed);
                same_everywhere(changed, now);
            }
        }
        closedir(folder);
    }
    assert_true(files > 60);
}

/* The header's end at every distance from the end of the bytes: values are read in blocks, never behind the end. */
static void test_ends(void **state)
{
    (void)state;
    char m[512];
    for (unsigned body = 0; body < 140; body++) {
        size_t len = (size_t)snprintf(m, sizeof m, LINE VIA REST "Content-Length: %u\r\n\r\n", body);
        memset(m + len, 'x', body);
        same_everywhere(m, len + body);
        struct an_parsed parsed;
        assert_int_equal(parse_exact(m, len + body, &parsed), AN_OK);
        assert_int_equal(parsed.body.len, body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_are_levels),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
