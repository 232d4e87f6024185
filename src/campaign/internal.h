/* The campaign engine's own structures. Layer: campaign; for its own files only. */
#ifndef ANNING_CAMPAIGN_INTERNAL_H
#define ANNING_CAMPAIGN_INTERNAL_H

#include "campaign/campaign.h"

enum {
    BINS = 64,       /* of ring, talk and gap times */
    ENDS = 16,       /* recent ends, for gaps */
    LINKS = 8,       /* other campaigns whose callees this one's members call */
    CANDIDATES = 24, /* campaigns a call is compared with */
    LIST_HITS = 8,   /* campaigns one callee is looked up for */
    NOTED = 16,      /* calls whose words are found again without a search of the tables */
};

/* Probability from which a call is looked at. */
#define AN_SUSPICIOUS 0.3f
/* The same for a fresh number: it may be of a campaign that is known. */
#define AN_DOUBTFUL 0.1f

/* Hostility of one that an operator confirmed, at least. */
#define AN_CONFIRMED_NATS 4.0f

/* Half lives and widths. */
#define DAY_US 86400000000ull
#define RING_BIN_MS 500 /* to 32 s */
#define TALK_BIN_MS 500
#define GAP_BIN_MS 250 /* to 16 s */

/* Decaying counts, half life a day. */
enum tally {
    T_CALLS,
    T_FRESH,   /* by numbers seen for less than three days */
    T_FOREIGN, /* by numbers that usually come in elsewhere */
    T_HOLES,   /* to numbers nobody owns */
    T_RELATED, /* to people who know the number */
    T_NEW_NUMBERS,
    T_RETRIES, /* to callees it had tried and not reached */
    T_AGAIN,   /* to callees it had reached, or who had refused */
    T_WALKS,   /* to neighbours of its last callees */
    T_PAIRED,  /* legs of a call-back bridge */
    T_ENDED,   /* with a known end that we did not cause */
    T_ANSWERED,
    T_SHORT,
    T_REFUSED,
    T_COMPLAINTS,
    T_JUDGED,   /* calls that matched no campaign when they came: judged for themselves */
    T_UNWANTED, /* probability that these were unwanted */
    T_COUNT
};

struct profile {
    float t[T_COUNT];
    float classes[AN_CALLER_CLASSES];
    float hours[24];
    float ring[BINS], talk[BINS], gap[BINS];
    float ring_n, talk_n, gap_n;
};

struct cell {
    uint64_t key, shape;
    uint32_t trunk;
    float calls; /* decays with the profile */
    uint64_t first_us, last_us;
    float ring[BINS / 4]; /* 2 s wide: is it the same machine on all of its cells? */
    float ring_n;
};

struct link {
    uint32_t slot;  /* the other campaign */
    uint32_t id;    /* which it was then: slots are used again */
    uint32_t hits;  /* callees of this one that the other had called and not reached */
    uint32_t calls; /* callees of this one since the link began */
};

struct campaign {
    uint32_t id; /* 0: free */
    uint32_t parent;
    enum an_campaign_state state;
    bool dirty, confirmed;
    char name[AN_CAMPAIGN_NAME_MAX + 1];
    uint64_t birth_us, last_us, hostile_us, tick_us;
    uint64_t calls, numbers, callees;
    float listed;         /* people on its list, half life a week */
    float chance;         /* calls of others to people on its list, half life an hour */
    float network_before; /* all calls of an hour, at its birth */
    uint64_t chance_us;   /* when chance was decayed */
    float hostility;
    struct profile p;
    float categories[AN_CATEGORY_COUNT];
    struct cell cells[AN_CAMPAIGN_CELLS];
    uint64_t last_callees[4];
    uint32_t callee_at;
    uint64_t ends_us[ENDS];
    uint32_t end_at;
    struct link links[LINKS];
    struct {
        an_number number;
        uint32_t trunk, calls;
        uint64_t last_us;
    } recent[AN_CAMPAIGN_RECENT];
    uint32_t recent_at;
    struct {
        uint64_t time_us;
        uint32_t kind, other, trunk;
    } events[AN_CAMPAIGN_EVENTS]; /* a ring */
    uint32_t event_at;
    uint32_t noted; /* calls since birth; while at most NOTED, their keys are below */
    uint64_t noted_members[NOTED], noted_callees[NOTED];
};

