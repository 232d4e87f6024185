#include "model/forest.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/logistic.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "models are written as they stand, little endian");
_Static_assert(sizeof(struct an_forest_node) == 12, "written as it stands");
_Static_assert(sizeof(struct an_forest_sum) == 12, "written as it stands");
_Static_assert(AN_FOREST_NAME_MAX <= 256, "the length of a name is one byte");

enum { FORMAT = 1, PATH_BYTES = 4200, CHECKSUM_BYTES = 8, SUMS_MAX = 256 };

static const char magic[8] = { 'A', 'N', 'M', 'O', 'D', 'E', 'L', '\n' };

/* First bytes of a file; then sums (unwanted, then one a category), knots (x, then p), names (length byte and bytes),
 * roots, nodes, means (one a node, or none), card; at the end the XXH3 of all before it. */
struct file_head {
    char magic[8];
    uint16_t format, sums;
    uint32_t features, names_bytes, roots, nodes, card_bytes;
    uint32_t calibration, knots;
    float a, b;
    uint32_t means, reserved;
};
_Static_assert(sizeof(struct file_head) == 56, "no padding");

#define SAY_LIMIT(error, what, have, name)                                                                             \
    an_fail(error, AN_ERR_LIMIT, what ", %llu, over the limit " #name ", %llu", (unsigned long long)(have),            \
            (unsigned long long)(name))

/* ---- what a forest must hold ---- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum an_err check_names(const struct an_forest *f, struct an_error *error)
{
    const char *sorted[AN_FOREST_FEATURES_MAX];
    for (uint32_t i = 0; i < f->features; i++) {
        const char *name = f->names[i];
        size_t len = strnlen(name, AN_FOREST_NAME_MAX);
        if (len == 0 || len == AN_FOREST_NAME_MAX)
            return an_fail(error, AN_ERR_INVALID, "the name of feature %u has %zu bytes; 1 to %d are right", i, len,
                           AN_FOREST_NAME_MAX - 1);
        for (size_t k = 0; k < len; k++)
            if ((unsigned char)name[k] < ' ' || name[k] == 0x7f)
                return an_fail(error, AN_ERR_INVALID, "the name of feature %u has a control character", i);
        sorted[i] = name;
    }
    qsort(sorted, f->features, sizeof sorted[0], compare_names);
    for (uint32_t i = 1; i < f->features; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            return an_fail(error, AN_ERR_INVALID, "feature %s is there twice", sorted[i]);
    return AN_OK;
}

static enum an_err check_node(const struct an_forest *f, uint32_t at, struct an_error *error)
{
    const struct an_forest_node *node = &f->nodes[at];
    if (!isfinite(node->threshold)) return an_fail(error, AN_ERR_INVALID, "node %u: its number is not finite", at);
    if (node->reserved != 0 || node->missing_left > 1)
        return an_fail(error, AN_ERR_INVALID, "node %u: flags other than 0 and 1", at);
    if (node->feature == AN_FOREST_LEAF) {
        if (node->left != 0 || node->missing_left != 0)
            return an_fail(error, AN_ERR_INVALID, "node %u: a leaf with children", at);
        if (fabsf(node->threshold) > AN_FOREST_LEAF_VALUE_MAX)
            return an_fail(error, AN_ERR_INVALID, "node %u: a leaf of %g; %g is the most", at, (double)node->threshold,
                           (double)AN_FOREST_LEAF_VALUE_MAX);
        return AN_OK;
    }
    if (node->feature >= f->features)
        return an_fail(error, AN_ERR_INVALID, "node %u asks for feature %u of %u", at, node->feature, f->features);
    if (node->left <= at || node->left >= f->node_count || f->node_count - node->left < 2)
        return an_fail(error, AN_ERR_INVALID, "node %u: children at %u, which is not between it and the end, %u", at,
                       node->left, f->node_count);
    return AN_OK;
}

/* Depth first with the path on a stack of fixed size: children stand behind their parents, so there is no circle. */
static bool too_deep(const struct an_forest *f, uint32_t root)
{
    uint32_t path[AN_FOREST_DEPTH_MAX + 1] = { root };
    bool second[AN_FOREST_DEPTH_MAX + 1] = { false };
    for (int depth = 0;;) {
        const struct an_forest_node *node = &f->nodes[path[depth]];
        if (node->feature != AN_FOREST_LEAF) {
            if (depth == AN_FOREST_DEPTH_MAX) return true;
            path[++depth] = node->left;
            second[depth] = false;
            continue;
        }
        while (depth > 0 && second[depth]) depth--;
        if (depth == 0) return false;
        path[depth]++;
        second[depth] = true;
    }
}

