#include "act/answer.h"

#include "act/out.h"
#include "act/via.h"
#include "base/hash.h"

#define ALLOW "Allow: INVITE, ACK, CANCEL, OPTIONS\r\n"

/* What a phone shows, in English; the Chinese words are the categories' own names. */
static const char *const english[AN_CATEGORY_COUNT] = {
    "Suspected spam",    "Loan offer",      "Debt collection", "Property sales", "Renovation",
    "Education courses", "Insurance offer", "Medical ads",     "Stock tips",     "Telemarketing",
    "Suspected fraud",   "Automated call",  "Personal",
};

size_t an_act_label(enum an_category category, const char *language, char out[AN_ACT_LABEL_MAX])
{
    struct an_out pen = { out, out + AN_ACT_LABEL_MAX, false };
    bool known = (unsigned)category < AN_CATEGORY_COUNT;
    if (language[0] == 'z') {
        AN_OUT(&pen, "【");
        an_out_text(&pen, !known || category == AN_CATEGORY_UNKNOWN ? "疑似骚扰" : an_category_zh(category));
        AN_OUT(&pen, "】");
    } else {
        AN_OUT(&pen, "[");
        an_out_text(&pen, english[known ? category : AN_CATEGORY_UNKNOWN]);
        AN_OUT(&pen, "]");
    }
    return (size_t)(pen.at - out);
}

static struct an_slice slice_of(const struct an_call *call, struct an_span span)
{
    return an_span_slice(call->base, span);
}

/* The same for every copy of a request and for its CANCEL: they share all that goes in. enrich/ has hashed the Call-ID
 * of a call that was judged. Not secret: no dialog ever comes out of our answers. */
static uint64_t to_tag(const struct an_call *call)
{
    const struct an_parsed *p = &call->parsed;
    uint64_t key = call->error == AN_OK ? call->enriched.obs.call_key : 0;
    if (key == 0) key = an_hash64(call->base + p->call_id.at, p->call_id.len, 0);
    return an_hash64(call->base + p->branch.at, p->branch.len, an_mix2(key, p->cseq));
}

static void put_header(struct an_out *out, const struct an_call *call, const char *name, size_t len,
                       struct an_span value)
{
    if (value.len == 0) return;
    an_out_put(out, name, len);
    an_out_clean(out, slice_of(call, value));
    AN_OUT(out, "\r\n");
}

#define HEADER(out, call, name, value) put_header((out), (call), (name ": "), sizeof(name ": ") - 1, (value))

/* Status line and what is copied from the request (RFC 3261 section 8.2.6.2). */
static void put_head(struct an_out *out, const struct an_call *call, unsigned status)
{
    const struct an_parsed *p = &call->parsed;
    if (status == 302) {
        AN_OUT(out, "SIP/2.0 302 Moved Temporarily\r\nVia: ");
    } else {
        AN_OUT(out, "SIP/2.0 ");
        an_out_u32(out, status);
        an_out_char(out, ' ');
        an_out_text(out, an_act_reason(status));
        AN_OUT(out, "\r\nVia: ");
    }
    an_via_put_top(out, call);
    AN_OUT(out, "\r\n");
    for (unsigned i = 1; i < p->via_count && i < AN_SIP_VIAS_MAX; i++) HEADER(out, call, "Via", p->vias[i]);
    HEADER(out, call, "From", p->from_line);
    if (p->to_line.len > 0) {
        AN_OUT(out, "To: ");
        an_out_clean(out, slice_of(call, p->to_line));
        if (p->to_tag.len == 0 && status != 100) {
            AN_OUT(out, ";tag=");
            an_out_hex64(out, to_tag(call));
        }
        AN_OUT(out, "\r\n");
    }
    HEADER(out, call, "Call-ID", p->call_id);
    HEADER(out, call, "CSeq", p->cseq_line);
}

/* Parameters of the Request-URI that speak of its old host don't go along to another one. */
static bool of_old_host(struct an_slice param)
{
    struct an_slice name;
    an_slice_cut(&param, '=', &name);
    return an_slice_equal_nocase(name, AN_SLICE("transport")) || an_slice_equal_nocase(name, AN_SLICE("maddr")) ||
           an_slice_equal_nocase(name, AN_SLICE("ttl")) || an_slice_equal_nocase(name, AN_SLICE("lr"));
}

