/* What the SIP parser reads out of a message, header by header. */
#include "sip_help.h"

#include "parse/sip_address.h"
#include "parse/sip_names.h"

static struct an_parsed parsed;

static void test_whole_invite(void **state)
{
    (void)state;
    const char *m = "INVITE sip:+8613800138000@192.0.2.1:5060;user=phone SIP/2.0\r\n"
                    "Via: SIP/2.0/UDP 192.0.2.9:5062;rport;branch=z9hG4bKabc\r\n"
                    "Via: SIP/2.0/TCP gw.example.com;branch=z9hG4bKdef, SIP/2.0/TLS [2001:db8::1]:5061\r\n"
                    "Max-Forwards: 69\r\n"
                    "From: \"Li \\\"L\\\" Na\" <sip:+8613900139000@op.example.com;user=phone>;tag=f1\r\n"
                    "To: <sip:+8613800138000@op.example.com>\r\n"
                    "Call-ID: abc-1@192.0.2.9\r\nCSeq: 4294967295 INVITE\r\n"
                    "User-Agent: Dialler 1.2\r\n"
                    "Content-Length: 4\r\n\r\nv=0\nignored";
    assert_int_equal(parse_text(m, &parsed), AN_OK);
    assert_int_equal(parsed.method, AN_SIP_INVITE);
    assert_int_equal(parsed.status, 0);
    assert_span(m, parsed.uri, "sip:+8613800138000@192.0.2.1:5060;user=phone");
    assert_span(m, parsed.called.user, "+8613800138000");
    assert_span(m, parsed.called.host, "192.0.2.1");
    assert_int_equal(parsed.via_count, 3);
    assert_span(m, parsed.vias[0], "SIP/2.0/UDP 192.0.2.9:5062;rport;branch=z9hG4bKabc");
    assert_span(m, parsed.vias[1], "SIP/2.0/TCP gw.example.com;branch=z9hG4bKdef");
    assert_span(m, parsed.vias[2], "SIP/2.0/TLS [2001:db8::1]:5061");
    assert_span(m, parsed.branch, "z9hG4bKabc");
    assert_true(parsed.rport);
    assert_int_equal(parsed.max_forwards, 69);
    assert_span(m, parsed.from.display, "Li \\\"L\\\" Na");
    assert_span(m, parsed.from.user, "+8613900139000");
    assert_span(m, parsed.from.host, "op.example.com");
    assert_span(m, parsed.from_tag, "f1");
    assert_span(m, parsed.to_line, "<sip:+8613800138000@op.example.com>");
    assert_int_equal(parsed.to_tag.len, 0);
    assert_span(m, parsed.call_id, "abc-1@192.0.2.9");
    assert_int_equal(parsed.cseq, UINT32_MAX);
    assert_span(m, parsed.cseq_line, "4294967295 INVITE");
    assert_span(m, parsed.user_agent, "Dialler 1.2");
    assert_span(m, parsed.body, "v=0\n");
    assert_int_equal(parsed.header_count, 9);
    assert_int_equal(parsed.given_kind, AN_OBS_ATTEMPT);
    assert_false(parsed.anonymous);
    assert_true(parsed.shape != 0);
}

static void test_response(void **state)
{
    (void)state;
    const char *m = "SIP/2.0 486 Busy Here\r\n" VIA "From: sip:a@b;tag=1\r\nTo: tel:+8610;tag=2\r\nCall-ID: x\r\n"
                    "CSeq: 7 INVITE\r\nServer: gw/2\r\n\r\n";
    assert_int_equal(parse_text(m, &parsed), AN_OK);
    assert_int_equal(parsed.status, 486);
    assert_int_equal(parsed.method, AN_SIP_INVITE);
    assert_span(m, parsed.user_agent, "gw/2");
    assert_span(m, parsed.from.user, "a");
    assert_span(m, parsed.to.user, "+8610");
    assert_true(parsed.to.tel);
    assert_span(m, parsed.to_tag, "2");
    assert_true(parsed.shape == 0);
    assert_false(an_sip_answerable(&parsed));
}

static void test_compact_and_folded(void **state)
{
    (void)state;
    const char *m =
        "INVITE sip:c@d SIP/2.0\r\nv: SIP / 2.0 /\tUDP\r\n h : 5060 ; branch\r\n = z9hG4bK1 ,SIP/2.0/UDP h2\r\n"
        "f : Anna Maria <sip:a@b> ;\r\n tag = 1\r\nT:sip:c@d;tag=2\r\ni: x\r\nCSEQ: 0009\r\n  INVITE\r\n"
        "L:0\r\n\r\n";
    assert_int_equal(parse_text(m, &parsed), AN_OK);
    assert_int_equal(parsed.via_count, 2);
    assert_span(m, parsed.branch, "z9hG4bK1");
    assert_span(m, parsed.vias[1], "SIP/2.0/UDP h2");
    assert_span(m, parsed.from.display, "Anna Maria");
    assert_span(m, parsed.from_tag, "1");
    assert_span(m, parsed.to_tag, "2");
    assert_int_equal(parsed.cseq, 9);
    assert_int_equal(parsed.header_count, 6);
}

