/* The baselines: what networks do today, so that every figure has a neighbour. Layer: range.
 *
 * All thresholds were written down before any run was looked at, and stay:
 *
 *   frequency    A number is blocked while it is over 15 calls in 10 minutes, 50 an hour or 200 a day.
 *   blacklist    3 persons' reports within 30 days put a number on the list at the end of the next 24 hours, for 90
 *                days.
 *   reputation   5 complaints in 10 days block (TRAI, India, amendment of February 2025). 2 label. So does a number
 *                with 50 calls a day or more (the volume from which TRAI's consultation of 2024 looks at a sender)
 *                whose calls are refused in 1 of 5 or cut within 6 seconds in 1 of 2 answered ones; both together
 *                block.
 *
 * docs/range.md has the public figures near each, and says which are this project's choice.
 *
 * As carriers do, all let short service numbers (95xxx, 1xxxx) pass. Memory: a table of 131,072 rows of 8 numbers,
 * the one longest unseen gives way. */
#include <stdlib.h>

#include "base/hash.h"
#include "range/defence.h"

#define SECOND_US 1000000ull
#define DAY_US (86400 * SECOND_US)

enum { WINDOWS = 3, ROWS = 1 << 17, ROW_SIZE = 8, LISTED_AT = 3, BLOCKED_AT = 5, LABELLED_AT = 2, REPORTERS = 5 };

static const struct {
    uint64_t us;
    double limit;
} windows[WINDOWS] = { { 600 * SECOND_US, 15 }, { 3600 * SECOND_US, 50 }, { DAY_US, 200 } };

static const double busy_a_day = 50, refused_share = 0.2, short_share = 0.5;
static const uint32_t short_ms = 6000;

/* Calls in the last so many microseconds, from two fixed windows: the last one counts by the part still in view. */
struct window {
    uint32_t number;
    uint16_t now, last;
};

struct entry {
    an_number number;
    uint64_t seen_us;
    struct window windows[WINDOWS];
    uint64_t reports_us[REPORTERS];      /* the newest first; 0: none */
    uint32_t reporters[REPORTERS];       /* hashes */
    uint64_t listed_from_us;             /* blacklist; 0: not */
    float ended, answered, refused, cut; /* halved every 3.5 days */
    uint64_t decayed_us;
};

struct baseline {
    struct entry *entries; /* [own] */
};

static struct entry *find(const struct baseline *b, an_number number)
{
    struct entry *row = &b->entries[an_mix64(number) % ROWS * ROW_SIZE];
    for (int i = 0; i < ROW_SIZE; i++)
        if (row[i].number == number) return &row[i];
    return NULL;
}

static struct entry *find_or_add(const struct baseline *b, an_number number, uint64_t now_us)
{
    struct entry *entry = find(b, number);
    if (entry == NULL) {
        struct entry *row = &b->entries[an_mix64(number) % ROWS * ROW_SIZE];
        entry = row;
        for (int i = 1; i < ROW_SIZE; i++)
            if (row[i].seen_us < entry->seen_us) entry = &row[i];
        *entry = (struct entry) { .number = number, .decayed_us = now_us };
    }
    entry->seen_us = now_us;
    return entry;
}

static bool is_service(an_number number)
{
    return number < 86000000; /* 86 and at most 5 digits */
}

/* Counts one call; returns the estimate. */
static double count(struct window *window, uint64_t length_us, uint64_t now_us)
{
    uint32_t number = (uint32_t)(now_us / length_us);
    if (number != window->number) {
        window->last = number == window->number + 1 ? window->now : 0;
        window->now = 0;
        window->number = number;
    }
    if (window->now < UINT16_MAX) window->now++;
    double part = (double)(now_us % length_us) / (double)length_us;
    return window->now + window->last * (1 - part);
}

/* A rank, not a probability: 0.5 at the threshold. */
static void judge(struct ar_call *call, enum an_action action, double against_threshold)
{
    call->action = (uint8_t)action;
    call->verdict_category = action == AN_ACTION_ALLOW ? AN_CATEGORY_UNKNOWN : AN_CATEGORY_MARKETING;
    call->probability = (float)(against_threshold / (1 + against_threshold));
}

static enum an_err decide_none(void *self, struct ar_call *call)
{
    (void)self;
    judge(call, AN_ACTION_ALLOW, 0);
    return AN_OK;
}

static enum an_err decide_frequency(void *self, struct ar_call *call)
{
    struct entry *entry = find_or_add(self, call->caller, call->time_us);
    double most = 0;
    for (int i = 0; i < WINDOWS; i++) {
        double share = count(&entry->windows[i], windows[i].us, call->time_us) / windows[i].limit;
        most = share > most ? share : most;
    }
    bool block = most > 1 && !is_service(call->caller);
    judge(call, block ? AN_ACTION_BLOCK : AN_ACTION_ALLOW, most);
    return AN_OK;
}

static enum an_err decide_blacklist(void *self, struct ar_call *call)
{
    struct entry *entry = find(self, call->caller);
    if (entry != NULL) entry->seen_us = call->time_us;
    bool listed = entry != NULL && entry->listed_from_us != 0 && call->time_us >= entry->listed_from_us &&
                  call->time_us < entry->listed_from_us + 90 * DAY_US;
    bool block = listed && !is_service(call->caller);
    judge(call, block ? AN_ACTION_BLOCK : AN_ACTION_ALLOW, block ? 9 : 0);
    return AN_OK;
}

/* How many persons reported within the last so many days. */
static int reports_within(const struct entry *entry, uint64_t now_us, uint64_t within_us)
{
    int n = 0;
    for (int i = 0; i < REPORTERS; i++) n += entry->reports_us[i] != 0 && now_us - entry->reports_us[i] <= within_us;
    return n;
}

