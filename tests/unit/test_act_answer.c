/* Answers, byte by byte. The calls are put together by hand: act/ knows nothing of parse/. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act/answer.h"

static struct an_span span_of(const struct an_call *call, const char *text)
{
    const char *at = strstr(call->base, text);
    if (at == NULL) fail_msg("no \"%s\" in the message", text);
    return (struct an_span) { (uint16_t)(at - call->base), (uint16_t)strlen(text) };
}

/* Value of the nth header of a name, whole, folded lines included. */
static struct an_span header(const struct an_call *call, const char *name, int nth)
{
    char line[64];
    snprintf(line, sizeof line, "\r\n%s: ", name);
    const char *at = call->base;
    for (int i = 0; i <= nth; i++) {
        at = strstr(at, line);
        if (at == NULL) return (struct an_span) { 0 };
        at += strlen(line);
    }
    const char *end = at;
    while ((end = strstr(end, "\r\n")) != NULL && (end[2] == ' ' || end[2] == '\t')) end += 2;
    return (struct an_span) { (uint16_t)(at - call->base), (uint16_t)(end - at) };
}

#define HEAD "INVITE sip:+8613800138000@10.0.0.9:5060;user=phone SIP/2.0\r\n"
#define VIA "Via: SIP/2.0/UDP 192.0.2.1:5070;rport;branch=z9hG4bKabc\r\n"
#define REST                                                                                                           \
    "Via: SIP/2.0/TCP client.example.cn;branch=z9hG4bKdef;received=198.51.100.7\r\n"                                   \
    "From: \"Zhang\" <sip:+8613912345678@192.0.2.1>;tag=f1\r\n"                                                        \
    "To: <sip:+8613800138000@10.0.0.9>\r\n"                                                                            \
    "Call-ID: one@192.0.2.1\r\nCSeq: 7 INVITE\r\n\r\n"
#define MESSAGE HEAD VIA REST

static struct an_call call_of(const char *message)
{
    struct an_call call = { .base = message, .length = (uint32_t)strlen(message) };
    struct an_parsed *p = &call.parsed;
    call.peer.v4.sin_family = AF_INET;
    call.peer.v4.sin_port = htons(33333);
    inet_pton(AF_INET, "192.0.2.1", &call.peer.v4.sin_addr);
    p->method = AN_SIP_INVITE;
    const char *uri = strchr(message, ' ') + 1;
    p->uri = (struct an_span) { (uint16_t)(uri - message), (uint16_t)strcspn(uri, " ") };
    for (p->via_count = 0; header(&call, "Via", p->via_count).len > 0; p->via_count++)
        p->vias[p->via_count] = header(&call, "Via", p->via_count);
    p->rport = strstr(message, ";rport") != NULL;
    p->from_line = header(&call, "From", 0);
    p->to_line = header(&call, "To", 0);
    p->call_id = header(&call, "Call-ID", 0);
    p->cseq_line = header(&call, "CSeq", 0);
    p->cseq = 7;
    if (strstr(message, "+8613800138000@10.0.0.9") != NULL) {
        p->called = (struct an_identity) { .user = span_of(&call, "+8613800138000"),
                                           .host = span_of(&call, "10.0.0.9"),
                                           .present = true };
        p->from = (struct an_identity) { .user = span_of(&call, "+8613912345678"),
                                         .host = span_of(&call, "192.0.2.1"),
                                         .present = true };
        p->from.host.at = (uint16_t)(p->from.user.at + p->from.user.len + 1);
        p->from_tag = span_of(&call, "f1");
        p->branch = span_of(&call, "z9hG4bKabc");
    }
    an_token_make(1700000000000000, 1, 0x0123456789abcdef, &call.verdict.token);
    call.verdict.probability = 0.93124f;
    call.verdict.category = AN_CATEGORY_LOAN;
    return call;
}

static struct an_act_settings settings_of(void)
{
    struct an_act_settings s = { .block_status = 608, .label_language = "zh", .server = "Anning" };
    return s;
}

static char out[AN_SIP_ANSWER_MAX + 1];

static const char *answer(const struct an_call *call, const struct an_act_settings *settings)
{
    memset(out, '#', sizeof out);
    size_t len = an_act_answer(call, settings, out, AN_SIP_ANSWER_MAX);
    assert_int_equal(out[AN_SIP_ANSWER_MAX], '#');
    out[len] = '\0';
    return out;
}

