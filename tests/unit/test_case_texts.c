/* Text messages: keywords, signatures, what a webhook may hold; sentences. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "case/keywords.h"
#include "case/sentence.h"
#include "case/text_in.h"
#include "case/texts.h"

static const struct an_keywords words = { { NULL, "KTFSR|开通防骚扰", "QXFSR|取消防骚扰", "CXFSR", "JB|举报" } };

static void keywords_are_found_as_people_type_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum an_keyword keyword;
        const char *rest;
    } cases[] = {
        { "KTFSR", AN_KEYWORD_ON, "" },
        { "  ktfsr.\n", AN_KEYWORD_ON, "" },
        { "ＫＴＦＳＲ", AN_KEYWORD_ON, "" },
        { "ｋｔｆｓｒ。", AN_KEYWORD_ON, "" },
        { "开通防骚扰　", AN_KEYWORD_ON, "" },
        { "取消防骚扰", AN_KEYWORD_OFF, "" },
        { "JB", AN_KEYWORD_REPORT, "" },
        { "jb 卖课的", AN_KEYWORD_REPORT, "卖课的" },
        { "举报卖课的", AN_KEYWORD_REPORT, "卖课的" },
        { "JBX", AN_KEYWORD_NONE, "JBX" },
        { "KTFSR please", AN_KEYWORD_NONE, "KTFSR please" },
        { "hello", AN_KEYWORD_NONE, "hello" },
        { "", AN_KEYWORD_NONE, "" },
        { "\xef\xbc", AN_KEYWORD_NONE, "\xef\xbc" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct an_slice rest;
        enum an_keyword keyword = an_keyword_of(&words, an_slice_of(cases[i].text), &rest);
        if (keyword != cases[i].keyword || !an_slice_equal(rest, an_slice_of(cases[i].rest)))
            fail_msg("\"%s\": %d, \"%.*s\"", cases[i].text, keyword, (int)rest.len, rest.at);
    }
}

/* RFC 4231, test case 2. */
static void signatures_are_hmac_sha_256(void **state)
{
    (void)state;
    char signature[AN_TEXT_SIGNATURE_MAX];
    struct an_slice body = AN_SLICE("what do ya want for nothing?");
    an_text_sign(body, "Jefe", signature);
    assert_string_equal(signature, "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_true(an_text_signed(body, an_slice_of(signature), "Jefe"));
    assert_false(an_text_signed(body, an_slice_of(signature), "jefe"));
    assert_false(an_text_signed(AN_SLICE("what do ya want for nothing!"), an_slice_of(signature), "Jefe"));
    assert_false(an_text_signed(body, AN_SLICE(""), "Jefe"));
    assert_false(an_text_signed(body, an_slice_of(signature), "")); /* no secret: nobody is believed */
    signature[70] = signature[70] == '0' ? '1' : '0';
    assert_false(an_text_signed(body, an_slice_of(signature), "Jefe"));
}

static enum an_err read_text(const char *json, struct an_text_in *text, struct an_error *error)
{
    cJSON *object = cJSON_Parse(json);
    assert_non_null(object);
    enum an_err err = an_text_in_of_json(object, text, error);
    cJSON_Delete(object);
    return err;
}

static void webhooks_are_read_strictly(void **state)
{
    (void)state;
    struct an_text_in text;
    struct an_error error = { "" };
    const char *good = "{\"id\":\"m1\",\"time\":\"2026-11-22T11:14:05.25+08:00\",\"from\":\"+8613800138000\",\"to\":"
                       "\"10086999\",\"text\":\"JB\\n再见\"}";
    if (read_text(good, &text, &error) != AN_OK) fail_msg("%s", error.text);
    assert_true(text.time_us == 1795317245250000);
    assert_true(text.from == 8613800138000);
    assert_string_equal(text.text, "JB\n再见");
    static const char *const bad[] = {
        "{\"time\":\"2026-11-22T11:14:05+08:00\",\"from\":\"+8613800138000\",\"text\":\"\"}",
        "{\"id\":\"m1\",\"time\":\"2026-11-22T11:14:05\",\"from\":\"+8613800138000\",\"text\":\"\"}",
        "{\"id\":\"m1\",\"time\":1795317245,\"from\":\"+8613800138000\",\"text\":\"\"}",
        "{\"id\":\"m1\",\"time\":\"2026-11-22T11:14:05Z\",\"from\":\"13800138000\",\"text\":\"\"}",
        "{\"id\":\"m1\",\"time\":\"2026-11-22T11:14:05Z\",\"text\":\"\"}",
        "{\"id\":\"m1\",\"time\":\"2026-11-22T11:14:05Z\",\"from\":\"+8613800138000\"}",
        "{\"id\":\"m1\",\"time\":\"2026-11-22T11:14:05Z\",\"from\":\"+8613800138000\",\"text\":\"\",\"x\":1}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(read_text(bad[i], &text, &error), AN_ERR_INVALID);
}

static void a_time_is_a_moment_that_there_is(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t us; /* 0: refused */
    } rows[] = {
        { "2026-11-22T11:14:05+08:00", 1795317245000000 },
        { "2026-11-22T03:14:05.1234567Z", 1795317245123456 },
        { "2026-11-21T21:14:05-06:00", 1795317245000000 },
        { "2024-02-29T00:00:00Z", 1709164800000000 },
        { "2016-12-31T23:59:60Z", 1483228800000000 }, /* a leap second counts as the next one, as POSIX has it */
        { "2026-02-29T00:00:00Z", 0 },
        { "2026-02-30T10:00:00+08:00", 0 },
        { "2026-04-31T10:00:00+08:00", 0 },
        { "2026-13-01T10:00:00Z", 0 },
        { "2026-00-10T10:00:00Z", 0 },
        { "2026-11-00T10:00:00Z", 0 },
        { "2026-11-22T24:00:00Z", 0 },
        { "2026-11-22T11:60:00Z", 0 },
        { "2026-11-22T11:14:61Z", 0 },
        { "2026-11-22T11:14:05+99:99", 0 },
        { "2026-11-22T11:14:05+08:60", 0 },
        { "2026-11-22T11:14:05+18:01", 0 },
        { "2026-11-22T11:14:05.Z", 0 },
        { "2026-11-22 11:14:05Z", 0 },
        { "2026- 1- 2T 1: 2: 3Z", 0 },
        { "1970-01-01T00:00:00Z", 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t us = 0;
        enum an_err err = an_case_time_of(an_slice_of(rows[i].text), &us);
        if (err != (rows[i].us == 0 ? AN_ERR_INVALID : AN_OK) || us != rows[i].us)
            fail_msg("%s: %d, %llu", rows[i].text, err, (unsigned long long)us);
    }
}

static void sentences_say_why(void **state)
{
    (void)state;
    const struct an_reason reasons[] = { { "A", "一小时内呼叫了数十名陌生人",
                                           "Called dozens of strangers within an hour", 2 },
                                         { "B", "双方曾经通话", "The two talked before", -3 },
                                         { "C", "多在6秒内挂断", "Most end within 6 seconds", 1 },
                                         { "D", "四", "four", 0.5f } };
    struct an_sentence s;
    struct an_sentence_call call = { AN_ACTION_BLOCK, AN_CATEGORY_LOAN, 0.99f, NULL, NULL, reasons, 4 };
    an_sentence_of(&call, &s);
    assert_string_equal(s.en,
                        "This call was blocked. It looks like loan sales. Called dozens of strangers within an hour.");
    assert_string_equal(s.zh, "这个来电已被拦截，看起来像是贷款理财推销。一小时内呼叫了数十名陌生人。");
    call.rule_en = "You reported this number.";
    call.rule_zh = "您举报过该号码。";
    call.category = AN_CATEGORY_UNKNOWN;
    an_sentence_of(&call, &s);
    assert_string_equal(s.en, "This call was blocked. You reported this number.");
    assert_string_equal(s.zh, "这个来电已被拦截。您举报过该号码。");
    call = (struct an_sentence_call) { .action = AN_ACTION_ALLOW, .reasons = reasons, .reason_count = 4 };
    an_sentence_of(&call, &s);
    assert_string_equal(s.en, "This call was put through. The two talked before.");
    call.probability = 0.4f; /* what spoke against it is listed below */
    an_sentence_of(&call, &s);
    assert_string_equal(s.en, "This call was put through. Something speaks against it, but not enough.");
    call.probability = 0.1f;
    call.reason_count = 1;
    an_sentence_of(&call, &s);
    assert_string_equal(s.en, "This call was put through. Little speaks against it.");
    call.reason_count = 0;
    an_sentence_of(&call, &s);
    assert_string_equal(s.zh, "这个来电已正常接通。没有发现可疑之处。");
}

static void nobody_is_quite_sure(void **state)
{
    (void)state;
    static const struct {
        float p;
        const char *en, *zh;
    } cases[] = {
        { 0, "It does not look like an unwanted call.", "不像是骚扰电话。" },
        { 0.0099f, "It does not look like an unwanted call.", "不像是骚扰电话。" },
        { 0.01f, "1% sure that it is an unwanted call.", "有1%的把握是骚扰电话。" },
        { 0.994f, "99% sure that it is an unwanted call.", "有99%的把握是骚扰电话。" },
        { 0.9951f, "Over 99% sure that it is an unwanted call.", "有99%以上的把握是骚扰电话。" },
        { 1, "Over 99% sure that it is an unwanted call.", "有99%以上的把握是骚扰电话。" },
    };
    struct an_sentence s;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        an_certainty_of(cases[i].p, &s);
        assert_string_equal(s.en, cases[i].en);
        assert_string_equal(s.zh, cases[i].zh);
    }
}

/* ---- texts that go out ---- */

struct gateway {
    int fd;
    unsigned fail; /* first answers are 500 */
    char request[4096];
};

static void *serve(void *user)
{
    struct gateway *g = user;
    for (unsigned i = 0; i <= g->fail; i++) {
        int peer = accept(g->fd, NULL, NULL);
        if (peer < 0) return NULL;
        size_t len = 0;
        ssize_t got;
        while (len < sizeof g->request - 1 && (got = read(peer, g->request + len, sizeof g->request - 1 - len)) > 0) {
            len += (size_t)got;
            g->request[len] = '\0';
            const char *body = strstr(g->request, "\r\n\r\n"), *length = strstr(g->request, "Content-Length: ");
            if (body != NULL && length != NULL && strlen(body + 4) >= strtoul(length + 16, NULL, 10)) break;
        }
        const char *answer = i < g->fail ? "HTTP/1.1 500 no\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                                         : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        assert_true(write(peer, answer, strlen(answer)) > 0);
        close(peer);
    }
    return NULL;
}

static void codes_are_spelt_to_be_spoken(void **state)
{
    (void)state;
    char out[16], tight[4];
    an_texts_spell("123456", out, sizeof out);
    assert_string_equal(out, "1 2 3 4 5 6");
    an_texts_spell("", out, sizeof out);
    assert_string_equal(out, "");
    an_texts_spell("123456", tight, sizeof tight);
    assert_string_equal(tight, "1 2");
}

static void texts_go_out_signed_and_are_tried_again(void **state)
{
    (void)state;
    struct gateway gateway = { .fail = 2 };
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    char url[64], signature[AN_TEXT_SIGNATURE_MAX];
    pthread_t thread;
    gateway.fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(gateway.fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(gateway.fd, 4), 0);
    assert_int_equal(getsockname(gateway.fd, (struct sockaddr *)&address, &size), 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/out", ntohs(address.sin_port));
    pthread_create(&thread, NULL, serve, &gateway);
    struct an_texts *texts;
    struct an_texts_stats stats;
    struct an_error error = { "" };
    struct an_texts_options options = { .url = url, .secret = "secret", .retry_ms = 1 };
    assert_int_equal(an_texts_new(&options, &texts, &error), AN_OK);
    assert_int_equal(an_texts_ready(texts, &error), AN_OK);
    assert_int_equal(an_texts_send(texts, 8613800138000, true, "your code is 123456", &error), AN_OK);
    pthread_join(thread, NULL);
    const struct timespec moment = { .tv_nsec = 1000000 };
    do {
        an_texts_stats(texts, &stats);
        nanosleep(&moment, NULL);
    } while (stats.sent + stats.failed == 0);
    assert_int_equal(stats.sent, 1);
    const char *body = strstr(gateway.request, "\r\n\r\n") + 4;
    assert_non_null(strstr(body, "\"to\":\"+8613800138000\""));
    assert_non_null(strstr(body, "123456"));
    an_text_sign(an_slice_of(body), "secret", signature);
    assert_non_null(strstr(gateway.request, signature));
    an_texts_free(texts);
    close(gateway.fd);
    assert_int_equal(an_texts_send(NULL, 8613800138000, false, "x", &error), AN_ERR_UNSUPPORTED);
    assert_int_equal(an_texts_ready(NULL, &error), AN_ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keywords_are_found_as_people_type_them),
        cmocka_unit_test(signatures_are_hmac_sha_256),
        cmocka_unit_test(webhooks_are_read_strictly),
        cmocka_unit_test(a_time_is_a_moment_that_there_is),
        cmocka_unit_test(sentences_say_why),
        cmocka_unit_test(nobody_is_quite_sure),
        cmocka_unit_test(codes_are_spelt_to_be_spoken),
        cmocka_unit_test(texts_go_out_signed_and_are_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
