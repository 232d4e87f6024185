/* A tree's leaf number for a strip of calls, without a branch. Layer: score; included once a way to run, which defines
 * before: strip, a vector of signed bytes; strip_left(rows, node), a strip of -1 where calls go left and 0 elsewhere;
 * strip_pick(mask, a, b); strip_add(a, b); strip_all(byte); TARGET, attributes of functions.
 *
 * eval_N reads the nodes of a tree of depth N and gives base + the number of the leaf, left to right. */
#define EVAL static inline __attribute__((always_inline)) TARGET strip

EVAL eval_1(const uint8_t *rows, const struct an_walk_node *node, int base)
{
    return strip_add(strip_left(rows, node), strip_all(base + 1));
}

#define EVAL_MORE(depth, less)                                                                                         \
    EVAL eval_##depth(const uint8_t *rows, const struct an_walk_node *node, int base)                                  \
    {                                                                                                                  \
        strip left = eval_##less(rows, node + 1, base);                                                                \
        strip right = eval_##less(rows, node + (1 << less), base + (1 << less));                                       \
        return strip_pick(strip_left(rows, node), left, right);                                                        \
    }
EVAL_MORE(2, 1)
EVAL_MORE(3, 2)
EVAL_MORE(4, 3)
EVAL_MORE(5, 4)
EVAL_MORE(6, 5)

/* Rarer and too long to be unrolled. */
__attribute__((noinline)) TARGET static strip eval_7(const uint8_t *rows, const struct an_walk_node *node)
{
    strip sub[2];
    for (int k = 0; k < 2; k++) sub[k] = strip_add(eval_6(rows, node + 1 + k * 63, 0), strip_all(k * 64));
    return strip_pick(strip_left(rows, node), sub[0], sub[1]);
}

__attribute__((noinline)) TARGET static strip eval_8(const uint8_t *rows, const struct an_walk_node *node)
{
    strip left = eval_7(rows, node + 1), right = strip_add(eval_7(rows, node + 128), strip_all(-128));
    return strip_pick(strip_left(rows, node), left, right);
}

EVAL eval(const uint8_t *rows, const struct an_walk_node *node, uint32_t depth)
{
    switch (depth) {
    case 1: return eval_1(rows, node, 0);
    case 2: return eval_2(rows, node, 0);
    case 3: return eval_3(rows, node, 0);
    case 4: return eval_4(rows, node, 0);
    case 5: return eval_5(rows, node, 0);
    case 6: return eval_6(rows, node, 0);
    case 7: return eval_7(rows, node);
    default: return eval_8(rows, node);
    }
}

#undef EVAL
#undef EVAL_MORE