/* text with the To tag, which is a hash, replaced by TAG. */
static const char *without_tag(const char *text)
{
    static char copy[sizeof out];
    const char *to = strstr(text, "\r\nTo: "), *tag = to == NULL ? NULL : strstr(to, ";tag=");
    assert_non_null(tag);
    assert_int_equal(strspn(tag + 5, "0123456789abcdef"), 16);
    snprintf(copy, sizeof copy, "%.*s;tag=TAG%s", (int)(tag - text), text, tag + 21);
    return copy;
}

#define VIAS                                                                                                           \
    "Via: SIP/2.0/UDP 192.0.2.1:5070;rport=33333;branch=z9hG4bKabc;received=192.0.2.1\r\n"                             \
    "Via: SIP/2.0/TCP client.example.cn;branch=z9hG4bKdef;received=198.51.100.7\r\n"
#define COPIED                                                                                                         \
    VIAS "From: \"Zhang\" <sip:+8613912345678@192.0.2.1>;tag=f1\r\n"                                                   \
         "To: <sip:+8613800138000@10.0.0.9>;tag=TAG\r\n"                                                               \
         "Call-ID: one@192.0.2.1\r\nCSeq: 7 INVITE\r\n"
#define END "Server: Anning\r\nContent-Length: 0\r\n\r\n"
#define TOKEN "0618J1G7J0000G28T5CY4TQKFF"

static void token_is_what_the_goldens_say(void **state)
{
    (void)state;
    struct an_call call = call_of(MESSAGE);
    char text[AN_TOKEN_TEXT_MAX];
    an_token_text(&call.verdict.token, text);
    assert_string_equal(text, TOKEN);
}

static void allow(void **state)
{
    (void)state;
    struct an_call call = call_of(MESSAGE);
    struct an_act_settings s = settings_of();
    call.verdict.action = AN_ACTION_ALLOW;
    call.verdict.category = AN_CATEGORY_PERSON;
    call.verdict.probability = 0.00004f;
    assert_string_equal(without_tag(answer(&call, &s)),
                        "SIP/2.0 302 Moved Temporarily\r\n" COPIED
                        "Contact: <sip:+8613800138000@10.0.0.9:5060;user=phone>\r\n"
                        "X-Anning: action=allow; score=0.0000; category=person; token=" TOKEN "\r\n" END);
    strcpy(s.next_hop, "core.example.cn:5080");
    s.server[0] = '\0';
    call.verdict.rules = AN_RULE_FALLBACK;
    call.verdict.probability = NAN;
    assert_string_equal(without_tag(answer(&call, &s)),
                        "SIP/2.0 302 Moved Temporarily\r\n" COPIED
                        "Contact: <sip:+8613800138000@core.example.cn:5080;user=phone>\r\n"
                        "X-Anning: action=allow; score=0.0000; category=person; token=" TOKEN "; fallback=1\r\n"
                        "Content-Length: 0\r\n\r\n");
}

static void label(void **state)
{
    (void)state;
    struct an_call call = call_of(MESSAGE);
    struct an_act_settings s = settings_of();
    call.verdict.action = AN_ACTION_LABEL;
    assert_string_equal(without_tag(answer(&call, &s)),
                        "SIP/2.0 302 Moved Temporarily\r\n" COPIED
                        "Contact: <sip:+8613800138000@10.0.0.9:5060;user=phone>\r\n"
                        "P-Asserted-Identity: \"【贷款理财】\" <sip:+8613912345678@192.0.2.1>\r\n"
                        "Call-Info: <data:,>;purpose=info;confidence=93;category=loan\r\n"
                        "X-Anning-Label: 【贷款理财】\r\n"
                        "X-Anning: action=label; score=0.9312; category=loan; token=" TOKEN "\r\n" END);
    strcpy(s.label_language, "en");
    strcpy(s.redress_url, "https://anning.example.cn/d/");
    assert_string_equal(
        without_tag(answer(&call, &s)),
        "SIP/2.0 302 Moved Temporarily\r\n" COPIED "Contact: <sip:+8613800138000@10.0.0.9:5060;user=phone>\r\n"
        "P-Asserted-Identity: \"[Loan offer]\" <sip:+8613912345678@192.0.2.1>\r\n"
        "Call-Info: <https://anning.example.cn/d/" TOKEN ">;purpose=info;confidence=93;category=loan\r\n"
        "X-Anning-Label: [Loan offer]\r\n"
        "X-Anning: action=label; score=0.9312; category=loan; token=" TOKEN "\r\n" END);
    call.verdict.action = AN_ACTION_SCREEN; /* no screening assistant: the next milder */
    assert_non_null(strstr(answer(&call, &s), "X-Anning: action=label;"));
    assert_non_null(strstr(out, "X-Anning-Label: [Loan offer]\r\n"));
}

