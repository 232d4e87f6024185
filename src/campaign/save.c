/* A dump of all campaigns: a head, then the structure itself and each table in chunks, each with its XXH3 seeded with
 * its place. Only write()s on the way out, since it runs in a fork()ed child. VERSION changes with the meaning of what
 * is inside; sizes are looked after by themselves. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "campaign/internal.h"

#define MAGIC 0x504d41434e41ull /* "ANCAMP" */
enum { VERSION = 3, CHUNK = 256 << 10, PARTS = 9 };

struct dump_head {
    uint64_t magic;
    uint32_t version, parts;
    uint64_t layout; /* hash of the sizes of what is inside: another build of other structures */
    uint32_t campaigns, cells;
    uint64_t members, listed; /* words */
    uint64_t check;           /* of all before */
};

struct chunk_head {
    uint32_t bytes; /* 0: all zeros, and left out */
    uint32_t reserved;
    uint64_t check;
};

struct part {
    void *at;
    size_t bytes;
};

static uint64_t layout_of(void)
{
    const uint64_t sizes[] = { sizeof(struct an_campaigns), sizeof(struct campaign), sizeof(struct cell_count),
                               sizeof(struct under_way),    sizeof(struct agent),    sizeof(struct cell_slots),
                               AN_CAMPAIGN_CELLS,           AN_CALLER_CLASSES };
    return an_hash64(sizes, sizeof sizes, VERSION);
}

static struct dump_head head_of(const struct an_campaigns *c)
{
    struct dump_head head = { .magic = MAGIC,
                              .version = VERSION,
                              .parts = PARTS,
                              .layout = layout_of(),
                              .campaigns = c->slots,
                              .cells = c->cell_mask + 1,
                              .members = c->members.lines * AN_WORDS,
                              .listed = c->list.lines * AN_WORDS };
    head.check = an_hash64(&head, offsetof(struct dump_head, check), 0);
    return head;
}

/* core: the structure, without pointers. */
static void parts_of(const struct an_campaigns *c, struct an_campaigns *core, struct part parts[PARTS])
{
    parts[0] = (struct part) { core, sizeof *core };
    parts[1] = (struct part) { c->campaigns, c->slots * sizeof *c->campaigns };
    parts[2] = (struct part) { c->members.words, c->members.lines * AN_WORDS * sizeof(uint64_t) };
    parts[3] = (struct part) { c->list.words, c->list.lines * AN_WORDS * sizeof(uint64_t) };
    parts[4] = (struct part) { c->cells, (c->cell_mask + 1ull) * sizeof *c->cells };
    parts[5] = (struct part) { c->population, POPULATION_WORDS * sizeof *c->population };
    parts[6] = (struct part) { c->calls, (c->call_mask + 1ull) * sizeof *c->calls };
    parts[7] = (struct part) { c->agents, AGENTS * sizeof *c->agents };
    parts[8] = (struct part) { c->by_cell, (c->by_cell_mask + 1ull) * sizeof *c->by_cell };
}

static bool all_zero(const unsigned char *bytes, size_t len)
{
    return len > 0 && bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0;
}

static enum an_err write_part(int fd, const struct part *part, uint32_t number)
{
    enum an_err err = AN_OK;
    for (size_t at = 0; err == AN_OK && at < part->bytes; at += CHUNK) {
        size_t len = part->bytes - at < CHUNK ? part->bytes - at : CHUNK;
        unsigned char *bytes = (unsigned char *)part->at + at;
        struct chunk_head head = { .bytes = all_zero(bytes, len) ? 0 : (uint32_t)len };
        head.check = an_hash64(bytes, head.bytes, an_mix2(number, at));
        struct iovec both[2] = { { &head, sizeof head }, { bytes, head.bytes } };
        err = an_fd_write_parts(fd, both, head.bytes == 0 ? 1 : 2);
    }
    return err;
}

