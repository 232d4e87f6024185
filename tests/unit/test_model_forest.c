#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/logistic.h"
#include "model/forest.h"

static char folder[] = "/tmp/anning-forest-XXXXXX";

/* Two trees over a and b for unwanted, one leaf for loan:
 *   a < 2 ? (b < 0.5 ? -1 : 0.25) : 3, missing a right, missing b left;   b < 8 ? 0.5 : -0.5, missing left */
static struct an_forest *make(void)
{
    static const struct an_forest_node nodes[] = {
        { 2.0f, 1, 0, 0, 0 },
        { 0.5f, 3, 1, 1, 0 },
        { 3.0f, 0, AN_FOREST_LEAF, 0, 0 },
        { -1.0f, 0, AN_FOREST_LEAF, 0, 0 },
        { 0.25f, 0, AN_FOREST_LEAF, 0, 0 },
        { 8.0f, 6, 1, 1, 0 },
        { 0.5f, 0, AN_FOREST_LEAF, 0, 0 },
        { -0.5f, 0, AN_FOREST_LEAF, 0, 0 },
        { 0.75f, 0, AN_FOREST_LEAF, 0, 0 },
    };
    static const uint32_t roots[] = { 0, 5, 8 };
    struct an_forest *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->features = 2;
    f->names = calloc(2, sizeof *f->names);
    strcpy(f->names[0], "a");
    strcpy(f->names[1], "number of calls");
    f->node_count = sizeof nodes / sizeof nodes[0];
    f->nodes = malloc(sizeof nodes);
    memcpy(f->nodes, nodes, sizeof nodes);
    f->means = calloc(f->node_count, sizeof *f->means);
    for (uint32_t i = 0; i < f->node_count; i++) f->means[i] = (float)i / 8;
    f->root_count = 3;
    f->roots = malloc(sizeof roots);
    memcpy(f->roots, roots, sizeof roots);
    f->unwanted = (struct an_forest_sum) { -0.125f, 0, 2 };
    f->categories[AN_CATEGORY_LOAN] = (struct an_forest_sum) { 0.5f, 2, 1 };
    f->calibration = (struct an_calibration) {
        .kind = AN_CALIBRATION_ISOTONIC, .knots = 3, .x = { -1, 0, 2 }, .p = { 0.01f, 0.25f, 0.75f }
    };
    f->card = strdup("{\"data\":\"made by hand\"}");
    return f;
}

static float sum_of(const struct an_forest *f, float a, float b)
{
    const float row[2] = { a, b };
    return an_forest_sum_row(f, &f->unwanted, row);
}

static void trees_are_walked(void **state)
{
    (void)state;
    struct an_forest *f = make();
    assert_int_equal(an_forest_check(f, NULL), AN_OK);
    assert_true(sum_of(f, 1, 0) == -1.0f + 0.5f - 0.125f);
    assert_true(sum_of(f, 1, 0.5f) == 0.25f + 0.5f - 0.125f); /* equal goes right */
    assert_true(sum_of(f, 2, 9) == 3.0f - 0.5f - 0.125f);
    assert_true(sum_of(f, NAN, 9) == 3.0f - 0.5f - 0.125f); /* missing a goes right */
    assert_true(sum_of(f, 0, NAN) == -1.0f + 0.5f - 0.125f);
    assert_true(sum_of(f, INFINITY, -INFINITY) == 3.0f + 0.5f - 0.125f);
    assert_true(an_forest_sum_row(f, &f->categories[AN_CATEGORY_LOAN], (float[2]) { 0 }) == 1.25f);
    an_forest_free(f);
    an_forest_free(NULL);
}

/* 2^24 swallows a one that comes after it: the order of the trees shows in the sum. */
static void leaves_are_added_in_order(void **state)
{
    (void)state;
    static const float leaves[2][3] = { { 1e6f, 0.01f, -1e6f }, { 1e6f, -1e6f, 0.01f } };
    struct an_forest *f = make();
    for (int order = 0; order < 2; order++) {
        f->unwanted = (struct an_forest_sum) { 0.0f, 0, 3 };
        for (uint32_t t = 0; t < 3; t++) {
            f->roots[t] = t;
            f->nodes[t] = (struct an_forest_node) { leaves[order][t], 0, AN_FOREST_LEAF, 0, 0 };
        }
        volatile float sum = leaves[order][0];
        sum = sum + leaves[order][1];
        sum = sum + leaves[order][2];
        assert_true(sum_of(f, 0, 0) == sum);
    }
    an_forest_free(f);
}

