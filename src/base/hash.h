/* Hashes. Layer: base. XXH3 for bytes and a mixer for 64-bit keys; neither is secret. What must not be guessed
 * (tokens, pseudonyms) is keyed with libsodium instead. */
#ifndef ANNING_BASE_HASH_H
#define ANNING_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 an_u128; /* gcc and clang on 64-bit machines */

/* XXH3 of len bytes, 64 bits. */
uint64_t an_hash64(const void *bytes, size_t len, uint64_t seed);

/* Spreads a 64-bit key over all bits (Stafford's mix 13 of the SplitMix64 finaliser). A bijection; 0 stays 0. */
static inline uint64_t an_mix64(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}

/* Two keys into one; the order of the arguments matters. */
static inline uint64_t an_mix2(uint64_t a, uint64_t b)
{
    return an_mix64(a + 0x9e3779b97f4a7c15ull * (b + 1));
}

/* A hash onto [0, n) without a division (Lemire, "Fast random integer generation in an interval", 2019). */
static inline uint64_t an_range(uint64_t hash, uint64_t n)
{
    return (uint64_t)(((an_u128)hash * n) >> 64);
}

#endif