/* Where a call was taken into, until it ends. */
struct under_way {
    uint64_t key; /* 0: free */
    uint32_t slot, id;
};

struct cell_count {
    uint64_t key;
    float calls, suspects; /* all, and the suspicious ones; half life a day */
    uint32_t hour;         /* of the last decay */
    uint32_t reserved;
};

/* Starts and ends of one trunk, for the two legs of a bridge (pairs.c). */
struct leg {
    uint64_t start_us, end_us;
    an_number caller, callee;
    uint32_t trunk;
};
enum { LEGS = 256, AGENTS = 4096, POPULATION_WORDS = 1 << 16 };
struct agent {
    an_number number;
    float pairs; /* different partners, half life a day */
    an_number last_partner;
    uint64_t last_us;
};

/* ids of a campaign that was taken in, and of the one that did. */
struct taken {
    uint32_t id, by;
    uint64_t birth_us, time_us, calls;
    char name[AN_CAMPAIGN_NAME_MAX + 1];
};
enum { AN_CAMPAIGNS_TAKEN = 4096, AN_CAMPAIGN_CALLS_MIN = 5 };

/* Campaigns of one cell, or of one build. */
struct cell_slots {
    uint64_t key;                      /* 0: free */
    uint32_t slots[AN_CELL_CAMPAIGNS]; /* UINT32_MAX: none */
};

struct trunk_name {
    uint32_t trunk; /* 0: free */
    char name[24];  /* NUL-terminated */
};
enum { AN_CAMPAIGN_TRUNKS = 1024 };

struct an_campaigns {
    struct an_campaign_options options;
    uint64_t now_us, published_us, upkeep_us;
    uint64_t version;
    uint32_t next_id;
    uint32_t slots;             /* of campaigns */
    struct campaign *campaigns; /* [own] */
    /* [own] log2 of a campaign's calls plus the time they are of, in days: comparable as it stands, whenever it was
     * written; -infinity: a free slot. Beside the campaigns, so that a search is a few cache lines. */
    double *ranks;
    uint32_t live;
    struct an_words members, list;
    struct profile network;  /* all calls */
    struct profile suspects; /* the suspicious ones: what a campaign nobody knows yet may look like */
    uint64_t network_us;
    float network_1h, suspicious_1h; /* rates, half life an hour */
    uint64_t rates_us;
    struct cell_count *cells; /* [own] open addressing */
    uint32_t cell_mask;
    uint64_t *population; /* [own] linear counting of callees */
    uint64_t population_set;
    struct under_way *calls; /* [own] */
    uint32_t call_mask;
    struct taken taken[AN_CAMPAIGNS_TAKEN]; /* a ring */
    uint32_t taken_at, next_slot;
    bool cells_stale;
    struct leg legs[LEGS];
    uint32_t leg_at;
    struct agent *agents;       /* [own] AGENTS of them */
    struct cell_slots *by_cell; /* [own] open addressing, half full at most; rebuilt at upkeep */
    uint32_t by_cell_mask, by_cell_used;
    struct trunk_name trunks[AN_CAMPAIGN_TRUNKS];
    struct an_campaigns_stats stats;
};

/* A suspicious call while it is looked at. */
struct suspect {
    const struct an_observation *obs;
    uint64_t member_key, listed_key, cell;
    unsigned class, hour;
    float probability;
    bool fresh, foreign, hole;
    bool matched;         /* a live campaign, in the hot path */
    uint64_t member_word; /* 0: none */
    struct an_listed hits[LIST_HITS];
    unsigned hit_count;
};

/* ---- words.c ---- */
bool words_new(struct an_words *table, uint64_t count);
/* The word under tag, or NULL. */
uint64_t *words_find_member(const struct an_words *table, uint64_t hash);
/* All campaigns a callee is listed for. */
unsigned words_find_listed(const struct an_words *table, uint64_t hash, struct an_listed ret_hits[LIST_HITS]);
uint64_t *words_find_listed_of(const struct an_words *table, uint64_t hash, uint32_t slot);
/* Stores: over at (NULL: into a free word of the line, or over the oldest by day). True when a free word was used. */
bool words_put(struct an_words *table, uint64_t hash, uint64_t *at, uint64_t word, uint32_t day, bool member);
/* Moves all words of one slot to another, or drops them (to UINT32_MAX). */
void words_reassign(struct an_campaigns *campaigns, uint32_t from, uint32_t to);
/* The same for a campaign of few calls, by their keys. */
void words_reassign_noted(struct an_campaigns *campaigns, uint32_t from, uint32_t to);

