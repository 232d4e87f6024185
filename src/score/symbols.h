/* The symbol table as data. Layer: a stage (score/). Rows come from symbols.def. */
#ifndef ANNING_SCORE_SYMBOLS_H
#define ANNING_SCORE_SYMBOLS_H

#include "model/feature.h"

/* Groups of correlated symbols, with the bounds of their sum in log-odds. */
#define AN_SYMBOL_GROUPS(X)                                                                                            \
    X(IDENTITY, -4.0f, 3.0f)                                                                                           \
    X(ORIGIN, 0.0f, 2.6f)                                                                                              \
    X(FRESH, -1.2f, 3.4f)                                                                                              \
    X(VOLUME, 0.0f, 4.5f)                                                                                              \
    X(RHYTHM, 0.0f, 1.8f)                                                                                              \
    X(OUTCOME, -3.0f, 3.6f)                                                                                            \
    X(CLOCK, 0.0f, 3.2f)                                                                                               \
    X(WALK, 0.0f, 4.2f)                                                                                                \
    X(BUILD, 0.0f, 1.6f)                                                                                               \
    X(REPUTATION, 0.0f, 4.0f)                                                                                          \
    X(RELATION, -8.0f, 4.0f)

enum an_symbol_group {
#define X(name, low, high) AN_GROUP_##name,
    AN_SYMBOL_GROUPS(X)
#undef X
    AN_GROUP_COUNT
};

enum an_symbol {
#define AN_SYMBOL(id, ...) AN_SYMBOL_##id,
#include "score/symbols.def"
#undef AN_SYMBOL
    AN_SYMBOL_COUNT
};

enum an_symbol_level { AN_SYMBOL_SHARED, AN_SYMBOL_OWN };

enum { AN_F_ALWAYS = -1 }; /* no gate */

struct an_symbol_info {
    const char *name;
    const char *group;
    enum an_symbol_group group_id;
    enum an_symbol_level level;
    float weight;
    int feature; /* enum an_feature */
    float from, to;
    int gate; /* enum an_feature or AN_F_ALWAYS */
    float gate_full;
    const char *en;
    const char *zh;
};

extern const struct an_symbol_info an_symbol_info[AN_SYMBOL_COUNT];

/* The symbol a verdict carries when no stage could answer in time. Not a row: it has no weight. */
#define AN_SYMBOL_FALLBACK_ID   0xffffu
#define AN_SYMBOL_FALLBACK_NAME "FALLBACK"

/* Name and sentences of a symbol by its id, AN_SYMBOL_FALLBACK_ID included; "UNKNOWN" for ids of a newer table. */
struct an_symbol_text {
    const char *name, *en, *zh;
};
struct an_symbol_text an_symbol_text(unsigned id);

#endif
