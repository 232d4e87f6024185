/* A campaign's inside, shared by adversary.c (dialling) and moves.c (adapting). Layer: range; not for others. */
#ifndef ANNING_RANGE_CAMPAIGN_H
#define ANNING_RANGE_CAMPAIGN_H

#include "range/adversary.h"

enum { AR_RETRY_MAX = 16384, AR_SIMS_MAX = 512, AR_TEST_EVERY = 12, AR_LOOK_EVERY = 12 };

struct ar_line {
    uint64_t next_us; /* UINT64_MAX: a call is under way */
    uint32_t sim;     /* row of sims */
};

struct ar_sim {
    an_number number;
    uint16_t trunk, shape;
    uint32_t calls, busy; /* calls so far; calls now */
    uint64_t until_us;    /* suspended from then on by its own operator */
};

struct ar_retry {
    uint64_t after_us;
    an_number number;
    uint32_t id;
    uint32_t tries;
    uint32_t sim;   /* row of the SIM that called before */
    an_number from; /* and its number */
};

struct ar_campaign {
    struct ar_world *world; /* [borrow] */
    struct ar_board *board; /* [borrow] */
    const struct ar_city *city;
    unsigned source;
    uint32_t number;
    struct ar_adversary_setting setting;
    struct ar_mode mode; /* as it works now: A9 changes it */
    struct ar_random random;
    struct ar_ledger ledger;
    uint64_t begin_us, end_us, paused_until_us;
    unsigned from_minute, to_minute; /* of the day: when it dials */
    uint32_t line_count;
    struct ar_line *lines; /* [own] a heap, the earliest first */
    uint32_t under_way;
    uint64_t day;
    uint32_t day_calls, day_plan;
    /* whom */
    uint64_t key, cursor; /* of the list: a permutation of the city */
    uint32_t sweep_block;
    uint64_t sweep_at, sweep_key;
    bool shuffled; /* sweeps in a random order inside a block */
    size_t retry_begin, retry_count;
    struct ar_retry *retries; /* [own] a ring */
    an_number test_phone;     /* one of its own phones: a number of the city that nobody else has */
    /* what is shown */
    uint16_t trunk, shape;
    uint32_t trunk_choice, shape_choice;
    uint32_t sim_count;
    struct ar_sim sims[AR_SIMS_MAX];
    uint32_t pool_key;
    /* how careful */
    double pause_factor, jitter; /* 0: fixed pauses; 1: as random as people's */
    bool silence_varies, ring_varies, decoys;
    uint32_t false_reports;
    uint32_t tests, tests_clean, since_look, next_move;
};

/* What the number on the display will be. */
void ar_campaign_show(struct ar_campaign *c, struct ar_line *line, struct ar_call *call);
/* A fresh SIM into the drawer's row. */
void ar_campaign_new_sim(struct ar_campaign *c, uint32_t row);
/* After each of its calls: counts its test phones and moves when it must. */
void ar_campaign_look(struct ar_campaign *c, const struct ar_call *call);

#endif
