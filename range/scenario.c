/* Scenario files. libyaml's document interface keeps each node's line; nodes are walked along the tables below only, so
 * neither depth nor aliases lead anywhere. range/scenario_check.c refuses what is well-formed but impossible. */
#include "range/scenario.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/nearest.h"
#include "range/adversary.h"
#include "range/scenario_private.h"

enum { FILE_MAX = 1 << 20, BRACKETS_MAX = 100, SHOWN_MAX = 40, KEYS_MAX = 24 };

enum type { TYPE_WHOLE, TYPE_NUMBER, TYPE_FLAG, TYPE_NAME, TYPE_MODE, TYPE_CATEGORY, TYPE_SEEDS, TYPE_SECTION };

struct key {
    const char *name;
    enum type type;
    size_t offset;       /* in the struct the table is for */
    double low, high;    /* of a number; entries of a list */
    size_t count_offset; /* of a list */
};

#define OF(field) offsetof(struct ar_scenario, field)
enum { TOP_WARM_UP = 3, TOP_FLATTEN = 5, TOP_SMEAR = 9, TOP_STRENGTH = 14, TOP_SEEDS, TOP_ADVERSARIES };
static const struct key top_keys[] = {
    { "name", TYPE_NAME, OF(name), 0, 0, 0 },
    { "subscribers", TYPE_WHOLE, OF(subscribers), 1000, 10000000, 0 },
    { "days", TYPE_NUMBER, OF(days), 0.01, 60, 0 },
    { "warm_up_days", TYPE_NUMBER, OF(warm_up_days), 0, 60, 0 },
    { "platform_trunks", TYPE_WHOLE, OF(platform_trunks), 0, AR_PLATFORM_TRUNKS_MAX, 0 },
    { "flatten_shapes", TYPE_FLAG, OF(flatten_shapes), 0, 0, 0 },
    { "services", TYPE_NUMBER, OF(services), 0, 100, 0 },
    { "report_rate", TYPE_NUMBER, OF(report_rate), 0, 1, 0 },
    { "false_report_rate", TYPE_NUMBER, OF(false_report_rate), 0, 1, 0 },
    { "smear_accounts", TYPE_WHOLE, OF(smear_accounts), 0, 100000, 0 },
    { "smear_days", TYPE_WHOLE, OF(smear_days), 1, 60, 0 },
    { "smear_called", TYPE_NUMBER, OF(smear_called), 0, 1, 0 },
    { "smear_refused", TYPE_NUMBER, OF(smear_refused), 0, 1, 0 },
    { "smear_reports", TYPE_FLAG, OF(smear_reports), 0, 0, 0 },
    [TOP_STRENGTH] = { "strength", TYPE_WHOLE, 0, 1, AR_STRENGTH_MAX, 0 }, /* into the reader: adversaries' default */
    [TOP_SEEDS] = { "seeds", TYPE_SECTION, 0, 0, 0, 0 },
    [TOP_ADVERSARIES] = { "adversaries", TYPE_SECTION, 0, 0, 0, 0 },
};
static const struct key seed_keys[] = {
    { "train", TYPE_SEEDS, OF(train), 0, AR_SEEDS_MAX, OF(train_count) },
    { "tune", TYPE_SEEDS, OF(tune), 0, AR_SEEDS_MAX, OF(tune_count) },
    { "final", TYPE_SEEDS, OF(final), 0, AR_SEEDS_MAX, OF(final_count) },
};
#undef OF
#define OF(field) offsetof(struct ar_adversary_row, field)
static const struct key adversary_keys[] = {
    { "mode", TYPE_MODE, OF(setting.mode), 0, 0, 0 },
    { "strength", TYPE_WHOLE, OF(setting.strength), 1, AR_STRENGTH_MAX, 0 },
    { "category", TYPE_CATEGORY, OF(setting.category), 0, 0, 0 },
    { "calls_a_day", TYPE_NUMBER, OF(setting.calls_a_day), 1, 1000000, 0 },
    { "lines", TYPE_WHOLE, OF(setting.lines), 1, 20000, 0 },
    { "begin_day", TYPE_NUMBER, OF(setting.begin_day), 0, 60, 0 },
    { "days", TYPE_NUMBER, OF(setting.days), 0.01, 60, 0 },
    { "borrow_numbers", TYPE_FLAG, OF(setting.borrow_numbers), 0, 0, 0 },
    { "count", TYPE_WHOLE, OF(count), 1, AR_ADVERSARIES_MAX, 0 },
    { "every_days", TYPE_NUMBER, OF(every_days), 0.01, 60, 0 },
};
#undef OF
_Static_assert(sizeof(enum ar_class) == sizeof(uint32_t) && sizeof(enum an_category) == sizeof(uint32_t),
               "modes and categories are stored as whole numbers");

