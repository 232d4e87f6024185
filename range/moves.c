/* How an adversary moves when too few of its calls ring unlabelled. It knows only what its own test phones show, as a
 * real one does. Strength decides which moves it has; each costs money and time. */
#include "range/campaign.h"

enum move {
    MOVE_ROTATE,   /* other numbers */
    MOVE_SLOW,     /* longer, irregular pauses; rings and silences vary */
    MOVE_BUILD,    /* another dialler build: User-Agent, SDP */
    MOVE_TRUNK,    /* another trunk */
    MOVE_SHUFFLE,  /* no sweeps in order; another script */
    MOVE_DECOYS,   /* calls between its own numbers, to look called back */
    MOVE_SPREAD,   /* more SIMs, fewer calls on each */
    MOVE_REPORTS,  /* bought accounts say "not spam" */
    MOVE_FAILOVER, /* A9: another scheme altogether */
    MOVE_COUNT
};

/* Price in yuan and pause of each move. Rough: a day's wage of somebody who knows how, a rented trunk's set-up fee. */
static const struct {
    double yuan, pause_min;
    unsigned strength; /* from which on it is known */
    enum ar_cost cost;
} moves[MOVE_COUNT] = {
    [MOVE_ROTATE] = { 20, 2, 2, AR_COST_NUMBERS },   [MOVE_SLOW] = { 0, 0, 3, AR_COST_CHANGES },
    [MOVE_BUILD] = { 200, 30, 3, AR_COST_CHANGES },  [MOVE_TRUNK] = { 500, 120, 4, AR_COST_CHANGES },
    [MOVE_SHUFFLE] = { 100, 10, 3, AR_COST_CHANGES }, [MOVE_DECOYS] = { 50, 0, 4, AR_COST_CHANGES },
    [MOVE_SPREAD] = { 100, 60, 5, AR_COST_NUMBERS }, [MOVE_REPORTS] = { 200, 0, 5, AR_COST_REPORTS },
    [MOVE_FAILOVER] = { 300, 60, 1, AR_COST_CHANGES },
};

static void rotate(struct ar_campaign *c)
{
    for (uint32_t i = 0; i < c->sim_count; i++) ar_campaign_new_sim(c, i);
    c->ledger.rotations++;
    ar_board_rotation(c->board, c->number, ar_world_now_us(c->world));
}

static void slow_down(struct ar_campaign *c)
{
    if (c->pause_factor < 40) c->pause_factor *= 1.6;
    c->jitter = 1;
    c->ring_varies = c->silence_varies = true;
}

static void move_trunk(struct ar_campaign *c)
{
    c->trunk_choice += 7;
    if (!c->mode.sims) c->trunk = ar_city_platform_trunk(c->city, c->trunk_choice);
    ar_board_rotation(c->board, c->number, ar_world_now_us(c->world));
}

static void spread(struct ar_campaign *c)
{
    uint32_t more = c->sim_count + c->line_count;
    if (!c->mode.sims || more > AR_SIMS_MAX) return;
    for (uint32_t i = c->sim_count; i < more; i++) ar_campaign_new_sim(c, i);
    c->sim_count = more;
}

/* Where scheme and script stop working, the same list goes on by another one: pool to SIM box, SIM box to pool. */
static void fail_over(struct ar_campaign *c)
{
    bool to_sims = !c->mode.sims;
    enum ar_class class = c->mode.class;
    c->mode = *ar_mode_of(to_sims ? AR_CLASS_A8 : AR_CLASS_A4);
    c->mode.class = to_sims ? AR_CLASS_A8 : class;
    if (to_sims) {
        c->sim_count = c->line_count < AR_SIMS_MAX ? c->line_count : AR_SIMS_MAX;
        rotate(c);
        for (uint32_t i = 0; i < c->line_count; i++)
            if (c->lines[i].next_us != UINT64_MAX) c->lines[i].sim = i % c->sim_count;
    } else {
        move_trunk(c);
    }
}

static bool can(const struct ar_campaign *c, enum move move)
{
    if (c->setting.strength < moves[move].strength) return false;
    switch (move) {
    case MOVE_ROTATE: return c->sim_count > 0;
    case MOVE_TRUNK: return !c->mode.sims && ar_world_scenario(c->world)->platform_trunks > 1;
    case MOVE_SHUFFLE: return true;
    case MOVE_SPREAD: return c->mode.sims;
    case MOVE_FAILOVER: return c->setting.mode == AR_CLASS_A9;
    default: return true;
    }
}

