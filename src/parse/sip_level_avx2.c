/* The SIP parser with AVX2. Layer: parse. */
#include "parse/sip_levels.h"

#if defined(__x86_64__) && defined(__SSE2__)
#include <immintrin.h>

#include "parse/sip_header.h"
#include "parse/sip_lines.h"

/* From here on the compiler may use it; what is included above, and so runs anywhere, it may not. */
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2,popcnt"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,bmi,bmi2,popcnt")
#endif
#define AN_BLOCK_LEVEL AN_BLOCK_AVX2
#define AN_LEVEL_NAME avx2
#include "parse/sip_fast.h"
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
