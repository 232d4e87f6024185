/* Layouts of the records: round trips, older and newer writers, cut bytes. */
#include "journal_help.h"

#include "model/call.h"

static struct an_call call;
static const char message[] = "alice\"Zhang San\"02162345678call-id-1@hostagent/1.0";

static struct an_span span(const char *part)
{
    return (struct an_span) { (uint16_t)(strstr(message, part) - message), (uint16_t)strlen(part) };
}

static void fill(void)
{
    memset(&call, 0, sizeof call);
    call.base = message;
    call.parsed.from.user = span("alice");
    call.parsed.from.display = span("Zhang San");
    call.parsed.called.user = span("02162345678");
    call.parsed.call_id = span("call-id-1@host");
    call.parsed.user_agent = span("agent/1.0");
    memcpy(call.enriched.trunk_name, "carrier-a", 10);
    struct an_observation *o = &call.enriched.obs;
    *o = (struct an_observation) { .time_us = 1763782394123456,
                                   .caller = 8613800138000,
                                   .callee = 862162345678,
                                   .call_key = 77,
                                   .block = 861380013,
                                   .shape = ~0ull,
                                   .trunk = 9,
                                   .weight = 1000,
                                   .flags = AN_OBS_NIGHT,
                                   .kind = AN_OBS_ATTEMPT,
                                   .caller_kind = AN_KIND_MOBILE };
    struct an_verdict *v = &call.verdict;
    an_token_make(o->time_us, 3, 0x1122334455667788ull, &v->token);
    v->probability = 0.123f;
    v->log_odds = -1.96f;
    v->score_version = 12;
    v->settings_version = 0xabcdef;
    v->action = AN_ACTION_LABEL;
    v->category = AN_CATEGORY_LOAN;
    v->level = AN_LEVEL_STRICT;
    v->rules = AN_RULE_OWN_EVIDENCE;
    v->symbol_count = 3;
    v->cause_count = 2;
    v->causes[0] = (struct an_verdict_cause) { 7, 123 };
    v->causes[1] = (struct an_verdict_cause) { AN_FEATURE_COUNT - 1, -45 };
    v->has_shadow = 1;
    v->shadow_probability = 0.875f;
    for (int i = 0; i < 3; i++) v->symbols[i] = (struct an_verdict_symbol) { (uint16_t)(i + 1), (int16_t)(-50 * i) };
    for (unsigned f = 0; f < AN_FEATURE_COUNT; f += 3) v->features[f] = (an_mini)(f * 500 + 1);
}

static void assert_text(struct an_slice text, const char *wanted)
{
    assert_int_equal(text.len, strlen(wanted));
    if (text.len > 0) assert_memory_equal(text.at, wanted, text.len);
}

static void verdict_round_trip(void **state)
{
    (void)state;
    unsigned char bytes[AN_RECORD_VERDICT_MAX], again[AN_RECORD_VERDICT_MAX];
    size_t len, len_again;
    struct an_record r;
    fill();
    assert_int_equal(an_record_encode_verdict(&call, bytes, sizeof bytes, &len), AN_OK);
    assert_int_equal(an_record_decode(AN_RECORD_VERDICT, bytes, len, &r), AN_OK);
    assert_memory_equal(&r.obs, &call.enriched.obs, sizeof r.obs);
    assert_memory_equal(&r.verdict, &call.verdict, sizeof r.verdict);
    assert_memory_equal(&r.token, &call.verdict.token, sizeof r.token);
    assert_int_equal(r.feature_count, AN_FEATURE_COUNT);
    assert_text(r.text.caller, "alice");
    assert_text(r.text.display, "Zhang San");
    assert_text(r.text.callee, "02162345678");
    assert_text(r.text.call_id, "call-id-1@host");
    assert_text(r.text.user_agent, "agent/1.0");
    assert_text(r.text.trunk, "carrier-a");
    assert_int_equal(an_record_encode(&r, again, sizeof again, &len_again), AN_OK);
    assert_int_equal(len_again, len);
    assert_memory_equal(again, bytes, len);
    assert_true(an_record_has_token(AN_RECORD_VERDICT, bytes, len, &call.verdict.token));
    call.verdict.token.bytes[15] ^= 1;
    assert_false(an_record_has_token(AN_RECORD_VERDICT, bytes, len, &call.verdict.token));
    assert_int_equal(an_record_encode_verdict(&call, bytes, AN_RECORD_VERDICT_MAX - 1, &len), AN_ERR_FULL);
}