struct reader {
    struct ar_scenario_load *load;
    yaml_document_t *document;
    void *into;
    const struct key *keys;
    size_t key_count;
    const char *section;      /* "seeds." */
    unsigned lines[KEYS_MAX]; /* where each key is; 0: not given */
    uint32_t strength;
};

void ar_scenario_problem(struct ar_scenario_load *load, unsigned line, const char *format, ...)
{
    va_list arguments;
    if (++load->problem_count > AR_PROBLEMS_MAX) return;
    if (line > 0)
        fprintf(load->problems, "%s:%u: ", load->name, line);
    else
        fprintf(load->problems, "%s: ", load->name);
    va_start(arguments, format);
    vfprintf(load->problems, format, arguments);
    va_end(arguments);
    fputc('\n', load->problems);
}
#define problem(...) ar_scenario_problem(__VA_ARGS__)

void ar_scenario_init(struct ar_scenario *ret_scenario)
{
    *ret_scenario = (struct ar_scenario) { .subscribers = 50000,
                                           .days = 2,
                                           .warm_up_days = 0,
                                           .platform_trunks = 12,
                                           .services = 1,
                                           .report_rate = 0.03,
                                           .false_report_rate = 0.0005,
                                           .smear_days = 1,
                                           .smear_called = 0.5,
                                           .smear_reports = true };
}

static unsigned line_of(const yaml_node_t *node)
{
    return (unsigned)node->start_mark.line + 1;
}

static const char *kind_of(const yaml_node_t *node)
{
    return node->type == YAML_SEQUENCE_NODE ? "a list" : node->type == YAML_MAPPING_NODE ? "a section" : "a text";
}

/* A scalar's text, or NULL (noted). */
static const char *text_of(struct reader *reader, const yaml_node_t *node, const char *name, const char *wanted)
{
    if (node->type != YAML_SCALAR_NODE)
        problem(reader->load, line_of(node), "%s%s is %s; %s", reader->section, name, kind_of(node), wanted);
    else if (strlen((const char *)node->data.scalar.value) != node->data.scalar.length)
        problem(reader->load, line_of(node), "%s%s holds a NUL byte", reader->section, name);
    else
        return (const char *)node->data.scalar.value;
    return NULL;
}

/* ---- one value ---- */

/* [0-9]+(.[0-9]+)?: no sign, exponent, hexadecimal or blanks. */
static bool is_plain_number(const char *text, bool whole)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 12) return false;
    if (text[digits] == '\0') return true;
    if (whole || text[digits] != '.') return false;
    size_t part = strspn(text + digits + 1, "0123456789");
    return part > 0 && part < 12 && text[digits + 1 + part] == '\0';
}

static void say_domain(const struct key *key, char *out, size_t room)
{
    switch (key->type) {
    case TYPE_WHOLE: snprintf(out, room, "a whole number from %.0f to %.0f is wanted", key->low, key->high); break;
    case TYPE_NUMBER: snprintf(out, room, "a number from %.10g to %.10g is wanted", key->low, key->high); break;
    case TYPE_FLAG: snprintf(out, room, "true or false is wanted"); break;
    case TYPE_NAME: snprintf(out, room, "1 to 63 letters, digits, - and _ are wanted"); break;
    case TYPE_MODE: snprintf(out, room, "A1 to A9 is wanted"); break;
    case TYPE_CATEGORY:
        snprintf(out, room,
                 "what is sold is wanted: loan, debt, property, renovation, education, insurance, medical, "
                 "stocks, marketing or fraud");
        break;
    default:
        snprintf(out, room, "a list of up to %.0f whole numbers is wanted, such as [1001, 1002]", key->high);
        break;
    }
}

static bool put_number(const struct key *key, const char *text, void *into)
{
    if (!is_plain_number(text, key->type == TYPE_WHOLE)) return false;
    double value = strtod(text, NULL);
    if (!(value >= key->low && value <= key->high)) return false;
    if (key->type == TYPE_WHOLE)
        *(uint32_t *)into = (uint32_t)value;
    else
        *(double *)into = value;
    return true;
}

static bool put_name(const char *text, char *into, size_t room)
{
    size_t len = strlen(text);
    if (len == 0 || len >= room) return false;
    for (const char *c = text; *c != '\0'; c++)
        if (!(an_is_digit(*c) || (an_lower(*c) >= 'a' && an_lower(*c) <= 'z') || *c == '-' || *c == '_')) return false;
    memcpy(into, text, len + 1);
    return true;
}

