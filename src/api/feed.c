#include "api/feed.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/record_json.h"
#include "base/clock.h"
#include "base/hash.h"

enum {
    FRAMES = 8,           /* kept for those who are a moment late */
    FRAME_MAX = 64 << 10, /* bytes of one */
    TURN_MS = 500,        /* between frames */
    CAMPAIGNS_EVERY = 4,  /* turns between looks for new campaigns */
    CAMPAIGNS_SHOWN = 5,  /* new ones told a look */
    CAMPAIGNS_MAX = 1024, /* looked at */
    KNOWN = 8192,         /* ids told already */
};

struct frame {
    unsigned refs;
    size_t len;
    char bytes[];
};

struct an_feed_stream {
    struct an_feed *feed;
    bool masked;
    struct frame *at; /* [own, one reference] NULL: the next one is not there yet */
    size_t offset;
    uint64_t next; /* number of the frame after it */
    struct an_feed_stream *before, *after;
};

struct an_feed {
    struct an_feed_options options;
    pthread_mutex_t lock;
    pthread_cond_t news; /* somebody joined, or it closes */
    pthread_t thread;
    bool threaded, closed;
    struct an_feed_stream *streams;
    unsigned count;
    struct frame *frames[2][FRAMES]; /* by masked; [own] */
    uint64_t newest;                 /* number of the last frame; 0: none yet */
    uint64_t begin;                  /* the last call before the first of those who look came */
    /* the thread's */
    uint64_t serial, turns;
    uint32_t known[KNOWN], known_count;
    bool primed;
};

/* ---- what is written ---- */

void an_number_masked(an_number number, char *out)
{
    size_t len = an_number_text(number, out);
    if (!an_number_is_e164(number)) return;
    size_t keep = len >= 12 ? 4 : len >= 9 ? 2 : 1, hide = len >= 12 ? 4 : len >= 9 ? 3 : 2;
    for (size_t i = 0; i < hide && i + keep + 1 < len; i++) out[len - keep - 1 - i] = '*';
}

const char *an_region_code(unsigned region, char *out)
{
    if (region >= AN_LIVE_REGIONS - 1) return "unknown";
    snprintf(out, 8, "%02u", region);
    return out;
}

static void put_time(struct an_text *out, const char *name, uint64_t time_us)
{
    char text[32];
    an_api_time_text(time_us, text);
    an_text_json_pair(out, name, text);
}

void an_feed_call_json(struct an_text *out, const struct an_live_call *call, bool masked)
{
    char token[AN_TOKEN_TEXT_MAX], number[AN_NUMBER_TEXT_MAX], region[8];
    an_token_text(&call->token, token);
    an_text_json_pair(out, "token", token);
    put_time(out, "time", call->time_us);
    if (masked)
        an_number_masked(call->caller, number);
    else
        an_number_text(call->caller, number);
    an_text_json_pair(out, "caller", call->caller == AN_NUMBER_NONE ? NULL : number);
    an_number_masked(call->callee, number);
    an_text_json_pair(out, "callee", number);
    an_text_json_pair(out, "display", call->display);
    an_text_json_pair(out, "action", an_action_name((enum an_action)call->action));
    an_text_json_pair(out, "category", an_category_name((enum an_category)call->category));
    an_text_json_key(out, "score");
    an_text_json_number(out, (double)call->probability, 4);
    an_text_json_pair(out, "region", an_region_code(call->region, region));
    an_text_json_pair(out, "operator", an_operator_name((enum an_operator)call->op));
    an_text_json_pair(out, "trunk", call->trunk_name[0] == '\0' ? NULL : call->trunk_name);
    if (call->campaign != 0) an_text_json_pair_u64(out, "campaign", call->campaign);
}

static void put_pair(struct an_text *out, const struct an_live_pair *pair)
{
    an_text_json_pair_u64(out, "calls", pair->calls);
    an_text_json_pair_u64(out, "touched", pair->touched);
}

