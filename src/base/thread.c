#include "base/thread.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"

void an_thread_background(const char *name)
{
    an_assert(name != NULL && strlen(name) < 16);
    pthread_setname_np(pthread_self(), name);
    id_t self = (id_t)gettid(); /* on Linux a nice value is a thread's */
    errno = 0;
    int now = getpriority(PRIO_PROCESS, self);
    if (errno == 0) (void)setpriority(PRIO_PROCESS, self, now + AN_BACKGROUND_NICE); /* 19 is the most: cut there */
}

void an_thread_rest(const atomic_bool *stopping, unsigned ms)
{
    const struct timespec moment = { .tv_nsec = 20000000 };
    for (unsigned waited = 0; waited < ms && !atomic_load(stopping); waited += 20) nanosleep(&moment, NULL);
}