static void test_asserted(void **state)
{
    (void)state;
    const char *m = LINE VIA REST "P-Asserted-Identity: \"N, M\" <sip:+86139@op;user=phone>, <tel:+86139;x=y>\r\n\r\n";
    assert_int_equal(parse_text(m, &parsed), AN_OK);
    assert_true(parsed.asserted.present && parsed.asserted_tel.present);
    assert_span(m, parsed.asserted.display, "N, M");
    assert_span(m, parsed.asserted.user, "+86139");
    assert_span(m, parsed.asserted_tel.user, "+86139");
    const char *split = LINE VIA REST "P-Asserted-Identity: tel:10086\r\nP-Asserted-Identity: <sips:s@op>\r\n\r\n";
    assert_int_equal(parse_text(split, &parsed), AN_OK);
    assert_span(split, parsed.asserted_tel.user, "10086");
    assert_span(split, parsed.asserted.user, "s");
    /* Malformed is as good as absent, and no reason to refuse the call. */
    assert_int_equal(parse_text(LINE VIA REST "P-Asserted-Identity: <sip:broken\r\n\r\n", &parsed), AN_OK);
    assert_false(parsed.asserted.present);
}

static void test_forwarded(void **state)
{
    (void)state;
    const char *m =
        LINE VIA REST "Diversion: <sip:d1@h>;reason=no-answer, <sip:d2@h>\r\nDiversion: <sip:d3@h>\r\n"
                      "History-Info: <sip:e1@h>;index=1,\r\n <sip:e2@h?Reason=SIP%3Bcause%3D302>;index=1.1\r\n"
                      "History-Info: <sip:e3@h>;index=1.2\r\n\r\n";
    assert_int_equal(parse_text(m, &parsed), AN_OK);
    assert_span(m, parsed.diversion.user, "d1");
    assert_span(m, parsed.history.user, "e2");
    assert_int_equal(parse_text(LINE VIA REST "History-Info: <sip:e1@h>;index=1\r\n\r\n", &parsed), AN_OK);
    assert_false(parsed.history.present);
}

static void test_remote_party_and_privacy(void **state)
{
    (void)state;
    const char *m =
        LINE VIA REST "Remote-Party-ID: <sip:x@y>;party=called, \"N\" <sip:z@y>;party=calling;screen=yes\r\n"
                      "Privacy: id; Header;critical\r\n\r\n";
    assert_int_equal(parse_text(m, &parsed), AN_OK);
    assert_span(m, parsed.remote_party.user, "z");
    assert_int_equal(parsed.privacy, AN_PRIVACY_ID | AN_PRIVACY_HEADER);
}

static void test_anonymous(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        bool anonymous;
    } cases[] = {
        { "\"Anonymous\" <sip:anonymous@anonymous.invalid>", true },
        { "<sip:c8oqz84zk7z@anonymous.INVALID>", true },
        { "ANONYMOUS <sip:x@192.0.2.1>", true },
        { "<sip:Anonymous@192.0.2.1>", true },
        { "<sip:unavailable@unknown.invalid>", true },
        { "\"Anonymous Sources Ltd\" <sip:+86139@op>", false },
        { "<sip:+86139@invalid.example>", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char m[512];
        snprintf(m, sizeof m, LINE VIA "From: %s;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
                 cases[i].from);
        assert_int_equal(parse_text(m, &parsed), AN_OK);
        assert_int_equal(parsed.anonymous, cases[i].anonymous);
    }
}

static void test_identity(void **state)
{
    (void)state;
    const char *m = LINE VIA REST
        "Identity: aGVhZA.cGF5.c2ln;info=<https://c.example/p.cer>;alg=ES256;ppt=\"shaken\"\r\n"
        "Identity: \"rfc4474==\"\r\ny: ..c2ln;info=<https://c.example/q.cer> ; alg=ES256\r\nIdentity: a.b.c\r\n\r\n";
    assert_int_equal(parse_text(m, &parsed), AN_OK);
    assert_int_equal(parsed.identity_count, 2);
    assert_span(m, parsed.identity[0].header, "aGVhZA");
    assert_span(m, parsed.identity[0].payload, "cGF5");
    assert_span(m, parsed.identity[0].signature, "c2ln");
    assert_span(m, parsed.identity[0].info, "https://c.example/p.cer");
    assert_span(m, parsed.identity[0].alg, "ES256");
    assert_span(m, parsed.identity[0].ppt, "shaken");
    assert_int_equal(parsed.identity[1].header.len + parsed.identity[1].payload.len, 0);
    assert_span(m, parsed.identity[1].signature, "c2ln");
    assert_span(m, parsed.identity[1].info, "https://c.example/q.cer");
}

