#include "range/run.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "range/network.h"
#include "range/people.h"
#include "range/services.h"
#include "range/smear.h"

static const char *const kind_names[AR_DEFENCE_COUNT] = { "none",       "frequency", "blacklist",
                                                          "reputation", "anning",    "live" };

const char *ar_defence_kind_name(enum ar_defence_kind kind)
{
    return (unsigned)kind < AR_DEFENCE_COUNT ? kind_names[kind] : "unknown";
}

enum an_err ar_defence_kind_of(const char *name, enum ar_defence_kind *ret_kind)
{
    for (int k = 0; k < AR_DEFENCE_COUNT; k++) {
        if (strcmp(kind_names[k], name) != 0) continue;
        *ret_kind = (enum ar_defence_kind)k;
        return AN_OK;
    }
    return AN_ERR_NOT_FOUND;
}

/* Everything of a run while it lasts. */
struct stage {
    const struct ar_run_options *options; /* [borrow] */
    struct ar_defence defence;            /* what the world asks: taps inner */
    struct ar_defence inner;
    struct ar_tally tally;
    struct ar_board *board;
    struct ar_world *world;
    struct ar_campaign *campaigns[AR_ADVERSARIES_MAX];
    size_t campaign_count;
};

static enum an_err tap(void *self, struct ar_call *call)
{
    struct stage *stage = self;
    enum an_err err = stage->inner.decide(stage->inner.self, call);
    if (err == AN_OK && stage->options->truth != NULL) ar_truth_write(stage->options->truth, call);
    if (!call->is_test) stage->tally.actions[call->truth][call->action]++;
    return err;
}

static void tap_answered(void *self, const struct ar_call *call, uint64_t time_us)
{
    const struct stage *stage = self;
    stage->inner.answered(stage->inner.self, call, time_us);
}

static void tap_ended(void *self, const struct ar_call *call, uint64_t time_us)
{
    const struct stage *stage = self;
    stage->inner.ended(stage->inner.self, call, time_us);
}

static void tap_reported(void *self, const struct ar_call *call, uint64_t time_us, bool wanted,
                         enum an_category category)
{
    const struct stage *stage = self;
    stage->inner.reported(stage->inner.self, call, time_us, wanted, category);
}

static void tap_in(struct stage *stage)
{
    stage->defence = stage->inner;
    stage->defence.self = stage;
    stage->defence.decide = tap;
    stage->defence.free = NULL;
    if (stage->inner.answered != NULL) stage->defence.answered = tap_answered;
    if (stage->inner.ended != NULL) stage->defence.ended = tap_ended;
    if (stage->inner.reported != NULL) stage->defence.reported = tap_reported;
}

/* Told of its network unless there is a configuration. */
static enum an_err make_anning(struct stage *stage, const struct ar_names *names, struct an_error *error)
{
    const struct ar_run_options *options = stage->options;
    struct ar_anning_options how = { options->config, options->data_dir, options->scenario->subscribers };
    char path[AR_NETWORK_PATH_MAX];
    int network = -1;
    if (how.config == NULL) {
        network = ar_network_open(names, path, error);
        if (network < 0) return AN_ERR_IO;
        how.config = path;
    }
    enum an_err err = ar_defence_anning(names, &how, &stage->inner, error);
    if (network >= 0) close(network);
    return err;
}

static enum an_err make_defence(struct stage *stage, struct an_error *error)
{
    const struct ar_run_options *options = stage->options;
    const struct ar_names *names = ar_world_names(stage->world);
    enum an_err err = AN_OK;
    switch (options->kind) {
    case AR_DEFENCE_NONE: err = ar_defence_none(&stage->inner); break;
    case AR_DEFENCE_FREQUENCY: err = ar_defence_frequency(&stage->inner); break;
    case AR_DEFENCE_BLACKLIST: err = ar_defence_blacklist(&stage->inner); break;
    case AR_DEFENCE_REPUTATION: err = ar_defence_reputation(&stage->inner); break;
    case AR_DEFENCE_ANNING: return make_anning(stage, names, error);
    default: return ar_defence_live(names, options->sip, options->http, &options->live, &stage->inner, error);
    }
    return err == AN_OK ? AN_OK : an_fail(error, err, "no memory for the defence");
}

static enum an_err populate(struct stage *stage, struct an_error *error)
{
    const struct ar_scenario *scenario = stage->options->scenario;
    bool borrow = false;
    for (size_t i = 0; i < scenario->adversary_count; i++) borrow = borrow || scenario->adversaries[i].borrow_numbers;
    enum an_err err = ar_people_add(stage->world, borrow ? ar_adversary_borrows : NULL, stage->world);
    if (err == AN_OK) err = ar_services_add(stage->world, scenario->services);
    if (err == AN_OK) err = ar_smear_add(stage->world, scenario->smear_accounts);
    for (size_t i = 0; i < scenario->adversary_count && err == AN_OK; i++) {
        err = ar_adversary_add(stage->world, stage->board, &scenario->adversaries[i], (uint32_t)i + 1,
                               &stage->campaigns[i]);
        if (err == AN_OK) stage->campaign_count++;
    }
    return err == AN_OK ? AN_OK : an_fail(error, err, "no memory for the city's callers");
}

