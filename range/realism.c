#include "range/realism.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static const char *const names[AR_REALISM_COUNT] = {
#define AR_REALISM_NAME(name) #name,
    AR_REALISM_FEATURES(AR_REALISM_NAME)
#undef AR_REALISM_NAME
};

const char *ar_realism_name(enum ar_realism_feature feature)
{
    an_assert((unsigned)feature < AR_REALISM_COUNT);
    return names[feature];
}

/* ---- Kolmogorov-Smirnov ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    if (isnan(x) || isnan(y)) return isnan(x) - isnan(y);
    return (x > y) - (x < y);
}

static size_t sort_present(double *values, size_t count)
{
    if (count > 0) qsort(values, count, sizeof *values, by_value);
    while (count > 0 && isnan(values[count - 1])) count--;
    return count;
}

double ar_realism_ks(double *a, size_t a_count, double *b, size_t b_count)
{
    size_t m = sort_present(a, a_count), n = sort_present(b, b_count), i = 0, j = 0;
    if (m == 0 || n == 0) return 1;
    double top = 0;
    while (i < m && j < n) {
        double x = a[i] < b[j] ? a[i] : b[j];
        while (i < m && a[i] <= x) i++;
        while (j < n && b[j] <= x) j++;
        double apart = fabs((double)i / (double)m - (double)j / (double)n);
        top = apart > top ? apart : top;
    }
    return top;
}

/* ---- one subscriber's row ---- */

static int by_opposite(const void *a, const void *b)
{
    const struct ar_realism_record *x = a, *y = b;
    return (x->opposite > y->opposite) - (x->opposite < y->opposite);
}

static double median_of(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Day of the month, 1 to 31, of a day since 1970-01-01 (Gregorian; after Howard Hinnant's days-and-dates algorithms).
 */
static unsigned day_of_month(uint64_t day)
{
    uint64_t z = day + 719468, of_era = z % 146097;
    uint64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint64_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    return (unsigned)(of_year - (153 * month + 2) / 5 + 1);
}

/* Most frequent bin, how often, and how many bins are used at all. */
static void histogram(const uint32_t *bins, unsigned count, double *ret_mode, double *ret_mode_count, double *ret_used)
{
    unsigned mode = 0, used = 0;
    for (unsigned i = 0; i < count; i++) {
        if (bins[i] > bins[mode]) mode = i;
        used += bins[i] > 0;
    }
    *ret_mode = mode;
    *ret_mode_count = bins[mode];
    *ret_used = used;
}

static void times(const struct ar_realism_record *records, size_t count, double *row)
{
    uint32_t hours[24] = { 0 }, days[32] = { 0 };
    for (size_t i = 0; i < count; i++) {
        uint64_t local_h = records[i].time_us / 3600000000ull + 8;
        hours[local_h % 24]++;
        days[day_of_month(local_h / 24)]++;
    }
    histogram(hours, 24, &row[AR_REALISM_voc_hour_mode], &row[AR_REALISM_voc_hour_mode_count],
              &row[AR_REALISM_voc_hour_nunique]);
    histogram(days, 32, &row[AR_REALISM_voc_day_mode], &row[AR_REALISM_voc_day_mode_count],
              &row[AR_REALISM_voc_day_nunique]);
}

/* scratch: room for 2 * count. */
static void opposites(const struct ar_realism_record *records, size_t count, double *scratch, double *row)
{
    double *calls = scratch, *talk = scratch + count, calls_max = 0, talk_max = 0, talk_sum = 0;
    size_t unique = 0;
    for (size_t i = 0; i < count;) {
        size_t first = i;
        for (talk[unique] = 0; i < count && records[i].opposite == records[first].opposite; i++)
            talk[unique] += records[i].talk_s;
        calls[unique] = (double)(i - first);
        talk_sum += talk[unique];
        calls_max = calls[unique] > calls_max ? calls[unique] : calls_max;
        talk_max = talk[unique] > talk_max ? talk[unique] : talk_max;
        unique++;
    }
    row[AR_REALISM_opposite_unique] = (double)unique;
    row[AR_REALISM_phone2opposite_mean] = (double)count / (double)unique;
    row[AR_REALISM_phone2opposite_median] = median_of(calls, unique);
    row[AR_REALISM_phone2opposite_max] = calls_max;
    row[AR_REALISM_phone2oppo_sum_mean] = talk_sum / (double)unique;
    row[AR_REALISM_phone2oppo_sum_median] = median_of(talk, unique);
    row[AR_REALISM_phone2oppo_sum_max] = talk_max;
}

static void talks(const struct ar_realism_record *records, size_t count, double *scratch, double *row)
{
    double sum = 0;
    size_t outgoing = 0;
    for (size_t i = 0; i < count; i++) {
        scratch[i] = records[i].talk_s;
        sum += records[i].talk_s;
        outgoing += records[i].outgoing;
    }
    row[AR_REALISM_call_dur_median] = median_of(scratch, count);
    row[AR_REALISM_call_dur_mean] = sum / (double)count;
    row[AR_REALISM_call_dur_min] = scratch[0];
    row[AR_REALISM_call_dur_max] = scratch[count - 1];
    /* The table leaves these two empty where nothing was dialled at all. */
    row[AR_REALISM_voccalltype1] = outgoing > 0 ? (double)outgoing : NAN;
    row[AR_REALISM_voc_calltype1] = outgoing > 0 ? (double)outgoing / (double)count : NAN;
    row[AR_REALISM_calltype_id_unique] = 1.0 + (outgoing > 0 && outgoing < count);
}

void ar_realism_aggregate(struct ar_realism_record *records, size_t count, double ret_row[AR_REALISM_COUNT])
{
    for (int f = 0; f < AR_REALISM_COUNT; f++) ret_row[f] = NAN;
    if (count == 0) return;
    double *scratch = malloc(2 * count * sizeof *scratch);
    if (scratch == NULL) return;
    qsort(records, count, sizeof *records, by_opposite);
    ret_row[AR_REALISM_opposite_count] = (double)count;
    opposites(records, count, scratch, ret_row);
    talks(records, count, scratch, ret_row);
    times(records, count, ret_row);
    free(scratch);
}
