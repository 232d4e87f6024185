/* The thread that follows the journal, and what is kept over restarts. */
#include "engine/live.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/thread.h"
#include "engine/live_inside.h"
#include "journal/snapshot.h"

enum { BATCH = 1024, SAVE_S = 300, CHUNK = 64 << 10, VERSION = 3 };

/* ---- what lasts: the structure in chunks, those of zeros left out ---- */

struct live_head {
    char magic[8];
    uint32_t version, chunk;
    uint64_t bytes;
};

static struct live_head head_of(void)
{
    return (struct live_head) { .magic = "ANLIVE", .version = VERSION, .chunk = CHUNK, .bytes = sizeof(struct kept) };
}

static bool all_zero(const unsigned char *bytes, size_t len)
{
    return len > 0 && bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0;
}

/* Only the thread changes it but for the marks of what was reviewed, a byte each. */
static enum an_err save_body(void *context, int fd)
{
    const struct live_head head = head_of();
    const unsigned char *kept = context;
    enum an_err err = an_snapshot_put(fd, &head, sizeof head);
    for (size_t at = 0; err == AN_OK && at < sizeof(struct kept); at += CHUNK) {
        size_t len = sizeof(struct kept) - at < CHUNK ? sizeof(struct kept) - at : CHUNK;
        uint32_t there = all_zero(kept + at, len) ? 0 : (uint32_t)len;
        err = an_snapshot_put(fd, &there, sizeof there);
        if (err == AN_OK) err = an_snapshot_put(fd, kept + at, there);
    }
    return err;
}

/* Content is checked before it is believed: places in tables only, the rest is numbers to be shown. */
static bool is_sound(const struct kept *kept)
{
    return kept->books[0].count <= AN_LIVE_KEYS && kept->books[1].count <= AN_LIVE_KEYS;
}

static void seal_texts(struct kept *kept)
{
    for (int kind = 0; kind < 2; kind++)
        for (uint32_t i = 0; i < AN_LIVE_KEYS; i++) kept->books[kind].series[i].name[AN_LIVE_NAME - 1] = '\0';
    for (uint32_t i = 0; i < AN_LIVE_CALLS; i++)
        kept->calls[i].trunk_name[AN_LIVE_NAME - 1] = kept->calls[i].display[AN_TEXT_MAX] = '\0';
    for (uint32_t i = 0; i < AN_LIVE_REVIEWS; i++)
        kept->reviews[i].call.trunk_name[AN_LIVE_NAME - 1] = kept->reviews[i].call.display[AN_TEXT_MAX] = '\0';
}

static enum an_err load_body(void *context, int fd, const struct an_snapshot_info *info)
{
    (void)info;
    struct live_head head, wanted = head_of();
    struct an_live *live = context;
    unsigned char *kept = (unsigned char *)live->kept;
    memset(kept, 0, sizeof(struct kept));
    if (an_fd_read_all(fd, &head, sizeof head) != AN_OK || memcmp(&head, &wanted, sizeof head) != 0)
        return AN_ERR_CORRUPT;
    for (size_t at = 0; at < sizeof(struct kept); at += CHUNK) {
        size_t len = sizeof(struct kept) - at < CHUNK ? sizeof(struct kept) - at : CHUNK;
        uint32_t there;
        if (an_fd_read_all(fd, &there, sizeof there) != AN_OK || (there != 0 && there != len)) return AN_ERR_CORRUPT;
        if (there != 0 && an_fd_read_all(fd, kept + at, there) != AN_OK) return AN_ERR_CORRUPT;
    }
    if (!is_sound(live->kept)) return AN_ERR_CORRUPT;
    seal_texts(live->kept);
    return AN_OK;
}

static void load(struct an_live *live)
{
    struct an_snapshot_info *info = calloc(1, sizeof *info);
    if (info != NULL && an_snapshot_load(live->data_dir, AN_SNAPSHOT_LIVE, load_body, live, info, NULL) == AN_OK) {
        memcpy(live->at, info->positions, info->position_count * sizeof info->positions[0]);
        live->at_count = info->position_count;
    } else {
        memset(live->kept, 0, sizeof *live->kept); /* the whole journal is counted again */
    }
    free(info);
    live_loaded(live);
}

static void save(struct an_live *live)
{
    struct an_error error;
    uint32_t count = 0;
    for (unsigned worker = 0; live->reader != NULL && worker < AN_JOURNAL_WORKERS_MAX; worker++)
        count += an_journal_reader_position(live->reader, worker, &live->at[count]) == AN_OK;
    if (live->reader != NULL) live->at_count = count;
    live->saved_us = an_clock_mono_us();
    if (an_snapshot_write(live->data_dir, AN_SNAPSHOT_LIVE, an_clock_wall_us(), live->at, live->at_count, save_body,
                          live->kept, NULL, &error) != AN_OK)
        an_log(AN_LOG_WARN, "engine.live", "%s; charts are read from the journal at the next start", error.text);
}