/* What a call told about afterwards knows, and an ordinary attempt does not, costs room only there. */
static void a_told_attempt_keeps_all_it_knows(void **state)
{
    (void)state;
    unsigned char bytes[AN_RECORD_VERDICT_MAX];
    size_t ordinary, len;
    struct an_record r;
    fill();
    struct an_observation *o = &call.enriched.obs, plain = *o;
    assert_int_equal(an_record_encode_verdict(&call, bytes, sizeof bytes, &ordinary), AN_OK);
    for (int i = 0; i < 8; i++) {
        *o = plain;
        if (i == 0) o->time_us++; /* not when the token was made */
        if (i == 1) o->ring_ms = 1;
        if (i == 2) o->talk_ms = 0x80000000;
        if (i == 3) o->weight = 999;
        if (i == 4) o->outcome = AN_OUTCOME_BUSY;
        if (i == 5) o->category = AN_CATEGORY_DEBT;
        if (i == 6) o->action = AN_ACTION_BLOCK;
        if (i == 7) o->time_us = o->talk_ms = o->weight = 0;
        assert_int_equal(an_record_encode_verdict(&call, bytes, sizeof bytes, &len), AN_OK);
        assert_int_equal(len, ordinary + (i == 0 ? 8 : i == 7 ? 24 : 16));
        assert_int_equal(an_record_decode(AN_RECORD_VERDICT, bytes, len, &r), AN_OK);
        assert_memory_equal(&r.obs, o, sizeof r.obs);
        for (size_t cut = 0; cut < len; cut++)
            assert_int_equal(an_record_decode(AN_RECORD_VERDICT, bytes, cut, &r), AN_ERR_MALFORMED);
        bytes[94] |= 64; /* more than we know */
        assert_int_equal(an_record_decode(AN_RECORD_VERDICT, bytes, len, &r), AN_ERR_MALFORMED);
    }
}

/* A callee's own settings: 8 bytes where there are some, none where not. Older records (the files in
 * tests/corpus/journal are some) end up without any. */
