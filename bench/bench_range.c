/* What the simulated city costs: events a second of one core and memory, from 10,000 to 10 million subscribers, and
 * what the defences add. Each row is a process of its own, so that its memory is its own. An event is an attempt, an
 * answer, an end or a report. CPU time, without setting up; the yardstick is a chain of multiplications. */
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench.h"
#include "range/run.h"

struct row {
    uint32_t subscribers;
    double days; /* from Monday's midnight, the same share of night for comparable sizes */
    enum ar_defence_kind kind;
};

static const struct row rows[] = {
    { 10000, 7, AR_DEFENCE_NONE },        { 100000, 1, AR_DEFENCE_NONE },      { 1000000, 0.5, AR_DEFENCE_NONE },
    { 10000000, 0.4, AR_DEFENCE_NONE },   { 100000, 1, AR_DEFENCE_FREQUENCY }, { 100000, 1, AR_DEFENCE_BLACKLIST },
    { 100000, 1, AR_DEFENCE_REPUTATION }, { 100000, 1, AR_DEFENCE_ANNING },
};

static struct ar_scenario scenario_of(const struct row *row)
{
    struct ar_scenario scenario;
    ar_scenario_init(&scenario);
    snprintf(scenario.name, sizeof scenario.name, "bench");
    scenario.subscribers = row->subscribers;
    scenario.days = row->days;
    scenario.warm_up_days = 0;
    scenario.platform_trunks = 24;
    scenario.adversary_count = 0;
    static const enum ar_class modes[] = { AR_CLASS_A1, AR_CLASS_A3, AR_CLASS_A4, AR_CLASS_A8 };
    for (unsigned i = 0; i < sizeof modes / sizeof modes[0]; i++)
        scenario.adversaries[scenario.adversary_count++] =
            (struct ar_adversary_setting) { .mode = modes[i],
                                            .strength = 3,
                                            .category = AN_CATEGORY_LOAN,
                                            .calls_a_day = row->subscribers / 40.0, /* 10 % of all calls, about */
                                            .borrow_numbers = true };
    return scenario;
}

struct figures {
    uint64_t begin_ns, begin_events; /* when the first step was over: the city stands */
    uint64_t end_ns, events;
};

static bool note(void *user, const struct ar_run_progress *progress)
{
    struct figures *figures = user;
    figures->end_ns = bench_ns(CLOCK_PROCESS_CPUTIME_ID);
    figures->events = progress->events;
    if (figures->begin_ns == 0) {
        figures->begin_ns = figures->end_ns;
        figures->begin_events = figures->events;
    }
    return true;
}

static int play(const struct row *row)
{
    struct ar_scenario scenario = scenario_of(row);
    struct figures figures = { 0 };
    const struct ar_run_options options = {
        .scenario = &scenario, .seed = 1, .kind = row->kind, .step_us = 60000000, .progress = note, .user = &figures
    };
    struct ar_run run;
    struct an_error error;
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    uint64_t start_ns = bench_ns(CLOCK_PROCESS_CPUTIME_ID);
    if (ar_run(&options, &run, &error) != AN_OK) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    getrusage(RUSAGE_SELF, &after);
    double seconds = (double)(figures.end_ns - figures.begin_ns) / 1e9;
    double events = (double)(figures.events - figures.begin_events);
    double bytes = (double)(after.ru_maxrss - before.ru_maxrss) * 1024;
    printf("%11u %5.1f  %-11s %10.2f %12.0f %8.0f %9.1f %9.1f %8.2f\n", row->subscribers, row->days,
           ar_defence_kind_name(row->kind), events / 1e6, events / seconds, seconds * 1e9 / events, bytes / 1e6,
           bytes / row->subscribers, (double)(figures.begin_ns - start_ns) / 1e9);
    ar_run_done(&run);
    return 0;
}

static void yardstick(void)
{
    uint64_t x = 3, begin_ns = bench_ns(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < 100000000; i++) {
        x *= 0x9e3779b97f4a7c15ull;
        __asm__ volatile("" : "+r"(x));
    }
    printf("yardstick: a multiplication in a chain %.2f ns\n",
           (double)(bench_ns(CLOCK_PROCESS_CPUTIME_ID) - begin_ns) / 1e8);
}

int main(void)
{
    printf("%11s %5s  %-11s %10s %12s %8s %9s %9s %8s\n", "subscribers", "days", "defence", "M events", "events/s",
           "ns each", "MB", "B each", "set up s");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fflush(stdout);
        pid_t child = fork();
        if (child < 0) return 1;
        if (child == 0) {
            int code = play(&rows[i]);
            fflush(stdout);
            _exit(code);
        }
        int status;
        if (waitpid(child, &status, 0) != child || status != 0) return 1;
    }
    yardstick();
    puts("bar: 1,000,000 events a second on one core with no defence");
    return 0;
}
