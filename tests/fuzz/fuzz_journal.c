/* Fuzz target: a segment file, read record by record and decoded, then reader, verify and find over the folder.
 *
 * The checksums would stop nearly every mutation, so that the input is seen in two ways. First byte even: the rest is
 * the file as it stands (headers, frames, lengths, resynchronisation). Odd: the rest is payloads, (type, length,
 * bytes)..., which are sealed properly first, so that the decoder and the chain see them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/format.h"
#include "journal/reader.h"
#include "journal/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_MAX = 1 << 17 };
static char dir[] = "/dev/shm/fuzz_journal.XXXXXX";
static char path[256];

static void clean(void)
{
    char folder[128];
    unlink(path);
    snprintf(folder, sizeof folder, "%s/journal", dir);
    rmdir(folder);
    rmdir(dir);
}

static void prepare(void)
{
    if (path[0] != '\0') return;
    char folder[128];
    if (mkdtemp(dir) == NULL) abort();
    snprintf(folder, sizeof folder, "%s/journal", dir);
    if (mkdir(folder, 0700) != 0) abort();
    snprintf(path, sizeof path, "%s/000-0000000001.seg", folder);
    atexit(clean);
}

/* Decodes; what decodes must encode again to something that decodes to the same bytes. */
static void decode(uint16_t type, const uint8_t *bytes, size_t len)
{
    static uint8_t again[1 << 17], third[1 << 17];
    struct an_record record, other;
    size_t len_again, len_third;
    if (an_record_decode(type, bytes, len, &record) != AN_OK) return;
    if (an_record_encode(&record, again, sizeof again, &len_again) != AN_OK) abort();
    if (an_record_decode(type, again, len_again, &other) != AN_OK) abort();
    if (an_record_encode(&other, third, sizeof third, &len_third) != AN_OK) abort();
    if (len_third != len_again || memcmp(again, third, len_again) != 0) abort();
}

static size_t seal_all(const uint8_t *data, size_t size, uint8_t *out)
{
    struct an_segment_header header = { .sequence = 1, .salt = 7 };
    an_segment_header_write(&header, out);
    size_t at = AN_SEGMENT_BEGIN;
    while (size >= 4 && at + an_frame_size(4096) < FILE_MAX) {
        size_t len = (size_t)(data[1] | data[2] << 8) % 4096;
        uint16_t type = data[0];
        data += 4;
        size -= 4;
        if (len > size) len = size;
        memcpy(out + at + AN_FRAME, data, len);
        decode(type, data, len);
        at += an_frame_seal(out + at, type == 0 ? 1 : type, data[-1], len, an_segment_seed(&header), at);
        data += len;
        size -= len;
    }
    return at;
}

static void read_back(void)
{
    struct an_journal_reader *reader;
    struct an_journal_entry entry;
    struct an_verify_report report;
    struct an_token token = { { 0 } };
    uint8_t buffer[AN_RECORD_VERDICT_MAX];
    struct an_journal_filter filter = { .types = 0 };
    if (an_journal_reader_open(dir, &filter, &reader, NULL) != AN_OK) abort();
    uint64_t damaged = 0, intact = 0;
    for (enum an_err err; (err = an_journal_reader_next(reader, &entry)) != AN_ERR_END;) {
        if (err == AN_OK)
            decode(entry.type, entry.payload, entry.len);
        else if (err != AN_ERR_CORRUPT)
            abort();
        damaged += err == AN_ERR_CORRUPT;
        intact += err == AN_OK;
        if (damaged + intact > FILE_MAX) abort(); /* no progress */
    }
    an_journal_reader_close(reader);
    enum an_err err = an_journal_verify(dir, NULL, NULL, NULL, &report, NULL);
    if (err != AN_OK && err != AN_ERR_CORRUPT) abort();
    if (report.records != intact || (damaged > 0 && report.intact)) abort();
    (void)an_journal_find(dir, &token, buffer, sizeof buffer, &entry, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[FILE_MAX];
    if (size < 1 || size > FILE_MAX / 2) return 0;
    prepare();
    const uint8_t *bytes = data + 1;
    size_t len = size - 1;
    if (data[0] & 1) {
        len = seal_all(bytes, len, file);
        bytes = file;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, bytes, len) != (ssize_t)len) abort();
    close(fd);
    read_back();
    return 0;
}
