#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "parse/csv.h"

static struct an_csv csv;
static struct an_error error;

/* Reads all of text in pieces of step bytes and writes cells as "a|b" and records as "#LINE a|b\n", errors as
 * "#LINE !name\n". */
static void read_in_pieces(const char *text, size_t len, size_t step, char separator, char *out, size_t size)
{
    size_t at = 0, end = step < len ? step : len, used = 0, n = 0;
    out[0] = '\0';
    an_csv_init(&csv, separator);
    for (;;) {
        enum an_err err = an_csv_next(&csv, text + at, end - at, end == len, &used, &error);
        assert_true(used <= end - at);
        at += used;
        if (err == AN_ERR_END) return;
        if (err == AN_ERR_MORE) {
            assert_true(end < len);
            end = len - end < step ? len : end + step;
            continue;
        }
        n += (size_t)snprintf(out + n, size - n, "#%d ", (int)csv.line);
        if (err != AN_OK) n += (size_t)snprintf(out + n, size - n, "!%s", an_err_name(err));
        for (size_t i = 0; err == AN_OK && i < csv.count; i++)
            n += (size_t)snprintf(out + n, size - n, "%s%.*s", i == 0 ? "" : "|", (int)csv.cells[i].len,
                                  csv.cells[i].len == 0 ? "" : csv.cells[i].at);
        n += (size_t)snprintf(out + n, size - n, "\n");
        assert_true(n < size);
    }
}

static void reads(const char *text, const char *expected)
{
    char out[2000];
    for (size_t step = 1; step <= strlen(text) + 1; step++) {
        read_in_pieces(text, strlen(text), step, ',', out, sizeof out);
        assert_string_equal(out, expected);
    }
}

static void records_and_cells(void **state)
{
    (void)state;
    reads("a,b\nc,d\n", "#1 a|b\n#2 c|d\n");
    reads("a,b\r\nc,d", "#1 a|b\n#2 c|d\n");
    reads("a,,\n,\n", "#1 a||\n#2 |\n");
    reads("a,", "#1 a|\n");
    reads("", "");
    reads("\n\r\n\n a ,b\n\n", "#4  a |b\n");
    reads("a\rb,c\n", "#1 a\rb|c\n");
    reads("\xef\xbb\xbf"
          "a,b\n",
          "#1 a|b\n");
    reads("x\xef\xbb\xbf,b\n", "#1 x\xef\xbb\xbf|b\n");
}

static void quotes(void **state)
{
    (void)state;
    reads("\"a\",\"b\"\r\n\"c\"", "#1 a|b\n#2 c\n");
    reads("\"a,b\",\"\"\n", "#1 a,b|\n");
    reads("\"say \"\"hi\"\"\",\"\"\"\"\nx\n", "#1 say \"hi\"|\"\n#2 x\n");
    reads("\"two\r\nlines\",b\nnext,c\n", "#1 two\r\nlines|b\n#3 next|c\n");
    reads("a, \"b\" ,c\n", "#1 a|b|c\n"); /* FreeSWITCH writes a blank before the account code */
    reads("5\" nails,b\n", "#1 5\" nails|b\n");
    reads("\"a\"\r", "#1 a\n");
}

static void errors_cost_one_line(void **state)
{
    (void)state;
    reads("\"a\"b,c\nd,e\n", "#1 !malformed\n#2 d|e\n");
    assert_non_null(strstr(error.text, "line 1, column 1: text after the closing quote at byte 3"));
    reads("x,y\na,\"b\nc,d\n", "#1 x|y\n#2 !malformed\n#3 c|d\n");
    assert_non_null(strstr(error.text, "line 2, column 2: the quote opened at byte 3 is never closed"));
    char out[200];
    read_in_pieces("a,\0b\nc\n", 7, 100, ',', out, sizeof out);
    assert_string_equal(out, "#1 !malformed\n#2 c\n");
    assert_non_null(strstr(error.text, "line 1: a NUL byte"));
}

static void utf16_is_named(void **state)
{
    (void)state;
    size_t used = 0;
    an_csv_init(&csv, '\0');
    assert_int_equal(an_csv_next(&csv,
                                 "\xff\xfe"
                                 "a\0",
                                 4, true, &used, &error),
                     AN_ERR_UNSUPPORTED);
    assert_non_null(strstr(error.text, "UTF-16; save it as UTF-8"));
}

