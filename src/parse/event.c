#include "parse/event.h"

#include <string.h>

static const char *const kind_names[] = { NULL, "attempt", "answer", "end", "report", "call" };

const char *an_event_kind_name(unsigned kind)
{
    return kind <= AN_EVENT_CALL ? kind_names[kind] : NULL;
}

enum an_err an_event_kind_of(struct an_slice name, unsigned *ret_kind)
{
    an_assert(ret_kind != NULL);
    for (unsigned i = AN_OBS_ATTEMPT; i <= AN_EVENT_CALL; i++)
        if (an_slice_equal(name, an_slice_of(kind_names[i]))) {
            *ret_kind = i;
            return AN_OK;
        }
    return AN_ERR_NOT_FOUND;
}

uint64_t an_event_end_us(const struct an_event_text *event)
{
    an_assert(event != NULL);
    return event->time_us + ((uint64_t)event->ring_ms + event->talk_ms) * 1000;
}

/* Scratch being filled. */
struct copier {
    char *text;
    size_t size, used;
    enum an_err err;
};

static struct an_span copy(struct copier *c, struct an_slice from)
{
    struct an_span none = { 0, 0 };
    if (c->err != AN_OK || from.len == 0) return none;
    if (from.len > AN_EVENT_FIELD_MAX)
        c->err = AN_ERR_LIMIT;
    else if (from.len > c->size - c->used)
        c->err = AN_ERR_FULL;
    if (c->err != AN_OK) return none;
    memcpy(c->text + c->used, from.at, from.len);
    struct an_span span = { (uint16_t)c->used, (uint16_t)from.len };
    c->used += from.len;
    return span;
}

/* The longest part of at most AN_EVENT_FIELD_MAX bytes that does not end inside a UTF-8 character. */
static struct an_slice shortened(struct an_slice text)
{
    if (text.len <= AN_EVENT_FIELD_MAX) return text;
    size_t len = AN_EVENT_FIELD_MAX;
    while (len > 0 && ((unsigned char)text.at[len] & 0xc0) == 0x80) len--;
    return (struct an_slice) { text.at, len };
}

static bool starts_nocase(struct an_slice text, struct an_slice prefix)
{
    return text.len >= prefix.len && an_slice_equal_nocase((struct an_slice) { text.at, prefix.len }, prefix);
}

static struct an_slice after(struct an_slice text, size_t count)
{
    return (struct an_slice) { text.at + count, text.len - count };
}

/* What PBXs and people write when the caller is withheld. */
static bool withheld(struct an_slice user)
{
    static const char *const words[] = { "anonymous", "withheld", "restricted", "private", "unknown", "unavailable" };
    if (user.len == 0) return true;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (an_slice_equal_nocase(user, an_slice_of(words[i]))) return true;
    return false;
}

/* A number as it stands, or a sip:, sips: or tel: URI taken apart. */
static struct an_identity identity(struct copier *c, struct an_slice text)
{
    struct an_identity id = { .present = true };
    struct an_slice user = an_slice_trim(text), host = { NULL, 0 };
    bool sip = starts_nocase(user, AN_SLICE("sip:")), sips = starts_nocase(user, AN_SLICE("sips:"));
    id.tel = starts_nocase(user, AN_SLICE("tel:"));
    if (sip || sips) {
        struct an_slice head;
        user = after(user, sip ? 4 : 5);
        if (an_slice_cut(&user, '@', &head)) {
            host = user;
            user = head;
            an_slice_cut(&host, ';', &head);
            host = head;
        } else { /* no user part: all of it is host */
            an_slice_cut(&head, ';', &host);
            user = (struct an_slice) { NULL, 0 };
        }
    } else if (id.tel) {
        user = after(user, 4);
    }
    struct an_slice bare;
    if (sip || sips || id.tel) {
        an_slice_cut(&user, ';', &bare);
        user = bare;
    }
    id.user = copy(c, user);
    id.host = copy(c, host);
    return id;
}