static bool put_category(const char *text, uint32_t *into)
{
    enum an_category category;
    if (an_category_of(text, strlen(text), &category) != AN_OK) return false;
    if (category < AN_CATEGORY_LOAN || category > AN_CATEGORY_FRAUD) return false;
    *into = (uint32_t)category;
    return true;
}

static bool put(const struct key *key, const char *text, void *into)
{
    switch (key->type) {
    case TYPE_FLAG:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) return false;
        *(bool *)into = text[0] == 't';
        return true;
    case TYPE_NAME: return put_name(text, into, sizeof((struct ar_scenario *)NULL)->name);
    case TYPE_MODE:
        if ((text[0] != 'A' && text[0] != 'a') || text[1] < '1' || text[1] > '9' || text[2] != '\0') return false;
        *(uint32_t *)into = (uint32_t)AR_CLASS_A1 + (uint32_t)(text[1] - '1');
        return true;
    case TYPE_CATEGORY: return put_category(text, into);
    default: return put_number(key, text, into);
    }
}

static bool is_seed_taken(const struct reader *reader, uint64_t seed)
{
    const struct ar_scenario *s = reader->load->scenario;
    for (size_t i = 0; i < sizeof seed_keys / sizeof *seed_keys; i++) {
        const uint64_t *seeds = (const uint64_t *)(const void *)((const char *)s + seed_keys[i].offset);
        size_t count = *(const size_t *)(const void *)((const char *)s + seed_keys[i].count_offset);
        for (size_t k = 0; k < count; k++)
            if (seeds[k] == seed) return true;
    }
    return false;
}

static void read_seeds(struct reader *reader, const struct key *key, const yaml_node_t *node)
{
    char domain[200];
    uint64_t *seeds = (uint64_t *)(void *)((char *)reader->into + key->offset);
    size_t *count = (size_t *)(void *)((char *)reader->into + key->count_offset);
    say_domain(key, domain, sizeof domain);
    if (node->type != YAML_SEQUENCE_NODE) {
        problem(reader->load, line_of(node), "%s%s is %s; %s", reader->section, key->name, kind_of(node), domain);
        return;
    }
    for (yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        const yaml_node_t *entry = yaml_document_get_node(reader->document, *item);
        const char *text = text_of(reader, entry, key->name, domain);
        if (text == NULL) continue;
        uint64_t seed = strtoull(text, NULL, 10);
        if (!is_plain_number(text, true))
            problem(reader->load, line_of(entry), "%s%s has the seed %.*s; %s", reader->section, key->name, SHOWN_MAX,
                    text, domain);
        else if (is_seed_taken(reader, seed))
            problem(reader->load, line_of(entry),
                    "%s%s has the seed %llu, which is there already; a seed belongs to "
                    "one split, once",
                    reader->section, key->name, (unsigned long long)seed);
        else if (*count == AR_SEEDS_MAX) {
            problem(reader->load, line_of(entry), "%s%s has more than %d seeds", reader->section, key->name,
                    AR_SEEDS_MAX);
            return;
        } else
            seeds[(*count)++] = seed;
    }
}

static void read_value(struct reader *reader, size_t row, const yaml_node_t *node)
{
    const struct key *key = &reader->keys[row];
    char domain[200];
    if (key->type == TYPE_SEEDS) {
        read_seeds(reader, key, node);
        return;
    }
    say_domain(key, domain, sizeof domain);
    const char *text = text_of(reader, node, key->name, domain);
    void *into = reader->keys == top_keys && row == TOP_STRENGTH ? (void *)&reader->strength
                                                                 : (char *)reader->into + key->offset;
    if (text == NULL || put(key, text, into)) return;
    problem(reader->load, line_of(node), "%s%s is \"%.*s\"; %s", reader->section, key->name, SHOWN_MAX, text, domain);
}

/* ---- sections ---- */

static void unknown_key(struct reader *reader, const yaml_node_t *node, const char *name)
{
    const char *names[KEYS_MAX];
    char all[400] = "";
    size_t count = 0;
    for (size_t i = 0; i < reader->key_count; i++) {
        size_t len = strlen(all);
        snprintf(all + len, sizeof all - len, "%s%s", count == 0 ? "" : ", ", reader->keys[i].name);
        names[count++] = reader->keys[i].name;
    }
    const char *nearest = an_nearest(an_slice_of(name), names, count);
    if (nearest != NULL)
        problem(reader->load, line_of(node), "%s%.*s is no key; the nearest is %s%s", reader->section, SHOWN_MAX, name,
                reader->section, nearest);
    else
        problem(reader->load, line_of(node), "%s%.*s is no key; possible: %s", reader->section, SHOWN_MAX, name, all);
}

