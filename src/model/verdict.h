/* What the door answers, and why. Layer: model. */
#ifndef ANNING_MODEL_VERDICT_H
#define ANNING_MODEL_VERDICT_H

#include <stdint.h>

#include "base/mini.h"
#include "model/feature.h"

enum an_action { AN_ACTION_ALLOW, AN_ACTION_LABEL, AN_ACTION_SCREEN, AN_ACTION_BLOCK, AN_ACTION_COUNT };

enum an_category {
    AN_CATEGORY_UNKNOWN,
    AN_CATEGORY_LOAN,
    AN_CATEGORY_DEBT,
    AN_CATEGORY_PROPERTY,
    AN_CATEGORY_RENOVATION,
    AN_CATEGORY_EDUCATION,
    AN_CATEGORY_INSURANCE,
    AN_CATEGORY_MEDICAL,
    AN_CATEGORY_STOCKS,
    AN_CATEGORY_MARKETING, /* other marketing */
    AN_CATEGORY_FRAUD,
    AN_CATEGORY_AUTOMATED, /* a wanted automated call */
    AN_CATEGORY_PERSON,
    AN_CATEGORY_COUNT
};

/* What a callee chose for calls of one kind: a range, some hours, a region, a category. In order of severity. */
enum an_choice {
    AN_CHOICE_DEFAULT,
    AN_CHOICE_PASS,
    AN_CHOICE_LABEL,
    AN_CHOICE_SCREEN,
    AN_CHOICE_BLOCK,
    AN_CHOICE_COUNT
};

enum an_level { AN_LEVEL_LOOSE, AN_LEVEL_STANDARD, AN_LEVEL_STRICT, AN_LEVEL_COUNT };

/* Circumstances that bind the decision whatever the score is; journalled, so that a decision replays. From 1 << 16 on:
 * what the callee's own settings said (model/callee.h). */
enum an_rule {
    AN_RULE_CALLEE_DENIES = 1,     /* on the site's deny list, or this callee told the caller or its firm to stop */
    AN_RULE_CALLEE_ALLOWS = 2,     /* on an allow list */
    AN_RULE_RELATION = 4,          /* the callee called this number, or they talked */
    AN_RULE_PUBLIC_SERVICE = 8,    /* the caller is an emergency or public-service number on its own trunk */
    AN_RULE_AFTER_EMERGENCY = 16,  /* the callee called 110, 119, 120 or 122 in the last two hours */
    AN_RULE_TO_EMERGENCY = 32,     /* the call goes to an emergency number */
    AN_RULE_OWN_EVIDENCE = 64,     /* behaviour of the call's own number or cell speaks, not only its block or trunk */
    AN_RULE_EXPLORE = 128,         /* left unlabelled by chance, so that the truth stays measurable (fairness rule 5) */
    AN_RULE_FALLBACK = 256,        /* a stage could not answer in time */
    AN_RULE_CALLEE_REPORTED = 512, /* this callee reported this caller within 60 days: policy.reported at least */
    AN_RULE_LABELLED_UNWANTED = 1024, /* an operator's label in force says unwanted: a label at least */
    AN_RULE_LABELLED_WANTED = 2048,   /* one says wanted (redress): the score does nothing to the call */
    AN_RULE_OPTED_OUT = 1 << 16,      /* the callee wants no door: every call is allowed */
    AN_RULE_CONTACT = 1 << 17,        /* the caller is among the callee's contacts */
    AN_RULE_BLOCKED = 1 << 18,        /* among the callee's blocked numbers */
    AN_RULE_EXPECTED = 1 << 19,       /* the callee expects a kind of call that this one could be; chosen: which */
    AN_RULE_HOSTILE = 1 << 20,        /* but it is of a hostile campaign and held for unwanted; only beside EXPECTED */
    AN_RULE_RANGE = 1 << 21,          /* these four: the callee chose what happens to such calls; chosen: what */
    AN_RULE_HOURS = 1 << 22,
    AN_RULE_REGION = 1 << 23,
    AN_RULE_CATEGORY = 1 << 24,
};

