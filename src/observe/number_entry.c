#include "observe/number_entry.h"

/* Out of 7-day attempts a counter could saturate (131,008); from here on all 7-day counters are halved together, so
 * that their ratios stay true. */
#define BUSY 60000.0f

static void halve(struct an_number_view *view)
{
    static const uint8_t lanes[] = { AN_N_ATTEMPTS_7D, AN_N_STRANGERS_7D, AN_N_RECEIVED, AN_N_ENDED,
                                     AN_N_ANSWERED,    AN_N_SHORT,        AN_N_REFUSED,  AN_N_UNALLOCATED,
                                     AN_N_TALK_MIN,    AN_N_WALK,         AN_N_NIGHT,    AN_N_CALLED_BACK };
    for (unsigned i = 0; i < sizeof lanes; i++) view->x[lanes[i]] *= 0.5f;
}

AN_WIDE void an_number_open(const struct an_number_entry *entry, uint32_t tick, struct an_number_view *ret_view)
{
    an_mini lanes[AN_N_WIDTH];
    memcpy(lanes, (const unsigned char *)entry + offsetof(struct an_number_entry, lanes), sizeof lanes);
    float x[AN_N_WIDTH];
    for (unsigned i = 0; i < AN_N_WIDTH; i++) x[i] = an_mini_float(lanes[i]);
    uint32_t steps = an_steps_between(entry->tick, tick);
    if (steps > 0) {
        float f[AN_HORIZONS];
        an_decay_factors(steps, f);
        for (unsigned i = 0; i < 4; i++) x[i] *= f[i];
        f[0] = 1.0f;
        for (unsigned i = 0; i < 4; i++) x[4 + i] *= f[i];
        for (unsigned i = 0; i < 4; i++) x[8 + i] *= f[i];
        for (unsigned i = 12; i < AN_N_WIDTH; i++) x[i] *= f[AN_H_7D];
    }
    memcpy(ret_view->x, x, sizeof x);
    if (x[AN_N_ATTEMPTS_7D] > BUSY || x[AN_N_RECEIVED] > BUSY) halve(ret_view);
}

AN_WIDE void an_number_close(struct an_number_entry *entry, uint32_t tick, uint32_t chance,
                             const struct an_number_view *view)
{
    an_mini lanes[AN_N_WIDTH];
    for (unsigned i = 0; i < AN_N_WIDTH; i++) {
        float f = view->x[i];
        f = f > 0 ? f : 0;
        f = f < AN_MINI_MAX ? f : AN_MINI_MAX;
        uint32_t bits;
        memcpy(&bits, &f, sizeof bits);
        bits += (chance + i * 0x9e3779b9u) >> 20; /* up by chance, as often as the rest is large */
        int32_t above = (int32_t)(bits - AN_MINI_BIAS);
        above = above > 0 ? above : 0;
        lanes[i] = (an_mini)((uint32_t)above >> 12);
    }
    uint16_t own[2] = { entry->first_hour, entry->attempt_age };
    memcpy((unsigned char *)entry + offsetof(struct an_number_entry, lanes), lanes, sizeof lanes);
    entry->first_hour = own[0];
    entry->attempt_age = own[1];
    entry->tick = an_tick_later(entry->tick, tick);
}
