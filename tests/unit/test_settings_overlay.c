/* Part of a policy laid over another one; nothing else gets in by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "settings/config.h"

static struct an_policy base(void)
{
    struct an_config config;
    assert_int_equal(an_config_defaults(&config), AN_OK);
    struct an_policy policy = config.settings.policy;
    an_config_done(&config);
    return policy;
}

static enum an_err lay(const char *text, struct an_policy *policy, struct an_error *error)
{
    return an_policy_overlay(text, strlen(text), policy, error);
}

static void test_laid_over(void **state)
{
    (void)state;
    struct an_policy policy = base();
    struct an_error error;
    policy.block = false; /* in force, and not its default */
    assert_int_equal(lay("policy: {costs: {standard: {missed_wanted: 7}}, level: strict}\n", &policy, &error), AN_OK);
    assert_true(policy.costs[AN_LEVEL_STANDARD].missed_wanted == 7.0f);
    assert_int_equal(policy.level, AN_LEVEL_STRICT);
    assert_false(policy.block);
    assert_int_equal(lay("{\"policy\":{\"block\":true}}", &policy, &error), AN_OK); /* to its default: said is said */
    assert_true(policy.block);
    assert_true(policy.costs[AN_LEVEL_STANDARD].missed_wanted == 7.0f);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "policy: {callees_file: /etc/passwd}",
        "data: /tmp\npolicy: {block: false}",
        "lists: {deny_files: [/etc/passwd]}",
        "policy: {costs: {standard: {missed_wanted: -1}}}",
        "policy: {nonsense: 1}",
        "policy: [",
        "policy: 3",
        "http: 0.0.0.0:1",
    };
    struct an_policy policy = base(), before = policy;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct an_error error = { "" };
        if (lay(texts[i], &policy, &error) == AN_OK) fail_msg("taken: %s", texts[i]);
        assert_true(error.text[0] != '\0');
        assert_memory_equal(&policy, &before, sizeof policy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_laid_over), cmocka_unit_test(test_refused) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