enum an_err an_campaigns_save(const struct an_campaigns *c, int fd, struct an_error *error)
{
    an_assert(c != NULL);
    struct an_campaigns core = *c;
    struct part parts[PARTS];
    struct dump_head head = head_of(c);
    core.campaigns = NULL;
    core.ranks = NULL;
    core.cells = NULL;
    core.population = NULL;
    core.calls = NULL;
    core.agents = NULL;
    core.by_cell = NULL;
    core.members.words = core.list.words = NULL;
    parts_of(c, &core, parts);
    struct iovec first = { &head, sizeof head };
    enum an_err err = an_fd_write_parts(fd, &first, 1);
    for (uint32_t i = 0; err == AN_OK && i < PARTS; i++) err = write_part(fd, &parts[i], i);
    return err == AN_OK ? AN_OK : an_fail(error, err, "campaigns: can't write the dump: errno %d", errno);
}

/* ---- back ---- */

static enum an_err read_part(int fd, const struct part *part, uint32_t number)
{
    for (size_t at = 0; at < part->bytes; at += CHUNK) {
        size_t len = part->bytes - at < CHUNK ? part->bytes - at : CHUNK;
        unsigned char *bytes = (unsigned char *)part->at + at;
        struct chunk_head head;
        enum an_err err = an_fd_read_all(fd, &head, sizeof head);
        if (err != AN_OK) return err;
        if (head.bytes != 0 && head.bytes != len) return AN_ERR_CORRUPT;
        if (head.bytes == 0) memset(bytes, 0, len);
        err = an_fd_read_all(fd, bytes, head.bytes);
        if (err == AN_OK && head.check != an_hash64(bytes, head.bytes, an_mix2(number, at))) err = AN_ERR_CORRUPT;
        if (err != AN_OK) return err;
    }
    return AN_OK;
}

/* What is used as an index, and so must be one; checksums keep out accidents, not foreign files. */
static bool is_sound(const struct an_campaigns *c, const struct an_campaigns *core)
{
    for (uint32_t slot = 0; slot < c->slots; slot++) {
        const struct campaign *at = &c->campaigns[slot];
        if (at->recent_at >= AN_CAMPAIGN_RECENT || (unsigned)at->state > AN_CAMPAIGN_RELEASED) return false;
        for (unsigned i = 0; i < LINKS; i++)
            if (at->links[i].slot >= c->slots) return false;
        for (unsigned i = 0; i < AN_CAMPAIGN_EVENTS; i++)
            if (at->events[i].kind > AN_CAMPAIGN_SPLIT_OFF) return false;
    }
    for (uint64_t i = 0; i < c->members.lines * AN_WORDS; i++)
        if (an_member_slot(c->members.words[i]) >= c->slots) return false;
    for (uint64_t i = 0; i < c->list.lines * AN_WORDS; i++)
        if (an_listed_read(c->list.words[i]).slot >= c->slots) return false;
    for (uint32_t i = 0; i <= c->call_mask; i++)
        if (c->calls[i].slot >= c->slots) return false;
    for (unsigned i = 0; i < AN_CAMPAIGN_TRUNKS; i++)
        if (memchr(core->trunks[i].name, 0, sizeof core->trunks[i].name) == NULL) return false;
    return true;
}

/* All but options, tables and their sizes out of core. */
static void take_core(struct an_campaigns *c, const struct an_campaigns *core)
{
    struct an_campaigns own = *c;
    *c = *core;
    c->options = own.options;
    c->slots = own.slots;
    c->campaigns = own.campaigns;
    c->members = own.members;
    c->list = own.list;
    c->ranks = own.ranks;
    c->cells = own.cells;
    c->cell_mask = own.cell_mask;
    c->population = own.population;
    c->calls = own.calls;
    c->call_mask = own.call_mask;
    c->agents = own.agents;
    c->by_cell = own.by_cell;
    c->by_cell_mask = own.by_cell_mask;
    c->stats.bytes = own.stats.bytes;
    c->live = 0;
    for (uint32_t slot = 0; slot < c->slots; slot++) {
        c->live += c->campaigns[slot].id != 0;
        rank(c, slot);
    }
}

static void clear(struct an_campaigns *c, const struct part parts[PARTS])
{
    struct an_campaigns empty;
    memset(&empty, 0, sizeof empty);
    for (unsigned i = 1; i < PARTS; i++) memset(parts[i].at, 0, parts[i].bytes);
    take_core(c, &empty);
}

