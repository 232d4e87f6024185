#include "journal/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "journal/segment.h"

/* Event times of one worker are nearly in order: calls out of files and late reports may be off by so much. */
#define DISORDER_US (600 * AN_US_PER_S)

/* One worker's segments, read one after the other. */
struct stream {
    unsigned worker;
    bool open, ended, head; /* head: `entry` waits to be merged */
    uint64_t sequence;      /* of the open segment, or the last one read */
    uint64_t first_sequence, first_offset;
    uint64_t torn; /* bytes of a torn tail where the stream ends */
    struct an_segment segment;
    struct an_journal_entry entry;
};

struct an_journal_reader {
    struct an_journal_filter filter;
    int dir_fd;
    struct an_segment_list list;
    size_t stream_count;
    struct stream *streams; /* [own] one a worker that has segments */
    uint64_t done, total;
    bool relist;
};

static void describe(struct stream *t, struct an_journal_entry *ret, uint64_t offset, uint64_t next, const char *what)
{
    memset(ret, 0, sizeof *ret);
    ret->at = (struct an_journal_position) { .worker = t->worker, .sequence = t->sequence, .offset = offset };
    ret->next_offset = next;
    snprintf(ret->what, sizeof ret->what, "%s", what);
}

/* The segment of this worker that comes after `sequence`; 0: none in the list. */
static uint64_t following(const struct an_segment_list *list, unsigned worker, uint64_t sequence)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->names[i].worker == worker && list->names[i].sequence > sequence) return list->names[i].sequence;
    return 0;
}

/* Opens the stream's next segment. AN_OK, AN_ERR_END, AN_ERR_CORRUPT (ret says what; the stream is at it). */
static enum an_err advance(struct an_journal_reader *r, struct stream *t, struct an_journal_entry *ret)
{
    uint64_t before = t->sequence, end = t->segment.offset;
    bool had = before > 0, torn = t->torn > 0;
    uint64_t next = following(&r->list, t->worker, had ? before : t->first_sequence - 1);
    if (next == 0) return AN_ERR_END;
    enum an_err err = an_segment_open(&t->segment, r->dir_fd, t->worker, next);
    if (err == AN_ERR_IO || err == AN_ERR_NO_MEMORY) return err;
    if (err == AN_ERR_NOT_FOUND) { /* retired since it was listed */
        t->sequence = next;
        t->open = false;
        return AN_ERR_MORE;
    }
    t->sequence = next;
    t->open = err == AN_OK;
    t->torn = 0;
    char what[sizeof ret->what] = "";
    if (err == AN_ERR_CORRUPT) {
        describe(t, ret, 0, t->segment.size, "segment header damaged: the segment cannot be read");
        return AN_ERR_CORRUPT;
    }
    if (err == AN_ERR_END) return AN_ERR_MORE; /* torn within its header: never held a record */
    const struct an_segment_header *h = &t->segment.header;
    if (!had && next == t->first_sequence) an_segment_seek(&t->segment, t->first_offset);
    if (h->worker != t->worker || h->sequence != next)
        snprintf(what, sizeof what, "this file holds segment %llu of worker %u", (unsigned long long)h->sequence,
                 h->worker);
    else if (had && h->prev_sequence > before)
        snprintf(what, sizeof what, "segments %llu to %llu are missing before this one",
                 (unsigned long long)(before + 1), (unsigned long long)h->prev_sequence);
    else if (had && h->prev_sequence == before && (torn || h->prev_length > end) && h->prev_length != end)
        snprintf(what, sizeof what, "the segment before this one is cut: %llu bytes of %llu", (unsigned long long)end,
                 (unsigned long long)h->prev_length);
    if (what[0] == '\0') return AN_OK;
    describe(t, ret, 0, t->segment.offset, what);
    return AN_ERR_CORRUPT;
}

static bool wanted(const struct an_journal_reader *r, const struct an_frame *frame)
{
    const struct an_journal_filter *f = &r->filter;
    if (f->types != 0 && (frame->type >= 32 || (f->types >> frame->type & 1) == 0)) return false;
    return frame->time_us >= f->since_us && (f->until_us == 0 || frame->time_us < f->until_us);
}

