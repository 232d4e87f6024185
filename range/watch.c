/* anning-range watch: a run on the terminal, drawn again each half second. Figures are verdicts so far; the scoreboard
 * proper comes with `anning-range run`. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "range/cmd.h"
#include "range/text.h"

enum { DRAW_EVERY_US = 500000, PRINT_EVERY_US = 10000000, WORST = 6, BAR = 24 };

struct view {
    const struct ar_scenario *scenario; /* [borrow] */
    bool terminal, chinese;
    FILE *frame; /* where the next picture is written, whatever size the terminal has */
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

static const char *say(const struct view *view, const char *en, const char *zh)
{
    return view->chinese ? zh : en;
}

static void draw_head(const struct view *view, const struct ar_run_progress *p, double events_a_s)
{
    unsigned long long simulated_s = (p->now_us - p->begin_us) / 1000000;
    double share = (double)(p->now_us - p->begin_us) / (double)(p->end_us - p->begin_us);
    char bar[BAR + 1];
    memset(bar, '.', BAR);
    memset(bar, '#', (size_t)(share * BAR));
    bar[BAR] = '\0';
    fprintf(view->frame,
            say(view, "%s against %s   day %llu  %02llu:%02llu   [%s] %3.0f %%\n",
                "%s 对阵 %s   第%llu天  %02llu:%02llu   [%s] %3.0f %%\n"),
            view->scenario->name, ar_defence_kind_name(p->kind), simulated_s / 86400 + 1, simulated_s / 3600 % 24,
            simulated_s / 60 % 60, bar, share * 100);
    fprintf(view->frame,
            say(view, "%u people   %.1f M events   %.0f events a second\n\n", "%u人   %.1f百万事件   每秒%.0f事件\n\n"),
            view->scenario->subscribers, (double)p->events / 1e6, events_a_s);
}

static void draw_class(const struct view *view, const struct ar_tally *tally, int class)
{
    const uint64_t *actions = tally->actions[class];
    uint64_t calls = calls_of(tally, class);
    enum ar_class named = (enum ar_class) class;
    char name[64];
    snprintf(name, sizeof name, "%s%s%s", view->chinese && class >= AR_CLASS_A1 ? ar_class_name(named) : "",
             view->chinese && class >= AR_CLASS_A1 ? " " : "",
             view->chinese ? ar_class_text_zh(named) : ar_class_name(named));
    fputs("  ", view->frame);
    ar_text_pad(view->frame, name, 20, false);
    fprintf(view->frame, " %9llu %8.2f %% %8.2f %% %8.2f %% %8.2f %%\n", (unsigned long long)calls,
            percent(actions[AN_ACTION_ALLOW], calls), percent(actions[AN_ACTION_LABEL], calls),
            percent(actions[AN_ACTION_SCREEN], calls), percent(actions[AN_ACTION_BLOCK], calls));
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

static void draw_heads(const struct view *view, const char *const texts[], const int columns[], int count)
{
    for (int i = 0; i < count; i++) {
        fputs(i == 0 ? "  " : " ", view->frame);
        ar_text_pad(view->frame, texts[i], columns[i], i > 0);
    }
    fputc('\n', view->frame);
}

static void draw_classes(const struct view *view, const struct ar_tally *tally)
{
    enum { HEADS = 6 };
    static const char *const unwanted[2][HEADS] = { { "unwanted", "calls", "reach", "labelled", "screened", "blocked" },
                                                    { "骚扰来电", "呼叫", "到达", "标记", "筛问", "拦截" } };
    static const char *const wanted[2][HEADS] = { { "wanted", "calls", "untouched", "labelled", "screened", "blocked" },
                                                  { "正常来电", "呼叫", "未干预", "标记", "筛问", "拦截" } };
    static const int columns[HEADS] = { 20, 9, 10, 10, 10, 10 };
    bool taken[AR_CLASS_COUNT] = { false };
    draw_heads(view, unwanted[view->chinese], columns, HEADS);
    for (int c = AR_CLASS_A1; c < (int)AR_CLASS_COUNT; c++)
        if (calls_of(tally, c) > 0) draw_class(view, tally, c);
    fputc('\n', view->frame);
    draw_heads(view, wanted[view->chinese], columns, HEADS);
    draw_class(view, tally, AR_CLASS_PERSON);
    taken[AR_CLASS_PERSON] = true;
    for (int i = 0, c; i < WORST && (c = worst_of(tally, taken)) >= 0; i++) {
        draw_class(view, tally, c);
        taken[c] = true;
    }
}

/* Those that have called; of a price without anything for it: a dash. */
static void draw_ledgers(const struct view *view, const struct ar_run_progress *p)
{
    enum { HEADS = 8 };
    static const char *const heads[2][HEADS] = {
        { "campaign", "calls", "reached", "leads", "moves", "yuan", "a person", "a lead" },
        { "活动", "呼叫", "触达", "线索", "变换", "花费（元）", "每触达", "每线索" }
    };
    static const int columns[HEADS] = { 10, 9, 8, 6, 6, 10, 10, 10 };
    char price[2][32];
    fputc('\n', view->frame);
    draw_heads(view, heads[view->chinese], columns, HEADS);
    for (size_t i = 0; i < p->campaign_count; i++) {
        const struct ar_adversary_setting *setting = &view->scenario->adversaries[i];
        const struct ar_ledger *l = ar_adversary_ledger(p->campaigns[i]);
        double yuan = ar_ledger_yuan(l), leads = (double)l->leads;
        char name[32];
        if (l->calls == 0) continue;
        snprintf(name, sizeof name, "%zu: %s/%u", i + 1, ar_class_name(setting->mode), setting->strength);
        snprintf(price[0], sizeof price[0], l->reached > 0 ? "%.2f" : "-", yuan / l->reached);
        snprintf(price[1], sizeof price[1], leads > 0 ? "%.2f" : "-", yuan / leads);
        fprintf(view->frame, "  %-10s %9llu %8.0f %6llu %6llu %10.0f %10s %10s\n", name, (unsigned long long)l->calls,
                l->reached, (unsigned long long)l->leads, (unsigned long long)l->moves, yuan, price[0], price[1]);
    }
}

/* A picture as far as the terminal's size goes, over the last one. */
static void print_frame(char *text)
{
    struct winsize size = { .ws_row = 24, .ws_col = 80 };
    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    int rows = size.ws_row > 1 ? size.ws_row - 1 : 1, columns = size.ws_col > 0 ? size.ws_col : 80, line = 0;
    fputs("\033[H", stdout);
    for (char *at = text, *end; *at != '\0' && line < rows; at = end + 1, line++) {
        end = strchr(at, '\n');
        an_assert(end != NULL);
        *end = '\0';
        ar_text_put(stdout, at, columns);
        fputs("\033[K\n", stdout);
    }
    fputs("\033[J", stdout);
}

static void draw(struct view *view, const struct ar_run_progress *p, double events_a_s)
{
    char *text = NULL;
    size_t len = 0;
    view->frame = open_memstream(&text, &len);
    if (view->frame == NULL) return;
    draw_head(view, p, events_a_s);
    draw_classes(view, p->tally);
    draw_ledgers(view, p);
    if (fclose(view->frame) == 0 && view->terminal)
        print_frame(text);
    else
        printf("%s\n", text);
    free(text);
    fflush(stdout);
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
    draw(view, p, rate);
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
    view.chinese = ar_cmd_is_chinese();
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