static enum an_err read_head(int fd, struct dump_head *ret_head, struct an_error *error)
{
    struct dump_head head;
    enum an_err err = an_fd_read_all(fd, &head, sizeof head);
    if (err == AN_ERR_IO) return an_fail(error, err, "saved campaigns can't be read: errno %d", errno);
    if (err != AN_OK || head.magic != MAGIC) return an_fail(error, AN_ERR_CORRUPT, "saved campaigns: this is no dump");
    if (head.version != VERSION)
        return an_fail(error, AN_ERR_UNSUPPORTED, "saved campaigns are of version %u; this program reads %d",
                       head.version, VERSION);
    if (head.check != an_hash64(&head, offsetof(struct dump_head, check), 0))
        return an_fail(error, AN_ERR_CORRUPT, "saved campaigns: the head is damaged");
    if (head.layout != layout_of() || head.parts != PARTS)
        return an_fail(error, AN_ERR_UNSUPPORTED, "saved campaigns are of another build of this program");
    *ret_head = head;
    return AN_OK;
}

static enum an_err fits(const struct an_campaigns *c, const struct dump_head *of, struct an_error *error)
{
    struct dump_head head = *of, ours = head_of(c);
    if (head.campaigns != ours.campaigns || head.members != ours.members || head.listed != ours.listed ||
        head.cells != ours.cells)
        return an_fail(error, AN_ERR_UNSUPPORTED,
                       "saved campaigns have room for %u campaigns, %llu members, %llu people called; the settings "
                       "say %u, %llu, %llu",
                       head.campaigns, (unsigned long long)head.members, (unsigned long long)head.listed,
                       ours.campaigns, (unsigned long long)ours.members, (unsigned long long)ours.listed);
    return AN_OK;
}

enum an_err an_campaigns_load(struct an_campaigns *c, int fd, struct an_error *error)
{
    an_assert(c != NULL);
    struct an_campaigns core;
    struct part parts[PARTS];
    struct dump_head head;
    parts_of(c, &core, parts);
    enum an_err err = read_head(fd, &head, error);
    if (err == AN_OK) err = fits(c, &head, error);
    if (err == AN_OK) {
        for (uint32_t i = 0; err == AN_OK && i < PARTS; i++) err = read_part(fd, &parts[i], i);
        char beyond;
        if (err == AN_OK && (!is_sound(c, &core) || read(fd, &beyond, 1) != 0)) err = AN_ERR_CORRUPT;
        if (err != AN_OK)
            an_fail(error, err, "saved campaigns are %s", err == AN_ERR_IO ? "not to be read" : "damaged");
    }
    if (err != AN_OK) {
        clear(c, parts);
        return err;
    }
    take_core(c, &core);
    return AN_OK;
}

enum an_err an_campaigns_open(int fd, struct an_campaigns **ret_campaigns, struct an_error *error)
{
    an_assert(ret_campaigns != NULL);
    struct dump_head head;
    off_t begin = lseek(fd, 0, SEEK_CUR);
    enum an_err err = read_head(fd, &head, error);
    if (err != AN_OK) return err;
    if (head.campaigns > AN_CAMPAIGNS_MAX || head.members > 1ull << 32 || head.listed > 1ull << 32)
        return an_fail(error, AN_ERR_CORRUPT, "saved campaigns: the head makes no sense");
    const struct an_campaign_options options = { .campaigns = head.campaigns,
                                                 .members = (uint32_t)head.members,
                                                 .listed = (uint32_t)head.listed,
                                                 .cells = head.cells };
    struct an_campaigns *c = an_campaigns_new(&options, error);
    if (c == NULL) return AN_ERR_NO_MEMORY;
    err = lseek(fd, begin, SEEK_SET) < 0 ? an_fail(error, AN_ERR_IO, "saved campaigns can't be read: errno %d", errno)
                                         : an_campaigns_load(c, fd, error);
    if (err != AN_OK)
        an_campaigns_free(c);
    else
        *ret_campaigns = c;
    return err;
}
