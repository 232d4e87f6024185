/* Scenario files: any bytes give a scenario within its bounds, or problems. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "range/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ar_scenario s;
    char *problems = NULL;
    enum an_err err = ar_scenario_parse("fuzz", (const char *)data, size, &s, &problems);
    if (err == AN_ERR_INVALID) {
        if (problems == NULL || problems[0] == '\0') abort();
    } else if (err == AN_OK) {
        if (problems != NULL || s.adversary_count > AR_ADVERSARIES_MAX || !(s.warm_up_days < s.days)) abort();
        if (s.train_count > AR_SEEDS_MAX || s.tune_count > AR_SEEDS_MAX || s.final_count > AR_SEEDS_MAX) abort();
        for (size_t i = 0; i < s.adversary_count; i++) {
            const struct ar_adversary_setting *a = &s.adversaries[i];
            if (!ar_class_unwanted(a->mode) || a->mode >= AR_CLASS_COUNT) abort();
            if (a->strength < 1 || a->strength > AR_STRENGTH_MAX || !(a->begin_day < s.days)) abort();
        }
    }
    free(problems);
    return 0;
}