/* All that an attempt, an answer, an end and a report have in common. */
static void fill_common(struct an_call *call, struct copier *c, const struct an_event_text *event)
{
    memset(call, 0, sizeof *call);
    struct an_parsed *p = &call->parsed;
    call->base = c->text;
    call->transport = AN_TRANSPORT_FILE;
    p->max_forwards = 255;
    p->called = identity(c, event->to);
    p->called.present = event->to.len > 0;
    p->to = p->called;
    p->from = identity(c, event->from);
    p->anonymous = withheld(an_slice_trim(event->from)) || withheld(an_span_slice(c->text, p->from.user));
    if (p->anonymous) p->from.user = (struct an_span) { 0, 0 };
    p->from.display = copy(c, shortened(event->display));
    if (event->asserted.len > 0) p->asserted = identity(c, event->asserted);
    if (event->diversion.len > 0) p->diversion = identity(c, event->diversion);
    p->call_id = copy(c, event->call_id);
    p->user_agent = copy(c, shortened(event->user_agent));
    p->shape = event->shape;
    p->given_trunk = copy(c, event->trunk);
    p->given_token = event->token;
}

static void set_kind(struct an_call *call, const struct an_event_text *event, enum an_obs_kind kind)
{
    struct an_parsed *p = &call->parsed;
    p->given_kind = kind;
    p->given_time_us = event->time_us;
    p->method = kind == AN_OBS_ATTEMPT ? AN_SIP_INVITE : AN_SIP_OTHER;
    p->given_ring_ms = kind == AN_OBS_ANSWER || kind == AN_OBS_END ? event->ring_ms : 0;
    p->given_talk_ms = kind == AN_OBS_END ? event->talk_ms : 0;
    p->given_outcome = kind == AN_OBS_END ? event->outcome : AN_OUTCOME_UNKNOWN;
    p->given_category = kind == AN_OBS_REPORT ? event->category : AN_CATEGORY_UNKNOWN;
    p->given_wanted = kind == AN_OBS_REPORT && event->wanted;
    p->given_refusal = kind == AN_OBS_REPORT && event->refusal;
}

static enum an_err fill(struct an_call *call, char *text, size_t size, const struct an_event_text *event)
{
    an_assert(call != NULL && text != NULL && event != NULL);
    an_assert(event->kind >= AN_OBS_ATTEMPT && event->kind <= AN_EVENT_CALL);
    struct copier c = { .text = text, .size = size < UINT16_MAX ? size : UINT16_MAX, .err = AN_OK };
    fill_common(call, &c, event);
    call->length = (uint32_t)c.used;
    return c.err;
}

enum an_err an_event_fill(struct an_call *ret_call, char *text, size_t size, const struct an_event_text *event)
{
    enum an_err err = fill(ret_call, text, size, event);
    an_assert(event->kind != AN_EVENT_CALL);
    if (err == AN_OK) set_kind(ret_call, event, (enum an_obs_kind)event->kind);
    return err;
}

enum an_err an_event_calls(struct an_call ret_calls[2], char *text, size_t size, const struct an_event_text *event,
                           size_t *ret_count)
{
    an_assert(ret_count != NULL && event != NULL);
    bool whole = event->kind == AN_EVENT_CALL;
    enum an_err err = fill(&ret_calls[0], text, size, event);
    if (err != AN_OK) return err;
    set_kind(&ret_calls[0], event, whole ? AN_OBS_ATTEMPT : (enum an_obs_kind)event->kind);
    if (whole) {
        ret_calls[1] = ret_calls[0];
        set_kind(&ret_calls[1], event, AN_OBS_END);
        if (event->time_us != 0) ret_calls[1].parsed.given_time_us = an_event_end_us(event);
    }
    *ret_count = whole ? 2 : 1;
    return AN_OK;
}
