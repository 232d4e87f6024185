/* The stage: identities, trunks, flags, features, and the observation whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "enrich/enrich.h"
#include "enrich/hop.h"
#include "enrich/trunk.h"
#include "model/listen.h"

static struct an_plan *plan;
static struct an_settings settings;
static struct an_vector vector;
static struct an_call calls[AN_VECTOR_MAX];
static char text[4096];
static size_t text_len;

static struct an_span put(const char *t)
{
    struct an_span span = { (uint16_t)text_len, (uint16_t)strlen(t) };
    assert_true(text_len + span.len < sizeof text);
    memcpy(text + text_len, t, span.len);
    text_len += span.len;
    return span;
}

static struct an_identity who(const char *user)
{
    return (struct an_identity) { .user = put(user), .present = true };
}

static void peer_v4(struct an_call *call, const char *address, uint16_t port)
{
    call->peer.v4 = (struct sockaddr_in) { .sin_family = AF_INET, .sin_port = htons(port) };
    assert_int_equal(inet_pton(AF_INET, address, &call->peer.v4.sin_addr), 1);
}

static void peer_v6(struct an_call *call, const char *address)
{
    call->peer.v6 = (struct sockaddr_in6) { .sin6_family = AF_INET6, .sin6_port = htons(5060) };
    assert_int_equal(inet_pton(AF_INET6, address, &call->peer.v6.sin6_addr), 1);
}

/* 2026-11-22 12:00 in China. */
#define NOON_US (1795320000ull * 1000000)

static struct an_call *fresh(const char *from, const char *to)
{
    memset(&vector, 0x5a, sizeof vector);
    memset(calls, 0, sizeof calls);
    text_len = 0;
    put("@");
    vector.count = 1;
    vector.now_us = NOON_US;
    vector.calls = calls;
    calls[0].base = text;
    peer_v4(&calls[0], "192.0.2.7", 5060);
    if (from != NULL) calls[0].parsed.from = who(from);
    if (to != NULL) calls[0].parsed.called = who(to);
    return &calls[0];
}

static const struct an_observation *run(void)
{
    an_enrich_vector(&vector, &settings, plan);
    return &calls[0].enriched.obs;
}

static float feature(enum an_feature f)
{
    return vector.features[f][0];
}

static void an_ordinary_call(void **state)
{
    (void)state;
    struct an_call *call = fresh("13800138000", "075523456789");
    call->parsed.call_id = put("abc@192.0.2.7");
    call->parsed.shape = 99;
    call->parsed.given_ring_ms = 5, call->parsed.given_talk_ms = 6;
    memset(&call->enriched, 0x5a, sizeof call->enriched);
    const struct an_observation *obs = run();
    struct an_observation expected = { .time_us = NOON_US,
                                       .caller = 8613800138000,
                                       .callee = 8675523456789,
                                       .call_key = an_hash64("abc@192.0.2.7", 13, 0),
                                       .block = 861380013,
                                       .shape = 99,
                                       .trunk = an_trunk_id(AN_SLICE("192.0.2.7")),
                                       .ring_ms = 5,
                                       .talk_ms = 6,
                                       .weight = 1000,
                                       .kind = AN_OBS_ATTEMPT,
                                       .caller_kind = AN_KIND_MOBILE,
                                       .callee_kind = AN_KIND_LANDLINE,
                                       .caller_operator = AN_OPERATOR_MOBILE };
    assert_memory_equal(obs, &expected, sizeof expected);
    assert_string_equal(call->enriched.trunk_name, "192.0.2.7");
    assert_int_equal(call->enriched.caller_area, 0);
    assert_int_equal(call->enriched.callee_area, 755);
    assert_false(call->enriched.public_service);
    for (int f = AN_F_ANONYMOUS; f <= AN_F_NIGHT; f++)
        assert_true(feature((enum an_feature)f) == (f == AN_F_CALLER_MOBILE ? 1.0f : 0.0f));
    uint32_t untouched;
    memcpy(&untouched, &vector.features[AN_F_NIGHT + 1][0], 4);
    assert_int_equal(untouched, 0x5a5a5a5a);
}