static void label_texts(void **state)
{
    (void)state;
    char text[AN_ACT_LABEL_MAX + 1] = { 0 };
    for (int c = -1; c <= AN_CATEGORY_COUNT; c++)
        for (int zh = 0; zh < 2; zh++) {
            size_t len = an_act_label((enum an_category)c, zh ? "zh" : "en", text);
            assert_true(len > 2 && len < AN_ACT_LABEL_MAX);
            assert_memory_equal(text, zh ? "【" : "[", zh ? 3 : 1);
            assert_memory_equal(text + len - (zh ? 3 : 1), zh ? "】" : "]", zh ? 3 : 1);
        }
    text[an_act_label(AN_CATEGORY_UNKNOWN, "zh", text)] = '\0';
    assert_string_equal(text, "【疑似骚扰】");
}

static void who_is_asserted(void **state)
{
    (void)state;
    static const char message[] =
        HEAD VIA "P-Asserted-Identity: <tel:+8657188880000>, <sip:+8610000@[2001:db8::7]>\r\n" REST;
    struct an_call call = call_of(message);
    struct an_act_settings s = settings_of();
    call.verdict.action = AN_ACTION_LABEL;
    call.parsed.asserted_tel =
        (struct an_identity) { .user = span_of(&call, "+8657188880000"), .present = true, .tel = true };
    assert_non_null(strstr(answer(&call, &s), "\" <tel:+8657188880000>\r\n"));
    call.parsed.asserted = (struct an_identity) { .user = span_of(&call, "+8610000"),
                                                  .host = span_of(&call, "2001:db8::7"),
                                                  .present = true };
    assert_non_null(strstr(answer(&call, &s), "\" <sip:+8610000@[2001:db8::7]>\r\n"));
    call.parsed.asserted.host = span_of(&call, "[2001:db8::7]");
    assert_non_null(strstr(answer(&call, &s), "\" <sip:+8610000@[2001:db8::7]>\r\n"));
    call.parsed.asserted.present = call.parsed.asserted_tel.present = false;
    call.parsed.anonymous = true;
    assert_non_null(strstr(answer(&call, &s), "\" <sip:anonymous@anonymous.invalid>\r\n"));
}

static void screen(void **state)
{
    (void)state;
    struct an_call call = call_of(MESSAGE);
    struct an_act_settings s = settings_of();
    call.verdict.action = AN_ACTION_SCREEN;
    strcpy(s.screener, "sip:screen@10.0.0.5:5062");
    assert_string_equal(without_tag(answer(&call, &s)),
                        "SIP/2.0 302 Moved Temporarily\r\n" COPIED
                        "Contact: <sip:screen@10.0.0.5:5062;anning-callee=+8613800138000;anning-token=" TOKEN ">\r\n"
                        "X-Anning: action=screen; score=0.9312; category=loan; token=" TOKEN "\r\n" END);
}

/* Whatever the verdict on a subscriber's call to the short code, it rings nowhere. */
static void the_short_code(void **state)
{
    (void)state;
    struct an_call call = call_of(MESSAGE);
    struct an_act_settings s = settings_of();
    s.short_code = 8612321;
    call.enriched.obs.callee = 8612321;
    call.enriched.obs.flags = AN_OBS_SUBSCRIBER;
    for (int action = AN_ACTION_ALLOW; action < AN_ACTION_COUNT; action++) {
        call.verdict.action = (uint8_t)action;
        assert_string_equal(without_tag(answer(&call, &s)), "SIP/2.0 480 Temporarily Unavailable\r\n" COPIED
                                                            "Reason: SIP;cause=480;text=\"Report taken\"\r\n"
                                                            "X-Anning: action=report; token=" TOKEN "\r\n" END);
    }
    call.verdict.action = AN_ACTION_ALLOW;
    call.enriched.obs.flags = 0; /* a trunk of strangers */
    assert_memory_equal(answer(&call, &s), "SIP/2.0 302 ", 12);
    call.enriched.obs.flags = AN_OBS_SUBSCRIBER;
    call.enriched.obs.callee = 8612315;
    assert_memory_equal(answer(&call, &s), "SIP/2.0 302 ", 12);
    call.enriched.obs.callee = s.short_code = AN_NUMBER_NONE; /* no code, and a callee nobody can read */
    assert_memory_equal(answer(&call, &s), "SIP/2.0 302 ", 12);
}

