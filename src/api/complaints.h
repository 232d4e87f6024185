/* Complaints, cases and routes over HTTP: what their handlers share. Layer: api, internal. Callers are shown by number
 * to who may act on them (operator, admin; in cases the admin only), else as pseudonyms that follow from the store's
 * key: the same number is the same one at every server. Callees are pseudonyms for everybody. */
#ifndef ANNING_API_COMPLAINTS_H
#define ANNING_API_COMPLAINTS_H

#include "api/desk.h"
#include "api/person.h"
#include "store/cases.h"

/* "P" and 16 hex digits. Only after an_api_store() went well. */
void an_api_pseudonym(const struct an_api_core *core, an_number number, char out[AN_NUMBER_TEXT_MAX]);

#endif
