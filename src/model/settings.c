#include "model/settings.h"

#include <stdlib.h>
#include <string.h>

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
    *settings = (struct an_settings){ 0 };
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