/* The next record of a stream that the filter lets through, as its head. AN_OK, AN_ERR_END, AN_ERR_CORRUPT (ret). */
static enum an_err fill_head(struct an_journal_reader *r, struct stream *t, struct an_journal_entry *ret)
{
    for (;;) {
        struct an_segment_record record;
        enum an_err err = AN_ERR_END;
        if (t->open) {
            uint64_t from = t->segment.offset;
            err = an_segment_next(&t->segment, &record);
            r->done += t->segment.offset - from;
            t->torn = err == AN_ERR_MORE ? record.next - record.offset : 0;
        }
        if (err == AN_OK) {
            if (!wanted(r, &record.frame)) continue;
            describe(t, &t->entry, record.offset, record.next, "");
            t->entry.time_us = record.frame.time_us;
            t->entry.type = record.frame.type;
            t->entry.flags = record.frame.flags;
            t->entry.len = record.frame.length;
            t->entry.payload = record.bytes + AN_FRAME;
            t->head = true;
            return AN_OK;
        }
        if (err == AN_ERR_CORRUPT) {
            char what[sizeof ret->what];
            snprintf(what, sizeof what, "%llu bytes are no intact record",
                     (unsigned long long)(record.next - record.offset));
            describe(t, ret, record.offset, record.next, what);
            return AN_ERR_CORRUPT;
        }
        if (err != AN_ERR_END && err != AN_ERR_MORE) return err;
        /* The listing is older than this end: a newer segment in it means that this one is complete. */
        err = advance(r, t, ret);
        if (err != AN_OK && err != AN_ERR_MORE) return err;
    }
}

/* Where `since` lets us begin: behind the segments whose successor began before. */
static uint64_t first_since(struct an_journal_reader *r, unsigned worker, uint64_t first)
{
    struct an_segment segment;
    uint64_t limit = r->filter.since_us > DISORDER_US ? r->filter.since_us - DISORDER_US : 0;
    an_segment_init(&segment);
    for (size_t i = r->list.count; limit > 0 && i-- > 0;) {
        const struct an_segment_name *name = &r->list.names[i];
        if (name->worker != worker || name->sequence < first) continue;
        if (an_segment_open(&segment, r->dir_fd, worker, name->sequence) != AN_OK) continue;
        if (segment.header.created_us > limit) continue;
        first = name->sequence;
        break;
    }
    an_segment_done(&segment);
    return first;
}

static void place(struct an_journal_reader *r, struct stream *t, unsigned worker)
{
    t->worker = worker;
    t->first_sequence = 1;
    an_segment_init(&t->segment);
    bool placed = false;
    for (size_t i = 0; i < r->filter.from_count; i++) {
        if (r->filter.from[i].worker != worker || r->filter.from[i].sequence == 0) continue;
        t->first_sequence = r->filter.from[i].sequence;
        t->first_offset = r->filter.from[i].offset;
        placed = true;
    }
    if (!placed && following(&r->list, worker, 0) > 0) {
        t->first_sequence = following(&r->list, worker, 0);
        t->first_sequence = first_since(r, worker, t->first_sequence);
    }
    for (size_t i = 0; i < r->list.count; i++) {
        const struct an_segment_name *name = &r->list.names[i];
        if (name->worker != worker || name->sequence < t->first_sequence) continue;
        uint64_t skip = name->sequence == t->first_sequence ? t->first_offset : 0;
        if (skip < AN_SEGMENT_BEGIN) skip = AN_SEGMENT_BEGIN;
        r->total += name->bytes > skip ? name->bytes - skip : 0;
    }
}

