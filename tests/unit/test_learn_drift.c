#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/drift.h"

enum { ROWS = 1000 };

/* Column 0: 0 for six rows in ten, else 1 to 400; column 1: always 7; column 2: 0 or, for one weight in two, 3. */
static void fill(struct an_samples *samples, float held[ROWS])
{
    an_samples_init(samples, 3, true);
    for (int r = 0; r < ROWS; r++) {
        const struct an_sample sample = { .weight = r % 10 == 9 ? 9.0f : 1.0f };
        size_t row;
        assert_int_equal(an_samples_add(samples, &sample, &row), AN_OK);
        samples->minis[row * 3] = r < 600 ? 0 : an_mini_of((float)(r - 599));
        samples->minis[row * 3 + 1] = an_mini_of(7);
        samples->minis[row * 3 + 2] = r % 10 == 9 ? an_mini_of(3) : 0;
        held[r] = r < 500 ? -20.0f : 0.5f;
    }
}

static double number(const cJSON *list, int at)
{
    return cJSON_GetArrayItem(list, at)->valuedouble;
}

static void a_card_says_how_training_looked(void **state)
{
    (void)state;
    static float held[ROWS];
    static const struct an_drift_column columns[] = { { 0, "first" }, { 1, "same" }, { 2, "third" } };
    struct an_samples samples;
    fill(&samples, held);
    cJSON *card = cJSON_CreateObject();
    an_drift_card(card, &samples, held, columns, 3);
    char *text = cJSON_PrintUnformatted(card); /* numbers were written as text */
    cJSON_Delete(card);
    card = cJSON_Parse(text);
    const cJSON *drift = cJSON_GetObjectItem(card, "drift"), *score = cJSON_GetObjectItem(drift, "score");
    assert_int_equal(cJSON_GetArraySize(score), AN_DRIFT_BINS);
    assert_true(number(score, 0) == 0.5 && number(score, 10) == 0.5 && number(score, 11) == 0);
    const cJSON *inputs = cJSON_GetObjectItem(drift, "inputs");
    assert_int_equal(cJSON_GetArraySize(inputs), 2); /* what is the same for all says nothing */
    const cJSON *first = cJSON_GetArrayItem(inputs, 0), *third = cJSON_GetArrayItem(inputs, 1);
    assert_string_equal(cJSON_GetObjectItem(first, "feature")->valuestring, "first");
    const cJSON *cuts = cJSON_GetObjectItem(first, "cuts"), *shares = cJSON_GetObjectItem(first, "shares");
    int count = cJSON_GetArraySize(cuts);
    assert_int_equal(count, 4); /* at 0.6, 0.7, 0.8, 0.9 */
    assert_int_equal(cJSON_GetArraySize(shares), count + 1);
    assert_true(number(cuts, 0) == 1 && fabs(number(shares, 0) - 0.6) < 1e-4);
    double sum = 0;
    for (int k = 0; k <= count; k++) sum += number(shares, k);
    assert_true(fabs(sum - 1) < 1e-3);
    for (int k = 1; k < count; k++) assert_true(number(cuts, k) > number(cuts, k - 1));
    shares = cJSON_GetObjectItem(third, "shares");
    assert_int_equal(cJSON_GetArraySize(shares), 2);
    assert_true(fabs(number(shares, 1) - 0.5) < 1e-4); /* weights count */
    cJSON_Delete(card);
    free(text);
    an_samples_done(&samples);
}

static void nothing_to_tell(void **state)
{
    (void)state;
    struct an_samples samples;
    float held[1] = { 0 };
    an_samples_init(&samples, 1, true);
    cJSON *card = cJSON_CreateObject();
    an_drift_card(card, &samples, held, NULL, 0);
    assert_null(cJSON_GetObjectItem(card, "drift"));
    cJSON_Delete(card);
    an_samples_done(&samples);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_card_says_how_training_looked),
                                        cmocka_unit_test(nothing_to_tell) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