static void a_callees_settings_are_kept(void **state)
{
    (void)state;
    unsigned char bytes[AN_RECORD_VERDICT_MAX];
    size_t plain, len;
    struct an_record r;
    fill();
    assert_int_equal(an_record_encode_verdict(&call, bytes, sizeof bytes, &plain), AN_OK);
    assert_int_equal(bytes[94] & 32, 0); /* as it was written before there were any */
    assert_int_equal(an_record_decode(AN_RECORD_VERDICT, bytes, plain, &r), AN_OK);
    assert_true(r.verdict.callee_version == 0 && r.verdict.chosen == 0 && r.verdict.rules == AN_RULE_OWN_EVIDENCE);
    struct an_verdict *v = &call.verdict;
    v->callee_version = 0xfedcba98;
    v->rules = AN_RULE_LABELLED_WANTED | AN_RULE_RANGE | AN_RULE_CATEGORY | AN_RULE_OPTED_OUT | AN_RULE_HOSTILE;
    v->chosen = AN_CHOICE_BLOCK << AN_CHOSEN_RANGE | AN_CHOICE_PASS << AN_CHOSEN_HOURS |
                AN_CHOICE_SCREEN << AN_CHOSEN_CATEGORY | 7 << AN_CHOSEN_EXPECTED;
    assert_int_equal(an_record_encode_verdict(&call, bytes, sizeof bytes, &len), AN_OK);
    assert_int_equal(len, plain + 8);
    assert_int_equal(an_record_decode(AN_RECORD_VERDICT, bytes, len, &r), AN_OK);
    assert_memory_equal(&r.verdict, v, sizeof r.verdict);
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(an_record_decode(AN_RECORD_VERDICT, bytes, cut, &r), AN_ERR_MALFORMED);
    const size_t at = 96 + 8 + 1 + 4u * v->cause_count + 4 - 8; /* causes and the shadow before it; no campaign */
    unsigned char good[AN_RECORD_VERDICT_MAX];
    memcpy(good, bytes, len);
    memset(bytes + at, 0, 4); /* version 0: nobody's settings */
    assert_int_equal(an_record_decode(AN_RECORD_VERDICT, bytes, len, &r), AN_ERR_MALFORMED);
    for (unsigned field = 0; field < AN_CHOSEN_EXPECTED; field += 3) {
        memcpy(bytes, good, len);
        uint16_t chosen = (uint16_t)(7u << field); /* no such choice */
        memcpy(bytes + at + 6, &chosen, 2);
        assert_int_equal(an_record_decode(AN_RECORD_VERDICT, bytes, len, &r), AN_ERR_MALFORMED);
    }
    memcpy(bytes, good, len);
    bytes[at + 7] |= 0x80;
    assert_int_equal(an_record_decode(AN_RECORD_VERDICT, bytes, len, &r), AN_ERR_MALFORMED);
}

/* Every pattern of zeros among eight neighbours, and in the last ones. */
static void features_of_any_pattern(void **state)
{
    (void)state;
    unsigned char bytes[AN_RECORD_VERDICT_MAX];
    size_t len;
    struct an_record r;
    for (unsigned pattern = 0; pattern < 256; pattern++) {
        fill();
        for (unsigned f = 0; f < AN_FEATURE_COUNT; f++)
            call.verdict.features[f] = pattern >> f % 8 & 1 ? (an_mini)(f + 0xff00) : 0;
        assert_int_equal(an_record_encode_verdict(&call, bytes, sizeof bytes, &len), AN_OK);
        assert_int_equal(an_record_decode(AN_RECORD_VERDICT, bytes, len, &r), AN_OK);
        assert_memory_equal(r.verdict.features, call.verdict.features, sizeof r.verdict.features);
    }
}

static void ordinary_verdict_is_small(void **state)
{
    (void)state;
    unsigned char bytes[AN_RECORD_VERDICT_MAX];
    size_t len;
    fill();
    assert_int_equal(an_record_encode_verdict(&call, bytes, sizeof bytes, &len), AN_OK);
    assert_in_range(24 + len, 100, 320);
}

static void largest_verdict_fits(void **state)
{
    (void)state;
    static char text[6 * 200];
    unsigned char bytes[AN_RECORD_VERDICT_MAX];
    size_t len;
    struct an_record r;
    fill();
    memset(text, 'x', sizeof text);
    call.base = text;
    struct an_span longest = { 0, 200 };
    call.parsed.from.user = call.parsed.from.display = call.parsed.called.user = longest;
    call.parsed.call_id = call.parsed.user_agent = longest;
    call.verdict.symbol_count = call.verdict.cause_count = 200; /* more than there are */
    for (unsigned f = 0; f < AN_FEATURE_COUNT; f++) call.verdict.features[f] = 0xffff;
    assert_int_equal(an_record_encode_verdict(&call, bytes, sizeof bytes, &len), AN_OK);
    assert_int_equal(an_record_decode(AN_RECORD_VERDICT, bytes, len, &r), AN_OK);
    assert_int_equal(r.text.display.len, AN_TEXT_MAX);
    assert_int_equal(r.verdict.symbol_count, AN_VERDICT_SYMBOLS_MAX);
    assert_int_equal(r.verdict.cause_count, AN_VERDICT_CAUSES_MAX);
    assert_memory_equal(r.verdict.features, call.verdict.features, sizeof r.verdict.features);
}

