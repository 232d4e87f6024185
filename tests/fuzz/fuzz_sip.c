/* Fuzz target of the SIP parser: every span lies within the message, the same bytes give the same result at
 * every level the machine can run, a stream cut into pieces gives the same frame as a whole one, and nothing is read outside the buffer (address sanitizer). */
#include <stdlib.h>

#include "parse/sip.h"
#include "parse/sip_levels.h"

static void check(bool holds)
{
    if (!holds) abort();
}

static void span_in(struct an_span span, size_t len)
{
    check((size_t)span.at + span.len <= len);
}

static void identity_in(const struct an_identity *who, size_t len)
{
    span_in(who->display, len);
    span_in(who->user, len);
    span_in(who->host, len);
    check(!who->tel || (who->present && who->user.len > 0));
}

static void parsed_in(const struct an_parsed *p, size_t len)
{
    const struct an_identity *all[] = { &p->called,       &p->to,           &p->from,      &p->asserted,
                                        &p->asserted_tel, &p->remote_party, &p->diversion, &p->history };
    const struct an_span spans[] = { p->uri,     p->from_line, p->to_line,   p->from_tag,   p->to_tag,
                                     p->call_id, p->branch,    p->cseq_line, p->user_agent, p->body };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) identity_in(all[i], len);
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) span_in(spans[i], len);
    check(p->via_count <= AN_SIP_VIAS_MAX && p->identity_count <= AN_SIP_IDENTITIES_MAX);
    check(p->header_count <= AN_SIP_HEADERS_MAX);
    for (unsigned i = 0; i < p->via_count; i++) {
        span_in(p->vias[i], len);
        check(p->vias[i].len > 0);
    }
    for (unsigned i = 0; i < p->identity_count; i++) {
        const struct an_passport_text *t = &p->identity[i];
        const struct an_span parts[] = { t->header, t->payload, t->signature, t->info, t->alg, t->ppt };
        for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++) span_in(parts[k], len);
        check(t->signature.len > 0);
    }
}

static void check_parse(const char *bytes, size_t len)
{
    static struct an_parsed once, again;
    memset(&once, 0, sizeof once);
    memset(&again, 0, sizeof again);
    enum an_err err = an_sip_parse(bytes, len, &once);
    check(an_sip_parse(bytes, len, &again) == err);
    check(memcmp(&once, &again, sizeof once) == 0);
    for (unsigned n = 0; an_sip_level(n) != NULL; n++) {
        memset(&again, 0, sizeof again);
        check(an_sip_level(n)->parse(bytes, len, &again) == err);
        check(memcmp(&once, &again, sizeof once) == 0);
    }
    parsed_in(&once, len);
    if (err == AN_OK) {
        check(once.via_count > 0 && once.call_id.len > 0 && once.cseq_line.len > 0);
        check(once.from.present && once.to.present);
        check((once.shape != 0) == (once.method == AN_SIP_INVITE && once.status == 0));
    }
}

static void check_frame(const char *bytes, size_t len)
{
    size_t scanned = 0, whole = 0, part = 0;
    enum an_err err = an_sip_frame(bytes, len, &scanned, &whole);
    check(err != AN_OK || (whole > 0 && whole <= len));
    if (len > 2000 || bytes[0] == '\r' || bytes[0] == '\n') return;
    size_t hint = 0;
    enum an_err got = AN_ERR_MORE;
    for (size_t n = 1; n <= len && got == AN_ERR_MORE; n += 1 + n % 7) got = an_sip_frame(bytes, n, &hint, &part);
    if (got == AN_ERR_MORE) got = an_sip_frame(bytes, len, &hint, &part);
    check(got == err && (err != AN_OK || part == whole));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    check_parse((const char *)data, size);
    check_frame((const char *)data, size);
    return 0;
}
