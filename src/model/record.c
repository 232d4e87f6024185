#include "model/record.h"

#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "model/call.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "records are written as they stand, little endian");

enum {
    VERSION = 1,
    VERDICT_VERSION = 2,
    TEXTS = 6,
    FEATURES_KNOWN_MAX = 255,
    MAP_BYTES_MAX = (FEATURES_KNOWN_MAX + 7) / 8
};
_Static_assert((int)AN_FEATURE_COUNT <= FEATURES_KNOWN_MAX, "the count is one byte");
_Static_assert(AN_TEXT_MAX <= 255, "the length of a text is one byte");

/* First bytes of a VERDICT; then what more says, symbols, map of features, values of features, texts. Of the
 * observation only what an attempt has: each byte here is hashed and written for every call. */
struct verdict_head {
    uint8_t version, action, category, level;
    uint16_t rules; /* the low half */
    uint8_t symbol_count, feature_count;
    uint32_t score_version;
    float probability, log_odds;
    uint32_t trunk;
    uint64_t settings_version;
    struct an_token token;
    an_number caller, callee;
    uint64_t call_key, block, shape;
    uint16_t flags;
    uint8_t kind, caller_kind, callee_kind, caller_operator;
    uint8_t more, reserved;
};
_Static_assert(sizeof(struct verdict_head) == 96, "no padding");

enum {
    MORE_TIME = 1,     /* the event time (8 bytes): it is not the token's */
    MORE_REST = 2,     /* struct verdict_rest: a weight other than 1000, or what an end has */
    MORE_CAMPAIGN = 4, /* struct verdict_campaign */
    MORE_CAUSES = 8,   /* of a learned model: their number (1 byte) and the causes (4 each) */
    MORE_SHADOW = 16,  /* probability by the shadow model (4 bytes) */
    MORE_CALLEE = 32,  /* struct verdict_callee: the callee has settings of his own */
    MORE_ALL = 63,
};

struct verdict_rest {
    uint32_t ring_ms, talk_ms;
    uint16_t weight;
    uint8_t outcome, category, action, reserved[3];
};
_Static_assert(sizeof(struct verdict_rest) == 16, "no padding");

struct verdict_campaign {
    uint32_t campaign, signatures;
};

struct verdict_callee {
    uint32_t version; /* not 0 */
    uint16_t rules;   /* the high half */
    uint16_t chosen;
};
_Static_assert(sizeof(struct verdict_callee) == 8, "no padding");

/* First bytes of an OBSERVATION; then texts. */
struct observation_head {
    uint8_t version, reserved[7];
    struct an_token token;
    struct an_observation obs;
};
_Static_assert(sizeof(struct observation_head) == 104, "no padding");

enum {
    TEXTS_MAX = TEXTS * (1 + AN_TEXT_MAX),
    VERDICT_MAX = (int)sizeof(struct verdict_head) + 8 + (int)sizeof(struct verdict_rest) +
                  (int)sizeof(struct verdict_campaign) + 1 + AN_VERDICT_CAUSES_MAX * 4 + 4 +
                  (int)sizeof(struct verdict_callee) + AN_VERDICT_SYMBOLS_MAX * 4 + (AN_FEATURE_COUNT + 7) / 8 +
                  2 * AN_FEATURE_COUNT + TEXTS_MAX,
};
/* The features are compacted four at a time, hence room for four more values. */
_Static_assert(VERDICT_MAX + 8 <= AN_RECORD_VERDICT_MAX, "raise AN_RECORD_VERDICT_MAX");
_Static_assert(sizeof(struct observation_head) + TEXTS_MAX <= AN_RECORD_OBSERVATION_MAX,
               "raise AN_RECORD_OBSERVATION_MAX");

static const char *const type_names[AN_RECORD_TYPE_COUNT] = { "unknown", "verdict", "observation", "settings",
                                                              "start",   "stop",    "chain",       "snapshot",
                                                              "loss",    "model",   "label",       "campaign" };
static const char *const reason_names[AN_LOSS_REASON_COUNT] = {
    "space", "read_only", "io", "slow", "not_ready", "size"
};

const char *an_record_type_name(uint16_t type)
{
    return type < AN_RECORD_TYPE_COUNT ? type_names[type] : "unknown";
}

