/* Clocks. Layer: base. Only wire/, journal/ and the programs ask for the time; stages get it with the vector. */
#ifndef ANNING_BASE_CLOCK_H
#define ANNING_BASE_CLOCK_H

#include <stdint.h>

/* Microseconds since 1970-01-01 UTC. */
uint64_t an_clock_wall_us(void);
/* Microseconds that never go back, from an arbitrary start. */
uint64_t an_clock_mono_us(void);

#define AN_US_PER_S 1000000ull

#endif
