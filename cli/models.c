#include "cli/models.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/nearest.h"
#include "score/score.h"

static const char *const role_names[AN_MODEL_ROLES] = { "live", "shadow", "previous" };
static const char ending[] = ".anm";

const char *an_model_role_name(enum an_model_role role)
{
    return role_names[role];
}

/* DATA/models, DATA/models/NAME; AN_ERR_LIMIT: too long. */
static enum an_err path_in(const char *data_dir, const char *name, char ret_path[AN_MODEL_PATH_MAX],
                           struct an_error *error)
{
    int n = snprintf(ret_path, AN_MODEL_PATH_MAX, "%s/models%s%s", data_dir, name[0] == '\0' ? "" : "/", name);
    if (n > 0 && n < AN_MODEL_PATH_MAX) return AN_OK;
    return an_fail(error, AN_ERR_LIMIT, "%.200s: a path of at most %d bytes is possible", data_dir,
                   AN_MODEL_PATH_MAX - 1);
}

static bool is_model_name(const char *name)
{
    size_t len = strlen(name);
    return name[0] != '.' && len > sizeof ending - 1 && len < AN_MODEL_NAME_MAX &&
           strcmp(name + len - (sizeof ending - 1), ending) == 0;
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* What a link of the folder names; empty: there is no such link. */
static void read_role(const char *data_dir, enum an_model_role role, char ret_name[AN_MODEL_NAME_MAX])
{
    char file[32], path[AN_MODEL_PATH_MAX], target[AN_MODEL_PATH_MAX];
    ret_name[0] = '\0';
    snprintf(file, sizeof file, "%s%s", role_names[role], ending);
    if (path_in(data_dir, file, path, NULL) != AN_OK) return;
    ssize_t len = readlink(path, target, sizeof target - 1);
    if (len <= 0) return;
    target[len] = '\0';
    an_slice_copy(an_slice_of(base_of(target)), ret_name, AN_MODEL_NAME_MAX);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct an_cli_model *)a)->name, ((const struct an_cli_model *)b)->name);
}

static void read_one(struct an_cli_models *models, const char *path, bool ships)
{
    struct an_cli_model *model = &models->at[models->count++];
    *model = (struct an_cli_model) { .ships = ships };
    an_slice_copy(an_slice_of(base_of(path)), model->name, sizeof model->name);
    an_slice_copy(an_slice_of(path), model->path, sizeof model->path);
    (void)an_forest_load(path, &model->forest, &model->fault);
}

static enum an_err read_folder(const char *data_dir, struct an_cli_models *models, struct an_error *error)
{
    char path[AN_MODEL_PATH_MAX];
    const struct dirent *entry;
    enum an_err err = path_in(data_dir, "", path, error);
    if (err != AN_OK) return err;
    DIR *folder = opendir(path);
    if (folder == NULL && errno == ENOENT) return AN_OK;
    if (folder == NULL) return an_fail(error, AN_ERR_IO, "%s: %s", path, strerror(errno));
    while (err == AN_OK && (entry = readdir(folder)) != NULL) {
        struct stat info;
        if (!is_model_name(entry->d_name) || path_in(data_dir, entry->d_name, path, NULL) != AN_OK) continue;
        if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode)) continue; /* the links */
        if (models->count == AN_CLI_MODELS_MAX - 1)
            err = an_fail(error, AN_ERR_LIMIT, "%s/models: more than %d models; take some away", data_dir,
                          AN_CLI_MODELS_MAX - 1);
        else
            read_one(models, path, false);
    }
    closedir(folder);
    qsort(models->at, models->count, sizeof models->at[0], by_name);
    return err;
}