static void put_tick(struct an_text *out, struct an_live *live)
{
    struct an_live_now now;
    char code[8];
    uint64_t calls = 0;
    an_live_now(live, &now);
    for (int a = 0; a < AN_ACTION_COUNT; a++) calls += now.actions[a];
    an_text_puts(out, "event: tick\ndata: {");
    put_time(out, "time", now.time_us);
    an_text_json_pair_u64(out, "calls_s", calls);
    an_text_json_pair_u64(out, "allow_s", now.actions[AN_ACTION_ALLOW]);
    an_text_json_pair_u64(out, "label_s", now.actions[AN_ACTION_LABEL]);
    an_text_json_pair_u64(out, "screen_s", now.actions[AN_ACTION_SCREEN]);
    an_text_json_pair_u64(out, "block_s", now.actions[AN_ACTION_BLOCK]);
    an_text_json_key(out, "trunks");
    an_text_puts(out, "[");
    for (uint32_t i = 0; i < now.trunk_count; i++) {
        an_text_puts(out, i == 0 ? "{" : ",{");
        an_text_json_pair(out, "name", now.trunks[i].name);
        an_text_json_pair_u64(out, "calls_s", now.trunks[i].second.calls);
        an_text_json_pair_u64(out, "touched_s", now.trunks[i].second.touched);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]");
    an_text_json_key(out, "regions");
    an_text_puts(out, "{");
    for (unsigned r = 0; r < AN_LIVE_REGIONS; r++) {
        if (now.regions[r].calls == 0) continue;
        an_text_json_key(out, an_region_code(r, code));
        an_text_puts(out, "{");
        put_pair(out, &now.regions[r]);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "}");
    an_text_json_pair_u64(out, "lag_ms", now.lag_us / 1000);
    an_text_puts(out, "}\n\n");
}

/* So that a chart of the last minutes does not begin empty. */
static void put_past(struct an_text *out, struct an_live *live)
{
    uint32_t seconds[AN_LIVE_PAST_S][AN_ACTION_COUNT];
    size_t count = an_live_past(live, seconds);
    an_text_puts(out, "event: past\ndata: {");
    put_time(out, "end", an_clock_wall_us());
    an_text_json_key(out, "seconds");
    an_text_puts(out, "[");
    for (size_t i = 0; i < count; i++)
        an_text_printf(out, "%s[%u,%u,%u,%u]", i == 0 ? "" : ",", seconds[i][AN_ACTION_ALLOW],
                       seconds[i][AN_ACTION_LABEL], seconds[i][AN_ACTION_SCREEN], seconds[i][AN_ACTION_BLOCK]);
    an_text_puts(out, "]}\n\n");
}

/* JSON has no line end outside of strings, and none within: an event's data is one line. */
static void put_calls(struct an_text *out, const struct an_live_call *calls, size_t count, bool masked)
{
    for (size_t i = 0; i < count; i++) {
        an_text_printf(out, "event: call\nid: %llu\ndata: {", (unsigned long long)calls[i].serial);
        an_feed_call_json(out, &calls[i], masked);
        an_text_puts(out, "}\n\n");
    }
}

/* ---- frames ---- */

static void frame_drop(struct frame *frame)
{
    if (frame != NULL && --frame->refs == 0) free(frame);
}

static struct frame *frame_of(const struct an_text *text)
{
    struct frame *frame = text->failed || text->len == 0 ? NULL : malloc(sizeof *frame + text->len);
    if (frame == NULL) return NULL;
    frame->refs = 1;
    frame->len = text->len;
    memcpy(frame->bytes, text->at, text->len);
    return frame;
}

/* True when it was not known. Full: forgotten all at once, and told once more. */
static bool learn_campaign(struct an_feed *feed, uint32_t id)
{
    if (feed->known_count > KNOWN / 2) {
        memset(feed->known, 0, sizeof feed->known);
        feed->known_count = 0;
    }
    uint32_t at = (uint32_t)(an_mix64(id) % KNOWN);
    for (; feed->known[at] != 0; at = (at + 1) % KNOWN)
        if (feed->known[at] == id) return false;
    feed->known[at] = id;
    feed->known_count++;
    return true;
}

static void put_campaigns(struct an_feed *feed, struct an_text *out)
{
    uint32_t ids[CAMPAIGNS_MAX];
    unsigned shown = 0;
    if (feed->options.campaign_ids == NULL || feed->turns % CAMPAIGNS_EVERY != 0) return;
    size_t count = feed->options.campaign_ids(feed->options.user, ids, CAMPAIGNS_MAX);
    for (size_t i = 0; i < count && i < CAMPAIGNS_MAX; i++) {
        bool fresh = learn_campaign(feed, ids[i]);
        if (!fresh || !feed->primed || shown++ >= CAMPAIGNS_SHOWN) continue;
        an_text_puts(out, "event: campaign\ndata: ");
        feed->options.campaign_json(feed->options.user, ids[i], out);
        an_text_puts(out, "\n\n");
    }
    feed->primed = true;
}