static void block(void **state)
{
    (void)state;
    struct an_call call = call_of(MESSAGE);
    struct an_act_settings s = settings_of();
    call.verdict.action = AN_ACTION_BLOCK;
    assert_string_equal(without_tag(answer(&call, &s)),
                        "SIP/2.0 608 Rejected\r\n" COPIED
                        "Reason: SIP;cause=608;text=\"Rejected by call analytics: loan, decision " TOKEN "\"\r\n"
                        "X-Anning: action=block; score=0.9312; category=loan; token=" TOKEN "\r\n" END);
    strcpy(s.redress_url, "https://anning.example.cn/d/");
    assert_non_null(strstr(answer(&call, &s), "Call-Info: <https://anning.example.cn/d/" TOKEN
                                              ">;purpose=jcard\r\nReason: SIP;cause=608;"));
    s.block_status = 607;
    assert_memory_equal(answer(&call, &s), "SIP/2.0 607 Unwanted\r\n", 22);
    assert_non_null(strstr(out, "\r\nReason: SIP;cause=607;"));
    s.block_status = 603;
    assert_memory_equal(answer(&call, &s), "SIP/2.0 603 Decline\r\n", 21);
    s.block_status = 200; /* nonsense doesn't let a blocked call through as answered */
    assert_memory_equal(answer(&call, &s), "SIP/2.0 608 Rejected\r\n", 22);
    assert_null(strstr(out, "Contact:"));
}

static void statuses(void **state)
{
    (void)state;
    struct an_call call = call_of(MESSAGE);
    struct an_act_settings s = settings_of();
    call.sip_status = 483;
    call.error = AN_ERR_LIMIT;
    assert_string_equal(without_tag(answer(&call, &s)), "SIP/2.0 483 Too Many Hops\r\n" COPIED END);
    call.sip_status = 405;
    assert_string_equal(without_tag(answer(&call, &s)),
                        "SIP/2.0 405 Method Not Allowed\r\n" COPIED "Allow: INVITE, ACK, CANCEL, OPTIONS\r\n" END);
    call.sip_status = 100;
    assert_memory_equal(answer(&call, &s), "SIP/2.0 100 Trying\r\n", 20);
    assert_non_null(strstr(out, "To: <sip:+8613800138000@10.0.0.9>\r\n"));
    for (unsigned status = 100; status < 700; status++) {
        char line[80];
        call.sip_status = (uint16_t)status;
        snprintf(line, sizeof line, "SIP/2.0 %u %s\r\nVia: ", status, an_act_reason(status));
        assert_memory_equal(answer(&call, &s), line, strlen(line));
        assert_null(strstr(out, "X-Anning"));
    }
    call.sip_status = 4711;
    assert_memory_equal(answer(&call, &s), "SIP/2.0 500 Server", 18);
    assert_string_equal(an_act_reason(513), "Message Too Large");
    assert_string_equal(an_act_reason(0), "Unknown");
    assert_string_equal(an_act_reason(9000), "Unknown");
}

static void methods(void **state)
{
    (void)state;
    struct an_call call = call_of(MESSAGE);
    struct an_act_settings s = settings_of();
    char invite_tag[32], *tag = strstr((char *)answer(&call, &s), "9>;tag=");
    memcpy(invite_tag, tag, 23);
    call.parsed.method = AN_SIP_CANCEL; /* the same tag as the INVITE's (RFC 3261 section 9.2) */
    assert_string_equal(without_tag(answer(&call, &s)), "SIP/2.0 200 OK\r\n" COPIED END);
    answer(&call, &s);
    assert_memory_equal(strstr(out, "9>;tag="), invite_tag, 23);
    call.parsed.method = AN_SIP_OPTIONS;
    assert_string_equal(without_tag(answer(&call, &s)),
                        "SIP/2.0 200 OK\r\n" COPIED "Allow: INVITE, ACK, CANCEL, OPTIONS\r\nAccept: application/sdp\r\n"
                        "Accept-Encoding: identity\r\nAccept-Language: zh, en\r\nSupported:\r\n" END);
    call.parsed.method = AN_SIP_BYE;
    assert_memory_equal(answer(&call, &s), "SIP/2.0 405 ", 12);
    call.parsed.method = AN_SIP_OTHER;
    assert_memory_equal(answer(&call, &s), "SIP/2.0 501 ", 12);
}

