#include "range/campaign.h"

#include <stdlib.h>
#include <string.h>

#define DAY_US 86400000000ull
enum {
    BORROWED_ONE_IN = 200,
    FOLLOW_UPS_MAX = 30,
    /* A call's line_sim: the SIM of its line, and that of the number shown times this (a follow-up shows another). */
    SIM_SHOWN = 1 << 16
};
static const double sim_days_sigma = 1.5;

/* Lines, volumes and prices as the investigations of 2023-2024 published them; docs/range.md has the sources. */
static const struct ar_mode modes[] = {
    { AR_CLASS_A1, "AI voice robot", 3, 900, 1.0, 12, 0, 30, 1, false, false, false, 2.0, 0.10, 0, 0.9, 0 },
    { AR_CLASS_A2, "voice first, human after", 9, 800, 0.8, 6, 5.0, 25, 2, false, false, false, 3.0, 0.10, 0, 3.5, 0 },
    { AR_CLASS_A3, "blind dialling", 60, 1000, 0.5, 10, 4.0, 20, 3, true, true, false, 1.2, 0.08, 0, 0, 0 },
    { AR_CLASS_A4, "number pool", 10, 900, 0.8, 10, 0, 28, 2, false, true, false, 3.0, 0.14, 0, 0.9, 0 },
    { AR_CLASS_A5, "telemarketing SIM", 4, 260, 12, 0, 0, 30, 2, false, false, true, 0, 0.12, 60, 3.5, 30 },
    { AR_CLASS_A6, "call-back bridge", 6, 280, 6, 0, 0, 30, 2, false, true, false, 0, 0.15, 0, 3.5, 0 },
    { AR_CLASS_A7, "whitelisted carrier SIM", 4, 320, 9, 0, 0, 30, 2, false, false, true, 1.1, 0.0375, 75, 3.5, 0 },
    { AR_CLASS_A8, "SIM box", 16, 120, 2.5, 0, 0, 26, 2, false, false, true, 1.5, 0.10, 35, 0.9, 4 },
    { AR_CLASS_A9, "failover between schemes", 10, 900, 0.8, 10, 0, 28, 2, false, true, false, 3.0, 0.14, 0, 0.9, 0 },
};

const struct ar_mode *ar_mode_of(enum ar_class mode)
{
    an_assert(mode >= AR_CLASS_A1 && mode <= AR_CLASS_A9);
    return &modes[mode - AR_CLASS_A1];
}

/* The borrowed numbers are those of the first people of a permutation. */
static uint64_t borrow_key(const struct ar_world *world)
{
    return ar_hash(ar_world_seed(world), 0x626f7272, 0);
}

bool ar_adversary_borrows(void *user, uint32_t id)
{
    const struct ar_world *world = user;
    uint64_t n = ar_city_subscribers(ar_world_city(world));
    return ar_permute_back(borrow_key(world), n, id) < n / BORROWED_ONE_IN;
}

const struct ar_ledger *ar_adversary_ledger(const struct ar_campaign *campaign)
{
    return &campaign->ledger;
}

/* ---- whom to call ---- */

static void next_of_sweep(struct ar_campaign *c, struct ar_call *call)
{
    enum { BLOCK = 10000 };
    uint64_t at = c->shuffled ? ar_permute(c->sweep_key, BLOCK, c->sweep_at) : c->sweep_at;
    call->callee = ar_city_block(c->city, c->sweep_block) * BLOCK + at;
    call->callee_id = ar_city_owner(c->city, call->callee);
    if (++c->sweep_at < BLOCK) return;
    c->sweep_at = 0;
    c->sweep_block = (c->sweep_block + 1) % ar_city_block_count(c->city);
    c->sweep_key = ar_random_u64(&c->random);
}

static void next_of_list(struct ar_campaign *c, struct ar_call *call)
{
    uint64_t n = ar_city_subscribers(c->city);
    call->callee_id = (uint32_t)ar_permute(c->key, n, c->cursor++ % n);
    call->callee = ar_city_number(c->city, call->callee_id);
    if (ar_random_chance(&c->random, 0.04)) { /* lists are old: numbers given up, digits wrong */
        call->callee = call->callee / 1000 * 1000 + ar_random_below(&c->random, 1000);
        call->callee_id = ar_city_owner(c->city, call->callee);
    }
    c->ledger.yuan[AR_COST_DATA] += c->mode.yuan_a_row;
}

