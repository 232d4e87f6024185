/* anning label import|ls|canaries: operators' decisions, and what canary numbers tell. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/record_json.h"
#include "base/clock.h"
#include "base/nearest.h"
#include "cli/cli.h"
#include "cli/inert.h"
#include "cli/ruling_send.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "engine/normalise.h"
#include "journal/reader.h"
#include "model/record.h"

enum { KEY_TOKEN_FILE = 256, KEY_ALL, PROGRESS_EVERY = 4096, LINE_MAX_BYTES = 1 << 16 };

struct flags {
    const char *config, *data, *server, *token_file, *what, *file;
    bool json, all;
};

static const struct argp_option options[] = {
    { "config", 'c', "FILE", 0,
      AN_HELP("the daemon's configuration (default: /etc/anning/anning.yaml where it is there)",
              "守护进程的配置（默认/etc/anning/anning.yaml，如存在）"),
      0 },
    { "data", 'd', "DIR", 0,
      AN_HELP(
          "ls, canaries: data folder (default: the configuration's). import: write into this folder, which no "
          "daemon may be using, instead of sending to the daemon",
          "ls、canaries：数据目录（默认取自配置）。import：直接写入此目录（不得有守护进程在用），而非发送给守护进程"),
      0 },
    { "server", 's', "HOST:PORT", 0,
      AN_HELP("import: a running anningd (default: $ANNING_SERVER, then the configuration's http)",
              "import：运行中的anningd（默认$ANNING_SERVER，其次取配置的http）"),
      0 },
    { "token-file", KEY_TOKEN_FILE, "FILE", 0,
      AN_HELP("import: its first line is the server's token (default: $ANNING_TOKEN, then the configuration's)",
              "import：首行为服务器的令牌（默认$ANNING_TOKEN，其次取配置）"),
      0 },
    { "all", KEY_ALL, NULL, 0, AN_HELP("ls: those replaced, withdrawn or over too", "ls：包括已被替换、撤销或过期的"),
      0 },
    { "json", 'j', NULL, 0, AN_HELP("ls, canaries: one JSON object a line", "ls、canaries：每行一个JSON对象"), 0 },
    { 0 },
};

static error_t take(int key, char *arg, struct argp_state *state)
{
    struct flags *flags = state->input;
    switch (key) {
    case 'c': flags->config = arg; break;
    case 'd': flags->data = arg; break;
    case 's': flags->server = arg; break;
    case KEY_TOKEN_FILE: flags->token_file = arg; break;
    case KEY_ALL: flags->all = true; break;
    case 'j': flags->json = true; break;
    case ARGP_KEY_ARG:
        if (flags->what == NULL)
            flags->what = arg;
        else if (flags->file == NULL && strcmp(flags->what, "import") == 0)
            flags->file = arg;
        else
            argp_error(state, "one argument too many: %s", arg);
        break;
    case ARGP_KEY_END:
        if (flags->what == NULL) argp_error(state, "what about labels? import FILE, ls or canaries");
        if (strcmp(flags->what, "import") == 0 && flags->file == NULL)
            argp_error(state, "import which file? CSV or JSON lines; - is standard input");
        if (flags->server != NULL && strcmp(flags->what, "import") != 0)
            argp_error(state, "%s reads the data folder, --data DIR; a running anningd is asked by import only",
                       flags->what);
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

#define EXAMPLES                                                                                                       \
    "  anning label import decisions.csv\n"                                                                            \
    "  echo '{\"number\":\"13800138000\",\"verdict\":\"wanted\",\"who\":\"li\"}' | anning label import -\n"            \
    "  anning label ls --data /var/lib/anning\n"

static const struct argp argp = {
    options,
    take,
    "import FILE|ls|canaries",
    AN_HELP("Operators' decisions about numbers, verdicts and campaigns, and canary numbers.\v"
            "  import    takes in a file of labels, all of it or nothing\n"
            "  ls        lists the labels in force, with who decided and why\n"
            "  canaries  calls to canary numbers, by who was given them\n\n"
            "Examples:\n" EXAMPLES "\nThe fields of a label are described in docs/labels.md.\n",
            "运营人员对号码、判定和活动的标注，以及蜜罐号码。\v"
            "  import    导入标注文件，全部生效或全不生效\n"
            "  ls        列出生效中的标注，含标注人和理由\n"
            "  canaries  按持有者列出对蜜罐号码的呼叫\n\n"
            "示例：\n" EXAMPLES "\n标注各字段的说明见docs/labels.md。\n"),
    NULL,
    NULL,
    NULL
};

/* The configuration named, the usual one where it is there, or the defaults. */
static int load_config(const struct flags *flags, struct an_config *ret_config)
{
    static const char usual[] = "/etc/anning/anning.yaml";
    const char *path = flags->config;
    struct an_config_errors errors = { 0 };
    const struct an_config_options load = { .normalise = an_engine_normalise };
    FILE *there = path == NULL ? fopen(usual, "re") : NULL;
    if (there != NULL) {
        path = usual;
        fclose(there);
    }
    enum an_err err = an_config_load(path, &load, ret_config, &errors);
    if (err != AN_OK) an_config_errors_print(&errors, stderr);
    an_config_errors_done(&errors);
    if (err == AN_ERR_NO_MEMORY) return an_cli_fail(AN_EXIT_ENVIRONMENT, "out of memory");
    return err == AN_OK ? AN_EXIT_OK : AN_EXIT_ENVIRONMENT;
}