enum an_err an_journal_reader_open(const char *dir, const struct an_journal_filter *filter,
                                   struct an_journal_reader **ret_reader, struct an_error *error)
{
    an_assert(dir != NULL && ret_reader != NULL);
    struct an_journal_reader *r = calloc(1, sizeof *r);
    if (r == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "journal: out of memory");
    if (filter != NULL) r->filter = *filter;
    enum an_err err = AN_OK;
    r->dir_fd = an_segment_dir_open(dir);
    if (r->dir_fd < 0) {
        err = errno == ENOENT ? AN_ERR_NOT_FOUND : AN_ERR_IO;
        err = an_fail(error, err, "journal: %s/journal: %s; --data names the folder the daemon writes to", dir,
                      strerror(errno));
    } else if ((err = an_segment_list_read(r->dir_fd, &r->list)) != AN_OK) {
        an_fail(error, err, "journal: cannot list %s/journal: %s", dir, strerror(errno));
    } else if ((r->streams = calloc(AN_JOURNAL_WORKERS_MAX, sizeof *r->streams)) == NULL) {
        err = an_fail(error, AN_ERR_NO_MEMORY, "journal: out of memory");
    }
    if (err != AN_OK) {
        an_journal_reader_close(r);
        return err;
    }
    for (unsigned worker = 0; worker < AN_JOURNAL_WORKERS_MAX; worker++) {
        if (r->filter.one_worker && worker != r->filter.worker) continue;
        if (!r->filter.follow && following(&r->list, worker, 0) == 0) continue;
        place(r, &r->streams[r->stream_count++], worker);
    }
    r->filter.from = NULL; /* borrowed during open only */
    *ret_reader = r;
    return AN_OK;
}

/* All streams are read: what is left to say about their ends. */
static void note_ends(struct an_journal_reader *r, struct an_journal_entry *ret)
{
    memset(ret, 0, sizeof *ret);
    for (size_t i = 0; i < r->stream_count; i++) {
        struct stream *t = &r->streams[i];
        if (t->torn > 0 && ret->what[0] == '\0') {
            char what[sizeof ret->what];
            snprintf(what, sizeof what, "torn tail: %llu bytes of a record that was never whole",
                     (unsigned long long)t->torn);
            describe(t, ret, t->segment.offset, t->segment.size, what);
        }
    }
    r->relist = r->filter.follow;
}

/* In follow mode, after an end: new segments may be there, and old ones may have grown. */
static enum an_err look_again(struct an_journal_reader *r)
{
    struct an_segment_list list;
    enum an_err err = an_segment_list_read(r->dir_fd, &list);
    if (err != AN_OK) return err;
    an_segment_list_free(&r->list);
    r->list = list;
    r->relist = false;
    for (size_t i = 0; i < r->stream_count; i++) r->streams[i].ended = false;
    return AN_OK;
}

enum an_err an_journal_reader_next(struct an_journal_reader *r, struct an_journal_entry *ret_entry)
{
    an_assert(r != NULL && ret_entry != NULL);
    struct stream *first = NULL;
    if (r->relist && look_again(r) != AN_OK) return AN_ERR_IO;
    for (size_t i = 0; i < r->stream_count; i++) {
        struct stream *t = &r->streams[i];
        if (!t->head && !t->ended) {
            enum an_err err = fill_head(r, t, ret_entry);
            if (err == AN_ERR_END)
                t->ended = true;
            else if (err != AN_OK)
                return err;
        }
        if (t->head && (first == NULL || t->entry.time_us < first->entry.time_us)) first = t;
    }
    if (first == NULL) {
        note_ends(r, ret_entry);
        return AN_ERR_END;
    }
    *ret_entry = first->entry;
    first->head = false;
    return AN_OK;
}

void an_journal_reader_progress(const struct an_journal_reader *r, uint64_t *ret_done, uint64_t *ret_total)
{
    *ret_done = r->done;
    *ret_total = r->total > r->done ? r->total : r->done;
}

enum an_err an_journal_reader_position(const struct an_journal_reader *r, unsigned worker,
                                       struct an_journal_position *ret_position)
{
    for (size_t i = 0; i < r->stream_count; i++) {
        const struct stream *t = &r->streams[i];
        if (t->worker != worker) continue;
        struct an_journal_position at = { .worker = worker, .sequence = t->sequence, .offset = t->segment.offset };
        if (t->head) at = t->entry.at;
        if (at.sequence == 0) at.sequence = t->first_sequence, at.offset = t->first_offset;
        *ret_position = at;
        return AN_OK;
    }
    return AN_ERR_NOT_FOUND;
}