/* What only a learned model leaves takes no room where there is none. */
static void a_model_costs_room_only_where_it_says_something(void **state)
{
    (void)state;
    unsigned char bytes[AN_RECORD_VERDICT_MAX];
    size_t plain, len;
    struct an_record r;
    fill();
    call.verdict.cause_count = call.verdict.has_shadow = 0;
    memset(call.verdict.causes, 0, sizeof call.verdict.causes);
    call.verdict.shadow_probability = 0;
    assert_int_equal(an_record_encode_verdict(&call, bytes, sizeof bytes, &plain), AN_OK);
    assert_int_equal(an_record_decode(AN_RECORD_VERDICT, bytes, plain, &r), AN_OK);
    assert_memory_equal(&r.verdict, &call.verdict, sizeof r.verdict);
    for (uint8_t causes = 1; causes <= AN_VERDICT_CAUSES_MAX; causes++) {
        call.verdict.cause_count = causes;
        call.verdict.causes[causes - 1] = (struct an_verdict_cause) { causes, (int16_t)(-causes) };
        assert_int_equal(an_record_encode_verdict(&call, bytes, sizeof bytes, &len), AN_OK);
        assert_int_equal(len, plain + 1 + 4u * causes);
        assert_int_equal(an_record_decode(AN_RECORD_VERDICT, bytes, len, &r), AN_OK);
        assert_memory_equal(&r.verdict, &call.verdict, sizeof r.verdict);
    }
    bytes[96] = AN_VERDICT_CAUSES_MAX + 1;
    assert_int_equal(an_record_decode(AN_RECORD_VERDICT, bytes, len, &r), AN_ERR_MALFORMED);
    call.verdict.has_shadow = 1;
    call.verdict.shadow_probability = 0; /* said, and said to be 0 */
    assert_int_equal(an_record_encode_verdict(&call, bytes, sizeof bytes, &len), AN_OK);
    assert_int_equal(len, plain + 21);
    assert_int_equal(an_record_decode(AN_RECORD_VERDICT, bytes, len, &r), AN_OK);
    assert_memory_equal(&r.verdict, &call.verdict, sizeof r.verdict);
}

static void text_is_not_cut_inside_a_character(void **state)
{
    (void)state;
    static char text[90];
    unsigned char bytes[AN_RECORD_VERDICT_MAX];
    size_t len;
    struct an_record r;
    for (int i = 0; i < 30; i++) memcpy(text + 3 * i, "安", 3);
    fill();
    call.base = text;
    memset(&call.parsed, 0, sizeof call.parsed);
    call.parsed.from.display = (struct an_span) { 0, 90 };
    assert_int_equal(an_record_encode_observation(&call, bytes, sizeof bytes, &len), AN_OK);
    assert_int_equal(an_record_decode(AN_RECORD_OBSERVATION, bytes, len, &r), AN_OK);
    assert_int_equal(r.text.display.len, 63);
}