const char *an_loss_reason_name(enum an_loss_reason reason)
{
    return (unsigned)reason < AN_LOSS_REASON_COUNT ? reason_names[reason] : "unknown";
}

/* Cuts at AN_TEXT_MAX, backing out of a UTF-8 character. */
static size_t text_cut(struct an_slice text)
{
    if (text.len <= AN_TEXT_MAX) return text.len;
    size_t len = AN_TEXT_MAX;
    while (len > AN_TEXT_MAX - 3 && ((unsigned char)text.at[len] & 0xc0) == 0x80) len--;
    return len;
}

static uint8_t *put_text(uint8_t *at, struct an_slice text)
{
    size_t len = text_cut(text);
    *at++ = (uint8_t)len;
    if (len > 0) memcpy(at, text.at, len);
    return at + len;
}

static uint8_t *put_texts(uint8_t *at, const struct an_record_text *text)
{
    at = put_text(at, text->caller);
    at = put_text(at, text->display);
    at = put_text(at, text->callee);
    at = put_text(at, text->call_id);
    at = put_text(at, text->user_agent);
    return put_text(at, text->trunk);
}

static struct an_slice first_of(const char *base, struct an_span a, struct an_span b, struct an_span c)
{
    struct an_span chosen = a.len > 0 ? a : b.len > 0 ? b : c;
    return chosen.len > 0 ? an_span_slice(base, chosen) : (struct an_slice) { NULL, 0 };
}

static void texts_of_call(const struct an_call *call, struct an_record_text *ret_text)
{
    const struct an_parsed *p = &call->parsed;
    const char *trunk = call->enriched.trunk_name;
    ret_text->caller = first_of(call->base, p->from.user, p->asserted.user, p->asserted_tel.user);
    ret_text->display = first_of(call->base, p->from.display, p->asserted.display, p->from.display);
    ret_text->callee = first_of(call->base, p->called.user, p->to.user, p->to.user);
    ret_text->call_id = first_of(call->base, p->call_id, p->call_id, p->call_id);
    ret_text->user_agent = first_of(call->base, p->user_agent, p->user_agent, p->user_agent);
    ret_text->trunk = (struct an_slice) { trunk, strnlen(trunk, sizeof call->enriched.trunk_name) };
}

/* Map of the features that are not zero, then their values; first: a multiple of 8. Branchless: every value is stored,
 * the end moves on only behind those that count. */
static uint8_t *put_features_from(unsigned first, uint8_t *map, uint8_t *value, const an_mini *features)
{
    for (unsigned base = first; base < AN_FEATURE_COUNT; base += 64) {
        unsigned end = base + 64 < AN_FEATURE_COUNT ? base + 64 : AN_FEATURE_COUNT;
        uint64_t bits = 0;
        for (unsigned i = base; i < end; i++) {
            uint64_t set = features[i] != 0;
            memcpy(value, &features[i], sizeof features[i]);
            value += 2 * set;
            bits |= set << (i - base);
        }
        memcpy(map + base / 8, &bits, (end - base + 7) / 8);
    }
    return value;
}

#ifdef __x86_64__
/* The same, four values at a time: moves[m] brings those that m has a bit for to the front. */
__attribute__((target("ssse3"))) static uint8_t *put_features_wide(uint8_t *map, uint8_t *value,
                                                                   const an_mini *features)
{
    static const uint64_t moves[16] = {
        0x8080808080808080, 0x8080808080800100, 0x8080808080800302, 0x8080808003020100,
        0x8080808080800504, 0x8080808005040100, 0x8080808005040302, 0x8080050403020100,
        0x8080808080800706, 0x8080808007060100, 0x8080808007060302, 0x8080070603020100,
        0x8080808007060504, 0x8080070605040100, 0x8080070605040302, 0x0706050403020100,
    };
    static const uint8_t bytes[16] = { 0, 2, 2, 4, 2, 4, 4, 6, 2, 4, 4, 6, 4, 6, 6, 8 };
    unsigned i = 0;
    for (; i + 8 <= AN_FEATURE_COUNT; i += 8) {
        __m128i x = _mm_loadu_si128((const __m128i *)(features + i)), zero = _mm_setzero_si128();
        unsigned set = ~(unsigned)_mm_movemask_epi8(_mm_packs_epi16(_mm_cmpeq_epi16(x, zero), zero)) & 0xff;
        map[i / 8] = (uint8_t)set;
        _mm_storel_epi64((__m128i *)value, _mm_shuffle_epi8(x, _mm_loadl_epi64((const __m128i *)&moves[set & 15])));
        value += bytes[set & 15];
        x = _mm_srli_si128(x, 8);
        _mm_storel_epi64((__m128i *)value, _mm_shuffle_epi8(x, _mm_loadl_epi64((const __m128i *)&moves[set >> 4])));
        value += bytes[set >> 4];
    }
    return put_features_from(i, map, value, features);
}
#endif

