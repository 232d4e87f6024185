#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "learn/calibrate.h"

static double dice(uint64_t n, uint64_t salt)
{
    return (double)(an_mix2(n, salt) >> 11) * 0x1p-53;
}

/* Scores spread evenly over -6 to 6; a row is unwanted by chance, as probability(score) says. */
static struct an_calibrate_row *draw(size_t count, double (*probability)(double))
{
    struct an_calibrate_row *rows = calloc(count, sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        double x = dice(i, 1) * 12 - 6;
        rows[i] =
            (struct an_calibrate_row) { (float)x, 1, dice(i, 2) < probability(x), (uint8_t)(an_mix2(i, 3) % 5), i };
    }
    return rows;
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static double half_as_steep(double x)
{
    return sigmoid(0.5 * x - 1);
}

static double stairs(double x)
{
    return x < -2 ? 0.02 : x < 1 ? 0.3 : x < 3 ? 0.4 : 0.95;
}

static void check_shape(const struct an_calibration *c)
{
    for (uint32_t k = 0; k < c->knots; k++) {
        assert_true(c->p[k] > 0 && c->p[k] < 1);
        if (k > 0) assert_true(c->x[k] > c->x[k - 1] && c->p[k] >= c->p[k - 1]);
    }
    assert_true(c->knots <= AN_FOREST_KNOTS_MAX);
}

static void platt_finds_the_line(void **state)
{
    (void)state;
    struct an_calibrate_row *rows = draw(20000, half_as_steep);
    struct an_calibration c;
    assert_int_equal(an_calibrate_fit(AN_CALIBRATION_PLATT, rows, 20000, 1, &c), AN_OK);
    assert_true(fabsf(c.a - 0.5f) < 0.03f && fabsf(c.b + 1) < 0.08f);
    for (size_t i = 0; i < 20000; i++) rows[i].weight = rows[i].unwanted ? 3 : 1; /* odds times three */
    assert_int_equal(an_calibrate_fit(AN_CALIBRATION_PLATT, rows, 20000, 1, &c), AN_OK);
    assert_true(fabsf(c.a - 0.5f) < 0.03f && fabsf(c.b + 1 - logf(3)) < 0.08f);
    free(rows);
}

static void scores_that_say_nothing_get_one_probability(void **state)
{
    (void)state;
    struct an_calibrate_row rows[1000];
    struct an_calibration c;
    for (size_t i = 0; i < 1000; i++)
        rows[i] = (struct an_calibrate_row) { (float)-(i % 10 == 0), 1, i % 10 == 0, 0, i };
    assert_int_equal(an_calibrate_fit(AN_CALIBRATION_PLATT, rows, 1000, 1, &c), AN_OK); /* they even mislead */
    assert_true(c.a > 0);
    assert_true(fabsf(an_forest_probability(&c, 0) - 0.1f) < 0.01f &&
                fabsf(an_forest_probability(&c, -1) - 0.1f) < 0.01f);
}

static void stairs_are_found_by_steps(void **state)
{
    (void)state;
    enum { N = 40000 };
    struct an_calibrate_row *rows = draw(N, stairs);
    float *said = calloc(N, sizeof *said);
    double losses[AN_CALIBRATION_ISOTONIC + 1];
    struct an_calibration c;
    assert_int_equal(an_calibrate_choose(rows, N, 5, &c, said, losses), AN_OK);
    assert_int_equal(c.kind, AN_CALIBRATION_ISOTONIC);
    assert_true(losses[AN_CALIBRATION_ISOTONIC] < losses[AN_CALIBRATION_PLATT]);
    assert_true(losses[AN_CALIBRATION_PLATT] < losses[AN_CALIBRATION_NONE]);
    check_shape(&c);
    for (double x = -5.5; x < 5.6; x += 1) /* between the edges of the stairs */
        assert_true(fabs((double)an_forest_probability(&c, (float)x) - stairs(x)) < 0.03);
    free(said);
    free(rows);
}

static void a_line_is_left_to_platt(void **state)
{
    (void)state;
    struct an_calibrate_row *rows = draw(1500, half_as_steep), *given = calloc(1500, sizeof *given);
    float said[1500];
    double losses[AN_CALIBRATION_ISOTONIC + 1];
    struct an_calibration c;
    memcpy(given, rows, 1500 * sizeof *rows);
    assert_int_equal(an_calibrate_choose(rows, 1500, 5, &c, said, losses), AN_OK);
    assert_int_equal(c.kind, AN_CALIBRATION_PLATT);
    /* Said in the order given, each by a line its fold had no part in: near the final one, but not it. */
    bool differs = false;
    for (size_t i = 0; i < 1500; i++) {
        float all = an_forest_probability(&c, given[i].log_odds);
        assert_true(fabsf(said[i] - all) < 0.05f);
        differs = differs || said[i] != all;
    }
    assert_true(differs);
    free(given);
    free(rows);
}

/* A hundred thousand wanted rows below, and above them an end where only few are: what is said there keeps rising, is
 * never surer than the rows allow, and holds. */
static void the_top_end_has_a_line_of_its_own(void **state)
{
    (void)state;
    enum { WANTED = 100000, UNWANTED = 20000 };
    struct an_calibrate_row *rows = calloc(WANTED + UNWANTED, sizeof *rows);
    struct an_calibration c;
    /* two bells, 8 apart: log-odds of a score x are 8 x - 32 + log(1/5), so 0.999 is at 5.06 */
    for (size_t i = 0; i < WANTED + UNWANTED; i++) {
        double bell = sqrt(-2 * log(dice(i, 4) + 1e-12)) * cos(6.283185307 * dice(i, 5));
        bool unwanted = i >= WANTED;
        rows[i] = (struct an_calibrate_row) { (float)(bell + (unwanted ? 8 : 0)), 1, unwanted, 0, i };
    }
    for (size_t i = 0; i < 15; i++) rows[i].log_odds = 7 + (float)i / 10; /* labels are never all right */
    assert_int_equal(an_calibrate_fit(AN_CALIBRATION_ISOTONIC, rows, WANTED + UNWANTED, 1, &c), AN_OK);
    check_shape(&c);
    float most = an_forest_probability(&c, 100);
    assert_true(most > 0.999f && most <= 1 - 1.0f / (UNWANTED + 2));
    assert_true(an_forest_probability(&c, 4.0f) < 0.999f);
    assert_true(an_forest_probability(&c, 11) >= an_forest_probability(&c, 8.2f));
    assert_true(an_forest_probability(&c, -100) < 1e-3f && an_forest_probability(&c, -100) > 0);
    free(rows);
}

static void few_rows_claim_little(void **state)
{
    (void)state;
    struct an_calibrate_row rows[80];
    struct an_calibration c;
    for (size_t i = 0; i < 80; i++) rows[i] = (struct an_calibrate_row) { (float)i, 1, i >= 40, 0, i };
    assert_int_equal(an_calibrate_fit(AN_CALIBRATION_ISOTONIC, rows, 80, 1, &c), AN_OK);
    check_shape(&c);
    assert_true(an_forest_probability(&c, 1000) < 0.98f); /* forty rows are no 0.999 */
    for (size_t i = 0; i < 80; i++) rows[i].log_odds = 1; /* one score for all */
    assert_int_equal(an_calibrate_fit(AN_CALIBRATION_ISOTONIC, rows, 80, 1, &c), AN_OK);
    assert_true(fabsf(an_forest_probability(&c, 1) - 0.5f) < 0.01f);
    rows[0].unwanted = 1;
    assert_int_equal(an_calibrate_fit(AN_CALIBRATION_ISOTONIC, rows, 1, 1, &c), AN_OK);
    assert_true(an_forest_probability(&c, 1) < 1);
}

static double as_meant(double x)
{
    return sigmoid(x);
}

static void what_is_right_stays(void **state)
{
    (void)state;
    enum { N = 3000 };
    struct an_calibrate_row *rows = draw(N, as_meant);
    float said[N];
    double losses[AN_CALIBRATION_ISOTONIC + 1];
    struct an_calibration c;
    assert_int_equal(an_calibrate_choose(rows, N, 5, &c, said, losses), AN_OK);
    assert_int_equal(c.kind, AN_CALIBRATION_NONE);
    free(rows);
}

/* Wanted: twenty callers of 500 calls each. Three thousand unwanted calls above them are not three thousand pieces of
 * evidence that a twenty-first caller would not be there. */
static void a_caller_is_one_piece_of_evidence(void **state)
{
    (void)state;
    enum { WANTED = 10000, UNWANTED = 3000 };
    struct an_calibrate_row *rows = calloc(WANTED + UNWANTED, sizeof *rows);
    struct an_calibration c;
    for (size_t i = 0; i < WANTED + UNWANTED; i++)
        rows[i] = (struct an_calibrate_row) { (float)(i >= WANTED), 1, i >= WANTED, 0, i >= WANTED ? i : i % 20 };
    double group = an_calibrate_group_weight(rows, WANTED + UNWANTED);
    assert_true(fabs(group - 500) < 1e-9);
    assert_int_equal(an_calibrate_fit(AN_CALIBRATION_ISOTONIC, rows, WANTED + UNWANTED, group, &c), AN_OK);
    assert_true(an_forest_probability(&c, 10) < 0.9f);
    assert_int_equal(an_calibrate_fit(AN_CALIBRATION_ISOTONIC, rows, WANTED + UNWANTED, 1, &c), AN_OK);
    assert_true(an_forest_probability(&c, 10) > 0.999f);
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(platt_finds_the_line),
        cmocka_unit_test(scores_that_say_nothing_get_one_probability),
        cmocka_unit_test(stairs_are_found_by_steps),
        cmocka_unit_test(a_line_is_left_to_platt),
        cmocka_unit_test(what_is_right_stays),
        cmocka_unit_test(a_caller_is_one_piece_of_evidence),
        cmocka_unit_test(the_top_end_has_a_line_of_its_own),
        cmocka_unit_test(few_rows_claim_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