static void what_readers_give(void **state)
{
    (void)state;
    struct an_call *call = fresh("13800138000", "13900139000");
    call->transport = AN_TRANSPORT_HEP;
    call->parsed.given_time_us = NOON_US + 10 * 3600 * 1000000ull;
    call->parsed.given_kind = AN_OBS_END;
    call->parsed.given_outcome = AN_OUTCOME_REFUSED;
    call->parsed.given_category = AN_CATEGORY_LOAN;
    call->parsed.given_wanted = true;
    call->parsed.given_trunk = put("carrier-a");
    const struct an_observation *obs = run();
    assert_true(obs->time_us == NOON_US + 36000000000ull);
    assert_int_equal(obs->kind, AN_OBS_END);
    assert_int_equal(obs->outcome, AN_OUTCOME_REFUSED);
    assert_int_equal(obs->category, AN_CATEGORY_LOAN);
    assert_int_equal(obs->flags, AN_OBS_PASSIVE | AN_OBS_WANTED | AN_OBS_NIGHT);
    assert_int_equal(obs->trunk, an_trunk_id(AN_SLICE("carrier-a")));
    assert_string_equal(call->enriched.trunk_name, "carrier-a");
    assert_true(obs->call_key == 0);
}

static void identity_precedence(void **state)
{
    (void)state;
    struct an_call *call = fresh("13800138000", "110");
    call->parsed.asserted = who("+8613900139000");
    call->parsed.asserted_tel = who("+8613700137000");
    call->parsed.remote_party = who("+8613600136000");
    assert_true(run()->caller == 8613900139000);
    assert_true(run()->flags & AN_OBS_IDENTITY_DIFFERS);
    assert_true(feature(AN_F_IDENTITY_DIFFERS) == 1.0f);
    call->parsed.asserted = who("account-7"); /* a name, so the telephone number beside it */
    assert_true(run()->caller == 8613700137000);
    call->parsed.asserted_tel.present = false;
    assert_true(run()->caller == 8613600136000);
    call->parsed.remote_party.present = false; /* only a name is asserted: From's number stays */
    assert_true(run()->caller == 8613800138000);
    assert_false(run()->flags & AN_OBS_IDENTITY_DIFFERS);
    call->parsed.from = who("alice");
    assert_true(run()->caller & AN_NUMBER_NAME);
    assert_true(feature(AN_F_CALLER_INVALID) == 1.0f);
    call->parsed.from = who("138-0013-8000"); /* the same number in another form does not differ */
    call->parsed.asserted = who("+8613800138000");
    assert_false(run()->flags & AN_OBS_IDENTITY_DIFFERS);
}

static void withheld_numbers(void **state)
{
    (void)state;
    struct an_call *call = fresh("anonymous", "13900139000");
    call->parsed.anonymous = true;
    assert_true(run()->caller == AN_NUMBER_NONE);
    assert_int_equal(run()->caller_kind, AN_KIND_NONE);
    assert_true(feature(AN_F_ANONYMOUS) == 1.0f && feature(AN_F_CALLER_INVALID) == 0.0f);
    call->parsed.asserted = who("+8613800138000"); /* the network knows: counted, though not shown */
    assert_true(run()->caller == 8613800138000);
    assert_true(feature(AN_F_ANONYMOUS) == 1.0f && feature(AN_F_CALLER_MOBILE) == 1.0f);
    assert_false(run()->flags & AN_OBS_IDENTITY_DIFFERS);
    call = fresh("13800138000", "13900139000");
    call->parsed.privacy = AN_PRIVACY_ID;
    assert_true(run()->caller == 8613800138000 && feature(AN_F_ANONYMOUS) == 1.0f);
    call->parsed.privacy = AN_PRIVACY_NONE;
    assert_true(run()->caller == 8613800138000 && feature(AN_F_ANONYMOUS) == 0.0f);
    fresh(NULL, NULL);
    assert_true(run()->caller == AN_NUMBER_NONE && run()->callee == AN_NUMBER_NONE);
    assert_int_equal(run()->callee_kind, AN_KIND_NONE);
}

static void marks_of_the_signalling(void **state)
{
    (void)state;
    struct an_call *call = fresh("13800138000", "1795113900139000");
    assert_true(run()->callee == 8613900139000);
    assert_int_equal(run()->flags, AN_OBS_IP_PREFIX);
    call->parsed.diversion.present = true;
    call->parsed.identity_count = 1;
    assert_int_equal(run()->flags, AN_OBS_IP_PREFIX | AN_OBS_FORWARDED | AN_OBS_SIGNED);
    assert_true(feature(AN_F_FORWARDED) == 1.0f && feature(AN_F_SIGNED) == 1.0f);
    call->parsed.diversion.present = false;
    call->parsed.history.present = true;
    assert_true(run()->flags & AN_OBS_FORWARDED);
    call = fresh("13800138000", NULL);
    call->parsed.uri = put("urn:service:sos.police");
    assert_true(run()->callee == 86110);
    assert_int_equal(run()->callee_kind, AN_KIND_EMERGENCY);
    call->parsed.uri = put("sip:192.0.2.1"); /* no user part: To */
    call->parsed.to = who("13900139000");
    assert_true(run()->callee == 8613900139000);
}

