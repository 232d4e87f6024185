/* The settings that affect a verdict as canonical JSON, and back. Kept in the journal beside the verdicts that were
 * made under them, so that a decision can be made again from the record alone. */
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/limits.h"
#include "settings/load.h"

enum { TEXT_FORM = 1 }; /* raised when a reader of the old form would misread the new one */

static const struct {
    const char *name;
    size_t offset;
} costs[] = {
    { "unwanted_ring", offsetof(struct an_costs, unwanted_ring) },
    { "label_relief", offsetof(struct an_costs, label_relief) },
    { "wrong_label", offsetof(struct an_costs, wrong_label) },
    { "screen_unwanted", offsetof(struct an_costs, screen_unwanted) },
    { "screen_wanted", offsetof(struct an_costs, screen_wanted) },
    { "missed_wanted", offsetof(struct an_costs, missed_wanted) },
};
enum { COST_COUNT = sizeof costs / sizeof *costs };

static bool add_number(cJSON *object, const char *name, double value)
{
    char digits[40];
    snprintf(digits, sizeof digits, "%.9g", value);
    return cJSON_AddRawToObject(object, name, digits) != NULL;
}

static const char *const reported_names[] = { "label", "screen", "block" };

static bool add_policy(cJSON *root, const struct an_policy *policy)
{
    cJSON *object = cJSON_AddObjectToObject(root, "policy");
    bool ok = object != NULL && cJSON_AddStringToObject(object, "level", an_level_name(policy->level)) != NULL &&
              cJSON_AddBoolToObject(object, "label", policy->label) != NULL &&
              cJSON_AddBoolToObject(object, "screen", policy->screen) != NULL &&
              cJSON_AddBoolToObject(object, "block", policy->block) != NULL &&
              add_number(object, "explore_share", policy->explore_share) &&
              add_number(object, "emergency_window_s", policy->emergency_window_s);
    /* What has its default is left out, so that the versions of older settings stay what they were. */
    if (ok && policy->reported != AN_REPORTED_LABEL)
        ok = cJSON_AddStringToObject(object, "reported", reported_names[policy->reported]) != NULL;
    cJSON *levels = ok ? cJSON_AddObjectToObject(object, "costs") : NULL;
    for (int level = 0; level < AN_LEVEL_COUNT && levels != NULL && ok; level++) {
        cJSON *row = cJSON_AddObjectToObject(levels, an_level_name((enum an_level)level));
        ok = row != NULL;
        for (int i = 0; i < COST_COUNT && ok; i++) {
            float value;
            memcpy(&value, (const char *)&policy->costs[level] + costs[i].offset, sizeof value);
            ok = add_number(row, costs[i].name, (double)value);
        }
    }
    return ok && levels != NULL;
}

static bool add_act(cJSON *root, const struct an_act_settings *act)
{
    cJSON *object = cJSON_AddObjectToObject(root, "act");
    char code[AN_NUMBER_TEXT_MAX];
    an_number_text(act->short_code, code);
    if (object != NULL && act->short_code != AN_NUMBER_NONE && /* left out when there is none, as in add_policy */
        cJSON_AddStringToObject(object, "short_code", code) == NULL)
        return false;
    return object != NULL && add_number(object, "block_status", act->block_status) &&
           cJSON_AddStringToObject(object, "next_hop", act->next_hop) != NULL &&
           cJSON_AddStringToObject(object, "screener", act->screener) != NULL &&
           cJSON_AddStringToObject(object, "redress_url", act->redress_url) != NULL &&
           cJSON_AddStringToObject(object, "label_language", act->label_language) != NULL &&
           cJSON_AddStringToObject(object, "server", act->server) != NULL;
}

static bool add_numbering(cJSON *root, const struct an_settings *settings)
{
    cJSON *object = cJSON_AddObjectToObject(root, "numbering");
    return object != NULL && add_number(object, "country_code", settings->country_code) &&
           cJSON_AddStringToObject(object, "area_code", settings->area_code) != NULL &&
           add_number(object, "utc_offset_s", settings->utc_offset_s);
}

