/* Blocks of 64 message bytes and what is asked of them, a bit a byte. Layer: parse; a template.
 *
 * Included once by each parse/sip_level_NAME.c, which says with AN_BLOCK_LEVEL what the machine can do; every answer is
 * the same at every level, and the same as the table of parse/sip_chars.h (tests/unit/test_parse_sip_levels.c asks for
 * every byte). A level is a vector type, its width and a few operations; the classes are written once below, or come
 * from two tables of 16 (parse/sip_chars.h). Cost of a class over 64 bytes, counted in the code: 8 instructions with
 * AVX-512, 20 with AVX2, 50 with SSE2, 150 without any. Whoever loads a block has to know that 64 bytes can be read.
 * Portable vectors are 8 bytes in a word: a flag in the top bit of each byte, sums that cannot carry over. */
#ifndef ANNING_PARSE_SIP_BLOCK_H
#define ANNING_PARSE_SIP_BLOCK_H

#include "parse/sip_chars.h"

#define AN_INLINE static inline __attribute__((always_inline))

#if AN_BLOCK_LEVEL == AN_BLOCK_AVX512
typedef __m512i an_vec;
typedef __mmask64 an_flags; /* the answer for one vector */

AN_INLINE an_vec vec_load(const char *p)
{
    return _mm512_loadu_si512((const void *)p);
}

AN_INLINE an_flags vec_equal(an_vec t, char c)
{
    return _mm512_cmpeq_epi8_mask(t, _mm512_set1_epi8(c));
}

/* low <= byte <= high, both below 128 */
AN_INLINE an_flags vec_between(an_vec t, char low, char high)
{
    return _mm512_cmple_epu8_mask(_mm512_sub_epi8(t, _mm512_set1_epi8(low)), _mm512_set1_epi8((char)(high - low)));
}

AN_INLINE an_vec vec_set_bits(an_vec t, char bits)
{
    return _mm512_or_si512(t, _mm512_set1_epi8(bits));
}

AN_INLINE an_flags flags_or(an_flags a, an_flags b)
{
    return a | b;
}

AN_INLINE uint64_t flags_bits(an_flags flags)
{
    return flags;
}

/* A bit for each byte below 128 that is in the class: the table's rows for its low and for its high four bits have a
 * bit in common. */
AN_INLINE uint64_t vec_in(an_vec t, const struct an_nibble_class *class)
{
    const __m512i low = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)class->low));
    const __m512i high = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)class->high));
    const __m512i four = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)an_nibble_mask));
    __m512i high_bits = _mm512_and_si512(_mm512_srli_epi16(t, 4), four);
    return _mm512_test_epi8_mask(_mm512_shuffle_epi8(low, t), _mm512_shuffle_epi8(high, high_bits));
}

#elif AN_BLOCK_LEVEL == AN_BLOCK_AVX2
typedef __m256i an_vec;
typedef __m256i an_flags;

AN_INLINE an_vec vec_load(const char *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

AN_INLINE an_flags vec_equal(an_vec t, char c)
{
    return _mm256_cmpeq_epi8(t, _mm256_set1_epi8(c));
}

/* Moved so that high becomes 127: what is above wraps round to negative. */
AN_INLINE an_flags vec_between(an_vec t, char low, char high)
{
    an_vec moved = _mm256_add_epi8(t, _mm256_set1_epi8((char)(127 - high)));
    return _mm256_cmpgt_epi8(moved, _mm256_set1_epi8((char)(126 - (high - low))));
}

AN_INLINE an_vec vec_set_bits(an_vec t, char bits)
{
    return _mm256_or_si256(t, _mm256_set1_epi8(bits));
}

AN_INLINE an_flags flags_or(an_flags a, an_flags b)
{
    return _mm256_or_si256(a, b);
}

AN_INLINE uint64_t flags_bits(an_flags flags)
{
    return (uint32_t)_mm256_movemask_epi8(flags);
}

AN_INLINE uint64_t vec_in(an_vec t, const struct an_nibble_class *class)
{
    const __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)class->low));
    const __m256i high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)class->high));
    const __m256i four = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)an_nibble_mask));
    __m256i high_bits = _mm256_and_si256(_mm256_srli_epi16(t, 4), four);
    __m256i common = _mm256_and_si256(_mm256_shuffle_epi8(low, t), _mm256_shuffle_epi8(high, high_bits));
    return (uint32_t)~_mm256_movemask_epi8(_mm256_cmpeq_epi8(common, _mm256_setzero_si256()));
}

#elif AN_BLOCK_LEVEL == AN_BLOCK_SSE2
typedef __m128i an_vec;
typedef __m128i an_flags;