static uint8_t *put_features(uint8_t *at, const an_mini *features)
{
    uint8_t *value = at + (AN_FEATURE_COUNT + 7) / 8;
#ifdef __x86_64__
    if (__builtin_cpu_supports("ssse3")) return put_features_wide(at, value, features);
#endif
    return put_features_from(0, at, value, features);
}

/* What the head has no room for. */
static uint8_t *put_more(uint8_t *at, unsigned more, const struct an_observation *obs, const struct an_verdict *v)
{
    const struct verdict_campaign campaign = { v->campaign, v->signatures };
    const struct verdict_rest rest = { .ring_ms = obs->ring_ms,
                                       .talk_ms = obs->talk_ms,
                                       .weight = obs->weight,
                                       .outcome = obs->outcome,
                                       .category = obs->category,
                                       .action = obs->action };
    if (more & MORE_TIME) {
        memcpy(at, &obs->time_us, sizeof obs->time_us);
        at += sizeof obs->time_us;
    }
    if (more & MORE_REST) {
        memcpy(at, &rest, sizeof rest);
        at += sizeof rest;
    }
    if (more & MORE_CAMPAIGN) {
        memcpy(at, &campaign, sizeof campaign);
        at += sizeof campaign;
    }
    if (more & MORE_CAUSES) {
        unsigned causes = v->cause_count < AN_VERDICT_CAUSES_MAX ? v->cause_count : AN_VERDICT_CAUSES_MAX;
        *at++ = (uint8_t)causes;
        memcpy(at, v->causes, causes * sizeof v->causes[0]);
        at += causes * sizeof v->causes[0];
    }
    if (more & MORE_SHADOW) {
        memcpy(at, &v->shadow_probability, sizeof v->shadow_probability);
        at += sizeof v->shadow_probability;
    }
    if (more & MORE_CALLEE) {
        const struct verdict_callee callee = { v->callee_version, (uint16_t)(v->rules >> 16), v->chosen };
        memcpy(at, &callee, sizeof callee);
        at += sizeof callee;
    }
    return at;
}

static enum an_err encode_verdict(const struct an_observation *obs, const struct an_verdict *v,
                                  const struct an_record_text *text, void *out, size_t size, size_t *ret_len)
{
    if (size < AN_RECORD_VERDICT_MAX) return AN_ERR_FULL;
    unsigned symbols = v->symbol_count < AN_VERDICT_SYMBOLS_MAX ? v->symbol_count : AN_VERDICT_SYMBOLS_MAX;
    bool rest =
        (obs->ring_ms | obs->talk_ms) != 0 || obs->weight != 1000 || (obs->outcome | obs->category | obs->action) != 0;
    unsigned more = (obs->time_us != an_token_time_us(&v->token) ? MORE_TIME : 0) | (rest ? MORE_REST : 0) |
                    (v->signatures != 0 ? MORE_CAMPAIGN : 0) | (v->cause_count != 0 ? MORE_CAUSES : 0) |
                    (v->has_shadow ? MORE_SHADOW : 0) | (v->callee_version != 0 ? MORE_CALLEE : 0);
    struct verdict_head head = {
        .version = VERDICT_VERSION,
        .action = v->action,
        .category = v->category,
        .level = v->level,
        .rules = (uint16_t)v->rules,
        .symbol_count = (uint8_t)symbols,
        .feature_count = AN_FEATURE_COUNT,
        .score_version = v->score_version,
        .probability = v->probability,
        .log_odds = v->log_odds,
        .trunk = obs->trunk,
        .settings_version = v->settings_version,
        .token = v->token,
        .caller = obs->caller,
        .callee = obs->callee,
        .call_key = obs->call_key,
        .block = obs->block,
        .shape = obs->shape,
        .flags = obs->flags,
        .kind = obs->kind,
        .caller_kind = obs->caller_kind,
        .callee_kind = obs->callee_kind,
        .caller_operator = obs->caller_operator,
        .more = (uint8_t)more,
    };
    uint8_t *at = out;
    memcpy(at, &head, sizeof head);
    at += sizeof head;
    if (more != 0) at = put_more(at, more, obs, v);
    memcpy(at, v->symbols, sizeof v->symbols); /* all: a copy of fixed size is shorter than one of the right size */
    at += symbols * sizeof v->symbols[0];
    at = put_features(at, v->features);
    at = put_texts(at, text);
    *ret_len = (size_t)(at - (uint8_t *)out);
    return AN_OK;
}

