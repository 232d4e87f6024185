#include "daemon/seat.h"

#include <string.h>

#include "journal/reader.h"
#include "model/record.h"

void an_seat_init(struct an_seat *seat, struct an_context *context, const char *data)
{
    an_assert(seat != NULL && context != NULL && data != NULL);
    pthread_mutex_init(&seat->lock, NULL);
    seat->context = context;
    seat->data = data;
}

void an_seat_done(struct an_seat *seat)
{
    if (seat->context != NULL) pthread_mutex_destroy(&seat->lock);
}

static bool names_token_only(const struct an_call *call)
{
    const struct an_parsed *p = &call->parsed;
    return call->error == AN_OK && p->given_kind == AN_OBS_REPORT && p->from.user.len == 0 && p->called.user.len == 0 &&
           an_token_given(&p->given_token);
}

static struct an_span put(char *text, size_t *at, struct an_slice value)
{
    if (value.len > AN_SEAT_TEXT_MAX - *at) return (struct an_span) { 0, 0 };
    if (value.len > 0) memcpy(text + *at, value.at, value.len);
    struct an_span span = { (uint16_t)*at, (uint16_t)value.len };
    *at += value.len;
    return span;
}

static struct an_slice number_text(an_number number, char out[AN_NUMBER_TEXT_MAX])
{
    if (!an_number_is_e164(number)) return (struct an_slice) { NULL, 0 };
    return (struct an_slice) { out, an_number_text(number, out) };
}

/* Who called whom by which trunk, out of the verdict's record. A token nobody knows stays a report about nobody, which
 * is counted as ignored. */
static void fill_report(const char *data, struct an_call *call, char *text)
{
    uint8_t payload[AN_RECORD_VERDICT_MAX];
    char from[AN_NUMBER_TEXT_MAX], to[AN_NUMBER_TEXT_MAX];
    struct an_journal_entry entry;
    struct an_record record;
    struct an_parsed *p = &call->parsed;
    if (an_journal_find(data, &p->given_token, payload, sizeof payload, &entry, NULL) != AN_OK) return;
    if (an_record_decode(entry.type, entry.payload, entry.len, &record) != AN_OK) return;
    size_t at = 0;
    p->call_id = put(text, &at, record.text.call_id);
    p->given_trunk = put(text, &at, record.text.trunk);
    p->from.user = put(text, &at, number_text(record.obs.caller, from));
    p->called.user = put(text, &at, number_text(record.obs.callee, to));
    p->from.present = p->called.present = true;
    p->anonymous = p->from.user.len == 0;
    p->privacy = 0;
    p->shape = record.obs.shape;
    call->base = text;
    call->length = (uint32_t)at;
}

void an_seat_run(void *user, struct an_vector *v)
{
    struct an_seat *seat = user;
    pthread_mutex_lock(&seat->lock);
    for (uint32_t i = 0; i < v->count; i++)
        if (names_token_only(&v->calls[i])) fill_report(seat->data, &v->calls[i], seat->texts[i]);
    an_engine_run(seat->context, v);
    pthread_mutex_unlock(&seat->lock);
}

enum an_err an_seat_rule(struct an_seat *seat, struct an_ruling *labels, size_t count, uint64_t now_us,
                         struct an_error *error)
{
    pthread_mutex_lock(&seat->lock);
    enum an_err err = an_engine_rule(seat->context, labels, count, now_us, error);
    pthread_mutex_unlock(&seat->lock);
    return err;
}

enum an_err an_seat_say(struct an_seat *seat, const struct an_record_campaign *word, uint64_t now_us,
                        struct an_error *error)
{
    pthread_mutex_lock(&seat->lock);
    enum an_err err = an_engine_campaign_say(seat->context, word, now_us, error);
    pthread_mutex_unlock(&seat->lock);
    return err;
}

void an_seat_tick(struct an_seat *seat)
{
    if (pthread_mutex_trylock(&seat->lock) != 0) return; /* busy: it writes by itself */
    an_engine_tick(seat->context);
    pthread_mutex_unlock(&seat->lock);
}
