/* Which learned models judge: found, loaded, swapped in. Layer: engine.
 *
 * A model is swapped in like settings: a new pointer, then the workers that may still read the old one are waited for.
 * Nobody is kept out, calls go on. A file that can't be used leaves the model in force where it is; at the start that
 * is none, and the hand-set weights judge. */
#ifndef ANNING_ENGINE_MODELS_H
#define ANNING_ENGINE_MODELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct an_engine;

enum { AN_MODEL_PATH_MAX = 512, AN_MODEL_NAME_MAX = 65 };
#define AN_MODEL_NONE "none"

/* File of the model that ships: beside the build in a tree, else where it was installed. False: there is none. */
bool an_models_default(char ret_path[AN_MODEL_PATH_MAX]);
/* File that judges: path; where it is empty, the promoted one of the data folder (models/live.anm), else the one that
 * ships. shadow: the same with models/shadow.anm and none that ships. False: hand-set weights, or no shadow. data_dir
 * may be NULL. */
bool an_models_find(const char *path, bool shadow, const char *data_dir, char ret_path[AN_MODEL_PATH_MAX]);

/* Loads what model.path and model.shadow of the configuration say and swaps it in; what has not changed is left alone.
 * AN_OK, or the first error, with file and fault; whatever could be loaded is in force then too. Not from a context's
 * thread. */
enum an_err an_engine_load_models(struct an_engine *engine, const char *path, const char *shadow,
                                  struct an_error *error);

struct an_models_info {
    uint64_t live_version, shadow_version; /* 0: none */
    uint32_t score_version;
    char live[AN_MODEL_NAME_MAX], shadow[AN_MODEL_NAME_MAX]; /* file names */
};
void an_engine_models_info(struct an_engine *engine, struct an_models_info *ret_info);
/* The card of the model that judges, or of its shadow: [own] JSON text, by free(). NULL: there is none, or no memory.
 */
char *an_engine_model_card(struct an_engine *engine, bool shadow);

#endif