static void draw_target(struct ar_campaign *c, struct ar_call *call)
{
    call->line = 1;
    if (c->retry_count > 0 && c->retries[c->retry_begin].after_us <= ar_world_now_us(c->world)) {
        struct ar_retry *retry = &c->retries[c->retry_begin];
        c->retry_begin = (c->retry_begin + 1) % AR_RETRY_MAX;
        c->retry_count--;
        call->callee = retry->number;
        call->callee_id = retry->id;
        call->line = retry->tries + 1;
        bool same = c->sim_count > 0 && c->sims[retry->sim].number == retry->from && c->sims[retry->sim].busy == 0;
        if (same)
            call->line_sim = call->line_sim % SIM_SHOWN + retry->sim * SIM_SHOWN; /* the customer knows this number */
    } else if (c->mode.sweeps) {
        next_of_sweep(c, call);
    } else {
        next_of_list(c, call);
    }
}

/* Who listened to a person for 20 s may be called again by that person: the "interested" of the lists. */
static bool is_followed_up(struct ar_campaign *c, const struct ar_call *call)
{
    if (!call->human || call->is_test || !call->answered || call->talk_ms < 20000 || call->line >= FOLLOW_UPS_MAX)
        return false;
    double keen = (double)(ar_hash(c->key, call->caller, 0x6b65656e) >> 11) * 0x1p-53;
    return ar_random_chance(&c->random, keen);
}

/* Explicit refusers are struck off; everyone else not reached is tried again, three hours to a day later. */
static void keep_for_retry(struct ar_campaign *c, const struct ar_call *call)
{
    bool again = call->outcome == AN_OUTCOME_CANCELLED || call->outcome == AN_OUTCOME_NO_ANSWER ||
                 call->outcome == AN_OUTCOME_BUSY || call->outcome == AN_OUTCOME_OURS;
    again = again && !call->is_test && call->line < c->mode.tries;
    if ((!again && !is_followed_up(c, call)) || c->retry_count == AR_RETRY_MAX) return;
    size_t at = (c->retry_begin + c->retry_count++) % AR_RETRY_MAX;
    c->retries[at] = (struct ar_retry) { ar_world_now_us(c->world) + 3 * 3600000000ull,
                                         call->callee,
                                         call->callee_id,
                                         call->line,
                                         call->line_sim / SIM_SHOWN,
                                         call->caller };
}

/* ---- what the display shows ---- */

static an_number draw_borrowed(struct ar_campaign *c)
{
    uint64_t n = ar_city_subscribers(c->city), count = n / BORROWED_ONE_IN;
    uint64_t rank = ar_random_below(&c->random, count == 0 ? 1 : count);
    return ar_city_number(c->city, (uint32_t)ar_permute(borrow_key(c->world), n, rank));
}

/* An ordinary mobile of the chosen region, a landline of 021, or a virtual operator's range. */
static an_number draw_pool_number(struct ar_campaign *c)
{
    double u = ar_random_unit(&c->random);
    if (c->setting.borrow_numbers && u < 0.25) return draw_borrowed(c);
    if (u < 0.65) {
        an_number block = ar_city_block(c->city, (uint32_t)ar_random_below(&c->random, ar_city_block_count(c->city)));
        return block * 10000 + ar_random_below(&c->random, 10000);
    }
    if (u < 0.8) return 862160000000ull + ar_random_below(&c->random, 10000000);
    static const uint32_t virtual_heads[] = { 86170, 86171, 86165, 86167, 86162 };
    uint64_t head = virtual_heads[ar_random_below(&c->random, 5)];
    return head * 100000000 + ar_random_below(&c->random, 100000000);
}

void ar_campaign_new_sim(struct ar_campaign *c, uint32_t row)
{
    an_assert(row < AR_SIMS_MAX);
    struct ar_sim *sim = &c->sims[row];
    uint32_t subscribers = ar_city_subscribers(c->city);
    struct ar_person neighbour; /* a new SIM is like one sold next to it */
    uint32_t id = (uint32_t)ar_random_below(&c->random, subscribers);
    ar_city_person(c->city, id, ar_world_now_us(c->world), &neighbour);
    do sim->number = neighbour.number / 10000 * 10000 + ar_random_below(&c->random, 10000);
    while (ar_city_owner(c->city, sim->number) != AR_NOBODY);
    sim->trunk = neighbour.trunk;
    sim->shape = c->mode.class == AR_CLASS_A8 ? c->shape : neighbour.shape;
    sim->calls = sim->busy = 0;
    sim->until_us = UINT64_MAX;
    if (c->mode.sim_days > 0) {
        uint64_t from_us = ar_world_now_us(c->world) > c->begin_us ? ar_world_now_us(c->world) : c->begin_us;
        sim->until_us =
            from_us + (uint64_t)(ar_random_lognormal(&c->random, c->mode.sim_days, sim_days_sigma) * (double)DAY_US);
    }
    if (c->mode.class == AR_CLASS_A5) {
        sim->number = 86167ull * 100000000 + ar_random_below(&c->random, 100000000);
        sim->trunk = ar_city_operator_trunk(c->city, AN_OPERATOR_VIRTUAL_U, 0);
    }
    c->ledger.yuan[AR_COST_NUMBERS] += c->mode.yuan_a_sim;
}

