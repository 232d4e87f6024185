#include "engine/models.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/internal.h"
#include "score/score.h"

#ifndef ANNING_MODEL_DIR
#error "the build says where the model that ships is installed"
#endif

static bool readable(const char *path)
{
    return access(path, F_OK) == 0;
}

/* A program of a build folder: ROOT/BUILD/program or ROOT/BUILD/tests/program. */
static bool beside_build(char ret_path[AN_MODEL_PATH_MAX])
{
    char program[PATH_MAX], *slash;
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - sizeof "/build.ninja");
    if (len <= 0) return false;
    program[len] = '\0';
    for (int up = 0; up < 2 && (slash = strrchr(program, '/')) != NULL; up++) {
        memcpy(slash, "/build.ninja", sizeof "/build.ninja"); /* room was left */
        bool found = readable(program);
        *slash = '\0';
        if (!found) continue;
        int n = snprintf(ret_path, AN_MODEL_PATH_MAX, "%s/../data/model/default.anm", program);
        return n > 0 && n < AN_MODEL_PATH_MAX && readable(ret_path);
    }
    return false;
}

bool an_models_default(char ret_path[AN_MODEL_PATH_MAX])
{
    if (beside_build(ret_path)) return true;
    snprintf(ret_path, AN_MODEL_PATH_MAX, "%s/default.anm", ANNING_MODEL_DIR);
    return readable(ret_path);
}

bool an_models_find(const char *path, bool shadow, const char *data_dir, char ret_path[AN_MODEL_PATH_MAX])
{
    an_assert(path != NULL && ret_path != NULL);
    if (strcmp(path, AN_MODEL_NONE) == 0) return false;
    if (path[0] != '\0') {
        snprintf(ret_path, AN_MODEL_PATH_MAX, "%s", path);
        return true;
    }
    int n = data_dir == NULL
                ? -1
                : snprintf(ret_path, AN_MODEL_PATH_MAX, "%s/models/%s.anm", data_dir, shadow ? "shadow" : "live");
    if (n > 0 && n < AN_MODEL_PATH_MAX && readable(ret_path)) return true;
    return !shadow && an_models_default(ret_path);
}

/* A promoted model is a link: what it is called, and what messages name, is the file behind it. */
static const char *behind(const char *path, char real[PATH_MAX])
{
    return realpath(path, real) == NULL ? path : real;
}

static void name_of(const char *path, char ret_name[AN_MODEL_NAME_MAX])
{
    const char *slash = strrchr(path, '/');
    an_slice_copy(an_slice_of(slash == NULL ? path : slash + 1), ret_name, AN_MODEL_NAME_MAX);
}

static uint64_t version_of(const struct an_score_model *model)
{
    return model == NULL ? 0 : an_score_model_forest(model)->version;
}

/* One of the two: keeps the one there is when the file can't be used or is the same. */
static enum an_err take(const char *path, bool shadow, const char *data_dir, struct an_models_one *one,
                        struct an_error *error)
{
    char file[AN_MODEL_PATH_MAX], real[PATH_MAX];
    struct an_score_model *fresh = NULL;
    if (!an_models_find(path, shadow, data_dir, file)) {
        *one = (struct an_models_one) { 0 };
        return AN_OK;
    }
    const char *whole = behind(file, real);
    enum an_err err = an_score_model_load(whole, &fresh, error);
    if (err != AN_OK) return err;
    name_of(whole, one->name);
    if (version_of(fresh) == version_of(one->model))
        an_score_model_free(fresh);
    else
        one->model = fresh;
    return AN_OK;
}

static bool same(const struct an_models_one *a, const struct an_models_one *b)
{
    return a->model == b->model && strcmp(a->name, b->name) == 0;
}

/* The old ones are freed but for what the new ones took over. */
static void swap(struct an_engine *engine, const struct an_models *fresh)
{
    const struct an_models *before = atomic_exchange(&engine->models, fresh);
    atomic_store(&engine->models_time_us, an_clock_wall_us());
    an_gate_wait(&engine->gate);
    if (before == NULL) return;
    if (before->live.model != fresh->live.model) an_score_model_free(before->live.model);
    if (before->shadow.model != fresh->shadow.model) an_score_model_free(before->shadow.model);
    free((struct an_models *)(uintptr_t)before);
}

