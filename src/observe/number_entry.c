#include "observe/number_entry.h"

AN_WIDE void an_number_open(const struct an_number_entry *entry, uint32_t tick, struct an_number_view *ret_view)
{
    struct an_number_x n = an_number_read(entry, tick);
    for (int i = 0; i < 3; i++) an_f8_store(ret_view->x + 8 * i, n.x[i]);
}

AN_WIDE void an_number_close(struct an_number_entry *entry, uint32_t tick, uint32_t chance,
                             const struct an_number_view *view)
{
    struct an_number_x n;
    for (int i = 0; i < 3; i++) n.x[i] = an_f8_load(view->x + 8 * i);
    an_number_write(entry, tick, chance, &n);
}