static enum an_err check_trees(const struct an_forest *f, struct an_error *error)
{
    for (uint32_t i = 0; i < f->node_count; i++) {
        enum an_err err = check_node(f, i, error);
        if (err != AN_OK) return err;
        if (f->means != NULL && !(fabsf(f->means[i]) <= AN_FOREST_LEAF_VALUE_MAX))
            return an_fail(error, AN_ERR_INVALID, "node %u: a mean of %g", i, (double)f->means[i]);
    }
    for (uint32_t r = 0; r < f->root_count; r++) {
        if (f->roots[r] >= f->node_count)
            return an_fail(error, AN_ERR_INVALID, "tree %u begins at node %u of %u", r, f->roots[r], f->node_count);
        if (too_deep(f, f->roots[r]))
            return an_fail(error, AN_ERR_LIMIT, "tree %u is deeper than the limit AN_FOREST_DEPTH_MAX, %d", r,
                           AN_FOREST_DEPTH_MAX);
    }
    return AN_OK;
}

static enum an_err check_sum(const struct an_forest *f, const struct an_forest_sum *sum, const char *what,
                             struct an_error *error)
{
    if (!isfinite(sum->base) || fabsf(sum->base) > AN_FOREST_LEAF_VALUE_MAX)
        return an_fail(error, AN_ERR_INVALID, "sum %s: a base of %g", what, (double)sum->base);
    if (sum->first > f->root_count || sum->trees > f->root_count - sum->first)
        return an_fail(error, AN_ERR_INVALID, "sum %s: trees %u to %llu of %u", what, sum->first,
                       (unsigned long long)sum->first + sum->trees, f->root_count);
    return AN_OK;
}

static enum an_err check_knots(const struct an_calibration *c, struct an_error *error)
{
    for (uint32_t k = 0; k < c->knots; k++) {
        if (!isfinite(c->x[k]) || !(c->p[k] > 0 && c->p[k] < 1))
            return an_fail(error, AN_ERR_INVALID,
                           "calibration: knot %u is %g at %g; a probability is above 0 and below 1", k, (double)c->p[k],
                           (double)c->x[k]);
        if (k > 0 && (c->x[k] <= c->x[k - 1] || c->p[k] < c->p[k - 1]))
            return an_fail(error, AN_ERR_INVALID, "calibration: knot %u is not above the one before", k);
    }
    return AN_OK;
}

static enum an_err check_calibration(const struct an_calibration *c, struct an_error *error)
{
    switch (c->kind) {
    case AN_CALIBRATION_NONE: return AN_OK;
    case AN_CALIBRATION_PLATT:
        if (isfinite(c->a) && isfinite(c->b) && c->a > 0) return AN_OK;
        return an_fail(error, AN_ERR_INVALID, "calibration: a = %g, b = %g; a must be above 0", (double)c->a,
                       (double)c->b);
    case AN_CALIBRATION_ISOTONIC:
        if (c->knots > AN_FOREST_KNOTS_MAX)
            return SAY_LIMIT(error, "knots of the calibration", c->knots, AN_FOREST_KNOTS_MAX);
        if (c->knots == 0) return an_fail(error, AN_ERR_INVALID, "calibration: no knots");
        return check_knots(c, error);
    }
    return an_fail(error, AN_ERR_INVALID, "calibration of kind %d, which is none", (int)c->kind);
}