static bool add_trunks(cJSON *root, const struct an_settings *settings)
{
    cJSON *list = cJSON_AddArrayToObject(root, "trunks");
    bool ok = list != NULL;
    for (size_t i = 0; i < settings->trunk_count && ok; i++) {
        char address[80];
        const struct an_trunk_rule *rule = &settings->trunks[i];
        cJSON *object = cJSON_CreateObject();
        ok = object != NULL && cJSON_AddItemToArray(list, object);
        if (!ok) break;
        an_trunk_address_text(rule, address);
        ok = cJSON_AddStringToObject(object, "name", rule->name) != NULL &&
             cJSON_AddStringToObject(object, "address", address) != NULL &&
             cJSON_AddBoolToObject(object, "may_show_public", rule->may_show_public) != NULL;
        /* Left out when false, so that the versions of settings without a proxy stay what they were. */
        if (ok && rule->proxy) ok = cJSON_AddBoolToObject(object, "proxy", true) != NULL;
        if (ok && rule->subscribers) ok = cJSON_AddBoolToObject(object, "subscribers", true) != NULL;
    }
    return ok;
}

static bool add_digest(cJSON *root, const char *name, size_t count, uint64_t hash)
{
    char hex[17];
    snprintf(hex, sizeof hex, "%016" PRIx64, hash);
    cJSON *object = cJSON_AddObjectToObject(root, name);
    return object != NULL && add_number(object, "count", (double)count) &&
           cJSON_AddStringToObject(object, "hash", hex) != NULL;
}

/* The same whatever order the members came in. */
static uint64_t set_hash(const struct an_number_set *set)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < set->slot_count; i++)
        if (set->slots[i] != 0) sum += an_mix2(set->slots[i], 1);
    return sum;
}

static uint64_t levels_hash(const struct an_settings *settings)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < settings->callee_level_count; i++)
        sum += an_mix2(settings->callee_levels[i].callee, settings->callee_levels[i].level);
    return sum;
}

static uint64_t firms_hash(const struct an_settings *settings)
{
    uint64_t hash = an_number_map_hash(&settings->firm_numbers);
    for (size_t i = 0; i < settings->firm_count; i++) hash = an_mix2(hash, settings->firms[i].id);
    if (settings->firm_trunk_count == 0) return hash;
    return an_hash64(settings->firm_trunks, settings->firm_trunk_count * sizeof *settings->firm_trunks, hash);
}

/* Left out when there are none, as in add_policy. */
static bool add_registered(cJSON *root, const struct an_settings *settings)
{
    uint64_t canaries = an_number_map_hash(&settings->canaries);
    uint32_t weight = (uint32_t)(settings->canary_weight * 1000 + 0.5f);
    bool ok = true;
    if (settings->canaries.count > 0)
        ok = add_digest(root, "canaries", settings->canaries.count, an_mix2(canaries, weight));
    if (ok && settings->firm_count > 0) ok = add_digest(root, "registered", settings->firm_count, firms_hash(settings));
    return ok;
}

enum an_err an_settings_write_text(struct an_settings *settings)
{
    an_assert(settings != NULL);
    cJSON *root = cJSON_CreateObject();
    bool ok = root != NULL && add_number(root, "form", TEXT_FORM) && add_policy(root, &settings->policy) &&
              add_act(root, &settings->act) && add_numbering(root, settings) && add_trunks(root, settings) &&
              add_digest(root, "allow", settings->allow.count, set_hash(&settings->allow)) &&
              add_digest(root, "deny", settings->deny.count, set_hash(&settings->deny)) &&
              add_digest(root, "callees", settings->callee_level_count, levels_hash(settings)) &&
              add_registered(root, settings);
    char *text = ok ? cJSON_PrintUnformatted(root) : NULL;
    cJSON_Delete(root);
    if (text == NULL) return AN_ERR_NO_MEMORY;
    free(settings->text);
    settings->text = text;
    settings->text_len = strlen(text);
    settings->version = an_hash64(text, settings->text_len, 0);
    return AN_OK;
}