void ar_campaign_show(struct ar_campaign *c, struct ar_line *line, struct ar_call *call)
{
    if (c->mode.sims) {
        struct ar_sim *sim = &c->sims[line->sim];
        if (sim->until_us <= ar_world_now_us(c->world)) ar_campaign_new_sim(c, line->sim);
        sim->busy++;
        call->caller = sim->number;
        call->trunk = sim->trunk;
        call->shape = sim->shape;
        call->number_call = sim->calls++;
        return;
    }
    call->trunk = c->trunk;
    call->shape = ar_city_shape_on(c->city, c->shape, c->trunk);
    if (c->mode.pool) {
        call->caller = draw_pool_number(c);
        c->ledger.yuan[AR_COST_NUMBERS] += 0.005; /* the pool's rent, a call */
        return;
    }
    /* An account's few numbers, rented with it. */
    struct ar_sim *number = &c->sims[line->sim % c->sim_count];
    call->caller = number->number;
    call->number_call = number->calls++;
}

/* ---- lines ---- */

static void sift_down(struct ar_campaign *c, size_t at)
{
    struct ar_line moved = c->lines[at];
    for (size_t child = 2 * at + 1; child < c->line_count; child = 2 * at + 1) {
        if (child + 1 < c->line_count && c->lines[child + 1].next_us < c->lines[child].next_us) child++;
        if (c->lines[child].next_us >= moved.next_us) break;
        c->lines[at] = c->lines[child];
        at = child;
    }
    c->lines[at] = moved;
}

static void sift_up(struct ar_campaign *c, size_t at)
{
    struct ar_line moved = c->lines[at];
    for (; at > 0 && c->lines[(at - 1) / 2].next_us > moved.next_us; at = (at - 1) / 2)
        c->lines[at] = c->lines[(at - 1) / 2];
    c->lines[at] = moved;
}

static uint64_t next_us(void *self)
{
    const struct ar_campaign *c = self;
    uint64_t next = c->line_count == 0 ? UINT64_MAX : c->lines[0].next_us;
    return next >= c->end_us ? UINT64_MAX : next;
}

static uint64_t office_hours(const struct ar_campaign *c, uint64_t time_us)
{
    if (time_us < c->paused_until_us) time_us = c->paused_until_us;
    unsigned minute = ar_city_minute(c->city, time_us);
    uint64_t begin = ar_world_begin_us(c->world), midnight = begin + (time_us - begin) / DAY_US * DAY_US;
    if (minute < c->from_minute) return midnight + c->from_minute * 60000000ull + time_us % 60000000;
    if (minute >= c->to_minute) return midnight + DAY_US + c->from_minute * 60000000ull + time_us % 60000000;
    return time_us;
}

/* The day's plan is done: tomorrow, within the first minutes. */
static uint64_t within_plan(struct ar_campaign *c, uint64_t time_us)
{
    uint64_t begin = ar_world_begin_us(c->world), day = (time_us - begin) / DAY_US;
    if (day != c->day) {
        c->day = day;
        c->day_calls = 0;
    }
    if (c->day_calls < c->day_plan) return time_us;
    return begin + (day + 1) * DAY_US + c->from_minute * 60000000ull + ar_random_below(&c->random, 60000000);
}

static uint64_t pause_us(struct ar_campaign *c)
{
    double pause = c->mode.gap_s * c->pause_factor;
    if (c->jitter > 0) pause *= (1 - c->jitter) + c->jitter * ar_random_exponential(&c->random, 1);
    return (uint64_t)(pause * 1e6) + 1;
}

