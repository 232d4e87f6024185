#include "journal/verify.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "journal/segment.h"
#include "journal/snapshot.h"

#define PROGRESS_BYTES ((uint64_t)4 << 20)

struct verifier {
    an_verify_finding_fn *finding;
    an_verify_progress_fn *progress;
    void *context;
    struct an_verify_report *report;
    struct an_chain chain;
    uint64_t done, total, progress_next;
    /* The worker's stream so far. */
    unsigned worker;
    uint64_t sequence; /* of the segment before; 0: none yet */
    uint64_t end;      /* bytes of it that count */
    uint64_t size;     /* bytes of the file */
    uint8_t end_chain[AN_CHAIN];
    bool readable;                  /* its header was intact: end and end_chain are known */
    bool damaged;                   /* something since the last CHAIN record was reported: it cannot match */
    bool closed;                    /* its last record is a CHAIN record that says so */
    uint64_t chained_to;            /* offset the last matching CHAIN record reaches to */
    char name[AN_SEGMENT_NAME_MAX]; /* of the file at hand */
};

/* The newest of each kind. */
struct snapshots {
    struct an_snapshot_info info[AN_SNAPSHOT_LIVE + 1];
    size_t count;
};

static const char *const kind_names[AN_FINDING_KIND_COUNT] = { "note",    "header", "record", "chain", "missing",
                                                               "swapped", "cut",    "loss",   "open" };

const char *an_finding_kind_name(enum an_finding_kind kind)
{
    return (unsigned)kind < AN_FINDING_KIND_COUNT ? kind_names[kind] : "unknown";
}

__attribute__((format(printf, 4, 5))) static void find(struct verifier *v, enum an_finding_kind kind, uint64_t offset,
                                                       const char *format, ...)
{
    struct an_finding finding = { .kind = kind, .offset = offset };
    va_list args;
    va_start(args, format);
    vsnprintf(finding.text, sizeof finding.text, format, args);
    va_end(args);
    memcpy(finding.file, v->name, sizeof finding.file);
    v->report->findings[kind]++;
    if (kind != AN_FINDING_NOTE && kind != AN_FINDING_LOSS && kind != AN_FINDING_OPEN) {
        if (v->report->intact) v->report->first = finding;
        v->report->intact = false;
    }
    if (v->finding != NULL) v->finding(v->context, &finding);
}

static void tell(struct verifier *v, uint64_t done)
{
    if (v->progress == NULL || done < v->progress_next) return;
    v->progress_next = done + PROGRESS_BYTES;
    v->progress(v->context, done, v->total);
}

/* What this segment's header says about the one before, against what was found there. */
static void check_link(struct verifier *v, const struct an_segment *s, uint64_t sequence)
{
    const struct an_segment_header *h = &s->header;
    unsigned long long before = v->sequence, says = h->prev_sequence;
    if (h->worker != v->worker || h->sequence != sequence) {
        find(v, AN_FINDING_SWAPPED, 0, "this file holds segment %llu of worker %u", (unsigned long long)h->sequence,
             h->worker);
        v->damaged = true;
    } else if (v->sequence == 0) {
        if (says > 0) find(v, AN_FINDING_NOTE, 0, "the journal begins here; segment %llu and older are gone", says);
    } else if (says != before) {
        find(v, AN_FINDING_MISSING, 0, "the segment before this one should be %llu and is %llu", says, before);
    } else if ((h->flags & AN_SEGMENT_CHAIN_UNKNOWN) != 0) {
        if (v->readable) find(v, AN_FINDING_CHAIN, 0, "the chain begins anew, though segment %llu is readable", before);
    } else if (!v->readable) {
        return; /* reported when it was met */
    } else if (h->prev_length > v->end) {
        find(v, AN_FINDING_CUT, v->end, "segment %llu is cut: %llu bytes are left of %llu", before,
             (unsigned long long)v->end, (unsigned long long)h->prev_length);
    } else if (h->prev_length < v->end) {
        find(v, AN_FINDING_CHAIN, h->prev_length, "%llu bytes were added to segment %llu",
             (unsigned long long)(v->end - h->prev_length), before);
    } else if (!v->damaged && memcmp(h->prev_chain, v->end_chain, AN_CHAIN) != 0) {
        find(v, AN_FINDING_CHAIN, 0, "the chain does not continue that of segment %llu: bytes at its end differ",
             before);
    } else if (v->size > v->end) {
        find(v, AN_FINDING_NOTE, v->end, "torn tail of %llu bytes in segment %llu, left out after a crash",
             (unsigned long long)(v->size - v->end), before);
    }
}

