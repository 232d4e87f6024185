/* GET /v1/live, /v1/stats, /v1/health. */
#include <sys/statvfs.h>

#include <stdio.h>

#include "api/campaign_json.h"
#include "api/desk.h"
#include "base/clock.h"
#include "base/log.h"

enum { STREAMS_DEFAULT = 1000 };

/* ---- the live view ---- */

static size_t hostile_ids(void *user, uint32_t *ret_ids, size_t max)
{
    const struct an_api_core *core = user;
    const struct an_api_calls *calls = &core->options.calls;
    size_t count = 0;
    if (calls->campaign_ids == NULL || calls->campaign_ids(core->options.user, true, ret_ids, max, &count) != AN_OK)
        return 0;
    return count < max ? count : max;
}

static void campaign_event(void *user, uint32_t id, struct an_text *out)
{
    const struct an_api_core *core = user;
    struct an_campaign_view view;
    an_text_puts(out, "{");
    an_text_json_pair_u64(out, "id", id);
    if (core->options.calls.campaign_view != NULL &&
        core->options.calls.campaign_view(core->options.user, id, &view) == AN_OK) {
        an_api_campaign_kind_of(core, &view);
        an_text_json_pair(out, "name", view.name[0] == '\0' ? NULL : view.name);
        an_api_campaign_kind_json(out, &view);
        an_desk_put_time(out, "born", view.birth_us);
    }
    an_text_puts(out, "}");
}

static void wake(void *user)
{
    an_api_core_wake(user);
}

struct an_feed *an_desk_feed_new(struct an_api_core *core)
{
    const struct an_api_console *console = core->options.console;
    struct an_feed *feed = NULL;
    struct an_error error;
    if (core->options.desk == NULL || core->options.desk->live == NULL) return NULL;
    const struct an_feed_options options = {
        .live = core->options.desk->live,
        .streams_max = console == NULL || console->streams_max == 0 ? STREAMS_DEFAULT : console->streams_max,
        .campaign_ids = hostile_ids,
        .campaign_json = campaign_event,
        .user = core,
        .wake = wake,
        .wake_user = core,
    };
    if (an_feed_new(&options, &feed, &error) != AN_OK) an_log(AN_LOG_WARN, "api.live", "%s", error.text);
    return feed;
}

static ptrdiff_t read_stream(void *user, char *out, size_t max)
{
    return an_feed_read(user, out, max);
}

static void done_stream(void *user)
{
    an_feed_leave(user);
}

void an_desk_live(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_feed_stream *stream;
    uint64_t after = UINT64_MAX;
    if (an_desk(core, response) == NULL) return;
    if (strcmp(request->method, "HEAD") == 0 || core->feed == NULL) {
        response->type = "text/event-stream";
        return;
    }
    if (request->last_event_id.len > 0 && an_slice_u64(request->last_event_id, UINT64_MAX - 1, &after) != AN_OK)
        after = UINT64_MAX;
    if (an_feed_join(core->feed, an_desk_masks(request), after, &stream) != AN_OK) {
        an_api_refuse(response, 503, "too_many_streams", "too many live views are open (console.streams_max)", NULL);
        response->retry_s = 10;
        response->close = true;
        return;
    }
    response->type = "text/event-stream; charset=utf-8";
    response->source = (struct an_api_source) { .read = read_stream, .done = done_stream, .user = stream };
}

/* ---- charts ---- */

static bool step_of(const struct an_api_request *request, struct an_api_response *response, enum an_live_step *ret)
{
    static const char *const names[] = { "minute", "hour", "day" };
    char text[16];
    *ret = AN_LIVE_HOUR;
    if (!an_api_query(request, "step", text, sizeof text)) return true;
    for (int i = 0; i < 3; i++)
        if (strcmp(text, names[i]) == 0) {
            *ret = (enum an_live_step)i;
            return true;
        }
    an_api_error(response, 400, "step has to be minute, hour or day", "step", -1);
    return false;
}

static void put_point(struct an_text *out, const struct an_live_point *point)
{
    uint64_t calls = 0;
    for (int a = 0; a < AN_ACTION_COUNT; a++) calls += point->actions[a];
    an_desk_put_time(out, "time", point->time_us);
    an_text_json_pair_u64(out, "calls", calls);
    for (int a = 0; a < AN_ACTION_COUNT; a++)
        an_text_json_pair_u64(out, an_action_name((enum an_action)a), point->actions[a]);
    an_text_json_pair_u64(out, "reports", point->reports);
}

