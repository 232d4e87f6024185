/* Judging again what the journal holds: one verdict, a stretch under other settings, and what an operator's word on a
 * campaign would change. Layer: engine; reads the journal, touches nothing that calls are judged by.
 *
 * A dry run decides each verdict of a stretch again by other costs and switches, on the grounds that are on record:
 * probability, rules, the callee's own choice. What depends on lists, on the model or on what would have happened since
 * is not simulated. One runs at a time, on a thread of its own; the last eight results are kept. Speed: docs/desk.md.
 */
#ifndef ANNING_ENGINE_AGAIN_H
#define ANNING_ENGINE_AGAIN_H

#include "base/err.h"
#include "engine/engine.h"
#include "model/record.h"
#include "model/settings.h"
#include "score/model.h"

/* Score and decision of a verdict, recomputed from features; features NULL: its own. What was a circumstance (lists,
 * emergency window, the callee's settings, the dice) stays as it is on record. */
void an_judge_again(const struct an_verdict *was, const an_mini *features, const struct an_score_model *model,
                    const struct an_policy *policy, struct an_verdict *ret_is);

enum { AN_DRYRUNS_KEPT = 8, AN_DRYRUN_EXAMPLES = 24 };

struct an_dryruns;

struct an_dryrun_request {
    uint64_t from_us, to_us; /* event time, to is exclusive */
    struct an_policy policy; /* to be tried */
    enum an_level level;     /* of callees without one of their own, as it is now */
};

enum an_dryrun_state { AN_DRYRUN_RUNS, AN_DRYRUN_DONE, AN_DRYRUN_FAILED };

struct an_changes {
    uint64_t n[AN_ACTION_COUNT][AN_ACTION_COUNT]; /* before, after */
};

struct an_dryrun {
    int64_t id;
    enum an_dryrun_state state;
    uint64_t from_us, to_us, done, total; /* bytes of the journal */
    uint64_t calls;
    struct an_changes change, by_class[AN_CATEGORY_COUNT];
    struct an_dryrun_example {
        struct an_token token;
        uint64_t time_us;
        an_number caller, callee;
        float probability;
        uint32_t rules;
        uint16_t chosen;
        uint8_t before, after, category;
    } examples[AN_DRYRUN_EXAMPLES]; /* at most a sixth of them of one kind of change */
    uint32_t example_count;
    char why[160]; /* of a failure */
};

/* data_dir: [borrow]. */
enum an_err an_dryruns_new(const char *data_dir, struct an_dryruns **ret, struct an_error *error);
/* Ends one that runs. NULL is taken. */
void an_dryruns_free(struct an_dryruns *dryruns);
/* AN_ERR_BUSY: one runs. */
enum an_err an_dryrun_start(struct an_dryruns *dryruns, const struct an_dryrun_request *request, int64_t *ret_id,
                            struct an_error *error);
/* AN_ERR_NOT_FOUND. */
enum an_err an_dryrun_get(struct an_dryruns *dryruns, int64_t id, struct an_dryrun *ret_dryrun);

/* What a word would do to the calls of the last day: those of the campaign are judged again as if it held already.
 * Reads the journal from the newest hour backwards for at most budget_ms. */
struct an_effect {
    uint64_t calls;          /* of the campaign, that were read */
    uint64_t from_us, to_us; /* how much of the day was read */
    bool whole;              /* all of it */
    struct an_changes change;
    struct an_dryrun_example examples[AN_DRYRUN_EXAMPLES];
    uint32_t example_count;
};
/* AN_ERR_NOT_FOUND, AN_ERR_INVALID: it could not be said; AN_ERR_BUSY: another is asked about; AN_ERR_IO. Any thread
 * but a context's; may take budget_ms, and holds no lock longer than for one call. */
enum an_err an_engine_campaign_effect(struct an_engine *engine, const struct an_record_campaign *word, uint64_t now_us,
                                      unsigned budget_ms, struct an_effect *ret_effect, struct an_error *error);

#endif