/* ";user=phone" and the like. Headers ("?Route=...") are never copied: a proxy that recurses would act on them
 * (RFC 3261 section 19.1.5). */
static void put_params(struct an_out *out, struct an_slice params, bool moved)
{
    struct an_slice part, kept;
    an_slice_cut(&params, '?', &kept);
    an_slice_cut(&kept, ';', &part); /* before the first ";": a port */
    if (!moved) an_out_uri(out, part);
    while (kept.len > 0) {
        an_slice_cut(&kept, ';', &part);
        if (part.len == 0 || (moved && of_old_host(part))) continue;
        an_out_char(out, ';');
        an_out_uri(out, part);
    }
}

/* Contact for a call that goes on: the Request-URI, with the next hop as its host where one is set. */
static void put_contact(struct an_out *out, const struct an_call *call, const struct an_act_settings *settings)
{
    const struct an_identity *called = &call->parsed.called;
    struct an_slice uri = slice_of(call, call->parsed.uri), scheme = AN_SLICE("sip");
    size_t uri_end = (size_t)call->parsed.uri.at + uri.len;
    bool moved = settings->next_hop[0] != '\0';
    AN_OUT(out, "Contact: <");
    if (!moved && !called->tel && an_slice_find(uri, '?') < 0) {
        an_out_uri(out, uri);
    } else if (called->tel) {
        if (moved)
            AN_OUT(out, "sip:");
        else
            AN_OUT(out, "tel:");
        an_out_uri(out, slice_of(call, called->user));
        if (moved) {
            an_out_char(out, '@');
            an_out_text(out, settings->next_hop);
            AN_OUT(out, ";user=phone");
        }
    } else if (called->host.len == 0 || (size_t)called->host.at + called->host.len > uri_end) {
        an_slice_cut(&uri, '?', &scheme); /* no host known: as it came */
        an_out_uri(out, scheme);
    } else {
        struct an_slice head = { uri.at, (size_t)(called->host.at - call->parsed.uri.at) };
        size_t params = (size_t)called->host.at + called->host.len;
        if (head.len > 0 && head.at[head.len - 1] == '[') head.len--; /* IPv6: written with its brackets below */
        if (params < uri_end && call->base[params] == ']') params++;
        an_out_uri(out, head);
        const char *host = head.at + head.len;
        if (moved)
            an_out_text(out, settings->next_hop);
        else
            an_out_uri(out, (struct an_slice) { host, (size_t)(call->base + params - host) });
        put_params(out, (struct an_slice) { call->base + params, uri_end - params }, moved);
    }
    AN_OUT(out, ">\r\n");
}

/* Contact of the screening assistant. The INVITE the proxy sends there carries the callee and the token in its
 * Request-URI: headers of a 302 would be lost on the way. */
static void put_screener(struct an_out *out, const struct an_call *call, const struct an_act_settings *settings,
                         struct an_slice token)
{
    AN_OUT(out, "Contact: <");
    an_out_text(out, settings->screener);
    AN_OUT(out, ";anning-callee=");
    an_out_param(out, slice_of(call, call->parsed.called.user));
    AN_OUT(out, ";anning-token=");
    an_out_put(out, token.at, token.len);
    AN_OUT(out, ">\r\n");
}

/* The caller's number as the network knows it, under the label (RFC 3325 section 9.1). */
static void put_asserted(struct an_out *out, const struct an_call *call, struct an_slice label)
{
    const struct an_parsed *p = &call->parsed;
    const struct an_identity *who = p->asserted.present       ? &p->asserted
                                    : p->asserted_tel.present ? &p->asserted_tel
                                                              : &p->from;
    AN_OUT(out, "P-Asserted-Identity: \"");
    an_out_put(out, label.at, label.len);
    if (!who->present || (who == &p->from && p->anonymous)) {
        AN_OUT(out, "\" <sip:anonymous@anonymous.invalid>\r\n");
        return;
    }
    struct an_slice user = slice_of(call, who->user), host = slice_of(call, who->host);
    if (who->tel) {
        AN_OUT(out, "\" <tel:");
        an_out_uri(out, user);
    } else {
        AN_OUT(out, "\" <sip:");
        an_out_uri(out, user);
        if (user.len > 0) an_out_char(out, '@');
        bool bare = host.len > 0 && host.at[0] != '[' && an_slice_find(host, ':') >= 0;
        if (bare) an_out_char(out, '[');
        an_out_uri(out, host);
        if (bare) an_out_char(out, ']');
    }
    AN_OUT(out, ">\r\n");
}

