#include "model/verdict.h"

#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/slice.h"

static const char *const action_names[AN_ACTION_COUNT] = { "allow", "label", "screen", "block" };
static const char *const level_names[AN_LEVEL_COUNT] = { "loose", "standard", "strict" };
static const char *const category_names[AN_CATEGORY_COUNT][2] = {
    { "unknown", "未知" },    { "loan", "贷款理财" },      { "debt", "债务催收" },  { "property", "房产中介" },
    { "renovation", "装修" }, { "education", "教育培训" }, { "insurance", "保险" }, { "medical", "医疗口腔" },
    { "stocks", "荐股" },     { "marketing", "营销推广" }, { "fraud", "疑似诈骗" }, { "automated", "自动服务来电" },
    { "person", "个人" },
};

const char *an_action_name(enum an_action action)
{
    return (unsigned)action < AN_ACTION_COUNT ? action_names[action] : "unknown";
}

const char *an_level_name(enum an_level level)
{
    return (unsigned)level < AN_LEVEL_COUNT ? level_names[level] : "unknown";
}

const char *an_category_name(enum an_category category)
{
    return (unsigned)category < AN_CATEGORY_COUNT ? category_names[category][0] : "unknown";
}

const char *an_category_zh(enum an_category category)
{
    return (unsigned)category < AN_CATEGORY_COUNT ? category_names[category][1] : "未知";
}

static bool named(const char *wanted, const char *name, size_t len)
{
    return an_slice_equal(an_slice_of(wanted), (struct an_slice) { name, len });
}

int an_level_of(const char *name, size_t len, enum an_level *ret_level)
{
    for (int i = 0; i < AN_LEVEL_COUNT; i++)
        if (named(level_names[i], name, len)) {
            *ret_level = (enum an_level)i;
            return AN_OK;
        }
    return AN_ERR_NOT_FOUND;
}

int an_category_of(const char *name, size_t len, enum an_category *ret_category)
{
    for (int i = 0; i < AN_CATEGORY_COUNT; i++)
        if (named(category_names[i][0], name, len)) {
            *ret_category = (enum an_category)i;
            return AN_OK;
        }
    return AN_ERR_NOT_FOUND;
}

/* Bytes 0..6 time in microseconds (56 bits, big endian, good until the year 4253), 7 worker, 8..15 MAC. */
void an_token_make(uint64_t time_us, unsigned worker, uint64_t mac, struct an_token *ret_token)
{
    an_assert(ret_token != NULL && worker < 256);
    const uint64_t halves[2] = { __builtin_bswap64(time_us << 8 | worker), __builtin_bswap64(mac) };
    memcpy(ret_token->bytes, halves, sizeof halves);
}

uint64_t an_token_time_us(const struct an_token *token)
{
    uint64_t time_us = 0;
    for (int i = 0; i < 7; i++) time_us = time_us << 8 | token->bytes[i];
    return time_us;
}

unsigned an_token_worker(const struct an_token *token)
{
    return token->bytes[7];
}

static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static uint64_t read_big_endian(const uint8_t *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return __builtin_bswap64(value);
}

/* Eight numbers of 5 bits, the highest first: one a byte. */
static uint64_t spread(uint64_t x)
{
    x = (x & 0xfffff00000) << 12 | (x & 0xfffff);
    x = (x & 0x000ffc00000ffc00) << 6 | (x & 0x000003ff000003ff);
    x = (x & 0x03e003e003e003e0) << 3 | (x & 0x001f001f001f001f);
    return __builtin_bswap64(x);
}

/* Sixteen numbers below 32 as their letters. */
static void put_letters(char *out, uint64_t first, uint64_t second)
{
    typedef int8_t block __attribute__((vector_size(16)));
    typedef uint64_t halves __attribute__((vector_size(16)));
    block x = (block)(halves) { first, second };
    block gaps = (block)(x > 17) + (block)(x > 19) + (block)(x > 21) + (block)(x > 26); /* no I, L, O, U */
    x = x + '0' + ((block)(x > 9) & ('A' - '0' - 10)) - gaps;
    memcpy(out, &x, sizeof x);
}

bool an_token_given(const struct an_token *token)
{
    static const struct an_token none;
    return memcmp(token, &none, sizeof none) != 0;
}

/* 128 bits as 26 letters: the first one holds 3 bits, the others 5. */
void an_token_text(const struct an_token *token, char out[AN_TOKEN_TEXT_MAX])
{
    uint64_t high = read_big_endian(token->bytes), low = read_big_endian(token->bytes + 8);
    uint64_t middle = spread((high << 24 | low >> 40) & 0xffffffffff);
    out[0] = letters[high >> 61];
    out[1] = letters[high >> 56 & 31];
    put_letters(out + 2, spread(high >> 16 & 0xffffffffff), middle);
    put_letters(out + 10, middle, spread(low & 0xffffffffff));
    out[26] = '\0';
}

int an_token_of_text(const char *text, size_t len, struct an_token *ret_token)
{
    an_u128 value = 0;
    if (len != 26 || text[0] < '0' || text[0] > '7') return AN_ERR_MALFORMED;
    for (size_t i = 0; i < len; i++) {
        char c = text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 32) : text[i];
        const char *at = c == '\0' ? NULL : strchr(letters, c);
        if (at == NULL) return AN_ERR_MALFORMED;
        value = value << 5 | (unsigned)(at - letters);
    }
    for (int i = 15; i >= 0; i--, value >>= 8) ret_token->bytes[i] = (uint8_t)value;
    return AN_OK;
}
