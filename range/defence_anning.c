/* Anning in the range's own process, through libanning's public interface and nothing else. Layer: range. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anning/anning.h"
#include "base/hash.h"
#include "base/slice.h"
#include "range/defence.h"

enum { NUMBERS_MIN = 200000, NUMBERS_MAX = 16000000 };

struct door {
    const struct ar_names *names; /* [borrow] */
    uint64_t *shapes;             /* [own] hashes of the builds' texts */
    struct anning *anning;
    struct anning_context *context;
    const char *data_dir; /* [borrow] or NULL */
};

/* What of a call goes to the library as texts. */
struct texts {
    char from[AN_NUMBER_TEXT_MAX], to[AN_NUMBER_TEXT_MAX], diversion[AN_NUMBER_TEXT_MAX], call_id[24];
};

static void write_texts(const struct ar_call *call, struct texts *ret_texts)
{
    static const char digits[] = "0123456789abcdef";
    an_number_text(call->caller, ret_texts->from);
    an_number_text(call->callee, ret_texts->to);
    for (int i = 0; i < 16; i++) ret_texts->call_id[i] = digits[call->id >> (60 - 4 * i) & 15];
    memcpy(ret_texts->call_id + 16, "@range", 7);
}

/* Withheld on the display, the network knows it all the same. */
static enum an_err decide(void *self, struct ar_call *call)
{
    const struct door *door = self;
    struct texts texts;
    write_texts(call, &texts);
    struct anning_call asked = { .size = sizeof asked,
                                 .time_us = call->time_us,
                                 .from = call->anonymous ? NULL : texts.from,
                                 .to = texts.to,
                                 .asserted = call->anonymous ? texts.from : NULL,
                                 .call_id = texts.call_id,
                                 .trunk = door->names->trunks[call->trunk],
                                 .user_agent = door->names->shapes[call->shape],
                                 .shape = door->shapes[call->shape] };
    if (call->forwarded) {
        an_number_text(call->callee ^ 1, texts.diversion);
        asked.diversion = texts.diversion;
    }
    struct anning_verdict verdict = { .size = sizeof verdict };
    if (anning_decide(door->context, &asked, 1, &verdict) != ANNING_OK) return AN_ERR_IO;
    call->action = verdict.action;
    call->verdict_category = verdict.category;
    call->probability = verdict.probability;
    an_slice_copy(an_slice_of(verdict.token), call->token, sizeof call->token);
    return AN_OK;
}

static void tell(const struct door *door, const struct ar_call *call, uint64_t time_us, struct anning_event event)
{
    struct texts texts;
    write_texts(call, &texts);
    event.size = sizeof event;
    event.time_us = time_us;
    event.from = texts.from;
    event.to = texts.to;
    event.call_id = texts.call_id;
    event.trunk = door->names->trunks[call->trunk];
    anning_event(door->context, &event, 1);
}

static void answered(void *self, const struct ar_call *call, uint64_t time_us)
{
    tell(self, call, time_us, (struct anning_event) { .kind = ANNING_EVENT_ANSWER, .ring_ms = call->ring_ms });
}

static void ended(void *self, const struct ar_call *call, uint64_t time_us)
{
    tell(self, call, time_us,
         (struct anning_event) {
             .kind = ANNING_EVENT_END, .outcome = call->outcome, .ring_ms = call->ring_ms, .talk_ms = call->talk_ms });
}

static void reported(void *self, const struct ar_call *call, uint64_t time_us, bool wanted, enum an_category category)
{
    tell(self, call, time_us,
         (struct anning_event) { .kind = ANNING_EVENT_REPORT, .category = (uint8_t)category, .wanted = wanted });
}

static void free_door(void *self)
{
    struct door *door = self;
    struct anning_metrics metrics = { .size = sizeof metrics };
    if (door->data_dir != NULL && anning_metrics(door->anning, &metrics) == ANNING_OK && metrics.journal_lost > 0)
        fprintf(stderr, "anning-range: %s: %llu records could not be written; the disk is full or too slow\n", door->data_dir,
                (unsigned long long)metrics.journal_lost);
    anning_close(door->anning);
    free(door->shapes);
    free(door);
}

enum an_err ar_defence_anning(const struct ar_names *names, const struct ar_anning_options *how,
                              struct ar_defence *ret_defence, struct an_error *error)
{
    an_assert(names != NULL && how != NULL && ret_defence != NULL);
    struct door *door = calloc(1, sizeof *door);
    uint64_t *shapes = calloc(names->shape_count, sizeof *shapes);
    if (door == NULL || shapes == NULL) {
        free(door);
        free(shapes);
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory for a defence");
    }
    for (uint32_t i = 0; i < names->shape_count; i++)
        shapes[i] = an_hash64(names->shapes[i], strlen(names->shapes[i]), 0x7368617065ull) | 1;
    uint64_t numbers = how->subscribers + how->subscribers / 2;
    numbers = numbers < NUMBERS_MIN ? NUMBERS_MIN : numbers > NUMBERS_MAX ? NUMBERS_MAX : numbers;
    const struct anning_options options = { .size = sizeof options,
                                            .config_path = how->config,
                                            .data_dir = how->data_dir,
                                            .numbers = (uint32_t)numbers,
                                            .flags = ANNING_REPEATABLE };
    char text[sizeof error->text];
    int err = anning_open(&options, &door->anning, text, sizeof text);
    if (err != ANNING_OK) {
        free(door);
        free(shapes);
        return an_fail(error, AN_ERR_INVALID, "%s", text);
    }
    door->names = names;
    door->shapes = shapes;
    door->data_dir = how->data_dir;
    door->context = anning_context(door->anning, 0);
    *ret_defence = (struct ar_defence) { .name = "anning",
                                         .text_en = "Anning",
                                         .text_zh = "安宁",
                                         .self = door,
                                         .decide = decide,
                                         .answered = answered,
                                         .ended = ended,
                                         .reported = reported,
                                         .free = free_door };
    return AN_OK;
}
