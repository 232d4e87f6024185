/* The SIP parser with SSE2. Layer: parse. */
#include "parse/sip_levels.h"

#if defined(__x86_64__) && defined(__SSE2__)
#include <immintrin.h>

#include "parse/sip_header.h"
#include "parse/sip_lines.h"

#define AN_BLOCK_LEVEL AN_BLOCK_SSE2
#define AN_LEVEL_NAME sse2
#include "parse/sip_fast.h"
#endif
