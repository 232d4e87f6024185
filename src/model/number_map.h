/* An immutable map from numbers and number ranges to small numbers. Layer: model. Built at reload, read by every
 * worker; like number_set.h, with a value beside each member. The longest prefix wins, a whole number before any
 * prefix. Lookup: one probe for the number and one for each prefix length in use; nothing at all when it is empty. 16
 * bytes a slot, at most half full. */
#ifndef ANNING_MODEL_NUMBER_MAP_H
#define ANNING_MODEL_NUMBER_MAP_H

#include "base/err.h"
#include "model/number.h"

struct an_number_slot {
    uint64_t key; /* 0: free */
    uint64_t value;
};

struct an_number_map {
    struct an_number_slot *slots; /* [own] power of two; NULL: empty */
    size_t slot_count;
    size_t count;
    uint32_t prefix_lengths; /* bit n: a prefix of n digits is in the map */
};

void an_number_map_init(struct an_number_map *map);
void an_number_map_done(struct an_number_map *map);
/* digits 0: a whole number; else a prefix of 1..15 digits. value > 0. AN_OK; AN_ERR_INVALID: it is there with another
 * value, which ret_other tells (0: the number itself is wrong); AN_ERR_NO_MEMORY. */
enum an_err an_number_map_add(struct an_number_map *map, an_number number, unsigned digits, uint64_t value,
                              uint64_t *ret_other);
/* Value, or 0. */
uint64_t an_number_map_find(const struct an_number_map *map, an_number number);
/* The same whatever order the members came in. */
uint64_t an_number_map_hash(const struct an_number_map *map);

#endif
