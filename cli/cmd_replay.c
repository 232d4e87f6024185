/* anning replay FILE...: past calls through the door on virtual time. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/inert.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/replay_input.h"
#include "cli/replay_queue.h"
#include "engine/engine.h"
#include "engine/models.h"
#include "engine/normalise.h"
#include "parse/sip.h"
#include "parse/sip_event.h"
#include "settings/config.h"

enum { KEY_FORMAT = 256, FILES_MAX = 1024, FAULTS_SHOWN = 10, LINE_MAX_BYTES = 1 << 16 };

struct flags {
    const char *config, *data, *layout, *format;
    bool json;
    int file_count;
    char *files[FILES_MAX];
};

static const struct argp_option options[] = {
    { "config", 'c', "FILE", 0,
      AN_HELP("policy, lists, trunks and CSV layouts from this configuration", "取此配置的策略、名单、中继和CSV列定义"),
      0 },
    { "data", 'd', "DIR", 0,
      AN_HELP("keep the journal and the state here (default: keep nothing)", "日志和状态保存到此目录（默认不保存）"),
      0 },
    { "layout", 'l', "NAME", 0,
      AN_HELP("CSV layout: asterisk, freeswitch, anning, or one of the configuration",
              "CSV列定义：asterisk、freeswitch、anning，或配置中的名称"),
      0 },
    { "format", KEY_FORMAT, "NAME", 0,
      AN_HELP("csv, ndjson or pcap (default: the file tells)", "csv、ndjson或pcap（默认按文件判断）"), 0 },
    { "json", 'j', NULL, 0,
      AN_HELP("one verdict a line as JSON instead of the summary", "每个判定输出一行JSON，而非汇总"), 0 },
    { 0 },
};

static error_t take(int key, char *arg, struct argp_state *state)
{
    struct flags *flags = state->input;
    switch (key) {
    case 'c': flags->config = arg; break;
    case 'd': flags->data = arg; break;
    case 'l': flags->layout = arg; break;
    case KEY_FORMAT: flags->format = arg; break;
    case 'j': flags->json = true; break;
    case ARGP_KEY_ARG:
        if (flags->file_count == FILES_MAX) argp_error(state, "at most %d files at a time", FILES_MAX);
        flags->files[flags->file_count++] = arg;
        break;
    case ARGP_KEY_END:
        if (flags->file_count == 0) argp_error(state, "which file? Call records (CSV, NDJSON) or a capture (pcap)");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

#define EXAMPLES                                                                                                       \
    "  anning replay /var/log/asterisk/cdr-csv/Master.csv\n"                                                           \
    "  anning replay --json capture.pcapng | jq -r '[.from, .action] | @tsv'\n"

static const struct argp argp = {
    options,
    take,
    "FILE...",
    AN_HELP("Tells what would have been said to past calls: files of call records or captured signalling, in order of "
            "their times, as fast as one core goes.\v"
            "Examples:\n" EXAMPLES "\nThe columns of call records are described in docs/records.md.\n",
            "重放历史呼叫，说明当时会如何判定：话单或信令抓包，按时间顺序。\v"
            "示例：\n" EXAMPLES "\n话单各列的说明见docs/records.md。\n"),
    NULL,
    NULL,
    NULL
};

struct replay {
    const struct flags *flags;
    struct an_config config;
    struct an_engine *engine;
    struct an_replay_queue *queue;
    struct an_vector vector;
    struct an_call calls[AN_VECTOR_MAX];
    char *texts; /* [own] AN_VECTOR_MAX buffers of AN_SIP_MESSAGE_MAX */
    struct an_progress progress;
    uint64_t attempts, events, faults, skipped, by_action[AN_ACTION_COUNT], by_category[AN_CATEGORY_COUNT];
    struct an_text line;
    int32_t utc_offset_s;
};

static void print_verdict(struct replay *replay, const struct an_call *call)
{
    char from[AN_NUMBER_TEXT_MAX], to[AN_NUMBER_TEXT_MAX];
    an_number_text(call->enriched.obs.caller, from);
    an_number_text(call->enriched.obs.callee, to);
    an_text_clear(&replay->line);
    an_text_puts(&replay->line, "{");
    an_text_json_key(&replay->line, "time");
    an_text_json_number(&replay->line, (double)call->enriched.obs.time_us / 1e6, 3);
    an_text_json_pair(&replay->line, "from", from);
    an_text_json_pair(&replay->line, "to", to);
    an_api_verdict_json(&replay->line, &call->verdict, NULL);
    an_text_puts(&replay->line, "}\n");
    (void)an_inert_json(stdout, replay->line.at, replay->line.len); /* seen at the end of the program */
}

