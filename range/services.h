/* Wanted callers that look like spam: couriers, hospitals, schools, banks ... Layer: range. One row a class in
 * services.c says how many there are, how much and when they call, whom, from which kind of number and with what
 * machine. A caller on a mobile is a subscriber of the city and also lives an ordinary life on that number. */
#ifndef ANNING_RANGE_SERVICES_H
#define ANNING_RANGE_SERVICES_H

#include "range/world.h"

/* Adds the source; volume: against what is usual. AN_OK or AN_ERR_NO_MEMORY. */
enum an_err ar_services_add(struct ar_world *world, double volume);
/* The subscriber who is the city's first courier. */
uint32_t ar_services_courier(const struct ar_world *world);

#endif
