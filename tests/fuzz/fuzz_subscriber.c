/* libFuzzer target of case/: any bytes as a subscriber's settings, as an expected call and as a text message's webhook;
 * keywords in any text. What is taken as settings comes back the same from its own JSON. */
#include <stdlib.h>
#include <string.h>

#include "case/keywords.h"
#include "case/subscriber.h"
#include "case/text_in.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(const struct an_subscriber *subscriber)
{
    struct an_error error;
    struct an_subscriber back;
    an_subscriber_init(&back);
    cJSON *json = an_subscriber_json(subscriber, NULL);
    an_assert(json != NULL && an_subscriber_of_stored(json, &back, &error) == AN_OK);
    cJSON *twice = an_subscriber_json(&back, NULL);
    an_assert(twice != NULL && cJSON_Compare(json, twice, true));
    cJSON_Delete(json);
    cJSON_Delete(twice);
    an_subscriber_done(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct an_keywords words = { { NULL, "KTFSR|开通防骚扰", "QXFSR", "CXFSR", "JB|举报" } };
    struct an_slice bytes = { data == NULL ? "" : (const char *)data, size }, rest;
    struct an_error error;
    struct an_subscriber subscriber;
    struct an_expecting expecting;
    struct an_text_in text;
    enum an_keyword keyword = an_keyword_of(&words, bytes, &rest);
    an_assert(keyword < AN_KEYWORD_COUNT && rest.len <= size);
    cJSON *json = cJSON_ParseWithLength(bytes.at, bytes.len);
    if (json == NULL) return 0;
    an_subscriber_init(&subscriber);
    if (an_subscriber_of_json(json, &subscriber, &error) == AN_OK) again(&subscriber);
    an_subscriber_done(&subscriber);
    if (an_expecting_of_json(json, 1795317245000000ull, &expecting, &error) == AN_OK)
        an_assert(expecting.kind < AN_EXPECTED_COUNT && expecting.until_us > 1795317245000000ull);
    if (an_text_in_of_json(json, &text, &error) == AN_OK) an_assert(an_number_is_e164(text.from) && text.id[0] != '\0');
    cJSON_Delete(json);
    return 0;
}
