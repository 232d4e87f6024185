/* Counters that one thread writes and any thread reads. Layer: base. A plain load, add and store for the writer (no
 * locked instruction); a reader may be a moment behind but never sees half a number. */
#ifndef ANNING_BASE_COUNTER_H
#define ANNING_BASE_COUNTER_H

#include <stddef.h>
#include <stdint.h>

static inline void an_count_add(uint64_t *counter, uint64_t n)
{
    __atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

static inline void an_count(uint64_t *counter)
{
    an_count_add(counter, 1);
}

/* Copies a structure of nothing but uint64_t counters. bytes: its size. */
static inline void an_count_copy(void *to, const void *from, size_t bytes)
{
    for (size_t i = 0; i < bytes / sizeof(uint64_t); i++)
        ((uint64_t *)to)[i] = __atomic_load_n((const uint64_t *)from + i, __ATOMIC_RELAXED);
}

#endif
