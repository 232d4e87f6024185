#include <string.h>
#include <sys/mman.h>

#include "model/listen.h"
#include "wire/reassembly.h"

enum { PACKETS = 64, PACKET_MAX = 65536, UNITS = PACKET_MAX / 8 };

struct whole {
    union an_address source, destination;
    uint32_t id;
    uint8_t protocol;
    bool used;
    uint64_t turn;  /* of the last fragment */
    uint32_t units; /* 8-byte units there */
    uint32_t total; /* bytes; 0: the last part isn't there yet */
    uint8_t there[UNITS / 8];
    char bytes[PACKET_MAX];
};

struct an_fragments {
    uint64_t turn;
    struct whole packets[PACKETS];
};

enum an_err an_fragments_new(struct an_fragments **ret_fragments)
{
    /* Large, and mostly never touched: the kernel gives its pages, all zero, as they are needed. */
    void *memory = mmap(NULL, sizeof(struct an_fragments), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return AN_ERR_NO_MEMORY;
    struct an_fragments *f = memory;
    *ret_fragments = f;
    return AN_OK;
}

void an_fragments_free(struct an_fragments *fragments)
{
    if (fragments != NULL) munmap(fragments, sizeof *fragments);
}

static void forget(struct whole *w)
{
    w->used = false;
    w->units = w->total = 0;
    memset(w->there, 0, sizeof w->there);
}

static struct whole *find(struct an_fragments *f, const struct an_packet *packet, struct an_pcap_counters *counters)
{
    struct whole *oldest = &f->packets[0];
    for (size_t i = 0; i < PACKETS; i++) {
        struct whole *w = &f->packets[i];
        if (w->used && w->id == packet->id && w->protocol == packet->protocol &&
            an_address_equal(&w->source, &packet->source) && an_address_equal(&w->destination, &packet->destination))
            return w;
        if (!w->used ? oldest->used : oldest->used && w->turn < oldest->turn) oldest = w;
    }
    if (oldest->used) counters->fragments_dropped++;
    forget(oldest);
    oldest->used = true;
    oldest->id = packet->id;
    oldest->protocol = packet->protocol;
    oldest->source = packet->source;
    oldest->destination = packet->destination;
    return oldest;
}

static enum an_err drop(struct whole *w, struct an_pcap_counters *counters)
{
    forget(w);
    counters->fragments_dropped++;
    return AN_ERR_MALFORMED;
}

enum an_err an_fragments_add(struct an_fragments *fragments, struct an_packet *packet,
                             struct an_pcap_counters *counters)
{
    an_assert(packet->fragment);
    counters->fragments++;
    struct whole *w = find(fragments, packet, counters);
    size_t len = packet->payload.len, end = packet->offset + len;
    w->turn = ++fragments->turn;
    if (len == 0 || end > PACKET_MAX || (!packet->last && len % 8 != 0) || (w->total > 0 && end > w->total) ||
        (packet->last && w->total > 0 && w->total != end))
        return drop(w, counters);
    for (size_t unit = packet->offset / 8; unit < (end + 7) / 8; unit++) {
        if (w->there[unit / 8] >> (unit % 8) & 1) return drop(w, counters); /* an overlap, or simply sent twice */
        w->there[unit / 8] |= (uint8_t)(1u << (unit % 8));
        w->units++;
    }
    memcpy(w->bytes + packet->offset, packet->payload.at, len);
    if (packet->last) w->total = (uint32_t)end;
    if (w->total == 0 || w->units < (w->total + 7) / 8) return AN_ERR_MORE;
    if (w->units > (w->total + 7) / 8) return drop(w, counters); /* parts beyond the end */
    packet->payload = (struct an_slice) { w->bytes, w->total };
    packet->fragment = false;
    forget(w); /* its bytes stay until the next fragment */
    return AN_OK;
}