static void publish(struct an_feed *feed, const struct an_text texts[2])
{
    struct frame *fresh[2] = { frame_of(&texts[0]), frame_of(&texts[1]) };
    pthread_mutex_lock(&feed->lock);
    if (fresh[0] != NULL && fresh[1] != NULL) {
        feed->newest++;
        for (int m = 0; m < 2; m++) {
            frame_drop(feed->frames[m][feed->newest % FRAMES]);
            feed->frames[m][feed->newest % FRAMES] = fresh[m];
            fresh[m] = NULL;
        }
    }
    pthread_mutex_unlock(&feed->lock);
    free(fresh[0]);
    free(fresh[1]);
    feed->options.wake(feed->options.wake_user);
}

void an_feed_turn(struct an_feed *feed)
{
    struct an_live_call calls[AN_FEED_CALLS_MAX];
    struct an_live_now now;
    struct an_text texts[2], shared;
    an_live_now(feed->options.live, &now);
    if (feed->turns == 0) {
        pthread_mutex_lock(&feed->lock);
        feed->serial = feed->begin;
        pthread_mutex_unlock(&feed->lock);
    }
    size_t count = an_live_calls(feed->options.live, feed->serial, calls, AN_FEED_CALLS_MAX);
    feed->serial = count > 0 ? calls[count - 1].serial : now.serial;
    an_text_init(&shared, FRAME_MAX);
    put_campaigns(feed, &shared);
    if (feed->turns++ % 2 == 0) put_tick(&shared, feed->options.live);
    for (int m = 0; m < 2; m++) {
        an_text_init(&texts[m], FRAME_MAX);
        put_calls(&texts[m], calls, count, m == 1);
        if (shared.len > 0) an_text_add(&texts[m], shared.at, shared.len);
    }
    publish(feed, texts);
    an_text_done(&shared);
    an_text_done(&texts[0]);
    an_text_done(&texts[1]);
}

static void *feed_main(void *user)
{
    struct an_feed *feed = user;
    pthread_mutex_lock(&feed->lock);
    while (!feed->closed) {
        if (feed->count == 0) {
            feed->turns = 0; /* who comes next begins with now */
            pthread_cond_wait(&feed->news, &feed->lock);
            continue;
        }
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += TURN_MS * 1000000l;
        if (until.tv_nsec >= 1000000000l) until.tv_sec++, until.tv_nsec -= 1000000000l;
        pthread_mutex_unlock(&feed->lock);
        an_feed_turn(feed);
        pthread_mutex_lock(&feed->lock);
        while (!feed->closed && pthread_cond_timedwait(&feed->news, &feed->lock, &until) == 0) continue;
    }
    pthread_mutex_unlock(&feed->lock);
    return NULL;
}

/* ---- streams ---- */

