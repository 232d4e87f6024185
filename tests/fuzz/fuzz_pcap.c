/* libFuzzer target of wire/pcap: any bytes as a capture file. What comes out is read to its last byte, and the reader
 * ends. Frames are what parse/ would make of them, roughly: up to an empty line. */
#include <string.h>
#include <sys/mman.h>
#include <stdio.h>
#include <unistd.h>

#include "wire/pcap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum an_err frame(const char *bytes, size_t len, size_t *scanned, size_t *ret_len)
{
    an_assert(len > 0 && *scanned <= len);
    if (bytes[0] == '!') return AN_ERR_MALFORMED;
    const char *end = memmem(bytes + *scanned, len - *scanned, "\r\n\r\n", 4);
    if (end == NULL) {
        *scanned = len < 3 ? 0 : len - 3;
        return AN_ERR_MORE;
    }
    *ret_len = (size_t)(end - bytes) + 4;
    return AN_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[64];
    if (fd < 0) {
        fd = memfd_create("capture", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size) return 0;
    struct an_pcap *pcap;
    struct an_error error = { "" };
    if (an_pcap_open(path, frame, &pcap, &error) != AN_OK) {
        an_assert(error.text[0] != '\0');
        return 0;
    }
    struct an_pcap_message message;
    uint64_t count = 0, done, total;
    volatile char sum = 0;
    while (an_pcap_next(pcap, &message, &error) == AN_OK) {
        an_assert(message.len > 0 && message.len <= AN_SIP_MESSAGE_MAX && ++count <= size);
        for (size_t i = 0; i < message.len; i++) sum = (char)(sum ^ message.bytes[i]);
    }
    an_pcap_progress(pcap, &done, &total);
    an_assert(done <= total && total == size && an_pcap_counters(pcap)->messages == count);
    an_pcap_close(pcap);
    return 0;
}
