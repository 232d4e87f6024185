/* anning journal ls|cat|verify|follow|rejudge --data DIR */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/record_json.h"
#include "base/clock.h"
#include "base/nearest.h"
#include "cli/cli.h"
#include "cli/inert.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/rejudge.h"
#include "journal/format.h"
#include "journal/list.h"
#include "journal/reader.h"
#include "journal/verify.h"
#include "parse/event_time.h"

enum { KEY_SINCE = 256, KEY_UNTIL, KEY_MODEL };
enum { FOLLOW_POLL_US = 100000, LINE_MAX_BYTES = 1 << 20 };

struct flags {
    const char *data, *what, *type, *since, *until, *model;
    bool verbose;
};

static const struct argp_option options[] = {
    { "data", 'd', "DIR", 0, AN_HELP("data folder (default: /var/lib/anning)", "数据目录（默认/var/lib/anning）"), 0 },
    { "type", 't', "NAME", 0,
      AN_HELP("cat, follow: only records of this type: verdict, observation, settings, start, stop, chain, snapshot, "
              "loss, label, model, campaign",
              "cat、follow：只看此类记录：verdict、observation、settings、start、stop、chain、snapshot、loss、label、mo"
              "del、campaign"),
      0 },
    { "since", KEY_SINCE, "TIME", 0,
      AN_HELP("cat, rejudge: from this time on (2026-11-22T03:00:00Z or seconds)",
              "cat、rejudge：自此时间起（2026-11-22T03:00:00Z或秒数）"),
      0 },
    { "until", KEY_UNTIL, "TIME", 0, AN_HELP("cat, rejudge: up to this time", "cat、rejudge：至此时间止"), 0 },
    { "model", KEY_MODEL, "FILE", 0,
      AN_HELP("rejudge: a learned model, beside those of the data folder and the one that ships",
              "rejudge：除数据目录中的模型和随附模型外，另加此模型文件"),
      0 },
    { "verbose", 'v', NULL, 0, AN_HELP("verify: name each open segment too", "verify：同时列出未关闭的分段"), 0 },
    { 0 },
};

