/* What a scenario can't be, though every key of it is legal. */
#include "range/adversary.h"
#include "range/scenario_private.h"

#define problem(...) ar_scenario_problem(__VA_ARGS__)

enum { OFFICE_S = 11 * 3600, BUSY_S = 22 }; /* as adversaries dial: 9 to 20 o'clock, a call takes that long */

static void check_time(struct ar_scenario_load *load, const struct ar_adversary_row *row)
{
    double days = load->scenario->days, last = row->setting.begin_day + (row->count - 1) * row->every_days;
    if (last >= days)
        problem(load, row->line, "adversaries.begin_day: %s begins on day %g, but the scenario ends after %g days",
                ar_class_name(row->setting.mode), last, days);
    else if (row->setting.days > 0 && last + row->setting.days > days + 1e-9)
        problem(load, row->line,
                "adversaries.days: %s would end on day %g, but the scenario ends after %g days; leave "
                "days out to go on to the end",
                ar_class_name(row->setting.mode), last + row->setting.days, days);
}

static void check_lines(struct ar_scenario_load *load, const struct ar_adversary_row *row)
{
    const struct ar_adversary_setting *s = &row->setting;
    double a_line = OFFICE_S / (BUSY_S + ar_mode_of(s->mode)->gap_s);
    if (s->lines > 0 && s->calls_a_day > s->lines * a_line)
        problem(load, row->line,
                "adversaries.calls_a_day is %.0f, but %u lines of %s dial %.0f calls in a day of 11 hours "
                "at most; give more lines or leave lines out",
                s->calls_a_day, s->lines, ar_class_name(s->mode), s->lines * a_line);
}

static void check_trunks(struct ar_scenario_load *load, const struct ar_adversary_row *row)
{
    const struct ar_adversary_setting *s = &row->setting;
    if (ar_mode_of(s->mode)->sims) return;
    uint32_t needed = s->strength >= 4 || s->mode == AR_CLASS_A9 ? 2 : 1; /* to move from one to the other */
    if (load->scenario->platform_trunks < needed)
        problem(load, row->line, "platform_trunks is %u, but %s at strength %u needs %u",
                load->scenario->platform_trunks, ar_class_name(s->mode), s->strength, needed);
}

static void add(struct ar_scenario_load *load, const struct ar_adversary_row *row)
{
    struct ar_scenario *scenario = load->scenario;
    for (uint32_t i = 0; i < row->count; i++) {
        if (scenario->adversary_count == AR_ADVERSARIES_MAX) {
            problem(load, row->line, "adversaries.count: more than %d adversaries in all", AR_ADVERSARIES_MAX);
            return;
        }
        struct ar_adversary_setting *setting = &scenario->adversaries[scenario->adversary_count++];
        *setting = row->setting;
        setting->begin_day += i * row->every_days;
    }
}

static void take_row(struct ar_scenario_load *load, struct ar_adversary_row *row)
{
    struct ar_adversary_setting *s = &row->setting;
    bool pool = ar_mode_of(s->mode)->pool;
    if (!row->has_strength) s->strength = load->strength;
    if (!row->has_borrow)
        s->borrow_numbers = pool && s->strength >= 3;
    else if (s->borrow_numbers && !pool)
        problem(load, row->line,
                "adversaries.borrow_numbers is true, but %s has no number pool; A3, A4, A6 and A9 have",
                ar_class_name(s->mode));
    if (row->every_days > 0 && row->count == 1)
        problem(load, row->line, "adversaries.every_days needs a count of 2 or more");
    check_time(load, row);
    check_lines(load, row);
    check_trunks(load, row);
    add(load, row);
}

void ar_scenario_check(struct ar_scenario_load *load)
{
    struct ar_scenario *s = load->scenario;
    if (s->warm_up_days >= s->days)
        problem(load, load->warm_up_line,
                "warm_up_days is %g, but the scenario ends after %g days and nothing would be "
                "measured",
                s->warm_up_days, s->days);
    if (s->smear_accounts > s->subscribers / 10)
        problem(load, load->smear_line, "smear_accounts is %u; at most a tenth of the %u subscribers is possible",
                s->smear_accounts, s->subscribers);
    if (load->has_flatten && s->flatten_shapes && s->platform_trunks == 0)
        problem(load, load->flatten_line, "flatten_shapes is true, but there are no platform trunks to flatten on");
    unsigned strongest = 0;
    for (size_t i = 0; i < load->row_count; i++) {
        take_row(load, &load->rows[i]);
        strongest = load->rows[i].setting.strength > strongest ? load->rows[i].setting.strength : strongest;
    }
    if (!load->has_flatten) s->flatten_shapes = strongest >= 3;
}
