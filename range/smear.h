/* A smear: accounts in somebody's pay report one courier as a fraud. Layer: range. Half of them only claim to have been
 * called; the other half order a parcel first, so that there is a call to report. All within a day, from the end of
 * the warm-up on. */
#ifndef ANNING_RANGE_SMEAR_H
#define ANNING_RANGE_SMEAR_H

#include "range/world.h"

/* Adds the source; the victim is the city's first courier (range/services.h). AN_OK or AN_ERR_NO_MEMORY. */
enum an_err ar_smear_add(struct ar_world *world, uint32_t accounts);

#endif
