/* Telephone numbers as one integer. Layer: model.
 *
 * A number in E.164 (ITU-T E.164, 11/2010: country code and national number, at most 15 digits) is kept as the plain
 * decimal value of its digits: +86 138 0013 8000 is 8613800138000. The first digit is never 0, so nothing is lost.
 * National short codes get the country code in front as well (110 in China is 86110, 95588 is 8695588). What is no
 * number at all (a SIP name, 20 digits) is a hash with bit 63 set: it still can be counted and compared. */
#ifndef ANNING_MODEL_NUMBER_H
#define ANNING_MODEL_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t an_number;

#define AN_NUMBER_NONE ((an_number)0) /* withheld or absent */
#define AN_NUMBER_NAME (1ull << 63)   /* set: a hash of a name, not digits */
#define AN_NUMBER_E164_MAX 999999999999999ull

static inline bool an_number_is_e164(an_number n)
{
    return n != AN_NUMBER_NONE && n <= AN_NUMBER_E164_MAX;
}

/* "+8613800138000", "name:0123456789abcdef" or "anonymous". out: at least AN_NUMBER_TEXT_MAX bytes. Returns length. */
enum { AN_NUMBER_TEXT_MAX = 24 };
size_t an_number_text(an_number n, char *out);
/* The reverse of an_number_text, strict. AN_OK or AN_ERR_MALFORMED. */
int an_number_of_text(const char *text, size_t len, an_number *ret_number);

/* What the numbering plan says of a number. */
enum an_number_kind {
    AN_KIND_NONE,        /* withheld or absent */
    AN_KIND_INVALID,     /* not a telephone number */
    AN_KIND_MOBILE,
    AN_KIND_VIRTUAL,     /* mobile, range of a virtual operator (162, 165, 167, 170, 171) */
    AN_KIND_IOT,         /* data and machine ranges (10648, 146, 148, 149 ...) */
    AN_KIND_LANDLINE,
    AN_KIND_SERVICE_400,
    AN_KIND_SERVICE_800,
    AN_KIND_SERVICE_95,  /* 95xxx(x...): national service numbers of banks, insurers, call centres */
    AN_KIND_SERVICE_96,  /* 96xxx: provincial public services */
    AN_KIND_SERVICE_1XX, /* 1xx, 10xxx, 11xxx, 12xxx: operators and public services (10086, 12345) */
    AN_KIND_EMERGENCY,   /* 110, 119, 120, 122; 112 from mobiles */
    AN_KIND_SATELLITE,
    AN_KIND_FOREIGN,     /* another country, valid by its plan */
    AN_KIND_UNALLOCATED, /* well-formed, but in space nobody was given: no subscriber there */
    AN_KIND_COUNT
};

enum an_operator {
    AN_OPERATOR_NONE,
    AN_OPERATOR_MOBILE,    /* China Mobile */
    AN_OPERATOR_UNICOM,    /* China Unicom */
    AN_OPERATOR_TELECOM,   /* China Telecom */
    AN_OPERATOR_BROADNET,  /* China Broadnet */
    AN_OPERATOR_VIRTUAL_M, /* virtual operators on the networks of the three */
    AN_OPERATOR_VIRTUAL_U,
    AN_OPERATOR_VIRTUAL_T,
    AN_OPERATOR_FOREIGN,
    AN_OPERATOR_COUNT
};

/* "mobile", "virtual", ... Never NULL. */
const char *an_number_kind_name(enum an_number_kind kind);
const char *an_operator_name(enum an_operator op);

#endif
