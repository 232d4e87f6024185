#include "api/record_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "api/api.h"
#include "base/clock.h"

void an_api_time_text(uint64_t time_us, char *out)
{
    time_t seconds = (time_t)(time_us / AN_US_PER_S);
    struct tm utc;
    char date[24];
    gmtime_r(&seconds, &utc);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out, 32, "%s.%06uZ", date, (unsigned)(time_us % AN_US_PER_S));
}

static void add_time(struct an_text *out, const char *name, uint64_t time_us)
{
    char text[32];
    an_api_time_text(time_us, text);
    an_text_json_pair(out, name, text);
}

static void add_slice(struct an_text *out, const char *name, struct an_slice value)
{
    if (value.len == 0) return;
    an_text_json_key(out, name);
    an_text_json(out, value);
}

static void add_hex(struct an_text *out, const char *name, const uint8_t *bytes, size_t len)
{
    char text[65];
    an_assert(len <= 32);
    for (size_t i = 0; i < len; i++) snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    an_text_json_pair(out, name, text);
}

static void add_hex64(struct an_text *out, const char *name, uint64_t value)
{
    char text[17];
    snprintf(text, sizeof text, "%016" PRIx64, value);
    an_text_json_pair(out, name, text);
}

static const char *kind_name(unsigned kind)
{
    static const char *const names[] = { "unknown", "attempt", "answer", "end", "report" };
    return kind < sizeof names / sizeof names[0] ? names[kind] : names[0];
}

static void add_flags(struct an_text *out, unsigned flags)
{
    static const char *const names[] = { "night",     "forwarded",   "passive",   "identity_differs", "neighbour",
                                         "ip_prefix", "signed",      "wanted",    "refusal",          "registered",
                                         "canary",    "canary_held", "subscriber" };
    an_text_json_key(out, "flags");
    an_text_puts(out, "[");
    bool first = true;
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!(flags >> i & 1)) continue;
        if (!first) an_text_puts(out, ",");
        an_text_json(out, an_slice_of(names[i]));
        first = false;
    }
    an_text_puts(out, "]");
}

static void add_number(struct an_text *out, const char *name, an_number number)
{
    char text[AN_NUMBER_TEXT_MAX];
    an_number_text(number, text);
    an_text_json_pair(out, name, text);
}

static void add_observation(struct an_text *out, const struct an_observation *obs, const struct an_record_text *text)
{
    an_text_json_pair(out, "kind", kind_name(obs->kind));
    add_number(out, "from", obs->caller);
    add_number(out, "to", obs->callee);
    an_text_json_pair(out, "from_kind", an_number_kind_name((enum an_number_kind)obs->caller_kind));
    an_text_json_pair(out, "to_kind", an_number_kind_name((enum an_number_kind)obs->callee_kind));
    if (obs->caller_operator != AN_OPERATOR_NONE)
        an_text_json_pair(out, "operator", an_operator_name((enum an_operator)obs->caller_operator));
    add_slice(out, "from_shown", text->caller);
    add_slice(out, "display", text->display);
    add_slice(out, "to_dialled", text->callee);
    add_slice(out, "call_id", text->call_id);
    add_slice(out, "user_agent", text->user_agent);
    add_slice(out, "trunk", text->trunk);
    if (obs->shape != 0) add_hex64(out, "shape", obs->shape);
    add_flags(out, obs->flags);
    if (obs->kind == AN_OBS_END) {
        an_text_json_pair(out, "outcome", an_outcome_name((enum an_outcome)obs->outcome));
        an_text_json_key(out, "ring_s");
        an_text_json_number(out, obs->ring_ms / 1000.0, 3);
        an_text_json_key(out, "talk_s");
        an_text_json_number(out, obs->talk_ms / 1000.0, 3);
    }
    if (obs->kind == AN_OBS_REPORT) {
        an_text_json_pair(out, "category", an_category_name((enum an_category)obs->category));
        an_text_json_key(out, "counted");
        an_text_json_number(out, obs->counted / 1000.0, 3);
    }
}

static void add_features(struct an_text *out, const struct an_verdict *verdict)
{
    an_text_json_key(out, "features");
    an_text_puts(out, "{");
    for (int f = 0; f < AN_FEATURE_COUNT; f++) {
        if (verdict->features[f] == 0) continue;
        an_text_json_key(out, an_feature_info[f].name);
        an_text_json_number(out, (double)an_mini_float(verdict->features[f]), 5);
    }
    an_text_puts(out, "}");
}

static void add_losses(struct an_text *out, const struct an_record_loss *loss)
{
    an_text_json_key(out, "lost");
    an_text_puts(out, "{");
    for (int r = 0; r < AN_LOSS_REASON_COUNT; r++)
        if (loss->records[r] > 0)
            an_text_json_pair_u64(out, an_loss_reason_name((enum an_loss_reason)r), loss->records[r]);
    an_text_puts(out, "}");
    add_time(out, "first", loss->first_us);
    add_time(out, "last", loss->last_us);
}