/* Whether it is JSON is seen by those who show it. */
static enum an_err check_card(const char *card, struct an_error *error)
{
    if (card == NULL) return an_fail(error, AN_ERR_INVALID, "no card");
    size_t len = strnlen(card, AN_FOREST_CARD_MAX + 1);
    if (len > AN_FOREST_CARD_MAX) return SAY_LIMIT(error, "bytes of the card", len, AN_FOREST_CARD_MAX);
    if (card[0] != '{') return an_fail(error, AN_ERR_INVALID, "the card is no JSON object");
    return AN_OK;
}

static enum an_err check_counts(const struct an_forest *f, struct an_error *error)
{
    if (f->features > AN_FOREST_FEATURES_MAX) return SAY_LIMIT(error, "features", f->features, AN_FOREST_FEATURES_MAX);
    if (f->root_count > AN_FOREST_TREES_MAX) return SAY_LIMIT(error, "trees", f->root_count, AN_FOREST_TREES_MAX);
    if (f->node_count > AN_FOREST_FILE_MAX / sizeof *f->nodes)
        return SAY_LIMIT(error, "bytes of the nodes", (uint64_t)f->node_count * sizeof *f->nodes, AN_FOREST_FILE_MAX);
    if (f->features == 0 || f->names == NULL) return an_fail(error, AN_ERR_INVALID, "no features");
    if ((f->node_count > 0 && f->nodes == NULL) || (f->root_count > 0 && f->roots == NULL))
        return an_fail(error, AN_ERR_INVALID, "trees that are not there");
    return AN_OK;
}

enum an_err an_forest_check(const struct an_forest *forest, struct an_error *error)
{
    an_assert(forest != NULL);
    enum an_err err = check_counts(forest, error);
    if (err == AN_OK) err = check_names(forest, error);
    if (err == AN_OK) err = check_trees(forest, error);
    if (err == AN_OK) err = check_sum(forest, &forest->unwanted, "unwanted", error);
    for (int c = 0; err == AN_OK && c < AN_CATEGORY_COUNT; c++)
        err = check_sum(forest, &forest->categories[c], an_category_name((enum an_category)c), error);
    if (err == AN_OK) err = check_calibration(&forest->calibration, error);
    if (err == AN_OK) err = check_card(forest->card, error);
    return err;
}

/* ---- bytes to forest ---- */

/* A cursor over the file; bad stays set once something did not fit. */
struct input {
    const uint8_t *at, *end;
    bool bad;
};

static const void *take(struct input *in, size_t len)
{
    if (in->bad || (size_t)(in->end - in->at) < len) {
        in->bad = true;
        return NULL;
    }
    const void *at = in->at;
    in->at += len;
    return at;
}

static void take_into(struct input *in, void *out, size_t len)
{
    const void *from = take(in, len);
    if (from != NULL && len > 0) memcpy(out, from, len);
}

/* [own] A copy of count things of size bytes, and room for one more byte; NULL: not there, or no memory. */
static void *take_array(struct input *in, size_t count, size_t size, enum an_err *err)
{
    if (*err != AN_OK) return NULL;
    const void *from = take(in, count * size);
    uint8_t *copy = from == NULL ? NULL : malloc(count * size + 1);
    if (from == NULL)
        *err = AN_ERR_MALFORMED;
    else if (copy == NULL)
        *err = AN_ERR_NO_MEMORY;
    if (copy == NULL) return NULL;
    if (count * size > 0) memcpy(copy, from, count * size);
    copy[count * size] = 0;
    return copy;
}