/* The reader: the first field that is missing or wrong is named in error; later ones are not looked at. */
struct reader {
    struct an_error *error;
    enum an_err err;
};

static const cJSON *want(struct reader *reader, const cJSON *object, const char *name, int type)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (reader->err != AN_OK) return NULL;
    bool right = item != NULL && ((item->type & 0xff) & type) != 0;
    if (!right) reader->err = an_fail(reader->error, AN_ERR_MALFORMED, "the settings' text lacks \"%s\"", name);
    return right ? item : NULL;
}

static double want_number(struct reader *reader, const cJSON *object, const char *name, double low, double high)
{
    const cJSON *item = want(reader, object, name, cJSON_Number);
    if (item == NULL) return low;
    if (item->valuedouble >= low && item->valuedouble <= high) return item->valuedouble;
    reader->err = an_fail(reader->error, AN_ERR_MALFORMED, "\"%s\" in the settings' text is out of range", name);
    return low;
}

static bool want_bool(struct reader *reader, const cJSON *object, const char *name)
{
    return cJSON_IsTrue(want(reader, object, name, cJSON_True | cJSON_False));
}

static const char *want_text(struct reader *reader, const cJSON *object, const char *name, char *out, size_t size)
{
    const cJSON *item = want(reader, object, name, cJSON_String);
    if (item == NULL) return "";
    if (out != NULL && strlen(item->valuestring) >= size) {
        reader->err = an_fail(reader->error, AN_ERR_MALFORMED, "\"%s\" in the settings' text is too long", name);
        return "";
    }
    if (out != NULL) memcpy(out, item->valuestring, strlen(item->valuestring) + 1);
    return item->valuestring;
}

static void read_policy(struct reader *reader, const cJSON *root, struct an_policy *policy)
{
    const cJSON *object = want(reader, root, "policy", cJSON_Object);
    const char *level_name = want_text(reader, object, "level", NULL, 0);
    enum an_level level = AN_LEVEL_STANDARD;
    if (reader->err == AN_OK && an_level_of(level_name, strlen(level_name), &level) != AN_OK)
        reader->err = an_fail(reader->error, AN_ERR_MALFORMED, "\"level\" in the settings' text is none");
    policy->level = level;
    policy->label = want_bool(reader, object, "label");
    policy->screen = want_bool(reader, object, "screen");
    policy->block = want_bool(reader, object, "block");
    policy->explore_share = want_number(reader, object, "explore_share", 0, 1);
    policy->emergency_window_s = (uint32_t)want_number(reader, object, "emergency_window_s", 0, UINT32_MAX);
    const cJSON *reported = cJSON_GetObjectItemCaseSensitive(object, "reported");
    for (int i = 0; cJSON_IsString(reported) && i <= AN_REPORTED_BLOCK; i++)
        if (strcmp(reported->valuestring, reported_names[i]) == 0) policy->reported = (enum an_reported)i;
    const cJSON *levels = want(reader, object, "costs", cJSON_Object);
    for (int i = 0; i < AN_LEVEL_COUNT; i++) {
        const cJSON *row = want(reader, levels, an_level_name((enum an_level)i), cJSON_Object);
        for (int j = 0; j < COST_COUNT; j++) {
            float value = (float)want_number(reader, row, costs[j].name, 0, 1e9);
            memcpy((char *)&policy->costs[i] + costs[j].offset, &value, sizeof value);
        }
    }
}

