#include "model/number_map.h"

#include <stdlib.h>

#include "base/hash.h"

/* A prefix is kept with its length in the top byte, so that 95 and 950 and the number 95 never meet. */
static uint64_t key_of(an_number number, unsigned digits)
{
    return number | (uint64_t)digits << 56;
}

void an_number_map_init(struct an_number_map *map)
{
    *map = (struct an_number_map) { 0 };
}

void an_number_map_done(struct an_number_map *map)
{
    free(map->slots);
    an_number_map_init(map);
}

/* The slot of the key, or the free one where it would stand. */
static struct an_number_slot *slot_of(const struct an_number_map *map, uint64_t key)
{
    size_t mask = map->slot_count - 1, i = an_mix64(key) & mask;
    while (map->slots[i].key != 0 && map->slots[i].key != key) i = (i + 1) & mask;
    return &map->slots[i];
}

static enum an_err grow(struct an_number_map *map)
{
    struct an_number_map wider = *map;
    wider.slot_count = map->slot_count == 0 ? 64 : map->slot_count * 2;
    wider.slots = calloc(wider.slot_count, sizeof *wider.slots);
    if (wider.slots == NULL) return AN_ERR_NO_MEMORY;
    for (size_t i = 0; i < map->slot_count; i++)
        if (map->slots[i].key != 0) *slot_of(&wider, map->slots[i].key) = map->slots[i];
    free(map->slots);
    *map = wider;
    return AN_OK;
}

enum an_err an_number_map_add(struct an_number_map *map, an_number number, unsigned digits, uint64_t value,
                              uint64_t *ret_other)
{
    an_assert(map != NULL && value > 0 && ret_other != NULL);
    *ret_other = 0;
    if (number == AN_NUMBER_NONE || digits > 15 || (digits > 0 && !an_number_is_e164(number))) return AN_ERR_INVALID;
    if (map->count * 2 >= map->slot_count) {
        enum an_err err = grow(map);
        if (err != AN_OK) return err;
    }
    struct an_number_slot *slot = slot_of(map, key_of(number, digits));
    if (slot->key != 0 && slot->value != value) {
        *ret_other = slot->value;
        return AN_ERR_INVALID;
    }
    if (slot->key == 0) map->count++;
    *slot = (struct an_number_slot) { key_of(number, digits), value };
    if (digits > 0) map->prefix_lengths |= 1u << digits;
    return AN_OK;
}

uint64_t an_number_map_find(const struct an_number_map *map, an_number number)
{
    if (map->count == 0 || number == AN_NUMBER_NONE) return 0;
    uint64_t value = slot_of(map, number)->value; /* 0 in a free one */
    if (value != 0 || map->prefix_lengths == 0 || !an_number_is_e164(number)) return value;
    unsigned digits = 0;
    for (an_number n = number; n > 0; n /= 10) digits++;
    for (an_number n = number; digits > 0 && value == 0; n /= 10, digits--)
        if (map->prefix_lengths >> digits & 1) value = slot_of(map, key_of(n, digits))->value;
    return value;
}

uint64_t an_number_map_hash(const struct an_number_map *map)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < map->slot_count; i++)
        if (map->slots[i].key != 0) sum += an_mix2(map->slots[i].key, map->slots[i].value);
    return sum;
}
