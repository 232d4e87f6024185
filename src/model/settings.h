/* Settings the stages read: one immutable snapshot, swapped in whole at a reload. Layer: model. settings/ builds it
 * out of the configuration file; the hot path only reads. */
#ifndef ANNING_MODEL_SETTINGS_H
#define ANNING_MODEL_SETTINGS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"
#include "model/number.h"
#include "model/number_map.h"
#include "model/number_set.h"
#include "model/verdict.h"

/* What each action costs, in units of "one unwanted call that rings" (docs/recognition.md, "Decision"):
 * allow p*unwanted_ring; label p*unwanted_ring*(1-label_relief) + (1-p)*wrong_label;
 * screen p*screen_unwanted + (1-p)*screen_wanted; block (1-p)*missed_wanted. */
struct an_costs {
    float unwanted_ring, label_relief, wrong_label, screen_unwanted, screen_wanted, missed_wanted;
};

/* At least so much. */
enum an_reported { AN_REPORTED_LABEL, AN_REPORTED_SCREEN, AN_REPORTED_BLOCK };

struct an_policy {
    struct an_costs costs[AN_LEVEL_COUNT];
    enum an_level level;        /* of callees without one of their own */
    bool label, screen, block;  /* actions this site uses; one switched off falls to the next milder */
    enum an_reported reported;  /* what a callee's own report does to that caller's next calls to him */
    double explore_share;       /* 0..0.01: doubtful calls left unlabelled by chance */
    uint32_t emergency_window_s;
};

/* A trunk by the addresses it calls from. The first rule that matches wins; an address no rule knows is a trunk of
 * its own, named by the address. */
struct an_trunk_rule {
    char name[24];
    uint8_t network[16];    /* IPv6 or IPv4-mapped, network order */
    uint8_t prefix_bits;    /* of 128 */
    uint16_t port;          /* 0: any */
    bool may_show_public;   /* emergency and public-service numbers are believed on this trunk */
    bool proxy;             /* a proxy of ours: the call's trunk is the one before it, by the next Via */
    bool subscribers;       /* subscribers of ours call out by it, and their numbers have been checked */
};

/* A registered firm: a no said to one of its numbers is said to all of them. */
struct an_firm {
    uint32_t id; /* an_firm_id(name): stable, as the state and the journal keep it */
    uint32_t trunk_first, trunk_count; /* of firm_trunks: where its numbers are its own */
    char name[AN_FIRM_NAME_MAX + 1];
};

/* Canaries: values of the map. Further values are holders, the first one 2. */
enum { AN_CANARY_NOBODY = 1, AN_CANARY_HOLDER = 2 };

struct an_callee_level {
    an_number callee;
    uint8_t level; /* enum an_level */
};

struct an_act_settings {
    uint16_t block_status;    /* 603, 607 or 608 */
    char next_hop[128];       /* host[:port] the 302 points at; empty: the Request-URI as it came */
    char screener[128];       /* SIP URI of the screening assistant; empty: no screening */
    char redress_url[192];    /* put before the token in a block's Call-Info; empty: none */
    char label_language[3];   /* "zh" or "en": display text of a label */
    char server[64];          /* Server header; empty: none */
    an_number short_code;     /* called by a subscriber right after a call to report it; AN_NUMBER_NONE: none */
};

struct an_settings {
    uint64_t version;             /* hash of text: the version in each verdict */
    char *text;                   /* [own] canonical JSON of all that affects a verdict; journalled */
    size_t text_len;
    struct an_policy policy;
    struct an_act_settings act;
    uint16_t country_code;        /* of national numbers; 86 */
    char area_code[6];            /* of local landline numbers without one ("10" for Beijing, "755"); empty: none */
    int32_t utc_offset_s;         /* of local time; 28800 */
    size_t trunk_count;
    struct an_trunk_rule *trunks; /* [own] */
    struct an_number_set allow, deny; /* callers, for every callee */
    size_t firm_count, firm_trunk_count;
    struct an_firm *firms;          /* [own] */
    char (*firm_trunks)[24];        /* [own] names */
    struct an_number_map firm_numbers; /* index of the firm, and 1 */
    struct an_number_map canaries;
    size_t canary_holder_count;
    char (*canary_holders)[AN_FIRM_NAME_MAX + 1]; /* [own] */
    float canary_weight;            /* holes that a call to a canary of nobody counts for */
    size_t callee_level_count;
    struct an_callee_level *callee_levels; /* [own] sorted by callee */
};

/* Defaults, with no lists and no trunks. Never fails but for memory. */
enum an_err an_settings_init(struct an_settings *settings);
void an_settings_done(struct an_settings *settings);
/* The firm that registered this number, or NULL. */
const struct an_firm *an_settings_firm(const struct an_settings *settings, an_number number);
/* Whether a trunk of this name is one of the firm's own. */
bool an_settings_firm_on(const struct an_settings *settings, const struct an_firm *firm, const char *trunk);
uint32_t an_firm_id(const char *name);
/* Level of a callee. O(log n). */
enum an_level an_settings_level(const struct an_settings *settings, an_number callee);

#endif