static void make(struct ar_campaign *c, enum move move)
{
    switch (move) {
    case MOVE_ROTATE: rotate(c); break;
    case MOVE_SLOW: slow_down(c); break;
    case MOVE_BUILD: c->shape = ar_city_dialler_shape(c->city, ++c->shape_choice); break;
    case MOVE_TRUNK: move_trunk(c); break;
    case MOVE_SHUFFLE:
        c->shuffled = true;
        if (c->mode.opening_s > 0) c->mode.opening_s = 6 + 10 * ar_random_unit(&c->random);
        break;
    case MOVE_DECOYS: c->decoys = true; break;
    case MOVE_SPREAD: spread(c); break;
    case MOVE_REPORTS: c->false_reports += 20; break;
    default: fail_over(c);
    }
    c->ledger.yuan[moves[move].cost] += moves[move].yuan;
    c->ledger.moves++;
    uint64_t until_us = ar_world_now_us(c->world) + (uint64_t)(moves[move].pause_min * 60e6);
    if (until_us > c->paused_until_us) c->paused_until_us = until_us;
}

/* Somebody with a marked number also throws that single number away at once (A4's habit), from strength 2 on. */
static void drop_marked(struct ar_campaign *c, const struct ar_call *call)
{
    if (c->sim_count == 0 || call->action == AN_ACTION_ALLOW) return;
    for (uint32_t i = 0; i < c->sim_count; i++)
        if (c->sims[i].number == call->caller) {
            ar_campaign_new_sim(c, i);
            c->ledger.rotations++;
            ar_board_rotation(c->board, c->number, ar_world_now_us(c->world));
        }
}

static void stack_reports(struct ar_campaign *c, const struct ar_call *call)
{
    if (c->false_reports == 0 || call->action == AN_ACTION_ALLOW) return;
    c->false_reports--;
    c->ledger.yuan[AR_COST_REPORTS] += 1;
    ar_world_report(c->world, call, true, AN_CATEGORY_PERSON);
}

/* A call from one of its numbers to another, as if somebody called back. */
static void make_decoy(struct ar_campaign *c)
{
    if (!c->decoys || c->sim_count < 2 || ar_random_below(&c->random, 10) != 0) return;
    const struct ar_sim *from = &c->sims[ar_random_below(&c->random, c->sim_count)];
    const struct ar_sim *to = &c->sims[ar_random_below(&c->random, c->sim_count)];
    if (from == to) return;
    struct ar_call decoy = { .caller = from->number,
                             .callee = to->number,
                             .trunk = from->trunk,
                             .shape = from->shape,
                             .truth = AR_CLASS_PERSON, /* not a sales call; is_test keeps it off the board */
                             .category = AN_CATEGORY_PERSON,
                             .campaign = c->number,
                             .line = 1,
                             .caller_id = AR_NOBODY,
                             .callee_id = AR_NOBODY,
                             .human = true,
                             .is_test = true,
                             .patience_s = 30 };
    c->ledger.yuan[AR_COST_MINUTES] += c->mode.yuan_a_minute;
    ar_world_later(c->world, c->source, ar_world_now_us(c->world) + 60000000, &decoy);
}

void ar_campaign_look(struct ar_campaign *c, const struct ar_call *call)
{
    make_decoy(c);
    if (!call->is_test) return;
    c->tests++;
    c->tests_clean += call->action == AN_ACTION_ALLOW;
    drop_marked(c, call);
    stack_reports(c, call);
    if (++c->since_look < AR_LOOK_EVERY) return;
    double clean = (double)c->tests_clean / c->tests;
    c->tests = c->tests_clean = c->since_look = 0;
    if (clean >= (c->setting.strength >= 5 ? 0.95 : 0.75)) return;
    for (int tries = 0; tries < MOVE_COUNT; tries++) {
        enum move move = (enum move)(c->next_move++ % MOVE_COUNT);
        if (!can(c, move)) continue;
        make(c, move);
        return;
    }
}