/* From of a callee's BYE is the callee: its texts would be the wrong way round. */
static void a_message_later_in_the_dialogue_has_no_texts_of_the_parties(void **state)
{
    (void)state;
    static const uint8_t kinds[] = { AN_OBS_ATTEMPT, AN_OBS_ANSWER, AN_OBS_END, AN_OBS_REPORT };
    static const char text[] = "13800138000 安 13900139000 abc@1 sipp";
    unsigned char bytes[AN_RECORD_OBSERVATION_MAX];
    size_t len;
    struct an_record r;
    for (int sip = 0; sip < 2; sip++)
        for (unsigned i = 0; i < sizeof kinds; i++) {
            fill();
            call.base = text;
            memset(&call.parsed, 0, sizeof call.parsed);
            call.parsed.method = sip ? AN_SIP_BYE : AN_SIP_OTHER; /* the latter: told over HTTP or by a file */
            call.parsed.from.user = (struct an_span) { 0, 11 };
            call.parsed.from.display = (struct an_span) { 12, 3 };
            call.parsed.called.user = (struct an_span) { 16, 11 };
            call.parsed.call_id = (struct an_span) { 28, 5 };
            call.parsed.user_agent = (struct an_span) { 34, 4 };
            call.enriched.obs.kind = kinds[i];
            assert_int_equal(an_record_encode_observation(&call, bytes, sizeof bytes, &len), AN_OK);
            assert_int_equal(an_record_decode(AN_RECORD_OBSERVATION, bytes, len, &r), AN_OK);
            bool without = sip && (kinds[i] == AN_OBS_ANSWER || kinds[i] == AN_OBS_END);
            assert_int_equal(r.text.caller.len, without ? 0 : 11);
            assert_int_equal(r.text.display.len, without ? 0 : 3);
            assert_int_equal(r.text.callee.len, without ? 0 : 11);
            assert_int_equal(r.text.user_agent.len, without ? 0 : 4);
            assert_int_equal(r.text.call_id.len, 5);
        }
}

/* Whoever reads a record indexes tables by these. */
static void no_action_category_or_level_out_of_range(void **state)
{
    (void)state;
    unsigned char bytes[AN_RECORD_VERDICT_MAX];
    size_t len;
    struct an_record r;
    for (int which = 0; which < 3; which++) {
        fill();
        uint8_t *field = which == 0 ? &call.verdict.action : which == 1 ? &call.verdict.category : &call.verdict.level;
        const unsigned count = which == 0 ? AN_ACTION_COUNT : which == 1 ? AN_CATEGORY_COUNT : AN_LEVEL_COUNT;
        for (unsigned value = 0; value < 256; value++) {
            *field = (uint8_t)value;
            assert_int_equal(an_record_encode_verdict(&call, bytes, sizeof bytes, &len), AN_OK);
            assert_int_equal(an_record_decode(AN_RECORD_VERDICT, bytes, len, &r),
                             value < count ? AN_OK : AN_ERR_MALFORMED);
        }
    }
}

static void every_cut_is_noticed(void **state)
{
    (void)state;
    unsigned char bytes[AN_RECORD_VERDICT_MAX];
    size_t len;
    struct an_record r;
    fill();
    assert_int_equal(an_record_encode_verdict(&call, bytes, sizeof bytes, &len), AN_OK);
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(an_record_decode(AN_RECORD_VERDICT, bytes, cut, &r), AN_ERR_MALFORMED);
    assert_int_equal(an_record_decode(AN_RECORD_VERDICT, bytes, len + 1, &r), AN_ERR_MALFORMED);
    for (unsigned char version = 1; version <= 3; version += 2) {
        bytes[0] = version;
        assert_int_equal(an_record_decode(AN_RECORD_VERDICT, bytes, len, &r), AN_ERR_UNSUPPORTED);
    }
    assert_int_equal(an_record_decode(0, bytes, len, &r), AN_ERR_UNSUPPORTED);
    assert_int_equal(an_record_decode(AN_RECORD_TYPE_COUNT, bytes, len, &r), AN_ERR_UNSUPPORTED);
}

