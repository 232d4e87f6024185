/* Widths, tables, amounts and the line of the progress bar. The command line is no library, so its files are part of
 * this program. */
#include <setjmp.h>
#include <stdarg.h>

#include "cli/inert.c"
#include "cli/output.c"
#include "cli/progress.c"

#include <cmocka.h>

int an_cli_fail(enum an_exit code, const char *format, ...)
{
    (void)format;
    return (int)code;
}

static void widths_know_wide_characters(void **state)
{
    (void)state;
    assert_int_equal(an_text_width(""), 0);
    assert_int_equal(an_text_width("abc"), 3);
    assert_int_equal(an_text_width("拦截"), 4);
    assert_int_equal(an_text_width("a\033[31m拦\033[0mb"), 4);
    assert_int_equal(an_text_width("é"), 1);
    assert_int_equal(an_text_width("\xff\xfe"), 2);  /* no UTF-8: a column a byte */
    assert_int_equal(an_text_width("a\xe6\x8b"), 3); /* cut in the middle of a character */
    assert_int_equal(an_text_width("\033["), 0);
    assert_int_equal(an_text_width("\033[31"), 0);
}

static void long_texts_wrap(void **state)
{
    (void)state;
    static const char *const cases[][2] = { { "", "" },
                                            { "short", "short" },
                                            { "ten column", "ten column" },
                                            { "one two three", "one two\n   three" },
                                            { "averyverylongword a b", "averyverylongword\n   a b" },
                                            { "拦截 拦截 ab", "拦截 拦截\n   ab" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[100] = "";
        FILE *out = fmemopen(text, sizeof text - 1, "w");
        an_text_wrap(out, cases[i][0], 10, 3);
        fclose(out);
        assert_string_equal(text, cases[i][1]);
    }
}

/* What a text becomes in a table, and in JSON. */
static const struct {
    const char *text, *shown, *json;
} inert[] = {
    { "plain 拦截", "plain 拦截", "plain 拦截" },
    { "\xc2\x9b"
      "31m",
      "?31m", "\\u009b31m" },
    { "a\u202eb\u2066", "a?b?", "a\\u202eb\\u2066" },
    { "a\u2028b", "a?b", "a\\u2028b" },
    { "\x1b[2J\x7f", "?[2J?", "\\u001b[2J\\u007f" },
    { "\x9b gb\xd7", "? gb?", "\\ufffd gb\\ufffd" },
    { "", "", "" },
};

static void text_of_strangers_is_inert(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof inert / sizeof *inert; i++) {
        char text[64], json[64] = "";
        strcpy(text, inert[i].text);
        assert_string_equal(an_utf8_inert(text), inert[i].shown);
        FILE *out = fmemopen(json, sizeof json - 1, "w");
        assert_true(an_inert_json(out, inert[i].text, strlen(inert[i].text)));
        fclose(out);
        assert_string_equal(json, inert[i].json);
    }
}

/* JSON made inert is the same JSON. */
static void inert_json_says_the_same(void **state)
{
    (void)state;
    static const char json[] = "{\"a\":\t[\"\xc2\x9b"
                               "31m\u202e 拦截\"],\r\n\"\xc2\x85\": 1}\n";
    char text[200] = "";
    FILE *out = fmemopen(text, sizeof text - 1, "w");
    assert_true(an_inert_json(out, json, strlen(json)));
    fclose(out);
    cJSON *was = cJSON_Parse(json), *is = cJSON_Parse(text);
    assert_non_null(is);
    assert_true(cJSON_Compare(was, is, true));
    an_inert_tree(is);
    assert_string_equal(cJSON_GetObjectItem(is, "a")->child->valuestring, "?31m? 拦截");
    assert_string_equal(is->child->next->string, "?");
    cJSON_Delete(was);
    cJSON_Delete(is);
}

static char *printed(const struct an_grid *table)
{
    static char text[2000];
    memset(text, 0, sizeof text);
    FILE *out = fmemopen(text, sizeof text - 1, "w");
    an_grid_print(table, out);
    fclose(out);
    return text;
}

