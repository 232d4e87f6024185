/* The scoreboard for programs. Shares are {count, of, share, low, high}; null: not defined (a median that more than
 * half never reach, a share of nothing). */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "range/report_private.h"

static cJSON *add_object(cJSON *to, const char *name)
{
    return cJSON_AddObjectToObject(to, name);
}

static void add_number(cJSON *to, const char *name, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(to, name, value);
    else
        cJSON_AddNullToObject(to, name);
}

/* Exact, over 2^53 too. */
static void add_count(cJSON *to, const char *name, uint64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    cJSON_AddRawToObject(to, name, digits);
}

static void add_share(cJSON *to, const char *name, struct ar_share share)
{
    cJSON *object = add_object(to, name);
    double low, high;
    ar_share_interval(share, &low, &high);
    add_count(object, "count", share.count);
    add_count(object, "of", share.of);
    add_number(object, "share", ar_share_value(share));
    add_number(object, "low", low);
    add_number(object, "high", high);
}

static void add_reach(cJSON *to, const struct ar_result *r)
{
    static const char *const ages[AR_AGE_COUNT] = { "first_hour", "first_day", "later" };
    char name[24];
    cJSON *reach = add_object(to, "reach");
    add_share(reach, "all", r->reach);
    add_share(reach, "rang", r->rang);
    cJSON *modes = add_object(reach, "mode"), *strengths = add_object(reach, "strength");
    cJSON *cells = add_object(reach, "mode_strength"), *age = add_object(reach, "age");
    for (unsigned m = 0; m < AR_MODE_COUNT; m++) {
        const char *mode = ar_class_name((enum ar_class)(AR_CLASS_A1 + m));
        if (r->reach_mode[m].of > 0) add_share(modes, mode, r->reach_mode[m]);
        for (unsigned s = 1; s < AR_LEVELS; s++) {
            snprintf(name, sizeof name, "%s_%u", mode, s);
            if (r->reach_cell[m][s].of > 0) add_share(cells, name, r->reach_cell[m][s]);
        }
    }
    for (unsigned s = 1; s < AR_LEVELS; s++) {
        snprintf(name, sizeof name, "%u", s);
        if (r->reach_strength[s].of > 0) add_share(strengths, name, r->reach_strength[s]);
    }
    for (int a = 0; a < AR_AGE_COUNT; a++) add_share(age, ages[a], r->reach_age[a]);
    add_share(reach, "number_first_call", r->reach_first);
    add_share(reach, "number_first_call_campaign_over_an_hour", r->reach_first_old);
    add_share(reach, "short_campaigns", r->reach_short);
}

static void add_harm(cJSON *to, const char *name, const struct ar_harm *harm)
{
    cJSON *object = add_object(to, name);
    add_count(object, "calls", harm->calls);
    add_share(object, "touched", ar_harm_touched(harm));
    add_share(object, "labelled", (struct ar_share) { harm->labelled, harm->calls });
    add_share(object, "screened", (struct ar_share) { harm->screened, harm->calls });
    add_share(object, "labelled_or_screened", ar_harm_disturbed(harm));
    add_share(object, "blocked", ar_harm_blocked(harm));
    add_share(object, "never_rang", (struct ar_share) { harm->lost, harm->calls });
}

static void add_harms(cJSON *to, const struct ar_result *r)
{
    cJSON *harm = add_object(to, "harm");
    add_harm(harm, "all", &r->harm);
    cJSON *classes = add_object(harm, "class_worst_first");
    for (unsigned k = 0; k < AR_WANTED_COUNT; k++) {
        unsigned class = r->harm_order[k];
        if (r->harm_class[class].calls > 0)
            add_harm(classes, ar_class_name((enum ar_class) class), &r->harm_class[class]);
    }
}

static void add_speed(cJSON *to, const char *name, const struct ar_speed *s)
{
    cJSON *object = add_object(to, name);
    add_count(object, "count", s->count);
    add_count(object, "noticed", s->noticed);
    add_number(object, "calls_before_first_median", s->calls);
    add_number(object, "seconds_before_first_median", s->seconds);
    add_count(object, "of_50_calls_and_more", s->long_count);
    add_count(object, "held_90_percent", s->held);
    add_number(object, "calls_until_held_median", s->held_calls);
    add_number(object, "seconds_until_held_median", s->held_seconds);
}