/* ---- the thread ---- */

static void take_entry(struct an_live *live, const struct an_journal_entry *entry)
{
    struct an_record record;
    if (an_record_decode(entry->type, entry->payload, entry->len, &record) != AN_OK) return;
    live_take(live, &record, entry->time_us);
}

/* False: there is nothing more for now. */
static bool read_some(struct an_live *live)
{
    struct an_journal_entry entry;
    uint64_t last_us = 0;
    enum an_err err = AN_OK;
    pthread_mutex_lock(&live->lock);
    for (int i = 0; i < BATCH && err != AN_ERR_END && err != AN_ERR_IO; i++) {
        err = an_journal_reader_next(live->reader, &entry);
        if (err != AN_OK) continue;
        take_entry(live, &entry);
        last_us = entry.time_us;
    }
    if (err == AN_ERR_END) live->caught_up = true;
    pthread_mutex_unlock(&live->lock);
    uint64_t now_us = an_clock_wall_us();
    bool behind = err != AN_ERR_END && last_us != 0 && last_us < now_us;
    if (err == AN_ERR_END || behind) atomic_store(&live->lag_us, behind ? now_us - last_us : 0);
    return err != AN_ERR_END && err != AN_ERR_IO;
}

static void open_reader(struct an_live *live)
{
    struct an_error error;
    const struct an_journal_filter filter = { .types = 1u << AN_RECORD_VERDICT | 1u << AN_RECORD_OBSERVATION |
                                                       1u << AN_RECORD_LABEL,
                                              .from = live->at,
                                              .from_count = live->at_count,
                                              .follow = true };
    struct an_journal_reader *reader;
    if (an_journal_reader_open(live->data_dir, &filter, &reader, &error) == AN_OK) live->reader = reader;
}

static void *live_main(void *user)
{
    struct an_live *live = user;
    an_thread_background("an-live");
    const struct timespec moment = { .tv_nsec = 25000000 };
    while (!atomic_load(&live->stop)) {
        if (live->reader == NULL) open_reader(live);
        bool more = live->reader != NULL && read_some(live);
        uint64_t now_us = an_clock_mono_us();
        if (now_us - live->ticked_us >= AN_US_PER_S) {
            bool late = now_us - live->ticked_us >= 2 * AN_US_PER_S;
            live->ticked_us = late ? now_us : live->ticked_us + AN_US_PER_S;
            an_live_second(live);
        }
        if (now_us - live->saved_us >= SAVE_S * AN_US_PER_S) save(live);
        if (!more) nanosleep(&moment, NULL);
    }
    save(live);
    an_journal_reader_close(live->reader);
    return NULL;
}

enum an_err an_live_new(const struct an_live_options *options, struct an_live **ret_live, struct an_error *error)
{
    an_assert(options != NULL && ret_live != NULL);
    struct an_live *live = calloc(1, sizeof *live);
    if (live != NULL) live->kept = calloc(1, sizeof *live->kept);
    if (live == NULL || live->kept == NULL || (live->plan = an_plan_new(error)) == NULL) {
        if (live != NULL) free(live->kept);
        free(live);
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory for what is live");
    }
    pthread_mutex_init(&live->lock, NULL);
    live->utc_offset_s = options->utc_offset_s;
    live->data_dir = options->data_dir;
    live->caught_up = options->data_dir == NULL;
    live->ticked_us = live->saved_us = an_clock_mono_us();
    if (live->data_dir != NULL) load(live);
    live->threaded = live->data_dir != NULL && pthread_create(&live->thread, NULL, live_main, live) == 0;
    if (live->data_dir != NULL && !live->threaded) {
        an_live_free(live);
        return an_fail(error, AN_ERR_NO_MEMORY, "no thread for what is live");
    }
    *ret_live = live;
    return AN_OK;
}

void an_live_free(struct an_live *live)
{
    if (live == NULL) return;
    atomic_store(&live->stop, true);
    if (live->threaded) pthread_join(live->thread, NULL);
    pthread_mutex_destroy(&live->lock);
    an_plan_free(live->plan);
    free(live->kept);
    free(live);
}

void an_live_take(struct an_live *live, const struct an_record *record, uint64_t time_us)
{
    an_assert(live != NULL && record != NULL);
    pthread_mutex_lock(&live->lock);
    live_take(live, record, time_us);
    pthread_mutex_unlock(&live->lock);
}

void an_live_second(struct an_live *live)
{
    pthread_mutex_lock(&live->lock);
    live_second(live);
    pthread_mutex_unlock(&live->lock);
}