/* A record of a time when there were 10 features; and one of a time when there are 80. */
static void other_feature_counts(void **state)
{
    (void)state;
    unsigned char bytes[AN_RECORD_VERDICT_MAX], other[AN_RECORD_VERDICT_MAX];
    size_t len;
    struct an_record r;
    fill();
    call.verdict.symbol_count = call.verdict.cause_count = call.verdict.has_shadow = 0;
    memset(call.verdict.features, 0, sizeof call.verdict.features);
    assert_int_equal(an_record_encode_verdict(&call, bytes, sizeof bytes, &len), AN_OK);
    const size_t head = 96, map = (AN_FEATURE_COUNT + 7) / 8;
    for (int newer = 0; newer < 2; newer++) {
        unsigned count = newer ? 80 : 10, last = count - 1;
        size_t at = head;
        memcpy(other, bytes, head);
        other[7] = (unsigned char)count;
        memset(other + at, 0, (count + 7) / 8);
        other[at] |= 1 << 2;
        other[at + last / 8] |= (unsigned char)(1 << last % 8);
        at += (count + 7) / 8;
        memcpy(other + at, "\x11\x22\x33\x44", 4);
        at += 4;
        memcpy(other + at, bytes + head + map, len - head - map);
        at += len - head - map;
        assert_int_equal(an_record_decode(AN_RECORD_VERDICT, other, at, &r), AN_OK);
        assert_int_equal(r.feature_count, count);
        assert_int_equal(r.verdict.features[2], 0x2211);
        assert_int_equal(r.verdict.features[9], newer ? 0 : 0x4433);
        assert_text(r.text.caller, "alice");
        if (!newer) {
            other[head + 1] |= 0x80; /* a bit behind the last feature */
            assert_int_equal(an_record_decode(AN_RECORD_VERDICT, other, at, &r), AN_ERR_MALFORMED);
        }
    }
}

static void small_records_round_trip(void **state)
{
    (void)state;
    unsigned char bytes[AN_RECORD_SMALL_MAX];
    struct an_record records[] = {
        { .type = AN_RECORD_SETTINGS, .settings = { 5, AN_SLICE("{\"a\":1}") } },
        { .type = AN_RECORD_START, .start = { AN_SLICE("0.1.0"), 3, 2, 99 } },
        { .type = AN_RECORD_STOP, .start = { AN_SLICE("0.1.0"), 3, 2, 99 } },
        { .type = AN_RECORD_CHAIN, .chain = { { 1, 2, 3 }, 44, 1 } },
        { .type = AN_RECORD_SNAPSHOT, .snapshot = { AN_SLICE("00001763782394123456.snap"), { 9 }, 12 } },
        { .type = AN_RECORD_LOSS, .loss = { { 1, 2, 3, 4, 5, 6 }, 7, 8 } },
        { .type = AN_RECORD_MODEL,
          .model = { .live = { 0x123456789abcdef, 77, AN_SLICE("city.anm") }, .shadow = { 0, 0, { NULL, 0 } } } },
    };
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        struct an_record r;
        size_t len;
        assert_int_equal(an_record_encode(&records[i], bytes, sizeof bytes, &len), AN_OK);
        assert_int_equal(an_record_decode(records[i].type, bytes, len, &r), AN_OK);
        switch (r.type) {
        case AN_RECORD_SETTINGS:
            assert_int_equal(r.settings.version, 5);
            assert_text(r.settings.json, "{\"a\":1}");
            break;
        case AN_RECORD_CHAIN: assert_memory_equal(&r.chain, &records[i].chain, sizeof r.chain); break;
        case AN_RECORD_SNAPSHOT:
            assert_text(r.snapshot.file, "00001763782394123456.snap");
            assert_int_equal(r.snapshot.hash[0], 9);
            assert_int_equal(r.snapshot.time_us, 12);
            break;
        case AN_RECORD_LOSS: assert_memory_equal(&r.loss, &records[i].loss, sizeof r.loss); break;
        case AN_RECORD_MODEL:
            assert_int_equal(r.model.live.version, 0x123456789abcdef);
            assert_int_equal(r.model.live.score_version, 77);
            assert_text(r.model.live.name, "city.anm");
            assert_int_equal(r.model.shadow.version, 0);
            assert_int_equal(r.model.shadow.score_version, 0);
            assert_text(r.model.shadow.name, "");
            break;
        default:
            assert_text(r.start.software, "0.1.0");
            assert_int_equal(r.start.settings_version, 99);
            break;
        }
        for (size_t size = 0; size < len; size++) {
            size_t none;
            assert_int_equal(an_record_encode(&records[i], bytes, size, &none), AN_ERR_FULL);
        }
        assert_string_not_equal(an_record_type_name(r.type), "unknown");
    }
}

