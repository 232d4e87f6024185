/* Text of strangers, made harmless to show: callers, people who complain and whoever writes a file choose bytes that
 * end up on an operator's terminal, where controls move the cursor or start commands and others turn the direction of
 * reading (an_utf8_is_control). Layer: cli. Texts get '?' for each of these (an_utf8_inert), JSON its own \u escapes,
 * so that it says the same. Cells of a table (output.h) and messages (an_cli_fail, an_cli_note) are made so by
 * themselves. Costs: O(length), nothing allocated. */
#ifndef ANNING_CLI_INERT_H
#define ANNING_CLI_INERT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Every string value and name of a tree. */
void an_inert_tree(cJSON *tree);
/* A document, or lines of several; blanks and line breaks between its values stay. False: it can't be written. */
bool an_inert_json(FILE *out, const char *json, size_t len);
/* The same with a newline behind it; NULL: nothing is written. */
void an_inert_json_line(const char *json);

#endif