static void tables_align(void **state)
{
    (void)state;
    const char *const headers[] = { "kind", ">calls", "说明" };
    const char *const rows[][3] = { { "courier", "7", "快递" }, { "机器人", "1,234", NULL } };
    struct an_grid *table = an_grid_new(3, headers);
    an_grid_row(table, rows[0]);
    an_grid_rule(table);
    an_grid_row(table, rows[1]);
    assert_string_equal(printed(table), "kind     calls  说明\n"
                                        "--------------------\n"
                                        "courier      7  快递\n"
                                        "--------------------\n"
                                        "机器人   1,234\n");
    an_grid_free(table);
    an_grid_free(NULL);
}

static void amounts_are_readable(void **state)
{
    (void)state;
    char out[32];
    assert_string_equal(an_text_count(0, out), "0");
    assert_string_equal(an_text_count(999, out), "999");
    assert_string_equal(an_text_count(1234567, out), "1,234,567");
    assert_string_equal(an_text_count(18446744073709551615ull, out), "18,446,744,073,709,551,615");
    char counted[AN_TEXT_COUNTED_MAX];
    assert_string_equal(an_text_counted(0, "verdict", "verdicts", counted), "0 verdicts");
    assert_string_equal(an_text_counted(1, "verdict", "verdicts", counted), "1 verdict");
    assert_string_equal(an_text_counted(2, "verdict", "verdicts", counted), "2 verdicts");
    assert_string_equal(an_text_bytes(0, out), "0 B");
    assert_string_equal(an_text_bytes(999, out), "999 B");
    assert_string_equal(an_text_bytes(999.6, out), "1.0 kB");
    assert_string_equal(an_text_bytes(12345678, out), "12.3 MB");
    assert_string_equal(an_text_bytes(99.96e6, out), "100 MB");
    assert_string_equal(an_text_duration(12, out), "0:12");
    assert_string_equal(an_text_duration(3723, out), "1:02:03");
    assert_string_equal(an_text_duration(-1, out), "0:00");
    assert_string_equal(an_text_duration(1e30, out), "100000:00:00");
}

static void the_bar_tells_how_far(void **state)
{
    (void)state;
    char line[512];
    struct an_progress progress = {
        .label = "重放", .items = "", .unit = AN_PROGRESS_BYTES, .start_us = 1000000, .total = 4000000, .done = 1000000
    };
    an_progress_line(&progress, 2000000, 0, line, sizeof line);
    assert_string_equal(line, "重放: 25 %, 1.0 MB of 4.0 MB, 1.0 MB/s, 0:03 left");
    an_progress_line(&progress, 2000000, 80, line, sizeof line);
    assert_true(an_text_width(line) < 80);
    assert_non_null(strchr(line, '['));
    an_progress_line(&progress, 2000000, 30, line, sizeof line);
    assert_null(strchr(line, '['));
    an_progress_line(&progress, 1000000, 0, line, sizeof line); /* no time has passed */
    assert_string_equal(line, "重放: 25 %, 1.0 MB of 4.0 MB, 0 B/s");
    progress.done = 5000000; /* the file grew */
    an_progress_line(&progress, 2000000, 80, line, sizeof line);
    assert_non_null(strstr(line, "100 %"));
    progress = (struct an_progress) { .label = "x", .items = "calls", .unit = AN_PROGRESS_ITEMS, .done = 1500 };
    an_progress_line(&progress, 1000000, 80, line, sizeof line);
    assert_string_equal(line, "x: 1,500 calls, 1,500/s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths_know_wide_characters),
        cmocka_unit_test(long_texts_wrap),
        cmocka_unit_test(text_of_strangers_is_inert),
        cmocka_unit_test(inert_json_says_the_same),
        cmocka_unit_test(tables_align),
        cmocka_unit_test(amounts_are_readable),
        cmocka_unit_test(the_bar_tells_how_far),
    };
    an_output_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
