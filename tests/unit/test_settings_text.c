/* The settings' text in the journal: there and back, bit for bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "settings/config.h"

static void load(const char *text, struct an_config *config)
{
    struct an_config_errors errors = { 0 };
    enum an_err err = an_config_parse("a", text, strlen(text), NULL, config, &errors);
    an_config_errors_print(&errors, stderr);
    assert_int_equal(err, AN_OK);
    an_config_errors_done(&errors);
}

static const char full[] =
    "policy: {level: loose, reported: screen, explore_share: 0.00333, costs: {strict: {wrong_label: 0.1, "
    "missed_wanted: 333333.3}}}\n"
    "act: {server: \"a\\\"b\\\\安\", next_hop: \"10.0.0.1:5080\"}\n"
    "trunks: [{name: n, addresses: [10.0.0.0/8, \"[2001:db8::1]:5060\"], may_show_public: yes, proxy: yes, "
    "subscribers: yes}]\n"
    "people: {short_code: \"12321\"}\n"
    "lists: {deny: [+8695*], allow: [+8610]}\n";

static void comes_back_bit_for_bit(void **state)
{
    (void)state;
    struct an_config config;
    struct an_settings back;
    struct an_error error;
    load(full, &config);
    const struct an_settings *there = &config.settings;
    assert_int_equal(an_settings_of_text(there->text, there->text_len, &back, &error), AN_OK);
    assert_memory_equal(there->policy.costs, back.policy.costs, sizeof back.policy.costs);
    assert_true(there->policy.explore_share == back.policy.explore_share);
    assert_int_equal(there->policy.level, back.policy.level);
    assert_int_equal(back.policy.reported, AN_REPORTED_SCREEN);
    assert_string_equal(there->act.server, back.act.server);
    assert_string_equal(there->act.next_hop, back.act.next_hop);
    assert_true(back.act.short_code == 8612321);
    assert_int_equal(back.trunk_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_memory_equal(there->trunks[i].network, back.trunks[i].network, 16);
        assert_int_equal(there->trunks[i].port, back.trunks[i].port);
        assert_int_equal(there->trunks[i].prefix_bits, back.trunks[i].prefix_bits);
        assert_true(back.trunks[i].may_show_public);
        assert_true(back.trunks[i].proxy && back.trunks[i].subscribers);
    }
    assert_true(there->version == back.version);
    assert_string_equal(there->text, back.text);
    an_settings_done(&back);
    an_config_done(&config);
}

static uint64_t version_of(const char *text)
{
    struct an_config config;
    load(text, &config);
    uint64_t version = config.settings.version;
    an_config_done(&config);
    return version;
}

static void version_follows_what_matters(void **state)
{
    (void)state;
    uint64_t plain = version_of("{}");
    assert_true(version_of("workers: 3\nlog: {level: debug}\n") == plain);
    assert_true(version_of("policy: {level: strict}\n") != plain);
    assert_true(version_of("people: {short_code: \"12321\"}\n") != plain); /* a reload has to reach the workers */
    assert_true(version_of("policy: {costs: {loose: {wrong_label: 6.5}}}\n") != plain);
    assert_true(version_of("lists: {deny: [+8695588]}\n") != plain);
    assert_true(version_of("lists: {deny: [+8695588]}\n") != version_of("lists: {deny: [+8695589]}\n"));
    assert_true(version_of("lists: {deny: [+8695588, +8610]}\n") == version_of("lists: {deny: [+8610, +8695588]}\n"));
    assert_true(version_of("lists: {deny: [+8695588]}\n") != version_of("lists: {deny: [+8695588*]}\n"));
    assert_true(version_of("policy: {reported: label}\n") == plain); /* what has its default is left out */
    assert_true(version_of("policy: {reported: block}\n") != plain);
    assert_true(version_of("canaries: {weight: 9}\n") == plain);
    uint64_t canary = version_of("canaries: {numbers: [+8613800000001]}\n");
    assert_true(canary != plain && canary != version_of("canaries: {numbers: [+8613800000001 A]}\n"));
    assert_true(canary != version_of("canaries: {numbers: [+8613800000001], weight: 9}\n"));
    uint64_t firm = version_of("registered: [{name: A, numbers: [+8695588], trunks: [a]}]\n");
    assert_true(firm != plain && firm != version_of("registered: [{name: B, numbers: [+8695588], trunks: [a]}]\n"));
    assert_true(firm != version_of("registered: [{name: A, numbers: [+8695588], trunks: [b]}]\n"));
}

static void damage_is_told(void **state)
{
    (void)state;
    struct an_config config;
    struct an_settings back;
    struct an_error error;
    load(full, &config);
    const char *text = config.settings.text;
    for (size_t len = 0; len < config.settings.text_len; len++)
        assert_int_equal(an_settings_of_text(text, len, &back, &error), AN_ERR_MALFORMED);
    const char newer[] = "{\"form\":99}", none[] = "{\"form\":1}", list[] = "[]";
    assert_int_equal(an_settings_of_text(newer, strlen(newer), &back, &error), AN_ERR_UNSUPPORTED);
    assert_int_equal(an_settings_of_text(none, strlen(none), &back, &error), AN_ERR_MALFORMED);
    assert_string_equal(error.text, "the settings' text lacks \"policy\"");
    assert_int_equal(an_settings_of_text(list, strlen(list), &back, &error), AN_ERR_MALFORMED);
    /* Any byte changed: a refusal or other settings, never a crash. */
    char *copy = strdup(text);
    for (size_t i = 0; i < config.settings.text_len; i++) {
        copy[i] = (char)(text[i] ^ 0x11);
        if (an_settings_of_text(copy, config.settings.text_len, &back, &error) == AN_OK) {
            assert_true(back.version != config.settings.version);
            an_settings_done(&back);
        }
        copy[i] = text[i];
    }
    free(copy);
    an_config_done(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_bit_for_bit),
        cmocka_unit_test(version_follows_what_matters),
        cmocka_unit_test(damage_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
