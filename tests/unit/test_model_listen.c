#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "model/listen.h"

static void good(const char *text, const char *same)
{
    struct an_listen listen;
    struct an_error error = { "" };
    char out[AN_LISTEN_TEXT_MAX];
    assert_int_equal(an_listen_parse(text, AN_ADDRESS_STAR | AN_ADDRESS_PORT_0, &listen, &error), AN_OK);
    assert_string_equal(an_listen_text(&listen, out), same);
}

static void addresses_to_listen_on(void **state)
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
    assert_int_equal(an_listen_port(AN_TRANSPORT_TLS), 5061);
    assert_int_equal(an_listen_port(AN_TRANSPORT_FILE), 0);
}

static void bad(const char *text, const char *says)
{
    struct an_listen listen = { .transport = AN_TRANSPORT_FILE };
    struct an_error error = { "" };
    assert_int_equal(an_listen_parse(text, AN_ADDRESS_STAR, &listen, &error), AN_ERR_INVALID);
    if (strstr(error.text, says) == NULL) fail_msg("\"%s\" gives \"%s\", without \"%s\"", text, error.text, says);
    if (strstr(error.text, "127.0.0.1:") == NULL) fail_msg("%s", error.text); /* what would be right */
    assert_int_equal(listen.transport, AN_TRANSPORT_FILE);                    /* untouched */
    assert_int_equal(an_listen_parse(text, AN_ADDRESS_STAR, &listen, NULL), AN_ERR_INVALID);
}

static void mistakes(void **state)
{
    (void)state;
    bad("", "no transport");
    bad("5060", "no transport");
    bad("127.0.0.1:5060", "no transport");
    bad("sctp:127.0.0.1:5060", "no transport");
    bad("udp:", "no host");
    bad("udp::5060", "no host");
    bad("udp:[]:5060", "[] is no IPv6 address");
    bad("udp:localhost:5060", "names are not looked up");
    bad("udp:127.0.0.256:5060", "127.0.0.256 is no IP address");
    bad("udp:127.0.0.1:", "port \"\"");
    bad("udp:127.0.0.1:0", "port \"0\"; 1 to 65535");
    bad("udp:127.0.0.1:sip", "port \"sip\"");
    bad("udp:127.0.0.1:65536", "port \"65536\"");
    bad("udp:127.0.0.1:-1", "port \"-1\"");
    bad("udp:127.0.0.1\t:5060", "is no IP address");
    bad("udp:127.0.0.1:5060 ", "port \"5060 \"");
    bad("udp:::1:5060", "needs brackets");
    bad("udp:[::1", "without \"]\"");
    bad("udp:[::1]5060", "may follow");
    bad("udp:[::1]:5060:1", "port \"5060:1\"");
    bad("udp:[127.0.0.1]:5060", "is no IPv6 address");
    bad("udp:[*]:5060", "is no IPv6 address");
    char flood[600];
    memset(flood, 'a', sizeof flood - 1);
    flood[sizeof flood - 1] = '\0';
    bad(flood, "no transport");
    memcpy(flood, "udp:", 4);
    bad(flood, "is no IP address");
}

/* What callers other than listeners allow. */
static void forms(void **state)
{
    static const struct {
        const char *text;
        unsigned forms;
        int port_default, family, port; /* family 0: refused */
    } cases[] = {
        { "192.0.2.7", 0, 0, AF_INET, 0 },
        { "192.0.2.7", 0, AN_ADDRESS_PORT_NEEDED, 0, 0 },
        { "192.0.2.7:5060", 0, AN_ADDRESS_PORT_NEEDED, AF_INET, 5060 },
        { "192.0.2.7:0", 0, 0, 0, 0 },
        { "192.0.2.7:0", AN_ADDRESS_PORT_0, AN_ADDRESS_PORT_NEEDED, AF_INET, 0 },
        { "2001:db8::1", 0, 0, 0, 0 },
        { "2001:db8::1", AN_ADDRESS_BARE_V6, 7, AF_INET6, 7 },
        { "2001:db8::1", AN_ADDRESS_BARE_V6, AN_ADDRESS_PORT_NEEDED, 0, 0 },
        { "::1", AN_ADDRESS_BARE_V6, 0, AF_INET6, 0 },
        { "::", AN_ADDRESS_BARE_V6, 0, AF_INET6, 0 },
        { "[2001:db8::1]:65535", AN_ADDRESS_BARE_V6, 0, AF_INET6, 65535 },
        { "[::1]", 0, 0, AF_INET6, 0 },
        { ":8080", AN_ADDRESS_EVERY, AN_ADDRESS_PORT_NEEDED, AF_INET6, 8080 },
        { ":8080", AN_ADDRESS_STAR, AN_ADDRESS_PORT_NEEDED, 0, 0 },
        { "", AN_ADDRESS_EVERY, 1, 0, 0 },
        { ":", AN_ADDRESS_EVERY, 1, 0, 0 },
        { "[]:8080", AN_ADDRESS_EVERY, 1, 0, 0 },
        { "*:80", 0, 1, 0, 0 },
        { "*:80", AN_ADDRESS_STAR, 1, AF_INET, 80 },
        { "192.0.2", 0, 1, 0, 0 },
        { "192.0.2.7 ", 0, 1, 0, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        union an_address address;
        enum an_err err =
            an_address_parse(an_slice_of(cases[i].text), cases[i].forms, cases[i].port_default, &address, NULL);
        if ((err == AN_OK) != (cases[i].family != 0)) fail_msg("case %zu: %s", i, cases[i].text);
        if (err != AN_OK) continue;
        assert_int_equal(address.any.sa_family, cases[i].family);
        assert_int_equal(an_address_port(&address), cases[i].port);
    }
    union an_address address;
    assert_int_equal(an_address_parse((struct an_slice) { "127.0.0.1\0x", 11 }, 0, 1, &address, NULL), AN_ERR_INVALID);
    assert_int_equal(an_address_parse((struct an_slice) { NULL, 0 }, 0, 1, &address, NULL), AN_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_to_listen_on),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
