#include "enrich/plan.h"

#include "base/hash.h"
#include "enrich/digits.h"
#include "enrich/fold.h"

/* Digits on their way to a number, without what was in front of them. */
struct reading {
    const struct an_plan *plan;
    const struct an_settings *settings;
    bool ip_prefix;
};

static bool begins(const char *digits, unsigned count, const char *prefix)
{
    unsigned i = 0;
    while (i < count && prefix[i] != '\0' && digits[i] == prefix[i]) i++;
    return prefix[i] == '\0';
}

static uint64_t value_of(const char *digits, unsigned count)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < count; i++) value = value * 10 + (uint64_t)(digits[i] - '0');
    return value;
}

/* Country code and digits, or 0 when that is longer than E.164 allows. */
static an_number join(unsigned country, const char *digits, unsigned count)
{
    if (count == 0 || count > 15 || count + an_digits_of(country) > 15) return 0;
    return country * an_pow10[count] + value_of(digits, count);
}

static uint8_t kind_of(const struct reading *r, an_number number)
{
    struct an_number_info info;
    if (number == 0) return AN_KIND_INVALID;
    an_plan_lookup(r->plan, number, &info);
    return info.kind;
}

static bool in_use(uint8_t kind)
{
    return kind != AN_KIND_INVALID && kind != AN_KIND_UNALLOCATED;
}

/* Length of a prefix that picks an IP-telephony platform or a long-distance carrier and is followed by a number of
 * its own; 0: none. Such a prefix is dialled by the caller or left by a gateway; it is not part of the number. */