static void check_chain(struct verifier *v, const struct an_segment_record *r, const struct an_record *decoded)
{
    uint8_t value[AN_CHAIN];
    an_chain_take(&v->chain, value);
    if (memcmp(value, decoded->chain.hash, AN_CHAIN) == 0) {
        v->report->chains++;
    } else if (!v->damaged) {
        find(v, AN_FINDING_CHAIN, v->chained_to, "bytes between %llu and %llu are not those that were written",
             (unsigned long long)v->chained_to, (unsigned long long)r->offset);
    }
    an_chain_start(&v->chain, decoded->chain.hash);
    v->chained_to = r->offset;
    v->damaged = false;
    v->closed = decoded->chain.last != 0;
}

static void check_record(struct verifier *v, const struct an_segment_record *r)
{
    struct an_record decoded;
    uint16_t type = r->frame.type;
    v->report->records++;
    v->report->by_type[type < AN_RECORD_TYPE_COUNT ? type : 0]++;
    enum an_err err = an_record_decode(type, r->bytes + AN_FRAME, r->frame.length, &decoded);
    v->closed = false;
    if (err == AN_ERR_MALFORMED)
        find(v, AN_FINDING_RECORD, r->offset, "a %s record with an intact checksum and an impossible layout",
             an_record_type_name(type));
    if (err == AN_OK && type == AN_RECORD_CHAIN) check_chain(v, r, &decoded);
    if (err == AN_OK && type == AN_RECORD_LOSS) {
        uint64_t lost = 0;
        for (int i = 0; i < AN_LOSS_REASON_COUNT; i++) lost += decoded.loss.records[i];
        v->report->lost += lost;
        find(v, AN_FINDING_LOSS, r->offset, "%llu records were lost here", (unsigned long long)lost);
    }
    an_chain_add(&v->chain, r->bytes, (size_t)(r->next - r->offset));
}

/* All records of the open segment. AN_OK, AN_ERR_IO, AN_ERR_NO_MEMORY. */
static enum an_err check_records(struct verifier *v, struct an_segment *s)
{
    for (;;) {
        struct an_segment_record r;
        enum an_err err = an_segment_next(s, &r);
        tell(v, v->done + s->offset);
        if (err == AN_OK) {
            check_record(v, &r);
        } else if (err == AN_ERR_CORRUPT) {
            find(v, AN_FINDING_RECORD, r.offset, "%llu bytes are no intact record",
                 (unsigned long long)(r.next - r.offset));
            v->damaged = true;
            v->closed = false;
            if (an_segment_chain(s, &v->chain, r.offset, r.next) != AN_OK) return AN_ERR_IO;
        } else if (err == AN_ERR_END || err == AN_ERR_MORE) {
            if (err == AN_ERR_MORE) v->closed = false;
            v->end = r.offset;
            v->size = s->size;
            return AN_OK;
        } else {
            return err;
        }
    }
}

static enum an_err check_segment(struct verifier *v, struct an_segment *s, int dir_fd, uint64_t sequence)
{
    enum an_err err = an_segment_open(s, dir_fd, v->worker, sequence);
    if (err == AN_ERR_IO || err == AN_ERR_NO_MEMORY) return err;
    if (err == AN_ERR_NOT_FOUND) return AN_OK; /* retired meanwhile */
    v->report->segments++;
    if (err == AN_ERR_END) { /* if it ever held more, the next header names it */
        find(v, AN_FINDING_NOTE, 0, "torn within its header, %llu bytes", (unsigned long long)s->size);
        return AN_OK;
    }
    if (err == AN_ERR_CORRUPT) {
        find(v, AN_FINDING_HEADER, 0, "both copies of the header are damaged: the segment cannot be read");
        v->sequence = sequence;
        v->readable = false;
        return AN_OK;
    }
    check_link(v, s, sequence);
    v->damaged = false;
    for (int i = 0; i < 2; i++)
        if (!s->copy_ok[i]) {
            find(v, AN_FINDING_HEADER, (uint64_t)i * AN_SEGMENT_HEADER, "copy %d of the header is damaged", i + 1);
            v->damaged = true;
        }
    v->sequence = sequence;
    v->readable = true;
    v->closed = false;
    v->chained_to = 0;
    an_chain_start(&v->chain, s->header.prev_chain);
    err = an_segment_chain(s, &v->chain, 0, AN_SEGMENT_BEGIN);
    if (err == AN_OK) err = check_records(v, s);
    an_chain_take(&v->chain, v->end_chain);
    v->report->bytes += v->size;
    return err;
}