static ptrdiff_t find_key(struct reader *reader, const yaml_node_t *node)
{
    const char *name = text_of(reader, node, "a key", "a name is wanted");
    if (name == NULL) return -1;
    for (size_t i = 0; i < reader->key_count; i++) {
        if (strcmp(reader->keys[i].name, name) != 0) continue;
        if (reader->lines[i] == 0) {
            reader->lines[i] = line_of(node);
            return (ptrdiff_t)i;
        }
        problem(reader->load, line_of(node), "%s%s is there twice; first on line %u", reader->section, name,
                reader->lines[i]);
        return -1;
    }
    unknown_key(reader, node, name);
    return -1;
}

static void read_section(struct reader *reader, const yaml_node_t *node,
                         void (*section)(struct reader *, size_t, const yaml_node_t *))
{
    if (node->type != YAML_MAPPING_NODE) {
        problem(reader->load, line_of(node), "%s is %s; lines KEY: VALUE are wanted",
                reader->section[0] == '\0' ? "the file" : reader->section, kind_of(node));
        return;
    }
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        ptrdiff_t row = find_key(reader, yaml_document_get_node(reader->document, pair->key));
        const yaml_node_t *value = yaml_document_get_node(reader->document, pair->value);
        if (row < 0) continue;
        if (reader->keys[row].type == TYPE_SECTION)
            section(reader, (size_t)row, value);
        else
            read_value(reader, (size_t)row, value);
    }
}

enum { ROW_MODE, ROW_STRENGTH, ROW_BORROW = 7 }; /* of adversary_keys */

static void read_adversary(struct reader *top, const yaml_node_t *node)
{
    struct ar_scenario_load *load = top->load;
    struct ar_adversary_row row = { .setting = { .category = AN_CATEGORY_LOAN }, .count = 1, .line = line_of(node) };
    struct reader reader = { .load = load,
                             .document = top->document,
                             .into = &row,
                             .keys = adversary_keys,
                             .key_count = sizeof adversary_keys / sizeof *adversary_keys,
                             .section = "adversaries." };
    unsigned before = load->problem_count;
    read_section(&reader, node, NULL);
    if (load->problem_count == before && reader.lines[ROW_MODE] == 0)
        problem(load, row.line, "an adversary has no mode; A1 to A9 is wanted");
    if (load->problem_count != before) return;
    if (load->row_count == AR_ADVERSARIES_MAX) {
        problem(load, row.line, "more than %d adversaries", AR_ADVERSARIES_MAX);
        return;
    }
    row.has_strength = reader.lines[ROW_STRENGTH] != 0;
    row.has_borrow = reader.lines[ROW_BORROW] != 0;
    load->rows[load->row_count++] = row;
}

static void read_part(struct reader *top, size_t row, const yaml_node_t *node)
{
    if (row == TOP_SEEDS) {
        struct reader reader = { .load = top->load,
                                 .document = top->document,
                                 .into = top->into,
                                 .keys = seed_keys,
                                 .key_count = sizeof seed_keys / sizeof *seed_keys,
                                 .section = "seeds." };
        read_section(&reader, node, NULL);
        return;
    }
    if (node->type != YAML_SEQUENCE_NODE) {
        problem(top->load, line_of(node), "adversaries is %s; a list is wanted, each entry with a mode", kind_of(node));
        return;
    }
    for (yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        if (top->load->problem_count > AR_PROBLEMS_MAX) return;
        read_adversary(top, yaml_document_get_node(top->document, *item));
    }
}

static void read_document(struct ar_scenario_load *load, yaml_document_t *document)
{
    struct reader top = { .load = load,
                          .document = document,
                          .into = load->scenario,
                          .keys = top_keys,
                          .key_count = sizeof top_keys / sizeof *top_keys,
                          .section = "",
                          .strength = 1 };
    const yaml_node_t *root = yaml_document_get_root_node(document);
    if (root == NULL) {
        problem(load, 0, "the file is empty; lines KEY: VALUE are wanted");
        return;
    }
    read_section(&top, root, read_part);
    load->strength = top.strength;
    load->has_flatten = top.lines[TOP_FLATTEN] != 0;
    load->flatten_line = top.lines[TOP_FLATTEN];
    load->warm_up_line = top.lines[TOP_WARM_UP];
    load->smear_line = top.lines[TOP_SMEAR];
    if (load->problem_count == 0) ar_scenario_check(load);
}

/* ---- the text ---- */

