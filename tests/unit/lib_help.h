/* What the tests of libanning share. Nothing of src/ may be included here or there. */
#ifndef ANNING_TESTS_LIB_HELP_H
#define ANNING_TESTS_LIB_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <anning/anning.h>

#define S 1000000ull
#define T0 (1763773200ull * S) /* 2025-11-22 09:00 in Beijing */

/* Judged by the hand-set weights: what a test expects hangs on no training. */
#define HAND_WEIGHTS "tests/unit/hand_weights.yaml"

static inline struct anning *door_open(const char *data_dir, unsigned contexts)
{
    struct anning_options options = { .size = sizeof options,
                                      .config_path = HAND_WEIGHTS,
                                      .contexts = contexts,
                                      .data_dir = data_dir,
                                      .numbers = 10000,
                                      .flags = data_dir == NULL ? ANNING_REPEATABLE : 0 };
    struct anning *door = NULL;
    char error[256];
    int status = anning_open(&options, &door, error, sizeof error);
    if (status != ANNING_OK) fail_msg("%s", error);
    assert_non_null(door);
    return door;
}

static inline struct anning_verdict ask(struct anning_context *context, const char *from, const char *to,
                                        uint64_t time_us)
{
    struct anning_call call = { .size = sizeof call, .time_us = time_us, .from = from, .to = to, .trunk = "north" };
    struct anning_verdict verdict = { .size = sizeof verdict };
    assert_int_equal(anning_decide(context, &call, 1, &verdict), ANNING_OK);
    return verdict;
}

static inline bool has_symbol(const struct anning_verdict *verdict, const char *name)
{
    for (unsigned i = 0; i < verdict->symbol_count; i++)
        if (strcmp(anning_symbol_name(verdict->symbols[i].id), name) == 0) return true;
    return false;
}

#endif