static int import(const struct flags *flags, const struct an_config *config)
{
    struct an_ruling_file *file = malloc(sizeof *file);
    if (file == NULL) return an_cli_fail(AN_EXIT_ENVIRONMENT, "out of memory");
    const char *server = flags->server == NULL ? getenv("ANNING_SERVER") : flags->server;
    uint64_t now_us = an_clock_wall_us();
    int code = flags->data != NULL && !an_cli_data_exists(flags->data) ? AN_EXIT_ENVIRONMENT : AN_EXIT_OK;
    if (code == AN_EXIT_OK) code = an_ruling_file_read(flags->file, &config->settings, flags->data, now_us, file);
    if (code == AN_EXIT_OK)
        code = flags->data != NULL ? an_ruling_append(file, flags->data, now_us)
                                   : an_ruling_post(file, config, server, flags->token_file);
    if (code == AN_EXIT_OK) {
        char counted[AN_TEXT_COUNTED_MAX];
        printf("%s %s\n", an_text_counted(file->count, "label", "labels", counted),
               flags->data != NULL ? an_cli_say("written; in force at the next start", "已写入，下次启动时生效")
                                   : an_cli_say("in force", "已生效"));
    }
    free(file);
    return code;
}

/* Calls take() for each record of these types; progress on a terminal. */
static int read_journal(const char *data, uint32_t types,
                        bool (*take_record)(void *user, const struct an_journal_entry *entry,
                                            const struct an_record *record),
                        void *user)
{
    struct an_journal_reader *reader;
    struct an_error error;
    struct an_progress progress;
    const struct an_journal_filter filter = { .types = types };
    if (an_journal_reader_open(data, &filter, &reader, &error) != AN_OK)
        return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s", error.text);
    an_progress_begin(&progress, an_cli_say("reading the journal", "读取日志"), AN_PROGRESS_BYTES);
    struct an_journal_entry entry;
    struct an_record record;
    enum an_err err;
    bool room = true;
    for (uint64_t n = 1; room; n++) {
        err = an_journal_reader_next(reader, &entry);
        if (err != AN_OK && err != AN_ERR_CORRUPT) break;
        if (err == AN_OK && an_record_decode(entry.type, entry.payload, entry.len, &record) == AN_OK)
            room = take_record(user, &entry, &record);
        if (n % PROGRESS_EVERY != 0) continue;
        uint64_t done, total;
        an_journal_reader_progress(reader, &done, &total);
        an_progress_update(&progress, done, total);
    }
    an_progress_end(&progress);
    an_journal_reader_close(reader);
    if (!room) return an_cli_fail(AN_EXIT_ENVIRONMENT, "out of memory");
    return err == AN_ERR_END ? AN_EXIT_OK : an_cli_fail(AN_EXIT_ENVIRONMENT, "%s: can't be read", data);
}