static enum an_err encode_observation(const struct an_observation *obs, const struct an_token *token,
                                      const struct an_record_text *text, void *out, size_t size, size_t *ret_len)
{
    if (size < AN_RECORD_OBSERVATION_MAX) return AN_ERR_FULL;
    struct observation_head head = { .version = VERSION, .token = *token, .obs = *obs };
    uint8_t *at = out;
    memcpy(at, &head, sizeof head);
    at = put_texts(at + sizeof head, text);
    *ret_len = (size_t)(at - (uint8_t *)out);
    return AN_OK;
}

enum an_err an_record_encode_verdict(const struct an_call *call, void *out, size_t size, size_t *ret_len)
{
    an_assert(call != NULL && out != NULL && ret_len != NULL);
    struct an_record_text text;
    texts_of_call(call, &text);
    return encode_verdict(&call->enriched.obs, &call->verdict, &text, out, size, ret_len);
}

enum an_err an_record_encode_observation(const struct an_call *call, void *out, size_t size, size_t *ret_len)
{
    an_assert(call != NULL && out != NULL && ret_len != NULL);
    struct an_record_text text;
    texts_of_call(call, &text);
    /* A message later in a SIP dialogue speaks for its sender: From of a callee's BYE is the callee. What was shown
     * and dialled is on the attempt's record. */
    uint8_t kind = call->enriched.obs.kind;
    if (call->parsed.method != AN_SIP_OTHER && (kind == AN_OBS_ANSWER || kind == AN_OBS_END))
        text.caller = text.display = text.callee = text.user_agent = (struct an_slice) { NULL, 0 };
    return encode_observation(&call->enriched.obs, &call->parsed.given_token, &text, out, size, ret_len);
}

/* A cursor over the bytes of a record; bad stays set once something did not fit. */
struct input {
    const uint8_t *at, *end;
    bool bad;
};

static void take(struct input *in, void *out, size_t len)
{
    if (in->bad || (size_t)(in->end - in->at) < len) {
        in->bad = true;
        memset(out, 0, len);
        return;
    }
    if (len > 0) memcpy(out, in->at, len);
    in->at += len;
}

static struct an_slice take_slice(struct input *in, size_t len)
{
    if (in->bad || (size_t)(in->end - in->at) < len) {
        in->bad = true;
        return (struct an_slice) { NULL, 0 };
    }
    struct an_slice slice = { (const char *)in->at, len };
    in->at += len;
    return slice;
}

static struct an_slice take_text(struct input *in)
{
    uint8_t len;
    take(in, &len, 1);
    if (len > AN_TEXT_MAX) in->bad = true;
    return take_slice(in, len);
}

static void take_texts(struct input *in, struct an_record_text *ret_text)
{
    ret_text->caller = take_text(in);
    ret_text->display = take_text(in);
    ret_text->callee = take_text(in);
    ret_text->call_id = take_text(in);
    ret_text->user_agent = take_text(in);
    ret_text->trunk = take_text(in);
}

/* count features were known to the writer. More than we know (a newer writer): the rest is read over. */
static void take_features(struct input *in, unsigned count, an_mini *features)
{
    uint8_t map[MAP_BYTES_MAX] = { 0 };
    take(in, map, (count + 7) / 8);
    if (count % 8 != 0 && (map[count / 8] >> (count % 8)) != 0) in->bad = true;
    for (unsigned i = 0; i < count; i++) {
        if ((map[i / 8] >> (i % 8) & 1) == 0) continue;
        an_mini value;
        take(in, &value, sizeof value);
        if (i < AN_FEATURE_COUNT) features[i] = value;
    }
}