static void add_rows(cJSON *to, const struct ar_result *r)
{
    cJSON *rows = cJSON_AddArrayToObject(to, "campaigns");
    for (uint32_t i = 0; i < r->row_count; i++) {
        const struct ar_row *row = &r->rows[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddItemToArray(rows, object);
        add_count(object, "campaign", row->campaign);
        cJSON_AddStringToObject(object, "mode", ar_class_name((enum ar_class)row->mode));
        add_count(object, "strength", row->strength);
        add_count(object, "calls", row->calls);
        add_count(object, "rotations", row->rotations);
        add_share(object, "reach", row->reach);
        add_number(object, "calls_before_first", row->first_calls);
        add_number(object, "seconds_before_first", row->first_seconds);
        add_number(object, "calls_until_held", row->held_calls);
        add_number(object, "seconds_until_held", row->held_seconds);
        add_number(object, "yuan", row->yuan);
        add_number(object, "reached", row->reached);
        add_number(object, "leads", row->leads);
    }
}

static void add_ledger(cJSON *to, const char *name, const struct ar_ledger *ledger, const struct ar_ledger *none)
{
    static const char *const costs[AR_COST_COUNT] = { "platform", "minutes", "numbers", "data",
                                                      "agents",   "changes", "reports" };
    cJSON *object = add_object(to, name), *yuan = add_object(object, "yuan");
    for (int i = 0; i < AR_COST_COUNT; i++) add_number(yuan, costs[i], ledger->yuan[i]);
    add_number(object, "yuan_in_all", ar_ledger_yuan(ledger));
    add_count(object, "calls", ledger->calls);
    add_count(object, "rang", ledger->rang);
    add_count(object, "rang_unlabelled", ledger->rang_unlabelled);
    add_count(object, "answered", ledger->answered);
    add_number(object, "reached", ledger->reached);
    add_count(object, "leads", ledger->leads);
    add_count(object, "rotations", ledger->rotations);
    add_count(object, "moves", ledger->moves);
    add_number(object, "agent_seconds", ledger->agent_s);
    double reached = ar_ledger_yuan_a_reached(ledger), lead = ar_ledger_yuan_a_lead(ledger);
    add_number(object, "yuan_a_reached", reached);
    add_number(object, "yuan_a_lead", lead);
    add_number(object, "times_none_a_reached", none == NULL ? (double)NAN : reached / ar_ledger_yuan_a_reached(none));
    add_number(object, "times_none_a_lead", none == NULL ? (double)NAN : lead / ar_ledger_yuan_a_lead(none));
}

static void add_deterrence(cJSON *to, const struct ar_result *r, const struct ar_result *none)
{
    cJSON *deterrence = add_object(to, "deterrence");
    if (!r->has_ledgers) return;
    add_ledger(deterrence, "all", &r->ledger, none == NULL ? NULL : &none->ledger);
    for (unsigned m = 0; m < AR_MODE_COUNT; m++)
        if (r->ledger_mode[m].calls > 0)
            add_ledger(deterrence, ar_class_name((enum ar_class)(AR_CLASS_A1 + m)), &r->ledger_mode[m],
                       none == NULL ? NULL : &none->ledger_mode[m]);
}

static void add_score(cJSON *to, const struct ar_result *r)
{
    static const char *const lows[AR_LOW_COUNT] = { "1e-4", "1e-3", "1e-2" };
    cJSON *score = add_object(to, "score"), *recall = add_object(score, "recall_at_false_positives");
    cJSON_AddBoolToObject(score, "is_probability", r->is_probability);
    for (int i = 0; i < AR_LOW_COUNT; i++) add_number(recall, lows[i], r->recall_at[i]);
    add_number(score, "area_under_roc", r->auc);
    add_number(score, "average_precision", r->average_precision);
    add_number(score, "expected_calibration_error", r->calibration_error);
    cJSON *bins = cJSON_AddArrayToObject(score, "reliability"), *curve = cJSON_AddArrayToObject(score, "curve");
    for (int i = 0; i < AR_BINS; i++) {
        cJSON *bin = cJSON_CreateObject();
        cJSON_AddItemToArray(bins, bin);
        add_count(bin, "count", r->bins[i].count);
        add_count(bin, "unwanted", r->bins[i].unwanted);
        add_number(bin, "mean", r->bins[i].sum / (double)r->bins[i].count);
    }
    for (uint32_t i = 0; i < r->curve_count; i++) {
        cJSON *point = cJSON_CreateObject();
        cJSON_AddItemToArray(curve, point);
        add_number(point, "threshold", r->curve[i].threshold);
        add_number(point, "false_positives", r->curve[i].false_positive);
        add_number(point, "recall", r->curve[i].recall);
        add_number(point, "precision", r->curve[i].precision);
    }
}

static void add_hours(cJSON *to, const char *name, const struct ar_share *hours, uint32_t count)
{
    cJSON *list = cJSON_AddArrayToObject(to, name);
    for (uint32_t i = 0; i < count; i++) {
        cJSON *pair = cJSON_CreateArray();
        cJSON_AddItemToArray(list, pair);
        cJSON_AddItemToArray(pair, cJSON_CreateNumber((double)hours[i].count));
        cJSON_AddItemToArray(pair, cJSON_CreateNumber((double)hours[i].of));
    }
}

static void add_worst(cJSON *to, const char *name, const struct ar_result *r,
                      struct ar_share (*share)(const struct ar_harm *))
{
    unsigned worst = ar_harm_worst(r, share);
    if (worst == AR_WANTED_COUNT) {
        cJSON_AddNullToObject(to, name);
        return;
    }
    cJSON *object = add_object(to, name);
    cJSON_AddStringToObject(object, "class", ar_class_name((enum ar_class)worst));
    add_share(object, "share", share(&r->harm_class[worst]));
}

static void add_worst_adversary(cJSON *to, const struct ar_result *r)
{
    int worst = -1;
    for (int m = 0; m < AR_MODE_COUNT; m++)
        if (r->reach_mode[m].of > 0 &&
            (worst < 0 || ar_share_value(r->reach_mode[m]) > ar_share_value(r->reach_mode[worst])))
            worst = m;
    if (worst < 0) {
        cJSON_AddNullToObject(to, "reach_worst_adversary");
        return;
    }
    cJSON *object = add_object(to, "reach_worst_adversary");
    cJSON_AddStringToObject(object, "mode", ar_class_name((enum ar_class)(AR_CLASS_A1 + worst)));
    add_share(object, "share", r->reach_mode[worst]);
}

/* The figures a detector is held to, in one place; each is also where it belongs. */
static void add_summary(cJSON *to, const struct ar_result *r, const struct ar_result *none)
{
    cJSON *summary = add_object(to, "summary");
    add_share(summary, "reach", r->reach);
    add_worst_adversary(summary, r);
    add_share(summary, "reach_number_first_call_campaign_over_an_hour", r->reach_first_old);
    add_share(summary, "wanted_blocked", ar_harm_blocked(&r->harm));
    add_worst(summary, "wanted_blocked_worst_class", r, ar_harm_blocked);
    add_share(summary, "wanted_labelled_or_screened", ar_harm_disturbed(&r->harm));
    add_worst(summary, "wanted_labelled_or_screened_worst_class", r, ar_harm_disturbed);
    add_number(summary, "calls_before_first_verdict_median", r->campaigns.calls);
    add_number(summary, "calls_until_90_percent_median", r->campaigns.held_calls);
    add_number(summary, "times_none_a_reached",
               none == NULL ? (double)NAN
                            : ar_ledger_yuan_a_reached(&r->ledger) / ar_ledger_yuan_a_reached(&none->ledger));
    add_number(summary, "expected_calibration_error", r->calibration_error);
    add_share(summary, "borrowed_people_labelled_or_blocked", ar_harm_touched(&r->harm_class[AR_CLASS_BORROWED]));
}

static cJSON *result_object(const struct ar_result *r, const struct ar_result *none)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "defence", r->defence);
    cJSON_AddBoolToObject(object, "whole", r->whole);
    if (!r->whole) cJSON_AddStringToObject(object, "why", r->why);
    add_number(object, "simulated_s", r->simulated_s);
    add_number(object, "wall_s", r->wall_s);
    cJSON *calls = add_object(object, "calls");
    add_count(calls, "events", r->events);
    add_count(calls, "attempts", r->attempts);
    add_count(calls, "ended", r->ended);
    add_count(calls, "under_way", r->under_way);
    add_count(calls, "before_measuring", r->early);
    add_count(calls, "tests", r->tests);
    add_count(calls, "wanted", r->wanted);
    add_count(calls, "unwanted", r->unwanted);
    add_count(calls, "unwanted_to_nobody", r->nobody);
    add_count(calls, "reported", r->reported);
    add_summary(object, r, none);
    add_reach(object, r);
    add_harms(object, r);
    cJSON *speed = add_object(object, "speed");
    add_speed(speed, "campaigns", &r->campaigns);
    add_speed(speed, "rotations", &r->rotations);
    add_deterrence(object, r, none);
    add_score(object, r);
    add_rows(object, r);
    add_count(object, "measured_from_hour", r->measured_hour);
    add_hours(object, "reach_by_hour", r->reach_hour, r->hours);
    add_hours(object, "harm_by_hour", r->harm_hour, r->hours);
    return object;
}

enum an_err ar_report_json(FILE *out, const struct ar_result *results, size_t n)
{
    const struct ar_result *none = ar_report_none(results, n);
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "scenario", results[0].scenario);
    cJSON_AddStringToObject(root, "split", results[0].split);
    add_count(root, "seed", results[0].seed);
    add_count(root, "subscribers", results[0].subscribers);
    cJSON *list = cJSON_AddArrayToObject(root, "results");
    for (size_t i = 0; i < n; i++) cJSON_AddItemToArray(list, result_object(&results[i], none));
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    if (text == NULL) return AN_ERR_NO_MEMORY;
    bool failed = fputs(text, out) < 0 || fputc('\n', out) < 0;
    free(text);
    return failed || ferror(out) ? AN_ERR_IO : AN_OK;
}
