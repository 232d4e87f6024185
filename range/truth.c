#include "range/truth.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ar_truth {
    const struct ar_scenario *scenario; /* [borrow] */
    char *path, *temporary;             /* [own] */
    FILE *out;                          /* [own] */
};

static void free_truth(struct ar_truth *truth)
{
    free(truth->path);
    free(truth->temporary);
    free(truth);
}

enum an_err ar_truth_open(const char *path, const struct ar_scenario *scenario, struct ar_truth **ret_truth,
                          struct an_error *error)
{
    an_assert(path != NULL && scenario != NULL && ret_truth != NULL);
    struct ar_truth *truth = calloc(1, sizeof *truth);
    if (truth == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    truth->scenario = scenario;
    truth->path = strdup(path);
    if (truth->path == NULL || asprintf(&truth->temporary, "%s.new", path) < 0) {
        truth->temporary = NULL; /* undefined when asprintf fails */
        free_truth(truth);
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    }
    truth->out = fopen(truth->temporary, "we");
    if (truth->out == NULL) {
        an_error_say(error, "%s can't be written: %s", truth->temporary, strerror(errno));
        free_truth(truth);
        return AN_ERR_IO;
    }
    fputs("token,unwanted,category,class,campaign\n", truth->out);
    *ret_truth = truth;
    return AN_OK;
}

/* A decoy passes for a person's call everywhere else; here it is its adversary's. */
static enum ar_class class_of(const struct ar_truth *truth, const struct ar_call *call)
{
    if (!call->is_test) return (enum ar_class)call->truth;
    an_assert(call->campaign > 0 && call->campaign <= truth->scenario->adversary_count);
    return truth->scenario->adversaries[call->campaign - 1].mode;
}

void ar_truth_write(struct ar_truth *truth, const struct ar_call *call)
{
    enum ar_class class = class_of(truth, call);
    bool unwanted = ar_class_unwanted(class);
    fprintf(truth->out, "%s,%d,%s,%s,%u\n", call->token, unwanted, an_category_name((enum an_category)call->category),
            ar_class_name(class), unwanted ? call->campaign : 0);
}

enum an_err ar_truth_close(struct ar_truth *truth, struct an_error *error)
{
    bool failed = ferror(truth->out) != 0;
    failed = fclose(truth->out) != 0 || failed;
    failed = failed || rename(truth->temporary, truth->path) != 0;
    if (failed) {
        an_error_say(error, "%s can't be written: %s", truth->path, strerror(errno));
        unlink(truth->temporary);
    }
    free_truth(truth);
    return failed ? AN_ERR_IO : AN_OK;
}