/* ---- ls ---- */

struct kept_label {
    struct an_ruling label;
    struct an_journal_position at;
};

struct labels {
    struct kept_label *items; /* [own] */
    size_t count, room;
    bool json, all;
    struct an_text line;
};

static bool take_label(void *user, const struct an_journal_entry *entry, const struct an_record *record)
{
    struct labels *labels = user;
    if (labels->json && labels->all) {
        an_text_clear(&labels->line);
        an_api_record_json(&labels->line, entry, record);
        an_inert_json_line(labels->line.at);
        return true;
    }
    if (labels->count == labels->room) {
        size_t room = labels->room == 0 ? 256 : 2 * labels->room;
        struct kept_label *wider = realloc(labels->items, room * sizeof *wider);
        if (wider == NULL) return false;
        labels->items = wider;
        labels->room = room;
    }
    struct kept_label *kept = &labels->items[labels->count++];
    kept->at = entry->at;
    an_ruling_of_record(record, entry->time_us, &kept->label);
    return true;
}

static int by_target(const void *left, const void *right)
{
    const struct an_ruling *a = &((const struct kept_label *)left)->label,
                           *b = &((const struct kept_label *)right)->label;
    if (a->campaign != b->campaign) return a->campaign < b->campaign ? -1 : 1;
    if (a->number != b->number) return a->number < b->number ? -1 : 1;
    if (a->trunk != b->trunk) return a->trunk < b->trunk ? -1 : 1;
    return a->time_us < b->time_us ? -1 : a->time_us > b->time_us;
}

static bool same_target(const struct an_ruling *a, const struct an_ruling *b)
{
    return a->campaign == b->campaign && a->number == b->number && a->trunk == b->trunk;
}

static void target_text(const struct an_ruling *label, char out[64])
{
    char number[AN_NUMBER_TEXT_MAX];
    if (label->campaign != 0) {
        snprintf(out, 64, "C%" PRIu64, label->campaign);
        return;
    }
    an_number_text(label->number, number);
    snprintf(out, 64, "%s%s%s", number, label->trunk_name[0] == '\0' ? "" : " @", label->trunk_name);
}

static const char *status_of(const struct an_ruling *label, bool last, uint64_t now_us)
{
    if (!last) return an_cli_say("replaced", "已替换");
    if (label->verdict == AN_RULING_WITHDRAWN) return an_cli_say("withdrawn", "已撤销");
    return label->until_us <= now_us ? an_cli_say("over", "已过期") : an_cli_say("in force", "生效");
}

static void label_row(struct an_grid *grid, const struct an_ruling *label, const char *status)
{
    char target[64], decided[32], until[32];
    target_text(label, target);
    an_api_time_text(label->time_us, decided);
    an_api_time_text(label->until_us, until);
    decided[16] = until[10] = '\0'; /* minutes; days */
    const char *category = label->category == AN_CATEGORY_UNKNOWN
                               ? ""
                               : an_cli_say(an_category_name((enum an_category)label->category),
                                            an_category_zh((enum an_category)label->category));
    const char *cells[] = { target,     an_ruling_verdict_name((enum an_ruling_verdict)label->verdict),
                            category,   until,
                            status,     decided,
                            label->who, label->why };
    an_grid_row(grid, cells);
}

static void label_line(struct an_text *line, const struct kept_label *kept)
{
    struct an_record record;
    const struct an_journal_entry entry = { .time_us = kept->label.time_us, .at = kept->at };
    an_record_of_ruling(&kept->label, &record);
    an_text_clear(line);
    an_api_record_json(line, &entry, &record);
    an_inert_json_line(line->at);
}

