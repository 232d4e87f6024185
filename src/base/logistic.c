#include "base/logistic.h"

#include "base/err.h"
#include "base/wide.h"

/* Term by term over all, since a division takes as long for four as for one. */
AN_WIDE void an_logistic_many(const float *x, uint32_t count, float *out)
{
    double r[AN_LOGISTIC_MANY_MAX], sum[AN_LOGISTIC_MANY_MAX], term[AN_LOGISTIC_MANY_MAX], power[AN_LOGISTIC_MANY_MAX];
    an_assert(count <= AN_LOGISTIC_MANY_MAX);
    for (uint32_t i = 0; i < count; i++) {
        r[i] = an_logistic_reduce(x[i], &power[i]);
        sum[i] = term[i] = 1.0;
    }
    for (int k = 1; k <= AN_LOGISTIC_TERMS; k++)
        for (uint32_t i = 0; i < count; i++) {
            term[i] = term[i] * r[i] / k;
            sum[i] = sum[i] + term[i];
        }
    for (uint32_t i = 0; i < count; i++) out[i] = (float)(1.0 / (1.0 + sum[i] * power[i]));
}
