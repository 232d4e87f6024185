/* paced: an open-loop SIP load. INVITEs leave at a given rate whatever comes back, and each answer's time is taken
 * from the moment its INVITE was due, so that a server that stalls cannot slow the clock that measures it (no
 * coordinated omission).
 *
 *   paced HOST:PORT RATE [seconds] [callers] [cpu]
 *
 * Prints rate reached, answers, losses, and the median, 99th and 99.9th percentile in microseconds. An echo answers
 * as well as a SIP server: only the Call-ID is looked at. Loopback only. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

enum { BATCH = 64, LATE_S = 1 };

struct load {
    int fd;
    double rate, seconds;
    uint32_t callers;
    uint32_t sent, answered, late_most;
    uint64_t start_ns;
    float *us; /* of each INVITE by its Call-ID; negative: no answer */
};

static int open_to(const char *target, int *ret_local, int *ret_remote)
{
    char host[64];
    int size = 8 << 20, fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in to = { .sin_family = AF_INET }, own = { .sin_family = AF_INET };
    socklen_t len = sizeof own;
    if (sscanf(target, "%63[^:]:%d", host, ret_remote) != 2 || inet_pton(AF_INET, host, &to.sin_addr) != 1 ||
        ntohl(to.sin_addr.s_addr) >> 24 != 127) {
        fprintf(stderr, "%s: not a loopback address 127.x.x.x:PORT\n", target);
        exit(2);
    }
    to.sin_port = htons((uint16_t)*ret_remote);
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (bind(fd, (struct sockaddr *)&own, sizeof own) != 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0 ||
        getsockname(fd, (struct sockaddr *)&own, &len) != 0) {
        perror(target);
        exit(2);
    }
    *ret_local = ntohs(own.sin_port);
    return fd;
}

/* When the nth INVITE is due. */
static uint64_t due_ns(const struct load *load, uint32_t n)
{
    return load->start_ns + (uint64_t)((double)n * 1e9 / load->rate);
}

static void send_due(struct load *load, struct bench_message *messages, uint64_t now_ns)
{
    static uint64_t rng = 88172645463325252ull;
    static struct mmsghdr out[BATCH];
    static struct iovec iov[BATCH];
    unsigned n = 0;
    for (; n < BATCH && due_ns(load, load->sent + n) <= now_ns; n++) {
        uint64_t noise = bench_random(&rng);
        bench_patch(&messages[n], (uint32_t)(noise % load->callers), (uint32_t)(bench_random(&rng) % 90000000u),
                    load->sent + n, noise);
        iov[n] = (struct iovec) { messages[n].bytes, messages[n].len };
        out[n].msg_hdr = (struct msghdr) { .msg_iov = &iov[n], .msg_iovlen = 1 };
    }
    if (n == 0) return;
    if (n > load->late_most) load->late_most = n;
    int done = sendmmsg(load->fd, out, n, 0);
    if (done < 0 && errno != EAGAIN && errno != ECONNREFUSED) perror("send");
    if (done > 0) load->sent += (uint32_t)done;
}

static void receive(struct load *load)
{
    static char bytes[BATCH][2048];
    static struct mmsghdr in[BATCH];
    static struct iovec iov[BATCH];
    for (unsigned i = 0; i < BATCH; i++) {
        iov[i] = (struct iovec) { bytes[i], sizeof bytes[i] - 1 };
        in[i].msg_hdr = (struct msghdr) { .msg_iov = &iov[i], .msg_iovlen = 1 };
    }
    int n = recvmmsg(load->fd, in, BATCH, MSG_DONTWAIT, NULL);
    uint64_t now_ns = bench_ns(CLOCK_MONOTONIC);
    for (int i = 0; i < n; i++) {
        bytes[i][in[i].msg_len] = 0;
        if (strncmp(bytes[i], "SIP/2.0 1", 9) == 0) continue;
        const char *at = strstr(bytes[i], "\r\nCall-ID:");
        if (at == NULL) continue;
        uint32_t id = (uint32_t)strtoul(at + 10, NULL, 16);
        if (id >= load->sent || load->us[id] >= 0) continue;
        load->us[id] = (float)((double)(now_ns - due_ns(load, id)) / 1e3);
        load->answered++;
    }
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void report(const struct load *load)
{
    uint32_t lost = load->sent - load->answered;
    qsort(load->us, load->sent, sizeof *load->us, compare); /* the lost ones come first */
    const float *us = load->us + lost;
    uint32_t n = load->answered;
    printf("rate_per_s %.0f sent %u answered %u lost %u largest_burst %u p50_us %.0f p99_us %.0f p999_us %.0f\n",
           (double)load->sent / load->seconds, load->sent, n, lost, load->late_most, n ? (double)us[n / 2] : 0.0,
           n ? (double)us[(uint64_t)n * 99 / 100] : 0.0, n ? (double)us[(uint64_t)n * 999 / 1000] : 0.0);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: paced HOST:PORT RATE [seconds] [callers] [cpu]\n");
        return 2;
    }
    struct load load = { .rate = atof(argv[2]),
                         .seconds = argc > 3 ? atof(argv[3]) : 5,
                         .callers = argc > 4 ? (uint32_t)atoi(argv[4]) : 1000000 };
    if (argc > 5) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET((size_t)atoi(argv[5]), &set);
        sched_setaffinity(0, sizeof set, &set);
    }
    int local, remote;
    load.fd = open_to(argv[1], &local, &remote);
    uint64_t planned = (uint64_t)(load.rate * load.seconds) + BATCH;
    if (load.rate <= 0 || load.seconds <= 0 || load.callers == 0 || planned > 1u << 28) {
        fprintf(stderr, "rate, seconds and callers must be positive, and no more than 2^28 INVITEs in all\n");
        return 2;
    }
    load.us = malloc(planned * sizeof *load.us);
    struct bench_message *messages = malloc(BATCH * sizeof *messages);
    if (load.us == NULL || messages == NULL) return 1;
    for (uint64_t i = 0; i < planned; i++) load.us[i] = -1;
    for (int i = 0; i < BATCH; i++) bench_make(&messages[i], 0, local, remote);
    load.start_ns = bench_ns(CLOCK_MONOTONIC);
    uint64_t end_ns = load.start_ns + (uint64_t)(load.seconds * 1e9), now_ns = load.start_ns;
    while (now_ns < end_ns) {
        send_due(&load, messages, now_ns);
        receive(&load);
        now_ns = bench_ns(CLOCK_MONOTONIC);
    }
    while (load.answered < load.sent && now_ns < end_ns + LATE_S * 1000000000ull) {
        receive(&load);
        now_ns = bench_ns(CLOCK_MONOTONIC);
    }
    report(&load);
    return load.answered > 0 ? 0 : 1;
}