static void test_uris(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *user, *host; /* user NULL: malformed */
    } cases[] = {
        { "sip:alice@example.com", "alice", "example.com" },
        { "SIP:alice:secret@example.com:5060;x=y?h=v", "alice", "example.com" },
        { "sips:+86138;phone-context=cn@[2001:db8::1]:5061", "+86138", "[2001:db8::1]" },
        { "sip:what?ever/x@h", "what?ever/x", "h" },
        { "sip:a%40b@h", "a%40b", "h" },
        { "sip:example.com;lr", "", "example.com" },
        { "tel:+86-138-0013-8000;ext=1", "+86-138-0013-8000", "" },
        { "tel:110;phone-context=+86", "110", "" },
        { "urn:service:sos", "", "" },
        { "sip:\xe5\xbc\xa0@h", "\xe5\xbc\xa0", "h" },
        { "sip:", NULL, NULL },
        { "tel:", NULL, NULL },
        { "sip:@h", NULL, NULL },
        { "sip:a@", NULL, NULL },
        { "sip:a@h:", NULL, NULL },
        { "sip:a@h:65536", NULL, NULL },
        { "sip:a@h:50x", NULL, NULL },
        { "sip:a@[::1", NULL, NULL },
        { "sip:a@[zz~]", NULL, NULL },
        { "sip:a@h<x", NULL, NULL },
        { "sip:a@h!", NULL, NULL },
        { "tel:+86 138", NULL, NULL },
        { "nocolon", NULL, NULL },
        { "1x:y", NULL, NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct an_identity who = { .present = false };
        const char *rest, *p = cases[i].uri;
        char bracketed[128];
        snprintf(bracketed, sizeof bracketed, "<%s>", p);
        enum an_err err = an_sip_address(bracketed, bracketed, bracketed + strlen(bracketed), &who, &rest);
        if (cases[i].user == NULL) {
            if (err != AN_ERR_MALFORMED) print_message("accepted: %s\n", p);
            assert_int_equal(err, AN_ERR_MALFORMED);
            continue;
        }
        if (err != AN_OK) print_message("refused: %s\n", p);
        assert_int_equal(err, AN_OK);
        assert_span(bracketed, who.user, cases[i].user);
        assert_span(bracketed, who.host, cases[i].host);
    }
}

/* The table of names finds what it should and nothing else. */
static void test_names(void **state)
{
    (void)state;
    static const char *const names[] = {
        "Via",      "FROM", "to", "Call-ID", "cSeQ", "Max-Forwards", "Contact", "History-Info", "P-Asserted-Identity",
        "Identity", "v",    "F",  "y"
    };
    static const char *const others[] = { "",
                                          "Vias",
                                          "Vi",
                                          "Fron",
                                          "X-Via",
                                          "Call_ID",
                                          "P-Asserted-Identitx",
                                          "z",
                                          "a-very-long-header-name-that-nobody-knows" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_not_equal(an_sip_name_find(names[i], strlen(names[i]))->name, AN_SIP_NAME_OTHER);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(an_sip_name_find(others[i], strlen(others[i]))->name, AN_SIP_NAME_OTHER);
    /* Each stands where it is looked for. */
    unsigned known = 0;
    for (size_t i = 0; i < 128; i++) {
        const struct an_sip_name_entry *entry = &an_sip_name_entries[i];
        if (entry->len == 0) continue;
        assert_ptr_equal(an_sip_name_find(entry->text, entry->len), entry);
        assert_int_equal(strlen(entry->text), entry->len);
        known++;
    }
    assert_int_equal(known, 40);
}

/* The vector code and the table agree on every byte at every place. */
static void test_spans_agree(void **state)
{
    (void)state;
    static const unsigned classes[] = { AN_CH_URI, AN_CH_PARAM, AN_CH_USER, AN_CH_HOST };
    char text[64];
    for (size_t k = 0; k < sizeof classes / sizeof classes[0]; k++) {
        for (unsigned c = 0; c < 256; c++) {
            for (size_t at = 0; at < 40; at++) {
                memset(text, 'a', sizeof text);
                text[at] = (char)c;
                const char *p = text + at / 3, *end = text + 40;
                const char *found;
                switch (k) {
                case 0: found = an_ch_span(text, p, end, AN_CH_URI); break;
                case 1: found = an_ch_span(text, p, end, AN_CH_PARAM); break;
                case 2: found = an_ch_span(text, p, end, AN_CH_USER); break;
                default: found = an_ch_span(text, p, end, AN_CH_HOST); break;
                }
                assert_ptr_equal(found, an_ch_while(p, end, classes[k]));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_invite),
        cmocka_unit_test(test_response),
        cmocka_unit_test(test_compact_and_folded),
        cmocka_unit_test(test_asserted),
        cmocka_unit_test(test_forwarded),
        cmocka_unit_test(test_remote_party_and_privacy),
        cmocka_unit_test(test_anonymous),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_uris),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_spans_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
