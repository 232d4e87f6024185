/* Invariants of the simulated city: same seed, same city; calls are neither lost nor made twice; time goes forward;
 * the adversaries' books agree with what the defence saw; every class of callers is there. Nothing here looks at how
 * good a defence is. */
#include "range_kit.h"

static void test_same_seed_same_city(void **state)
{
    (void)state;
    const struct ar_scenario scenario = kit_scenario(1, 4);
    struct kit_run first = { 0 }, second = { 0 }, other = { 0 };
    kit_play(&scenario, 7, KIT_NONE, KIT_DAY_US, &first);
    kit_play(&scenario, 7, KIT_NONE, KIT_DAY_US / 1000, &second); /* how it is cut into steps changes nothing */
    kit_play(&scenario, 8, KIT_NONE, KIT_DAY_US, &other);
    assert_int_equal(first.err, AN_ERR_END);
    assert_true(first.spy.attempts > 10000);
    assert_int_equal(first.spy.hash, second.spy.hash);
    assert_int_equal(first.events, second.events);
    assert_true(first.spy.hash != other.spy.hash);
}

/* The same on every machine: no libm, no order of a hash table, no padding in what is hashed. When the city itself
 * is changed, this figure changes with it. */
static void test_randoms_are_pinned(void **state)
{
    (void)state;
    struct ar_random random;
    ar_random_init(&random, 1, "pinned", 2);
    uint64_t hash = 0;
    for (int i = 0; i < 1000; i++) {
        double x = ar_random_lognormal(&random, 60, 1.2); /* a statement a draw: C leaves the order inside one open */
        x += ar_random_exponential(&random, 3);
        x += ar_random_pareto(&random, 1, 1.5, 1e6);
        x += (double)ar_random_poisson(&random, 4.5);
        uint64_t bits;
        memcpy(&bits, &x, sizeof bits);
        hash = an_mix2(hash, bits);
    }
    assert_int_equal(hash, 0x81184da4ae09a444);
}

/* A whole day with people, services, all nine adversaries and a defence that answers back: every compiler's build and
 * every machine sees the same calls. When the city itself is changed, this figure changes with it. */
static void test_a_day_is_pinned(void **state)
{
    (void)state;
    const struct ar_scenario scenario = kit_scenario(1, 5);
    struct kit_run run = { 0 };
    kit_play(&scenario, 7, KIT_REPUTATION, KIT_DAY_US, &run);
    assert_int_equal(run.spy.hash, 0x3504b0a9d55a6b53);
}

static void test_permutation_is_one(void **state)
{
    (void)state;
    enum { N = 5000 };
    static bool seen[N];
    for (uint64_t x = 0; x < N; x++) {
        uint64_t y = ar_permute(99, N, x);
        assert_true(y < N && !seen[y]);
        seen[y] = true;
        assert_int_equal(ar_permute_back(99, N, y), x);
    }
}

static void test_numbers_have_owners(void **state)
{
    (void)state;
    struct ar_city *city;
    struct an_error error;
    const struct ar_city_options options = {
        .seed = 3, .subscribers = 20000, .begin_us = AR_BEGIN_US, .days = 1, .platform_trunks = 4
    };
    assert_int_equal(ar_city_new(&options, &city, &error), AN_OK);
    uint32_t mutual = 0, friends = 0;
    for (uint32_t id = 0; id < 20000; id += 997) {
        assert_int_equal(ar_city_owner(city, ar_city_number(city, id)), id);
        for (uint32_t k = 0; k < ar_city_friends(city, id); k += k < 16 ? 1 : 13) {
            uint32_t friend = ar_city_friend(city, id, k);
            if (friend == id) continue;
            friends++;
            mutual += ar_city_are_friends(city, friend, id) && ar_city_are_friends(city, id, friend);
        }
    }
    assert_int_equal(mutual, friends); /* whom I know knows me */
    ar_city_free(city);
}

static void test_calls_are_conserved_and_in_order(void **state)
{
    (void)state;
    for (enum kit_defence kind = KIT_NONE; kind <= KIT_REPUTATION; kind++) {
        /* Callers stop with the scenario; the last hours are left out by a warm-down: nobody can still talk then. */
        const struct ar_scenario scenario = kit_scenario(1.2, 3);
        struct kit_run run = { 0 };
        kit_play(&scenario, 11, kind, KIT_DAY_US, &run);
        assert_int_equal(run.spy.out_of_order, 0);
        assert_int_equal(run.spy.answers_without_attempt, 0);
        assert_true(run.spy.ends <= run.spy.attempts && run.spy.answers <= run.spy.attempts);
        assert_true(run.spy.reports <= run.spy.ends + 100);
        /* Under way when it stops: at most what begins in the longest talk. */
        assert_true(run.spy.attempts - run.spy.ends < run.spy.attempts / 50);
        assert_int_equal(run.events, run.spy.attempts + run.spy.answers + run.spy.ends + run.spy.reports);
        if (run.spy.attempts == run.spy.ends) assert_int_equal(run.spy.balance, 0);
    }
}

static void check_books(const struct kit_run *run, uint32_t campaign)
{
    const struct ar_ledger *l = &run->ledgers[campaign - 1];
    double sum = 0;
    for (int i = 0; i < AR_COST_COUNT; i++) {
        assert_true(l->yuan[i] >= 0);
        sum += l->yuan[i];
    }
    assert_float_equal(sum, ar_ledger_yuan(l), 1e-6);
    assert_int_equal(l->calls, run->spy.campaign_attempts[campaign]);
    assert_int_equal(l->rang, run->spy.campaign_rang[campaign]);
    assert_int_equal(l->answered, run->spy.campaign_answered[campaign]);
    assert_true(l->calls > 0);
    assert_true(l->rang_unlabelled <= l->rang && l->rang <= l->calls);
    assert_true(l->leads <= l->answered && l->reached <= (double)l->answered && l->answered <= l->rang);
}

