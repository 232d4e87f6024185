/* Characters of SIP (RFC 3261 section 25.1) and small loads. Layer: parse. One table of 256 bytes; every question is
 * one load. CR and LF count as white space: the line index has made sure before that they only occur in folded lines.
 */
#ifndef ANNING_PARSE_SIP_CHARS_H
#define ANNING_PARSE_SIP_CHARS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum {
    AN_CH_TOKEN = 1,
    AN_CH_WS = 2,   /* SP, HTAB, CR, LF */
    AN_CH_HOST = 4, /* letters, digits, '-', '.', '_' */
    AN_CH_DIGIT = 8,
    AN_CH_URI = 16,   /* anything printable (UTF-8 too) but <, >, and the quote */
    AN_CH_PARAM = 32, /* in the name or the unquoted value of a parameter */
    AN_CH_USER = 64,  /* AN_CH_URI without @ : ; ? [ ] */
};

extern const uint8_t an_sip_class[256];

/* A class as two tables of 16: a byte below 128 is in it when the entries of its low and of its high four bits have a
 * bit in common (Mula's method: two shuffles look 16, 32 or 64 bytes up). */
struct an_nibble_class {
    uint8_t low[16], high[16];
};

extern const struct an_nibble_class an_nibble_host, an_nibble_token, an_nibble_not_uri, an_nibble_not_param;
extern const uint8_t an_nibble_mask[16]; /* 15 everywhere */

static inline bool an_ch_is(char c, unsigned classes)
{
    return (an_sip_class[(uint8_t)c] & classes) != 0;
}

/* First byte at or after p that is not white space; end when none. */
static inline const char *an_ch_skip(const char *p, const char *end)
{
    while (p < end && an_ch_is(*p, AN_CH_WS)) p++;
    return p;
}

/* First byte at or after p outside the classes; end when none. For short texts. */
static inline const char *an_ch_while(const char *p, const char *end, unsigned classes)
{
    while (p < end && an_ch_is(*p, classes)) p++;
    return p;
}

#if defined(__SSE2__)
static inline __m128i an_ch_equal(__m128i text, char c)
{
    return _mm_cmpeq_epi8(text, _mm_set1_epi8(c));
}

static inline __m128i an_ch_between(__m128i text, char low, char high)
{
    return _mm_and_si128(_mm_cmpgt_epi8(text, _mm_set1_epi8((char)(low - 1))),
                         _mm_cmplt_epi8(text, _mm_set1_epi8((char)(high + 1))));
}

/* A bit for each of 16 bytes that is outside the class; the same answers as the table. */
static inline __attribute__((always_inline)) unsigned an_ch_outside16(__m128i text, unsigned class)
{
    if (class == AN_CH_HOST) {
        __m128i in = an_ch_between(_mm_or_si128(text, _mm_set1_epi8(0x20)), 'a', 'z');
        in = _mm_or_si128(in, an_ch_between(text, '0', '9'));
        in = _mm_or_si128(in, an_ch_between(text, '-', '.'));
        in = _mm_or_si128(in, an_ch_equal(text, '_'));
        return (unsigned)_mm_movemask_epi8(in) ^ 0xffffu;
    }
    __m128i low = _mm_set1_epi8(' ');
    __m128i out = _mm_cmpeq_epi8(_mm_min_epu8(text, low), text); /* unsigned text <= ' ' */
    out = _mm_or_si128(out, _mm_or_si128(an_ch_equal(text, 127), an_ch_equal(text, '"')));
    if (class == AN_CH_PARAM) {
        out = _mm_or_si128(out, an_ch_between(text, ';', '?')); /* ; < = > ? */
        return (unsigned)_mm_movemask_epi8(_mm_or_si128(out, an_ch_equal(text, ',')));
    }
    if (class == AN_CH_USER) {
        out = _mm_or_si128(out, _mm_or_si128(an_ch_between(text, ':', '<'), an_ch_between(text, '>', '@')));
        out = _mm_or_si128(out, _mm_or_si128(an_ch_equal(text, '['), an_ch_equal(text, ']')));
        return (unsigned)_mm_movemask_epi8(out);
    }
    out = _mm_or_si128(out, _mm_or_si128(an_ch_equal(text, '<'), an_ch_equal(text, '>')));
    return (unsigned)_mm_movemask_epi8(out);
}
#endif

/* The same for AN_CH_URI, AN_CH_PARAM, AN_CH_USER or AN_CH_HOST, 16 bytes at a time. [base, end) has to be readable: a
 * short rest is loaded together with bytes before it. */
static inline __attribute__((always_inline)) const char *an_ch_span(const char *base, const char *p, const char *end,
                                                                    unsigned class)
{
#if defined(__SSE2__)
    for (; end - p >= 16; p += 16) {
        unsigned out = an_ch_outside16(_mm_loadu_si128((const __m128i *)(const void *)p), class);
        if (out != 0) return p + __builtin_ctz(out);
    }
    if (end - base >= 16) {
        unsigned out = an_ch_outside16(_mm_loadu_si128((const __m128i *)(const void *)(end - 16)), class);
        out >>= 16 - (end - p);
        return out != 0 ? p + __builtin_ctz(out) : end;
    }
#else
    (void)base;
#endif
    return an_ch_while(p, end, class);
}

/* End of [p, end) without trailing white space. */
static inline const char *an_ch_trim(const char *p, const char *end)
{
    while (end > p && an_ch_is(end[-1], AN_CH_WS)) end--;
    return end;
}

/* Little-endian loads; the same value on every machine. */
static inline uint64_t an_load64(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

static inline uint32_t an_load32(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap32(v);
#endif
    return v;
}

/* Is [p, p + n) the text lower (small letters, digits and dashes) in any case? */
static inline bool an_ch_same(const char *p, const char *lower, size_t n)
{
    const uint64_t bit = 0x2020202020202020ull;
    if (n >= 8) {
        for (size_t i = 0; i + 8 <= n; i += 8)
            if ((an_load64(p + i) | bit) != an_load64(lower + i)) return false;
        return (an_load64(p + n - 8) | bit) == an_load64(lower + n - 8);
    }
    if (n >= 4)
        return (an_load32(p) | (uint32_t)bit) == an_load32(lower) &&
               (an_load32(p + n - 4) | (uint32_t)bit) == an_load32(lower + n - 4);
    for (size_t i = 0; i < n; i++)
        if ((p[i] | 0x20) != lower[i]) return false;
    return true;
}

#endif
