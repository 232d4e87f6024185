/* A scenario while it is read. Layer: range; shared by scenario.c and scenario_check.c only. */
#ifndef ANNING_RANGE_SCENARIO_PRIVATE_H
#define ANNING_RANGE_SCENARIO_PRIVATE_H

#include <stdio.h>

#include "range/scenario.h"

enum { AR_PROBLEMS_MAX = 50 };

/* An entry of the file: count campaigns alike, one every every_days. */
struct ar_adversary_row {
    struct ar_adversary_setting setting;
    uint32_t count;
    double every_days;
    unsigned line;
    bool has_strength, has_borrow;
};

struct ar_scenario_load {
    const char *name;
    FILE *problems;
    unsigned problem_count;
    struct ar_scenario *scenario;
    uint32_t strength; /* of adversaries that name none */
    bool has_flatten;
    unsigned flatten_line, warm_up_line, smear_line;
    size_t row_count;
    struct ar_adversary_row rows[AR_ADVERSARIES_MAX];
};

__attribute__((format(printf, 3, 4))) void ar_scenario_problem(struct ar_scenario_load *load, unsigned line,
                                                               const char *format, ...);
/* Rows into the scenario, defaults that depend on others, and what can't be. */
void ar_scenario_check(struct ar_scenario_load *load);

#endif
