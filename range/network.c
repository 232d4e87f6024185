#include "range/network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void ar_network_host(uint32_t trunk, char out[INET_ADDRSTRLEN])
{
    snprintf(out, INET_ADDRSTRLEN, "127.64.%u.%u", (trunk + 1) >> 8 & 255, (trunk + 1) & 255);
}

/* Interconnects with other operators are called ic-OPERATOR-N. */
static bool is_interconnect(const char *name)
{
    return strncmp(name, "ic-", 3) == 0;
}

enum an_err ar_network_write(FILE *out, const struct ar_names *names)
{
    an_assert(out != NULL && names != NULL);
    fputs("# Trunks of the simulated network, as its operator knows them. Interconnects carry other operators' public\n"
          "# services; calling platforms have no business showing such a number.\n"
          "trunks:\n",
          out);
    for (uint32_t i = 0; i < names->trunk_count; i++) {
        char host[INET_ADDRSTRLEN];
        ar_network_host(i, host);
        fprintf(out, "  - { name: %s, addresses: [%s], may_show_public: %s }\n", names->trunks[i], host,
                is_interconnect(names->trunks[i]) ? "true" : "false");
    }
    return fflush(out) == 0 && !ferror(out) ? AN_OK : AN_ERR_IO;
}

int ar_network_open(const struct ar_names *names, char ret_path[AR_NETWORK_PATH_MAX], struct an_error *error)
{
    an_assert(names != NULL && ret_path != NULL);
    int fd = memfd_create("network.yaml", MFD_CLOEXEC), copy = fd < 0 ? -1 : dup(fd);
    FILE *out = copy < 0 ? NULL : fdopen(copy, "w");
    enum an_err err = out == NULL ? AN_ERR_IO : ar_network_write(out, names);
    if (out != NULL && fclose(out) != 0) err = AN_ERR_IO;
    if (out == NULL && copy >= 0) close(copy);
    if (err == AN_OK) {
        snprintf(ret_path, AR_NETWORK_PATH_MAX, "/proc/self/fd/%d", fd);
        return fd;
    }
    an_fail(error, err, "the network's description can't be kept in memory: %s", strerror(errno));
    if (fd >= 0) close(fd);
    return -1;
}
