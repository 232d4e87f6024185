/* The strict reader of bodies: what it takes, what it refuses and where. */
#include "api_fake.h"

#include "api/json.h"

struct row {
    const char *text;
    enum an_err err;
    long at;         /* of the error; -1: not checked */
    const char *why; /* part of the message */
    size_t count;
    bool array;
};

static const struct row rows[] = {
    { "{}", AN_OK, 0, "", 1, false },
    { " \r\n\t{ } \n", AN_OK, 0, "", 1, false },
    { "{\"a\":1,\"b\":[1,-0.5,1e3,1E-2,true,false,null,\"x\",{}]}", AN_OK, 0, "", 1, false },
    { "[{},{}, {\"a\":\"\xe8\xb4\xb7\"}]", AN_OK, 0, "", 3, true },
    { "{\"a\":\"\\ud83d\\ude00 \\\" \\\\ \\/ \\b\\f\\n\\r\\t \\u8d37\"}", AN_OK, 0, "", 1, false },
    { "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":1}}}}}}}", AN_OK, 0, "", 1, false },
    { "", AN_ERR_MALFORMED, 0, "empty body", 0, false },
    { "   ", AN_ERR_MALFORMED, 0, "empty body", 0, false },
    { "[]", AN_ERR_MALFORMED, 1, "expected an object", 0, false },
    { "1", AN_ERR_MALFORMED, 0, "expected an object", 0, false },
    { "\"x\"", AN_ERR_MALFORMED, 0, "expected an object", 0, false },
    { "[1]", AN_ERR_MALFORMED, 1, "expected an object", 0, false },
    { "[[{}]]", AN_ERR_MALFORMED, 1, "expected an object", 0, false },
    { "[{},]", AN_ERR_MALFORMED, 4, "expected an object", 0, false },
    { "[{}", AN_ERR_MALFORMED, 3, "expected , or ]", 0, false },
    { "[{} {}]", AN_ERR_MALFORMED, 4, "expected , or ]", 0, false },
    { "{", AN_ERR_MALFORMED, 1, "expected a name", 0, false },
    { "{\"a\"", AN_ERR_MALFORMED, 4, "expected :", 0, false },
    { "{\"a\":", AN_ERR_MALFORMED, 5, "ends where a value", 0, false },
    { "{\"a\":1", AN_ERR_MALFORMED, 6, "expected , or }", 0, false },
    { "{\"a\":1,}", AN_ERR_MALFORMED, 7, "expected a name", 0, false },
    { "{\"a\":1 \"b\":2}", AN_ERR_MALFORMED, 7, "expected , or }", 0, false },
    { "{a:1}", AN_ERR_MALFORMED, 1, "expected a name", 0, false },
    { "{'a':1}", AN_ERR_MALFORMED, 1, "expected a name", 0, false },
    { "{\"a\":1}x", AN_ERR_MALFORMED, 7, "follows the end", 0, false },
    { "{\"a\":1}{\"a\":1}", AN_ERR_MALFORMED, 7, "follows the end", 0, false },
    { "{\"a\":1,\"b\":2,\"a\":3}", AN_ERR_MALFORMED, 13, "\"a\" is named twice", 0, false },
    { "[{\"a\":{\"b\":1,\"b\":1}}]", AN_ERR_MALFORMED, 13, "\"b\" is named twice", 0, false },
    { "{\"\\u0061\":1}", AN_ERR_MALFORMED, 1, "escape in a name", 0, false },
    { "{\"a\":NaN}", AN_ERR_MALFORMED, 5, "not a JSON value", 0, false },
    { "{\"a\":nan}", AN_ERR_MALFORMED, 5, "not a JSON value", 0, false },
    { "{\"a\":Infinity}", AN_ERR_MALFORMED, 5, "not a JSON value", 0, false },
    { "{\"a\":-Infinity}", AN_ERR_MALFORMED, 5, "not a JSON number", 0, false },
    { "{\"a\":1e999}", AN_ERR_LIMIT, 5, "too large", 0, false },
    { "{\"a\":01}", AN_ERR_MALFORMED, 6, "expected , or }", 0, false },
    { "{\"a\":+1}", AN_ERR_MALFORMED, 5, "not a JSON value", 0, false },
    { "{\"a\":.5}", AN_ERR_MALFORMED, 5, "not a JSON value", 0, false },
    { "{\"a\":1.}", AN_ERR_MALFORMED, 5, "not a JSON number", 0, false },
    { "{\"a\":1e}", AN_ERR_MALFORMED, 5, "not a JSON number", 0, false },
    { "{\"a\":0x10}", AN_ERR_MALFORMED, 6, "expected , or }", 0, false },
    { "{\"a\":111111111111111111111111111111111}", AN_ERR_LIMIT, 5, "JSON_NUMBER_MAX", 0, false },
    { "{\"a\":\"x", AN_ERR_MALFORMED, 5, "closing quote", 0, false },
    { "{\"a\":\"x\\", AN_ERR_MALFORMED, 7, "no such escape", 0, false },
    { "{\"a\":\"\\x\"}", AN_ERR_MALFORMED, 6, "no such escape", 0, false },
    { "{\"a\":\"\\u12\"}", AN_ERR_MALFORMED, 6, "4 hex digits", 0, false },
    { "{\"a\":\"\\u0000\"}", AN_ERR_MALFORMED, 6, "NUL", 0, false },
    { "{\"a\":\"\\udc00\"}", AN_ERR_MALFORMED, 6, "surrogate", 0, false },
    { "{\"a\":\"\\ud800\"}", AN_ERR_MALFORMED, 6, "surrogate", 0, false },
    { "{\"a\":\"\\ud800\\u0041\"}", AN_ERR_MALFORMED, 6, "surrogate", 0, false },
    { "{\"a\":\"\n\"}", AN_ERR_MALFORMED, 6, "control character", 0, false },
    { "{\"a\":\"\xff\"}", AN_ERR_MALFORMED, 6, "not UTF-8", 0, false },
    { "{\"a\":\"\xc0\x80\"}", AN_ERR_MALFORMED, 6, "not UTF-8", 0, false },
    { "{\"a\":\"\xed\xa0\x80\"}", AN_ERR_MALFORMED, 6, "not UTF-8", 0, false },
    { "{\"a\":\"\xf5\x80\x80\x80\"}", AN_ERR_MALFORMED, 6, "not UTF-8", 0, false },
    { "{\"a\":\"\xe8\xb4\"}", AN_ERR_MALFORMED, 6, "not UTF-8", 0, false },
    { "\xef\xbb\xbf{}", AN_ERR_MALFORMED, 0, "byte order mark", 0, false },
    { "\xef\xbb\xbf[]", AN_ERR_MALFORMED, 0, "byte order mark", 0, false },
    { "{\"a\":[[[[[[[[1]]]]]]]]}", AN_ERR_LIMIT, -1, "JSON_DEPTH_MAX", 0, false },
    { "[{},{},{},{},{}]", AN_ERR_LIMIT, 0, "5 objects", 0, false },
    { "{\"a\":tru}", AN_ERR_MALFORMED, 5, "not a JSON value", 0, false },
};

