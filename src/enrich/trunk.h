/* Trunks: by which door a call came in. Layer: enrich. Cost: a rule is 16 bytes of compare; a vector asks once a
 * peer, since calls of one vector mostly share theirs. */
#ifndef ANNING_ENRICH_TRUNK_H
#define ANNING_ENRICH_TRUNK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "model/call.h"
#include "model/settings.h"

struct an_trunk {
    uint32_t id;          /* an_trunk_id(name); AN_TRUNK_NONE: unknown */
    bool may_show_public; /* of the rule */
    bool proxy;           /* of the rule: the trunk is the one before it */
    bool subscribers;     /* of the rule: whose calls out come by it */
    char name[24];        /* NUL-terminated; bytes after the NUL are 0 */
};

/* The first rule of settings that matches the peer, else a trunk named by the address ("127.0.0.1",
 * "[2001:db8::1]"; one too long for the field keeps its first 14 characters, then "~" and 8 hex digits of its hash).
 * A peer of no known family has no trunk. */
void an_trunk_of_peer(const struct an_settings *settings, const union an_address *peer, struct an_trunk *ret_trunk);
/* *trunk is that of a peer whose rule says proxy: becomes the one before it, as the Vias tell below the peer's own;
 * over several proxies in a row. Where the next Via has no numeric address the last one that was known stays. */
void an_trunk_behind_proxy(const struct an_settings *settings, const struct an_call *call, struct an_trunk *trunk);
/* By name: what a rule of that name may, and the same id. */
void an_trunk_of_name(const struct an_settings *settings, struct an_slice name, struct an_trunk *ret_trunk);
/* 32-bit hash of a name, the same in every process and version; never 0 for a name that is not empty. */
uint32_t an_trunk_id(struct an_slice name);

#endif