/* The newest segment of a worker has no successor to say how long it was. */
static void check_last(struct verifier *v)
{
    if (v->sequence == 0 || !v->readable) return;
    if (v->size > v->end)
        find(v, AN_FINDING_NOTE, v->end, "torn tail: %llu bytes of a record that was never whole",
             (unsigned long long)(v->size - v->end));
    if (!v->closed) find(v, AN_FINDING_OPEN, v->end, "the segment is open, or was not closed in order");
    v->report->unchained_bytes += v->closed ? 0 : v->end - v->chained_to;
}

static enum an_err check_all(struct verifier *v, int dir_fd, const struct an_segment_list *list)
{
    struct an_segment segment;
    enum an_err err = AN_OK;
    an_segment_init(&segment);
    for (size_t i = 0; i < list->count && err == AN_OK; i++) {
        const struct an_segment_name *name = &list->names[i];
        if (i == 0 || name->worker != v->worker) {
            check_last(v);
            v->worker = name->worker;
            v->sequence = 0;
            v->damaged = false;
        }
        an_segment_name(name->worker, name->sequence, v->name);
        err = check_segment(v, &segment, dir_fd, name->sequence);
        v->done += name->bytes;
        tell(v, v->done);
    }
    check_last(v);
    an_segment_done(&segment);
    return err;
}

/* A journal doesn't say itself which workers it had and how far each came. The snapshots do: retention leaves each
 * worker its newest segment, so that what they had read up to is there, or somebody took it. */
static void check_snapshot(struct verifier *v, const struct an_segment_list *list, const struct an_snapshot_info *info)
{
    snprintf(v->name, sizeof v->name, "%.31s", info->name);
    for (uint32_t p = 0; p < info->position_count; p++) {
        const struct an_journal_position *at = &info->positions[p];
        const struct an_segment_name *newest = NULL;
        for (size_t i = 0; i < list->count; i++)
            if (list->names[i].worker == at->worker) newest = &list->names[i];
        unsigned long long had =
            at->offset > 0 || at->sequence == 0 ? at->sequence : at->sequence - 1; /* nothing of it yet */
        if (had == 0) continue;
        if (newest == NULL)
            find(v, AN_FINDING_MISSING, 0, "worker %u had come to segment %llu, and none of its segments is here",
                 at->worker, had);
        else if (newest->sequence < had)
            find(v, AN_FINDING_MISSING, 0, "worker %u had come to segment %llu, and its newest here is %llu",
                 at->worker, had, (unsigned long long)newest->sequence);
        else if (newest->sequence == at->sequence && newest->bytes < at->offset)
            find(v, AN_FINDING_CUT, 0, "segment %llu of worker %u had at least %llu bytes and has %llu", had,
                 at->worker, (unsigned long long)at->offset, (unsigned long long)newest->bytes);
    }
}

/* To be read before the segments are: those of a running daemon grow. */
static void read_snapshots(const char *dir, struct snapshots *ret)
{
    ret->count = 0;
    for (int kind = AN_SNAPSHOT_STATE; kind <= AN_SNAPSHOT_LIVE; kind++)
        ret->count += an_snapshot_list(dir, (enum an_snapshot_kind)kind, &ret->info[ret->count], 1);
}

enum an_err an_journal_verify(const char *dir, an_verify_finding_fn *finding, an_verify_progress_fn *progress,
                              void *context, struct an_verify_report *ret_report, struct an_error *error)
{
    an_assert(dir != NULL && ret_report != NULL);
    struct verifier v = { .finding = finding, .progress = progress, .context = context, .report = ret_report };
    struct an_segment_list list = { NULL, 0 };
    memset(ret_report, 0, sizeof *ret_report);
    ret_report->intact = true;
    int dir_fd = an_segment_dir_open(dir);
    if (dir_fd < 0)
        return an_fail(error, errno == ENOENT ? AN_ERR_NOT_FOUND : AN_ERR_IO, "journal: %s/journal: %s", dir,
                       strerror(errno));
    struct snapshots snapshots;
    read_snapshots(dir, &snapshots);
    enum an_err err = an_chain_init(&v.chain);
    if (err == AN_OK) err = an_segment_list_read(dir_fd, &list);
    for (size_t i = 0; i < list.count; i++) v.total += list.names[i].bytes;
    if (err == AN_OK) err = check_all(&v, dir_fd, &list);
    for (size_t i = 0; i < snapshots.count && err == AN_OK; i++) check_snapshot(&v, &list, &snapshots.info[i]);
    an_segment_list_free(&list);
    an_chain_done(&v.chain);
    close(dir_fd);
    if (err != AN_OK) return an_fail(error, err, "journal: cannot read %s/journal: %s", dir, strerror(errno));
    return ret_report->intact ? AN_OK : AN_ERR_CORRUPT;
}