static void take_observation(struct input *in, const struct verdict_head *head, struct an_observation *ret)
{
    struct verdict_rest rest = { .weight = 1000 };
    *ret = (struct an_observation) { .time_us = an_token_time_us(&head->token),
                                     .caller = head->caller,
                                     .callee = head->callee,
                                     .call_key = head->call_key,
                                     .block = head->block,
                                     .shape = head->shape,
                                     .trunk = head->trunk,
                                     .flags = head->flags,
                                     .kind = head->kind,
                                     .caller_kind = head->caller_kind,
                                     .callee_kind = head->callee_kind,
                                     .caller_operator = head->caller_operator };
    if ((head->more & ~(unsigned)MORE_ALL) != 0) in->bad = true;
    if (head->more & MORE_TIME) take(in, &ret->time_us, sizeof ret->time_us);
    if (head->more & MORE_REST) take(in, &rest, sizeof rest);
    if (rest.outcome >= AN_OUTCOME_COUNT || rest.category >= AN_CATEGORY_COUNT || rest.action >= AN_ACTION_COUNT)
        in->bad = true;
    ret->ring_ms = rest.ring_ms;
    ret->talk_ms = rest.talk_ms;
    ret->weight = rest.weight;
    ret->outcome = rest.outcome;
    ret->category = rest.category;
    ret->action = rest.action;
}

static void take_model(struct input *in, unsigned more, struct an_verdict *v)
{
    if (more & MORE_CAUSES) {
        take(in, &v->cause_count, 1);
        if (v->cause_count > AN_VERDICT_CAUSES_MAX) {
            v->cause_count = 0;
            in->bad = true;
        }
        take(in, v->causes, v->cause_count * sizeof v->causes[0]);
    }
    if (more & MORE_SHADOW) {
        take(in, &v->shadow_probability, sizeof v->shadow_probability);
        v->has_shadow = 1;
    }
}

/* Older records have none; what is there must be something that could have been decided by. */
static void take_callee(struct input *in, struct an_verdict *v)
{
    struct verdict_callee callee;
    take(in, &callee, sizeof callee);
    v->callee_version = callee.version;
    v->rules |= (uint32_t)callee.rules << 16;
    v->chosen = callee.chosen;
    if (callee.version == 0 || callee.chosen >> AN_CHOSEN_BITS != 0) in->bad = true;
    for (unsigned field = 0; field < AN_CHOSEN_EXPECTED; field += 3)
        if (an_chosen_get(v->chosen, (enum an_chosen)field) >= AN_CHOICE_COUNT) in->bad = true;
}

static void decode_verdict(struct input *in, struct an_record *ret)
{
    struct verdict_head head;
    take(in, &head, sizeof head);
    if (head.symbol_count > AN_VERDICT_SYMBOLS_MAX || head.action >= AN_ACTION_COUNT ||
        head.category >= AN_CATEGORY_COUNT || head.level >= AN_LEVEL_COUNT) {
        in->bad = true;
        return;
    }
    struct an_verdict *v = &ret->verdict;
    v->token = ret->token = head.token;
    v->probability = head.probability;
    v->log_odds = head.log_odds;
    v->score_version = head.score_version;
    v->settings_version = head.settings_version;
    v->action = head.action;
    v->category = head.category;
    v->level = head.level;
    v->symbol_count = head.symbol_count;
    v->rules = head.rules;
    take_observation(in, &head, &ret->obs);
    if (head.more & MORE_CAMPAIGN) {
        struct verdict_campaign campaign;
        take(in, &campaign, sizeof campaign);
        v->campaign = campaign.campaign;
        v->signatures = campaign.signatures;
    }
    take_model(in, head.more, v);
    if (head.more & MORE_CALLEE) take_callee(in, v);
    ret->feature_count = head.feature_count;
    take(in, v->symbols, head.symbol_count * sizeof v->symbols[0]);
    take_features(in, head.feature_count, v->features);
    take_texts(in, &ret->text);
}

static void decode_observation(struct input *in, struct an_record *ret)
{
    struct observation_head head;
    take(in, &head, sizeof head);
    ret->token = head.token;
    ret->obs = head.obs;
    take_texts(in, &ret->text);
}

