/* How real the simulated city is: a month or more of calls, aggregated as the table of real subscribers aggregates
 * theirs, and compared feature by feature. Layer: range. The table: 3,681 mobile subscribers of one Chinese province,
 * one row each over up to 8 months (public contest data of 2020); its voice columns only. docs/range.md, "Realism",
 * says what is compared with what and why. Cost: 24 bytes a record of a sampled subscriber. */
#ifndef ANNING_RANGE_REALISM_H
#define ANNING_RANGE_REALISM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The table's names of the voice columns that a one-city simulation can fill, in the table's order. */
#define AR_REALISM_FEATURES(X)                                                                                         \
    X(opposite_count)                                                                                                  \
    X(opposite_unique) X(voccalltype1) X(voc_calltype1) X(phone2opposite_mean) X(phone2opposite_median)                \
        X(phone2opposite_max) X(phone2oppo_sum_mean) X(phone2oppo_sum_median) X(phone2oppo_sum_max) X(call_dur_mean)   \
            X(call_dur_median) X(call_dur_max) X(call_dur_min) X(calltype_id_unique) X(voc_hour_mode)                  \
                X(voc_hour_mode_count) X(voc_hour_nunique) X(voc_day_mode) X(voc_day_mode_count) X(voc_day_nunique)

enum ar_realism_feature {
#define AR_REALISM_ENUM(name) AR_REALISM_##name,
    AR_REALISM_FEATURES(AR_REALISM_ENUM)
#undef AR_REALISM_ENUM
        AR_REALISM_COUNT
};

const char *ar_realism_name(enum ar_realism_feature feature);

/* An answered call as a subscriber's bill has it. */
struct ar_realism_record {
    uint64_t time_us;  /* since 1970, UTC */
    uint64_t opposite; /* the other number */
    uint32_t talk_s;
    bool outgoing;
};

/* One row of the table out of one subscriber's records; sorts them. count 0: all NaN. Hours and days are those of
 * +08:00; the mode of several equals is the smallest. */
void ar_realism_aggregate(struct ar_realism_record *records, size_t count, double ret_row[AR_REALISM_COUNT]);

/* Largest distance between two empirical distribution functions, 0 to 1. NaN: missing, left out; sorts both, the
 * missing last. 1 when either is empty. */
double ar_realism_ks(double *a, size_t a_count, double *b, size_t b_count);

/* anning-range realism --against FILE.csv [--subscribers N] [--days D] [--seed S] [--svg DIR]. 0, or 1: failed, or 2:
 * the arguments are wrong. */
int ar_cmd_realism(int argc, char **argv);

#endif
