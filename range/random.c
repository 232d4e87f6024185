#include "range/random.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"

static uint64_t splitmix(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15ull;
    return an_mix64(*state);
}

void ar_random_init(struct ar_random *random, uint64_t seed, const char *name, uint64_t number)
{
    uint64_t state = an_mix2(an_hash64(name, strlen(name), seed), number);
    for (int i = 0; i < 4; i++) random->state[i] = splitmix(&state);
}

static uint64_t rotate(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

uint64_t ar_random_u64(struct ar_random *random)
{
    uint64_t *s = random->state, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t ar_random_below(struct ar_random *random, uint64_t n)
{
    an_assert(n > 0);
    return an_range(ar_random_u64(random), n);
}

double ar_random_unit(struct ar_random *random)
{
    return (double)(ar_random_u64(random) >> 11) * 0x1p-53;
}

bool ar_random_chance(struct ar_random *random, double probability)
{
    return ar_random_unit(random) < probability;
}

/* ln x: exponent and a series in (m - 1) / (m + 1) for m in [sqrt(1/2), sqrt(2)); error below 1e-14. x > 0. */
double ar_ln(double x)
{
    int exponent;
    double m = frexp(x, &exponent);
    if (m < 0.70710678118654752) {
        m *= 2;
        exponent--;
    }
    static const double parts[] = { 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11,
                                    1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3,  1.0 };
    double t = (m - 1) / (m + 1), square = t * t, sum = 0;
    for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; i++) sum = sum * square + parts[i];
    return 2 * t * sum + exponent * 0.69314718055994530942;
}

/* e^x for |x| <= 700: 2^n times a Taylor series over |r| <= ln 2 / 2, by Horner: divisions would cost four times as
 * much. n stays within the exponents of normal numbers. */
double ar_exp(double x)
{
    if (x > 700) x = 700;
    if (x < -700) return 0;
    double n = floor(x * 1.4426950408889634 + 0.5);
    static const double parts[] = { 1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880,
                                    1.0 / 40320,      1.0 / 5040,      1.0 / 720,      1.0 / 120,     1.0 / 24,
                                    1.0 / 6,          1.0 / 2,         1.0,            1.0 };
    double r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10, sum = 0;
    for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; i++) sum = sum * r + parts[i];
    uint64_t bits = (uint64_t)((int64_t)n + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return sum * power;
}

double ar_random_exponential(struct ar_random *random, double mean)
{
    return -mean * ar_ln(1 - ar_random_unit(random));
}

/* Marsaglia's polar method; the second value is thrown away, so that a stream has no hidden state. */
double ar_random_normal(struct ar_random *random)
{
    for (;;) {
        double u = 2 * ar_random_unit(random) - 1, v = 2 * ar_random_unit(random) - 1, s = u * u + v * v;
        if (s > 0 && s < 1) return u * sqrt(-2 * ar_ln(s) / s);
    }
}

double ar_random_lognormal(struct ar_random *random, double median, double sigma)
{
    return median * ar_exp(sigma * ar_random_normal(random));
}

double ar_random_pareto(struct ar_random *random, double minimum, double exponent, double maximum)
{
    double x = minimum * ar_exp(-ar_ln(1 - ar_random_unit(random)) / exponent);
    return x < maximum ? x : maximum;
}

/* Knuth's product for small means, a rounded normal beyond. */
uint64_t ar_random_poisson(struct ar_random *random, double mean)
{
    if (mean > 60) {
        double x = mean + sqrt(mean) * ar_random_normal(random) + 0.5;
        return x < 0 ? 0 : (uint64_t)x;
    }
    double limit = ar_exp(-mean), product = ar_random_unit(random);
    uint64_t n = 0;
    for (; product > limit; n++) product *= ar_random_unit(random);
    return n;
}

uint64_t ar_hash(uint64_t seed, uint64_t a, uint64_t b)
{
    return an_mix2(an_mix2(seed, a), b);
}

/* Feistel over the smallest even number of bits that holds n - 1; values outside are walked on until inside. */
static unsigned half_bits(uint64_t n)
{
    unsigned bits = 1;
    while (bits < 32 && (1ull << (2 * bits)) < n) bits++;
    return bits;
}

static uint64_t rounds(uint64_t key, unsigned bits, uint64_t x, bool back)
{
    uint64_t mask = (1ull << bits) - 1, left = x >> bits, right = x & mask;
    for (unsigned i = 0; i < 4; i++) {
        uint64_t round = back ? 3 - i : i;
        if (back) {
            uint64_t before = right ^ (ar_hash(key, round, left) & mask);
            right = left;
            left = before;
        } else {
            uint64_t after = left ^ (ar_hash(key, round, right) & mask);
            left = right;
            right = after;
        }
    }
    return left << bits | right;
}

uint64_t ar_permute(uint64_t key, uint64_t n, uint64_t x)
{
    an_assert(x < n);
    unsigned bits = half_bits(n);
    do x = rounds(key, bits, x, false);
    while (x >= n);
    return x;
}

uint64_t ar_permute_back(uint64_t key, uint64_t n, uint64_t y)
{
    an_assert(y < n);
    unsigned bits = half_bits(n);
    do y = rounds(key, bits, y, true);
    while (y >= n);
    return y;
}