static void show_labels(struct labels *labels, uint64_t now_us)
{
    static const char *const headers[] = { "target", "verdict",       "category", "until",
                                           "state",  "decided (UTC)", "who",      "~why" };
    struct an_grid *grid = an_grid_new(8, headers);
    size_t shown = 0;
    if (labels->count > 0) qsort(labels->items, labels->count, sizeof *labels->items, by_target);
    for (size_t i = 0; i < labels->count; i++) {
        const struct an_ruling *label = &labels->items[i].label;
        bool last = i + 1 == labels->count || !same_target(label, &labels->items[i + 1].label);
        bool holds = last && label->verdict != AN_RULING_WITHDRAWN && label->until_us > now_us;
        if (!holds && !labels->all) continue;
        shown++;
        if (labels->json)
            label_line(&labels->line, &labels->items[i]);
        else
            label_row(grid, label, status_of(label, last, now_us));
    }
    char counted[AN_TEXT_COUNTED_MAX];
    if (!labels->json && shown > 0) an_grid_print(grid, stdout);
    if (!labels->json) puts(an_text_counted(shown, "label", "labels", counted));
    an_grid_free(grid);
}

static int list(const struct flags *flags, const char *data)
{
    struct labels labels = { .json = flags->json, .all = flags->all };
    an_text_init(&labels.line, LINE_MAX_BYTES);
    int code = read_journal(data, 1u << AN_RECORD_LABEL, take_label, &labels);
    if (code == AN_EXIT_OK && !(flags->json && flags->all)) show_labels(&labels, an_clock_wall_us());
    an_text_done(&labels.line);
    free(labels.items);
    return code;
}

/* ---- canaries ---- */

struct canary_call {
    uint64_t holder; /* value of settings.canaries; 0: no canary any more */
    an_number caller;
    uint64_t first_us, last_us, calls;
};

struct canaries {
    const struct an_settings *settings;
    struct canary_call *items; /* [own] one a holder and caller, when it is folded */
    size_t count, room;
};

static int by_holder(const void *left, const void *right)
{
    const struct canary_call *a = left, *b = right;
    if (a->holder != b->holder) return a->holder < b->holder ? -1 : 1;
    return a->caller < b->caller ? -1 : a->caller > b->caller;
}

/* One item for each holder and caller, sorted. */
static void fold(struct canaries *canaries)
{
    size_t kept = 0;
    if (canaries->count > 0) qsort(canaries->items, canaries->count, sizeof *canaries->items, by_holder);
    for (size_t i = 0; i < canaries->count; i++) {
        struct canary_call *item = &canaries->items[i], *to = kept == 0 ? NULL : &canaries->items[kept - 1];
        if (to == NULL || by_holder(to, item) != 0) {
            canaries->items[kept++] = *item;
            continue;
        }
        to->calls += item->calls;
        if (item->first_us < to->first_us) to->first_us = item->first_us;
        if (item->last_us > to->last_us) to->last_us = item->last_us;
    }
    canaries->count = kept;
}

static bool take_call(void *user, const struct an_journal_entry *entry, const struct an_record *record)
{
    struct canaries *canaries = user;
    const struct an_observation *obs = &record->obs;
    if (obs->kind != AN_OBS_ATTEMPT || (obs->flags & AN_OBS_CANARY) == 0) return true;
    if (canaries->count == canaries->room) {
        fold(canaries);
        if (canaries->count > canaries->room / 2 || canaries->room == 0) {
            size_t room = canaries->room == 0 ? 1024 : 2 * canaries->room;
            struct canary_call *wider = realloc(canaries->items, room * sizeof *wider);
            if (wider == NULL) return false;
            canaries->items = wider;
            canaries->room = room;
        }
    }
    uint64_t holder = an_number_map_find(&canaries->settings->canaries, obs->callee);
    canaries->items[canaries->count++] =
        (struct canary_call) { holder, obs->caller, entry->time_us, entry->time_us, 1 };
    return true;
}

struct holder_sum {
    uint64_t numbers, calls, callers, first_us, last_us;
};

static struct holder_sum sum_of(const struct canaries *canaries, uint64_t holder)
{
    struct holder_sum sum = { .first_us = UINT64_MAX };
    const struct an_number_map *map = &canaries->settings->canaries;
    for (size_t i = 0; i < map->slot_count; i++) sum.numbers += map->slots[i].key != 0 && map->slots[i].value == holder;
    for (size_t i = 0; i < canaries->count; i++) {
        const struct canary_call *item = &canaries->items[i];
        if (item->holder != holder) continue;
        sum.calls += item->calls;
        sum.callers++;
        if (item->first_us < sum.first_us) sum.first_us = item->first_us;
        if (item->last_us > sum.last_us) sum.last_us = item->last_us;
    }
    return sum;
}