/* verdict.chosen: five fields of 3 bits. Each of the first four an enum an_choice, the last one 1 + enum an_expected.
 */
enum an_chosen {
    AN_CHOSEN_RANGE = 0,
    AN_CHOSEN_HOURS = 3,
    AN_CHOSEN_REGION = 6,
    AN_CHOSEN_CATEGORY = 9,
    AN_CHOSEN_EXPECTED = 12,
    AN_CHOSEN_BITS = 15
};

static inline unsigned an_chosen_get(unsigned chosen, enum an_chosen field)
{
    return chosen >> field & 7;
}

enum { AN_VERDICT_SYMBOLS_MAX = 8, AN_VERDICT_CAUSES_MAX = 4 };

struct an_verdict_symbol {
    uint16_t id;    /* row of score/symbols.def */
    int16_t weight; /* contribution in 1/100 log-odds; positive: unwanted. With a learned model: what it made of the
                       feature behind the symbol; 0: nothing */
};

/* A feature that moved a learned model's score. */
struct an_verdict_cause {
    uint16_t feature; /* enum an_feature */
    int16_t weight;   /* in 1/100 log-odds; positive: unwanted */
};

/* The token names the verdict to redress and evidence: 16 bytes, shown as 26 letters and digits (Crockford base 32,
 * no I, L, O, U). time_us of the attempt, the worker, and 64 bits of a keyed MAC, so that it can't be guessed. */
struct an_token {
    uint8_t bytes[16];
};
enum { AN_TOKEN_TEXT_MAX = 27 };
/* Whether it names anything: not all zero. */
bool an_token_given(const struct an_token *token);
void an_token_text(const struct an_token *token, char out[AN_TOKEN_TEXT_MAX]);
/* AN_OK or AN_ERR_MALFORMED; small letters are taken too. */
int an_token_of_text(const char *text, size_t len, struct an_token *ret_token);
/* Where to look: attempt time (microseconds) and worker out of the token. */
uint64_t an_token_time_us(const struct an_token *token);
unsigned an_token_worker(const struct an_token *token);
/* Lays out a token; mac: 8 bytes. worker < 256. */
void an_token_make(uint64_t time_us, unsigned worker, uint64_t mac, struct an_token *ret_token);

struct an_verdict {
    struct an_token token;
    float probability; /* that the callee does not want this call: by hand-set weights the logistic of log_odds, not
                          calibrated; by a learned model calibrated on held-out calls */
    float log_odds;    /* the same before the logistic or the calibration */
    uint32_t score_version;    /* of formula, symbol table and learned model */
    float shadow_probability;  /* of the model that scores beside the live one, where has_shadow is 1 */
    uint32_t campaign;         /* id of the live campaign it was found to be of; 0: none */
    uint32_t signatures;       /* version of the campaigns' snapshot it was compared with; 0: there was none */
    uint64_t settings_version; /* hash of the settings in force; the journal holds their text */
    uint8_t action;            /* enum an_action */
    uint8_t category;          /* enum an_category */
    uint8_t level;             /* enum an_level of the callee */
    uint8_t symbol_count;
    uint32_t rules;          /* enum an_rule */
    uint32_t callee_version; /* of the callee's own settings; 0: he has none, the site's hold */
    uint16_t chosen;         /* what those said of this call: enum an_chosen */
    uint8_t cause_count;
    uint8_t has_shadow;
    struct an_verdict_symbol symbols[AN_VERDICT_SYMBOLS_MAX]; /* strongest first */
    struct an_verdict_cause causes[AN_VERDICT_CAUSES_MAX];    /* of a learned model, strongest first */
    an_mini features[AN_FEATURE_COUNT];                       /* what the score was computed from */
};

const char *an_action_name(enum an_action action);
const char *an_category_name(enum an_category category); /* "loan" */
const char *an_category_zh(enum an_category category);   /* "贷款理财" */
int an_category_of(const char *name, size_t len, enum an_category *ret_category);
const char *an_level_name(enum an_level level);
int an_level_of(const char *name, size_t len, enum an_level *ret_level);

#endif
