#include "model/number_set.h"

#include <stdlib.h>

#include "base/hash.h"

/* A prefix is kept with its length in the top byte, so that 95 and 950 and the number 95 never meet. */
static uint64_t prefix_key(an_number prefix, unsigned digits)
{
    return prefix | (uint64_t)digits << 56;
}

void an_number_set_init(struct an_number_set *set)
{
    *set = (struct an_number_set) { 0 };
}

void an_number_set_done(struct an_number_set *set)
{
    free(set->slots);
    an_number_set_init(set);
}

static bool has_key(const struct an_number_set *set, uint64_t key)
{
    size_t mask = set->slot_count - 1;
    for (size_t i = an_mix64(key) & mask; set->slots[i] != 0; i = (i + 1) & mask)
        if (set->slots[i] == key) return true;
    return false;
}

static void put_key(struct an_number_set *set, uint64_t key)
{
    size_t mask = set->slot_count - 1, i = an_mix64(key) & mask;
    while (set->slots[i] != 0) i = (i + 1) & mask;
    set->slots[i] = key;
    set->count++;
}

static enum an_err grow(struct an_number_set *set)
{
    struct an_number_set wider = { .slot_count = set->slot_count == 0 ? 64 : set->slot_count * 2,
                                   .prefix_lengths = set->prefix_lengths };
    wider.slots = calloc(wider.slot_count, sizeof *wider.slots);
    if (wider.slots == NULL) return AN_ERR_NO_MEMORY;
    for (size_t i = 0; i < set->slot_count; i++)
        if (set->slots[i] != 0) put_key(&wider, set->slots[i]);
    free(set->slots);
    *set = wider;
    return AN_OK;
}

static enum an_err add_key(struct an_number_set *set, uint64_t key)
{
    if (key == 0) return AN_ERR_INVALID;
    if (set->count * 2 >= set->slot_count) {
        enum an_err err = grow(set);
        if (err != AN_OK) return err;
    }
    if (!has_key(set, key)) put_key(set, key);
    return AN_OK;
}

enum an_err an_number_set_add(struct an_number_set *set, an_number number)
{
    return add_key(set, number);
}

enum an_err an_number_set_add_prefix(struct an_number_set *set, an_number prefix, unsigned digits)
{
    if (digits < 1 || digits > 15 || !an_number_is_e164(prefix)) return AN_ERR_INVALID;
    enum an_err err = add_key(set, prefix_key(prefix, digits));
    if (err == AN_OK) set->prefix_lengths |= 1u << digits;
    return err;
}

bool an_number_set_has(const struct an_number_set *set, an_number number)
{
    if (set->count == 0 || number == AN_NUMBER_NONE) return false;
    if (has_key(set, number)) return true;
    if (set->prefix_lengths == 0 || !an_number_is_e164(number)) return false;
    unsigned digits = 0;
    for (an_number n = number; n > 0; n /= 10) digits++;
    for (an_number n = number; digits > 0; n /= 10, digits--)
        if ((set->prefix_lengths >> digits & 1) && has_key(set, prefix_key(n, digits))) return true;
    return false;
}
