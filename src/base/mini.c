#include "base/mini.h"

#include "base/err.h"

#ifdef __x86_64__
#include <immintrin.h>

/* an_mini_of of eight: bounded, rounded, shifted. NaN gives the second operand of max. */
__attribute__((target("avx2"))) static inline __m256i eight_of(const float *x)
{
    const __m256 most = _mm256_set1_ps(AN_MINI_MAX);
    const __m256i bias = _mm256_set1_epi32((int)AN_MINI_BIAS), half = _mm256_set1_epi32(1 << 11);
    __m256 bounded = _mm256_min_ps(_mm256_max_ps(_mm256_loadu_ps(x), _mm256_setzero_ps()), most);
    __m256i bits = _mm256_add_epi32(_mm256_castps_si256(bounded), half);
    return _mm256_srli_epi32(_mm256_sub_epi32(_mm256_max_epi32(bits, bias), bias), 12);
}

__attribute__((target("avx2"))) static bool all_wide(const float *x, an_mini *out)
{
    __m256i any = _mm256_setzero_si256();
    for (int i = 0; i < AN_MINI_MANY_MAX; i += 16) { /* packing mixes the halves of registers: put them in order */
        __m256i packed = _mm256_packus_epi32(eight_of(x + i), eight_of(x + i + 8));
        packed = _mm256_permute4x64_epi64(packed, 0xd8);
        _mm256_storeu_si256((__m256i *)(out + i), packed);
        any = _mm256_or_si256(any, packed);
    }
    return !_mm256_testz_si256(any, any);
}
#endif

bool an_mini_of_many(const float x[AN_MINI_MANY_MAX], uint32_t count, an_mini out[AN_MINI_MANY_MAX])
{
    an_assert(count <= AN_MINI_MANY_MAX);
#ifdef __x86_64__
    if (count == AN_MINI_MANY_MAX && __builtin_cpu_supports("avx2")) return all_wide(x, out);
#endif
    an_mini any = 0;
    for (uint32_t i = 0; i < count; i++) any |= out[i] = an_mini_of(x[i]);
    for (uint32_t i = count; i < AN_MINI_MANY_MAX; i++) out[i] = 0;
    return any != 0;
}