static void probabilities(void **state)
{
    (void)state;
    struct an_calibration c = { .kind = AN_CALIBRATION_NONE };
    for (float x = -45; x < 45; x += 0.37f) {
        double bounded = fmax(-40, fmin(40, (double)x));
        assert_true(fabs((double)an_forest_probability(&c, x) - 1 / (1 + exp(-bounded))) < 1e-7);
    }
    c = (struct an_calibration) { .kind = AN_CALIBRATION_PLATT, .a = 2, .b = -1 };
    assert_true(an_forest_probability(&c, 0.5f) == 0.5f);
    assert_true(an_forest_probability(&c, 3) == an_logistic(5));
    struct an_forest *f = make();
    assert_true(an_forest_probability(&f->calibration, -9) == 0.01f);
    assert_true(an_forest_probability(&f->calibration, -1) == 0.01f);
    assert_true(an_forest_probability(&f->calibration, 0) == 0.25f);
    assert_true(an_forest_probability(&f->calibration, 1) == 0.5f);
    assert_true(an_forest_probability(&f->calibration, 99) == 0.75f);
    float before = 0;
    for (float x = -2; x < 3; x += 0.001f) {
        float p = an_forest_probability(&f->calibration, x);
        assert_true(p >= before);
        before = p;
    }
    an_forest_free(f);
}

static void assert_same(const struct an_forest *a, const struct an_forest *b)
{
    assert_int_equal(a->version, b->version);
    assert_int_equal(a->features, b->features);
    for (uint32_t i = 0; i < a->features; i++) assert_string_equal(a->names[i], b->names[i]);
    assert_int_equal(a->node_count, b->node_count);
    assert_memory_equal(a->nodes, b->nodes, a->node_count * sizeof *a->nodes);
    assert_int_equal(a->means == NULL, b->means == NULL);
    if (a->means != NULL) assert_memory_equal(a->means, b->means, a->node_count * sizeof *a->means);
    assert_int_equal(a->root_count, b->root_count);
    assert_memory_equal(a->roots, b->roots, a->root_count * sizeof *a->roots);
    assert_memory_equal(&a->unwanted, &b->unwanted, sizeof a->unwanted);
    assert_memory_equal(a->categories, b->categories, sizeof a->categories);
    assert_memory_equal(&a->calibration, &b->calibration, sizeof a->calibration);
    assert_string_equal(a->card, b->card);
}

static void files_keep_everything(void **state)
{
    (void)state;
    char path[256];
    struct an_error error;
    struct an_forest *f = make(), *back;
    snprintf(path, sizeof path, "%s/a.anm", folder);
    assert_int_equal(an_forest_save(f, path, &error), AN_OK);
    assert_true(f->version != 0);
    assert_int_equal(an_forest_load(path, &back, &error), AN_OK);
    assert_same(f, back);
    uint64_t version = f->version;
    an_forest_free(back);
    f->nodes[2].threshold = 4;
    free(f->means);
    f->means = NULL;
    assert_int_equal(an_forest_save(f, path, &error), AN_OK); /* over the old one */
    assert_true(f->version != version);
    assert_int_equal(an_forest_load(path, &back, &error), AN_OK);
    assert_same(f, back);
    snprintf(path, sizeof path, "%s/a.anm.tmp", folder);
    assert_int_not_equal(access(path, F_OK), 0);
    an_forest_free(back);
    an_forest_free(f);
}

static void what_is_not_there_is_said(void **state)
{
    (void)state;
    struct an_error error;
    struct an_forest *f = make(), *back = NULL;
    assert_int_equal(an_forest_load("/nowhere/x.anm", &back, &error), AN_ERR_IO);
    assert_non_null(strstr(error.text, "/nowhere/x.anm"));
    assert_int_equal(an_forest_load(folder, &back, &error), AN_ERR_IO);
    assert_non_null(strstr(error.text, "not a file"));
    assert_int_equal(an_forest_save(f, "/nowhere/x.anm", &error), AN_ERR_IO);
    assert_non_null(strstr(error.text, "/nowhere/x.anm"));
    assert_null(back);
    an_forest_free(f);
}

