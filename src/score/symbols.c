#include "score/symbols.h"

#include "base/err.h"

const struct an_symbol_info an_symbol_info[AN_SYMBOL_COUNT] = {
#define AN_SYMBOL(id, grp, lvl, weight, feature, from, to, gate, gate_full, en, zh)                                    \
    { #id, #grp, AN_GROUP_##grp, AN_SYMBOL_##lvl, weight, AN_F_##feature, from, to, AN_F_##gate, gate_full, en, zh },
#include "score/symbols.def"
#undef AN_SYMBOL
};

struct an_symbol_text an_symbol_text(unsigned id)
{
    if (id < AN_SYMBOL_COUNT)
        return (struct an_symbol_text){ an_symbol_info[id].name, an_symbol_info[id].en, an_symbol_info[id].zh };
    if (id == AN_SYMBOL_FALLBACK_ID)
        return (struct an_symbol_text){ AN_SYMBOL_FALLBACK_NAME, "No verdict in time: let through", "未能及时判断，已放行" };
    return (struct an_symbol_text){ "UNKNOWN", "A reason of another version", "其他版本的理由" };
}