static void tags_differ_between_calls(void **state)
{
    (void)state;
    struct an_act_settings s = settings_of();
    struct an_call call = call_of(MESSAGE);
    char first[64];
    snprintf(first, sizeof first, "%.40s", strstr(answer(&call, &s), "\r\nTo:") + 35);
    assert_memory_equal(strstr(answer(&call, &s), "\r\nTo:") + 35, first, 30); /* a retransmission */
    call.parsed.cseq = 8;
    assert_memory_not_equal(strstr(answer(&call, &s), "\r\nTo:") + 35, first, 30);
    call = call_of(MESSAGE);
    call.parsed.call_id.len--;
    assert_memory_not_equal(strstr(answer(&call, &s), "\r\nTo:") + 35, first, 30);
    call = call_of(MESSAGE);
    call.parsed.branch.len--;
    assert_memory_not_equal(strstr(answer(&call, &s), "\r\nTo:") + 35, first, 30);
    call.parsed.to_tag = span_of(&call, "one"); /* inside a dialog the tag stays */
    assert_non_null(strstr(answer(&call, &s), "To: <sip:+8613800138000@10.0.0.9>\r\n"));
}

static void nothing_due(void **state)
{
    (void)state;
    struct an_act_settings s = settings_of();
    struct an_call call = call_of(MESSAGE);
    call.parsed.method = AN_SIP_ACK;
    call.sip_status = 400;
    assert_string_equal(answer(&call, &s), "");
    call = call_of(MESSAGE);
    call.parsed.status = 200;
    call.sip_status = 400;
    assert_string_equal(answer(&call, &s), "");
    call = call_of(MESSAGE);
    call.parsed.via_count = 0;
    assert_string_equal(answer(&call, &s), "");
    call = call_of(MESSAGE);
    call.error = AN_ERR_MALFORMED;
    assert_string_equal(answer(&call, &s), "");
    call.sip_status = 400;
    assert_memory_equal(answer(&call, &s), "SIP/2.0 400 Bad Request\r\n", 25);
    static const enum an_transport silent[] = { AN_TRANSPORT_HEP, AN_TRANSPORT_HTTP, AN_TRANSPORT_FILE };
    for (int i = 0; i < 3; i++) {
        call.transport = silent[i];
        assert_string_equal(answer(&call, &s), "");
    }
    call = call_of(MESSAGE); /* what is missing in a broken request is left out */
    call.sip_status = 400;
    call.parsed.from_line.len = call.parsed.to_line.len = call.parsed.call_id.len = call.parsed.cseq_line.len = 0;
    assert_string_equal(answer(&call, &s), "SIP/2.0 400 Bad Request\r\n" VIAS END);
}

static void via(const char *value, const char *peer, const char *same)
{
    char message[1200], wanted[1200];
    snprintf(message, sizeof message, "OPTIONS sip:x SIP/2.0\r\nVia: %s\r\n\r\n", value);
    struct an_call call = call_of(message);
    struct an_act_settings s = settings_of();
    call.parsed.method = AN_SIP_OPTIONS;
    if (strchr(peer, ':') != NULL) {
        call.peer.v6.sin6_family = AF_INET6;
        assert_int_equal(inet_pton(AF_INET6, peer, &call.peer.v6.sin6_addr), 1);
    } else {
        assert_int_equal(inet_pton(AF_INET, peer, &call.peer.v4.sin_addr), 1);
    }
    snprintf(wanted, sizeof wanted, "SIP/2.0 200 OK\r\nVia: %s\r\nAllow:", same);
    answer(&call, &s);
    if (strncmp(out, wanted, strlen(wanted)) != 0) fail_msg("Via %s gives\n%s", value, out);
}

