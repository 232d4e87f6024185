#include "cli/replay_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parse/ndjson.h"
#include "parse/sip.h"
#include "wire/pcap.h"

enum { BUFFER = 1 << 20, PROGRESS_EVERY = 1000 };
_Static_assert((int)BUFFER >= (int)AN_CSV_BUFFER_MIN && (int)BUFFER >= (int)AN_NDJSON_BUFFER_MIN, "holds any record");

/* A file through a window that moves forward. */
struct text_file {
    const char *path;
    int fd;
    char *bytes;
    size_t used, begin; /* bytes[begin..used) are not done with */
    bool ended;
    uint64_t done, total;
    uint64_t records;
};

static enum an_err open_text(struct text_file *file, const char *path, struct an_error *error)
{
    *file = (struct text_file) { .path = path, .fd = open(path, O_RDONLY | O_CLOEXEC) };
    if (file->fd < 0) return an_fail(error, AN_ERR_IO, "%s: %s", path, strerror(errno));
    struct stat info;
    file->total = fstat(file->fd, &info) == 0 ? (uint64_t)info.st_size : 0;
    file->bytes = malloc(BUFFER);
    if (file->bytes != NULL) return AN_OK;
    close(file->fd);
    return an_fail(error, AN_ERR_NO_MEMORY, "no memory to read %s", path);
}

static void close_text(struct text_file *file)
{
    free(file->bytes);
    close(file->fd);
}