enum an_err an_feed_new(const struct an_feed_options *options, struct an_feed **ret_feed, struct an_error *error)
{
    an_assert(options != NULL && options->live != NULL && options->wake != NULL && ret_feed != NULL);
    struct an_feed *feed = calloc(1, sizeof *feed);
    pthread_condattr_t attributes;
    if (feed == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the live view");
    feed->options = *options;
    pthread_mutex_init(&feed->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&feed->news, &attributes);
    pthread_condattr_destroy(&attributes);
    feed->threaded = !options->no_thread && pthread_create(&feed->thread, NULL, feed_main, feed) == 0;
    if (!options->no_thread && !feed->threaded) {
        an_feed_free(feed);
        return an_fail(error, AN_ERR_NO_MEMORY, "no thread for the live view");
    }
    *ret_feed = feed;
    return AN_OK;
}

void an_feed_close(struct an_feed *feed)
{
    if (feed == NULL) return;
    pthread_mutex_lock(&feed->lock);
    feed->closed = true;
    pthread_cond_signal(&feed->news);
    pthread_mutex_unlock(&feed->lock);
    if (feed->threaded) pthread_join(feed->thread, NULL);
    feed->threaded = false;
    feed->options.wake(feed->options.wake_user);
}

void an_feed_free(struct an_feed *feed)
{
    if (feed == NULL) return;
    an_feed_close(feed);
    an_assert(feed->count == 0);
    for (int m = 0; m < 2; m++)
        for (int i = 0; i < FRAMES; i++) frame_drop(feed->frames[m][i]);
    pthread_cond_destroy(&feed->news);
    pthread_mutex_destroy(&feed->lock);
    free(feed);
}

/* The last minutes, where the clock stands, and what came since the stream was last here; to who comes for the first
 * time the last calls, so that he finds some. */
static struct frame *first_frame(struct an_feed *feed, bool masked, uint64_t after)
{
    struct an_live_call calls[AN_FEED_REPLAY_MAX];
    struct an_text text;
    an_text_init(&text, FRAME_MAX);
    an_text_puts(&text, "retry: 3000\n\n");
    bool first = after == UINT64_MAX;
    size_t count =
        an_live_calls(feed->options.live, first ? 0 : after, calls, first ? AN_FEED_FIRST_CALLS : AN_FEED_REPLAY_MAX);
    put_calls(&text, calls, count, masked);
    put_past(&text, feed->options.live);
    put_tick(&text, feed->options.live);
    struct frame *frame = frame_of(&text);
    an_text_done(&text);
    return frame;
}

enum an_err an_feed_join(struct an_feed *feed, bool masked, uint64_t after, struct an_feed_stream **ret_stream)
{
    struct an_feed_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) return AN_ERR_NO_MEMORY;
    *stream = (struct an_feed_stream) { .feed = feed, .masked = masked };
    struct an_live_now now;
    an_live_now(feed->options.live, &now);
    pthread_mutex_lock(&feed->lock);
    bool room = !feed->closed && feed->count < feed->options.streams_max;
    if (room) {
        if (feed->count == 0) feed->begin = now.serial; /* whatever comes before the thread has woken up too */
        stream->next = feed->newest + 1;
        stream->after = feed->streams;
        if (feed->streams != NULL) feed->streams->before = stream;
        feed->streams = stream;
        feed->count++;
        pthread_cond_signal(&feed->news);
    }
    pthread_mutex_unlock(&feed->lock);
    if (!room) {
        free(stream);
        return AN_ERR_FULL;
    }
    stream->at = first_frame(feed, masked, after);
    *ret_stream = stream;
    return AN_OK;
}

/* Under the lock: on to the next frame, or to the newest for who is too late. */
static void go_on(struct an_feed_stream *stream)
{
    struct an_feed *feed = stream->feed;
    frame_drop(stream->at);
    stream->at = NULL;
    stream->offset = 0;
    if (stream->next > feed->newest) return;
    if (feed->newest - stream->next >= FRAMES - 1) stream->next = feed->newest;
    stream->at = feed->frames[stream->masked][stream->next++ % FRAMES];
    stream->at->refs++;
}

ptrdiff_t an_feed_read(struct an_feed_stream *stream, char *bytes, size_t max)
{
    struct an_feed *feed = stream->feed;
    ptrdiff_t len = 0;
    pthread_mutex_lock(&feed->lock);
    if (stream->at == NULL || stream->offset == stream->at->len) go_on(stream);
    if (feed->closed) {
        len = -1;
    } else if (stream->at != NULL) {
        size_t rest = stream->at->len - stream->offset;
        if (rest > max) rest = max;
        memcpy(bytes, stream->at->bytes + stream->offset, rest);
        stream->offset += rest;
        len = (ptrdiff_t)rest;
    }
    pthread_mutex_unlock(&feed->lock);
    return len;
}

void an_feed_leave(struct an_feed_stream *stream)
{
    if (stream == NULL) return;
    struct an_feed *feed = stream->feed;
    pthread_mutex_lock(&feed->lock);
    frame_drop(stream->at);
    if (stream->before != NULL) stream->before->after = stream->after;
    if (stream->after != NULL) stream->after->before = stream->before;
    if (feed->streams == stream) feed->streams = stream->after;
    feed->count--;
    pthread_mutex_unlock(&feed->lock);
    free(stream);
}

unsigned an_feed_streams(struct an_feed *feed)
{
    pthread_mutex_lock(&feed->lock);
    unsigned count = feed->count;
    pthread_mutex_unlock(&feed->lock);
    return count;
}
