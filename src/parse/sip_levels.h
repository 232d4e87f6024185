/* The same SIP parser, built for several instruction sets. Layer: parse; used by parse/sip.c, tests and fuzz target.
 *
 * parse/sip_fast.h is compiled once a level; an_sip_parse takes the best the machine has, found once at start. All say
 * the same of every message, to the bit. AVX-512 is only taken with VBMI2 (Ice Lake, Zen 4 and later): earlier machines
 * pay for wide vectors with their clock. */
#ifndef ANNING_PARSE_SIP_LEVELS_H
#define ANNING_PARSE_SIP_LEVELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/call.h"
#include "base/err.h"

/* Values of AN_BLOCK_LEVEL. */
#define AN_BLOCK_PORTABLE 0
#define AN_BLOCK_SSE2 1
#define AN_BLOCK_AVX2 2
#define AN_BLOCK_AVX512 3

/* What a block says of 64 bytes at p, for the tests. */
struct an_sip_masks {
    uint64_t not_uri, not_param, host, token, line_end;
};

struct an_sip_level {
    const char *name;
    enum an_err (*parse)(const char *bytes, size_t len, struct an_parsed *ret_parsed); /* as an_sip_parse */
    void (*masks)(const char *p, struct an_sip_masks *ret_masks);
};

extern const struct an_sip_level an_sip_level_portable;
#if defined(__x86_64__) && defined(__SSE2__)
extern const struct an_sip_level an_sip_level_sse2, an_sip_level_avx2, an_sip_level_avx512;
#endif

/* Level n of those this machine can run, 0 the portable one, the last the one in use; NULL when there are no more. */
const struct an_sip_level *an_sip_level(unsigned n);

#endif
