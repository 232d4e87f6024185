/* Normalising text to numbers. What must hold for any bytes: it ends, the result is a number, a name or nobody, the
 * plan knows what to say of it, and the number's own text gives a number that stays what it is from then on. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "enrich/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct an_plan *plan;
    static struct an_settings settings;
    struct an_normal normal, again, third;
    struct an_number_info info;
    char text[AN_NUMBER_TEXT_MAX];
    if (plan == NULL) {
        plan = an_plan_new(NULL);
        an_assert(plan != NULL && an_settings_init(&settings) == AN_OK);
    }
    if (size == 0) return 0;
    static const uint16_t countries[] = { 86, 86, 86, 1, 44, 39, 852, 999 };
    static const char *const areas[] = { "", "10", "755", "592" };
    settings.country_code = countries[data[0] & 7];
    strcpy(settings.area_code, areas[data[0] >> 3 & 3]);
    struct an_slice input = { (const char *)data + 1, size - 1 };
    an_plan_normalise(plan, input, &settings, (data[0] & 32) != 0, &normal);
    an_plan_lookup(plan, normal.number, &info);
    an_assert(info.kind < AN_KIND_COUNT && info.op < AN_OPERATOR_COUNT);
    an_assert(an_plan_region(&info).province_en != NULL);
    if (!an_number_is_e164(normal.number)) {
        an_assert(normal.number == AN_NUMBER_NONE || (normal.number & AN_NUMBER_NAME) != 0);
        return 0;
    }
    an_plan_normalise(plan, (struct an_slice) { text, an_number_text(normal.number, text) }, &settings, false, &again);
    an_assert(an_number_is_e164(again.number));
    an_plan_normalise(plan, (struct an_slice) { text, an_number_text(again.number, text) }, &settings, false, &third);
    an_assert(third.number == again.number || third.number < again.number); /* prefixes come off, nothing is added */
    return 0;
}
