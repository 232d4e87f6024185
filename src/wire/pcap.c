#include "wire/pcap.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "wire/reassembly.h"

struct an_pcap {
    pcap_t *file;   /* [own] */
    FILE *stream;   /* [borrow] of file, which closes it */
    uint64_t total; /* bytes; 0: not known */
    int link_type;
    bool in_stream; /* an_streams_next may have more */
    struct an_fragments *fragments;
    struct an_streams *streams;
    struct an_packet packet;
    uint64_t time_us;
    struct an_pcap_counters counters;
};

static enum an_err open_file(struct an_pcap *p, const char *path, struct an_error *error)
{
    char why[PCAP_ERRBUF_SIZE] = "";
    bool input = strcmp(path, "-") == 0;
    FILE *stream = input ? stdin : fopen(path, "rb");
    struct stat status = { 0 };
    if (stream == NULL) return an_fail(error, AN_ERR_IO, "%s: %s", path, strerror(errno));
    if (fstat(fileno(stream), &status) == 0 && S_ISREG(status.st_mode)) p->total = (uint64_t)status.st_size;
    if (S_ISDIR(status.st_mode)) {
        fclose(stream);
        return an_fail(error, AN_ERR_IO, "%s is a folder; name a pcap or pcapng file", path);
    }
    p->file = pcap_fopen_offline(stream, why);
    if (p->file == NULL) {
        if (!input) fclose(stream);
        return an_fail(error, AN_ERR_MALFORMED, "%s is no capture we can read: %.150s; pcap and pcapng are", path, why);
    }
    p->stream = stream;
    p->link_type = pcap_datalink(p->file);
    if (an_packet_knows(p->link_type)) return AN_OK;
    const char *name = pcap_datalink_val_to_name(p->link_type);
    return an_fail(error, AN_ERR_UNSUPPORTED,
                   "%s: link type %d (%s) is not read; Ethernet, Linux cooked (SLL, SLL2), raw IP and loopback are",
                   path, p->link_type, name == NULL ? "unknown" : name);
}

enum an_err an_pcap_open(const char *path, an_pcap_frame *frame, struct an_pcap **ret_pcap, struct an_error *error)
{
    an_assert(path != NULL && frame != NULL && ret_pcap != NULL);
    struct an_pcap *p = calloc(1, sizeof *p);
    if (p == NULL || an_fragments_new(&p->fragments) != AN_OK || an_streams_new(frame, &p->streams) != AN_OK) {
        an_pcap_close(p);
        return an_fail(error, AN_ERR_NO_MEMORY, "%s: out of memory", path);
    }
    enum an_err err = open_file(p, path, error);
    if (err != AN_OK) {
        an_pcap_close(p);
        return err;
    }
    *ret_pcap = p;
    return AN_OK;
}

void an_pcap_close(struct an_pcap *pcap)
{
    if (pcap == NULL) return;
    if (pcap->file != NULL) pcap_close(pcap->file);
    an_fragments_free(pcap->fragments);
    an_streams_free(pcap->streams);
    free(pcap);
}

/* AN_OK: a UDP payload that is SIP, or a segment of a SIP stream. Everything else is counted. */
static enum an_err take(struct an_pcap *p, struct an_slice bytes)
{
    struct an_packet *packet = &p->packet;
    enum an_err err = an_packet_read(p->link_type, bytes, packet);
    if (err == AN_OK && packet->fragment) {
        err = an_fragments_add(p->fragments, packet, &p->counters);
        if (err != AN_OK) return AN_ERR_MORE; /* counted there */
    }
    if (err == AN_OK && packet->protocol == IPPROTO_UDP) {
        err = an_packet_udp(packet);
        if (err == AN_OK && !an_packet_looks_like_sip(packet->payload)) err = AN_ERR_UNSUPPORTED;
    } else if (err == AN_OK && packet->protocol == IPPROTO_TCP) {
        err = an_streams_add(p->streams, packet, &p->counters);
        if (err == AN_OK) p->in_stream = true;
        if (err == AN_ERR_MORE) return AN_ERR_MORE; /* no payload */
    } else if (err == AN_OK) {
        err = AN_ERR_UNSUPPORTED;
    }
    if (err == AN_ERR_UNSUPPORTED)
        p->counters.other++;
    else if (err == AN_ERR_MORE)
        p->counters.cut++;
    else if (err != AN_OK)
        p->counters.malformed++;
    return err;
}

static enum an_err deliver(struct an_pcap *p, struct an_slice bytes, enum an_transport transport,
                           struct an_pcap_message *ret_message)
{
    p->counters.messages++;
    *ret_message = (struct an_pcap_message) { .time_us = p->time_us,
                                              .source = p->packet.source,
                                              .destination = p->packet.destination,
                                              .transport = transport,
                                              .bytes = bytes.at,
                                              .len = bytes.len };
    return AN_OK;
}

enum an_err an_pcap_next(struct an_pcap *pcap, struct an_pcap_message *ret_message, struct an_error *error)
{
    an_assert(pcap != NULL && ret_message != NULL);
    for (;;) {
        struct an_slice message;
        if (pcap->in_stream) {
            if (an_streams_next(pcap->streams, &pcap->counters, &message) == AN_OK)
                return deliver(pcap, message, AN_TRANSPORT_TCP, ret_message);
            pcap->in_stream = false;
        }
        struct pcap_pkthdr *header;
        const u_char *bytes;
        int got = pcap_next_ex(pcap->file, &header, &bytes);
        if (got == PCAP_ERROR_BREAK) return AN_ERR_END;
        if (got != 1)
            return an_fail(error, AN_ERR_CORRUPT, "the capture breaks off after packet %llu: %.150s",
                           (unsigned long long)pcap->counters.packets, pcap_geterr(pcap->file));
        pcap->counters.packets++;
        pcap->time_us = (uint64_t)header->ts.tv_sec * 1000000 + (uint64_t)header->ts.tv_usec;
        if (take(pcap, (struct an_slice) { (const char *)bytes, header->caplen }) != AN_OK || pcap->in_stream) continue;
        return deliver(pcap, pcap->packet.payload, AN_TRANSPORT_UDP, ret_message);
    }
}

void an_pcap_progress(const struct an_pcap *pcap, uint64_t *ret_done, uint64_t *ret_total)
{
    off_t at = ftello(pcap->stream);
    *ret_done = at < 0 ? 0 : (uint64_t)at;
    *ret_total = pcap->total;
}

const struct an_pcap_counters *an_pcap_counters(const struct an_pcap *pcap)
{
    an_assert(pcap != NULL);
    return &pcap->counters;
}
