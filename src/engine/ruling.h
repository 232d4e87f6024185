/* Operators' labels into the engine: what they are about is found, they are written to the journal and learned from.
 * Layer: engine. All of a batch or none. Not for the hot path: tokens are looked up in the journal, and a few numbers
 * take a numbering plan of their own. */
#ifndef ANNING_ENGINE_RULING_H
#define ANNING_ENGINE_RULING_H

#include "engine/engine.h"
#include "model/ruling.h"

/* Finds what labels read by parse/ruling.h are about: numbers to E.164 by the settings' numbering, trunks by name,
 * callers and trunks of tokens out of the journal of data_dir (NULL: tokens stay as they are). Then two labels on one
 * target that are not the same are refused. AN_OK; AN_ERR_INVALID or AN_ERR_NOT_FOUND: error says why, ret_index which label,
 * ret_other the one it contradicts or SIZE_MAX; AN_ERR_IO: the journal can't be read; AN_ERR_NO_MEMORY. */
enum an_err an_rulings_resolve(const struct an_settings *settings, const char *data_dir, struct an_ruling *labels,
                              size_t count, size_t *ret_index, size_t *ret_other, struct an_error *error);

/* Takes in resolved labels, decided now_us. From the context's thread. AN_OK; AN_ERR_LIMIT: limits.labels is full;
 * AN_ERR_IO: the journal can't take them now. On failure none was learned from. */
enum an_err an_engine_rule(struct an_context *context, struct an_ruling *labels, size_t count, uint64_t now_us,
                            struct an_error *error);
/* an_rulings_resolve with the engine's own settings and journal; without one tokens are refused. Any thread; takes a
 * lock. */
enum an_err an_engine_rulings_resolve(struct an_engine *engine, struct an_ruling *labels, size_t count, size_t *ret_index,
                                     size_t *ret_other, struct an_error *error);

#endif