static void neighbours(void **state)
{
    (void)state;
    static const struct {
        const char *caller, *callee;
        bool near;
    } rows[] = { { "13800138000", "13800138999", true },   { "13800138000", "13800148000", false },
                 { "075523456789", "075523450000", true }, { "075523456789", "075523460000", false },
                 { "02123456789", "02123450000", true },   { "14200000000", "14200000001", false },
                 { "4008123123", "4008123124", false },    { "+14155552671", "+14155552672", false },
                 { "anonymous", "anonymous", false },      { "075523456789", "13800138000", false } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fresh(rows[i].caller, rows[i].callee);
        assert_int_equal((run()->flags & AN_OBS_NEIGHBOUR) != 0, rows[i].near);
        assert_true(feature(AN_F_NEIGHBOUR) == (rows[i].near ? 1.0f : 0.0f));
    }
}

static void night_is_local(void **state)
{
    (void)state;
    for (unsigned hour = 0; hour < 24; hour++) {
        fresh("13800138000", "13900139000");
        vector.now_us = NOON_US - 12ull * 3600000000 + hour * 3600000000ull + 3599999999;
        assert_int_equal(run()->flags & AN_OBS_NIGHT, hour >= 21 || hour < 8 ? AN_OBS_NIGHT : 0);
    }
    fresh("13800138000", "13900139000");
    settings.utc_offset_s = -36000; /* noon in China is 18:00 there, 13:00 is 19:00, 15:00 is 21:00 */
    assert_false(run()->flags & AN_OBS_NIGHT);
    vector.now_us += 3 * 3600000000ull;
    assert_true(run()->flags & AN_OBS_NIGHT);
    vector.now_us = 0; /* before 1970 there */
    assert_false(run()->flags & AN_OBS_NIGHT);
    settings.utc_offset_s = 28800;
}

static void kinds_become_features(void **state)
{
    (void)state;
    static const struct {
        const char *caller;
        enum an_feature feature;
    } rows[] = { { "alice", AN_F_CALLER_INVALID },
                 { "14200000000", AN_F_CALLER_UNALLOCATED },
                 { "13800138000", AN_F_CALLER_MOBILE },
                 { "17000000000", AN_F_CALLER_VIRTUAL },
                 { "075523456789", AN_F_CALLER_LANDLINE },
                 { "4008123123", AN_F_CALLER_ENTERPRISE },
                 { "8008101234", AN_F_CALLER_ENTERPRISE },
                 { "95588", AN_F_CALLER_ENTERPRISE },
                 { "96123", AN_F_CALLER_ENTERPRISE },
                 { "96110", AN_F_CALLER_PUBLIC },
                 { "110", AN_F_CALLER_PUBLIC },
                 { "12345", AN_F_CALLER_PUBLIC },
                 { "10086", AN_F_CALLER_PUBLIC },
                 { "+14155552671", AN_F_CALLER_FOREIGN },
                 { "anonymous", AN_F_ANONYMOUS } };
    struct an_trunk_rule every = { .name = "every", .may_show_public = true };
    settings.trunks = &every;
    settings.trunk_count = 1;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fresh(rows[i].caller, "13900139000");
        run();
        for (int f = AN_F_ANONYMOUS; f <= AN_F_CALLER_FOREIGN; f++)
            assert_true(feature((enum an_feature)f) == (f == (int)rows[i].feature ? 1.0f : 0.0f));
    }
    settings.trunk_count = 0; /* an address no rule knows may not show a public service's number */
    fresh("110", "13900139000");
    run();
    assert_true(feature(AN_F_CALLER_PUBLIC) == 0.0f);
    fresh("13800138000", "14200000000");
    run();
    assert_true(feature(AN_F_CALLEE_UNALLOCATED) == 1.0f);
}

