#include "base/clock.h"

#include <time.h>

static uint64_t read_us(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * AN_US_PER_S + (uint64_t)t.tv_nsec / 1000;
}

uint64_t an_clock_wall_us(void)
{
    return read_us(CLOCK_REALTIME);
}

uint64_t an_clock_mono_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}
