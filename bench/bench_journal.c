/* What a verdict record costs the worker: encoding, checksum, SHA-256 chain and its share of write(), in vectors of 64,
 * beside a plain write() of the same bytes to a file as yardstick. Times are CPU times of this thread, so that a busy
 * machine disturbs less; the background thread's work (fdatasync) is reported apart.
 *
 * usage: bench_journal [DIR [MILLION_RECORDS]]   (default: a new folder below /tmp, 4) */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "journal/chain.h"
#include "journal/journal.h"
#include "journal/writer.h"
#include "model/call.h"

enum { VECTOR = 64 };
static const char message[] = "13800138000\"Zhang San\"02162345678a84b4c76e66710@10.0.3.7FreeSWITCH-mod_sofia/1.10.9";

static uint64_t cpu_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static struct an_span span(const char *part)
{
    return (struct an_span) { (uint16_t)(strstr(message, part) - message), (uint16_t)strlen(part) };
}

/* An ordinary call: about half of the features are not zero. */
static void make_call(struct an_call *call, unsigned i)
{
    memset(call, 0, sizeof *call);
    call->base = message;
    call->parsed.from.user = span("13800138000");
    call->parsed.from.display = span("Zhang San");
    call->parsed.called.user = span("02162345678");
    call->parsed.call_id = span("a84b4c76e66710@10.0.3.7");
    call->parsed.user_agent = span("FreeSWITCH-mod_sofia/1.10.9");
    memcpy(call->enriched.trunk_name, "carrier-a", 10);
    call->enriched.obs.caller = 8613800138000ull + i;
    call->enriched.obs.callee = 862162345678ull;
    call->enriched.obs.kind = AN_OBS_ATTEMPT;
    call->enriched.obs.weight = 1000;
    call->verdict.symbol_count = 4;
    for (unsigned f = 0; f < AN_FEATURE_COUNT; f++)
        call->verdict.features[f] = an_mix64(i * 1000 + f + 1) % 2 ? (an_mini)an_mix64(f + i + 1) : 0;
}

static double bench_encode(const struct an_call *calls, uint64_t records, size_t *ret_bytes)
{
    static unsigned char out[AN_RECORD_VERDICT_MAX];
    size_t len = 0, sum = 0;
    uint64_t begin = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
    for (uint64_t i = 0; i < records; i++) {
        if (an_record_encode_verdict(&calls[i % VECTOR], out, sizeof out, &len) != AN_OK) abort();
        __asm__ volatile("" ::"r"(out) : "memory");
        sum += len;
    }
    *ret_bytes = sum / records;
    return (double)(cpu_ns(CLOCK_THREAD_CPUTIME_ID) - begin) / (double)records;
}

static double bench_hash(uint64_t records, size_t bytes, bool sha)
{
    static unsigned char block[VECTOR * 1024];
    static const uint8_t zero[AN_CHAIN];
    struct an_chain chain;
    uint64_t sum = 0;
    if (an_chain_init(&chain) != AN_OK) abort();
    an_chain_start(&chain, zero);
    uint64_t begin = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
    for (uint64_t i = 0; i < records; i += VECTOR) {
        if (sha)
            an_chain_add(&chain, block, VECTOR * bytes);
        else
            for (int k = 0; k < VECTOR; k++) sum += an_hash64(block + (size_t)k * bytes, bytes, 0);
    }
    double ns = (double)(cpu_ns(CLOCK_THREAD_CPUTIME_ID) - begin) / (double)records;
    __asm__ volatile("" ::"r"(sum));
    an_chain_done(&chain);
    return ns;
}

static double bench_plain(const char *dir, uint64_t records, size_t bytes)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/plain", dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    char *block = malloc(VECTOR * bytes);
    if (fd < 0 || block == NULL) abort();
    memset(block, 'x', VECTOR * bytes);
    uint64_t begin = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
    for (uint64_t i = 0; i < records; i += VECTOR)
        if (write(fd, block, VECTOR * bytes) != (ssize_t)(VECTOR * bytes)) abort();
    double ns = (double)(cpu_ns(CLOCK_THREAD_CPUTIME_ID) - begin) / (double)records;
    close(fd);
    unlink(path);
    free(block);
    return ns;
}

