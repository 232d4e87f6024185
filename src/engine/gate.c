#include "engine/gate.h"

#include <sched.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"

void an_gate_init(struct an_gate *gate)
{
    an_assert(gate != NULL);
    atomic_init(&gate->closed, 0);
    for (unsigned i = 0; i < AN_GATE_SEATS_MAX; i++) atomic_init(&gate->seats[i].inside, 0);
}

bool an_gate_enter(struct an_gate *gate, unsigned seat, uint64_t wait_us)
{
    an_assert(seat < AN_GATE_SEATS_MAX);
    atomic_uint *inside = &gate->seats[seat].inside;
    an_assert(atomic_load_explicit(inside, memory_order_relaxed) == 0);
    uint64_t deadline = 0;
    for (;;) {
        /* Sequentially consistent on both sides: either we see it closed, or the closer sees us inside. */
        atomic_store(inside, 1);
        if (atomic_load(&gate->closed) == 0) return true;
        atomic_store(inside, 0);
        uint64_t now = an_clock_mono_us();
        if (deadline == 0) deadline = now + wait_us;
        if (now >= deadline) return false;
        sched_yield();
    }
}

void an_gate_leave(struct an_gate *gate, unsigned seat)
{
    an_assert(seat < AN_GATE_SEATS_MAX);
    atomic_store_explicit(&gate->seats[seat].inside, 0, memory_order_release);
}

void an_gate_wait(struct an_gate *gate)
{
    const struct timespec moment = { .tv_nsec = 20000 };
    for (unsigned i = 0; i < AN_GATE_SEATS_MAX; i++)
        while (atomic_load(&gate->seats[i].inside) != 0) nanosleep(&moment, NULL);
}

void an_gate_close(struct an_gate *gate)
{
    const struct timespec moment = { .tv_nsec = 20000 };
    an_assert(atomic_load(&gate->closed) == 0);
    atomic_store(&gate->closed, 1);
    for (unsigned i = 0; i < AN_GATE_SEATS_MAX; i++)
        while (atomic_load(&gate->seats[i].inside) != 0) nanosleep(&moment, NULL);
}

void an_gate_open(struct an_gate *gate)
{
    an_assert(atomic_load(&gate->closed) == 1);
    atomic_store(&gate->closed, 0);
}