/* 0.9312 as 9312; NaN is 0. */
static unsigned score_of(const struct an_verdict *verdict)
{
    float p = verdict->probability > 0 ? verdict->probability : 0;
    return (unsigned)((p < 1 ? p : 1) * 10000 + 0.5f);
}

/* One machine-readable header in every verdict. */
static void put_verdict(struct an_out *out, const struct an_verdict *verdict, enum an_action action,
                        struct an_slice token)
{
    unsigned score = score_of(verdict);
    char digits[6] = { (char)('0' + score / 10000),     '.',
                       (char)('0' + score / 1000 % 10), (char)('0' + score / 100 % 10),
                       (char)('0' + score / 10 % 10),   (char)('0' + score % 10) };
    AN_OUT(out, "X-Anning: action=");
    an_out_text(out, an_action_name(action));
    AN_OUT(out, "; score=");
    an_out_put(out, digits, sizeof digits);
    AN_OUT(out, "; category=");
    an_out_text(out, an_category_name((enum an_category)verdict->category));
    AN_OUT(out, "; token=");
    an_out_put(out, token.at, token.len);
    if (verdict->rules & AN_RULE_FALLBACK) AN_OUT(out, "; fallback=1");
    AN_OUT(out, "\r\n");
}

static void put_label(struct an_out *out, const struct an_call *call, const struct an_act_settings *settings,
                      struct an_slice token)
{
    char text[AN_ACT_LABEL_MAX];
    enum an_category category = (enum an_category)call->verdict.category;
    struct an_slice label = { text, an_act_label(category, settings->label_language, text) };
    put_asserted(out, call, label);
    if (settings->redress_url[0] != '\0') {
        AN_OUT(out, "Call-Info: <");
        an_out_text(out, settings->redress_url);
        an_out_put(out, token.at, token.len);
    } else {
        AN_OUT(out, "Call-Info: <data:,"); /* RFC 2397: nothing, where the grammar wants a URI */
    }
    AN_OUT(out, ">;purpose=info;confidence=");
    an_out_u32(out, (score_of(&call->verdict) + 50) / 100);
    AN_OUT(out, ";category=");
    an_out_text(out, an_category_name(category));
    AN_OUT(out, "\r\nX-Anning-Label: ");
    an_out_put(out, label.at, label.len);
    AN_OUT(out, "\r\n");
}

static void put_block(struct an_out *out, const struct an_call *call, const struct an_act_settings *settings,
                      unsigned status, struct an_slice token)
{
    if (settings->redress_url[0] != '\0') { /* RFC 8688 section 4.1: where the caller can object */
        AN_OUT(out, "Call-Info: <");
        an_out_text(out, settings->redress_url);
        an_out_put(out, token.at, token.len);
        AN_OUT(out, ">;purpose=jcard\r\n");
    }
    AN_OUT(out, "Reason: SIP;cause="); /* RFC 3326 */
    an_out_u32(out, status);
    AN_OUT(out, ";text=\"Rejected by call analytics: ");
    an_out_text(out, an_category_name((enum an_category)call->verdict.category));
    AN_OUT(out, ", decision ");
    an_out_put(out, token.at, token.len);
    AN_OUT(out, "\"\r\n");
}

