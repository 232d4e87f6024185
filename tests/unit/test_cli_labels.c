/* Label files: what is read, what is refused and where, what is left out. The command line is no library, so its files
 * are part of this program. */
#include <setjmp.h>
#include <stdarg.h>

#include "cli/csv_file.c"
#include "cli/label_file.c"
#include "cli/inert.c"
#include "cli/output.c"
#include "cli/progress.c"

#include <cmocka.h>

static char folder[] = "/tmp/anning-labels-XXXXXX";
static char paths[2][64];
static const char *const files[2] = { paths[0], paths[1] };
static struct an_error error;

int an_cli_fail(enum an_exit code, const char *format, ...)
{
    (void)format;
    return (int)code;
}

static void write_file(int at, const char *text)
{
    FILE *out = fopen(paths[at], "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) return -1;
    for (int i = 0; i < 2; i++) snprintf(paths[i], sizeof paths[i], "%s/%d.csv", folder, i);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) unlink(paths[i]);
    return rmdir(folder);
}

static struct an_token token_of(unsigned n)
{
    struct an_token token;
    an_token_make(1000000ull * n, n % 3, an_mix64(n + 1), &token);
    return token;
}

static const char *text_of(unsigned n)
{
    static char text[4][AN_TOKEN_TEXT_MAX];
    static int at;
    struct an_token token = token_of(n);
    at = (at + 1) % 4;
    an_token_text(&token, text[at]);
    return text[at];
}

static void labels_are_read(void **state)
{
    (void)state;
    char text[1000];
    snprintf(text, sizeof text,
             "\xef\xbb\xbfUnwanted,token,weight,category,campaign,class\r\n"
             "1,%s,0.5,loan,7,A1\r\n"
             "no,%s,,,,courier\r\n"
             "1,%s,0.5,loan,7,A1\r\n",
             text_of(1), text_of(2), text_of(1));
    write_file(0, text);
    struct an_label_counts counts;
    struct an_labels labels;
    struct an_samples samples;
    an_samples_init(&samples, 1, true);
    assert_int_equal(an_labels_count(files, 1, &counts, &error), AN_OK);
    assert_true(counts.unwanted == 2 && counts.wanted == 1 && counts.lines[0] == 3);
    assert_int_equal(strlen(counts.hashes[0]), strlen("sha256:") + 64);
    assert_int_equal(an_labels_load(files, 1, 1, 1, &samples, &labels, &error), AN_OK);
    assert_int_equal(labels.count, 2); /* the third line says the same again */
    struct an_token token = token_of(1), none = token_of(3);
    const struct an_label *label = an_labels_find(&labels, &token);
    assert_non_null(label);
    assert_true(label->unwanted && label->weight == 0.5f && label->campaign == 7 &&
                label->category == AN_CATEGORY_LOAN);
    assert_string_equal(samples.class_names[label->class_of], "A1");
    token = token_of(2);
    label = an_labels_find(&labels, &token);
    assert_true(label != NULL && !label->unwanted && label->weight == 1 && label->campaign == 0);
    assert_null(an_labels_find(&labels, &none));
    an_labels_done(&labels);
    an_samples_done(&samples);
}