static unsigned ip_prefix_length(const char *digits, unsigned count)
{
    static const char *const prefixes[] = { "12593", "10193", "11808", "96688", "10131", "125831", "125832", "125833" };
    if (count < 12 || (digits[0] != '1' && digits[0] != '9')) return 0; /* 5 of the prefix and at least 7 behind it */
    unsigned length = begins(digits, count, "179") ? 5 : 0;
    for (unsigned i = 0; length == 0 && i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (begins(digits, count, prefixes[i])) length = i < 5 ? 5 : 6;
    /* Carrier selection of three digits is only told from a mobile segment by the trunk prefix behind it. */
    if (length == 0 && count >= 13 && digits[0] == '1' && digits[1] == '9' && digits[3] == '0' &&
        (digits[2] == '0' || digits[2] == '3' || digits[2] == '6' || digits[2] == '7'))
        length = 3;
    if (length == 0 || count < length + 7) return 0;
    const char *rest = digits + length;
    unsigned left = count - length, zeros = 0;
    while (zeros < left && rest[zeros] == '0') zeros++;
    bool trunk = zeros > 0 && zeros <= 2 && left - zeros >= 8, mobile = rest[0] == '1' && left == 11;
    bool country = begins(rest, left, "86") && left >= 11, local = rest[0] >= '2' && rest[0] <= '8' && left <= 8;
    return trunk || mobile || country || local ? length : 0;
}

static an_number chinese(struct reading *r, const char *digits, unsigned count);

/* Digits behind a "+" or "00". 0: none. */
static an_number international(struct reading *r, const char *digits, unsigned count)
{
    if (!begins(digits, count, "86") || count == 2) return count > 15 ? 0 : value_of(digits, count);
    digits += 2, count -= 2;
    while (count > 1 && digits[0] == '0') digits++, count--; /* +86 0755 ..., +86 (0)755 ... */
    unsigned prefix = ip_prefix_length(digits, count);
    if (prefix > 0 && !r->ip_prefix) {
        r->ip_prefix = true;
        return chinese(r, digits + prefix, count - prefix);
    }
    return join(86, digits, count);
}

/* Local numbers: with the site's own area code in front. 0: it is none. */
static an_number local(const struct reading *r, const char *digits, unsigned count)
{
    const char *area = r->settings->area_code;
    char whole[6 + 8];
    unsigned n = 0;
    if ((count != 7 && count != 8) || digits[0] < '2' || digits[0] > '8') return 0;
    while (n < sizeof r->settings->area_code && an_is_digit(area[n])) whole[n] = area[n], n++;
    if (n == 0) return 0;
    for (unsigned i = 0; i < count; i++) whole[n + i] = digits[i];
    an_number number = join(86, whole, n + count);
    return kind_of(r, number) == AN_KIND_LANDLINE ? number : 0;
}

/* Digits as dialled or shown inside China, without "+". In order: international, IP prefix, trunk prefix, mobile,
 * local, any other number the plan knows, +86 or another country's number that lost its "+". 0: none of it. */
static an_number chinese(struct reading *r, const char *digits, unsigned count)
{
    unsigned prefix = ip_prefix_length(digits, count);
    if (prefix > 0 && !r->ip_prefix) {
        r->ip_prefix = true;
        digits += prefix, count -= prefix;
    }
    if (begins(digits, count, "00")) {
        while (count > 1 && digits[0] == '0') digits++, count--;
        return international(r, digits, count);
    }
    if (count > 0 && digits[0] == '0') {
        if (begins(digits, count, "086") /* no area code begins with 86 */
            && ((count == 14 && digits[3] == '1') || in_use(kind_of(r, join(86, digits + 3, count - 3)))))
            return join(86, digits + 3, count - 3);
        prefix = ip_prefix_length(digits + 1, count - 1);
        if (prefix > 0 && !r->ip_prefix) {
            r->ip_prefix = true;
            return chinese(r, digits + 1 + prefix, count - 1 - prefix);
        }
        return join(86, digits + 1, count - 1);
    }
    an_number national = join(86, digits, count), number = local(r, digits, count);
    if (number != 0) return number;
    if ((count == 11 && digits[0] == '1') || in_use(kind_of(r, national))) return national;
    number = count >= 5 && count <= 15 ? value_of(digits, count) : 0;
    if (begins(digits, count, "86") && count >= 10) {
        number = international(r, digits, count);
        if (number != 0 && kind_of(r, number) != AN_KIND_INVALID) return number;
    }
    if (count >= 9 && kind_of(r, number) == AN_KIND_FOREIGN) return number;
    return national != 0 ? national : number;
}

/* The same in a country of which only the country code is known. */
static an_number elsewhere(struct reading *r, const char *digits, unsigned count)
{
    unsigned country = r->settings->country_code;
    if (begins(digits, count, "00")) return international(r, digits + 2, count - 2);
    if (country == 1 && begins(digits, count, "011")) return international(r, digits + 3, count - 3);
    if (digits[0] == '0' && country != 39)
        digits++, count--;
    else if (country == 1 && count == 11 && digits[0] == '1')
        digits++, count--;
    an_number national = join(country, digits, count), whole = count <= 15 ? value_of(digits, count) : 0;
    if (in_use(kind_of(r, national)) || !in_use(kind_of(r, whole))) return national != 0 ? national : whole;
    return whole;
}

/* 021-95588 is 95588: 95 numbers are one for the whole country, whatever area code a gateway shows with them. */
static an_number without_area(const struct reading *r, an_number number)
{
    struct an_number_info info;
    an_plan_lookup(r->plan, number, &info);
    if (info.kind != AN_KIND_SERVICE_95 || info.area == 0) return number;
    unsigned digits = an_digits_of(number) - 2 - an_digits_of(info.area);
    return 86 * an_pow10[digits] + number % an_pow10[digits];
}

static an_number interpret(struct reading *r, const struct an_folded *f)
{
    const char *digits = f->digits;
    unsigned count = f->count;
    an_number number;
    if (f->plus && digits[0] != '0')
        number = international(r, digits, count);
    else if (r->settings->country_code == 86)
        number = chinese(r, digits, count);
    else
        number = elsewhere(r, digits, count);
    bool code = number >= 8600000 && number < 87000000000; /* shorter than landlines and mobiles are */
    return code ? without_area(r, number) : number;
}

/* 11 digits that begin with 1 and 3..9: a mobile as most trunks write it. at: 11 bytes. */
static inline bool mobile_of(const char *at, an_number *ret_number)
{
    uint64_t word;
    if (at[0] != '1' || at[1] < '3' || at[1] > '9' || !an_is_digit(at[2])) return false;
    memcpy(&word, at + 3, 8);
    /* Eight digits at once: each byte is 0x30..0x39, then pairs, fours and all (little endian). */
    if (((word & 0xf0f0f0f0f0f0f0f0) | ((word + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) >> 4) != 0x3333333333333333)
        return false;
    word = (word & 0x0f0f0f0f0f0f0f0f) * 2561 >> 8;
    word = (word & 0x00ff00ff00ff00ff) * 6553601 >> 16;
    word = (word & 0x0000ffff0000ffff) * 42949672960001 >> 32;
    *ret_number = 8610000000000 + (an_number)(at[1] - '0') * 1000000000 + (an_number)(at[2] - '0') * 100000000 + word;
    return true;
}

static bool mobile_fast(struct an_slice text, const struct an_settings *settings, an_number *ret_number)
{
    if (text.len == 11) return settings->country_code == 86 && mobile_of(text.at, ret_number);
    if (text.len == 14) return memcmp(text.at, "+86", 3) == 0 && mobile_of(text.at + 3, ret_number);
    return text.len == 13 && memcmp(text.at, "86", 2) == 0 && settings->country_code == 86 &&
           mobile_of(text.at + 2, ret_number);
}

static void normalise_rest(const struct an_plan *plan, struct an_slice text, const struct an_settings *settings,
                           bool is_callee, struct an_normal *ret_normal)
{
    struct an_folded folded;
    struct reading r = { plan, settings, false };
    *ret_normal = (struct an_normal) { .number = AN_NUMBER_NONE };
    enum an_fold fold = an_fold_text(text, &folded);
    if (fold == AN_FOLD_NOBODY) return;
    an_number number = fold == AN_FOLD_DIGITS ? interpret(&r, &folded) : 0;
    if (number == 0) { /* a name, or too many digits */
        ret_normal->number = an_hash64(folded.core.at, folded.core.len, 0) | AN_NUMBER_NAME;
        return;
    }
    ret_normal->number = number;
    ret_normal->ip_prefix = is_callee && r.ip_prefix;
    ret_normal->code_prefix = folded.code_prefix;
}

void an_plan_normalise(const struct an_plan *plan, struct an_slice text, const struct an_settings *settings,
                       bool is_callee, struct an_normal *ret_normal)
{
    an_assert(plan != NULL && settings != NULL && ret_normal != NULL);
    an_number number;
    if (mobile_fast(text, settings, &number))
        *ret_normal = (struct an_normal) { .number = number };
    else
        normalise_rest(plan, text, settings, is_callee, ret_normal);
}
