/* The hash chain: SHA-256 over all bytes of a worker's segments. Layer: journal, inside.
 *
 * chain(n) = SHA-256(chain(n-1), bytes since chain(n-1) was taken). It is taken before each CHAIN record (which is the
 * first of the next bytes) and at each segment's end. Cost: OpenSSL, about 1.2 to 2 GB/s with SHA extensions; the
 * context is made once, nothing is allocated afterwards. */
#ifndef ANNING_JOURNAL_CHAIN_H
#define ANNING_JOURNAL_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "journal/format.h"

struct evp_md_ctx_st;

struct an_chain {
    struct evp_md_ctx_st *context; /* [own] */
};

enum an_err an_chain_init(struct an_chain *chain); /* AN_OK or AN_ERR_NO_MEMORY */
void an_chain_done(struct an_chain *chain);
void an_chain_start(struct an_chain *chain, const uint8_t previous[AN_CHAIN]);
void an_chain_add(struct an_chain *chain, const void *bytes, size_t len);
/* Ends; an_chain_start comes before the next an_chain_add. */
void an_chain_take(struct an_chain *chain, uint8_t ret_chain[AN_CHAIN]);

#endif