void an_desk_stats(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    enum { POINTS_MAX = 1440 };
    static const uint64_t widths_us[] = { 60 * AN_US_PER_S, 3600 * AN_US_PER_S, 86400 * AN_US_PER_S };
    static const unsigned usual[] = { 60, 24, 30 };
    const struct an_api_desk *desk = an_desk(core, response);
    struct an_live_point points[POINTS_MAX];
    enum an_live_step step;
    uint64_t from_us, to_us;
    if (desk == NULL || !step_of(request, response, &step)) return;
    if (!an_desk_time(core, request, response, "to", an_api_now_us(core), &to_us)) return;
    if (!an_desk_time(core, request, response, "from", to_us - usual[step] * widths_us[step], &from_us)) return;
    if (from_us >= to_us || (to_us - from_us) / widths_us[step] > POINTS_MAX) {
        an_api_error(response, 400, "from has to be before to, and at most 1,440 steps of it", "from", -1);
        return;
    }
    size_t count = an_live_series(desk->live, step, from_us, to_us, points, POINTS_MAX);
    an_text_puts(&response->text, "{");
    an_desk_put_time(&response->text, "since", an_live_since_us(desk->live));
    an_text_json_key(&response->text, "items");
    an_text_puts(&response->text, "[");
    for (size_t i = 0; i < count; i++) {
        an_text_puts(&response->text, i == 0 ? "{" : ",{");
        put_point(&response->text, &points[i]);
        an_text_puts(&response->text, "}");
    }
    an_text_puts(&response->text, "]}\n");
}

/* ---- health ---- */

struct health {
    struct an_text parts;
    bool degraded;
};

static void part(struct health *h, const char *name, bool good, const char *zh, const char *en, const char *do_zh,
                 const char *do_en)
{
    an_text_puts(&h->parts, h->parts.len == 0 ? "{" : ",{");
    an_text_json_pair(&h->parts, "name", name);
    an_text_json_pair(&h->parts, "state", good ? "good" : "degraded");
    an_text_json_pair(&h->parts, "zh", good ? "正常" : zh);
    an_text_json_pair(&h->parts, "en", good ? "good" : en);
    an_text_json_pair(&h->parts, "do_zh", good ? "" : do_zh);
    an_text_json_pair(&h->parts, "do_en", good ? "" : do_en);
    an_text_puts(&h->parts, "}");
    h->degraded |= !good;
}

/* At least a tenth, or 5 GB, of the disk is free. */
static bool disk_fine(const char *data_dir)
{
    struct statvfs fs;
    if (data_dir == NULL || statvfs(data_dir, &fs) != 0 || fs.f_blocks == 0) return data_dir == NULL;
    uint64_t free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
    return free_bytes >= 5ull << 30 || (uint64_t)fs.f_bavail * 10 >= fs.f_blocks;
}

static void look(struct health *h, const struct an_api_desk *desk, const struct an_metrics *m, uint64_t lag_us,
                 bool store)
{
    part(h, "journal", m->journal_lost == 0 && m->journal_sync_failures == 0, "有记录未能写入日志",
         "records could not be written to the journal", "检查数据目录所在磁盘的空间与权限；呼叫不受影响",
         "look at the space and permissions of the data folder's disk; calls are not affected");
    part(h, "disk", disk_fine(desk->data_dir), "磁盘将满", "the disk is nearly full",
         "释放空间，或调低journal.retain_gb", "free some space, or lower journal.retain_gb");
    part(h, "store", store, "数据库无法访问", "the database can't be reached",
         "检查store.url及数据库；用户设置与举报暂不可用，呼叫不受影响",
         "look at store.url and the database; settings and reports are out, calls are not affected");
    part(h, "redress", m->redress_overdue == 0, "有申诉超过24小时未决定",
         "callers wait for redress longer than 24 hours", "在申诉队列中作出决定",
         "decide on them in the queue of redress");
    part(h, "model", m->model_failures == 0, "有模型文件无法使用", "a model file could not be used",
         "运行anning model查看；此前的模型或手工权重仍在判定",
         "see `anning model`; the model before, or the hand-set weights, judge");
    part(h, "campaigns", m->campaigns_lag_us < 10 * AN_US_PER_S, "外呼活动识别落后于日志",
         "campaigns are behind the journal", "通常在高峰后自行追上；持续落后则减少campaigns.max",
         "it catches up after a peak; if not, lower campaigns.max");
    part(h, "live", lag_us < 5 * AN_US_PER_S, "实时视图落后于日志", "the live view is behind the journal",
         "启动后读取日志时属正常", "normal while the journal is read after a start");
    part(h, "decisions", m->fallbacks == 0, "有呼叫未经判定即放行", "calls were let through without a judgement",
         "查看日志engine.snapshot；可提高fallback.budget_ms",
         "see engine.snapshot in the log; fallback.budget_ms may be raised");
    part(h, "snapshots", m->snapshot_failures == 0, "状态快照未能写入", "a state snapshot could not be written",
         "检查磁盘；下次启动将需更久", "look at the disk; the next start takes longer");
}

void an_desk_health(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    (void)request;
    const struct an_api_desk *desk = an_desk(core, response);
    struct an_metrics metrics = { 0 };
    struct an_live_now now;
    struct health h = { 0 };
    if (desk == NULL) return;
    core->options.calls.metrics(core->options.user, &metrics);
    an_live_now(desk->live, &now);
    an_text_init(&h.parts, 1 << 16);
    look(&h, desk, &metrics, now.lag_us, core->options.store == NULL || an_store_up(core->options.store));
    an_text_puts(&response->text, "{");
    an_text_json_pair(&response->text, "state", h.degraded ? "degraded" : "good");
    an_text_json_key(&response->text, "parts");
    an_text_puts(&response->text, "[");
    an_text_add(&response->text, h.parts.at, h.parts.len);
    an_text_puts(&response->text, "]}\n");
    an_text_done(&h.parts);
}