static void faults_name_file_and_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        { "", "0.csv: empty" },
        { "token,campaign\n", "no column \"unwanted\" in the first line" },
        { "token,unwanted,campain\n", "did you mean \"campaign\"?" },
        { "token,unwanted,xyzzy\n", "no column of labels is named \"xyzzy\"; token, unwanted, category" },
        { "token,unwanted,token\n", "two columns are named \"token\"" },
        { "token,unwanted\nHELLO,1\n", "0.csv: line 2: \"HELLO\" is no token" },
        { "token,unwanted\n%s,2\n", "line 2: unwanted is \"2\"; 1 or 0 is right" },
        { "token,unwanted\n%s,\n", "line 2: unwanted is \"\"" },
        { "token,unwanted\n\n%s,1,1\n", "line 3: 3 cells; the first line names 2 columns" },
        { "token,unwanted,category\n%s,1,laon\n", "no category \"laon\"; did you mean \"loan\"?" },
        { "token,unwanted,campaign\n%s,1,-1\n", "campaign is \"-1\"" },
        { "token,unwanted,weight\n%s,1,0\n", "weight is \"0\"; a number above 0" },
        { "token,unwanted,weight\n%s,1,nan\n", "weight is \"nan\"" },
        { "token,unwanted\n%s,\"1\n", "quote" },
        { "\x7f"
          "ELF\x02\x01\x01\x00",
          "0.csv: " },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[400];
        const char *hole = strstr(cases[i].text, "%s");
        if (hole == NULL)
            snprintf(text, sizeof text, "%s", cases[i].text);
        else
            snprintf(text, sizeof text, "%.*s%s%s", (int)(hole - cases[i].text), cases[i].text, text_of(1), hole + 2);
        write_file(0, text);
        struct an_label_counts counts;
        assert_true(an_labels_count(files, 1, &counts, &error) != AN_OK);
        if (strstr(error.text, cases[i].says) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", error.text, cases[i].says);
    }
    const char *const none[] = { "/nowhere/at/all.csv" };
    struct an_label_counts counts;
    assert_int_equal(an_labels_count(none, 1, &counts, &error), AN_ERR_IO);
}

/* Whichever comes first, in one file or in two. */
static void contradictions_name_both_lines(void **state)
{
    (void)state;
    for (int order = 0; order < 2; order++) {
        char text[2][200];
        snprintf(text[0], sizeof text[0], "token,unwanted\n%s,%d\n%s,1\n", text_of(5), order, text_of(6));
        snprintf(text[1], sizeof text[1], "token,unwanted\n%s,0\n%s,%d\n", text_of(8), text_of(5), 1 - order);
        for (int i = 0; i < 2; i++) write_file(i, text[i]);
        struct an_labels labels;
        struct an_samples samples;
        an_samples_init(&samples, 1, true);
        assert_int_equal(an_labels_load(files, 2, 1, 1, &samples, &labels, &error), AN_ERR_INVALID);
        char first[300], second[300];
        snprintf(first, sizeof first, "%s: line %d", paths[order == 0 ? 0 : 1], order == 0 ? 2 : 3);
        snprintf(second, sizeof second, "line %d of %s", order == 0 ? 3 : 2, paths[order == 0 ? 1 : 0]);
        assert_non_null(strstr(error.text, text_of(5)));
        if (strstr(error.text, first) == NULL || strstr(error.text, second) == NULL)
            fail_msg("\"%s\" does not name \"%s\" and \"%s\"", error.text, first, second);
        an_samples_done(&samples);
    }
}

static void a_share_is_left_out(void **state)
{
    (void)state;
    FILE *out = fopen(paths[0], "w");
    assert_non_null(out);
    fputs("token,unwanted\n", out);
    for (unsigned n = 0; n < 20000; n++) fprintf(out, "%s,%d\n", text_of(n), n % 10 == 0);
    fclose(out);
    struct an_labels labels, again;
    struct an_samples samples;
    an_samples_init(&samples, 1, true);
    assert_int_equal(an_labels_load(files, 1, 1, 0.25, &samples, &labels, &error), AN_OK);
    size_t unwanted = 0;
    for (size_t i = 0; i < labels.count; i++) unwanted += labels.at[i].unwanted;
    assert_int_equal(unwanted, 2000);
    assert_in_range(labels.count - unwanted, 4300, 4700);
    assert_int_equal(an_labels_load(files, 1, 1, 0.25, &samples, &again, &error), AN_OK);
    assert_int_equal(labels.count, again.count);
    for (size_t i = 0; i < labels.count; i++)
        assert_memory_equal(&labels.at[i].token, &again.at[i].token, sizeof(struct an_token));
    an_labels_done(&labels);
    an_labels_done(&again);
    an_samples_done(&samples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_read),
        cmocka_unit_test(faults_name_file_and_line),
        cmocka_unit_test(contradictions_name_both_lines),
        cmocka_unit_test(a_share_is_left_out),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
