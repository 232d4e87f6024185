/* Chance, the same on every machine. Layer: range. xoshiro256** (Blackman, Vigna, "Scrambled linear pseudorandom number
 * generators", 2021) seeded by SplitMix64; logarithm and exponential are our own, out of exactly rounded operations
 * only, so that a scenario and a seed give the same city down to the last event everywhere. */
#ifndef ANNING_RANGE_RANDOM_H
#define ANNING_RANGE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct ar_random {
    uint64_t state[4];
};

/* One draw a statement: C leaves the order of a call's arguments and of operands open, and compilers differ. */

/* A stream of its own for each (seed, name, number): what one part draws never shifts another part's draws. */
void ar_random_init(struct ar_random *random, uint64_t seed, const char *name, uint64_t number);
uint64_t ar_random_u64(struct ar_random *random);
/* [0, n); n > 0. */
uint64_t ar_random_below(struct ar_random *random, uint64_t n);
/* [0, 1). */
double ar_random_unit(struct ar_random *random);
bool ar_random_chance(struct ar_random *random, double probability);
double ar_random_exponential(struct ar_random *random, double mean);
double ar_random_normal(struct ar_random *random);
/* median, and sigma of the logarithm. */
double ar_random_lognormal(struct ar_random *random, double median, double sigma);
/* Pareto with minimum and exponent, cut at maximum. */
double ar_random_pareto(struct ar_random *random, double minimum, double exponent, double maximum);
uint64_t ar_random_poisson(struct ar_random *random, double mean);

double ar_ln(double x);
double ar_exp(double x);

/* A bijection of [0, n) by a key: 4 Feistel rounds with cycle walking. */
uint64_t ar_permute(uint64_t key, uint64_t n, uint64_t x);
uint64_t ar_permute_back(uint64_t key, uint64_t n, uint64_t y);
/* A hash of two numbers, for attributes that are a function of who somebody is. */
uint64_t ar_hash(uint64_t seed, uint64_t a, uint64_t b);

#endif