static enum an_err refill(struct text_file *file, struct an_error *error)
{
    memmove(file->bytes, file->bytes + file->begin, file->used - file->begin);
    file->used -= file->begin;
    file->begin = 0;
    while (!file->ended && file->used < BUFFER) {
        ssize_t got = read(file->fd, file->bytes + file->used, BUFFER - file->used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return an_fail(error, AN_ERR_IO, "%s: %s", file->path, strerror(errno));
        if (got == 0) file->ended = true;
        file->used += (size_t)got;
    }
    return AN_OK;
}

static enum an_err move_on(struct text_file *file, size_t used, struct an_error *error)
{
    file->begin += used;
    file->done += used;
    return refill(file, error);
}

static void advance(struct text_file *file, size_t used, const struct an_replay_sink *sink)
{
    file->begin += used;
    file->done += used;
    if (++file->records % PROGRESS_EVERY == 0) sink->progress(sink->user, file->done, file->total);
}

static void fault(const struct an_replay_sink *sink, const char *path, const struct an_error *error)
{
    char text[640];
    snprintf(text, sizeof text, "%s: %s", path, error->text);
    sink->fault(sink->user, text);
}

/* The first record: which layout, and whether it is a header line. */
static enum an_err bind_layout(const struct an_replay_options *options, const struct an_csv *first,
                               struct an_cdr_layout *ret_layout, struct an_error *error)
{
    if (options->layout != NULL)
        *ret_layout = *options->layout;
    else if (an_cdr_layout_detect(first, options->utc_offset_s, ret_layout, error) != AN_OK)
        return AN_ERR_UNSUPPORTED;
    return an_cdr_bind(ret_layout, first, error) == AN_OK ? AN_OK : AN_ERR_UNSUPPORTED;
}

static bool take_row(const struct an_cdr_layout *layout, const struct an_csv *csv, const char *path,
                     const struct an_replay_sink *sink)
{
    struct an_event_text event;
    struct an_error error;
    enum an_err err = an_cdr_row(layout, csv, &event, &error);
    if (err == AN_OK) return sink->event(sink->user, &event);
    if (err != AN_ERR_NOT_FOUND) fault(sink, path, &error);
    return true;
}

static enum an_err read_csv(struct text_file *file, const struct an_replay_options *options,
                            const struct an_replay_sink *sink, struct an_error *error)
{
    static struct an_csv csv; /* 20 kB */
    struct an_cdr_layout layout = { .bound = false };
    an_csv_init(&csv, options->layout == NULL ? '\0' : options->layout->separator);
    for (;;) {
        size_t used;
        bool go_on = true;
        enum an_err err =
            an_csv_next(&csv, file->bytes + file->begin, file->used - file->begin, file->ended, &used, error);
        if (err == AN_ERR_END) return AN_OK;
        if (err == AN_ERR_MORE) {
            if ((err = move_on(file, used, error)) != AN_OK) return err;
            continue;
        }
        if (err == AN_OK && !layout.bound) {
            if ((err = bind_layout(options, &csv, &layout, error)) != AN_OK) return err;
            if (layout.header != AN_CDR_HEADER_YES) go_on = take_row(&layout, &csv, file->path, sink);
        } else if (err == AN_OK) {
            go_on = take_row(&layout, &csv, file->path, sink);
        } else {
            fault(sink, file->path, error);
        }
        advance(file, used, sink);
        if (!go_on) return AN_OK;
    }
}

static bool take_line(const struct an_ndjson *reader, struct an_slice line, const char *path,
                      const struct an_replay_sink *sink)
{
    cJSON *tree;
    struct an_event_text event;
    struct an_error error;
    if (an_ndjson_event(reader, line, AN_EVENT_CALL, &tree, &event, &error) != AN_OK) {
        fault(sink, path, &error);
        return true;
    }
    bool go_on = sink->event(sink->user, &event);
    cJSON_Delete(tree);
    return go_on;
}

static enum an_err read_ndjson(struct text_file *file, const struct an_replay_sink *sink, struct an_error *error)
{
    struct an_ndjson reader;
    an_ndjson_init(&reader);
    for (;;) {
        size_t used;
        struct an_slice line;
        bool go_on = true;
        enum an_err err = an_ndjson_next(&reader, file->bytes + file->begin, file->used - file->begin, file->ended,
                                         &used, &line, error);
        if (err == AN_ERR_END) return AN_OK;
        if (err == AN_ERR_MORE) {
            if ((err = move_on(file, used, error)) != AN_OK) return err;
            continue;
        }
        if (err == AN_OK)
            go_on = take_line(&reader, line, file->path, sink);
        else
            fault(sink, file->path, error);
        advance(file, used, sink);
        if (!go_on) return AN_OK;
    }
}

static enum an_err read_pcap(const char *path, const struct an_replay_sink *sink, struct an_error *error)
{
    struct an_pcap *pcap;
    struct an_pcap_message message;
    enum an_err err = an_pcap_open(path, an_sip_frame, &pcap, error);
    if (err != AN_OK) return err;
    for (uint64_t n = 1; (err = an_pcap_next(pcap, &message, error)) == AN_OK; n++) {
        if (!sink->sip(sink->user, message.time_us, &message.source, message.bytes, message.len)) break;
        if (n % PROGRESS_EVERY != 0) continue;
        uint64_t done, total;
        an_pcap_progress(pcap, &done, &total);
        sink->progress(sink->user, done, total);
    }
    if (err != AN_OK && err != AN_ERR_END) {
        fault(sink, path, error);
    }
    an_pcap_close(pcap);
    return AN_OK;
}

static enum an_replay_format sniff(const struct text_file *file)
{
    static const uint8_t magics[][4] = { { 0xd4, 0xc3, 0xb2, 0xa1 },
                                         { 0xa1, 0xb2, 0xc3, 0xd4 },
                                         { 0x4d, 0x3c, 0xb2, 0xa1 },
                                         { 0xa1, 0xb2, 0x3c, 0x4d },
                                         { 0x0a, 0x0d, 0x0d, 0x0a } };
    for (size_t i = 0; file->used >= 4 && i < sizeof magics / sizeof magics[0]; i++)
        if (memcmp(file->bytes, magics[i], 4) == 0) return AN_REPLAY_PCAP;
    struct an_slice head = { file->bytes, file->used };
    if (an_slice_starts(head, AN_SLICE("\xef\xbb\xbf"))) head = (struct an_slice) { head.at + 3, head.len - 3 };
    head = an_slice_trim(head);
    return head.len > 0 && head.at[0] == '{' ? AN_REPLAY_NDJSON : AN_REPLAY_CSV;
}

enum an_err an_replay_read(const char *path, const struct an_replay_options *options, const struct an_replay_sink *sink,
                           struct an_error *error)
{
    struct text_file file;
    enum an_err err = open_text(&file, path, error);
    if (err != AN_OK) return err;
    err = refill(&file, error);
    enum an_replay_format format = options->format == AN_REPLAY_AUTO && err == AN_OK ? sniff(&file) : options->format;
    if (err != AN_OK) format = AN_REPLAY_AUTO;
    if (format == AN_REPLAY_CSV)
        err = read_csv(&file, options, sink, error);
    else if (format == AN_REPLAY_NDJSON)
        err = read_ndjson(&file, sink, error);
    else if (format == AN_REPLAY_PCAP)
        err = read_pcap(path, sink, error);
    close_text(&file);
    return err;
}