/* libyaml looks at every open bracket again for each token, so their depth is bounded before. */
static bool is_too_deep(struct ar_scenario_load *load, const char *text, size_t len)
{
    unsigned line = 1, open = 0;
    for (size_t i = 0; i < len; i++) {
        line += text[i] == '\n';
        if (text[i] == '[' || text[i] == '{')
            open++;
        else if ((text[i] == ']' || text[i] == '}') && open > 0)
            open--;
        if (open <= BRACKETS_MAX) continue;
        problem(load, line, "more than %d brackets are open", BRACKETS_MAX);
        return true;
    }
    return false;
}

static void note_syntax(struct ar_scenario_load *load, const yaml_parser_t *parser)
{
    unsigned line = parser->error == YAML_READER_ERROR ? 0 : (unsigned)parser->problem_mark.line + 1;
    problem(load, line, "not YAML: %s", parser->problem == NULL ? "syntax error" : parser->problem);
}

static void read_text(struct ar_scenario_load *load, const char *text, size_t len)
{
    yaml_parser_t parser;
    yaml_document_t document, second;
    if (is_too_deep(load, text, len)) return;
    if (!yaml_parser_initialize(&parser)) {
        problem(load, 0, "no memory");
        return;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    if (!yaml_parser_load(&parser, &document)) {
        note_syntax(load, &parser);
    } else {
        read_document(load, &document);
        yaml_document_delete(&document);
        if (!yaml_parser_load(&parser, &second)) {
            note_syntax(load, &parser);
        } else {
            const yaml_node_t *next = yaml_document_get_root_node(&second);
            if (next != NULL) problem(load, line_of(next), "a second document begins after ---; one is wanted");
            yaml_document_delete(&second);
        }
    }
    yaml_parser_delete(&parser);
}

/* "range/scenarios/small.yaml": small. */
static void name_after(const char *path, struct ar_scenario *scenario)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1, *dot = strchr(name, '.');
    snprintf(scenario->name, sizeof scenario->name, "%.*s", dot == NULL ? 63 : (int)(dot - name < 63 ? dot - name : 63),
             name);
    snprintf(scenario->path, sizeof scenario->path, "%s", path);
}

enum an_err ar_scenario_parse(const char *name, const char *text, size_t len, struct ar_scenario *ret_scenario,
                              char **ret_problems)
{
    an_assert(name != NULL && ret_scenario != NULL && ret_problems != NULL);
    struct ar_scenario scenario;
    char *problems = NULL;
    size_t problems_len = 0;
    struct ar_scenario_load *load = calloc(1, sizeof *load);
    if (load != NULL) load->problems = open_memstream(&problems, &problems_len);
    if (load == NULL || load->problems == NULL) {
        free(load);
        *ret_problems = NULL;
        return AN_ERR_NO_MEMORY;
    }
    load->name = name;
    load->scenario = &scenario;
    ar_scenario_init(&scenario);
    name_after(name, &scenario);
    if (len > FILE_MAX)
        problem(load, 0, "more than %d bytes", FILE_MAX);
    else
        read_text(load, text, len);
    if (load->problem_count > AR_PROBLEMS_MAX)
        fprintf(load->problems, "%s: and %u more\n", name, load->problem_count - AR_PROBLEMS_MAX);
    enum an_err err = fclose(load->problems) != 0 ? AN_ERR_NO_MEMORY : load->problem_count > 0 ? AN_ERR_INVALID : AN_OK;
    free(load);
    if (err == AN_OK) *ret_scenario = scenario;
    if (err != AN_ERR_INVALID) {
        free(problems);
        problems = NULL;
    }
    *ret_problems = problems;
    return err;
}

static enum an_err cannot_read(const char *path, char **ret_problems)
{
    char *text;
    *ret_problems = asprintf(&text, "%s: can't be read: %s\n", path, strerror(errno)) < 0 ? NULL : text;
    return AN_ERR_IO;
}

enum an_err ar_scenario_load(const char *path, struct ar_scenario *ret_scenario, char **ret_problems)
{
    an_assert(path != NULL && ret_scenario != NULL && ret_problems != NULL);
    FILE *in = fopen(path, "re");
    if (in == NULL) return cannot_read(path, ret_problems);
    char *text = malloc(FILE_MAX + 1);
    if (text == NULL) {
        fclose(in);
        *ret_problems = NULL;
        return AN_ERR_NO_MEMORY;
    }
    size_t len = fread(text, 1, FILE_MAX + 1, in);
    bool failed = ferror(in) != 0;
    enum an_err err =
        failed ? cannot_read(path, ret_problems) : ar_scenario_parse(path, text, len, ret_scenario, ret_problems);
    fclose(in);
    free(text);
    return err;
}