/* Every cut and every changed byte is seen; nothing is read beyond the end. */
static void broken_files_are_refused(void **state)
{
    (void)state;
    struct an_error error;
    struct an_forest *f = make(), *back = NULL;
    void *bytes;
    size_t len;
    assert_int_equal(an_forest_encode(f, &bytes, &len, &error), AN_OK);
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *copy = malloc(cut == 0 ? 1 : cut);
        memcpy(copy, bytes, cut);
        int err = an_forest_parse("cut.anm", copy, cut, &back, &error);
        assert_true(err == AN_ERR_CORRUPT || err == AN_ERR_MALFORMED);
        assert_non_null(strstr(error.text, "cut.anm: "));
        free(copy);
    }
    for (size_t at = 0; at < len; at++) {
        ((uint8_t *)bytes)[at] ^= 0x40;
        int err = an_forest_parse("bent.anm", bytes, len, &back, &error);
        assert_int_equal(err, at < 8 ? AN_ERR_MALFORMED : at < 10 ? AN_ERR_UNSUPPORTED : AN_ERR_CORRUPT);
        ((uint8_t *)bytes)[at] ^= 0x40;
    }
    assert_null(back);
    free(bytes);
    an_forest_free(f);
}

/* A writer with bad intent gets the checksum right. Offsets are those of struct file_head. */
static void counts_are_not_believed(void **state)
{
    (void)state;
    struct an_error error;
    struct an_forest *f = make(), *back = NULL;
    uint8_t *bytes;
    size_t len;
    assert_int_equal(an_forest_encode(f, (void **)&bytes, &len, &error), AN_OK);
    static const uint32_t values[] = { 0, 1, 7, 1000, 1025, 70000, 0x7fffffff, 0x80000000, 0xffffffff };
    for (size_t field = 12; field < 56; field += 4)
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
            uint32_t was;
            memcpy(&was, bytes + field, 4);
            memcpy(bytes + field, &values[v], 4);
            uint64_t sum = an_hash64(bytes, len - 8, 0);
            memcpy(bytes + len - 8, &sum, 8);
            int err = an_forest_parse("lies.anm", bytes, len, &back, &error);
            if (was != values[v])
                assert_true(err == AN_ERR_LIMIT || err == AN_ERR_MALFORMED || err == AN_ERR_INVALID ||
                            (field >= 32 && field < 48)); /* calibration may be another */
            if (err == AN_OK) an_forest_free(back);
            memcpy(bytes + field, &was, 4);
        }
    free(bytes);
    an_forest_free(f);
}

static void refused(struct an_forest *f, int want, const char *says)
{
    struct an_error error = { "" };
    char path[256];
    snprintf(path, sizeof path, "%s/refused.anm", folder);
    assert_int_equal(an_forest_check(f, &error), want);
    assert_non_null(strstr(error.text, says));
    assert_int_equal(an_forest_save(f, path, &error), want);
    assert_int_not_equal(access(path, F_OK), 0);
    an_forest_free(f);
}

#define REFUSED(change, want, says)                                                                                    \
    do {                                                                                                               \
        struct an_forest *f = make();                                                                                  \
        change;                                                                                                        \
        refused(f, want, says);                                                                                        \
    } while (0)