enum an_err an_engine_load_models(struct an_engine *engine, const char *path, const char *shadow,
                                  struct an_error *error)
{
    an_assert(engine != NULL && path != NULL && shadow != NULL);
    struct an_models *fresh = calloc(1, sizeof *fresh);
    if (fresh == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for a model");
    struct an_error reason;
    pthread_mutex_lock(&engine->closing);
    const struct an_models *before = atomic_load(&engine->models);
    if (before != NULL) {
        fresh->live = before->live;
        fresh->shadow = before->shadow;
        fresh->serial = before->serial;
    }
    enum an_err err = take(path, false, engine->data_dir, &fresh->live, error);
    enum an_err other = take(shadow, true, engine->data_dir, &fresh->shadow, err == AN_OK ? error : &reason);
    if (err == AN_OK) err = other;
    bool nothing = before == NULL ? fresh->live.model == NULL && fresh->shadow.model == NULL
                                  : same(&before->live, &fresh->live) && same(&before->shadow, &fresh->shadow);
    if (nothing) {
        free(fresh);
    } else {
        fresh->serial++;
        if (fresh->live.model != NULL) an_drift_plan_of(an_score_model_forest(fresh->live.model)->card, &fresh->drift);
        swap(engine, fresh);
    }
    pthread_mutex_unlock(&engine->closing);
    if (err != AN_OK) atomic_fetch_add(&engine->model_failures, 1);
    return err;
}

void an_engine_free_models(struct an_engine *engine)
{
    struct an_models *models = (struct an_models *)(uintptr_t)atomic_exchange(&engine->models, NULL);
    if (models == NULL) return;
    an_score_model_free(models->live.model);
    an_score_model_free(models->shadow.model);
    free(models);
}

void an_engine_models_info(struct an_engine *engine, struct an_models_info *ret_info)
{
    an_assert(engine != NULL && ret_info != NULL);
    *ret_info = (struct an_models_info) { .score_version = an_score_version(NULL) };
    pthread_mutex_lock(&engine->closing);
    const struct an_models *models = atomic_load(&engine->models);
    if (models != NULL) {
        ret_info->live_version = version_of(models->live.model);
        ret_info->shadow_version = version_of(models->shadow.model);
        ret_info->score_version = an_score_version(models->live.model);
        memcpy(ret_info->live, models->live.name, sizeof ret_info->live);
        memcpy(ret_info->shadow, models->shadow.name, sizeof ret_info->shadow);
    }
    pthread_mutex_unlock(&engine->closing);
}

char *an_engine_model_card(struct an_engine *engine, bool shadow)
{
    an_assert(engine != NULL);
    char *card = NULL;
    pthread_mutex_lock(&engine->closing);
    const struct an_models *models = atomic_load(&engine->models);
    const struct an_score_model *model = models == NULL ? NULL : shadow ? models->shadow.model : models->live.model;
    if (model != NULL && an_score_model_forest(model)->card != NULL) card = strdup(an_score_model_forest(model)->card);
    pthread_mutex_unlock(&engine->closing);
    return card;
}

void an_engine_models_metrics(struct an_engine *engine, struct an_metrics *ret_metrics)
{
    struct an_drift_counters sum = { 0 };
    pthread_mutex_lock(&engine->closing); /* they may be swapped under us */
    const struct an_models *models = atomic_load(&engine->models);
    for (unsigned i = 0; i < engine->context_count; i++) {
        const struct an_context *context = &engine->contexts[i];
        uint64_t counts_for = __atomic_load_n(&context->drift_serial, __ATOMIC_RELAXED);
        if (models != NULL && counts_for == models->serial) an_drift_add(&context->drift, &sum);
    }
    ret_metrics->score_version = an_score_version(models == NULL ? NULL : models->live.model);
    if (models != NULL) {
        ret_metrics->model_version[0] = version_of(models->live.model);
        ret_metrics->model_version[1] = version_of(models->shadow.model);
        if (models->live.model != NULL) an_drift_metrics(&models->drift, &sum, ret_metrics);
    }
    pthread_mutex_unlock(&engine->closing);
    ret_metrics->model_failures = atomic_load(&engine->model_failures);
    ret_metrics->model_time_us = atomic_load(&engine->models_time_us);
}