/* Reasons are only ever added at the end: those we do not know are counted with the last one we do. */
static void take_loss(struct input *in, struct an_record_loss *ret)
{
    uint8_t reasons;
    take(in, &reasons, 1);
    for (unsigned i = 0; i < reasons; i++) {
        uint64_t records;
        take(in, &records, 8);
        ret->records[i < AN_LOSS_REASON_COUNT ? i : AN_LOSS_REASON_COUNT - 1] += records;
    }
    take(in, &ret->first_us, 8);
    take(in, &ret->last_us, 8);
}

static uint16_t take_u16(struct input *in)
{
    uint16_t value;
    take(in, &value, sizeof value);
    return value;
}

static void take_campaign(struct input *in, struct an_record_campaign *word)
{
    take(in, &word->kind, 1);
    take(in, &word->yes, 1);
    take(in, &word->campaign, 4);
    take(in, &word->other, 4);
    take(in, &word->trunk, 4);
    take(in, &word->shape, 8);
    word->name = take_text(in);
    word->who = take_text(in);
    if (word->kind == 0 || word->kind >= AN_CAMPAIGN_WORD_END || word->yes > 1 || word->name.len > AN_CAMPAIGN_NAME_MAX)
        in->bad = true;
}

enum { LABEL_FOREIGN = 1, LABEL_SHARED = 2 };

/* Older labels end before the marks; one without marks still does. */
static void take_label_marks(struct input *in, struct an_record_ruling *label)
{
    uint8_t marks = 0;
    if (in->bad || in->at == in->end) return;
    take(in, &marks, 1);
    label->foreign = marks & LABEL_FOREIGN;
    label->shared = marks & LABEL_SHARED;
    if (marks == 0 || marks > (LABEL_FOREIGN | LABEL_SHARED)) in->bad = true;
}

static void take_label(struct input *in, struct an_record *ret)
{
    struct an_record_ruling *label = &ret->label;
    uint8_t why_len;
    take(in, &label->verdict, 1);
    take(in, &label->category, 1);
    label->weight = take_u16(in);
    take(in, &label->trunk, 4);
    take(in, &label->number, 8);
    take(in, &label->until_us, 8);
    take(in, &label->campaign, 8);
    take(in, &ret->token, sizeof ret->token);
    label->trunk_name = take_text(in);
    label->who = take_text(in);
    take(in, &why_len, 1);
    label->why = take_slice(in, why_len);
    take_label_marks(in, label);
    if (label->verdict >= AN_RULING_VERDICT_COUNT || label->weight == 0 || label->weight > AN_RULING_WEIGHT_FULL)
        in->bad = true;
    if (why_len > AN_RULING_WHY_MAX || label->trunk_name.len >= sizeof((struct an_ruling *)0)->trunk_name)
        in->bad = true;
}

/* The small ones: the version byte, then each field in the order of its struct; a text as length byte and bytes. */
static void decode_small(struct input *in, struct an_record *ret)
{
    uint8_t version;
    take(in, &version, 1);
    switch (ret->type) {
    case AN_RECORD_SETTINGS:
        take(in, &ret->settings.version, 8);
        ret->settings.json = take_slice(in, (size_t)(in->end - in->at));
        break;
    case AN_RECORD_START:
    case AN_RECORD_STOP:
        take(in, &ret->start.score_version, 4);
        take(in, &ret->start.workers, 4);
        take(in, &ret->start.settings_version, 8);
        ret->start.software = take_text(in);
        break;
    case AN_RECORD_CHAIN:
        take(in, ret->chain.hash, sizeof ret->chain.hash);
        take(in, &ret->chain.records, 8);
        take(in, &ret->chain.last, 1);
        break;
    case AN_RECORD_SNAPSHOT:
        take(in, ret->snapshot.hash, sizeof ret->snapshot.hash);
        take(in, &ret->snapshot.time_us, 8);
        ret->snapshot.file = take_text(in);
        break;
    case AN_RECORD_MODEL:
        take(in, &ret->model.live.version, 8);
        take(in, &ret->model.live.score_version, 4);
        ret->model.live.name = take_text(in);
        take(in, &ret->model.shadow.version, 8);
        take(in, &ret->model.shadow.score_version, 4);
        ret->model.shadow.name = take_text(in);
        break;
    case AN_RECORD_LABEL: take_label(in, ret); break;
    case AN_RECORD_CAMPAIGN: take_campaign(in, &ret->campaign); break;
    default: /* AN_RECORD_LOSS */ take_loss(in, &ret->loss); break;
    }
}

