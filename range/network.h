/* What Anning is told about the network, as its operator would write it: the trunks by name and address, and on which
 * of them emergency and public-service numbers (110, 12345, 95588) are believed, which are those of other operators
 * and not those of calling platforms. Layer: range. A configuration of Anning in YAML; all the rest of it is defaults.
 *
 * It holds what a network knows of its own trunks, and nothing of who calls over them. */
#ifndef ANNING_RANGE_NETWORK_H
#define ANNING_RANGE_NETWORK_H

#include <netinet/in.h>
#include <stdio.h>

#include "base/err.h"
#include "range/defence.h"

/* The address in 127.64.0.0/10 that a trunk's calls come from when they are live. */
void ar_network_host(uint32_t trunk, char out[INET_ADDRSTRLEN]);
/* AN_OK or AN_ERR_IO. */
enum an_err ar_network_write(FILE *out, const struct ar_names *names);
/* The same as a nameless file, for a reader that wants a path ("/proc/self/fd/7" in ret_path). close() the result;
 * negative: there is none, error says why. */
enum { AR_NETWORK_PATH_MAX = 32 };
int ar_network_open(const struct ar_names *names, char ret_path[AR_NETWORK_PATH_MAX], struct an_error *error);

#endif
