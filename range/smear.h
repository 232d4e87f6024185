/* A smear: accounts in somebody's pay report one courier as a fraud. Layer: range. smear_called of them order a parcel
 * first, so that there is a call to report, and smear_refused of these calls they refuse; the others only claim to have
 * been called. From the end of the warm-up on, over smear_days. The courier's calls to everybody else are the class
 * "smeared" in the harm table; those to the accounts count with the couriers'. */
#ifndef ANNING_RANGE_SMEAR_H
#define ANNING_RANGE_SMEAR_H

#include "range/world.h"

/* Adds the source; the victim is the city's first courier (range/services.h). AN_OK or AN_ERR_NO_MEMORY. */
enum an_err ar_smear_add(struct ar_world *world, uint32_t accounts);

#endif