enum { ITEMS = 4 };

static enum an_err split(const char *text, size_t len, struct an_slice items[ITEMS], size_t *count, bool *array,
                         struct an_json_error *error)
{
    return an_json_split((struct an_slice) { text, len }, items, ITEMS, count, array, error);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct an_slice items[ITEMS];
        struct an_json_error error = { { "" }, 0 };
        size_t count = 77, len = strlen(row->text);
        bool array = false;
        char *copy = malloc(len + (len == 0));
        memcpy(copy, row->text, len);
        enum an_err err = split(copy, len, items, &count, &array, &error);
        if (err != row->err)
            fail_msg("%s: %s, expected %s (%s)", row->text, an_err_name(err), an_err_name(row->err), error.why.text);
        if (err == AN_OK) {
            assert_int_equal(count, row->count);
            assert_int_equal(array, row->array);
        } else {
            assert_int_equal(count, 77); /* untouched */
            if (row->at >= 0 && (long)error.at != row->at)
                fail_msg("%s: at %zu, expected %ld", row->text, error.at, row->at);
            if (strstr(error.why.text, row->why) == NULL) fail_msg("%s: says \"%s\"", row->text, error.why.text);
        }
        free(copy);
    }
}

/* Every prefix of a good text is refused, and none is read past its end. */
static void test_prefixes(void **state)
{
    static const char text[] = "[{\"from\":\"+86\\u0031\",\"n\":-1.5e2,\"t\":true,\"x\":{\"y\":[null]}}]";
    (void)state;
    for (size_t len = 0; len < sizeof text - 1; len++) {
        struct an_slice items[ITEMS];
        struct an_json_error error;
        size_t count;
        bool array;
        char *copy = malloc(len + (len == 0));
        memcpy(copy, text, len);
        assert_int_equal(split(copy, len, items, &count, &array, &error), AN_ERR_MALFORMED);
        assert_true(error.at <= len);
        free(copy);
    }
}

