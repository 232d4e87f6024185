/* Which addresses a webhook may have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "case/hook.h"

static void addresses(void **state)
{
    (void)state;
    static const char *const good[] = { "https://miit.example/in?x=1", "https://192.0.2.7:8443/",
                                        "http://127.0.0.1:80/a", "http://127.9.8.7/", "http://[::1]:8080/" };
    static const char *const wrong[] = { "",
                                         "x",
                                         "ftp://127.0.0.1/",
                                         "http://192.0.2.7/",
                                         "http://[::2]/",
                                         "http://[::ffff:10.0.0.1]/",
                                         "https://a:b@c/",
                                         "http://127.0.0.1:99999/",
                                         "http://127.0.0.1.example/",
                                         "https://\xe5\xae\x89/",
                                         "https://x/\r\nHost: y",
                                         "http://localhost/" };
    struct an_error error;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (an_hook_url(good[i], &error) != AN_OK) fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (an_hook_url(wrong[i], &error) != AN_ERR_INVALID) fail_msg("%s", wrong[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(addresses) };
    return cmocka_run_group_tests_name("hook", tests, NULL, NULL);
}
