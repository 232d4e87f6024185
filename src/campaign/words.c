/* The two shared tables: lines of eight words. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "campaign/internal.h"

enum { HUGE_PAGE = 2 << 20 };

bool words_new(struct an_words *table, uint64_t count)
{
    table->lines = count / AN_WORDS > 0 ? count / AN_WORDS : 1;
    const size_t bytes = table->lines * AN_WORDS * sizeof *table->words, page = bytes < HUGE_PAGE ? 64 : HUGE_PAGE;
    table->words = aligned_alloc(page, (bytes + page - 1) / page * page);
    if (table->words == NULL) return false;
    if (page == HUGE_PAGE)
        (void)madvise(table->words, bytes, MADV_HUGEPAGE); /* before it is touched; only ever faster */
    memset(table->words, 0, bytes);
    return true;
}

static uint64_t *line_of(const struct an_words *table, uint64_t hash)
{
    return (uint64_t *)(uintptr_t)an_words_line(table, hash);
}

uint64_t *words_find_member(const struct an_words *table, uint64_t hash)
{
    uint64_t *line = line_of(table, hash);
    for (unsigned i = 0; i < AN_WORDS; i++)
        if (an_word_is_member(line[i], hash)) return &line[i];
    return NULL;
}

unsigned words_find_listed(const struct an_words *table, uint64_t hash, struct an_listed ret_hits[LIST_HITS])
{
    const uint64_t *line = line_of(table, hash);
    unsigned count = 0;
    for (unsigned i = 0; i < AN_WORDS && count < LIST_HITS; i++)
        if (an_word_is_listed(line[i], hash)) ret_hits[count++] = an_listed_read(line[i]);
    return count;
}

uint64_t *words_find_listed_of(const struct an_words *table, uint64_t hash, uint32_t slot)
{
    uint64_t *line = line_of(table, hash);
    for (unsigned i = 0; i < AN_WORDS; i++)
        if (an_word_is_listed(line[i], hash) && an_listed_read(line[i]).slot == slot) return &line[i];
    return NULL;
}

static uint32_t day_of(uint64_t word, bool member)
{
    return (uint32_t)(word >> (member ? 46 : 53)) & 1023;
}

bool words_put(struct an_words *table, uint64_t hash, uint64_t *at, uint64_t word, uint32_t day, bool member)
{
    bool was_free = false;
    if (at == NULL) {
        uint64_t *line = line_of(table, hash);
        at = line;
        uint32_t oldest = 0;
        for (unsigned i = 0; i < AN_WORDS; i++) {
            uint32_t age = line[i] == 0 ? 2048 : (day - day_of(line[i], member)) & 1023;
            if (age < oldest && i > 0) continue;
            oldest = age;
            at = &line[i];
            if (line[i] == 0) break;
        }
        was_free = *at == 0;
    }
    __atomic_store_n(at, word, __ATOMIC_RELAXED);
    return was_free;
}

static uint64_t reassign(struct an_words *table, uint32_t from, uint32_t to, unsigned shift)
{
    uint64_t dropped = 0;
    const uint64_t mask = 16383ull << shift;
    for (uint64_t i = 0; i < table->lines * AN_WORDS; i++) {
        uint64_t word = table->words[i];
        if (word == 0 || ((word & mask) >> shift) != from) continue;
        dropped += to == UINT32_MAX;
        word = to == UINT32_MAX ? 0 : (word & ~mask) | (uint64_t)to << shift;
        __atomic_store_n(&table->words[i], word, __ATOMIC_RELAXED);
    }
    return dropped;
}

void words_reassign(struct an_campaigns *campaigns, uint32_t from, uint32_t to)
{
    campaigns->stats.members_used -= reassign(&campaigns->members, from, to, 24);
    campaigns->stats.listed_used -= reassign(&campaigns->list, from, to, 22);
}

static uint64_t reassign_word(uint64_t *at, uint32_t from, uint32_t to, unsigned shift)
{
    const uint64_t mask = 16383ull << shift;
    if (at == NULL || ((*at & mask) >> shift) != from) return 0;
    uint64_t word = to == UINT32_MAX ? 0 : (*at & ~mask) | (uint64_t)to << shift;
    __atomic_store_n(at, word, __ATOMIC_RELAXED);
    return to == UINT32_MAX;
}

void words_reassign_noted(struct an_campaigns *all, uint32_t from, uint32_t to)
{
    const struct campaign *c = &all->campaigns[from];
    an_assert(c->noted <= NOTED);
    for (uint32_t i = 0; i < c->noted; i++) {
        uint64_t *member = c->noted_members[i] == 0 ? NULL : words_find_member(&all->members, c->noted_members[i]);
        all->stats.members_used -= reassign_word(member, from, to, 24);
        uint64_t *listed = words_find_listed_of(&all->list, c->noted_callees[i], from);
        all->stats.listed_used -= reassign_word(listed, from, to, 22);
    }
}
