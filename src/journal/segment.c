#include "journal/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_FIRST = 256 << 10, SEARCH_EFFORT = 16 };

void an_segment_init(struct an_segment *segment)
{
    memset(segment, 0, sizeof *segment);
    segment->fd = -1;
}

void an_segment_close(struct an_segment *s)
{
    if (s->fd >= 0) close(s->fd);
    s->fd = -1;
    s->buffered = 0;
}

void an_segment_done(struct an_segment *s)
{
    an_segment_close(s);
    free(s->buffer);
    s->buffer = NULL;
    s->capacity = 0;
}

static enum an_err reserve(struct an_segment *s, size_t size)
{
    if (size <= s->capacity) return AN_OK;
    uint8_t *larger = realloc(s->buffer, size);
    if (larger == NULL) return AN_ERR_NO_MEMORY;
    s->buffer = larger;
    s->capacity = size;
    return AN_OK;
}

static enum an_err refresh_size(struct an_segment *s)
{
    struct stat status;
    if (fstat(s->fd, &status) != 0) return AN_ERR_IO;
    s->size = (uint64_t)status.st_size;
    return AN_OK;
}

/* Makes bytes [offset, offset + len) available, fewer at the file's end. ret_room: bytes there are. */
static enum an_err fill(struct an_segment *s, uint64_t offset, size_t len, size_t *ret_room)
{
    if (offset < s->buffer_at || offset > s->buffer_at + s->buffered) s->buffered = 0;
    if (s->buffered == 0) s->buffer_at = offset;
    size_t skip = (size_t)(offset - s->buffer_at);
    if (s->buffered - skip < len) {
        size_t wanted = len > BUFFER_FIRST ? len : BUFFER_FIRST;
        if (reserve(s, wanted) != AN_OK) return AN_ERR_NO_MEMORY;
        memmove(s->buffer, s->buffer + skip, s->buffered - skip);
        s->buffered -= skip;
        s->buffer_at = offset;
        skip = 0;
        while (s->buffered < s->capacity) {
            ssize_t n =
                pread(s->fd, s->buffer + s->buffered, s->capacity - s->buffered, (off_t)(s->buffer_at + s->buffered));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return AN_ERR_IO;
            if (n == 0) break;
            s->buffered += (size_t)n;
        }
    }
    size_t room = s->buffered - skip;
    uint64_t left = s->size > offset ? s->size - offset : 0; /* what was appended since is not looked at yet */
    *ret_room = room < left ? room : (size_t)left;
    return AN_OK;
}

enum an_err an_segment_open(struct an_segment *s, int dir_fd, unsigned worker, uint64_t sequence)
{
    char name[AN_SEGMENT_NAME_MAX];
    an_segment_close(s);
    an_segment_name(worker, sequence, name);
    s->fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0) return errno == ENOENT ? AN_ERR_NOT_FOUND : AN_ERR_IO;
    s->offset = AN_SEGMENT_BEGIN;
    size_t room = 0;
    enum an_err err = refresh_size(s);
    if (err == AN_OK) err = fill(s, 0, AN_SEGMENT_BEGIN, &room);
    if (err != AN_OK) return err;
    if (room < AN_SEGMENT_BEGIN) return AN_ERR_END;
    struct an_segment_header copy[2];
    for (int i = 0; i < 2; i++) s->copy_ok[i] = an_segment_header_valid(s->buffer + i * AN_SEGMENT_HEADER, &copy[i]);
    if (!s->copy_ok[0] && !s->copy_ok[1]) return AN_ERR_CORRUPT;
    s->header = copy[s->copy_ok[0] ? 0 : 1];
    s->seed = an_segment_seed(&s->header);
    return AN_OK;
}

void an_segment_seek(struct an_segment *s, uint64_t offset)
{
    s->offset = offset < AN_SEGMENT_BEGIN ? AN_SEGMENT_BEGIN : (offset + 7) & ~(uint64_t)7;
}

/* Finds the next intact record behind a damaged place. The checksum is bound to the offset, so that what looks like a
 * record is one. effort bounds the bytes hashed, against a file made to look like records everywhere. */
static enum an_err search(struct an_segment *s, uint64_t from, uint64_t *ret_found)
{
    uint64_t effort = SEARCH_EFFORT * (s->size - from) + ((uint64_t)AN_JOURNAL_RECORD_MAX << 4);
    for (uint64_t at = from; at + AN_FRAME <= s->size; at += 8) {
        size_t room;
        struct an_frame frame;
        enum an_err err = fill(s, at, AN_FRAME, &room);
        if (err != AN_OK) return err;
        if (room < AN_FRAME) break;
        memcpy(&frame, s->buffer + (at - s->buffer_at), sizeof frame);
        if (frame.type == 0 || frame.type >= 1024 || frame.flags != 0 || frame.length > AN_JOURNAL_RECORD_MAX) continue;
        size_t size = an_frame_size(frame.length);
        if (at + size > s->size || size > effort) continue;
        effort -= size;
        err = fill(s, at, size, &room);
        if (err != AN_OK) return err;
        if (an_frame_valid(s->buffer + (at - s->buffer_at), room, s->seed, at)) {
            *ret_found = at;
            return AN_OK;
        }
    }
    return AN_ERR_NOT_FOUND;
}