static void add_label(struct an_text *out, const struct an_record *record)
{
    const struct an_record_ruling *label = &record->label;
    if (label->number != AN_NUMBER_NONE) add_number(out, "number", label->number);
    if (label->trunk_name.len > 0) add_slice(out, "trunk", label->trunk_name);
    if (label->campaign != 0) an_text_json_pair_u64(out, "campaign", label->campaign);
    if (an_token_given(&record->token)) {
        char token[AN_TOKEN_TEXT_MAX];
        an_token_text(&record->token, token);
        an_text_json_pair(out, "token", token);
    }
    an_text_json_pair(out, "verdict", an_ruling_verdict_name((enum an_ruling_verdict)label->verdict));
    if (label->category != AN_CATEGORY_UNKNOWN)
        an_text_json_pair(out, "category", an_category_name((enum an_category)label->category));
    an_text_json_key(out, "weight");
    an_text_json_number(out, label->weight / 1000.0, 3);
    add_slice(out, "who", label->who);
    add_slice(out, "why", label->why);
    add_time(out, "until", label->until_us);
    if (label->shared) an_text_puts(out, ",\"shared\":true");
}

static void add_campaign_word(struct an_text *out, const struct an_record_campaign *word)
{
    static const char *const kinds[AN_CAMPAIGN_WORD_END] = {
        "unknown", "release", "confirm", "name", "merge", "split"
    };
    an_text_json_pair_u64(out, "campaign", word->campaign);
    an_text_json_pair(out, "said", kinds[word->kind < AN_CAMPAIGN_WORD_END ? word->kind : 0]);
    if (word->kind == AN_CAMPAIGN_RELEASE || word->kind == AN_CAMPAIGN_CONFIRM)
        an_text_puts(out, word->yes ? ",\"yes\":true" : ",\"yes\":false");
    if (word->other != 0) an_text_json_pair_u64(out, "other", word->other);
    add_slice(out, "name", word->name);
    if (word->kind == AN_CAMPAIGN_SPLIT) {
        an_text_json_pair_u64(out, "trunk", word->trunk);
        add_hex64(out, "shape", word->shape);
    }
    add_slice(out, "who", word->who);
}

static void add_model(struct an_text *out, const struct an_record_model *model)
{
    add_hex64(out, "model_version", model->live.version);
    add_slice(out, "model", model->live.name);
    an_text_json_pair_u64(out, "score_version", model->live.score_version);
    if (model->shadow.version == 0) return;
    add_hex64(out, "shadow_version", model->shadow.version);
    add_slice(out, "shadow", model->shadow.name);
}

static void add_payload(struct an_text *out, const struct an_record *record)
{
    switch (record->type) {
    case AN_RECORD_VERDICT:
        add_observation(out, &record->obs, &record->text);
        an_api_verdict_json(out, &record->verdict, NULL);
        add_features(out, &record->verdict);
        break;
    case AN_RECORD_OBSERVATION: add_observation(out, &record->obs, &record->text); break;
    case AN_RECORD_SETTINGS:
        add_hex64(out, "version", record->settings.version);
        an_text_json_key(out, "settings");
        an_text_add(out, record->settings.json.at, record->settings.json.len);
        break;
    case AN_RECORD_START:
    case AN_RECORD_STOP:
        add_slice(out, "software", record->start.software);
        an_text_json_pair_u64(out, "score_version", record->start.score_version);
        add_hex64(out, "settings_version", record->start.settings_version);
        break;
    case AN_RECORD_CHAIN:
        add_hex(out, "hash", record->chain.hash, sizeof record->chain.hash);
        an_text_json_pair_u64(out, "records", record->chain.records);
        break;
    case AN_RECORD_SNAPSHOT: add_slice(out, "file", record->snapshot.file); break;
    case AN_RECORD_LOSS: add_losses(out, &record->loss); break;
    case AN_RECORD_LABEL: add_label(out, record); break;
    case AN_RECORD_MODEL: add_model(out, &record->model); break;
    case AN_RECORD_CAMPAIGN: add_campaign_word(out, &record->campaign); break;
    default: break;
    }
}

void an_api_record_json(struct an_text *out, const struct an_journal_entry *entry, const struct an_record *record)
{
    an_assert(out != NULL && entry != NULL && record != NULL);
    an_text_puts(out, "{");
    an_text_json_pair(out, "type", an_record_type_name(record->type));
    add_time(out, "time", entry->time_us);
    an_text_json_pair_u64(out, "worker", entry->at.worker);
    an_text_json_pair_u64(out, "segment", entry->at.sequence);
    an_text_json_pair_u64(out, "offset", entry->at.offset);
    add_payload(out, record);
    an_text_puts(out, "}");
}

enum an_err an_api_explain_json(const char *data_dir, const struct an_token *token, struct an_text *out)
{
    uint8_t buffer[AN_RECORD_VERDICT_MAX];
    struct an_journal_entry entry;
    struct an_record record;
    enum an_err err = an_journal_find_verdict(data_dir, token, buffer, &entry, &record);
    if (err == AN_ERR_MALFORMED || err == AN_ERR_UNSUPPORTED) err = AN_ERR_CORRUPT;
    if (err != AN_OK) return err;
    an_api_record_json(out, &entry, &record);
    return AN_OK;
}