static enum an_err take_names(struct input *in, struct an_forest *f, uint32_t bytes)
{
    if ((size_t)(in->end - in->at) < bytes) return AN_ERR_MALFORMED;
    const uint8_t *end = in->at + bytes;
    f->names = calloc(f->features == 0 ? 1 : f->features, sizeof *f->names);
    if (f->names == NULL) return AN_ERR_NO_MEMORY;
    for (uint32_t i = 0; i < f->features; i++) {
        uint8_t len = 0;
        take_into(in, &len, 1);
        if (len >= AN_FOREST_NAME_MAX) return AN_ERR_MALFORMED;
        take_into(in, f->names[i], len);
        if (strlen(f->names[i]) != len) return AN_ERR_MALFORMED;
    }
    return in->bad || in->at != end ? AN_ERR_MALFORMED : AN_OK;
}

/* Sums of categories that a newer version may have added mean nothing to us and are left out. */
static void take_sums(struct input *in, struct an_forest *f, unsigned sums)
{
    struct an_forest_sum sum;
    for (unsigned s = 0; s < sums && !in->bad; s++) {
        take_into(in, &sum, sizeof sum);
        if (in->bad) return;
        if (s == 0)
            f->unwanted = sum;
        else if (s <= AN_CATEGORY_COUNT)
            f->categories[s - 1] = sum;
    }
}

static enum an_err take_parts(struct input *in, const struct file_head *head, struct an_forest *f)
{
    enum an_err err = AN_OK;
    take_sums(in, f, head->sums);
    take_into(in, f->calibration.x, head->knots * sizeof f->calibration.x[0]);
    take_into(in, f->calibration.p, head->knots * sizeof f->calibration.p[0]);
    if (in->bad) return AN_ERR_MALFORMED;
    err = take_names(in, f, head->names_bytes);
    f->roots = take_array(in, head->roots, sizeof *f->roots, &err);
    f->nodes = take_array(in, head->nodes, sizeof *f->nodes, &err);
    if (head->means > 0) f->means = take_array(in, head->means, sizeof *f->means, &err);
    f->card = take_array(in, head->card_bytes, 1, &err);
    if (err == AN_OK && (in->at != in->end || strlen(f->card) != head->card_bytes)) err = AN_ERR_MALFORMED;
    return err;
}

/* Counts first, before anything is allocated by them. */
static enum an_err check_head(const struct file_head *head, struct an_error *error)
{
    if (head->features > AN_FOREST_FEATURES_MAX)
        return SAY_LIMIT(error, "features", head->features, AN_FOREST_FEATURES_MAX);
    if (head->roots > AN_FOREST_TREES_MAX) return SAY_LIMIT(error, "trees", head->roots, AN_FOREST_TREES_MAX);
    if (head->knots > AN_FOREST_KNOTS_MAX) return SAY_LIMIT(error, "knots", head->knots, AN_FOREST_KNOTS_MAX);
    if (head->card_bytes > AN_FOREST_CARD_MAX)
        return SAY_LIMIT(error, "bytes of the card", head->card_bytes, AN_FOREST_CARD_MAX);
    if (head->nodes > AN_FOREST_FILE_MAX / sizeof(struct an_forest_node))
        return SAY_LIMIT(error, "nodes", head->nodes, AN_FOREST_FILE_MAX / sizeof(struct an_forest_node));
    if (head->sums == 0 || head->sums > SUMS_MAX || head->calibration > AN_CALIBRATION_ISOTONIC)
        return an_fail(error, AN_ERR_MALFORMED, "%u sums, calibration of kind %u", head->sums, head->calibration);
    if (head->means != 0 && head->means != head->nodes)
        return an_fail(error, AN_ERR_MALFORMED, "%u means of %u nodes", head->means, head->nodes);
    if (head->reserved != 0) return an_fail(error, AN_ERR_MALFORMED, "reserved bytes are not 0");
    return AN_OK;
}

