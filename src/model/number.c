#include "model/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

size_t an_number_text(an_number n, char *out)
{
    an_assert(out != NULL);
    if (n == AN_NUMBER_NONE) return (size_t)snprintf(out, AN_NUMBER_TEXT_MAX, "anonymous");
    if (an_number_is_e164(n)) return (size_t)snprintf(out, AN_NUMBER_TEXT_MAX, "+%" PRIu64, n);
    return (size_t)snprintf(out, AN_NUMBER_TEXT_MAX, "name:%016" PRIx64, n);
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int an_number_of_text(const char *text, size_t len, an_number *ret_number)
{
    an_assert(text != NULL && ret_number != NULL);
    an_number n = 0;
    if (len == 9 && memcmp(text, "anonymous", 9) == 0) {
        *ret_number = AN_NUMBER_NONE;
        return AN_OK;
    }
    if (len == 21 && memcmp(text, "name:", 5) == 0) {
        for (size_t i = 5; i < len; i++) {
            if (hex_of(text[i]) < 0) return AN_ERR_MALFORMED;
            n = n << 4 | (uint64_t)hex_of(text[i]);
        }
        if ((n & AN_NUMBER_NAME) == 0) return AN_ERR_MALFORMED;
        *ret_number = n;
        return AN_OK;
    }
    if (len < 2 || len > 16 || text[0] != '+' || text[1] == '0') return AN_ERR_MALFORMED;
    for (size_t i = 1; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') return AN_ERR_MALFORMED;
        n = n * 10 + (uint64_t)(text[i] - '0');
    }
    *ret_number = n;
    return AN_OK;
}

static const char *const kind_names[AN_KIND_COUNT] = {
    "anonymous", "invalid", "mobile", "virtual", "iot", "landline", "400", "800", "95", "96", "1xx", "emergency",
    "satellite", "foreign", "unallocated",
};

static const char *const operator_names[AN_OPERATOR_COUNT] = {
    "none", "China Mobile", "China Unicom", "China Telecom", "China Broadnet", "virtual operator on China Mobile",
    "virtual operator on China Unicom", "virtual operator on China Telecom", "foreign",
};

const char *an_number_kind_name(enum an_number_kind kind)
{
    return (unsigned)kind < AN_KIND_COUNT ? kind_names[kind] : "unknown";
}

const char *an_operator_name(enum an_operator op)
{
    return (unsigned)op < AN_OPERATOR_COUNT ? operator_names[op] : "unknown";
}