static void vias(void **state)
{
    (void)state;
#define A "SIP/2.0/UDP "
    via(A "10.1.2.3;branch=x", "10.1.2.3", A "10.1.2.3;branch=x");
    via(A "10.1.2.3:5060;branch=x", "10.1.2.30", A "10.1.2.3:5060;branch=x;received=10.1.2.30");
    via(A "host.cn;branch=x", "255.0.100.9", A "host.cn;branch=x;received=255.0.100.9");
    via(A "10.1.2.3;rport;branch=x", "10.1.2.3", A "10.1.2.3;rport=33333;branch=x;received=10.1.2.3");
    via(A "10.1.2.3;branch=x;RPORT", "10.1.2.3", A "10.1.2.3;branch=x;rport=33333;received=10.1.2.3");
    via(A "10.1.2.3;rport=1;branch=x", "10.1.2.3", A "10.1.2.3;rport=33333;branch=x;received=10.1.2.3");
    via(A "10.1.2.3;branch=x; rport ;a=b", "10.1.2.3", A "10.1.2.3;branch=x;rport=33333;a=b;received=10.1.2.3");
    via(A "10.1.2.3;received=6.6.6.6;branch=x", "10.1.2.3", A "10.1.2.3;branch=x"); /* his own claim goes */
    via(A "10.1.2.3;branch=\"a;rport,b\\\";rport\"", "10.1.2.3", A "10.1.2.3;branch=\"a;rport,b\\\";rport\"");
    via(A "a.cn;branch=x, SIP/2.0/TCP b.cn;rport", "9.9.9.9",
        A "a.cn;branch=x;received=9.9.9.9, SIP/2.0/TCP b.cn;rport");
    via(A "a.cn,SIP/2.0/TCP b.cn", "9.9.9.9", A "a.cn;received=9.9.9.9,SIP/2.0/TCP b.cn");
    via(A "[2001:db8::1]:5060;branch=x", "2001:db8::1", A "[2001:db8::1]:5060;branch=x");
    via(A "[2001:DB8:0::1];branch=x", "2001:db8::1", A "[2001:DB8:0::1];branch=x");
    via(A "[2001:db8::2];branch=x", "2001:db8::1", A "[2001:db8::2];branch=x;received=2001:db8::1");
    via("SIP  / 2.0\r\n /UDP\r\n   10.1.2.3 : 5060 ;branch=x", "10.1.2.3", "SIP  / 2.0 /UDP 10.1.2.3 : 5060 ;branch=x");
    via("nonsense", "10.1.2.3", "nonsense");
    via("a/b/", "10.1.2.3", "a/b/;received=10.1.2.3");
    via(A ";", "10.1.2.3", A ";;received=10.1.2.3");
    via(A "h;a=\"open", "10.1.2.3", A "h;a=\"open;received=10.1.2.3");
    via(A "h;a=\"open\\", "10.1.2.3", A "h;a=\"open\\;received=10.1.2.3");
#undef A
}

static unsigned port_for(const char *value, bool rport)
{
    char message[400];
    snprintf(message, sizeof message, "OPTIONS sip:x SIP/2.0\r\nVia: %s\r\n\r\n", value);
    struct an_call call = call_of(message);
    call.parsed.rport = rport;
    union an_address to;
    an_act_destination(&call, &to);
    assert_int_equal(to.v4.sin_addr.s_addr, call.peer.v4.sin_addr.s_addr);
    return ntohs(to.v4.sin_port);
}

static void destinations(void **state)
{
    (void)state;
    assert_int_equal(port_for("SIP/2.0/UDP 10.1.2.3:5070;branch=x", false), 5070);
    assert_int_equal(port_for("SIP/2.0/UDP 10.1.2.3;branch=x", false), 5060);
    assert_int_equal(port_for("SIP/2.0/UDP 10.1.2.3:5070;maddr=10.9.9.9;rport", true), 33333);
    assert_int_equal(port_for("SIP/2.0/UDP 10.1.2.3:0", false), 33333);
    assert_int_equal(port_for("SIP/2.0/UDP 10.1.2.3:70000", false), 33333);
    assert_int_equal(port_for("SIP/2.0/UDP [::1]:5071", false), 5071);
    assert_int_equal(port_for("nonsense", false), 33333);
}

