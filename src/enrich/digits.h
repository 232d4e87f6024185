/* Decimal digits of an integer. Layer: enrich. */
#ifndef ANNING_ENRICH_DIGITS_H
#define ANNING_ENRICH_DIGITS_H

#include <stdint.h>

static const uint64_t an_pow10[20] = {
    1ull,
    10ull,
    100ull,
    1000ull,
    10000ull,
    100000ull,
    1000000ull,
    10000000ull,
    100000000ull,
    1000000000ull,
    10000000000ull,
    100000000000ull,
    1000000000000ull,
    10000000000000ull,
    100000000000000ull,
    1000000000000000ull,
    10000000000000000ull,
    100000000000000000ull,
    1000000000000000000ull,
    10000000000000000000ull,
};

/* Number of decimal digits; 1 for 0. n < 10^19. */
static inline unsigned an_digits_of(uint64_t n)
{
    unsigned bits = 64u - (unsigned)__builtin_clzll(n | 1);
    unsigned guess = bits * 1233 >> 12; /* log10(2) */
    return guess + (n >= an_pow10[guess] || n == 0);
}

#endif
