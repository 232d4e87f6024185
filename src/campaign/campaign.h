/* Campaigns: who is behind the calls, whatever number they show. Layer: background (base, model).
 *
 * Reads attempts, ends and reports in order of time, groups suspicious calls by what costs the caller money or time to
 * change (docs/campaigns.md), and publishes signatures that the hot path matches calls against. One thread. Memory is
 * taken at start and bounded; cost: bench/bench_campaign.c.
 *
 * The grouping is a stream version of a mixture: a call goes to the campaign it is most likely of, by a sum of
 * log-likelihood ratios against the background of all calls, or opens a new one; campaigns that share callees far
 * beyond chance are merged, those whose parts have nothing in common are split (after McLachlan, Peel, Finite Mixture
 * Models, 2000, with hard assignment). A campaign is hostile by its own evidence, not by being automatic. */
#ifndef ANNING_CAMPAIGN_CAMPAIGN_H
#define ANNING_CAMPAIGN_CAMPAIGN_H

#include "base/err.h"
#include "base/mini.h"
#include "base/slice.h"
#include "model/observation.h"
#include "model/record.h"
#include "model/signature.h"
#include "model/verdict.h"

struct an_campaigns;

/* 0: the default. */
struct an_campaign_options {
    uint32_t campaigns;   /* at once: 4,096; at most AN_CAMPAIGNS_MAX */
    uint32_t members;     /* numbers remembered as members: 524,288, 8 bytes each */
    uint32_t listed;      /* people called, by campaign: 2,097,152, 8 bytes each */
    uint32_t cells;       /* (trunk, shape) seen: 65,536, 16 bytes each */
    uint32_t publish_ms;  /* event time between snapshots: 2,000 */
    int32_t utc_offset_s; /* of the local day; 0 is UTC */
};

/* options NULL: the defaults, and China's day. */
struct an_campaigns *an_campaigns_new(const struct an_campaign_options *options, struct an_error *error);
void an_campaigns_free(struct an_campaigns *campaigns);

/* A judged attempt: features are those of its verdict, probability that of the model or of the hand-set weights.
 * Returns the campaign it was taken into, 0: none. */
uint32_t an_campaigns_attempt(struct an_campaigns *campaigns, const struct an_observation *obs, float probability,
                              const an_mini features[AN_FEATURE_COUNT]);
/* An answer, an end or a report with its attempt's parties. */
void an_campaigns_outcome(struct an_campaigns *campaigns, const struct an_observation *obs);

/* Event time has moved on far enough for a new snapshot. */
bool an_campaigns_due(const struct an_campaigns *campaigns);
/* Upkeep (merge, split, end), then a snapshot [own]; NULL: no memory, the old one stays good. */
struct an_signatures *an_campaigns_publish(struct an_campaigns *campaigns);
void an_signatures_free(struct an_signatures *signatures);

/* ---- what lasts ---- */

/* All of it as a dump, with write() only, so that a fork()ed child may. A dump has a version, the sizes of its tables
 * and a checksum a chunk; chunks of zeros are left out. AN_OK or AN_ERR_IO. */
enum an_err an_campaigns_save(const struct an_campaigns *campaigns, int fd, struct an_error *error);
/* The reverse, into campaigns of the same sizes. AN_OK; AN_ERR_UNSUPPORTED: of another version or other sizes;
 * AN_ERR_CORRUPT; AN_ERR_IO. Where it fails campaigns are left empty. */
enum an_err an_campaigns_load(struct an_campaigns *campaigns, int fd, struct an_error *error);

/* Campaigns of the sizes that the dump says: to look at what another process saved. Errors as load, and no memory. */
enum an_err an_campaigns_open(int fd, struct an_campaigns **ret_campaigns, struct an_error *error);

/* A trunk's name, to be shown in views; about a thousand are remembered. */
void an_campaigns_name_trunk(struct an_campaigns *campaigns, uint32_t trunk, struct an_slice name);

/* ---- to look at ---- */

enum { AN_CAMPAIGN_CELLS = 8, AN_CAMPAIGN_RECENT = 16, AN_CAMPAIGN_EVENTS = 12, AN_CAMPAIGN_TERMS = 12 };

enum an_campaign_state { AN_CAMPAIGN_SUSPECT, AN_CAMPAIGN_HOSTILE, AN_CAMPAIGN_RELEASED };

/* What happened to it. */
enum an_campaign_event_kind {
    AN_CAMPAIGN_BORN,
    AN_CAMPAIGN_TURNED_HOSTILE,
    AN_CAMPAIGN_TURNED_QUIET, /* no longer hostile by its evidence */
    AN_CAMPAIGN_MOVED,        /* a new trunk: cell says which */
    AN_CAMPAIGN_TOOK_IN,      /* other was found to be the same */
    AN_CAMPAIGN_SPLIT_OFF,    /* other was part of it, or it of other */
    AN_CAMPAIGN_SAID,         /* an operator's word; other: enum an_campaign_word_kind */
};

struct an_campaign_event {
    uint64_t time_us;
    uint32_t kind, other; /* campaign id */
    uint32_t trunk;
    char trunk_name[24]; /* empty: not known */
};