static void contacts(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *user, *host, *here, *moved;
    } rows[] = {
        { "sip:a@h", "a", "h", "sip:a@h", "sip:a@next:5080" },
        { "sips:a;x=1:pw@h:99;user=phone", "a", "h:99", "sips:a;x=1:pw@h:99;user=phone",
          "sips:a;x=1:pw@next:5080;user=phone" },
        { "sip:a@h;transport=tcp;user=phone;maddr=1.2.3.4;LR;ttl=1", "a", "h;t",
          "sip:a@h;transport=tcp;user=phone;maddr=1.2.3.4;LR;ttl=1", "sip:a@next:5080;user=phone" },
        { "sip:a@h?Route=%3Csip:evil%3E&Subject=x", "a", "h?", "sip:a@h", "sip:a@next:5080" },
        { "sip:a@h:5060;x=y?Route=evil", "a", "h:", "sip:a@h:5060;x=y", "sip:a@next:5080;x=y" },
        { "sip:a@[2001:db8::1]:5060", "a", "2001:db8::1", "sip:a@[2001:db8::1]:5060", "sip:a@next:5080" },
        { "sip:a@[2001:db8::1];x", "a", "[2001:db8::1]", "sip:a@[2001:db8::1];x", "sip:a@next:5080;x" },
        { "sip:h", "", "h", "sip:h", "sip:next:5080" },
        { "sip:a%20b@h", "a%20b", "h", "sip:a%20b@h", "sip:a%20b@next:5080" },
        { "sip:a\"><b@h", "a\"><b", "h", "sip:a%22%3E%3Cb@h", "sip:a%22%3E%3Cb@next:5080" },
        { "urn:service:sos?x", "", "", "urn:service:sos", "urn:service:sos" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char message[600], wanted[300];
        snprintf(message, sizeof message, "INVITE %s SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1\r\n\r\n", rows[i].uri);
        struct an_call call = call_of(message);
        struct an_act_settings s = settings_of();
        if (rows[i].host[0] != '\0') {
            const char *at = strrchr(rows[i].uri, '@');
            size_t from = at == NULL ? 4 : (size_t)(at + 1 - rows[i].uri);
            const char *host = strstr(rows[i].uri + from, rows[i].host);
            assert_non_null(host);
            size_t len = strcspn(rows[i].host, rows[i].host[0] == '[' ? "" : ";?");
            if (strchr(rows[i].host, '.') == NULL && strstr(rows[i].host, "::") == NULL)
                len = strcspn(rows[i].host, ":;?");
            call.parsed.called = (struct an_identity) {
                .host = { (uint16_t)(call.parsed.uri.at + (host - rows[i].uri)), (uint16_t)len },
                .present = true,
            };
        }
        snprintf(wanted, sizeof wanted, "\r\nContact: <%s>\r\n", rows[i].here);
        if (strstr(answer(&call, &s), wanted) == NULL) fail_msg("%s: no%sin\n%s", rows[i].uri, wanted, out);
        strcpy(s.next_hop, "next:5080");
        snprintf(wanted, sizeof wanted, "\r\nContact: <%s>\r\n", rows[i].moved);
        if (strstr(answer(&call, &s), wanted) == NULL) fail_msg("%s: no%sin\n%s", rows[i].uri, wanted, out);
    }
    struct an_call call =
        call_of("INVITE tel:+8613800138000;phone-context=x SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1\r\n\r\n");
    struct an_act_settings s = settings_of();
    call.parsed.called =
        (struct an_identity) { .user = span_of(&call, "+8613800138000"), .present = true, .tel = true };
    assert_non_null(strstr(answer(&call, &s), "\r\nContact: <tel:+8613800138000>\r\n"));
    strcpy(s.next_hop, "next");
    assert_non_null(strstr(answer(&call, &s), "\r\nContact: <sip:+8613800138000@next;user=phone>\r\n"));
}

/* Lines of the answer, each checked to begin with a header name we write. */
static void assert_no_foreign_header(const char *text, size_t len)
{
    static const char *const ours[] = { "SIP/2.0 ",
                                        "Via: ",
                                        "From: ",
                                        "To: ",
                                        "Call-ID: ",
                                        "CSeq: ",
                                        "Contact: <",
                                        "P-Asserted-Identity: \"",
                                        "Call-Info: <",
                                        "X-Anning-Label: ",
                                        "X-Anning: ",
                                        "Server: ",
                                        "Content-Length: 0",
                                        "Reason: ",
                                        "Allow: ",
                                        "Accept",
                                        "Supported:" };
    assert_true(len > 4 && memcmp(text + len - 4, "\r\n\r\n", 4) == 0);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '\r')
            assert_true(text[i + 1] == '\n');
        else if (c == '\n')
            assert_true(text[i - 1] == '\r');
        else
            assert_true(c >= 0x20 && c != 0x7f);
    }
    for (const char *line = text; line < text + len - 2; line = strstr(line, "\r\n") + 2) {
        bool known = false;
        for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
            known = known || strncmp(line, ours[i], strlen(ours[i])) == 0;
        if (!known) fail_msg("foreign line in the answer: %.60s", line);
    }
}