static void put_by_verdict(struct an_out *out, const struct an_call *call, const struct an_act_settings *settings)
{
    enum an_action action = (enum an_action)call->verdict.action;
    if (action == AN_ACTION_SCREEN && settings->screener[0] == '\0') action = AN_ACTION_LABEL;
    unsigned status = 302;
    if (action == AN_ACTION_BLOCK)
        status = settings->block_status == 603 || settings->block_status == 607 ? settings->block_status : 608;
    char text[AN_TOKEN_TEXT_MAX];
    an_token_text(&call->verdict.token, text);
    struct an_slice token = { text, AN_TOKEN_TEXT_MAX - 1 };
    put_head(out, call, status);
    if (action == AN_ACTION_BLOCK)
        put_block(out, call, settings, status, token);
    else if (action == AN_ACTION_SCREEN)
        put_screener(out, call, settings, token);
    else
        put_contact(out, call, settings);
    if (action == AN_ACTION_LABEL) put_label(out, call, settings, token);
    put_verdict(out, &call->verdict, action, token);
}

/* A subscriber calls the short code: a word on the call before, not a call that is to ring anywhere. */
bool an_act_is_report(const struct an_call *call, const struct an_act_settings *settings)
{
    const struct an_observation *obs = &call->enriched.obs;
    return settings->short_code != AN_NUMBER_NONE && obs->callee == settings->short_code &&
           (obs->flags & AN_OBS_SUBSCRIBER) != 0;
}

/* No status means "thank you": 480 is one that every switch can turn into an announcement, and no phone tries again. */
static void put_report(struct an_out *out, const struct an_call *call)
{
    char token[AN_TOKEN_TEXT_MAX];
    an_token_text(&call->verdict.token, token);
    put_head(out, call, AN_ACT_REPORT_STATUS);
    AN_OUT(out, "Reason: SIP;cause=480;text=\"Report taken\"\r\nX-Anning: action=report; token=");
    an_out_put(out, token, AN_TOKEN_TEXT_MAX - 1);
    AN_OUT(out, "\r\n");
}

static void put_by_status(struct an_out *out, const struct an_call *call, unsigned status)
{
    put_head(out, call, status);
    if (status == 405 || (status == 200 && call->parsed.method == AN_SIP_OPTIONS)) AN_OUT(out, ALLOW);
    if (status == 200 && call->parsed.method == AN_SIP_OPTIONS) /* RFC 3261 section 11.2 */
        AN_OUT(out,
               "Accept: application/sdp\r\nAccept-Encoding: identity\r\nAccept-Language: zh, en\r\nSupported:\r\n");
}

/* Status to answer with; 0: none; 302: by the verdict. */
static unsigned status_of(const struct an_call *call)
{
    const struct an_parsed *p = &call->parsed;
    bool stream_or_udp = call->transport == AN_TRANSPORT_UDP || call->transport == AN_TRANSPORT_TCP ||
                         call->transport == AN_TRANSPORT_TLS;
    if (!stream_or_udp || p->status != 0 || p->method == AN_SIP_ACK || p->via_count == 0 || p->vias[0].len == 0)
        return 0;
    if (call->sip_status != 0) return call->sip_status >= 100 && call->sip_status < 700 ? call->sip_status : 500;
    if (call->error != AN_OK) return 0;
    switch (p->method) {
    case AN_SIP_INVITE: return 302;
    case AN_SIP_OPTIONS:
    case AN_SIP_CANCEL: return 200; /* docs/sip.md tells why not 481 */
    case AN_SIP_OTHER: return 501;
    default: return 405;
    }
}

size_t an_act_answer(const struct an_call *call, const struct an_act_settings *settings, char *out, size_t size)
{
    an_assert(call != NULL && settings != NULL && out != NULL);
    unsigned status = status_of(call);
    if (status == 0) return 0;
    struct an_out pen = { out, out + size, false };
    if (call->sip_status == 0 && call->parsed.method == AN_SIP_INVITE && an_act_is_report(call, settings))
        put_report(&pen, call);
    else if (call->sip_status == 0 && call->parsed.method == AN_SIP_INVITE)
        put_by_verdict(&pen, call, settings);
    else
        put_by_status(&pen, call, status);
    if (settings->server[0] != '\0') {
        AN_OUT(&pen, "Server: ");
        an_out_text(&pen, settings->server);
        AN_OUT(&pen, "\r\n");
    }
    AN_OUT(&pen, "Content-Length: 0\r\n\r\n");
    return pen.full ? 0 : (size_t)(pen.at - out);
}