static void trunks_by_rule_and_address(void **state)
{
    (void)state;
    struct an_trunk_rule rules[4] = {
        { .name = "city-hall", .prefix_bits = 128, .port = 5062, .may_show_public = true },
        { .name = "carrier-a", .prefix_bits = 120 },
        { .name = "v6", .prefix_bits = 45 },
        { .name = "123456789012345678901234", .prefix_bits = 128 }
    };
    struct an_call *call = fresh("12345", "13900139000");
    inet_pton(AF_INET6, "::ffff:192.0.2.7", rules[0].network);
    inet_pton(AF_INET6, "::ffff:192.0.2.0", rules[1].network);
    inet_pton(AF_INET6, "2001:db8:f8::", rules[2].network);
    inet_pton(AF_INET6, "::ffff:198.51.100.1", rules[3].network);
    memcpy(rules[3].name, "123456789012345678901234", 24); /* fills the field, no NUL */
    settings.trunks = rules;
    settings.trunk_count = 4;
    run();
    assert_string_equal(call->enriched.trunk_name, "carrier-a");
    assert_false(call->enriched.public_service);
    peer_v4(call, "192.0.2.7", 5062);
    run();
    assert_string_equal(call->enriched.trunk_name, "city-hall");
    assert_true(call->enriched.public_service);
    call->parsed.from = who("10086"); /* an operator's line is no public service */
    run();
    assert_false(call->enriched.public_service);
    call->parsed.from = who("96110");
    call->parsed.given_trunk = put("city-hall"); /* by name, as HTTP and files say it */
    peer_v4(call, "203.0.113.1", 1);
    run();
    assert_true(call->enriched.public_service);
    call->parsed.given_trunk.len = 0;
    run();
    assert_string_equal(call->enriched.trunk_name, "203.0.113.1");
    peer_v6(call, "2001:db8:ff::1");
    run();
    assert_string_equal(call->enriched.trunk_name, "v6");
    peer_v6(call, "2001:db8:f7::1"); /* the last bit of the prefix differs */
    run();
    assert_string_equal(call->enriched.trunk_name, "[2001:db8:f7::1]");
    peer_v6(call, "::ffff:192.0.2.9"); /* IPv4 over a socket of both families */
    run();
    assert_string_equal(call->enriched.trunk_name, "carrier-a");
    peer_v4(call, "198.51.100.1", 9);
    run();
    assert_int_equal(strlen(call->enriched.trunk_name), 23);
    settings.trunks = NULL;
    settings.trunk_count = 0;
}

static void via(struct an_call *call, const char *value)
{
    call->parsed.vias[call->parsed.via_count++] = put(value);
}

static void behind_a_proxy_the_next_via_tells(void **state)
{
    (void)state;
    struct an_trunk_rule rules[3] = {
        { .name = "ours", .prefix_bits = 128, .proxy = true },
        { .name = "city-hall", .prefix_bits = 128, .may_show_public = true, .subscribers = true },
        { .name = "ours-too", .prefix_bits = 128, .proxy = true }
    };
    struct an_call *call = fresh("12345", "13900139000");
    inet_pton(AF_INET6, "::ffff:192.0.2.7", rules[0].network);
    inet_pton(AF_INET6, "::ffff:198.51.100.1", rules[1].network);
    inet_pton(AF_INET6, "::ffff:192.0.2.8", rules[2].network);
    settings.trunks = rules;
    settings.trunk_count = 3;
    run();
    assert_string_equal(call->enriched.trunk_name, "ours"); /* it asks for itself */
    via(call, "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKa");
    via(call, "SIP/2.0/UDP 203.0.113.5:5070;branch=z9hG4bKb");
    run();
    assert_string_equal(call->enriched.trunk_name, "203.0.113.5");
    assert_int_equal(call->enriched.obs.trunk, an_trunk_id(AN_SLICE("203.0.113.5")));
    assert_false(call->enriched.public_service);
    assert_int_equal(call->enriched.obs.flags & AN_OBS_SUBSCRIBER, 0);
    call->parsed.via_count = 1;
    via(call, "SIP/2.0/TCP gw.example.cn;branch=z9hG4bKb;received=198.51.100.1");
    run();
    assert_string_equal(call->enriched.trunk_name, "city-hall");
    assert_true(call->enriched.public_service);
    assert_int_not_equal(call->enriched.obs.flags & AN_OBS_SUBSCRIBER, 0);
    assert_true(feature(AN_F_CALLER_PUBLIC) == 1.0f);
    call->parsed.via_count = 1; /* one proxy behind the other */
    via(call, "SIP/2.0/UDP 192.0.2.8");
    via(call, "SIP/2.0/UDP 198.51.100.1");
    run();
    assert_string_equal(call->enriched.trunk_name, "city-hall");
    call->parsed.via_count = 2; /* a name is not looked up: what is known stays */
    via(call, "SIP/2.0/UDP gw.example.cn");
    run();
    assert_string_equal(call->enriched.trunk_name, "ours-too");
    peer_v4(call, "203.0.113.9", 5060); /* nobody's proxy: its Vias are its own word */
    call->parsed.via_count = 1;
    via(call, "SIP/2.0/UDP 198.51.100.1");
    run();
    assert_string_equal(call->enriched.trunk_name, "203.0.113.9");
    settings.trunks = NULL;
    settings.trunk_count = 0;
}

