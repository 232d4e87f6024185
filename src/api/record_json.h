/* Journal records as JSON, one object each: what `anning journal cat`, `anning explain` and GET /v1/explain show.
 * Layer: api. Raw numbers are in it: it is for those who may read the journal. */
#ifndef ANNING_API_RECORD_JSON_H
#define ANNING_API_RECORD_JSON_H

#include "api/text.h"
#include "base/err.h"
#include "journal/reader.h"
#include "model/record.h"

/* One object, no line end. entry: where it stands. */
void an_api_record_json(struct an_text *out, const struct an_journal_entry *entry, const struct an_record *record);

/* Finds a verdict by its token and writes it as above. AN_OK, AN_ERR_NOT_FOUND, AN_ERR_IO, AN_ERR_CORRUPT. */
enum an_err an_api_explain_json(const char *data_dir, const struct an_token *token, struct an_text *out);

/* "2026-11-22T03:14:31.123456Z". out: 32 bytes. */
void an_api_time_text(uint64_t time_us, char *out);

#endif
