/* The console's files, served at /. Layer: api, internal.
 *
 * All of the folder is read at the start, and a request is looked up by its path in that table: what is not in it can't
 * be asked for, however the path is written. Links are not followed. A file may stand beside its compressed forms
 * (.gz, .br), which are sent to clients that take them. Files below /assets/ carry a hash in their names and never
 * change; the rest is asked for anew with an ETag. A path without a dot is a page of the console: index.html. */
#ifndef ANNING_API_FILES_H
#define ANNING_API_FILES_H

#include "api/route.h"

enum {
    AN_FILES_MAX = 4096,
    AN_FILES_BYTES_MAX = 128 << 20,
    AN_FILES_PATH_MAX = 192,
    AN_FILES_DEPTH_MAX = 8,
};

struct an_api_files;

/* Reads the folder. AN_ERR_NOT_FOUND: there is none, or no index.html in it; AN_ERR_LIMIT; AN_ERR_IO; AN_ERR_NO_MEMORY.
 */
enum an_err an_api_files_read(const char *dir, struct an_api_files **ret, struct an_error *error);
void an_api_files_free(struct an_api_files *files);
/* False: there is no such file; files may be NULL. The answer points into files. */
bool an_api_files_answer(const struct an_api_files *files, const struct an_api_request *request,
                         struct an_api_response *response);

#endif
