/* The segments of a journal. Layer: journal. Reads each one's header only. */
#ifndef ANNING_JOURNAL_LIST_H
#define ANNING_JOURNAL_LIST_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct an_segment_info {
    char name[32]; /* "000-0000000001.seg" */
    unsigned worker;
    uint64_t sequence;
    uint64_t bytes;
    uint64_t created_us; /* event time of the first record */
    bool readable;       /* an intact header */
};

/* By worker, then sequence. [own] *ret_infos: free(). AN_OK, AN_ERR_NOT_FOUND, AN_ERR_IO, AN_ERR_NO_MEMORY. */
enum an_err an_journal_list(const char *dir, struct an_segment_info **ret_infos, size_t *ret_count,
                            struct an_error *error);

#endif
