/* The folder of models, DATA/models: files NAME.anm, and links that say which of them judges (live.anm), scores in its
 * shadow (shadow.anm) and judged before (previous.anm). Layer: cli. Links are made beside and renamed, so that a daemon
 * that loads at the same time sees one or the other. */
#ifndef ANNING_CLI_MODELS_H
#define ANNING_CLI_MODELS_H

#include "engine/models.h"
#include "model/forest.h"
#include "score/model.h"

enum { AN_CLI_MODELS_MAX = 256 };

enum an_model_role { AN_MODEL_LIVE, AN_MODEL_SHADOW, AN_MODEL_PREVIOUS, AN_MODEL_ROLES };
const char *an_model_role_name(enum an_model_role role); /* "live" */

struct an_cli_model {
    char name[AN_MODEL_NAME_MAX]; /* "city.anm" */
    char path[AN_MODEL_PATH_MAX];
    struct an_forest *forest; /* [own] NULL: it can't be used, and fault says why */
    struct an_error fault;
    bool ships; /* the one that comes with the program */
};

struct an_cli_models {
    size_t count;
    struct an_cli_model at[AN_CLI_MODELS_MAX];
    char roles[AN_MODEL_ROLES][AN_MODEL_NAME_MAX]; /* what a link names; empty: there is none */
};

/* Reads all there are, by name; the one that ships last. data_dir without such a folder: only that one. AN_ERR_LIMIT,
 * AN_ERR_IO. */
enum an_err an_cli_models_read(const char *data_dir, struct an_cli_models *ret_models, struct an_error *error);
void an_cli_models_done(struct an_cli_models *models);

/* File of a model by what somebody typed: a path, a name in the folder with or without .anm, "live", "shadow",
 * "previous", or "default", the one that ships. AN_ERR_NOT_FOUND says what there is. */
enum an_err an_cli_model_find(const char *data_dir, const char *typed, char ret_path[AN_MODEL_PATH_MAX],
                              struct an_error *error);

/* Lets a link name this model of the folder; name NULL: takes the link away. */
enum an_err an_cli_model_link(const char *data_dir, enum an_model_role role, const char *name, struct an_error *error);
/* Copies a file into the folder under its own name; one that is there already is left alone, and its name told. */
enum an_err an_cli_model_take_in(const char *data_dir, const char *path, char ret_name[AN_MODEL_NAME_MAX],
                                 struct an_error *error);

/* Models by score version, for rejudging: those of the folder, the one that ships, and extra (NULL: none). */
struct an_judges {
    size_t count;
    struct an_score_model *models[AN_CLI_MODELS_MAX + 2]; /* [own] */
};
enum an_err an_judges_load(const char *data_dir, const char *extra, struct an_judges *ret_judges,
                           struct an_error *error);
/* False: none of them gave such verdicts. ret_model NULL: the hand-set weights. */
bool an_judges_find(const struct an_judges *judges, uint32_t score_version, const struct an_score_model **ret_model);
void an_judges_done(struct an_judges *judges);

#endif