void an_journal_reader_close(struct an_journal_reader *r)
{
    if (r == NULL) return;
    for (size_t i = 0; i < r->stream_count; i++) an_segment_done(&r->streams[i].segment);
    free(r->streams);
    an_segment_list_free(&r->list);
    if (r->dir_fd >= 0) close(r->dir_fd);
    free(r);
}

/* Looks through one segment. */
static enum an_err find_in(struct an_segment *s, const struct an_token *token, void *buffer, size_t size,
                           struct an_journal_entry *ret)
{
    struct an_segment_record record;
    enum an_err err;
    while ((err = an_segment_next(s, &record)) == AN_OK || err == AN_ERR_CORRUPT) {
        if (err != AN_OK || record.frame.length > size) continue;
        if (!an_record_has_token(record.frame.type, record.bytes + AN_FRAME, record.frame.length, token)) continue;
        memset(ret, 0, sizeof *ret);
        ret->at = (struct an_journal_position) { s->header.worker, 0, s->header.sequence, record.offset };
        ret->next_offset = record.next;
        ret->time_us = record.frame.time_us;
        ret->type = record.frame.type;
        ret->len = record.frame.length;
        memcpy(buffer, record.bytes + AN_FRAME, record.frame.length);
        ret->payload = buffer;
        return AN_OK;
    }
    return err == AN_ERR_END || err == AN_ERR_MORE ? AN_ERR_NOT_FOUND : err;
}

enum an_err an_journal_find(const char *dir, const struct an_token *token, void *buffer, size_t size,
                            struct an_journal_entry *ret_entry, struct an_error *error)
{
    an_assert(dir != NULL && token != NULL && buffer != NULL && ret_entry != NULL);
    uint64_t time_us = an_token_time_us(token);
    unsigned worker = an_token_worker(token);
    struct an_segment_list list = { NULL, 0 };
    struct an_segment segment;
    int dir_fd = an_segment_dir_open(dir);
    if (dir_fd < 0)
        return an_fail(error, errno == ENOENT ? AN_ERR_NOT_FOUND : AN_ERR_IO, "journal: %s/journal: %s", dir,
                       strerror(errno));
    an_segment_init(&segment);
    enum an_err err = an_segment_list_read(dir_fd, &list);
    bool begun_before = false; /* a segment begun well before the call: nothing older holds it */
    enum an_err found = AN_ERR_NOT_FOUND;
    for (size_t i = list.count; err == AN_OK && found == AN_ERR_NOT_FOUND && !begun_before && i-- > 0;) {
        if (list.names[i].worker != worker) continue;
        if (an_segment_open(&segment, dir_fd, worker, list.names[i].sequence) != AN_OK) continue;
        if (segment.header.created_us > time_us + DISORDER_US) continue;
        found = find_in(&segment, token, buffer, size, ret_entry);
        begun_before = segment.header.created_us + DISORDER_US < time_us;
    }
    an_segment_done(&segment);
    an_segment_list_free(&list);
    close(dir_fd);
    if (err != AN_OK) return an_fail(error, err, "journal: cannot list %s/journal", dir);
    if (found == AN_ERR_NOT_FOUND)
        return an_fail(error, found, "journal: no verdict with this token; it may be older than what is kept");
    return found == AN_OK ? AN_OK : an_fail(error, found, "journal: cannot read %s/journal", dir);
}

enum an_err an_journal_find_verdict(const char *dir, const struct an_token *token,
                                    uint8_t payload[AN_RECORD_VERDICT_MAX], struct an_journal_entry *ret_entry,
                                    struct an_record *ret_record)
{
    struct an_journal_entry entry;
    enum an_err err = an_journal_find(dir, token, payload, AN_RECORD_VERDICT_MAX, &entry, NULL);
    if (err == AN_OK) err = an_record_decode(entry.type, entry.payload, entry.len, ret_record);
    if (err == AN_OK && ret_entry != NULL) *ret_entry = entry;
    return err;
}
