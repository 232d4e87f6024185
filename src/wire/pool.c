#include <stdlib.h>
#include <sys/mman.h>

#include "wire/inside.h"

enum an_err an_pool_init(struct an_pool *pool, uint32_t count, size_t size)
{
    *pool = (struct an_pool) { .count = count, .size = size };
    pool->spare = malloc(count * sizeof *pool->spare);
    void *memory = mmap(NULL, count * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    pool->memory = memory == MAP_FAILED ? NULL : memory;
    if (pool->spare == NULL || pool->memory == NULL) {
        an_pool_done(pool);
        return AN_ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) pool->spare[i] = count - 1 - i;
    pool->spare_count = count;
    return AN_OK;
}

void an_pool_done(struct an_pool *pool)
{
    if (pool->memory != NULL) munmap(pool->memory, pool->count * pool->size);
    free(pool->spare);
    *pool = (struct an_pool) { 0 };
}

char *an_pool_take(struct an_pool *pool)
{
    if (pool->spare_count == 0) return NULL;
    return pool->memory + pool->spare[--pool->spare_count] * pool->size;
}

void an_pool_give(struct an_pool *pool, char *buffer)
{
    an_assert(buffer >= pool->memory && pool->spare_count < pool->count);
    pool->spare[pool->spare_count++] = (uint32_t)((size_t)(buffer - pool->memory) / pool->size);
}