static double bench_journal(const char *dir, const struct an_call *calls, uint64_t records,
                            struct an_journal_stats *ret_stats, double *ret_wall_s)
{
    struct an_journal_options options = {
        .dir = dir, .workers = 1, .must_write = true, .unsynced_bytes_max = (uint64_t)8 << 30
    };
    struct an_journal *journal;
    struct an_error error;
    if (an_journal_open(&options, &journal, &error) != AN_OK) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    struct an_journal_writer *w = an_journal_writer(journal, 0);
    uint64_t wall = an_clock_mono_us(), begin = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
    for (uint64_t i = 0; i < records; i += VECTOR) {
        uint64_t now_us = an_clock_mono_us();
        for (unsigned k = 0; k < VECTOR; k++) {
            void *room = an_journal_reserve(w, now_us, AN_RECORD_VERDICT_MAX);
            size_t len;
            if (room == NULL || an_record_encode_verdict(&calls[k], room, AN_RECORD_VERDICT_MAX, &len) != AN_OK) {
                fprintf(stderr, "a record was dropped\n");
                exit(1);
            }
            an_journal_commit(w, AN_RECORD_VERDICT, now_us, len);
        }
        an_journal_flush(w, now_us);
    }
    double ns = (double)(cpu_ns(CLOCK_THREAD_CPUTIME_ID) - begin) / (double)records;
    *ret_wall_s = (double)(an_clock_mono_us() - wall) / 1e6;
    an_journal_stats(journal, ret_stats);
    an_journal_close(journal);
    return ns;
}

int main(int argc, char **argv)
{
    char made[] = "/tmp/bench_journal.XXXXXX", command[4200];
    const char *dir = argc > 1 ? argv[1] : mkdtemp(made);
    uint64_t records = (argc > 2 ? strtoull(argv[2], NULL, 10) : 4) * 1000000 / VECTOR * VECTOR;
    static struct an_call calls[VECTOR];
    if (dir == NULL || records == 0) return 1;
    for (unsigned i = 0; i < VECTOR; i++) make_call(&calls[i], i);

    size_t payload;
    struct an_journal_stats stats;
    double wall_s, encode = bench_encode(calls, records, &payload);
    size_t bytes = 24 + ((payload + 7) & ~(size_t)7);
    double checksum = bench_hash(records, bytes, false), sha = bench_hash(records, bytes, true);
    double plain = bench_plain(dir, records, bytes);
    double whole = bench_journal(dir, calls, records, &stats, &wall_s);
    printf("verdict record            %8zu bytes (payload %zu), %llu records in vectors of %d\n", bytes, payload,
           (unsigned long long)records, VECTOR);
    printf("encode                    %8.1f ns a record\n", encode);
    printf("checksum (XXH3)           %8.1f ns a record\n", checksum);
    printf("chain (SHA-256)           %8.1f ns a record, %.2f GB/s\n", sha, (double)bytes / sha);
    printf("yardstick: plain write()  %8.1f ns a record, %.2f GB/s\n", plain, (double)bytes / plain);
    printf("journal, all of it        %8.1f ns a record CPU, %.2f of the yardstick; %.0f records/s, %.0f MB/s wall\n",
           whole, whole / plain, (double)records / wall_s, (double)stats.bytes / wall_s / 1e6);
    printf("group commits             %8llu, longest %.1f ms\n", (unsigned long long)stats.syncs,
           (double)stats.sync_max_us / 1e3);
    snprintf(command, sizeof command, "rm -r '%s/journal'", dir);
    if (system(command) != 0 || (argc <= 1 && rmdir(dir) != 0)) return 1;
    return 0;
}