static enum an_err parse_body(struct input *in, struct an_forest *f, struct an_error *error)
{
    struct file_head head;
    take_into(in, &head, sizeof head);
    enum an_err err = check_head(&head, error);
    if (err != AN_OK) return err;
    f->features = head.features;
    f->root_count = head.roots;
    f->node_count = head.nodes;
    f->calibration.kind = (enum an_calibration_kind)head.calibration;
    f->calibration.a = head.a;
    f->calibration.b = head.b;
    f->calibration.knots = head.knots;
    err = take_parts(in, &head, f);
    if (err == AN_ERR_NO_MEMORY) return an_fail(error, err, "no memory for its trees");
    if (err != AN_OK) return an_fail(error, err, "its parts do not add up to its length");
    return an_forest_check(f, error);
}

enum an_err an_forest_parse(const char *name, const void *bytes, size_t len, struct an_forest **ret_forest,
                            struct an_error *error)
{
    an_assert(name != NULL && (bytes != NULL || len == 0) && ret_forest != NULL);
    uint16_t format;
    uint64_t checksum;
    struct an_error reason = { "" };
    if (len > AN_FOREST_FILE_MAX)
        return an_fail(error, AN_ERR_LIMIT, "%s: %zu bytes, over the limit AN_FOREST_FILE_MAX, %d", name, len,
                       AN_FOREST_FILE_MAX);
    if (len < sizeof magic || memcmp(bytes, magic, sizeof magic) != 0)
        return an_fail(error, AN_ERR_MALFORMED, "%s: no model file of Anning", name);
    if (len < sizeof(struct file_head) + CHECKSUM_BYTES)
        return an_fail(error, AN_ERR_CORRUPT, "%s: cut off after %zu bytes", name, len);
    memcpy(&format, (const uint8_t *)bytes + sizeof magic, sizeof format);
    if (format != FORMAT)
        return an_fail(error, AN_ERR_UNSUPPORTED, "%s: a model of format %u; this version reads format %d", name,
                       format, FORMAT);
    memcpy(&checksum, (const uint8_t *)bytes + len - CHECKSUM_BYTES, sizeof checksum);
    if (checksum != an_hash64(bytes, len - CHECKSUM_BYTES, 0))
        return an_fail(error, AN_ERR_CORRUPT, "%s: the checksum is wrong: cut off or changed", name);
    struct an_forest *forest = calloc(1, sizeof *forest);
    if (forest == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "%s: no memory", name);
    struct input in = { bytes, (const uint8_t *)bytes + len - CHECKSUM_BYTES, false };
    enum an_err err = parse_body(&in, forest, &reason);
    if (err != AN_OK) {
        an_forest_free(forest);
        return an_fail(error, err, "%s: %s", name, reason.text);
    }
    forest->version = checksum;
    *ret_forest = forest;
    return AN_OK;
}

/* [own] The whole file; its size is known before it is read, and one byte more shows that it grows. */
static enum an_err read_file(const char *path, void **ret_bytes, size_t *ret_len, struct an_error *error)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a FIFO would wait for a writer */
    if (fd < 0 || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        an_error_say(error, "%s: %s", path, fd >= 0 ? "not a file" : strerror(errno));
        if (fd >= 0) close(fd);
        return AN_ERR_IO;
    }
    size_t size = (size_t)info.st_size, len = 0;
    uint8_t *bytes = size > AN_FOREST_FILE_MAX ? NULL : malloc(size + 1);
    ssize_t n = bytes == NULL ? -1 : 1;
    while (n > 0 && len <= size) {
        n = read(fd, bytes + len, size + 1 - len);
        if (n < 0 && errno == EINTR)
            n = 1;
        else if (n > 0)
            len += (size_t)n;
    }
    int reason = errno;
    close(fd);
    if (n == 0) {
        *ret_bytes = bytes;
        *ret_len = len;
        return AN_OK;
    }
    free(bytes);
    if (size > AN_FOREST_FILE_MAX)
        return an_fail(error, AN_ERR_LIMIT, "%s: %zu bytes, over the limit AN_FOREST_FILE_MAX, %d", path, size,
                       AN_FOREST_FILE_MAX);
    if (bytes == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "%s: no memory for %zu bytes", path, size);
    return an_fail(error, AN_ERR_IO, "%s: %s", path, n > 0 ? "it is being written to" : strerror(reason));
}

