/* What somebody who is called has asked for. Layer: case. The JSON of GET and PUT /v1/subscribers/{who}/settings in
 * and out, strictly: an unknown field, a wrong type, a number that is none, a list over its limit are refused by name.
 * Pure: no clock, no I/O; the JSON tree is its caller's. What the door makes of it is a struct of its own
 * (model/callee.h): this one keeps what only people read (names of contacts, words). Cost: one allocation a list. */
#ifndef ANNING_CASE_SUBSCRIBER_H
#define ANNING_CASE_SUBSCRIBER_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "model/callee.h"

struct an_named_number {
    an_number number;
    char name[AN_SUBSCRIBER_NAME_MAX + 1]; /* empty: none */
};

struct an_expecting {
    uint64_t id; /* never 0 */
    uint64_t until_us;
    uint8_t kind; /* enum an_expected */
    char words[AN_SUBSCRIBER_WORDS_MAX + 1];
};

struct an_subscriber {
    bool on;
    bool chinese;                          /* language: zh, else en */
    uint8_t level;                         /* enum an_level */
    uint8_t categories[AN_CATEGORY_COUNT]; /* enum an_choice */
    size_t hours_count, range_count, region_count, contact_count, blocked_count, expecting_count;
    struct an_callee_hours hours[AN_SUBSCRIBER_HOURS_MAX];
    struct an_callee_range ranges[AN_SUBSCRIBER_RANGES_MAX];
    struct an_callee_region regions[AN_SUBSCRIBER_REGIONS_MAX];
    struct an_expecting expecting[AN_SUBSCRIBER_EXPECTING_MAX];
    struct an_named_number *contacts, *blocked; /* [own] */
};

/* As it is before anybody has said anything: off, standard, nothing asked for, Chinese. */
void an_subscriber_init(struct an_subscriber *subscriber);
void an_subscriber_done(struct an_subscriber *subscriber);

/* Reads the body of a PUT. What the object doesn't name is as at first; `expecting`, `version` and `updated` may be
 * there, as a GET shows them, and are passed by. On AN_OK ret_subscriber is filled anew, but for its expected entries,
 * which stay. On failure it is untouched: AN_ERR_INVALID, AN_ERR_LIMIT (error names field and limit),
 * AN_ERR_NO_MEMORY. */
enum an_err an_subscriber_of_json(const cJSON *object, struct an_subscriber *ret_subscriber, struct an_error *error);
/* The same out of the store: `expecting` counts. */
enum an_err an_subscriber_of_stored(const cJSON *object, struct an_subscriber *ret_subscriber, struct an_error *error);
/* The other way round; NULL: no memory. Without version and updated, which the store knows. utc_offset_s: times are
 * texts, for people; NULL: they are exact, for the store. */
cJSON *an_subscriber_json(const struct an_subscriber *subscriber, const int32_t *utc_offset_s);

/* {kind, hours, words} into an entry that holds from now on; id stays 0. */
enum an_err an_expecting_of_json(const cJSON *object, uint64_t now_us, struct an_expecting *ret_expecting,
                                 struct an_error *error);
cJSON *an_expecting_json(const struct an_expecting *expecting, const int32_t *utc_offset_s);
/* Entries that are over go. True when any went. */
bool an_expecting_tidy(struct an_subscriber *subscriber, uint64_t now_us);
/* AN_ERR_LIMIT: there are as many as may be. */
enum an_err an_expecting_add(struct an_subscriber *subscriber, const struct an_expecting *expecting,
                             struct an_error *error);
/* AN_ERR_NOT_FOUND. */
enum an_err an_expecting_remove(struct an_subscriber *subscriber, uint64_t id);

/* What the door gets of it; borrows from both, which live as long as it is used. */
struct an_subscriber_view {
    struct an_callee_settings settings;
    an_number contacts[AN_SUBSCRIBER_CONTACTS_MAX], blocked[AN_SUBSCRIBER_CONTACTS_MAX];
    struct an_callee_expecting expecting[AN_SUBSCRIBER_EXPECTING_MAX];
};
void an_subscriber_look(const struct an_subscriber *subscriber, an_number callee, uint32_t version,
                        struct an_subscriber_view *ret_view);

/* Whether GB/T 2260 knows a province by these digits; 0: abroad. */
bool an_province_exists(unsigned province);
/* "2026-11-22T11:14:05+08:00". out: 32 bytes. */
void an_case_time_text(uint64_t time_us, int32_t utc_offset_s, char out[32]);

#endif