enum an_err an_cli_models_read(const char *data_dir, struct an_cli_models *ret_models, struct an_error *error)
{
    char path[AN_MODEL_PATH_MAX];
    ret_models->count = 0;
    enum an_err err = read_folder(data_dir, ret_models, error);
    if (err != AN_OK) {
        an_cli_models_done(ret_models);
        return err;
    }
    for (int r = 0; r < AN_MODEL_ROLES; r++) read_role(data_dir, (enum an_model_role)r, ret_models->roles[r]);
    if (an_models_default(path)) read_one(ret_models, path, true);
    return AN_OK;
}

void an_cli_models_done(struct an_cli_models *models)
{
    for (size_t i = 0; i < models->count; i++) an_forest_free(models->at[i].forest);
    models->count = 0;
}

/* "no model "citty"; did you mean city.anm?" */
static enum an_err nothing_like(const char *data_dir, const char *typed, struct an_error *error)
{
    struct an_cli_models *models = calloc(1, sizeof *models);
    const char *names[AN_CLI_MODELS_MAX], *near = NULL;
    if (models != NULL && an_cli_models_read(data_dir, models, NULL) == AN_OK) {
        for (size_t i = 0; i < models->count; i++) names[i] = models->at[i].name;
        near = an_nearest(an_slice_of(typed), names, models->count);
        an_fail(error, AN_ERR_NOT_FOUND, "no model \"%.100s\" in %.100s/models, and no such file%s%s%s", typed,
                data_dir, near == NULL ? "" : "; the nearest is ", near == NULL ? "" : near,
                near == NULL ? "; `anning model ls` lists what there is" : "");
        an_cli_models_done(models);
    } else {
        an_fail(error, AN_ERR_NOT_FOUND, "no model \"%.100s\"", typed);
    }
    free(models);
    return AN_ERR_NOT_FOUND;
}

enum an_err an_cli_model_find(const char *data_dir, const char *typed, char ret_path[AN_MODEL_PATH_MAX],
                              struct an_error *error)
{
    char name[AN_MODEL_NAME_MAX + sizeof ending];
    if (strcmp(typed, "default") == 0) {
        if (an_models_default(ret_path)) return AN_OK;
        return an_fail(error, AN_ERR_NOT_FOUND, "no model ships with this program");
    }
    if (strchr(typed, '/') == NULL && strlen(typed) < AN_MODEL_NAME_MAX) {
        snprintf(name, sizeof name, "%s%s", typed, is_model_name(typed) ? "" : ending);
        enum an_err err = path_in(data_dir, name, ret_path, error);
        if (err != AN_OK) return err;
        if (access(ret_path, F_OK) == 0) return AN_OK;
    }
    if (access(typed, F_OK) != 0) return nothing_like(data_dir, typed, error);
    int n = snprintf(ret_path, AN_MODEL_PATH_MAX, "%s", typed);
    return n < AN_MODEL_PATH_MAX ? AN_OK : an_fail(error, AN_ERR_LIMIT, "%.100s...: the path is too long", typed);
}

enum an_err an_cli_model_link(const char *data_dir, enum an_model_role role, const char *name, struct an_error *error)
{
    char file[48], path[AN_MODEL_PATH_MAX], next[AN_MODEL_PATH_MAX];
    snprintf(file, sizeof file, "%s%s", role_names[role], ending);
    enum an_err err = path_in(data_dir, file, path, error);
    if (err != AN_OK) return err;
    if (name == NULL) {
        if (unlink(path) == 0 || errno == ENOENT) return AN_OK;
        return an_fail(error, AN_ERR_IO, "%s: can't be taken away: %s", path, strerror(errno));
    }
    snprintf(file, sizeof file, ".%s%s.next", role_names[role], ending);
    err = path_in(data_dir, file, next, error);
    if (err != AN_OK) return err;
    (void)unlink(next); /* of somebody who was interrupted */
    if (symlink(name, next) == 0 && rename(next, path) == 0) return AN_OK;
    err = an_fail(error, AN_ERR_IO, "%s: can't be made: %s", path, strerror(errno));
    (void)unlink(next);
    return err;
}