static void addresses_of_vias(void **state)
{
    (void)state;
    static const struct {
        const char *via, *address;
    } rows[] = { { "SIP/2.0/UDP 10.0.0.1", "udp:10.0.0.1:5060" },
                 { "SIP / 2.0 / TCP\r\n 10.0.0.1 : 5070 ; rport", NULL },
                 { "SIP / 2.0 / TCP\r\n 10.0.0.1:5070 ; rport", "udp:10.0.0.1:5070" },
                 { "SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bK", "udp:[2001:db8::1]:5061" },
                 { "SIP/2.0/UDP a.cn:5070;received=10.0.0.2", "udp:10.0.0.2:5060" },
                 { "SIP/2.0/UDP 10.0.0.1:5070;Received = 10.0.0.2 ;rport=4000", "udp:10.0.0.2:4000" },
                 { "SIP/2.0/UDP 10.0.0.1:5070;received=10.0.0.2", "udp:10.0.0.2:5070" },
                 { "SIP/2.0/UDP 10.0.0.1;received=2001:db8::2;received=10.0.0.3", "udp:[2001:db8::2]:5060" },
                 { "SIP/2.0/UDP 10.0.0.1;x=\";received=10.0.0.9\";y", "udp:10.0.0.1:5060" },
                 { "SIP/2.0/UDP 10.0.0.1;x=\"\\\";received=10.0.0.9", "udp:10.0.0.1:5060" },
                 { "SIP/2.0/UDP 10.0.0.1;received=a.cn", NULL },
                 { "SIP/2.0/UDP a.cn;rport=4000", NULL },
                 { "SIP/2.0/UDP 10.0.0.1:99999", NULL },
                 { "SIP/2.0/UDP", NULL },
                 { "SIP/2.0", NULL },
                 { "//", NULL },
                 { "", NULL } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct an_listen found = { .transport = AN_TRANSPORT_UDP };
        char shown[AN_LISTEN_TEXT_MAX];
        bool is = an_hop_of_via(an_slice_of(rows[i].via), &found.address);
        if (is != (rows[i].address != NULL)) fail_msg("%s", rows[i].via);
        if (is) assert_string_equal(an_listen_text(&found, shown), rows[i].address);
        for (size_t cut = 0; cut < strlen(rows[i].via); cut++) /* reads nothing behind its end */
            an_hop_of_via((struct an_slice) { rows[i].via, cut }, &found.address);
    }
}

static void long_names_stay_apart(void **state)
{
    (void)state;
    struct an_call *call = fresh("12345", "13900139000");
    peer_v6(call, "2001:db8:1111:2222:3333:4444:5555:6666");
    uint32_t first = run()->trunk;
    char name[24];
    memcpy(name, call->enriched.trunk_name, sizeof name);
    assert_int_equal(strlen(name), 23);
    assert_memory_equal(name, "[2001:db8:1111~", 15);
    assert_int_equal(first, an_trunk_id(an_slice_of(name)));
    peer_v6(call, "2001:db8:1111:2222:3333:4444:5555:6667");
    assert_int_not_equal(run()->trunk, first);
    call->parsed.given_trunk = put(name); /* the name we showed leads back to the same trunk */
    assert_int_equal(run()->trunk, first);
    memset(&call->peer, 0, sizeof call->peer);
    call->parsed.given_trunk.len = 0;
    assert_int_equal(run()->trunk, AN_TRUNK_NONE);
    assert_string_equal(call->enriched.trunk_name, "");
    assert_int_equal(an_trunk_id(AN_SLICE("carrier-a")), 0xce4f3f8f); /* journals hold it: never changes */
}