/* ---- profile.c ---- */
float decayed(float value, uint64_t since_us, uint64_t now_us, double half_life_s);
void profile_decay(struct profile *p, uint64_t since_us, uint64_t now_us);
void campaign_decay(struct campaign *c, uint64_t now_us);
/* ln of the smoothed ratio of a bin's share to the background's. */
float bin_llr(const float *own, float own_n, const float *all, float all_n, unsigned bin, unsigned bins);
/* The same of something that is so or not, within 3 nats. */
float flag_llr(const struct profile *own, const struct profile *all, enum tally tally, bool is);
/* Hostility and its terms. ret_terms: AN_CAMPAIGN_TERMS or NULL. Returns the log-odds. */
float hostility_of(const struct an_campaigns *campaigns, const struct campaign *c, struct an_campaign_term *ret_terms,
                   uint32_t *ret_count);
/* Share of the callees' population that stands on its list, 0 to 1. */
float coverage_of(const struct an_campaigns *campaigns, const struct campaign *c);
void campaign_note(struct campaign *c, uint64_t time_us, enum an_campaign_event_kind kind, uint32_t other,
                   uint32_t trunk);
unsigned fullest(const float *bins, unsigned count);
/* What a campaign, the suspicious calls and all calls are counted by alike. */
void profile_count(struct profile *p, const struct suspect *s);
/* Near one of the campaign's last callees, but not the same. */
bool is_walk(const struct campaign *c, an_number callee);
/* ln of its share of the suspicious calls of an hour, -4 to 0. */
float weight_of(const struct an_campaigns *campaigns, const struct campaign *c);

static inline float clamp(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}

/* ---- background.c ---- */
void background_attempt(struct an_campaigns *campaigns, const struct suspect *s);
void background_suspect(struct an_campaigns *campaigns, const struct suspect *s);
float background_cell(const struct an_campaigns *campaigns, uint64_t key);
/* The cell's share of all calls and of the suspicious ones, half and half. */
float new_cell_share(const struct an_campaigns *campaigns, uint64_t key);
double population_of(const struct an_campaigns *campaigns);
struct under_way *under_way_find(struct an_campaigns *campaigns, uint64_t call_key);
void under_way_put(struct an_campaigns *campaigns, uint64_t call_key, uint32_t slot);

/* ---- cells.c ---- */
uint64_t shape_key(uint64_t shape);
uint64_t trunk_key(uint32_t trunk);
struct cell_slots *cell_slots_find(const struct an_campaigns *campaigns, uint64_t key);
void cell_slots_add(struct an_campaigns *campaigns, uint64_t key, uint32_t slot);
void cell_slots_rebuild(struct an_campaigns *campaigns);

/* ---- trunks.c ---- */
void trunk_name_copy(const struct an_campaigns *campaigns, uint32_t trunk, char ret_name[24]);

/* ---- assign.c ---- */
/* Slot of the campaign the call is of, UINT32_MAX: none, and not suspicious enough to open one. */
uint32_t assign(struct an_campaigns *campaigns, struct suspect *s);

/* ---- upkeep.c ---- */
void upkeep(struct an_campaigns *campaigns);
void merge(struct an_campaigns *campaigns, uint32_t a, uint32_t b);
void split(struct an_campaigns *campaigns, uint32_t slot, int at);
/* How alike two are in what a machine repeats: 0 nothing in common, 1 the same. */
float overlap(const float *a, float a_n, const float *b, float b_n, unsigned bins);
bool is_stale(const struct an_campaigns *campaigns, const struct link *link);

/* ---- view.c ---- */
/* By id, that of one taken in too; NULL. */
struct campaign *campaign_find(const struct an_campaigns *campaigns, uint32_t id);
void link_hit(const struct an_campaigns *campaigns, struct campaign *c, uint32_t other);
/* After its calls have changed. */
void rank(struct an_campaigns *campaigns, uint32_t slot);
/* Frees a slot: the one with the fewest calls. */
uint32_t make_room(struct an_campaigns *campaigns);

/* ---- pairs.c ---- */
/* An answered call is over: returns true when it is the customer's leg of a call-back bridge. */
bool pair_end(struct an_campaigns *campaigns, const struct an_observation *obs);
bool is_agent(const struct an_campaigns *campaigns, an_number number);

#endif