static void test_items_are_slices(void **state)
{
    static const char text[] = " [ {\"a\":1} ,{\"b\":\"}]\"}\n] ";
    struct an_slice items[ITEMS];
    struct an_json_error error;
    size_t count = 0;
    bool array = false;
    (void)state;
    assert_int_equal(split(text, sizeof text - 1, items, &count, &array, &error), AN_OK);
    assert_int_equal(count, 2);
    assert_true(an_slice_equal(items[0], AN_SLICE("{\"a\":1}")));
    assert_true(an_slice_equal(items[1], AN_SLICE("{\"b\":\"}]\"}")));
    assert_ptr_equal(items[0].at, text + 3);
}

static void test_embedded_nul(void **state)
{
    struct an_slice items[ITEMS];
    struct an_json_error error;
    size_t count;
    bool array;
    (void)state;
    assert_int_equal(split("{\"a\":\"\0\"}", 9, items, &count, &array, &error), AN_ERR_MALFORMED);
    assert_int_equal(split("{}\0", 3, items, &count, &array, &error), AN_ERR_MALFORMED);
    assert_int_equal(error.at, 2);
}

static void test_limits(void **state)
{
    struct an_slice items[ITEMS];
    struct an_json_error error;
    size_t count;
    bool array;
    struct an_text text;
    (void)state;
    an_text_init(&text, 1 << 20);
    an_text_puts(&text, "{\"m0\":0");
    for (int i = 1; i < AN_JSON_MEMBERS_MAX; i++) an_text_printf(&text, ",\"m%d\":0", i);
    an_text_puts(&text, "}");
    assert_int_equal(split(text.at, text.len, items, &count, &array, &error), AN_OK);
    text.len--;
    an_text_puts(&text, ",\"more\":0}");
    assert_int_equal(split(text.at, text.len, items, &count, &array, &error), AN_ERR_LIMIT);
    an_text_clear(&text);
    an_text_puts(&text, "{\"");
    for (int i = 0; i < AN_JSON_NAME_MAX + 1; i++) an_text_puts(&text, "n");
    an_text_puts(&text, "\":0}");
    assert_int_equal(split(text.at, text.len, items, &count, &array, &error), AN_ERR_LIMIT);
    an_text_clear(&text);
    for (int i = 0; i < 100000; i++) an_text_puts(&text, i % 2 == 0 ? "[" : "{\"a\":");
    assert_int_not_equal(split(text.at, text.len, items, &count, &array, &error), AN_OK);
    an_text_done(&text);
}

static void test_text_writes_json(void **state)
{
    struct an_text text;
    (void)state;
    an_text_init(&text, 1000);
    an_text_json(&text, (struct an_slice) { "a\"\\\n\r\t\x01\x7f\0b\xff\xe8\xb4\xb7\xe8", 15 });
    assert_string_equal(text.at, "\"a\\\"\\\\\\n\\r\\t\\u0001\\u007f\\u0000b\xef\xbf\xbd\xe8\xb4\xb7\xef\xbf\xbd\"");
    static const struct {
        double value;
        int decimals;
        const char *text;
    } numbers[] = { { 0, 2, "0" },
                    { -0.0, 2, "0" },
                    { -0.001, 2, "0" },
                    { 1.5, 2, "1.5" },
                    { -1.25, 2, "-1.25" },
                    { 0.05, 2, "0.05" },
                    { 0.999999, 2, "1" },
                    { 12, 0, "12" },
                    { 2e-6, 9, "0.000002" },
                    { (double)NAN, 2, "null" },
                    { 1e300, 2, "null" },
                    { -(double)INFINITY, 2, "null" },
                    { 1e14, 6, "100000000000000" } };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        an_text_clear(&text);
        an_text_json_number(&text, numbers[i].value, numbers[i].decimals);
        assert_string_equal(text.at, numbers[i].text);
    }
    an_text_done(&text);
    an_text_init(&text, 4);
    an_text_puts(&text, "1234");
    assert_false(text.failed);
    an_text_puts(&text, "5");
    assert_true(text.failed);
    assert_string_equal(text.at, "1234");
    an_text_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),         cmocka_unit_test(test_prefixes), cmocka_unit_test(test_items_are_slices),
        cmocka_unit_test(test_embedded_nul), cmocka_unit_test(test_limits),   cmocka_unit_test(test_text_writes_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
