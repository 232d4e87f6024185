/* The gate: workers pass it once a vector; a background thread can close it for a moment. Layer: engine.
 *
 * While it is closed no worker is inside the stages: settings and snapshots are swapped and the process is forked for
 * a state snapshot then. Passing costs two atomic stores and a load, once a vector. A worker waits at a closed gate
 * for a bounded time and then goes on without state (the fallback verdict), so a call never waits long. It does the
 * work of an RCU library and also stops the world for fork(), which RCU can't; docs/notes/gate.md. */
#ifndef ANNING_ENGINE_GATE_H
#define ANNING_ENGINE_GATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { AN_GATE_SEATS_MAX = 256 };

struct an_gate_seat {
    _Alignas(64) atomic_uint inside;
};

struct an_gate {
    _Alignas(64) atomic_uint closed; /* how many have closed it */
    struct an_gate_seat seats[AN_GATE_SEATS_MAX];
};

void an_gate_init(struct an_gate *gate);
/* True: inside, until an_gate_leave. False: still closed after wait_us. One thread a seat. */
bool an_gate_enter(struct an_gate *gate, unsigned seat, uint64_t wait_us);
void an_gate_leave(struct an_gate *gate, unsigned seat);
/* Returns when everybody who was inside has left once; others may have come in since. After a pointer was exchanged
 * nobody reads the old one any more. Nobody is kept out. */
void an_gate_wait(struct an_gate *gate);
/* Returns when nobody is inside and nobody gets in. One closer at a time (the caller holds a lock). */
void an_gate_close(struct an_gate *gate);
void an_gate_open(struct an_gate *gate);

#endif
