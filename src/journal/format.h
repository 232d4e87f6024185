/* Bytes of a segment file. Layer: journal, inside. Little endian.
 *
 *   segment = header, the same header again, record...
 *   record  = frame (24 bytes), payload, zeros up to a multiple of 8
 *
 * The header is there twice, since everything behind it needs its salt: a damaged byte in one copy loses nothing. A
 * frame begins with the checksum, so that one XXH3 covers frame and payload in one run. The checksum is bound to the
 * place by the segment's salt (random) and the record's offset: a record moved, or planted inside a caller's text by
 * somebody who wants it found when a damaged place is searched, does not match. */
#ifndef ANNING_JOURNAL_FORMAT_H
#define ANNING_JOURNAL_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/limits.h"

#define AN_SEGMENT_MAGIC "ANJ1"
enum {
    AN_SEGMENT_VERSION = 1,
    AN_SEGMENT_HEADER = 96, /* one copy */
    AN_SEGMENT_BEGIN = 192, /* offset of the first record */
    AN_SEGMENT_NAME_MAX = 32,
    AN_FRAME = 24,
    AN_CHAIN = 32, /* bytes of a chain value */
};

enum an_segment_flag {
    AN_SEGMENT_CHAIN_UNKNOWN = 1, /* the segment before was unreadable: the chain begins anew */
};

struct an_segment_header {
    char magic[4];
    uint16_t version;
    uint16_t worker;
    uint64_t sequence;
    uint64_t created_us; /* event time of the first record */
    uint64_t salt;
    uint64_t prev_length; /* bytes of the segment before that count; what follows there is a torn tail */
    uint32_t flags;
    uint32_t reserved;
    uint8_t prev_chain[AN_CHAIN]; /* SHA-256 chain over the segment before, up to prev_length; the first: zeros */
    uint64_t prev_sequence;       /* of the segment before; 0: this is the worker's first */
    uint64_t checksum;            /* XXH3 of the bytes before */
};
_Static_assert(sizeof(struct an_segment_header) == AN_SEGMENT_HEADER, "written as it stands");

struct an_frame {
    uint64_t checksum; /* XXH3 of what follows up to the padded end, xor an_frame_place() */
    uint32_t length;   /* of the payload, without padding */
    uint16_t type;     /* enum an_record_type */
    uint16_t flags;    /* 0 */
    uint64_t time_us;  /* event time */
};
_Static_assert(sizeof(struct an_frame) == AN_FRAME, "written as it stands");

/* Bytes a record takes in the file. */
static inline size_t an_frame_size(size_t payload)
{
    return AN_FRAME + ((payload + 7) & ~(size_t)7);
}

static inline uint64_t an_frame_place(uint64_t seed, uint64_t offset)
{
    return an_mix2(seed, offset);
}

/* "000-0000000001.seg" */
void an_segment_name(unsigned worker, uint64_t sequence, char out[AN_SEGMENT_NAME_MAX]);
/* The reverse, strict. */
bool an_segment_name_parse(const char *name, unsigned *ret_worker, uint64_t *ret_sequence);
/* Fills magic, version and checksum, then writes both copies to out (AN_SEGMENT_BEGIN bytes). */
void an_segment_header_write(struct an_segment_header *header, uint8_t *out);
/* One copy: magic, version and checksum fit. */
bool an_segment_header_valid(const uint8_t *bytes, struct an_segment_header *ret_header);
/* What a segment's checksums are bound to. */
uint64_t an_segment_seed(const struct an_segment_header *header);

/* Completes the record that begins at bytes (payload is there already): frame, padding, checksum. Returns its size. */
size_t an_frame_seal(uint8_t *bytes, uint16_t type, uint64_t time_us, size_t length, uint64_t seed, uint64_t offset);
/* Whether an intact record begins at bytes; room: bytes available. */
bool an_frame_valid(const uint8_t *bytes, size_t room, uint64_t seed, uint64_t offset);

#endif