static void injection(void **state)
{
    (void)state;
    static const char folded[] = HEAD "Via: SIP/2.0/UDP h;branch=z9hG4bKabc\r\n\t;x=y\r\n" /* one Via, folded */
                                      "From: \"Zhang\" <sip:+8613912345678@192.0.2.1>\r\n  ;tag=f1\r\nTo: <sip:t>\r\n "
                                      ";z\r\nCall-ID: one\r\nCSeq: 7\r\n INVITE\r\n\r\n";
    struct an_call call = call_of(folded);
    struct an_act_settings s = settings_of();
    answer(&call, &s);
    assert_non_null(strstr(out, "Via: SIP/2.0/UDP h;branch=z9hG4bKabc ;x=y;received=192.0.2.1\r\n"));
    assert_non_null(strstr(out, "From: \"Zhang\" <sip:+8613912345678@192.0.2.1> ;tag=f1\r\nTo: <sip:t> ;z;tag="));
    assert_non_null(strstr(out, "CSeq: 7 INVITE\r\n"));
    assert_no_foreign_header(out, strlen(out));

    /* Whatever a span holds, no line of the answer is the peer's: every control character in every place. */
    char message[sizeof MESSAGE];
    for (int action = 0; action < AN_ACTION_COUNT; action++)
        for (size_t at = 0; at < sizeof MESSAGE - 1; at++)
            for (int c = 0; c < 33; c++) {
                memcpy(message, MESSAGE, sizeof message);
                call = call_of(message);                 /* spans of the sound message ... */
                message[at] = (char)(c < 32 ? c : 0x7f); /* ... over the changed one */
                call.verdict.action = (uint8_t)action;
                size_t len = an_act_answer(&call, &s, out, AN_SIP_ANSWER_MAX);
                out[len] = '\0';
                if (len > 0) assert_no_foreign_header(out, len);
            }
    call = call_of(MESSAGE);
    call.parsed.call_id.len = (uint16_t)(strlen(call.base) - call.parsed.call_id.at); /* a span over further lines */
    answer(&call, &s);
    assert_no_foreign_header(out, strlen(out));
    assert_non_null(strstr(out, "Call-ID: one@192.0.2.1 CSeq: 7 INVITE \r\n"));
}

static void any_size(void **state)
{
    (void)state;
    struct an_act_settings s = settings_of();
    strcpy(s.redress_url, "https://anning.example.cn/d/");
    strcpy(s.screener, "sip:screen@10.0.0.5");
    struct an_call call = call_of(MESSAGE);
    for (int action = 0; action < AN_ACTION_COUNT; action++) {
        call.verdict.action = (uint8_t)action;
        size_t whole = strlen(answer(&call, &s));
        for (size_t size = 0; size <= whole; size++) {
            char *exact = malloc(size + 1); /* the sanitizer sees one byte too many */
            exact[size] = '#';
            size_t len = an_act_answer(&call, &s, exact, size);
            assert_int_equal(len, size == whole ? whole : 0);
            assert_int_equal(exact[size], '#');
            free(exact);
        }
    }
    static char big[66000];
    snprintf(big, sizeof big, "INVITE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h;x=%065450d\r\n\r\n", 0);
    call = call_of(big);
    assert_string_equal(answer(&call, &s), "");
    call.sip_status = 513;
    assert_string_equal(answer(&call, &s), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(token_is_what_the_goldens_say),
        cmocka_unit_test(allow),
        cmocka_unit_test(label),
        cmocka_unit_test(label_texts),
        cmocka_unit_test(who_is_asserted),
        cmocka_unit_test(screen),
        cmocka_unit_test(block),
        cmocka_unit_test(statuses),
        cmocka_unit_test(methods),
        cmocka_unit_test(tags_differ_between_calls),
        cmocka_unit_test(nothing_due),
        cmocka_unit_test(the_short_code),
        cmocka_unit_test(vias),
        cmocka_unit_test(destinations),
        cmocka_unit_test(contacts),
        cmocka_unit_test(injection),
        cmocka_unit_test(any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
