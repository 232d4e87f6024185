/* Threads that work behind the door. Layer: base.
 *
 * What works after the event (campaigns, what is live, changes of settings) must not take a core from a worker that has
 * a caller waiting: it gives way. Only for threads that are never inside the gate (engine/gate.h) and never learn, or a
 * worker would wait for one that was pushed aside. Cost: three system calls, once. Source: sched(7), "nice". */
#ifndef ANNING_BASE_THREAD_H
#define ANNING_BASE_THREAD_H

#include <stdatomic.h>

/* Added to the nice value of the process: a third of a worker's share of a core that both want. */
enum { AN_BACKGROUND_NICE = 5 };

/* Called by the thread itself, first thing. name: at most 15 bytes, shown by top -H and ps -L. A kernel that refuses
 * changes nothing else. */
void an_thread_background(const char *name);
/* Sleeps for about ms, or until stopping, which is looked at every 20 ms. */
void an_thread_rest(const atomic_bool *stopping, unsigned ms);

#endif
