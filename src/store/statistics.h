/* Counts of every server on the database, by quarter, network, category and province. Layer: store. A server writes how
 * far each of its counts has come, not what was added: writing the same again changes nothing, and a server that
 * begins anew (its files were lost) takes nothing back. Cost: a statement a count that changed, many in a
 * transaction; one to read. */
#ifndef ANNING_STORE_STATISTICS_H
#define ANNING_STORE_STATISTICS_H

#include "store/calls.h"
#include "store/db.h"

enum an_statistic_measure {
    AN_STATISTIC_CALLS,
    AN_STATISTIC_LABEL,
    AN_STATISTIC_SCREEN,
    AN_STATISTIC_BLOCK,
    AN_STATISTIC_UNWANTED,
    AN_STATISTIC_WANTED,
    AN_STATISTIC_MEASURES
};
enum an_statistic_by { AN_STATISTIC_BY_NETWORK, AN_STATISTIC_BY_CATEGORY, AN_STATISTIC_BY_REGION, AN_STATISTIC_BYS };

struct an_statistic {
    uint32_t quarter, key[AN_STATISTIC_BYS];
    uint64_t measures[AN_STATISTIC_MEASURES];
};
/* since_us: since when this server counts; until_us: all that it counted by then has been written with this. 0: not
 * yet. All or none, in a transaction of its own. */
enum an_err an_statistics_put(struct an_db_session *session, const uint8_t server[AN_CALLS_JOURNAL_ID],
                              const struct an_statistic *counts, size_t count, uint64_t since_us, uint64_t until_us,
                              struct an_error *error);

struct an_statistic_row {
    uint32_t key;
    uint64_t measures[AN_STATISTIC_MEASURES];
};
struct an_statistics {
    uint32_t servers;              /* that counted in this quarter; 0: there is nothing */
    uint64_t since_us, until_us;   /* of the one that counts for longest; of the one that is most behind */
    struct an_statistic_row *rows; /* [borrow] the caller's, in order of key */
    size_t max, count;
};
enum an_err an_statistics_get(struct an_db_session *session, uint32_t quarter, enum an_statistic_by by,
                              struct an_statistics *ret, struct an_error *error);

#endif
