#include <string.h>
#include <sys/mman.h>

#include "base/hash.h"
#include "model/listen.h"
#include "wire/reassembly.h"

enum { BUCKETS = 256, WAYS = 4, HELD_MAX = 16, TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4 };

/* Bytes that came ahead of a hole, as offsets into the buffer. */
struct held {
    uint32_t from, to;
};

struct flow {
    union an_address source, destination;
    bool used, synced; /* synced: the buffer begins where a message begins */
    uint64_t turn;
    uint32_t base;  /* sequence number of bytes[0] */
    uint32_t end;   /* bytes without a hole */
    uint32_t taken; /* of them, framed already */
    size_t scanned;
    uint32_t held_count;
    struct held held[HELD_MAX];
    char bytes[AN_STREAM_BUFFER];
};

struct an_streams {
    an_pcap_frame *frame;
    struct flow *current; /* of the last segment */
    uint64_t turn;
    struct flow flows[BUCKETS][WAYS];
};

enum an_err an_streams_new(an_pcap_frame *frame, struct an_streams **ret_streams)
{
    an_assert(frame != NULL);
    /* Large, and mostly never touched: the kernel gives its pages, all zero, as they are needed. */
    void *memory = mmap(NULL, sizeof(struct an_streams), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return AN_ERR_NO_MEMORY;
    struct an_streams *s = memory;
    s->frame = frame;
    *ret_streams = s;
    return AN_OK;
}

void an_streams_free(struct an_streams *streams)
{
    if (streams != NULL) munmap(streams, sizeof *streams);
}

static struct flow *bucket_of(struct an_streams *s, const struct an_packet *packet)
{
    uint64_t hash = an_hash64(&packet->source, sizeof packet->source, 1);
    return s->flows[an_hash64(&packet->destination, sizeof packet->destination, hash) % BUCKETS];
}

static struct flow *find(struct an_streams *s, const struct an_packet *packet)
{
    struct flow *bucket = bucket_of(s, packet);
    for (int i = 0; i < WAYS; i++)
        if (bucket[i].used && an_address_equal(&bucket[i].source, &packet->source) &&
            an_address_equal(&bucket[i].destination, &packet->destination))
            return &bucket[i];
    return NULL;
}

static void begin(struct flow *f, uint32_t base, bool synced)
{
    f->base = base;
    f->end = f->taken = f->held_count = 0;
    f->scanned = 0;
    f->synced = synced;
}

static struct flow *add_flow(struct an_streams *s, const struct an_packet *packet, struct an_pcap_counters *counters)
{
    struct flow *bucket = bucket_of(s, packet), *oldest = bucket;
    for (int i = 1; i < WAYS; i++)
        if (!bucket[i].used ? oldest->used : oldest->used && bucket[i].turn < oldest->turn) oldest = &bucket[i];
    if (oldest->used && oldest->end > oldest->taken) counters->tcp_dropped++;
    oldest->used = true;
    oldest->source = packet->source;
    oldest->destination = packet->destination;
    return oldest;
}

/* Moves what was framed out of the buffer. */
static void shift(struct flow *f)
{
    if (f->taken == 0) return;
    uint32_t far = f->end;
    for (uint32_t i = 0; i < f->held_count; i++) {
        if (f->held[i].to > far) far = f->held[i].to;
        f->held[i].from -= f->taken;
        f->held[i].to -= f->taken;
    }
    memmove(f->bytes, f->bytes + f->taken, far - f->taken);
    f->base += f->taken;
    f->end -= f->taken;
    f->taken = 0;
}

/* Joins held segments to the end as far as there is no hole. */
static void join(struct flow *f)
{
    for (uint32_t i = 0; i < f->held_count;) {
        if (f->held[i].from > f->end) {
            i++;
            continue;
        }
        if (f->held[i].to > f->end) f->end = f->held[i].to;
        f->held[i] = f->held[--f->held_count];
        i = 0;
    }
}

/* The bytes of a hole never came: goes on behind it. */
static void give_up_hole(struct flow *f, struct an_pcap_counters *counters)
{
    uint32_t first = UINT32_MAX;
    counters->tcp_gaps++;
    for (uint32_t i = 0; i < f->held_count; i++)
        if (f->held[i].from < first) first = f->held[i].from;
    if (first == UINT32_MAX) return;
    f->taken = f->end = first;
    join(f);
    shift(f);
    f->scanned = 0;
    f->synced = false;
}

static void put(struct flow *f, uint32_t seq, struct an_slice data, struct an_pcap_counters *counters)
{
    int32_t offset = (int32_t)(seq - f->base);
    if (offset < 0) { /* seen before, at least in part */
        if ((size_t) - (int64_t)offset >= data.len) return;
        data.at -= offset;
        data.len -= (size_t) - (int64_t)offset;
        offset = 0;
    }
    size_t far = (size_t)offset + data.len;
    if (far > AN_STREAM_BUFFER || (f->held_count == HELD_MAX && (uint32_t)offset > f->end)) {
        uint32_t before = f->base;
        give_up_hole(f, counters);
        offset -= (int32_t)(f->base - before);
        if (offset < 0) return;                             /* itself part of the hole */
        if ((size_t)offset + data.len > AN_STREAM_BUFFER) { /* still too far: all before it is given up */
            begin(f, seq, false);
            offset = 0;
            if (data.len > AN_STREAM_BUFFER) return;
        }
    }
    memcpy(f->bytes + offset, data.at, data.len);
    uint32_t from = (uint32_t)offset, to = from + (uint32_t)data.len;
    if (from <= f->end)
        f->end = to > f->end ? to : f->end;
    else
        f->held[f->held_count++] = (struct held) { from, to };
    join(f);
}

enum an_err an_streams_add(struct an_streams *streams, struct an_packet *packet, struct an_pcap_counters *counters)
{
    struct an_slice p = packet->payload;
    streams->current = NULL;
    if (p.len < 20) return AN_ERR_MALFORMED;
    size_t header = (size_t)((uint8_t)p.at[12] >> 4) * 4;
    if (header < 20 || header > p.len) return AN_ERR_MALFORMED;
    an_packet_set_ports(packet, an_be16(p.at), an_be16(p.at + 2));
    uint32_t seq = an_be32(p.at + 4);
    unsigned flags = (uint8_t)p.at[13];
    struct an_slice data = { p.at + header, p.len - header };
    struct flow *f = find(streams, packet);
    if (f != NULL && (flags & (TCP_SYN | TCP_RST))) {
        if (f->end > f->taken) counters->tcp_dropped++;
        f->used = false;
        f = NULL;
    }
    if (flags & TCP_SYN) seq++;
    if (data.len == 0) return AN_ERR_MORE;
    if (f == NULL) { /* a stream is followed from its first segment that begins like SIP */
        if (!an_packet_looks_like_sip(data)) return AN_ERR_UNSUPPORTED;
        f = add_flow(streams, packet, counters);
        begin(f, seq, true);
    }
    counters->tcp_segments++;
    f->turn = ++streams->turn;
    shift(f);
    put(f, seq, data, counters);
    streams->current = f;
    return AN_OK;
}

enum an_err an_streams_next(struct an_streams *streams, struct an_pcap_counters *counters, struct an_slice *ret_message)
{
    struct flow *f = streams->current;
    if (f == NULL) return AN_ERR_MORE;
    for (;;) {
        while (f->scanned == 0 && f->taken < f->end && (f->bytes[f->taken] == '\r' || f->bytes[f->taken] == '\n'))
            f->taken++;
        struct an_slice rest = { f->bytes + f->taken, f->end - f->taken };
        size_t len = 0;
        if (rest.len == 0) return AN_ERR_MORE;
        if (!f->synced) { /* after a hole: from the next segment that begins like SIP */
            if (!an_packet_looks_like_sip(rest)) {
                f->taken = f->end;
                return AN_ERR_MORE;
            }
            f->synced = true;
        }
        enum an_err err = streams->frame(rest.at, rest.len, &f->scanned, &len);
        if (err == AN_ERR_MORE && rest.len < AN_SIP_MESSAGE_MAX) return AN_ERR_MORE;
        f->scanned = 0;
        if (err == AN_OK && len > 0 && len <= rest.len && len <= AN_SIP_MESSAGE_MAX) {
            *ret_message = (struct an_slice) { rest.at, len };
            f->taken += (uint32_t)len;
            return AN_OK;
        }
        counters->malformed++;
        f->taken = f->end;
        f->synced = false;
    }
}