enum an_err an_forest_load(const char *path, struct an_forest **ret_forest, struct an_error *error)
{
    an_assert(path != NULL && ret_forest != NULL);
    void *bytes;
    size_t len;
    enum an_err err = read_file(path, &bytes, &len, error);
    if (err != AN_OK) return err;
    err = an_forest_parse(path, bytes, len, ret_forest, error);
    free(bytes);
    return err;
}

/* ---- forest to bytes ---- */

static uint8_t *put(uint8_t *at, const void *bytes, size_t len)
{
    if (len > 0) memcpy(at, bytes, len);
    return at + len;
}

static uint32_t names_bytes(const struct an_forest *f)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < f->features; i++) bytes += 1 + strlen(f->names[i]);
    return (uint32_t)bytes;
}

static uint8_t *put_names(uint8_t *at, const struct an_forest *f)
{
    for (uint32_t i = 0; i < f->features; i++) {
        uint8_t len = (uint8_t)strlen(f->names[i]);
        at = put(at, &len, 1);
        at = put(at, f->names[i], len);
    }
    return at;
}

enum an_err an_forest_encode(struct an_forest *forest, void **ret_bytes, size_t *ret_len, struct an_error *error)
{
    an_assert(forest != NULL && ret_bytes != NULL && ret_len != NULL);
    enum an_err err = an_forest_check(forest, error);
    if (err != AN_OK) return err;
    const struct an_calibration *c = &forest->calibration;
    struct file_head head = { .format = FORMAT,
                              .sums = 1 + AN_CATEGORY_COUNT,
                              .features = forest->features,
                              .names_bytes = names_bytes(forest),
                              .roots = forest->root_count,
                              .nodes = forest->node_count,
                              .card_bytes = (uint32_t)strlen(forest->card),
                              .calibration = c->kind,
                              .knots = c->kind == AN_CALIBRATION_ISOTONIC ? c->knots : 0,
                              .a = c->a,
                              .b = c->b,
                              .means = forest->means == NULL ? 0 : forest->node_count };
    memcpy(head.magic, magic, sizeof magic);
    size_t len = sizeof head + head.sums * sizeof forest->unwanted + 2 * head.knots * sizeof(float) + head.names_bytes +
                 head.roots * sizeof *forest->roots + head.nodes * sizeof *forest->nodes +
                 head.means * sizeof *forest->means + head.card_bytes + CHECKSUM_BYTES;
    if (len > AN_FOREST_FILE_MAX) return SAY_LIMIT(error, "bytes of the file", len, AN_FOREST_FILE_MAX);
    uint8_t *bytes = malloc(len), *at = bytes;
    if (bytes == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for a model of %zu bytes", len);
    at = put(at, &head, sizeof head);
    at = put(at, &forest->unwanted, sizeof forest->unwanted);
    at = put(at, forest->categories, sizeof forest->categories);
    at = put(at, c->x, head.knots * sizeof c->x[0]);
    at = put(at, c->p, head.knots * sizeof c->p[0]);
    at = put_names(at, forest);
    at = put(at, forest->roots, head.roots * sizeof *forest->roots);
    at = put(at, forest->nodes, head.nodes * sizeof *forest->nodes);
    at = put(at, forest->means, head.means * sizeof *forest->means);
    at = put(at, forest->card, head.card_bytes);
    forest->version = an_hash64(bytes, len - CHECKSUM_BYTES, 0);
    at = put(at, &forest->version, CHECKSUM_BYTES);
    an_assert(at == bytes + len);
    *ret_bytes = bytes;
    *ret_len = len;
    return AN_OK;
}

static bool write_all(int fd, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* The folder too, so that the new name is there after a power cut; what can't be synced is no failure of the file. */
static void sync_folder(const char *path)
{
    char folder[PATH_BYTES];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    memcpy(folder, slash == NULL ? "." : path, len == 0 ? 1 : len);
    folder[len == 0 ? 1 : len] = '\0';
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    (void)fsync(fd);
    close(fd);
}

enum an_err an_forest_save(struct an_forest *forest, const char *path, struct an_error *error)
{
    an_assert(forest != NULL && path != NULL);
    char next[PATH_BYTES];
    if (snprintf(next, sizeof next, "%s.tmp", path) >= (int)sizeof next)
        return an_fail(error, AN_ERR_IO, "%.200s...: %s", path, strerror(ENAMETOOLONG));
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return an_fail(error, AN_ERR_IO, "%s: %s; a model is written to a file", path,
                       S_ISDIR(info.st_mode) ? "a folder is there" : "what is there is no file");
    void *bytes;
    size_t len;
    struct an_error reason = { "" };
    enum an_err err = an_forest_encode(forest, &bytes, &len, &reason);
    if (err != AN_OK) return an_fail(error, err, "%s: %s", path, reason.text);
    int fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool written = fd >= 0 && write_all(fd, bytes, len) && fsync(fd) == 0;
    int saved = errno;
    if (fd >= 0 && close(fd) != 0 && written) {
        saved = errno;
        written = false;
    }
    free(bytes);
    if (written && rename(next, path) != 0) {
        saved = errno;
        written = false;
    }
    if (!written) {
        if (fd >= 0) (void)unlink(next);
        return an_fail(error, AN_ERR_IO, "%s: can't be written: %s", path, strerror(saved));
    }
    sync_folder(path);
    return AN_OK;
}

void an_forest_free(struct an_forest *forest)
{
    if (forest == NULL) return;
    free(forest->names);
    free(forest->nodes);
    free(forest->means);
    free(forest->roots);
    free(forest->card);
    free(forest);
}

/* ---- the reference ---- */

static float leaf_of(const struct an_forest *f, uint32_t at, const float *row)
{
    for (;;) {
        const struct an_forest_node *node = &f->nodes[at];
        if (node->feature == AN_FOREST_LEAF) return node->threshold;
        float x = row[node->feature];
        bool left = isnan(x) ? node->missing_left : x < node->threshold;
        at = node->left + (left ? 0 : 1);
    }
}

float an_forest_sum_row(const struct an_forest *forest, const struct an_forest_sum *sum, const float *row)
{
    an_assert(forest != NULL && sum != NULL && row != NULL);
    an_assert(sum->first <= forest->root_count && sum->trees <= forest->root_count - sum->first);
    float total = 0;
    for (uint32_t t = 0; t < sum->trees; t++) total = total + leaf_of(forest, forest->roots[sum->first + t], row);
    return total + sum->base;
}

static float between_knots(const struct an_calibration *c, float x)
{
    uint32_t low = 0; /* the first knot above x; halved without a branch, for loops over many */
    for (uint32_t left = c->knots; left > 0; left -= (left + 1) / 2)
        low += c->x[low + left / 2] <= x ? (left + 1) / 2 : 0;
    if (low == 0) return c->p[0];
    if (low == c->knots) return c->p[low - 1];
    float x0 = c->x[low - 1], p0 = c->p[low - 1], p1 = c->p[low];
    float p = p0 + (p1 - p0) * ((x - x0) / (c->x[low] - x0));
    return p < p1 ? p : p1;
}

float an_forest_probability(const struct an_calibration *calibration, float log_odds)
{
    an_assert(calibration != NULL);
    switch (calibration->kind) {
    case AN_CALIBRATION_ISOTONIC: return between_knots(calibration, log_odds);
    case AN_CALIBRATION_PLATT: return an_logistic(calibration->a * log_odds + calibration->b);
    default: return an_logistic(log_odds);
    }
}
