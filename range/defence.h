/* A defence: whatever stands between a call and a phone. Layer: range. Anning is one, the baselines are others; each
 * is asked and told the same, in order of time, by one thread. */
#ifndef ANNING_RANGE_DEFENCE_H
#define ANNING_RANGE_DEFENCE_H

#include "base/err.h"
#include "range/call.h"

/* What the network's trunks and builds are called on the wire. */
struct ar_names {
    const char *const *trunks; /* "op-mobile-1", "platform-7" */
    const char *const *shapes; /* User-Agent texts; equal texts: one build */
    uint32_t trunk_count, shape_count;
};

struct ar_defence {
    const char *name; /* "none", "frequency", "blacklist", "reputation", "anning" */
    const char *text_en, *text_zh;
    void *self;
    /* Fills call->action, probability, verdict_category, token out of the network's part of the call. AN_ERR_IO: the
     * defence is gone; the run ends with what was measured so far. */
    enum an_err (*decide)(void *self, struct ar_call *call);
    /* The callee picked up. NULL: not wanted. */
    void (*answered)(void *self, const struct ar_call *call, uint64_t time_us);
    /* It is over: outcome, ring_ms, talk_ms. */
    void (*ended)(void *self, const struct ar_call *call, uint64_t time_us);
    /* The callee, or somebody pretending, says what it was. reporter: the callee's number. */
    void (*reported)(void *self, const struct ar_call *call, uint64_t time_us, bool wanted, enum an_category category);
    void (*free)(void *self);
};

/* The baselines, range/baselines.c. AN_OK or AN_ERR_NO_MEMORY. */
enum an_err ar_defence_none(struct ar_defence *ret_defence);
enum an_err ar_defence_frequency(struct ar_defence *ret_defence); /* calls of one number in 10 minutes, 1 hour, 1 day */
enum an_err ar_defence_blacklist(struct ar_defence *ret_defence); /* shared list fed by reports, a day later */
enum an_err
ar_defence_reputation(struct ar_defence *ret_defence); /* a number's reports, refusals, short calls, at once */
/* Anning in process (libanning), range/defence_anning.c. */
struct ar_anning_options {
    const char *config;   /* a file; NULL: its defaults */
    const char *data_dir; /* journal and state are kept there; NULL: nowhere */
    uint64_t subscribers; /* sizes its tables */
};
enum an_err ar_defence_anning(const struct ar_names *names, const struct ar_anning_options *how,
                              struct ar_defence *ret_defence, struct an_error *error);
struct ar_live_options {
    uint64_t later_us; /* what the daemon is told is so much later; whole weeks leave hours and weekdays as they are */
    uint64_t since_us; /* what happens before, in the range's time, is let through and not told; 0: all is told */
    bool paced;        /* nothing is told before the clock says so much; what is past by then goes out at once */
};
/* A running anningd on loopback: attempts over SIP (UDP), outcomes and reports over HTTP; range/defence_live.c.
 * sip "127.0.0.1:5060", http "127.0.0.1:8080". Refuses any address outside 127.0.0.0/8 and ::1. Each of the world's
 * trunks sends from an address of its own in 127.64.0.0/10. */
enum an_err ar_defence_live(const struct ar_names *names, const char *sip, const char *http,
                            const struct ar_live_options *how, struct ar_defence *ret_defence, struct an_error *error);

#endif
