/* anning-range watch: a run on the terminal, drawn again each half second. Figures are verdicts so far; the scoreboard
 * proper comes with `anning-range run`. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "range/cmd.h"

enum { DRAW_EVERY_US = 500000, PRINT_EVERY_US = 10000000, WORST = 6 };

struct view {
    const struct ar_scenario *scenario; /* [borrow] */
    bool terminal;
    const char *eol;
    uint64_t next_us, last_us, last_events;
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static uint64_t calls_of(const struct ar_tally *tally, int class)
{
    uint64_t sum = 0;
    for (int a = 0; a < AN_ACTION_COUNT; a++) sum += tally->actions[class][a];
    return sum;
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

static void draw_head(const struct view *view, const struct ar_run_progress *p, double events_a_s)
{
    uint64_t simulated_s = (p->now_us - p->begin_us) / 1000000;
    double share = (double)(p->now_us - p->begin_us) / (double)(p->end_us - p->begin_us);
    char bar[31];
    memset(bar, '.', 30);
    memset(bar, '#', (size_t)(share * 30));
    bar[30] = '\0';
    printf("%s against %s   day %u  %02u:%02u   [%s] %3.0f %%%s", view->scenario->name, ar_defence_kind_name(p->kind),
           (unsigned)(simulated_s / 86400) + 1, (unsigned)(simulated_s / 3600 % 24), (unsigned)(simulated_s / 60 % 60),
           bar, share * 100, view->eol);
    printf("%u people   %.1f M events   %.0f events a second%s%s", view->scenario->subscribers, (double)p->events / 1e6,
           events_a_s, view->eol, view->eol);
}

static void draw_class(const struct view *view, const struct ar_tally *tally, int class)
{
    const uint64_t *actions = tally->actions[class];
    uint64_t calls = calls_of(tally, class);
    printf("  %-14s %9llu %8.2f %% %8.2f %% %8.2f %% %8.2f %%%s", ar_class_name((enum ar_class) class),
           (unsigned long long)calls, percent(actions[AN_ACTION_ALLOW], calls),
           percent(actions[AN_ACTION_LABEL], calls), percent(actions[AN_ACTION_SCREEN], calls),
           percent(actions[AN_ACTION_BLOCK], calls), view->eol);
}

/* The wanted classes by the share that did not pass as it was, the worst first; -1: none left. */
static int worst_of(const struct ar_tally *tally, const bool *taken)
{
    int worst = -1;
    double most = -1;
    for (int c = 0; c < (int)AR_CLASS_A1; c++) {
        uint64_t calls = calls_of(tally, c);
        double hit = percent(calls - tally->actions[c][AN_ACTION_ALLOW], calls);
        if (taken[c] || calls == 0 || hit <= most) continue;
        worst = c;
        most = hit;
    }
    return worst;
}

static void draw_classes(const struct view *view, const struct ar_tally *tally)
{
    bool taken[AR_CLASS_COUNT] = { false };
    printf("  %-14s %9s %10s %10s %10s %10s%s", "unwanted", "calls", "reach", "labelled", "screened", "blocked",
           view->eol);
    for (int c = AR_CLASS_A1; c < (int)AR_CLASS_COUNT; c++)
        if (calls_of(tally, c) > 0) draw_class(view, tally, c);
    printf("%s  %-14s %9s %10s %10s %10s %10s%s", view->eol, "wanted", "calls", "untouched", "labelled", "screened",
           "blocked", view->eol);
    draw_class(view, tally, AR_CLASS_PERSON);
    taken[AR_CLASS_PERSON] = true;
    for (int i = 0, c; i < WORST && (c = worst_of(tally, taken)) >= 0; i++) {
        draw_class(view, tally, c);
        taken[c] = true;
    }
}

static void draw_ledgers(const struct view *view, const struct ar_run_progress *p)
{
    printf("%s  %-10s %9s %9s %7s %6s %9s %12s %12s%s", view->eol, "campaign", "calls", "reached", "leads", "moves",
           "yuan", "a person", "a lead", view->eol);
    for (size_t i = 0; i < p->campaign_count; i++) {
        const struct ar_adversary_setting *setting = &view->scenario->adversaries[i];
        const struct ar_ledger *l = ar_adversary_ledger(p->campaigns[i]);
        double yuan = ar_ledger_yuan(l);
        char name[32];
        snprintf(name, sizeof name, "%zu: %s/%u", i + 1, ar_class_name(setting->mode), setting->strength);
        printf("  %-10s %9llu %9.0f %7llu %6llu %9.0f %12.2f %12.2f%s", name, (unsigned long long)l->calls, l->reached,
               (unsigned long long)l->leads, (unsigned long long)l->moves, yuan, l->reached > 0 ? yuan / l->reached : 0,
               l->leads > 0 ? yuan / (double)l->leads : 0, view->eol);
    }
}

static bool show(void *user, const struct ar_run_progress *p)
{
    struct view *view = user;
    uint64_t now_us = an_clock_mono_us();
    bool last = p->now_us >= p->end_us || interrupted;
    if (now_us < view->next_us && !last) return true;
    double seconds = (double)(now_us - view->last_us) / 1e6;
    double rate = seconds > 0 ? (double)(p->events - view->last_events) / seconds : 0;
    view->next_us = now_us + (view->terminal ? DRAW_EVERY_US : PRINT_EVERY_US);
    view->last_us = now_us;
    view->last_events = p->events;
    if (view->terminal) fputs("\033[H", stdout);
    draw_head(view, p, rate);
    draw_classes(view, p->tally);
    draw_ledgers(view, p);
    fputs(view->terminal ? "\033[J" : "\n", stdout);
    fflush(stdout);
    return !interrupted;
}

static error_t parse_flag(int key, char *value, struct argp_state *state)
{
    return ar_cmd_option(key, value, state, state->input);
}

static const struct argp_option options[] = { AR_CMD_OPTIONS, { 0 } };
static const struct argp argp = {
    .options = options,
    .parser = parse_flag,
    .args_doc = "SCENARIO",
    .doc = "Plays a scenario and shows reach, harm and the adversaries' books as they grow; Ctrl-C stops."
           "\vExamples:\n"
           "  anning-range watch small\n"
           "  anning-range watch small --defence frequency --strength 5\n",
};

static int watch_one(const struct ar_scenario *scenario, const struct ar_cmd_choice *choice, uint64_t seed,
                     enum ar_defence_kind kind)
{
    struct view view = { .scenario = scenario, .terminal = isatty(STDOUT_FILENO) == 1, .last_us = an_clock_mono_us() };
    view.eol = view.terminal ? "\033[K\n" : "\n";
    view.next_us = view.last_us + (view.terminal ? 0 : PRINT_EVERY_US);
    const struct ar_run_options run_options = { .scenario = scenario,
                                                .seed = seed,
                                                .kind = kind,
                                                .config = choice->config,
                                                .sip = choice->sip,
                                                .http = choice->http,
                                                .progress = show,
                                                .user = &view };
    struct ar_run run;
    struct an_error error;
    if (view.terminal) fputs("\033[2J", stdout);
    if (ar_run(&run_options, &run, &error) != AN_OK) return ar_cmd_fail(AR_EXIT_ENVIRONMENT, "%s", error.text);
    int code = run.whole ? AR_EXIT_OK : ar_cmd_fail(AR_EXIT_NO, "%s", run.why.text);
    ar_run_done(&run);
    return code;
}

int ar_cmd_watch(int argc, char **argv)
{
    struct ar_cmd_choice choice = { 0 };
    static struct ar_scenario scenario; /* large */
    uint64_t seed;
    ar_cmd_parse(&argp, argc, argv, &choice);
    if (choice.defences == 0) choice.defences = 1u << AR_DEFENCE_ANNING;
    int code = ar_cmd_load(&choice, &scenario, &seed);
    if (code != AR_EXIT_OK) return code;
    signal(SIGINT, on_interrupt);
    for (int k = 0; k < AR_DEFENCE_COUNT && code == AR_EXIT_OK; k++)
        if (choice.defences & 1u << k) code = watch_one(&scenario, &choice, seed, (enum ar_defence_kind)k);
    return code;
}