AN_INLINE an_vec vec_load(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

AN_INLINE an_flags vec_equal(an_vec t, char c)
{
    return _mm_cmpeq_epi8(t, _mm_set1_epi8(c));
}

AN_INLINE an_flags vec_between(an_vec t, char low, char high)
{
    an_vec moved = _mm_add_epi8(t, _mm_set1_epi8((char)(127 - high)));
    return _mm_cmpgt_epi8(moved, _mm_set1_epi8((char)(126 - (high - low))));
}

AN_INLINE an_vec vec_set_bits(an_vec t, char bits)
{
    return _mm_or_si128(t, _mm_set1_epi8(bits));
}

AN_INLINE an_flags flags_or(an_flags a, an_flags b)
{
    return _mm_or_si128(a, b);
}

AN_INLINE uint64_t flags_bits(an_flags flags)
{
    return (uint64_t)_mm_movemask_epi8(flags);
}

#else
typedef uint64_t an_vec;
typedef uint64_t an_flags; /* 0x80 in each byte that is meant */

#define EACH(byte) ((uint8_t)(byte)*0x0101010101010101ull)

AN_INLINE an_vec vec_load(const char *p)
{
    return an_load64(p);
}

AN_INLINE an_flags vec_equal(an_vec t, char c)
{
    uint64_t x = t ^ EACH(c);
    return ~(((x & EACH(127)) + EACH(127)) | x) & EACH(128);
}

AN_INLINE an_flags vec_between(an_vec t, char low, char high)
{
    uint64_t x = t & EACH(127);
    return (x + EACH(128 - low)) & ~(x + EACH(127 - high)) & ~t & EACH(128);
}

AN_INLINE an_vec vec_set_bits(an_vec t, char bits)
{
    return t | EACH(bits);
}

AN_INLINE an_flags flags_or(an_flags a, an_flags b)
{
    return a | b;
}

AN_INLINE uint64_t flags_bits(an_flags flags)
{
    return (flags >> 7) * 0x0102040810204080ull >> 56;
}
#endif

enum { VEC_BYTES = sizeof(an_vec), BLOCK_BYTES = 64, BLOCK_VECS = BLOCK_BYTES / VEC_BYTES };

AN_INLINE an_flags flags_or3(an_flags a, an_flags b, an_flags c)
{
    return flags_or(flags_or(a, b), c);
}

AN_INLINE an_flags vec_digit(an_vec t)
{
    return vec_between(t, '0', '9');
}

AN_INLINE an_flags vec_letter(an_vec t)
{
    return vec_between(vec_set_bits(t, 0x20), 'a', 'z');
}

/* block_NAME: one question to 64 bytes, expr(t) for each vector t. */
struct block {
    an_vec at[BLOCK_VECS];
};

AN_INLINE struct block block_load(const char *p)
{
    struct block block;
    for (unsigned i = 0; i < BLOCK_VECS; i++) block.at[i] = vec_load(p + i * VEC_BYTES);
    return block;
}

#if AN_BLOCK_LEVEL >= AN_BLOCK_AVX2
AN_INLINE uint64_t block_in(const struct block *block, const struct an_nibble_class *class)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < BLOCK_VECS; i++) bits |= (vec_in(block->at[i], class)) << (i * VEC_BYTES % 64);
    return bits;
}

AN_INLINE uint64_t block_not_uri(const struct block *block)
{
    return block_in(block, &an_nibble_not_uri);
}

AN_INLINE uint64_t block_not_param(const struct block *block)
{
    return block_in(block, &an_nibble_not_param);
}

AN_INLINE uint64_t block_host(const struct block *block)
{
    return block_in(block, &an_nibble_host);
}

AN_INLINE uint64_t block_token(const struct block *block)
{
    return block_in(block, &an_nibble_token);
}
#else
/* The classes. Controls and spaces, DEL and the quote are outside of AN_CH_URI and AN_CH_PARAM alike. */
AN_INLINE an_flags vec_never(an_vec t)
{
    return flags_or3(vec_between(t, 0, ' '), vec_equal(t, 127), vec_equal(t, '"'));
}

AN_INLINE an_flags vec_not_uri(an_vec t)
{
    return flags_or3(vec_never(t), vec_equal(t, '<'), vec_equal(t, '>'));
}

AN_INLINE an_flags vec_not_param(an_vec t)
{
    return flags_or3(vec_never(t), vec_between(t, ';', '?'), vec_equal(t, ','));
}

AN_INLINE an_flags vec_host(an_vec t)
{
    an_flags alnum = flags_or(vec_letter(t), vec_digit(t));
    return flags_or3(alnum, vec_between(t, '-', '.'), vec_equal(t, '_'));
}

AN_INLINE an_flags vec_token(an_vec t)
{
    an_flags marks = flags_or3(vec_between(t, '*', '+'), vec_equal(t, '!'), vec_equal(t, '%'));
    marks = flags_or3(marks, vec_equal(t, '\''), vec_equal(t, '`'));
    return flags_or3(vec_host(t), marks, vec_equal(t, '~'));
}

#define BLOCK_QUESTION(name, expr)                                                                                     \
    AN_INLINE uint64_t name(const struct block *block)                                                                 \
    {                                                                                                                  \
        uint64_t bits = 0;                                                                                             \
        for (unsigned i = 0; i < BLOCK_VECS; i++) bits |= flags_bits(expr(block->at[i])) << (i * VEC_BYTES % 64);      \
        return bits;                                                                                                   \
    }

BLOCK_QUESTION(block_not_uri, vec_not_uri)
BLOCK_QUESTION(block_not_param, vec_not_param)
BLOCK_QUESTION(block_host, vec_host)
BLOCK_QUESTION(block_token, vec_token)
#endif

AN_INLINE uint64_t block_equal(const struct block *block, char c)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < BLOCK_VECS; i++) bits |= flags_bits(vec_equal(block->at[i], c)) << (i * VEC_BYTES % 64);
    return bits;
}

/* A bit for each of the 16 bytes at p that is c. */
AN_INLINE unsigned equal16(const char *p, char c)
{
#if AN_BLOCK_LEVEL != AN_BLOCK_PORTABLE
    __m128i text = _mm_loadu_si128((const __m128i *)(const void *)p);
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(text, _mm_set1_epi8(c)));
#else
    return (unsigned)(flags_bits(vec_equal(vec_load(p), c)) | flags_bits(vec_equal(vec_load(p + 8), c)) << 8);
#endif
}

/* Place of the lowest bit; bits is not 0. */
AN_INLINE unsigned lowest(uint64_t bits)
{
    return (unsigned)__builtin_ctzll(bits);
}

/* The lowest n bits, n below 64. */
AN_INLINE uint64_t below(size_t n)
{
    return (1ull << n) - 1;
}

#endif
