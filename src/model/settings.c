#include "model/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* The costs behind each level: docs/recognition.md tells how they were chosen. At "standard" blocking needs
 * p > 0.9986 against allowing and, screening or labelling being cheaper still, p > 0.9994 in fact. */
static const struct an_costs default_costs[AN_LEVEL_COUNT] = {
    [AN_LEVEL_LOOSE] = { 1, 0.6f, 6, 0.5f, 20, 4000 },
    [AN_LEVEL_STANDARD] = { 1, 0.6f, 2, 0.3f, 8, 700 },
    [AN_LEVEL_STRICT] = { 1, 0.6f, 0.8f, 0.2f, 2, 60 },
};

enum an_err an_settings_init(struct an_settings *settings)
{
    an_assert(settings != NULL);
    *settings = (struct an_settings){ 0 };
    memcpy(settings->policy.costs, default_costs, sizeof default_costs);
    settings->policy.level = AN_LEVEL_STANDARD;
    settings->policy.label = settings->policy.block = true; /* nobody screens until act.screener is set */
    settings->policy.emergency_window_s = 7200;
    settings->act.block_status = 608;
    strcpy(settings->act.label_language, "zh");
    strcpy(settings->act.server, "Anning");
    settings->country_code = 86;
    settings->utc_offset_s = 28800;
    an_number_set_init(&settings->allow);
    an_number_set_init(&settings->deny);
    an_number_map_init(&settings->firm_numbers);
    an_number_map_init(&settings->canaries);
    settings->canary_weight = 5;
    settings->text = calloc(1, 1);
    return settings->text == NULL ? AN_ERR_NO_MEMORY : AN_OK;
}

void an_settings_done(struct an_settings *settings)
{
    if (settings == NULL) return;
    free(settings->text);
    free(settings->trunks);
    free(settings->callee_levels);
    an_number_set_done(&settings->allow);
    an_number_set_done(&settings->deny);
    free(settings->firms);
    free(settings->firm_trunks);
    free(settings->canary_holders);
    an_number_map_done(&settings->firm_numbers);
    an_number_map_done(&settings->canaries);
    *settings = (struct an_settings){ 0 };
}

uint32_t an_firm_id(const char *name)
{
    uint64_t hash = an_hash64(name, strlen(name), 0x6669726dull);
    uint32_t id = (uint32_t)(hash ^ hash >> 32);
    return id == 0 ? 1 : id;
}

const struct an_firm *an_settings_firm(const struct an_settings *settings, an_number number)
{
    uint64_t value = an_number_map_find(&settings->firm_numbers, number);
    return value == 0 ? NULL : &settings->firms[value - 1];
}

bool an_settings_firm_on(const struct an_settings *settings, const struct an_firm *firm, const char *trunk)
{
    for (uint32_t i = 0; i < firm->trunk_count; i++)
        if (strcmp(settings->firm_trunks[firm->trunk_first + i], trunk) == 0) return true;
    return false;
}

enum an_level an_settings_level(const struct an_settings *settings, an_number callee)
{
    size_t low = 0, high = settings->callee_level_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (settings->callee_levels[middle].callee < callee) low = middle + 1;
        else high = middle;
    }
    bool found = low < settings->callee_level_count && settings->callee_levels[low].callee == callee;
    return found ? (enum an_level)settings->callee_levels[low].level : settings->policy.level;
}
