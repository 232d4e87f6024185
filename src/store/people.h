/* What the people's tables share: how numbers and texts stand in a row. Layer: store, for its own files and those that
 * call them. A number is its key, to be found by, and its box, to be read by who has the store's key (secret.h). */
#ifndef ANNING_STORE_PEOPLE_H
#define ANNING_STORE_PEOPLE_H

#include <stdlib.h>

#include "base/err.h"
#include "base/limits.h"
#include "model/number.h"
#include "store/db.h"
#include "store/secret.h"

/* One more than the last of that name; its row stays locked until the transaction ends. */
enum an_err an_store_count(struct an_db_session *session, const char *name, int64_t *ret, struct an_error *error);

/* Rolls back on an error, else commits. */
enum an_err an_store_end(struct an_db_session *session, enum an_err err, struct an_error *error);

/* A text sealed for a column; empty text: NULL. free(*ret_own) after the statement. */
struct an_db_value an_store_box(const struct an_secret *secret, struct an_slice text, void **ret_own);
/* The reverse, NUL-terminated and cut at size - 1; "" where it can't be opened. */
void an_store_unbox(const struct an_secret *secret, const struct an_db_value *column, char *out, size_t size);
/* A number's box; AN_NUMBER_NONE where there is none or it can't be opened. */
an_number an_store_unbox_number(const struct an_secret *secret, const struct an_db_value *column);
/* A text on the heap, NULL: nothing there or no memory. */
char *an_store_unbox_new(const struct an_secret *secret, const struct an_db_value *column);

#endif