enum an_err an_record_decode(uint16_t type, const void *bytes, size_t len, struct an_record *ret_record)
{
    an_assert(ret_record != NULL && (bytes != NULL || len == 0));
    if (type == 0 || type >= AN_RECORD_TYPE_COUNT) return AN_ERR_UNSUPPORTED;
    if (len == 0) return AN_ERR_MALFORMED;
    struct input in = { bytes, (const uint8_t *)bytes + len, false };
    if (in.at[0] == 0) return AN_ERR_MALFORMED;
    if (in.at[0] > (type == AN_RECORD_VERDICT ? VERDICT_VERSION : VERSION)) return AN_ERR_UNSUPPORTED;
    if (in.at[0] < VERDICT_VERSION && type == AN_RECORD_VERDICT) return AN_ERR_UNSUPPORTED;
    struct an_record record;
    memset(&record, 0, sizeof record);
    record.type = type;
    if (type == AN_RECORD_VERDICT)
        decode_verdict(&in, &record);
    else if (type == AN_RECORD_OBSERVATION)
        decode_observation(&in, &record);
    else
        decode_small(&in, &record);
    if (in.bad || in.at != in.end) return AN_ERR_MALFORMED;
    *ret_record = record;
    return AN_OK;
}

bool an_record_has_token(uint16_t type, const void *bytes, size_t len, const struct an_token *token)
{
    const size_t at = offsetof(struct verdict_head, token);
    if (type != AN_RECORD_VERDICT || len < sizeof(struct verdict_head)) return false;
    return memcmp((const uint8_t *)bytes + at, token->bytes, sizeof token->bytes) == 0;
}

/* Appends to out; NULL once it did not fit. */
static uint8_t *put(uint8_t *at, const uint8_t *end, const void *bytes, size_t len)
{
    if (at == NULL || (size_t)(end - at) < len) return NULL;
    if (len > 0) memcpy(at, bytes, len);
    return at + len;
}

static uint8_t *put_short(uint8_t *at, const uint8_t *end, struct an_slice text)
{
    return at == NULL || (size_t)(end - at) < 1 + text_cut(text) ? NULL : put_text(at, text);
}

static uint8_t *encode_label(const struct an_record *r, uint8_t *at, const uint8_t *end)
{
    const struct an_record_ruling *label = &r->label;
    const uint8_t why_len = (uint8_t)(label->why.len < AN_RULING_WHY_MAX ? label->why.len : AN_RULING_WHY_MAX);
    at = put(at, end, &label->verdict, 1);
    at = put(at, end, &label->category, 1);
    at = put(at, end, &label->weight, 2);
    at = put(at, end, &label->trunk, 4);
    at = put(at, end, &label->number, 8);
    at = put(at, end, &label->until_us, 8);
    at = put(at, end, &label->campaign, 8);
    at = put(at, end, &r->token, sizeof r->token);
    at = put_short(at, end, label->trunk_name);
    at = put_short(at, end, label->who);
    at = put(at, end, &why_len, 1);
    at = put(at, end, label->why.at, why_len);
    const uint8_t marks = (uint8_t)((label->foreign ? LABEL_FOREIGN : 0) | (label->shared ? LABEL_SHARED : 0));
    return marks == 0 ? at : put(at, end, &marks, 1);
}

static uint8_t *encode_campaign(const struct an_record_campaign *word, uint8_t *at, const uint8_t *end)
{
    an_assert(word->name.len <= AN_CAMPAIGN_NAME_MAX);
    at = put(at, end, &word->kind, 1);
    at = put(at, end, &word->yes, 1);
    at = put(at, end, &word->campaign, 4);
    at = put(at, end, &word->other, 4);
    at = put(at, end, &word->trunk, 4);
    at = put(at, end, &word->shape, 8);
    at = put_short(at, end, word->name);
    return put_short(at, end, word->who);
}