static void read_act(struct reader *reader, const cJSON *root, struct an_act_settings *act)
{
    const cJSON *object = want(reader, root, "act", cJSON_Object);
    act->block_status = (uint16_t)want_number(reader, object, "block_status", 300, 699);
    want_text(reader, object, "next_hop", act->next_hop, sizeof act->next_hop);
    want_text(reader, object, "screener", act->screener, sizeof act->screener);
    want_text(reader, object, "redress_url", act->redress_url, sizeof act->redress_url);
    want_text(reader, object, "label_language", act->label_language, sizeof act->label_language);
    want_text(reader, object, "server", act->server, sizeof act->server);
    const cJSON *code = cJSON_GetObjectItemCaseSensitive(object, "short_code");
    if (cJSON_IsString(code) &&
        an_number_of_text(code->valuestring, strlen(code->valuestring), &act->short_code) != AN_OK)
        reader->err = an_fail(reader->error, AN_ERR_MALFORMED, "\"short_code\" in the settings' text is no number");
}

static void read_trunk(struct reader *reader, const cJSON *object, struct an_settings *settings)
{
    struct an_trunk_rule rule = { 0 };
    want_text(reader, object, "name", rule.name, sizeof rule.name);
    rule.may_show_public = want_bool(reader, object, "may_show_public");
    rule.proxy = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "proxy"));
    rule.subscribers = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "subscribers"));
    const char *address = want_text(reader, object, "address", NULL, 0);
    if (reader->err == AN_OK && an_trunk_address_of_text(address, &rule, reader->error) != AN_OK)
        reader->err = AN_ERR_MALFORMED;
    if (reader->err == AN_OK) reader->err = an_trunk_add(settings, &rule);
    if (reader->err == AN_ERR_LIMIT)
        reader->err = an_fail(reader->error, AN_ERR_MALFORMED, "the settings' text has over %d trunks", AN_TRUNKS_MAX);
}

static void read_all(struct reader *reader, const cJSON *root, struct an_settings *settings)
{
    if (want_number(reader, root, "form", 1, 1e9) > TEXT_FORM) {
        reader->err =
            an_fail(reader->error, AN_ERR_UNSUPPORTED, "the settings' text is of a newer form than %d", TEXT_FORM);
        return;
    }
    read_policy(reader, root, &settings->policy);
    read_act(reader, root, &settings->act);
    const cJSON *numbering = want(reader, root, "numbering", cJSON_Object);
    settings->country_code = (uint16_t)want_number(reader, numbering, "country_code", 1, 999);
    want_text(reader, numbering, "area_code", settings->area_code, sizeof settings->area_code);
    settings->utc_offset_s = (int32_t)want_number(reader, numbering, "utc_offset_s", -86400, 86400);
    const cJSON *trunk, *trunks = want(reader, root, "trunks", cJSON_Array);
    cJSON_ArrayForEach(trunk, trunks) if (reader->err == AN_OK) read_trunk(reader, trunk, settings);
}

enum an_err an_settings_of_text(const char *json, size_t len, struct an_settings *ret_settings, struct an_error *error)
{
    an_assert(json != NULL && ret_settings != NULL);
    struct an_settings settings;
    struct reader reader = { error, AN_OK };
    cJSON *root = len > AN_JOURNAL_RECORD_MAX ? NULL : cJSON_ParseWithLength(json, len);
    if (root == NULL) return an_fail(error, AN_ERR_MALFORMED, "the settings' text is not JSON");
    if (an_settings_init(&settings) != AN_OK) {
        cJSON_Delete(root);
        return AN_ERR_NO_MEMORY;
    }
    read_all(&reader, root, &settings);
    cJSON_Delete(root);
    char *text = reader.err == AN_OK ? malloc(len + 1) : NULL;
    if (reader.err == AN_OK && text == NULL) reader.err = AN_ERR_NO_MEMORY;
    if (reader.err != AN_OK) {
        an_settings_done(&settings);
        return reader.err;
    }
    memcpy(text, json, len);
    text[len] = '\0';
    free(settings.text);
    settings.text = text;
    settings.text_len = len;
    settings.version = an_hash64(text, len, 0);
    *ret_settings = settings;
    return AN_OK;
}
