/* Ordinary people calling each other. Layer: range. Contacts of the whole city as one stream: a person drawn by how
 * much they call and what time of day it is, with somebody mostly out of their friends, and one of the two calls the
 * other. Memory: 5 bytes a subscriber. */
#ifndef ANNING_RANGE_PEOPLE_H
#define ANNING_RANGE_PEOPLE_H

#include "range/world.h"

/* Adds the source to the world. AN_OK or AN_ERR_NO_MEMORY. borrowed: numbers of people whom a pool displays (NULL:
 * none): their calls are AR_CLASS_BORROWED. */
enum an_err ar_people_add(struct ar_world *world, bool (*borrowed)(void *user, uint32_t id), void *user);

#endif