static void run_vector(struct replay *replay)
{
    if (replay->vector.count == 0) return;
    an_engine_run(an_engine_context(replay->engine, 0), &replay->vector);
    for (uint32_t i = 0; i < replay->vector.count; i++) {
        const struct an_call *call = &replay->calls[i];
        if (call->error != AN_OK) continue;
        if (call->observed.repeat || call->enriched.obs.kind != AN_OBS_ATTEMPT) {
            *(call->observed.repeat ? &replay->skipped : &replay->events) += 1;
            continue;
        }
        replay->attempts++;
        replay->by_action[call->verdict.action]++;
        replay->by_category[call->verdict.category]++;
        if (replay->flags->json) print_verdict(replay, call);
    }
    replay->vector.count = 0;
}

/* An item whose time has come: into the vector. */
static void judge(void *user, const struct an_replay_item *item)
{
    struct replay *replay = user;
    uint32_t at = replay->vector.count;
    struct an_call *call = &replay->calls[at];
    char *text = replay->texts + (size_t)at * AN_SIP_MESSAGE_MAX;
    if (item->is_sip) {
        memset(call, 0, offsetof(struct an_call, parsed));
        memcpy(text, item->bytes, item->len);
        call->base = text;
        call->length = (uint32_t)item->len;
        call->transport = AN_TRANSPORT_UDP; /* as if it came in now: retransmissions in the capture count once */
        call->peer = item->from;
        if (an_sip_parse(text, item->len, &call->parsed) != AN_OK) {
            replay->faults++;
            return;
        }
        if (!an_sip_event(call)) {
            replay->skipped++;
            return;
        }
        call->parsed.given_time_us = item->time_us;
    } else if (an_event_fill(call, text, AN_SIP_MESSAGE_MAX, &item->event) != AN_OK) {
        replay->faults++;
        return;
    }
    replay->vector.now_us = item->time_us;
    if (++replay->vector.count == AN_VECTOR_MAX) run_vector(replay);
}

static bool take_event(void *user, const struct an_event_text *event)
{
    struct replay *replay = user;
    return an_replay_queue_event(replay->queue, event) == AN_OK;
}

static bool take_sip(void *user, uint64_t time_us, const union an_address *from, const char *bytes, size_t len)
{
    struct replay *replay = user;
    return an_replay_queue_sip(replay->queue, time_us, from, bytes, len) == AN_OK;
}

static void show_progress(void *user, uint64_t done, uint64_t total)
{
    an_progress_update(&((struct replay *)user)->progress, done, total);
}

static void show_fault(void *user, const char *text)
{
    struct replay *replay = user;
    if (++replay->faults <= FAULTS_SHOWN) an_cli_note("%s", text);
    if (replay->faults == FAULTS_SHOWN) fprintf(stderr, "more faults are only counted\n");
}

static int find_layout(const struct replay *replay, struct an_cdr_layout *ret_layout)
{
    const char *name = replay->flags->layout;
    int32_t offset = replay->utc_offset_s;
    struct an_error error;
    for (size_t i = 0; i < replay->config.layout_count; i++) {
        const struct an_layout *layout = &replay->config.layouts[i];
        if (strcmp(layout->name, name) != 0) continue;
        if (an_cdr_layout_builtin("none", offset, ret_layout, &error) != AN_OK) return AN_EXIT_ENVIRONMENT;
        for (size_t p = 0; p < layout->pair_count; p++)
            if (an_cdr_layout_set(ret_layout, layout->pairs[p].key, layout->pairs[p].value, &error) != AN_OK)
                return an_cli_fail(AN_EXIT_USAGE, "layout %s: %s", name, error.text);
        return AN_EXIT_OK;
    }
    if (an_cdr_layout_builtin(name, offset, ret_layout, &error) == AN_OK) return AN_EXIT_OK;
    return an_cli_fail(AN_EXIT_USAGE, "%s", error.text);
}

static int find_format(const char *name, enum an_replay_format *ret_format)
{
    static const char *const names[] = { "auto", "csv", "ndjson", "pcap" };
    *ret_format = AN_REPLAY_AUTO;
    for (int i = 0; name != NULL && i < 4; i++)
        if (strcmp(name, names[i]) == 0) {
            *ret_format = (enum an_replay_format)i;
            return AN_EXIT_OK;
        }
    return name == NULL ? AN_EXIT_OK : an_cli_fail(AN_EXIT_USAGE, "--format %s: csv, ndjson or pcap is possible", name);
}