/* One term of the hostility, in nats. */
struct an_campaign_term {
    const char *name; /* "holes" */
    const char *en, *zh;
    float value; /* what was measured */
    float usual; /* of all calls */
    float nats;  /* what it adds */
};

struct an_campaign_view {
    uint32_t id, slot;
    enum an_campaign_state state;
    char name[AN_CAMPAIGN_NAME_MAX + 1]; /* an operator's; empty: none */
    bool confirmed;                      /* hostile by an operator's word */
    uint64_t birth_us, last_us, hostile_us;
    uint64_t calls, numbers, callees; /* since birth; numbers and callees: different ones, as far as remembered */
    float calls_1d;
    float hostility, confidence; /* log-odds; and as a probability */
    enum an_category category;
    float category_votes;
    float reports, answered, refused, short_talks, holes, retries;
    uint32_t parent; /* it was split off from this one */
    struct {
        uint32_t trunk;
        char trunk_name[24];
        uint64_t shape;
        float calls_1d, share;
        uint64_t first_us, last_us;
    } cells[AN_CAMPAIGN_CELLS];
    uint32_t cell_count;
    struct {
        an_number number;
        uint32_t trunk, calls;
        char trunk_name[24];
        uint64_t last_us;
    } recent[AN_CAMPAIGN_RECENT];
    uint32_t recent_count;
    struct an_campaign_event events[AN_CAMPAIGN_EVENTS];
    uint32_t event_count;
    struct an_campaign_term terms[AN_CAMPAIGN_TERMS];
    uint32_t term_count;
    float ring_atom_s, ring_atom_share; /* the commonest ring time of unanswered calls, 0.5 s wide; 0: none */
    float gap_s, gap_share;             /* pause between an end and the next start */
};

/* Up to max ids of campaigns, those with the most calls of a day first; hostile_only: state. Returns how many there
 * are. */
size_t an_campaigns_ids(const struct an_campaigns *campaigns, bool hostile_only, uint32_t *ret_ids, size_t max);
/* AN_OK or AN_ERR_NOT_FOUND; ids of campaigns that were taken in lead to the one that did. */
enum an_err an_campaigns_view(const struct an_campaigns *campaigns, uint32_t id, struct an_campaign_view *ret_view);
/* An operator's word: honest callers, never matched again (released), or back to its own evidence. AN_ERR_NOT_FOUND. */
enum an_err an_campaigns_release(struct an_campaigns *campaigns, uint32_t id, bool released);
/* Any word; the same one said twice changes nothing more. AN_ERR_NOT_FOUND: no such campaign, or no such cell of it;
 * AN_ERR_INVALID: it can't be (merged with itself, its last cell split off). */
enum an_err an_campaigns_say(struct an_campaigns *campaigns, const struct an_record_campaign *word);
/* Whether it could be said, with nothing done. */
enum an_err an_campaigns_could_say(const struct an_campaigns *campaigns, const struct an_record_campaign *word);

/* Where it comes from: campaigns taken in by it, split off from it or the other way, as far as remembered. */
enum { AN_CAMPAIGN_LINEAGE = 32, AN_CAMPAIGN_SIMILAR = 10 };
enum an_campaign_why { AN_CAMPAIGN_WHY_MERGED, AN_CAMPAIGN_WHY_SPLIT };
struct an_campaign_lineage {
    struct {
        uint32_t id;
        char name[AN_CAMPAIGN_NAME_MAX + 1];
        uint64_t born_us, ended_us; /* 0: not known; not ended */
        uint64_t calls;
    } nodes[AN_CAMPAIGN_LINEAGE];
    struct {
        uint32_t from, to; /* ids; from the older one, or the one taken in */
        enum an_campaign_why why;
    } edges[AN_CAMPAIGN_LINEAGE];
    uint32_t node_count, edge_count;
};
/* AN_ERR_NOT_FOUND. */
enum an_err an_campaigns_lineage(const struct an_campaigns *campaigns, uint32_t id, struct an_campaign_lineage *ret);

/* Live campaigns like this one, likest first. Each part 0 to 1. */
struct an_campaign_similar {
    uint32_t id;
    float likeness;                 /* mean of what could be compared */
    float rhythm, ringing, callers; /* hours of the day; ring times; kinds of numbers. < 0: too few to say */
    uint32_t shared_trunks, shared_builds, shared_callees; /* callees: hits that both called, as links count them */
};
enum an_err an_campaigns_similar(const struct an_campaigns *campaigns, uint32_t id,
                                 struct an_campaign_similar ret_similar[AN_CAMPAIGN_SIMILAR], size_t *ret_count);

struct an_campaigns_stats {
    uint64_t attempts, suspicious, joined, opened, merged, split, ended, evicted;
    uint64_t live, hostile, bytes;
    uint64_t members_used, members_capacity, listed_used, listed_capacity;
    uint64_t version; /* of the last snapshot */
};
void an_campaigns_stats(const struct an_campaigns *campaigns, struct an_campaigns_stats *ret_stats);

const char *an_campaign_state_name(enum an_campaign_state state);
const char *an_campaign_event_name(enum an_campaign_event_kind kind);

#endif
