/* Names of trunks, for people: a small table by id, four places an id; where all are taken the newer name takes the
 * first. */
#include <string.h>

#include "campaign/internal.h"

enum { PROBES = 4 };

static unsigned place_of(uint32_t trunk, unsigned nth)
{
    return (unsigned)(an_mix64(trunk) + nth) % AN_CAMPAIGN_TRUNKS;
}

void an_campaigns_name_trunk(struct an_campaigns *c, uint32_t trunk, struct an_slice name)
{
    struct trunk_name *at = NULL;
    if (trunk == AN_TRUNK_NONE || name.len == 0) return;
    for (unsigned i = 0; i < PROBES; i++) {
        struct trunk_name *here = &c->trunks[place_of(trunk, i)];
        if (here->trunk == trunk) return;
        if (here->trunk == 0 && at == NULL) at = here;
    }
    if (at == NULL) at = &c->trunks[place_of(trunk, 0)];
    memset(at, 0, sizeof *at);
    at->trunk = trunk;
    size_t len = name.len < sizeof at->name - 1 ? name.len : sizeof at->name - 1;
    memcpy(at->name, name.at, len);
}

void trunk_name_copy(const struct an_campaigns *c, uint32_t trunk, char ret_name[24])
{
    ret_name[0] = '\0';
    for (unsigned i = 0; i < PROBES && trunk != AN_TRUNK_NONE; i++)
        if (c->trunks[place_of(trunk, i)].trunk == trunk) memcpy(ret_name, c->trunks[place_of(trunk, i)].name, 24);
}
