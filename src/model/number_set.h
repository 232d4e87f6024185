/* An immutable set of numbers and number ranges. Layer: model. Built at reload, read by every worker. A member is a
 * number or a prefix ("95*": every number that begins with these digits, country code included). Lookup: one probe
 * for the number and one for each prefix length in use. 8 bytes a slot, at most half full. */
#ifndef ANNING_MODEL_NUMBER_SET_H
#define ANNING_MODEL_NUMBER_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/number.h"

struct an_number_set {
    uint64_t *slots; /* [own] power of two; 0: empty */
    size_t slot_count;
    size_t count;
    uint32_t prefix_lengths; /* bit n: a prefix of n digits is in the set */
};

/* Empty. */
void an_number_set_init(struct an_number_set *set);
void an_number_set_done(struct an_number_set *set);
/* Adding one twice is harmless. AN_OK or AN_ERR_NO_MEMORY. */
enum an_err an_number_set_add(struct an_number_set *set, an_number number);
/* digits 1..15. */
enum an_err an_number_set_add_prefix(struct an_number_set *set, an_number prefix, unsigned digits);
bool an_number_set_has(const struct an_number_set *set, an_number number);

#endif