static enum an_err make_folder(const char *data_dir, struct an_error *error)
{
    char path[AN_MODEL_PATH_MAX];
    enum an_err err = path_in(data_dir, "", path, error);
    if (err != AN_OK) return err;
    if (mkdir(path, 0755) == 0 || errno == EEXIST) return AN_OK;
    return an_fail(error, AN_ERR_IO, "%s: can't be made: %s", path, strerror(errno));
}

enum an_err an_cli_model_take_in(const char *data_dir, const char *path, char ret_name[AN_MODEL_NAME_MAX],
                                 struct an_error *error)
{
    char to[AN_MODEL_PATH_MAX], name[AN_MODEL_NAME_MAX + sizeof ending];
    struct stat from, there;
    struct an_forest *forest;
    const char *base = base_of(path);
    snprintf(name, sizeof name, "%.*s%s", AN_MODEL_NAME_MAX - 8, base, is_model_name(base) ? "" : ending);
    for (int r = 0; r < AN_MODEL_ROLES; r++)
        if (strncmp(name, role_names[r], strlen(role_names[r])) == 0 &&
            strcmp(name + strlen(role_names[r]), ending) == 0)
            return an_fail(error, AN_ERR_INVALID, "%s: a model can't be called so; give the file another name", name);
    enum an_err err = make_folder(data_dir, error);
    if (err == AN_OK) err = path_in(data_dir, name, to, error);
    if (err != AN_OK) return err;
    an_slice_copy(an_slice_of(name), ret_name, AN_MODEL_NAME_MAX);
    bool same =
        stat(path, &from) == 0 && stat(to, &there) == 0 && from.st_dev == there.st_dev && from.st_ino == there.st_ino;
    if (same) return AN_OK;
    err = an_forest_load(path, &forest, error);
    if (err != AN_OK) return err;
    if (access(to, F_OK) == 0) { /* never over a model that may have given verdicts */
        struct an_forest *old = NULL;
        bool equal = an_forest_load(to, &old, NULL) == AN_OK && old->version == forest->version;
        an_forest_free(old);
        an_forest_free(forest);
        if (equal) return AN_OK;
        return an_fail(error, AN_ERR_INVALID, "%s is another model; give %s another name", to, base);
    }
    err = an_forest_save(forest, to, error);
    an_forest_free(forest);
    return err;
}

/* ---- for rejudging ---- */

static enum an_err add_judge(struct an_judges *judges, const char *path, struct an_error *error)
{
    struct an_score_model *model;
    enum an_err err = an_score_model_load(path, &model, error);
    if (err != AN_OK) return err;
    judges->models[judges->count++] = model;
    return AN_OK;
}

enum an_err an_judges_load(const char *data_dir, const char *extra, struct an_judges *ret_judges,
                           struct an_error *error)
{
    ret_judges->count = 0;
    if (extra != NULL) {
        enum an_err err = add_judge(ret_judges, extra, error);
        if (err != AN_OK) return err;
    }
    struct an_cli_models *models = calloc(1, sizeof *models);
    if (models == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    enum an_err err = an_cli_models_read(data_dir, models, error);
    for (size_t i = 0; err == AN_OK && i < models->count; i++)
        (void)add_judge(ret_judges, models->at[i].path, NULL); /* one that can't be used gave no verdicts */
    an_cli_models_done(models);
    free(models);
    if (err != AN_OK) an_judges_done(ret_judges);
    return err;
}

bool an_judges_find(const struct an_judges *judges, uint32_t score_version, const struct an_score_model **ret_model)
{
    *ret_model = NULL;
    if (score_version == an_score_version(NULL)) return true;
    for (size_t i = 0; i < judges->count; i++)
        if (an_score_model_version(judges->models[i]) == score_version) {
            *ret_model = judges->models[i];
            return true;
        }
    return false;
}

void an_judges_done(struct an_judges *judges)
{
    for (size_t i = 0; i < judges->count; i++) an_score_model_free(judges->models[i]);
    judges->count = 0;
}