static error_t take(int key, char *arg, struct argp_state *state)
{
    struct flags *flags = state->input;
    switch (key) {
    case 'd': flags->data = arg; break;
    case 't': flags->type = arg; break;
    case KEY_SINCE: flags->since = arg; break;
    case KEY_UNTIL: flags->until = arg; break;
    case KEY_MODEL: flags->model = arg; break;
    case 'v': flags->verbose = true; break;
    case ARGP_KEY_ARG:
        if (flags->what != NULL) argp_error(state, "one action at a time: %s or %s", flags->what, arg);
        flags->what = arg;
        break;
    case ARGP_KEY_END:
        if (flags->what == NULL) argp_error(state, "what? One of ls, cat, verify, follow, rejudge");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

#define EXAMPLES                                                                                                       \
    "  anning journal cat -d /var/lib/anning -t verdict | jq -c '[.to, .action]'\n"                                    \
    "  anning journal verify --data /var/lib/anning\n"

static const struct argp argp = { options,
                                  take,
                                  "ls|cat|verify|follow|rejudge",
                                  AN_HELP(
                                      "Reads the journal: every attempt, verdict, end and report.\v"
                                      "  ls       segments: worker, size, first record\n"
                                      "  cat      one JSON object a record, in order of time\n"
                                      "  verify   checks every checksum and the hash chain\n"
                                      "  follow   like cat, and goes on as records come (Ctrl-C ends it)\n"
                                      "  rejudge  judges again from each verdict's own record; says which differ\n\n"
                                      "Examples:\n" EXAMPLES,
                                      "读取日志：每一次呼叫、判定、结局和举报。\v"
                                      "  ls       列出分段：工作线程、大小、首条记录的时间\n"
                                      "  cat      按时间顺序输出，每条记录一个JSON对象\n"
                                      "  verify   校验每条记录和哈希链\n"
                                      "  follow   同cat，并持续输出新记录（Ctrl-C结束）\n"
                                      "  rejudge  依各判定自身的记录重新计算，报告不一致者\n\n"
                                      "示例：\n" EXAMPLES),
                                  NULL,
                                  NULL,
                                  NULL };

static int fill_filter(const struct flags *flags, struct an_journal_filter *ret_filter)
{
    *ret_filter = (struct an_journal_filter) { 0 };
    for (uint16_t type = 1; flags->type != NULL && type < AN_RECORD_TYPE_COUNT; type++)
        if (strcmp(flags->type, an_record_type_name(type)) == 0) ret_filter->types = 1u << type;
    if (flags->type != NULL && ret_filter->types == 0)
        return an_cli_fail(AN_EXIT_USAGE,
                           "--type %s: verdict, observation, settings, start, stop, chain, snapshot, loss, "
                           "label, model and campaign are possible",
                           flags->type);
    const char *texts[] = { flags->since, flags->until };
    uint64_t *times[] = { &ret_filter->since_us, &ret_filter->until_us };
    for (int i = 0; i < 2; i++)
        if (texts[i] != NULL && an_time_parse(an_slice_of(texts[i]), AN_TIME_AUTO, 0, times[i]) != AN_OK)
            return an_cli_fail(AN_EXIT_USAGE, "\"%s\" is no time; write 2026-11-22T03:00:00Z, or seconds since 1970",
                               texts[i]);
    return AN_EXIT_OK;
}

static int list(const char *data)
{
    static const char *const headers[] = { "segment", ">worker", ">bytes", "first record", "header" };
    struct an_segment_list segments;
    struct an_error error;
    if (an_journal_list(data, &segments, &error) != AN_OK) return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s", error.text);
    struct an_grid *grid = an_grid_new(5, headers);
    uint64_t bytes = 0;
    for (size_t i = 0; i < segments.count; i++) {
        const struct an_segment_name *segment = &segments.names[i];
        uint64_t created_us;
        char name[AN_SEGMENT_NAME_MAX], worker[16], size[32], when[32] = "";
        bool readable = an_segment_created(data, segment, &created_us);
        an_segment_name(segment->worker, segment->sequence, name);
        snprintf(worker, sizeof worker, "%u", segment->worker);
        if (readable) an_api_time_text(created_us, when);
        const char *cells[] = { name, worker, an_text_count(segment->bytes, size), when,
                                readable ? "good" : "DAMAGED" };
        an_grid_row(grid, cells);
        bytes += segment->bytes;
    }
    an_grid_print(grid, stdout);
    an_grid_free(grid);
    char total[32];
    char counted[AN_TEXT_COUNTED_MAX];
    printf("%s, %s\n", an_text_counted(segments.count, "segment", "segments", counted),
           an_text_bytes((double)bytes, total));
    an_segment_list_free(&segments);
    return AN_EXIT_OK;
}

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static bool print_record(const struct an_journal_entry *entry, struct an_text *text)
{
    struct an_record record;
    if (an_record_decode(entry->type, entry->payload, entry->len, &record) != AN_OK) {
        fprintf(stderr, "anning: worker %u, segment %" PRIu64 ", byte %" PRIu64 ": a record of an unknown layout\n",
                entry->at.worker, entry->at.sequence, entry->at.offset);
        return true;
    }
    an_text_clear(text);
    an_api_record_json(text, entry, &record);
    an_text_puts(text, "\n");
    return an_inert_json(stdout, text->at, text->len); /* callers chose some of it */
}

/* cat and follow. A reader that goes away (head) ends it quietly. */
static int show(const struct flags *flags, bool follow)
{
    struct an_journal_filter filter;
    int status = fill_filter(flags, &filter);
    if (status != AN_EXIT_OK) return status;
    filter.follow = follow;
    struct an_journal_reader *reader;
    struct an_error error;
    if (an_journal_reader_open(flags->data, &filter, &reader, &error) != AN_OK)
        return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s", error.text);
    struct an_text text;
    an_text_init(&text, LINE_MAX_BYTES);
    struct an_journal_entry entry = { 0 };
    while (!interrupted) {
        enum an_err err = an_journal_reader_next(reader, &entry);
        if (err == AN_ERR_END && !follow) break;
        if (err == AN_ERR_END) {
            fflush(stdout);
            usleep(FOLLOW_POLL_US);
        } else if (err == AN_ERR_CORRUPT) {
            fprintf(stderr, "anning: worker %u, segment %" PRIu64 ", byte %" PRIu64 ": %s\n", entry.at.worker,
                    entry.at.sequence, entry.at.offset, entry.what);
            status = AN_EXIT_NO;
        } else if (err != AN_OK) {
            status = an_cli_fail(AN_EXIT_ENVIRONMENT, "%s: can't be read: %s", flags->data, strerror(errno));
            break;
        } else if (!print_record(&entry, &text)) {
            break;
        }
    }
    if (entry.what[0] != '\0' && !follow) fprintf(stderr, "anning: %s\n", entry.what);
    an_text_done(&text);
    an_journal_reader_close(reader);
    return status;
}

struct verification {
    struct an_progress progress;
    bool verbose;
};

static void show_finding(void *context, const struct an_finding *finding)
{
    const struct verification *verification = context;
    if (finding->kind == AN_FINDING_OPEN && !verification->verbose) return; /* one line at the end says how many */
    printf("%-8s %s at byte %" PRIu64 ": %s\n", an_finding_kind_name(finding->kind), finding->file, finding->offset,
           finding->text);
}

static void show_progress(void *context, uint64_t done, uint64_t total)
{
    struct verification *verification = context;
    an_progress_update(&verification->progress, done, total);
}

static int verify(const struct flags *flags)
{
    struct an_verify_report report;
    struct an_error error;
    struct verification verification = { .verbose = flags->verbose };
    an_progress_begin(&verification.progress, an_cli_say("verifying", "校验中"), AN_PROGRESS_BYTES);
    enum an_err err = an_journal_verify(flags->data, show_finding, show_progress, &verification, &report, &error);
    an_progress_end(&verification.progress);
    if (err != AN_OK && err != AN_ERR_CORRUPT) return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s", error.text);
    char segments[AN_TEXT_COUNTED_MAX], records[AN_TEXT_COUNTED_MAX], bytes[AN_TEXT_COUNTED_MAX],
        links[AN_TEXT_COUNTED_MAX], rest[AN_TEXT_COUNTED_MAX];
    printf("%s: %s, %s, %s; %s, %s after the last one\n",
           report.intact ? an_cli_say("intact", "完好") : an_cli_say("DAMAGED", "已损坏"),
           an_text_counted(report.segments, "segment", "segments", segments),
           an_text_counted(report.records, "record", "records", records),
           an_text_counted(report.bytes, "byte", "bytes", bytes),
           an_text_counted(report.chains, "chain link matches", "chain links match", links),
           an_text_counted(report.unchained_bytes, "byte", "bytes", rest));
    if (report.findings[AN_FINDING_OPEN] > 0)
        printf("%s: being written, or not closed in order; no damage\n",
               an_text_counted(report.findings[AN_FINDING_OPEN], "segment is open", "segments are open", segments));
    if (report.lost > 0)
        printf("%s lost when the disk could not take them, as announced\n",
               an_text_counted(report.lost, "record was", "records were", records));
    return report.intact ? AN_EXIT_OK : AN_EXIT_NO;
}

int an_cmd_journal(int argc, char **argv)
{
    struct flags flags = { .data = "/var/lib/anning" };
    an_cli_parse(&argp, argc, argv, &flags);
    struct sigaction action = { .sa_handler = on_interrupt };
    sigaction(SIGINT, &action, NULL);
    if (!an_cli_data_exists(flags.data)) return AN_EXIT_ENVIRONMENT;
    if (strcmp(flags.what, "ls") == 0) return list(flags.data);
    if (strcmp(flags.what, "cat") == 0) return show(&flags, false);
    if (strcmp(flags.what, "follow") == 0) return show(&flags, true);
    if (strcmp(flags.what, "verify") == 0) return verify(&flags);
    struct an_journal_filter filter;
    int status = fill_filter(&flags, &filter);
    if (status != AN_EXIT_OK) return status;
    if (strcmp(flags.what, "rejudge") == 0) return an_cli_rejudge(flags.data, flags.model, &filter);
    static const char *const actions[] = { "ls", "cat", "verify", "follow", "rejudge" };
    const char *near = an_nearest(an_slice_of(flags.what), actions, 5);
    return an_cli_fail(AN_EXIT_USAGE,
                       "journal has no action \"%s\"%s%s; ls, cat, verify, follow and rejudge are possible", flags.what,
                       near == NULL ? "" : "; did you mean ", near == NULL ? "" : near);
}