static void whole_vectors(void **state)
{
    (void)state;
    fresh("13800138000", "13900139000");
    vector.count = AN_VECTOR_MAX;
    for (unsigned i = 0; i < AN_VECTOR_MAX; i++) {
        char address[24];
        calls[i] = calls[0];
        calls[i].error = i % 7 == 3 ? AN_ERR_MALFORMED : AN_OK;
        snprintf(address, sizeof address, "10.0.%u.1", i % 40); /* more peers than the cache has slots */
        peer_v4(&calls[i], address, 5060);
        calls[i].enriched.obs.caller = 7;
    }
    an_enrich_vector(&vector, &settings, plan);
    for (unsigned i = 0; i < AN_VECTOR_MAX; i++) {
        char address[24];
        snprintf(address, sizeof address, "10.0.%u.1", i % 40);
        bool failed = i % 7 == 3;
        assert_true(calls[i].enriched.obs.caller == (failed ? 7 : 8613800138000));
        assert_true(vector.features[AN_F_CALLER_MOBILE][i] == (failed ? 0.0f : 1.0f));
        if (!failed) assert_string_equal(calls[i].enriched.trunk_name, address);
    }
}

static void firms_and_canaries(void **state)
{
    (void)state;
    struct an_firm firm = { .id = an_firm_id("A"), .trunk_count = 1, .name = "A" };
    char trunks[1][24] = { "192.0.2.7" };
    uint64_t other;
    settings.firms = &firm;
    settings.firm_count = settings.firm_trunk_count = 1;
    settings.firm_trunks = trunks;
    settings.canary_weight = 7.5f;
    assert_int_equal(an_number_map_add(&settings.firm_numbers, 8695588, 0, 1, &other), AN_OK);
    assert_int_equal(an_number_map_add(&settings.canaries, 8613800000001, 0, AN_CANARY_NOBODY, &other), AN_OK);
    assert_int_equal(an_number_map_add(&settings.canaries, 8613800000002, 0, AN_CANARY_HOLDER, &other), AN_OK);
    fresh("95588", "13800000009");
    const struct an_observation *obs = run();
    assert_int_equal(obs->firm, firm.id);
    assert_true(obs->flags & AN_OBS_REGISTERED);
    assert_true(feature(AN_F_REGISTERED) == 1);
    struct an_call *call = fresh("95588", "13800000009");
    peer_v4(call, "192.0.2.8", 5060); /* somebody else's door */
    obs = run();
    assert_int_equal(obs->firm, firm.id);
    assert_false(obs->flags & AN_OBS_REGISTERED);
    assert_true(feature(AN_F_REGISTERED) == 0);
    fresh("13900000001", "13800000001");
    obs = run();
    assert_int_equal(obs->firm, 0);
    assert_int_equal(obs->flags & (AN_OBS_CANARY | AN_OBS_CANARY_HELD), AN_OBS_CANARY);
    assert_int_equal(obs->weight, 7500);
    fresh("13900000001", "13800000002");
    obs = run();
    assert_true(obs->flags & AN_OBS_CANARY && obs->flags & AN_OBS_CANARY_HELD);
    assert_int_equal(obs->weight, 1000);
    fresh("13900000001", "13800000003");
    assert_false(run()->flags & AN_OBS_CANARY);
    an_number_map_done(&settings.firm_numbers);
    an_number_map_done(&settings.canaries);
    settings.firms = NULL;
    settings.firm_trunks = NULL;
    settings.firm_count = settings.firm_trunk_count = 0;
}

static int start(void **state)
{
    (void)state;
    struct an_error error;
    plan = an_plan_new(&error);
    return plan == NULL || an_settings_init(&settings) != AN_OK ? -1 : 0;
}

static int stop(void **state)
{
    (void)state;
    an_plan_free(plan);
    an_settings_done(&settings);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ordinary_call),
        cmocka_unit_test(what_readers_give),
        cmocka_unit_test(identity_precedence),
        cmocka_unit_test(withheld_numbers),
        cmocka_unit_test(marks_of_the_signalling),
        cmocka_unit_test(neighbours),
        cmocka_unit_test(night_is_local),
        cmocka_unit_test(kinds_become_features),
        cmocka_unit_test(trunks_by_rule_and_address),
        cmocka_unit_test(behind_a_proxy_the_next_via_tells),
        cmocka_unit_test(addresses_of_vias),
        cmocka_unit_test(long_names_stay_apart),
        cmocka_unit_test(firms_and_canaries),
        cmocka_unit_test(whole_vectors),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
