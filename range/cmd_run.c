/* anning-range run: a scenario against one defence after the other, and the scoreboard. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "range/cmd.h"
#include "range/report.h"

enum { KEY_JSON = AR_KEY_OWN, KEY_HTML, KEY_QUIET, KEY_DATA, KEY_TRUTH, KEY_WEEKS, KEY_DAYS, KEY_NOW, KEY_SINCE };
enum { AR_WEEKS_MAX = 5200 };

struct flags {
    struct ar_cmd_choice choice;
    const char *json, *html, *data, *truth;
    uint32_t weeks, days;
    double now_h, since_h; /* of the range's time; below 0: not given */
    bool quiet;
};

static const struct argp_option options[] = {
    AR_CMD_OPTIONS,
    { "json", KEY_JSON, "FILE", 0, "write the figures to FILE; - is standard output", 2 },
    { "html", KEY_HTML, "FILE", 0, "write a page with charts to FILE", 2 },
    { "data", KEY_DATA, "DIR", 0,
      "with --defence anning: keep its journal and state in DIR, which has to be new or empty", 2 },
    { "truth", KEY_TRUTH, "FILE", 0,
      "with anning or --live: write token,unwanted,category,class,campaign of every call to FILE as CSV; "
      "not "
      "with final seeds, which nothing may be trained on",
      2 },
    { "days", KEY_DAYS, "N", 0, "with --live: N days later, on top of --weeks; weekdays are then others", 2 },
    { "weeks", KEY_WEEKS, "N", 0, "with --live: all times N weeks later, so that a console shows them as of now", 2 },
    { "now", KEY_NOW, "HOURS", 0,
      "with --live, instead of --weeks and --days: so many hours after its beginning the scenario has come to now; "
      "what is "
      "later comes as the clock goes, until Ctrl-C",
      2 },
    { "since", KEY_SINCE, "HOURS", 0, "with --now: what happens before is not told to anningd", 2 },
    { "quiet", KEY_QUIET, NULL, 0, "no progress", 2 },
    { 0 },
};

static double hours_of(struct argp_state *state, const char *name, const char *value)
{
    const double most = 24.0 * 366;
    char *end;
    double hours = strtod(value, &end);
    if (end == value || *end != '\0' || !(hours >= 0 && hours <= most))
        argp_error(state, "%s is %s; hours from 0 to %.0f are possible", name, value, most);
    return hours;
}

/* How much later a running anningd is told things, to whole minutes. */
static struct ar_live_options live_of(const struct flags *flags)
{
    const double hour_us = 3600e6;
    struct ar_live_options live = { .later_us = (7ull * flags->weeks + flags->days) * 86400000000ull };
    if (flags->now_h < 0) return live;
    uint64_t minute = an_clock_wall_us() / 60000000 * 60000000;
    live.later_us = minute - AR_BEGIN_US - (uint64_t)(flags->now_h * hour_us);
    live.paced = true;
    if (flags->since_h > 0) live.since_us = AR_BEGIN_US + (uint64_t)(flags->since_h * hour_us);
    return live;
}