static void test_books_balance(void **state)
{
    (void)state;
    for (unsigned strength = 1; strength <= 5; strength += 2) {
        const struct ar_scenario scenario = kit_scenario(2, strength);
        struct kit_run run = { 0 };
        kit_play(&scenario, 5, strength == 1 ? KIT_NONE : KIT_FREQUENCY, KIT_DAY_US, &run);
        for (uint32_t i = 1; i <= scenario.adversary_count; i++) check_books(&run, i);
    }
}

/* Blocked at once or not, a campaign never dials more than its day's plan. */
static void test_plans_bound_campaigns(void **state)
{
    (void)state;
    const struct ar_scenario scenario = kit_scenario(2, 1);
    struct kit_run run = { 0 };
    kit_play(&scenario, 5, KIT_FREQUENCY, KIT_DAY_US, &run);
    for (size_t i = 0; i < scenario.adversary_count; i++)
        assert_true((double)run.ledgers[i].calls <= scenario.adversaries[i].calls_a_day * 1.06 * 2 + 4);
}

static void test_volumes(void **state)
{
    (void)state;
    struct ar_scenario scenario = kit_scenario(7, 0);
    struct kit_run run = { 0 };
    kit_play(&scenario, 21, KIT_NONE, KIT_DAY_US, &run);
    double people = (double)(run.spy.by_class[AR_CLASS_PERSON] + run.spy.by_class[AR_CLASS_BORROWED]);
    double a_day = people / scenario.subscribers / scenario.days;
    print_message("people: %.2f calls a day\n", a_day);
    assert_true(a_day > 2 && a_day < 6);
    assert_true(run.spy.by_class[AR_CLASS_BORROWED] > 0); /* they live on */
    uint64_t services = 0;
    assert_int_equal(run.spy.by_class[AR_CLASS_SMEARED], 0);
    for (int c = AR_CLASS_SMEARED + 1; c < (int)AR_CLASS_A1; c++) {
        print_message("class %d: %llu\n", c, (unsigned long long)run.spy.by_class[c]);
        assert_true(run.spy.by_class[c] > 0);
        services += run.spy.by_class[c];
    }
    assert_true((double)services < people * 0.2);
    for (int c = AR_CLASS_A1; c < (int)AR_CLASS_COUNT; c++) assert_int_equal(run.spy.by_class[c], 0);
}

static void test_smear_reports(void **state)
{
    (void)state;
    struct ar_scenario scenario = kit_scenario(1, 0);
    struct kit_run quiet = { 0 }, smeared = { 0 };
    kit_play(&scenario, 3, KIT_NONE, KIT_DAY_US, &quiet);
    scenario.smear_accounts = 100;
    kit_play(&scenario, 3, KIT_NONE, KIT_DAY_US, &smeared);
    uint64_t more = smeared.spy.reports - quiet.spy.reports;
    assert_true(smeared.spy.reports > quiet.spy.reports && more > 70 && more < 130);
    /* His calls to others are told apart; those to the accounts are couriers' calls. */
    assert_int_equal(quiet.spy.by_class[AR_CLASS_SMEARED], 0);
    assert_true(smeared.spy.by_class[AR_CLASS_SMEARED] > 20);
    assert_true(smeared.spy.by_class[AR_CLASS_COURIER] + smeared.spy.by_class[AR_CLASS_SMEARED] >
                quiet.spy.by_class[AR_CLASS_COURIER]);
    scenario.smear_called = 1;
    scenario.smear_refused = 1;
    struct kit_run refused = { 0 };
    kit_play(&scenario, 3, KIT_NONE, KIT_DAY_US, &refused);
    scenario.smear_reports = false;
    struct kit_run silent = { 0 };
    kit_play(&scenario, 3, KIT_NONE, KIT_DAY_US, &silent);
    assert_true(refused.spy.reports > silent.spy.reports + 70);
    assert_true(refused.spy.by_class[AR_CLASS_COURIER] > smeared.spy.by_class[AR_CLASS_COURIER] + 30);
}

static void test_dead_defence_ends_the_run(void **state)
{
    (void)state;
    const struct ar_scenario scenario = kit_scenario(1, 1);
    struct kit_run run = { .spy = { .decisions_left = 500 } };
    kit_play(&scenario, 2, KIT_NONE, KIT_DAY_US, &run);
    assert_int_equal(run.err, AN_ERR_IO);
    assert_int_equal(run.spy.attempts, 500);
}

static void test_sizes_outside_are_refused(void **state)
{
    (void)state;
    struct ar_city *city;
    struct an_error error;
    struct ar_city_options options = { .seed = 1, .subscribers = 10, .begin_us = AR_BEGIN_US, .days = 1 };
    assert_int_equal(ar_city_new(&options, &city, &error), AN_ERR_INVALID);
    options.subscribers = 20000000;
    assert_int_equal(ar_city_new(&options, &city, &error), AN_ERR_INVALID);
    assert_non_null(strstr(error.text, "20000000"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_seed_same_city),
        cmocka_unit_test(test_randoms_are_pinned),
        cmocka_unit_test(test_a_day_is_pinned),
        cmocka_unit_test(test_permutation_is_one),
        cmocka_unit_test(test_numbers_have_owners),
        cmocka_unit_test(test_calls_are_conserved_and_in_order),
        cmocka_unit_test(test_books_balance),
        cmocka_unit_test(test_plans_bound_campaigns),
        cmocka_unit_test(test_volumes),
        cmocka_unit_test(test_smear_reports),
        cmocka_unit_test(test_dead_defence_ends_the_run),
        cmocka_unit_test(test_sizes_outside_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
