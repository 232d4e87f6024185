/* A made-up day for tests of campaigns in the engine: people on two trunks, and a pool of ever new numbers on a third
 * that sweeps; an engine on a folder of its own. */
#ifndef TESTS_UNIT_ENGINE_DAY_H
#define TESTS_UNIT_ENGINE_DAY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "engine/engine.h"
#include "engine/internal.h"
#include "folder.h"
#include "parse/event.h"
#include "settings/config.h"

#define T0 1795136400000000ull
struct kit {
    char dir[64];
    uint64_t
        mild_from; /* events from here on: the pool calls by another build, with its known numbers, and is answered */
    struct an_vector vector;
    struct an_call call;
    char text[AN_EVENT_TEXT_MAX];
};

static struct kit *kit_new(void)
{
    struct kit *k = calloc(1, sizeof *k);
    assert_non_null(k);
    snprintf(k->dir, sizeof k->dir, "/tmp/anning-campaigns-XXXXXX");
    assert_non_null(mkdtemp(k->dir));
    k->mild_from = UINT64_MAX;
    k->vector.calls = &k->call;
    k->vector.count = 1;
    return k;
}

static void kit_free(struct kit *k)
{
    folder_drop(k->dir);
    free(k);
}

static struct an_engine *open_engine(const char *dir, unsigned contexts, uint32_t campaigns)
{
    struct an_config config;
    struct an_error error;
    struct an_engine *engine;
    assert_int_equal(an_config_defaults(&config), AN_OK);
    struct an_engine_options options = {
        .data_dir = dir,
        .contexts = contexts,
        .transactions = 4096,
        .campaigns = true,
        .campaign_limits = { .campaigns = campaigns, .members = 8192, .listed = 32768 },
        .settings = an_config_take_settings(&config)
    };
    options.limits = (struct an_state_limits) { .numbers = 20000, .relations = 131072 };
    an_config_done(&config);
    if (an_engine_new(&options, &engine, &error) != AN_OK) fail_msg("%s", error.text);
    return engine;
}

/* Event n of a made-up day: people on two trunks, and a pool of ever new numbers on a third that sweeps. */
static void fill(struct kit *k, uint64_t n)
{
    char from[24], to[24], id[24];
    uint64_t call = n / 2, r = an_mix64(call + 1);
    bool pool = call % 3 == 0, mild = pool && n >= k->mild_from;
    if (mild) r = an_mix64(k->mild_from / 2 / 3 * 3 - call % 1500 / 3 * 3 + 1);
    snprintf(from, sizeof from, pool ? "1700%07u" : "1380013%04u", (unsigned)(pool ? r % 10000000 : r % 300));
    uint64_t swept = 1000000 + (mild ? an_mix64(call) % call : call);
    snprintf(to, sizeof to, pool ? "1301%07u" : "1301088%04u", (unsigned)(pool ? swept : (r >> 20) % 900));
    snprintf(id, sizeof id, "call-%u", (unsigned)call);
    struct an_event_text event = { .kind = AN_OBS_ATTEMPT,
                                   .time_us = T0 + n * AN_US_PER_S,
                                   .call_id = an_slice_of(id),
                                   .shape = mild   ? 0xdef
                                            : pool ? 0xabc
                                                   : 1 + r % 3 };
    event.trunk = pool ? AN_SLICE("gate") : r % 3 == 0 ? AN_SLICE("north") : AN_SLICE("south");
    event.user_agent = AN_SLICE("test");
    if (n % 2 == 0) {
        event.from = an_slice_of(from);
        event.to = an_slice_of(to);
    } else {
        event.kind = AN_OBS_END;
        event.outcome = !pool || mild ? AN_OUTCOME_ANSWERED : r % 4 == 0 ? AN_OUTCOME_UNALLOCATED : AN_OUTCOME_REFUSED;
        event.ring_ms = 3000 + (uint32_t)(r % 9000);
        event.talk_ms = pool && !mild ? 0 : 20000 + (uint32_t)(r >> 8) % 90000;
    }
    assert_int_equal(an_event_fill(&k->call, k->text, sizeof k->text, &event), AN_OK);
}

static void run(struct kit *k, struct an_engine *engine, uint64_t begin, uint64_t end)
{
    for (uint64_t n = begin; n < end; n++) {
        fill(k, n);
        k->vector.now_us = T0 + n * AN_US_PER_S;
        an_engine_run(an_engine_context(engine, 0), &k->vector);
    }
}

#endif