static error_t parse_flag(int key, char *value, struct argp_state *state)
{
    struct flags *flags = state->input;
    switch (key) {
    case KEY_JSON: flags->json = value; return 0;
    case KEY_HTML: flags->html = value; return 0;
    case KEY_DATA: flags->data = value; return 0;
    case KEY_TRUTH: flags->truth = value; return 0;
    case KEY_QUIET: flags->quiet = true; return 0;
    case KEY_NOW: flags->now_h = hours_of(state, "--now", value); return 0;
    case KEY_SINCE: flags->since_h = hours_of(state, "--since", value); return 0;
    case KEY_DAYS: flags->days = (uint32_t)ar_cmd_number(state, "--days", value, 0, 6); return 0;
    case KEY_WEEKS: flags->weeks = (uint32_t)ar_cmd_number(state, "--weeks", value, 0, AR_WEEKS_MAX); return 0;
    default: return ar_cmd_option(key, value, state, &flags->choice);
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse_flag,
    .args_doc = "SCENARIO",
    .doc = "Plays a scenario against defences, each in the same city with the same adversaries, and prints how the "
           "defences compare. Without --defence and --live: all five in process."
           "\vExamples:\n"
           "  anning-range run small\n"
           "  anning-range run small --defence none,anning --seed 7\n"
           "  anning-range run small --split final --json final.json --html final.html\n"
           "  anning-range run small --defence anning --data DIR --truth truth.csv\n"
           "  anning-range run small --live 127.0.0.1:5060,127.0.0.1:8080 --defence none\n",
};

struct watcher {
    struct ar_meter meter;
    bool quiet;
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static bool show(void *user, const struct ar_run_progress *progress)
{
    struct watcher *watcher = user;
    if (!watcher->quiet) ar_meter_show(&watcher->meter, progress);
    return !interrupted;
}

static bool is_anning(enum ar_defence_kind kind)
{
    return kind == AR_DEFENCE_ANNING || kind == AR_DEFENCE_LIVE;
}

/* One defence; the result is there when AR_EXIT_OK or AR_EXIT_NO (ended early) comes back. */
static int run_one(const struct flags *flags, const struct ar_scenario *scenario, uint64_t seed,
                   enum ar_defence_kind kind, struct ar_truth *truth, struct ar_result *ret_result)
{
    struct watcher watcher = { .quiet = flags->quiet };
    const struct ar_run_options run_options = { .scenario = scenario,
                                                .seed = seed,
                                                .kind = kind,
                                                .config = flags->choice.config,
                                                .data_dir = flags->data,
                                                .truth = is_anning(kind) ? truth : NULL,
                                                .sip = flags->choice.sip,
                                                .http = flags->choice.http,
                                                .live = live_of(flags),
                                                .step_us = flags->now_h < 0 ? 0 : 1000000,
                                                .progress = show,
                                                .user = &watcher };
    const char *split = flags->choice.seed_given ? "" : flags->choice.split == NULL ? "train" : flags->choice.split;
    struct ar_run run;
    struct an_error error;
    ar_meter_begin(&watcher.meter, ar_defence_kind_name(kind));
    enum an_err err = ar_run(&run_options, &run, &error);
    ar_meter_end(&watcher.meter);
    if (err != AN_OK) return ar_cmd_fail(AR_EXIT_ENVIRONMENT, "%s", error.text);
    ar_run_result(&run, scenario, split, ret_result);
    int code = AR_EXIT_OK;
    if (!run.whole) code = ar_cmd_fail(AR_EXIT_NO, "%s; what was measured until then follows", run.why.text);
    ar_run_done(&run);
    return code;
}

/* Through a temporary name: a report is whole or not there. */
static int write_file(const char *path, enum an_err (*report)(FILE *, const struct ar_result *, size_t),
                      const struct ar_result *results, size_t n)
{
    char temporary[AR_PATH_MAX];
    if (strcmp(path, "-") == 0) return report(stdout, results, n) == AN_OK ? AR_EXIT_OK : AR_EXIT_ENVIRONMENT;
    if ((size_t)snprintf(temporary, sizeof temporary, "%s.new", path) >= sizeof temporary)
        return ar_cmd_fail(AR_EXIT_USAGE, "%s: the name is too long", path);
    FILE *out = fopen(temporary, "we");
    if (out == NULL) return ar_cmd_fail(AR_EXIT_ENVIRONMENT, "%s can't be written: %s", temporary, strerror(errno));
    enum an_err err = report(out, results, n);
    if (fclose(out) != 0 || err != AN_OK || rename(temporary, path) != 0) {
        unlink(temporary);
        return ar_cmd_fail(AR_EXIT_ENVIRONMENT, "%s can't be written: %s", path, strerror(errno));
    }
    return AR_EXIT_OK;
}

/* $COLUMNS, as other programs have it; else the terminal's; 0: any. */
static unsigned columns(void)
{
    struct winsize size;
    const char *given = getenv("COLUMNS");
    if (given != NULL) return (unsigned)strtoul(given, NULL, 10) & 0xffff;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static int write_reports(const struct flags *flags, const struct ar_result *results, size_t n)
{
    bool to_stdout = flags->json != NULL && strcmp(flags->json, "-") == 0;
    const struct ar_paper paper = { .columns = columns(),
                                    .colour = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL,
                                    .chinese = ar_cmd_is_chinese() };
    if (!to_stdout) ar_report_terminal(stdout, results, n, &paper);
    int code = flags->json == NULL ? AR_EXIT_OK : write_file(flags->json, ar_report_json, results, n);
    int page = flags->html == NULL ? AR_EXIT_OK : write_file(flags->html, ar_report_html, results, n);
    return page != AR_EXIT_OK ? page : code;
}

/* A seed that any shipped scenario keeps for measuring is another city's here, but nearly the same people. */
static bool is_final(const struct ar_scenario *scenario, uint64_t seed)
{
    for (size_t i = 0; i < scenario->final_count; i++)
        if (scenario->final[i] == seed) return true;
    return false;
}

/* Whether what goes out with the calls fits what is played. AR_EXIT_OK, or an exit code after saying what is wrong. */
static int check_outputs(const struct flags *flags, const struct ar_scenario *scenario, uint64_t seed)
{
    const unsigned anning = 1u << AR_DEFENCE_ANNING, live = 1u << AR_DEFENCE_LIVE;
    unsigned defences = flags->choice.defences;
    if (flags->data != NULL && defences != anning)
        return ar_cmd_fail(AR_EXIT_USAGE, "--data keeps what Anning in process writes: give --defence anning, and no "
                                          "other defence beside it");
    unsigned judges = defences & (anning | live);
    if (flags->truth != NULL && judges != anning && judges != live)
        return ar_cmd_fail(AR_EXIT_USAGE, "--truth names Anning's verdicts: give --defence anning or --live, one of "
                                          "the two");
    if (flags->truth != NULL && (is_final(scenario, seed) || ar_cmd_is_final(seed)))
        return ar_cmd_fail(AR_EXIT_USAGE,
                           "--truth is refused: seed %llu is kept for final measuring, and nothing may be "
                           "trained on it; --split train and --split tune are possible",
                           (unsigned long long)seed);
    if ((flags->weeks + flags->days != 0 || flags->now_h >= 0) && !(defences & live))
        return ar_cmd_fail(AR_EXIT_USAGE,
                           "--weeks, --days and --now move the times that a running anningd is told: give --live");
    if (flags->now_h >= 0 ? flags->weeks + flags->days != 0 : flags->since_h >= 0)
        return ar_cmd_fail(AR_EXIT_USAGE, "--since goes with --now, --weeks and --days do not");
    if (flags->data == NULL) return AR_EXIT_OK;
    DIR *folder = opendir(flags->data);
    if (folder == NULL && errno == ENOENT) return AR_EXIT_OK; /* it will be made */
    if (folder == NULL) return ar_cmd_fail(AR_EXIT_ENVIRONMENT, "%s can't be read: %s", flags->data, strerror(errno));
    bool used = false;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
        used = used || entry->d_name[0] != '.';
    closedir(folder);
    if (!used) return AR_EXIT_OK;
    return ar_cmd_fail(AR_EXIT_ENVIRONMENT,
                       "%s is not empty; a run begins with nothing learned: empty it, or name "
                       "another folder",
                       flags->data);
}

static int open_truth(const struct flags *flags, const struct ar_scenario *scenario, struct ar_truth **ret_truth)
{
    struct an_error error;
    if (flags->truth == NULL || ar_truth_open(flags->truth, scenario, ret_truth, &error) == AN_OK) return AR_EXIT_OK;
    return ar_cmd_fail(AR_EXIT_ENVIRONMENT, "%s", error.text);
}

static int close_truth(struct ar_truth *truth, int code)
{
    struct an_error error;
    if (truth == NULL || ar_truth_close(truth, &error) == AN_OK) return code;
    return ar_cmd_fail(AR_EXIT_ENVIRONMENT, "%s", error.text);
}

int ar_cmd_run(int argc, char **argv)
{
    struct flags flags = { .now_h = -1, .since_h = -1 };
    static struct ar_scenario scenario; /* large */
    uint64_t seed;
    ar_cmd_parse(&argp, argc, argv, &flags);
    if (flags.choice.defences == 0) flags.choice.defences = (1u << AR_DEFENCE_LIVE) - 1;
    int code = ar_cmd_load(&flags.choice, &scenario, &seed);
    if (code != AR_EXIT_OK) return code;
    struct ar_truth *truth = NULL;
    code = check_outputs(&flags, &scenario, seed);
    if (code == AR_EXIT_OK) code = open_truth(&flags, &scenario, &truth);
    if (code != AR_EXIT_OK) return code;
    struct ar_result *results = calloc(AR_DEFENCE_COUNT, sizeof *results);
    if (results == NULL) return ar_cmd_fail(AR_EXIT_ENVIRONMENT, "no memory");
    signal(SIGINT, on_interrupt);
    size_t n = 0;
    for (int k = 0; k < AR_DEFENCE_COUNT && code == AR_EXIT_OK; k++) {
        if ((flags.choice.defences & 1u << k) == 0) continue;
        code = run_one(&flags, &scenario, seed, (enum ar_defence_kind)k, truth, &results[n]);
        if (code == AR_EXIT_OK || code == AR_EXIT_NO) n++;
    }
    code = close_truth(truth, code);
    if (n > 0) {
        int written = write_reports(&flags, results, n);
        code = code == AR_EXIT_OK ? written : code;
    }
    free(results);
    return code;
}
