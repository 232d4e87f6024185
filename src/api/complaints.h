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
/* ?cursor=, "N-ID" of the last one of the page before; both stay where it is not there. False: the answer is a 400. */
bool an_api_page_after(const struct an_api_request *request, struct an_api_response *response, uint64_t *ret_n,
                       int64_t *ret_id);
/* The cursor of the page that follows, as a list's "next". */
void an_api_put_next(struct an_text *out, uint64_t n, int64_t last);

#endif