static void dial(struct ar_campaign *c, struct ar_line *line, struct ar_call *call)
{
    *call = (struct ar_call) { .truth = (uint8_t)c->setting.mode,
                               .category = (uint8_t)c->setting.category,
                               .campaign = c->number,
                               .caller_id = AR_NOBODY,
                               .line_sim = line->sim + line->sim * SIM_SHOWN,
                               .human = c->mode.opening_s <= 0,
                               .opening_s = (float)c->mode.opening_s,
                               .silence_s = (float)c->mode.silence_s,
                               .patience_s = (float)c->mode.ring_s };
    bool test = c->setting.strength >= 2 && ar_random_below(&c->random, AR_TEST_EVERY) == 0;
    if (test) {
        call->is_test = true;
        call->callee = c->test_phone;
        call->callee_id = AR_NOBODY;
        call->line = 1;
    } else {
        draw_target(c, call);
    }
    if (c->ring_varies) call->patience_s *= (float)(0.6 + 0.8 * ar_random_unit(&c->random));
    if (c->silence_varies) call->silence_s *= (float)(0.6 + 0.8 * ar_random_unit(&c->random));
    struct ar_line shown = { line->next_us, call->line_sim / SIM_SHOWN };
    ar_campaign_show(c, &shown, call);
}

static void act(void *self, struct ar_world *world)
{
    struct ar_campaign *c = self;
    struct ar_line *line = &c->lines[0];
    uint64_t now_us = ar_world_now_us(world), open_us = within_plan(c, office_hours(c, now_us));
    if (open_us > now_us) {
        line->next_us = open_us;
        sift_down(c, 0);
        return;
    }
    struct ar_call call;
    dial(c, line, &call);
    line->next_us = UINT64_MAX;
    sift_down(c, 0);
    c->under_way++;
    c->day_calls++;
    c->ledger.calls++;
    ar_world_attempt(world, c->source, &call);
}

static void book(struct ar_campaign *c, const struct ar_call *call)
{
    struct ar_ledger *l = &c->ledger;
    bool rang = call->action != AN_ACTION_BLOCK && call->outcome != AN_OUTCOME_OURS;
    l->yuan[AR_COST_MINUTES] += (double)((call->talk_ms + 59999) / 60000) * c->mode.yuan_a_minute;
    if (call->is_test) return;
    l->rang += rang;
    l->rang_unlabelled += rang && call->action == AN_ACTION_ALLOW;
    if (!call->answered) return;
    l->answered++;
    if (call->talk_ms >= 10000) l->reached += 1;
    l->leads += call->convinced;
    if (call->human || call->talk_ms >= 10000) {
        double seconds = (double)call->talk_ms / 1000 + (call->human ? 20 : 5);
        l->agent_s += seconds;
        l->yuan[AR_COST_AGENTS] += seconds * (30.0 / 3600); /* an agent's hour at 30 yuan */
    }
}

/* The line that made the call is free again: the first one under way (lines are alike but for their SIM). */
static void free_line(struct ar_campaign *c, const struct ar_call *call)
{
    for (size_t i = c->line_count; i-- > 0;) {
        if (c->lines[i].next_us != UINT64_MAX || c->lines[i].sim != call->line_sim % SIM_SHOWN) continue;
        c->lines[i].next_us = office_hours(c, ar_world_now_us(c->world) + pause_us(c));
        if (c->mode.sims && c->sim_count > c->line_count) /* more SIMs than lines: taken in turn */
            c->lines[i].sim = (c->lines[i].sim + c->line_count) % c->sim_count;
        sift_up(c, i);
        c->under_way--;
        return;
    }
}

static void ended(void *self, struct ar_world *world, const struct ar_call *call)
{
    struct ar_campaign *c = self;
    (void)world;
    if (call->truth != (uint8_t)c->setting.mode) return; /* somebody who called back */
    struct ar_sim *sim = &c->sims[call->line_sim / SIM_SHOWN];
    if (sim->number == call->caller && sim->busy > 0) sim->busy--;
    book(c, call);
    keep_for_retry(c, call);
    ar_campaign_look(c, call);
    free_line(c, call);
}

static void free_campaign(void *self)
{
    struct ar_campaign *c = self;
    free(c->lines);
    free(c->retries);
    free(c);
}

static void start_lines(struct ar_campaign *c)
{
    for (uint32_t i = 0; i < c->line_count; i++) {
        c->lines[i].sim = i % (c->sim_count == 0 ? 1 : c->sim_count);
        c->lines[i].next_us = office_hours(c, c->begin_us + ar_random_below(&c->random, 60000000));
    }
    for (size_t i = c->line_count / 2; i-- > 0;) sift_down(c, i);
}