static void decay(struct entry *entry, uint64_t now_us)
{
    for (; now_us - entry->decayed_us > 7 * DAY_US / 2; entry->decayed_us += 7 * DAY_US / 2) {
        entry->ended *= 0.5F;
        entry->answered *= 0.5F;
        entry->refused *= 0.5F;
        entry->cut *= 0.5F;
    }
}

static enum an_err decide_reputation(void *self, struct ar_call *call)
{
    struct entry *entry = find_or_add(self, call->caller, call->time_us);
    decay(entry, call->time_us);
    double calls_a_day = count(&entry->windows[2], DAY_US, call->time_us);
    int reports = reports_within(entry, call->time_us, 10 * DAY_US);
    bool busy = calls_a_day >= busy_a_day, enough = entry->ended >= 20;
    bool refused = enough && (double)entry->refused >= refused_share * (double)entry->ended;
    bool cut = enough && entry->answered >= 10 && (double)entry->cut >= short_share * (double)entry->answered;
    enum an_action action = AN_ACTION_ALLOW;
    if (reports >= LABELLED_AT || (busy && (refused || cut))) action = AN_ACTION_LABEL;
    if (reports >= BLOCKED_AT || (busy && refused && cut)) action = AN_ACTION_BLOCK;
    if (is_service(call->caller)) action = AN_ACTION_ALLOW;
    judge(call, action, reports / 2.0 + (busy ? 0.3 : 0) + (refused ? 0.4 : 0) + (cut ? 0.4 : 0));
    return AN_OK;
}

static void ended_reputation(void *self, const struct ar_call *call, uint64_t time_us)
{
    if (call->outcome == AN_OUTCOME_OURS) return;
    struct entry *entry = find_or_add(self, call->caller, time_us);
    decay(entry, time_us);
    entry->ended += 1;
    entry->refused += call->outcome == AN_OUTCOME_REFUSED ? 1 : 0;
    entry->answered += call->answered ? 1 : 0;
    entry->cut += call->answered && call->talk_ms < short_ms ? 1 : 0;
}

/* One voice a person; somebody who says it was wanted takes the oldest complaint back. */
static void keep_report(struct entry *entry, const struct ar_call *call, uint64_t time_us, bool wanted)
{
    uint32_t reporter = (uint32_t)an_mix64(call->callee) | 1;
    for (int i = 0; i < REPORTERS; i++)
        if (!wanted && entry->reporters[i] == reporter && entry->reports_us[i] != 0) return;
    if (wanted) {
        for (int i = REPORTERS; i-- > 0;) {
            if (entry->reports_us[i] == 0) continue;
            entry->reports_us[i] = 0;
            return;
        }
        return;
    }
    for (int i = REPORTERS - 1; i > 0; i--) {
        entry->reports_us[i] = entry->reports_us[i - 1];
        entry->reporters[i] = entry->reporters[i - 1];
    }
    entry->reports_us[0] = time_us;
    entry->reporters[0] = reporter;
}

static void reported(void *self, const struct ar_call *call, uint64_t time_us, bool wanted, enum an_category category)
{
    (void)category;
    struct entry *entry = find_or_add(self, call->caller, time_us);
    keep_report(entry, call, time_us, wanted);
    bool over = entry->listed_from_us != 0 && time_us > entry->listed_from_us + 90 * DAY_US;
    if ((entry->listed_from_us == 0 || over) && reports_within(entry, time_us, 30 * DAY_US) >= LISTED_AT)
        entry->listed_from_us = time_us + DAY_US;
}

static void free_baseline(void *self)
{
    struct baseline *b = self;
    free(b->entries);
    free(b);
}

static enum an_err with_table(const struct ar_defence *defence, struct ar_defence *ret_defence)
{
    struct baseline *b = calloc(1, sizeof *b);
    if (b == NULL) return AN_ERR_NO_MEMORY;
    b->entries = calloc((size_t)ROWS * ROW_SIZE, sizeof *b->entries);
    if (b->entries == NULL) {
        free(b);
        return AN_ERR_NO_MEMORY;
    }
    *ret_defence = *defence;
    ret_defence->self = b;
    ret_defence->free = free_baseline;
    return AN_OK;
}

enum an_err ar_defence_none(struct ar_defence *ret_defence)
{
    *ret_defence =
        (struct ar_defence) { .name = "none", .text_en = "no defence", .text_zh = "无防护", .decide = decide_none };
    return AN_OK;
}

enum an_err ar_defence_frequency(struct ar_defence *ret_defence)
{
    static const struct ar_defence defence = { .name = "frequency",
                                               .text_en = "frequency limit per number",
                                               .text_zh = "单号频次限制",
                                               .decide = decide_frequency };
    return with_table(&defence, ret_defence);
}

enum an_err ar_defence_blacklist(struct ar_defence *ret_defence)
{
    static const struct ar_defence defence = { .name = "blacklist",
                                               .text_en = "shared blacklist, a day later",
                                               .text_zh = "共享黑名单（次日生效）",
                                               .decide = decide_blacklist,
                                               .reported = reported };
    return with_table(&defence, ret_defence);
}

enum an_err ar_defence_reputation(struct ar_defence *ret_defence)
{
    static const struct ar_defence defence = { .name = "reputation",
                                               .text_en = "reputation per number, at once",
                                               .text_zh = "单号信誉（即时）",
                                               .decide = decide_reputation,
                                               .ended = ended_reputation,
                                               .reported = reported };
    return with_table(&defence, ret_defence);
}