static void labels_round_trip(void **state)
{
    (void)state;
    unsigned char bytes[AN_RECORD_LABEL_MAX];
    struct an_ruling label = { .until_us = 2000000,
                               .number = 8613800138000,
                               .trunk = 7,
                               .weight = 250,
                               .verdict = AN_RULING_UNWANTED,
                               .category = AN_CATEGORY_LOAN,
                               .campaign = 17,
                               .token = { { 1, 2, 3 } } },
                     back;
    memset(label.trunk_name, 't', sizeof label.trunk_name - 1);
    memset(label.who, 'w', sizeof label.who - 1);
    memset(label.why, 'y', sizeof label.why - 1);
    struct an_record record, r;
    size_t len;
    an_record_of_ruling(&label, &record);
    assert_int_equal(an_record_encode(&record, bytes, sizeof bytes, &len), AN_OK); /* the longest fits */
    assert_int_equal(an_record_decode(AN_RECORD_LABEL, bytes, len, &r), AN_OK);
    an_ruling_of_record(&r, 1000000, &back);
    label.time_us = 1000000;
    assert_memory_equal(&back, &label, sizeof back);
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(an_record_decode(AN_RECORD_LABEL, bytes, cut, &r), AN_ERR_MALFORMED);
    label.shared = label.foreign = true; /* marks come behind, where there are any */
    an_record_of_ruling(&label, &record);
    size_t marked;
    assert_int_equal(an_record_encode(&record, bytes, sizeof bytes, &marked), AN_OK);
    assert_int_equal(marked, len + 1);
    assert_int_equal(an_record_decode(AN_RECORD_LABEL, bytes, marked, &r), AN_OK);
    assert_true(r.label.shared && r.label.foreign);
    bytes[len] = 4;
    assert_int_equal(an_record_decode(AN_RECORD_LABEL, bytes, marked, &r), AN_ERR_MALFORMED);
    bytes[len] = 0;
    assert_int_equal(an_record_decode(AN_RECORD_LABEL, bytes, marked, &r), AN_ERR_MALFORMED);
    bytes[1] = AN_RULING_VERDICT_COUNT;
    assert_int_equal(an_record_decode(AN_RECORD_LABEL, bytes, len, &r), AN_ERR_MALFORMED);
    bytes[1] = AN_RULING_WANTED;
    bytes[3] = bytes[4] = 0xff; /* a weight over 1 */
    assert_int_equal(an_record_decode(AN_RECORD_LABEL, bytes, len, &r), AN_ERR_MALFORMED);
    assert_string_equal(an_record_type_name(AN_RECORD_LABEL), "label");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdict_round_trip),
        cmocka_unit_test(ordinary_verdict_is_small),
        cmocka_unit_test(largest_verdict_fits),
        cmocka_unit_test(a_model_costs_room_only_where_it_says_something),
        cmocka_unit_test(text_is_not_cut_inside_a_character),
        cmocka_unit_test(a_message_later_in_the_dialogue_has_no_texts_of_the_parties),
        cmocka_unit_test(every_cut_is_noticed),
        cmocka_unit_test(no_action_category_or_level_out_of_range),
        cmocka_unit_test(other_feature_counts),
        cmocka_unit_test(small_records_round_trip),
        cmocka_unit_test(labels_round_trip),
        cmocka_unit_test(a_told_attempt_keeps_all_it_knows),
        cmocka_unit_test(a_callees_settings_are_kept),
        cmocka_unit_test(features_of_any_pattern),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