static void set_up(struct ar_campaign *c)
{
    const struct ar_adversary_setting *setting = &c->setting;
    uint64_t begin = ar_world_begin_us(c->world);
    c->mode = *ar_mode_of(setting->mode);
    c->from_minute = 510 + (unsigned)ar_random_below(&c->random, 90);
    c->to_minute = 1080 + (unsigned)ar_random_below(&c->random, 150);
    c->begin_us = begin + (uint64_t)(setting->begin_day * (double)DAY_US);
    c->end_us =
        setting->days > 0 ? c->begin_us + (uint64_t)(setting->days * (double)DAY_US) : ar_world_end_us(c->world);
    c->line_count = setting->lines > 0 ? setting->lines : c->mode.lines;
    if (setting->calls_a_day > 0 && setting->lines == 0) {
        double lines = setting->calls_a_day / c->mode.calls_a_line;
        c->line_count = lines < 1 ? 1 : (uint32_t)(lines + 0.5);
    }
    /* Pauses stretched, or lines as they are, to meet the volume over the hours; more than the day's plan is not
     * dialled even when calls end at once because they are blocked. */
    double volume = setting->calls_a_day > 0 ? setting->calls_a_day : c->line_count * c->mode.calls_a_line;
    double cycle = (c->to_minute - c->from_minute) * 60.0 * c->line_count / volume,
           busy = c->mode.opening_s > 0 ? 22 : 50;
    c->pause_factor = cycle > busy + c->mode.gap_s ? (cycle - busy) / c->mode.gap_s : 1;
    c->day_plan = (uint32_t)(volume * 1.05 + 1);
    c->jitter = setting->strength >= 4 ? 0.5 : 0;
    c->key = ar_random_u64(&c->random);
    c->sweep_key = ar_random_u64(&c->random);
    c->sweep_block = (uint32_t)ar_random_below(&c->random, ar_city_block_count(c->city));
    c->trunk_choice = (uint32_t)ar_random_below(&c->random, 64);
    c->shape_choice = (uint32_t)ar_random_below(&c->random, 48);
    c->trunk = ar_world_scenario(c->world)->platform_trunks > 0
                   ? ar_city_platform_trunk(c->city, c->trunk_choice)
                   : ar_city_operator_trunk(c->city, AN_OPERATOR_TELECOM, c->trunk_choice);
    c->shape = ar_city_dialler_shape(c->city, c->shape_choice);
    c->sim_count = c->mode.sims ? c->line_count : c->mode.pool ? 0 : 10;
    if (c->sim_count > AR_SIMS_MAX) c->sim_count = AR_SIMS_MAX;
    for (uint32_t i = 0; i < c->sim_count; i++) ar_campaign_new_sim(c, i);
    c->test_phone = ar_city_block(c->city, c->number % ar_city_block_count(c->city)) * 10000 + c->number;
    while (ar_city_owner(c->city, c->test_phone) != AR_NOBODY) c->test_phone += AR_ADVERSARIES_MAX + 1;
    double days = (double)(c->end_us - c->begin_us) / (double)DAY_US;
    c->ledger.yuan[AR_COST_PLATFORM] += c->line_count * c->mode.yuan_a_line_day * (days > 0 ? days : 0);
}

enum an_err ar_adversary_add(struct ar_world *world, struct ar_board *board, const struct ar_adversary_setting *setting,
                             uint32_t number, struct ar_campaign **ret_campaign)
{
    an_assert(world != NULL && board != NULL && setting != NULL && number > 0);
    struct ar_campaign *c = calloc(1, sizeof *c);
    if (c == NULL) return AN_ERR_NO_MEMORY;
    c->world = world;
    c->board = board;
    c->city = ar_world_city(world);
    c->number = number;
    c->setting = *setting;
    ar_random_init(&c->random, ar_world_seed(world), "campaign", number);
    set_up(c);
    c->lines = calloc(c->line_count, sizeof *c->lines);
    c->retries = calloc(AR_RETRY_MAX, sizeof *c->retries);
    if (c->lines == NULL || c->retries == NULL) {
        free_campaign(c);
        return AN_ERR_NO_MEMORY;
    }
    start_lines(c);
    ar_board_campaign(board, number, setting->mode, setting->strength, c->begin_us);
    const struct ar_source source = { c, next_us, act, ended, free_campaign };
    c->source = ar_world_add(world, &source);
    *ret_campaign = c;
    return AN_OK;
}