static uint8_t *encode_small(const struct an_record *r, uint8_t *at, const uint8_t *end)
{
    static const uint8_t version = VERSION, reasons = AN_LOSS_REASON_COUNT;
    at = put(at, end, &version, 1);
    switch (r->type) {
    case AN_RECORD_SETTINGS:
        at = put(at, end, &r->settings.version, 8);
        return put(at, end, r->settings.json.at, r->settings.json.len);
    case AN_RECORD_START:
    case AN_RECORD_STOP:
        at = put(at, end, &r->start.score_version, 4);
        at = put(at, end, &r->start.workers, 4);
        at = put(at, end, &r->start.settings_version, 8);
        return put_short(at, end, r->start.software);
    case AN_RECORD_CHAIN:
        at = put(at, end, r->chain.hash, sizeof r->chain.hash);
        at = put(at, end, &r->chain.records, 8);
        return put(at, end, &r->chain.last, 1);
    case AN_RECORD_SNAPSHOT:
        at = put(at, end, r->snapshot.hash, sizeof r->snapshot.hash);
        at = put(at, end, &r->snapshot.time_us, 8);
        return put_short(at, end, r->snapshot.file);
    case AN_RECORD_MODEL:
        at = put(at, end, &r->model.live.version, 8);
        at = put(at, end, &r->model.live.score_version, 4);
        at = put_short(at, end, r->model.live.name);
        at = put(at, end, &r->model.shadow.version, 8);
        at = put(at, end, &r->model.shadow.score_version, 4);
        return put_short(at, end, r->model.shadow.name);
    case AN_RECORD_LABEL: return encode_label(r, at, end);
    case AN_RECORD_CAMPAIGN: return encode_campaign(&r->campaign, at, end);
    default: /* AN_RECORD_LOSS */
        at = put(at, end, &reasons, 1);
        at = put(at, end, r->loss.records, sizeof r->loss.records);
        at = put(at, end, &r->loss.first_us, 8);
        return put(at, end, &r->loss.last_us, 8);
    }
}

enum an_err an_record_encode(const struct an_record *record, void *out, size_t size, size_t *ret_len)
{
    an_assert(record != NULL && out != NULL && ret_len != NULL);
    an_assert(record->type > 0 && record->type < AN_RECORD_TYPE_COUNT);
    if (record->type == AN_RECORD_VERDICT)
        return encode_verdict(&record->obs, &record->verdict, &record->text, out, size, ret_len);
    if (record->type == AN_RECORD_OBSERVATION)
        return encode_observation(&record->obs, &record->token, &record->text, out, size, ret_len);
    uint8_t *at = encode_small(record, out, (uint8_t *)out + size);
    if (at == NULL) return AN_ERR_FULL;
    *ret_len = (size_t)(at - (uint8_t *)out);
    return AN_OK;
}

void an_record_of_ruling(const struct an_ruling *label, struct an_record *ret_record)
{
    an_assert(label != NULL && ret_record != NULL && label->verdict < AN_RULING_VERDICT_COUNT);
    memset(ret_record, 0, sizeof *ret_record);
    ret_record->type = AN_RECORD_LABEL;
    ret_record->token = label->token;
    ret_record->label = (struct an_record_ruling) {
        .until_us = label->until_us,
        .campaign = label->campaign,
        .number = label->number,
        .trunk = label->trunk,
        .weight = label->weight,
        .verdict = label->verdict,
        .category = label->category,
        .foreign = label->foreign,
        .shared = label->shared,
        .trunk_name = { label->trunk_name, strnlen(label->trunk_name, sizeof label->trunk_name) },
        .who = an_slice_of(label->who),
        .why = an_slice_of(label->why),
    };
}

void an_ruling_of_record(const struct an_record *record, uint64_t time_us, struct an_ruling *ret_label)
{
    an_assert(record != NULL && record->type == AN_RECORD_LABEL && ret_label != NULL);
    const struct an_record_ruling *from = &record->label;
    *ret_label = (struct an_ruling) { .time_us = time_us,
                                      .until_us = from->until_us,
                                      .number = from->number,
                                      .trunk = from->trunk,
                                      .weight = from->weight,
                                      .verdict = from->verdict,
                                      .category = from->category,
                                      .foreign = from->foreign,
                                      .shared = from->shared,
                                      .campaign = from->campaign,
                                      .token = record->token };
    an_slice_copy(from->trunk_name, ret_label->trunk_name, sizeof ret_label->trunk_name);
    an_slice_copy(from->who, ret_label->who, sizeof ret_label->who);
    an_slice_copy(from->why, ret_label->why, sizeof ret_label->why);
}