/* Whether the bytes from offset to the end look like a write that was cut off, and not like damage: the file ends
 * within the record, or there are only zeros (a file system that made the file longer before it wrote the bytes). A
 * record that becomes intact when its length is taken from the file's end has a damaged length. */
static bool torn(struct an_segment *s, uint64_t offset)
{
    uint64_t left = s->size - offset;
    size_t room;
    if (left < AN_FRAME) return true;
    if (fill(s, offset, AN_FRAME, &room) != AN_OK || room < AN_FRAME) return true;
    struct an_frame frame;
    memcpy(&frame, s->buffer + (offset - s->buffer_at), sizeof frame);
    if (frame.length <= AN_JOURNAL_RECORD_MAX && an_frame_size(frame.length) <= left) {
        for (uint64_t at = offset; at < s->size; at += room) {
            if (fill(s, at, 1, &room) != AN_OK || room == 0) return true;
            const uint8_t *bytes = s->buffer + (at - s->buffer_at);
            for (size_t i = 0; i < room; i++)
                if (bytes[i] != 0) return false;
        }
        return true;
    }
    if (left % 8 != 0 || left > an_frame_size(AN_JOURNAL_RECORD_MAX)) return left % 8 != 0;
    if (fill(s, offset, (size_t)left, &room) != AN_OK || room < left) return true;
    uint8_t *bytes = s->buffer + (offset - s->buffer_at);
    bool intact = false;
    for (uint32_t padding = 0; padding < 8 && left - AN_FRAME >= padding && !intact; padding++) {
        uint32_t length = (uint32_t)(left - AN_FRAME - padding);
        memcpy(bytes + offsetof(struct an_frame, length), &length, sizeof length);
        intact = an_frame_valid(bytes, room, s->seed, offset);
    }
    memcpy(bytes + offsetof(struct an_frame, length), &frame.length, sizeof frame.length);
    return !intact;
}

/* The record at the offset, if it is intact: AN_OK; AN_ERR_MALFORMED: it is not; AN_ERR_IO, AN_ERR_NO_MEMORY. */
static enum an_err take(struct an_segment *s, struct an_segment_record *ret)
{
    size_t room = 0;
    enum an_err err = fill(s, s->offset, AN_FRAME, &room);
    if (err != AN_OK) return err;
    if (room < AN_FRAME) return AN_ERR_MALFORMED;
    memcpy(&ret->frame, s->buffer + (s->offset - s->buffer_at), AN_FRAME);
    if (ret->frame.length > AN_JOURNAL_RECORD_MAX) return AN_ERR_MALFORMED;
    size_t size = an_frame_size(ret->frame.length);
    if (s->offset + size > s->size) err = refresh_size(s);
    if (err == AN_OK && s->offset + size <= s->size) err = fill(s, s->offset, size, &room);
    if (err != AN_OK) return err;
    ret->bytes = s->buffer + (s->offset - s->buffer_at);
    if (!an_frame_valid(ret->bytes, room, s->seed, s->offset)) return AN_ERR_MALFORMED;
    ret->next = s->offset += size;
    return AN_OK;
}

enum an_err an_segment_next(struct an_segment *s, struct an_segment_record *ret)
{
    enum an_err err = AN_OK;
    ret->offset = ret->next = s->offset;
    if (s->offset + AN_FRAME > s->size) {
        err = refresh_size(s);
        if (err != AN_OK) return err;
        if (s->offset >= s->size) return AN_ERR_END;
    }
    err = take(s, ret);
    if (err == AN_ERR_MALFORMED) { /* perhaps the writer took a torn write back since it was buffered: look again */
        s->buffered = 0;
        err = take(s, ret);
    }
    if (err != AN_ERR_MALFORMED) return err;
    uint64_t found = s->size;
    err = search(s, s->offset + 8, &found);
    if (err == AN_ERR_NOT_FOUND && torn(s, s->offset)) {
        s->buffered = 0;
        ret->next = s->size;
        return AN_ERR_MORE;
    }
    if (err != AN_OK && err != AN_ERR_NOT_FOUND) return err;
    ret->next = s->offset = found;
    return AN_ERR_CORRUPT;
}

enum an_err an_segment_chain(struct an_segment *s, struct an_chain *chain, uint64_t from, uint64_t to)
{
    for (uint64_t at = from; at < to;) {
        size_t room;
        uint64_t left = to - at;
        if (fill(s, at, 1, &room) != AN_OK || room == 0) return AN_ERR_IO;
        if (room > left) room = (size_t)left;
        an_chain_add(chain, s->buffer + (at - s->buffer_at), room);
        at += room;
    }
    return AN_OK;
}
