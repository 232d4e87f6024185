/* The segments of a journal by their names. Layer: journal. One readdir and a stat each; no file is opened but by
 * an_segment_created. */
#ifndef ANNING_JOURNAL_LIST_H
#define ANNING_JOURNAL_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct an_segment_name {
    unsigned worker;
    uint64_t sequence;
    uint64_t bytes;
    int64_t mtime_s;
};

struct an_segment_list {
    struct an_segment_name *names; /* [own] by worker, then sequence; empty files (prepared, unused) are left out */
    size_t count;
};

/* dir: the data folder. AN_OK, AN_ERR_NOT_FOUND, AN_ERR_IO, AN_ERR_NO_MEMORY. */
enum an_err an_journal_list(const char *dir, struct an_segment_list *ret_list, struct an_error *error);
void an_segment_list_free(struct an_segment_list *list);
/* Event time of a segment's first record; false: it has no intact header. Allocates. */
bool an_segment_created(const char *dir, const struct an_segment_name *name, uint64_t *ret_created_us);

/* Inside the journal: the same with DIR/journal open. AN_OK, AN_ERR_IO (errno), AN_ERR_NO_MEMORY. */
enum an_err an_segment_list_read(int dir_fd, struct an_segment_list *ret_list);
/* DIR/journal of a data folder, for reading; -1 and errno. */
int an_segment_dir_open(const char *dir);

#endif