static void forests_that_do_not_hold_together(void **state)
{
    (void)state;
    REFUSED(f->features = 0, AN_ERR_INVALID, "no features");
    REFUSED(f->features = 1025, AN_ERR_LIMIT, "AN_FOREST_FEATURES_MAX");
    REFUSED(f->names[1][0] = '\0', AN_ERR_INVALID, "name of feature 1");
    REFUSED(memset(f->names[0], 'x', AN_FOREST_NAME_MAX), AN_ERR_INVALID, "name of feature 0");
    REFUSED(f->names[0][0] = '\n', AN_ERR_INVALID, "control");
    REFUSED(strcpy(f->names[1], "a"), AN_ERR_INVALID, "twice");
    REFUSED(f->nodes[0].threshold = NAN, AN_ERR_INVALID, "node 0");
    REFUSED(f->nodes[2].threshold = INFINITY, AN_ERR_INVALID, "node 2");
    REFUSED(f->nodes[2].threshold = 2e6f, AN_ERR_INVALID, "a leaf of");
    REFUSED(f->nodes[0].feature = 2, AN_ERR_INVALID, "feature 2 of 2");
    REFUSED(f->nodes[0].left = 0, AN_ERR_INVALID, "children");
    REFUSED(f->nodes[1].left = 1, AN_ERR_INVALID, "children");
    REFUSED(f->nodes[0].left = 8, AN_ERR_INVALID, "children");
    REFUSED(f->nodes[0].left = UINT32_MAX, AN_ERR_INVALID, "children");
    REFUSED(f->nodes[0].missing_left = 2, AN_ERR_INVALID, "flags");
    REFUSED(f->nodes[0].reserved = 1, AN_ERR_INVALID, "flags");
    REFUSED(f->nodes[3].left = 5, AN_ERR_INVALID, "leaf with children");
    REFUSED(f->means[7] = NAN, AN_ERR_INVALID, "a mean of");
    REFUSED(f->roots[1] = 9, AN_ERR_INVALID, "tree 1");
    REFUSED(f->root_count = AN_FOREST_TREES_MAX + 1, AN_ERR_LIMIT, "AN_FOREST_TREES_MAX");
    REFUSED(f->unwanted.trees = 4, AN_ERR_INVALID, "sum unwanted");
    REFUSED(f->unwanted.base = NAN, AN_ERR_INVALID, "sum unwanted");
    REFUSED(f->categories[AN_CATEGORY_LOAN].first = UINT32_MAX, AN_ERR_INVALID, "sum loan");
    REFUSED(f->calibration.p[0] = 0, AN_ERR_INVALID, "knot 0");
    REFUSED(f->calibration.p[2] = 0.1f, AN_ERR_INVALID, "knot 2");
    REFUSED(f->calibration.x[1] = -1, AN_ERR_INVALID, "knot 1");
    REFUSED(f->calibration.knots = 0, AN_ERR_INVALID, "no knots");
    REFUSED(f->calibration.knots = 257, AN_ERR_LIMIT, "AN_FOREST_KNOTS_MAX");
    REFUSED(f->calibration = ((struct an_calibration) { .kind = AN_CALIBRATION_PLATT, .a = -1 }), AN_ERR_INVALID,
            "a =");
    REFUSED(f->card[0] = 'x', AN_ERR_INVALID, "card");
}

/* A chain as deep as asked for. */
static struct an_forest *chain(uint32_t depth)
{
    struct an_forest *f = make();
    f->node_count = 2 * depth + 1;
    f->nodes = realloc(f->nodes, f->node_count * sizeof *f->nodes);
    free(f->means);
    f->means = NULL;
    for (uint32_t d = 0; d < depth; d++) {
        f->nodes[2 * d] = (struct an_forest_node) { 1, 2 * d + 1, 0, 0, 0 };
        f->nodes[2 * d + 1] = (struct an_forest_node) { 1, 0, AN_FOREST_LEAF, 0, 0 };
    }
    f->nodes[2 * depth] = (struct an_forest_node) { 1, 0, AN_FOREST_LEAF, 0, 0 };
    f->roots[0] = f->roots[1] = f->roots[2] = 0;
    return f;
}

static void depth_is_limited(void **state)
{
    (void)state;
    struct an_forest *f = chain(AN_FOREST_DEPTH_MAX);
    assert_int_equal(an_forest_check(f, NULL), AN_OK);
    an_forest_free(f);
    refused(chain(AN_FOREST_DEPTH_MAX + 1), AN_ERR_LIMIT, "AN_FOREST_DEPTH_MAX");
}

/* A FIFO would keep a load waiting for a writer, and a save would put a file in the place of a device. */
static void what_is_no_file_is_left_alone(void **state)
{
    (void)state;
    char path[256];
    struct an_error error = { "" };
    struct an_forest *f = make(), *loaded;
    struct stat info;
    snprintf(path, sizeof path, "%s/a.anm", folder);
    (void)unlink(path); /* of the tests before */
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(an_forest_load(path, &loaded, &error), AN_ERR_IO);
    assert_non_null(strstr(error.text, "not a file"));
    assert_int_equal(an_forest_save(f, path, &error), AN_ERR_IO);
    assert_non_null(strstr(error.text, "no file"));
    assert_int_equal(lstat(path, &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(an_forest_save(f, folder, &error), AN_ERR_IO);
    assert_non_null(strstr(error.text, "a folder is there"));
    an_forest_free(f);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    char path[256];
    snprintf(path, sizeof path, "%s/a.anm", folder);
    (void)unlink(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_are_walked),
        cmocka_unit_test(leaves_are_added_in_order),
        cmocka_unit_test(probabilities),
        cmocka_unit_test(files_keep_everything),
        cmocka_unit_test(what_is_not_there_is_said),
        cmocka_unit_test(broken_files_are_refused),
        cmocka_unit_test(what_is_no_file_is_left_alone),
        cmocka_unit_test(counts_are_not_believed),
        cmocka_unit_test(forests_that_do_not_hold_together),
        cmocka_unit_test(depth_is_limited),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
