/* What `anning subscriber`, `report`, `redress`, `complaint` and `case` share: flags, one request to a running anningd
 * with an API key, and its answer shown. Layer: cli. */
#ifndef ANNING_CLI_PERSON_ASK_H
#define ANNING_CLI_PERSON_ASK_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/cli.h"

enum { AN_PERSON_WORDS_MAX = 3 };

struct an_person_flags {
    const char *server, *key_file, *words, *state, *category, *cursor;
    bool json, all;
    const char *what; /* the first word */
    const char *arg[AN_PERSON_WORDS_MAX];
    unsigned arg_count;
    /* What was sent as items came out of the lines of a file: a refusal names the line instead of the item. NULL: no.
     */
    const char *items_file;
    const uint64_t *item_lines; /* [borrow] */
    size_t item_count;
};

/* For struct argp: state->input is a struct an_person_flags. */
extern const struct argp_option an_person_options[];
error_t an_person_take(int key, char *arg, struct argp_state *state);

/* Whether a word can be somebody's number; else says what the form is (a usage error). */
bool an_person_number(const char *text);
/* One request; ret_json (may be NULL: nothing is wanted) is the caller's to delete. Says what is wrong; AN_EXIT_NO: the
 * server refused. body NULL: none. */
int an_person_ask(const struct an_person_flags *flags, const char *method, const char *path, const cJSON *body,
                  cJSON **ret_json);
/* Whether an answer has this text ("true" for true) under that name; else says that it is no answer of anningd's. */
bool an_person_answered(const cJSON *answer, const char *name, const char *text);
/* One request whose answer is printed: an object as it is, a list line by line of these fields. path of a list: with a
 * query, to which the cursor is added. */
int an_person_show(const struct an_person_flags *flags, const char *method, const char *path, const cJSON *body,
                   const char *const *fields, size_t count);
/* A path with a number or id in it, escaped. */
void an_person_path(char *out, size_t size, const char *format, const char *a, const char *b);

#endif
