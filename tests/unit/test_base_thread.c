#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/thread.h"

struct seen {
    char name[16];
    int nice;
};

static void *look(void *user)
{
    struct seen *seen = user;
    an_thread_background("an-test");
    pthread_getname_np(pthread_self(), seen->name, sizeof seen->name);
    seen->nice = getpriority(PRIO_PROCESS, (id_t)gettid());
    return NULL;
}

static void it_gives_way_and_nobody_else_does(void **state)
{
    (void)state;
    pthread_t thread;
    struct seen seen = { "", -100 };
    char before[16], after[16];
    int nice = getpriority(PRIO_PROCESS, 0), more = nice + AN_BACKGROUND_NICE;
    pthread_getname_np(pthread_self(), before, sizeof before);
    assert_int_equal(pthread_create(&thread, NULL, look, &seen), 0);
    pthread_join(thread, NULL);
    assert_string_equal(seen.name, "an-test");
    assert_int_equal(seen.nice, more < 19 ? more : 19);
    pthread_getname_np(pthread_self(), after, sizeof after);
    assert_string_equal(after, before);
    assert_int_equal(getpriority(PRIO_PROCESS, 0), nice);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(it_gives_way_and_nobody_else_does) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