static int read_files(struct replay *replay)
{
    struct an_cdr_layout layout;
    struct an_replay_options input = { .utc_offset_s = replay->utc_offset_s };
    const struct an_replay_sink sink = { replay, take_event, take_sip, show_progress, show_fault };
    int status = find_format(replay->flags->format, &input.format);
    if (status == AN_EXIT_OK && replay->flags->layout != NULL) {
        status = find_layout(replay, &layout);
        input.layout = &layout;
    }
    for (int i = 0; i < replay->flags->file_count && status == AN_EXIT_OK; i++) {
        struct an_error error;
        an_progress_begin(&replay->progress, replay->flags->files[i], AN_PROGRESS_BYTES);
        enum an_err err = an_replay_read(replay->flags->files[i], &input, &sink, &error);
        an_progress_end(&replay->progress);
        if (err != AN_OK) status = an_cli_fail(AN_EXIT_ENVIRONMENT, "%s", error.text);
    }
    an_replay_queue_drain(replay->queue);
    run_vector(replay);
    return status;
}

static void summarise(const struct replay *replay, double seconds)
{
    static const char *const headers[] = { "action", "动作", ">calls", ">share" };
    static const char *const zh[] = { "放行", "标记", "筛查", "拦截" };
    struct an_grid *grid = an_grid_new(4, headers);
    for (int a = 0; a < AN_ACTION_COUNT; a++) {
        char calls[32], share[16];
        double of = replay->attempts == 0 ? 0 : 100.0 * (double)replay->by_action[a] / (double)replay->attempts;
        snprintf(share, sizeof share, "%.2f %%", of);
        const char *cells[] = { an_action_name((enum an_action)a), zh[a], an_text_count(replay->by_action[a], calls),
                                share };
        an_grid_row(grid, cells);
    }
    an_grid_print(grid, stdout);
    an_grid_free(grid);
    char calls[AN_TEXT_COUNTED_MAX], events[AN_TEXT_COUNTED_MAX], skipped[AN_TEXT_COUNTED_MAX];
    printf("%s, %s, %s without news, %" PRIu64 " unreadable; %.1f s, %.0f calls a second\n",
           an_text_counted(replay->attempts, "call", "calls", calls),
           an_text_counted(replay->events, "end or report", "ends and reports", events),
           an_text_counted(replay->skipped, "message", "messages", skipped), replay->faults, seconds,
           seconds > 0 ? (double)replay->attempts / seconds : 0);
}

static int start(struct replay *replay)
{
    struct an_config_errors problems = { 0 };
    const struct an_config_options config_options = { .normalise = an_engine_normalise };
    enum an_err err = an_config_load(replay->flags->config, &config_options, &replay->config, &problems);
    an_config_errors_print(&problems, stderr);
    an_config_errors_done(&problems);
    if (err != AN_OK) return AN_EXIT_ENVIRONMENT;
    replay->utc_offset_s = replay->config.settings.utc_offset_s;
    struct an_settings *settings = an_config_take_settings(&replay->config);
    if (settings == NULL) return an_cli_fail(AN_EXIT_ENVIRONMENT, "no memory");
    struct an_engine_options engine_options = {
        .data_dir = replay->flags->data, .repeatable = true, .contexts = 1, .campaigns = true, .settings = settings
    };
    engine_options.limits.single_worker = true;
    struct an_error error;
    if (an_engine_new(&engine_options, &replay->engine, &error) != AN_OK)
        return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s", error.text);
    const struct an_model_config *model = &replay->config.model;
    if (an_engine_load_models(replay->engine, model->path, model->shadow, &error) != AN_OK)
        return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s", error.text);
    replay->texts = malloc((size_t)AN_VECTOR_MAX * AN_SIP_MESSAGE_MAX);
    replay->queue = an_replay_queue_new(judge, replay);
    replay->vector.calls = replay->calls;
    an_text_init(&replay->line, LINE_MAX_BYTES);
    return replay->texts == NULL || replay->queue == NULL ? an_cli_fail(AN_EXIT_ENVIRONMENT, "no memory") : AN_EXIT_OK;
}

int an_cmd_replay(int argc, char **argv)
{
    static struct flags flags;
    an_cli_parse(&argp, argc, argv, &flags);
    struct replay *replay = calloc(1, sizeof *replay);
    if (replay == NULL) return an_cli_fail(AN_EXIT_ENVIRONMENT, "no memory");
    replay->flags = &flags;
    int status = start(replay);
    if (status == AN_EXIT_OK) {
        uint64_t began_us = an_clock_mono_us();
        status = read_files(replay);
        if (status == AN_EXIT_OK && replay->faults > 0 && replay->attempts + replay->events == 0) status = AN_EXIT_NO;
        if (!flags.json) summarise(replay, (double)(an_clock_mono_us() - began_us) / 1e6);
    }
    an_engine_free(replay->engine);
    an_replay_queue_free(replay->queue);
    an_config_done(&replay->config);
    an_text_done(&replay->line);
    free(replay->texts);
    free(replay);
    return status;
}
