/* One run: a scenario, a seed, a defence; ends with a board. Layer: range. The same city, callers and adversaries for
 * every defence: what differs afterwards is the defence's doing and what people and adversaries made of it. */
#ifndef ANNING_RANGE_RUN_H
#define ANNING_RANGE_RUN_H

#include "range/adversary.h"
#include "range/board.h"
#include "range/truth.h"
#include "range/world.h"

enum ar_defence_kind {
    AR_DEFENCE_NONE,
    AR_DEFENCE_FREQUENCY,
    AR_DEFENCE_BLACKLIST,
    AR_DEFENCE_REPUTATION,
    AR_DEFENCE_ANNING, /* in process */
    AR_DEFENCE_LIVE,   /* a running anningd */
    AR_DEFENCE_COUNT
};

/* "none", "frequency", ... "live". */
const char *ar_defence_kind_name(enum ar_defence_kind kind);
/* AN_OK or AN_ERR_NOT_FOUND. */
enum an_err ar_defence_kind_of(const char *name, enum ar_defence_kind *ret_kind);

/* Verdicts so far, by class; for looking on. The board has the figures that count. */
struct ar_tally {
    uint64_t actions[AR_CLASS_COUNT][AN_ACTION_COUNT];
};

struct ar_run_progress {
    enum ar_defence_kind kind;
    uint64_t now_us, begin_us, end_us, events;
    double spent_s;               /* real time */
    const struct ar_board *board; /* of what is over so far */
    const struct ar_tally *tally;
    size_t campaign_count;
    struct ar_campaign *const *campaigns;
};

struct ar_run_options {
    const struct ar_scenario *scenario; /* [borrow] */
    uint64_t seed;
    enum ar_defence_kind kind;
    const char *config;     /* of Anning in process; NULL: range/network.h */
    const char *data_dir;   /* of Anning in process; NULL: nothing is kept */
    const char *sip, *http; /* of the live one */
    struct ar_live_options live;
    struct ar_truth *truth; /* [borrow] what every call is; NULL: not wanted */
    uint64_t step_us;       /* simulated time between two calls of progress; 0: a minute */
    /* false: stop here, what was measured stands. NULL: none. */
    bool (*progress)(void *user, const struct ar_run_progress *progress);
    void *user;
};

struct ar_run {
    struct ar_board *board; /* [own] of ar_run_done */
    enum ar_defence_kind kind;
    uint64_t seed, events;
    double spent_s;      /* real time */
    uint64_t until_us;   /* simulated time reached */
    bool whole;          /* to the scenario's end */
    struct an_error why; /* not whole: why */
};

/* AN_OK, also of a run that ended early (whole tells); otherwise nothing was run and error says why. */
enum an_err ar_run(const struct ar_run_options *options, struct ar_run *ret_run, struct an_error *error);
/* The board's figures and what the run knows of itself. split: "train", "tune", "final" or "". */
void ar_run_result(const struct ar_run *run, const struct ar_scenario *scenario, const char *split,
                   struct ar_result *ret_result);
void ar_run_done(struct ar_run *run);

#endif