static void show_holder(const struct flags *flags, struct an_grid *grid, struct an_text *line, const char *name,
                        const struct holder_sum *sum)
{
    char numbers[32], calls[32], callers[32], first[32] = "", last[32] = "";
    if (sum->calls > 0) {
        an_api_time_text(sum->first_us, first);
        an_api_time_text(sum->last_us, last);
    }
    if (flags->json) {
        an_text_clear(line);
        an_text_puts(line, "{");
        an_text_json_pair(line, "holder", name);
        an_text_json_pair_u64(line, "numbers", sum->numbers);
        an_text_json_pair_u64(line, "calls", sum->calls);
        an_text_json_pair_u64(line, "callers", sum->callers);
        an_text_json_pair(line, "first", sum->calls > 0 ? first : NULL);
        an_text_json_pair(line, "last", sum->calls > 0 ? last : NULL);
        an_text_puts(line, "}");
        an_inert_json_line(line->at);
        return;
    }
    first[16 * (sum->calls > 0)] = last[16 * (sum->calls > 0)] = '\0';
    const char *cells[] = { name == NULL ? an_cli_say("(nobody)", "（无人）") : name,
                            an_text_count(sum->numbers, numbers),
                            an_text_count(sum->calls, calls),
                            an_text_count(sum->callers, callers),
                            first,
                            last };
    an_grid_row(grid, cells);
}

static int show_canaries(const struct flags *flags, const char *data, const struct an_settings *settings)
{
    static const char *const headers[] = { "given to", ">numbers", ">calls", ">callers", "first (UTC)", "last (UTC)" };
    struct canaries canaries = { .settings = settings };
    int code = read_journal(data, 1u << AN_RECORD_VERDICT | 1u << AN_RECORD_OBSERVATION, take_call, &canaries);
    if (code == AN_EXIT_OK) {
        struct an_text line;
        struct an_grid *grid = an_grid_new(6, headers);
        an_text_init(&line, LINE_MAX_BYTES);
        fold(&canaries);
        for (uint64_t holder = AN_CANARY_NOBODY; holder < AN_CANARY_HOLDER + settings->canary_holder_count; holder++) {
            struct holder_sum sum = sum_of(&canaries, holder);
            const char *name = holder < AN_CANARY_HOLDER ? NULL : settings->canary_holders[holder - AN_CANARY_HOLDER];
            show_holder(flags, grid, &line, name, &sum);
        }
        struct holder_sum gone = sum_of(&canaries, 0);
        gone.numbers = 0;
        if (gone.calls > 0) show_holder(flags, grid, &line, an_cli_say("(no longer a canary)", "（已非蜜罐）"), &gone);
        if (!flags->json) an_grid_print(grid, stdout);
        an_grid_free(grid);
        an_text_done(&line);
    }
    free(canaries.items);
    return code;
}

int an_cmd_label(int argc, char **argv)
{
    static const char *const words[] = { "import", "ls", "canaries" };
    struct flags flags = { 0 };
    struct an_config config;
    an_cli_parse(&argp, argc, argv, &flags);
    size_t what = 0;
    while (what < 3 && strcmp(flags.what, words[what]) != 0) what++;
    if (what == 3) {
        const char *nearest = an_nearest(an_slice_of(flags.what), words, 3);
        return an_cli_fail(AN_EXIT_USAGE, "label %s: no such thing; %s%s", flags.what,
                           nearest == NULL ? "import, ls or canaries is wanted" : "did you mean ",
                           nearest == NULL ? "" : nearest);
    }
    int code = load_config(&flags, &config);
    if (code != AN_EXIT_OK) return code;
    const char *data = flags.data == NULL ? config.data : flags.data;
    if (what == 0)
        code = import(&flags, &config);
    else if (!an_cli_data_exists(data))
        code = AN_EXIT_ENVIRONMENT;
    else if (what == 1)
        code = list(&flags, data);
    else
        code = show_canaries(&flags, data, &config.settings);
    an_config_done(&config);
    return code;
}
