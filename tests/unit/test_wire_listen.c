#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "wire/listen.h"

static void good(const char *text, const char *same)
{
    struct an_listen listen;
    struct an_error error = { "" };
    char out[AN_LISTEN_TEXT_MAX];
    assert_int_equal(an_listen_parse(text, &listen, &error), AN_OK);
    assert_string_equal(an_listen_text(&listen, out), same);
}

static void addresses(void **state)
{
    (void)state;
    good("udp:127.0.0.1:5060", "udp:127.0.0.1:5060");
    good("UDP:127.0.0.1", "udp:127.0.0.1:5060");
    good("tcp:[::1]:5070", "tcp:[::1]:5070");
    good("tcp:[::1]", "tcp:[::1]:5060");
    good("tls:10.0.0.1", "tls:10.0.0.1:5061");
    good("hep:*", "hep:0.0.0.0:9060");
    good("udp:*:0", "udp:0.0.0.0:0");
    good("udp:[2001:db8::1]:65535", "udp:[2001:db8::1]:65535");
    good("tls:[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535",
         "tls:[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
}

static void bad(const char *text, const char *says)
{
    struct an_listen listen = { .transport = AN_TRANSPORT_FILE };
    struct an_error error = { "" };
    assert_int_equal(an_listen_parse(text, &listen, &error), AN_ERR_INVALID);
    if (strstr(error.text, says) == NULL) fail_msg("\"%s\" gives \"%s\", without \"%s\"", text, error.text, says);
    assert_non_null(strstr(error.text, "udp:127.0.0.1:5060")); /* what would be right */
    assert_int_equal(listen.transport, AN_TRANSPORT_FILE);     /* untouched */
    assert_int_equal(an_listen_parse(text, &listen, NULL), AN_ERR_INVALID);
}

static void mistakes(void **state)
{
    (void)state;
    bad("", "no transport");
    bad("5060", "no transport");
    bad("127.0.0.1:5060", "\"127.0.0.1\" is none of");
    bad("sctp:127.0.0.1:5060", "\"sctp\" is none of");
    bad("udp:", "no host");
    bad("udp::5060", "no host");
    bad("udp:[]:5060", "no host");
    bad("udp:localhost:5060", "names are not looked up");
    bad("udp:127.0.0.256:5060", "is no IPv4 address");
    bad("udp:127.0.0.1:", "port \"\"");
    bad("udp:127.0.0.1:sip", "port \"sip\"");
    bad("udp:127.0.0.1:65536", "port \"65536\"");
    bad("udp:127.0.0.1:-1", "port \"-1\"");
    bad("udp:::1:5060", "needs brackets");
    bad("udp:[::1", "without \"]\"");
    bad("udp:[::1]5060", "may follow");
    bad("udp:[::1]5060:1", "may follow");
    bad("udp:[127.0.0.1]:5060", "is no IPv6 address");
    char flood[600];
    memset(flood, 'a', sizeof flood - 1);
    flood[sizeof flood - 1] = '\0';
    bad(flood, "no transport");
    memcpy(flood, "udp:", 4);
    struct an_listen listen;
    struct an_error error;
    assert_int_equal(an_listen_parse(flood, &listen, &error), AN_ERR_INVALID);
    assert_non_null(strstr(error.text, "too long"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
