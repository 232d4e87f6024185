#include "journal/format.h"

#include <stdio.h>
#include <string.h>

#include "base/slice.h"
#include "model/record.h"

void an_segment_name(unsigned worker, uint64_t sequence, char out[AN_SEGMENT_NAME_MAX])
{
    snprintf(out, AN_SEGMENT_NAME_MAX, "%03u-%010llu.seg", worker, (unsigned long long)sequence);
}

bool an_segment_name_parse(const char *name, unsigned *ret_worker, uint64_t *ret_sequence)
{
    struct an_slice text = an_slice_of(name), head;
    uint64_t worker, sequence;
    if (!an_slice_cut(&text, '-', &head) || an_slice_u64(head, 255, &worker) != AN_OK) return false;
    if (!an_slice_cut(&text, '.', &head) || an_slice_u64(head, UINT64_MAX / 2, &sequence) != AN_OK) return false;
    char same[AN_SEGMENT_NAME_MAX];
    an_segment_name((unsigned)worker, sequence, same);
    if (sequence == 0 || strcmp(same, name) != 0) return false;
    *ret_worker = (unsigned)worker;
    *ret_sequence = sequence;
    return true;
}

void an_segment_header_write(struct an_segment_header *header, uint8_t *out)
{
    memcpy(header->magic, AN_SEGMENT_MAGIC, sizeof header->magic);
    header->version = AN_SEGMENT_VERSION;
    header->checksum = an_hash64(header, offsetof(struct an_segment_header, checksum), 0);
    memcpy(out, header, AN_SEGMENT_HEADER);
    memcpy(out + AN_SEGMENT_HEADER, header, AN_SEGMENT_HEADER);
}

bool an_segment_header_valid(const uint8_t *bytes, struct an_segment_header *ret_header)
{
    struct an_segment_header header;
    memcpy(&header, bytes, sizeof header);
    if (memcmp(header.magic, AN_SEGMENT_MAGIC, sizeof header.magic) != 0) return false;
    if (header.version != AN_SEGMENT_VERSION || header.worker > 255 || header.sequence == 0) return false;
    if (header.checksum != an_hash64(&header, offsetof(struct an_segment_header, checksum), 0)) return false;
    *ret_header = header;
    return true;
}

uint64_t an_segment_seed(const struct an_segment_header *header)
{
    return an_mix2(header->salt, header->sequence << 8 | header->worker);
}

size_t an_frame_seal(uint8_t *bytes, uint16_t type, uint64_t time_us, size_t length, uint64_t seed, uint64_t offset)
{
    struct an_frame frame = { .length = (uint32_t)length, .type = type, .time_us = time_us };
    size_t size = an_frame_size(length);
    memcpy(bytes, &frame, sizeof frame);
    memset(bytes + AN_FRAME + length, 0, size - AN_FRAME - length);
    frame.checksum = an_hash64(bytes + 8, size - 8, 0) ^ an_frame_place(seed, offset);
    memcpy(bytes, &frame.checksum, 8);
    return size;
}

bool an_frame_valid(const uint8_t *bytes, size_t room, uint64_t seed, uint64_t offset)
{
    struct an_frame frame;
    if (room < AN_FRAME) return false;
    memcpy(&frame, bytes, sizeof frame);
    if (frame.length > AN_JOURNAL_RECORD_MAX || frame.type == 0 || an_frame_size(frame.length) > room) return false;
    return frame.checksum == (an_hash64(bytes + 8, an_frame_size(frame.length) - 8, 0) ^ an_frame_place(seed, offset));
}