static void separator_is_found(void **state)
{
    (void)state;
    char out[200];
    assert_int_equal(an_csv_separator("a;b;c,d\n,,,,", 12), ';');
    assert_int_equal(an_csv_separator("\"a,b,c\"\tb", 9), '\t');
    assert_int_equal(an_csv_separator("", 0), ',');
    for (size_t step = 1; step < 20; step++) {
        read_in_pieces("a;b,c;d\n1;2,3;4\n", 16, step, '\0', out, sizeof out);
        assert_string_equal(out, "#1 a|b,c|d\n#2 1|2,3|4\n");
    }
}

static char *filled(size_t len, char c)
{
    char *text = malloc(len + 1);
    assert_non_null(text);
    memset(text, c, len);
    text[len] = '\0';
    return text;
}

static void a_megabyte_in_a_line_is_one_error(void **state)
{
    (void)state;
    enum { LEN = 1 << 20 };
    char out[200], *text = filled(LEN, 'x');
    memcpy(text + LEN - 5, "\na,b\n", 5);
    static const size_t steps[] = { AN_CSV_BUFFER_MIN, 100000, LEN };
    for (size_t i = 0; i < 3; i++) {
        read_in_pieces(text, LEN, steps[i], ',', out, sizeof out);
        assert_string_equal(out, "#1 !over the limit\n#2 a|b\n");
        assert_non_null(strstr(error.text, "line 1, column 1: the record is over the limit RECORD_LINE_MAX, 16384"));
    }
    text[0] = '"'; /* a quote that is never closed */
    read_in_pieces(text, LEN, 50000, ',', out, sizeof out);
    assert_string_equal(out, "#1 !over the limit\n#2 a|b\n");
    assert_non_null(strstr(error.text, "is a closing quote missing?"));
    free(text);
}

static void longest_record_is_taken(void **state)
{
    (void)state;
    size_t used = 0;
    char *text = filled(AN_RECORD_LINE_MAX + 100, '"'); /* the worst: doubled quotes all over */
    text[AN_RECORD_LINE_MAX] = '\r';
    text[AN_RECORD_LINE_MAX + 1] = '\n';
    an_csv_init(&csv, ',');
    assert_int_equal(an_csv_next(&csv, text, AN_RECORD_LINE_MAX + 100, false, &used, &error), AN_OK);
    assert_int_equal(used, AN_RECORD_LINE_MAX + 2);
    assert_int_equal(csv.cells[0].len, AN_RECORD_LINE_MAX / 2 - 1);
    an_csv_init(&csv, ',');
    memset(text, 'a', AN_RECORD_LINE_MAX + 3);
    assert_int_equal(an_csv_next(&csv, text, AN_CSV_BUFFER_MIN, false, &used, &error), AN_ERR_LIMIT);
    free(text);
}

static void columns_have_a_limit(void **state)
{
    (void)state;
    char out[2000], *text = filled(AN_RECORD_COLUMNS_MAX + 1, ',');
    text[AN_RECORD_COLUMNS_MAX] = '\n';
    read_in_pieces(text, AN_RECORD_COLUMNS_MAX + 1, 1000, ',', out, sizeof out);
    assert_string_equal(out, "#1 !over the limit\n");
    assert_non_null(strstr(error.text, "RECORD_COLUMNS_MAX, 256"));
    text[AN_RECORD_COLUMNS_MAX - 1] = '\n';
    size_t used = 0;
    an_csv_init(&csv, ',');
    assert_int_equal(an_csv_next(&csv, text, AN_RECORD_COLUMNS_MAX, true, &used, &error), AN_OK);
    assert_int_equal(csv.count, AN_RECORD_COLUMNS_MAX);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_and_cells),       cmocka_unit_test(quotes),
        cmocka_unit_test(errors_cost_one_line),    cmocka_unit_test(utf16_is_named),
        cmocka_unit_test(separator_is_found),      cmocka_unit_test(a_megabyte_in_a_line_is_one_error),
        cmocka_unit_test(longest_record_is_taken), cmocka_unit_test(columns_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