/* The world keeps a pointer to the defence, which in turn needs the world's names of trunks. */
static enum an_err set_up(struct stage *stage, struct an_error *error)
{
    const struct ar_run_options *options = stage->options;
    double warm_up_us = options->scenario->warm_up_days * 86400e6;
    uint64_t measure_from_us = AR_BEGIN_US + (uint64_t)warm_up_us;
    enum an_err err = ar_board_new(ar_defence_kind_name(options->kind), measure_from_us, &stage->board);
    if (err != AN_OK) return an_fail(error, err, "no memory for the board");
    err = ar_world_new(options->scenario, options->seed, &stage->defence, stage->board, &stage->world, error);
    if (err == AN_OK) err = make_defence(stage, error);
    if (err == AN_OK) tap_in(stage);
    if (err == AN_OK) err = populate(stage, error);
    return err;
}

static void tear_down(struct stage *stage)
{
    if (stage->inner.free != NULL) stage->inner.free(stage->inner.self);
    ar_world_free(stage->world);
}

/* false: the caller wants to stop. */
static bool tell(const struct stage *stage, uint64_t start_us)
{
    if (stage->options->progress == NULL) return true;
    const struct ar_run_progress progress = { .kind = stage->options->kind,
                                              .tally = &stage->tally,
                                              .now_us = ar_world_now_us(stage->world),
                                              .begin_us = ar_world_begin_us(stage->world),
                                              .end_us = ar_world_end_us(stage->world),
                                              .events = ar_world_events(stage->world),
                                              .spent_s = (double)(an_clock_mono_us() - start_us) / 1e6,
                                              .board = stage->board,
                                              .campaign_count = stage->campaign_count,
                                              .campaigns = stage->campaigns };
    return stage->options->progress(stage->options->user, &progress);
}

static void move_on(struct stage *stage, struct ar_run *run)
{
    uint64_t step_us = stage->options->step_us == 0 ? 60000000 : stage->options->step_us, start_us = an_clock_mono_us();
    enum an_err err = AN_OK;
    bool go_on = true;
    while (err == AN_OK && go_on) {
        err = ar_world_run(stage->world, ar_world_now_us(stage->world) + step_us);
        go_on = tell(stage, start_us);
    }
    run->whole = err == AN_ERR_END;
    if (err == AN_ERR_IO)
        an_error_say(&run->why, "the defence \"%s\" is gone", ar_defence_kind_name(run->kind));
    else if (!run->whole)
        an_error_say(&run->why, "stopped by hand");
    run->spent_s = (double)(an_clock_mono_us() - start_us) / 1e6;
    run->events = ar_world_events(stage->world);
    run->until_us = ar_world_now_us(stage->world);
}

enum an_err ar_run(const struct ar_run_options *options, struct ar_run *ret_run, struct an_error *error)
{
    an_assert(options != NULL && options->scenario != NULL && ret_run != NULL);
    struct stage stage = { .options = options };
    enum an_err err = set_up(&stage, error);
    if (err != AN_OK) {
        tear_down(&stage);
        ar_board_free(stage.board);
        return err;
    }
    *ret_run = (struct ar_run) { .board = stage.board, .kind = options->kind, .seed = options->seed };
    move_on(&stage, ret_run);
    for (size_t i = 0; i < stage.campaign_count; i++)
        ar_board_ledger(stage.board, (uint32_t)i + 1, ar_adversary_ledger(stage.campaigns[i]));
    tear_down(&stage);
    return AN_OK;
}

void ar_run_result(const struct ar_run *run, const struct ar_scenario *scenario, const char *split,
                   struct ar_result *ret_result)
{
    an_assert(run != NULL && run->board != NULL && ret_result != NULL);
    ar_board_result(run->board, ret_result);
    snprintf(ret_result->scenario, sizeof ret_result->scenario, "%s", scenario->name);
    snprintf(ret_result->split, sizeof ret_result->split, "%s", split);
    snprintf(ret_result->why, sizeof ret_result->why, "%.150s", run->why.text);
    ret_result->seed = run->seed;
    ret_result->events = run->events;
    ret_result->subscribers = scenario->subscribers;
    ret_result->simulated_s = (double)(run->until_us - AR_BEGIN_US) / 1e6;
    ret_result->wall_s = run->spent_s;
    ret_result->whole = run->whole;
}

void ar_run_done(struct ar_run *run)
{
    ar_board_free(run->board);
    run->board = NULL;
}
