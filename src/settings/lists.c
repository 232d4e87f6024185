/* Numbers into sets and maps: lists.*, canaries.* and registered of the configuration, the files they name, and levels
 * of single callees. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "settings/load.h"

enum { LINE_MAX_BYTES = 512, NUMBER_BYTES_MAX = 40 };

struct entry {
    an_number number;
    unsigned prefix_digits; /* 0: a number */
};

/* Where an entry was read, for its message. */
struct place {
    const char *name;
    unsigned line;
};

/* Digits of a number, written with blanks, hyphens or brackets between them; count 0..15, or 16 for too many. */
static unsigned read_digits(struct an_slice text, an_number *ret_number)
{
    an_number number = 0;
    unsigned count = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == ' ' || c == '-' || c == '(' || c == ')') continue;
        if (!an_is_digit(c)) return 0;
        if (++count > 15) return 16;
        number = number * 10 + (an_number)(c - '0');
    }
    *ret_number = number;
    return count;
}

static bool begins_with_country(an_number number, unsigned digits, unsigned country)
{
    unsigned country_digits = country > 99 ? 3 : country > 9 ? 2 : 1;
    if (digits < country_digits) return false;
    for (unsigned i = country_digits; i < digits; i++) number /= 10;
    return number == country;
}

static enum an_err read_prefix(struct an_slice text, bool plus, unsigned country, struct entry *ret_entry,
                               struct an_error *error)
{
    an_number number = 0;
    unsigned digits = read_digits(text, &number);
    if (digits == 0 || digits > 15 || number == 0 || text.at[0] == '0')
        return an_fail(error, AN_ERR_INVALID, "is no prefix; country code, digits and * are wanted, such as +8610*");
    if (!plus && !begins_with_country(number, digits, country))
        return an_fail(error, AN_ERR_INVALID,
                       "has no country code; write +%u%" PRIu64 "* for one of this country, or +%" PRIu64 "*", country,
                       number, number);
    *ret_entry = (struct entry) { number, digits };
    return AN_OK;
}

static enum an_err read_number(const struct an_config_load *load, struct an_slice text, an_number *ret_number,
                               struct an_error *error)
{
    const struct an_config_options *options = load->options;
    bool plus = text.len > 0 && text.at[0] == '+';
    an_number number = 0;
    if (!plus && options->normalise != NULL) {
        if (text.len > 0 && text.len <= NUMBER_BYTES_MAX &&
            options->normalise(options->context, &load->config->settings, text.at, text.len, &number) == AN_OK &&
            an_number_is_e164(number)) {
            *ret_number = number;
            return AN_OK;
        }
        return an_fail(error, AN_ERR_INVALID, "is no telephone number; +8613800138000 is the form that always works");
    }
    struct an_slice rest = plus ? (struct an_slice) { text.at + 1, text.len - 1 } : text;
    unsigned digits = read_digits(rest, &number);
    if (digits == 0 || digits > 15)
        return an_fail(error, AN_ERR_INVALID,
                       "is no telephone number; 1 to 15 digits are wanted, such as +8613800138000");
    if (number == 0 || rest.at[0] == '0')
        return an_fail(error, AN_ERR_INVALID,
                       "begins with 0; country code and number are wanted, such as +861012345678");
    *ret_number = number;
    return AN_OK;
}

static void note(struct an_config_load *load, struct place place, struct an_slice text, const char *why)
{
    int len = (int)(text.len < NUMBER_BYTES_MAX ? text.len : NUMBER_BYTES_MAX);
    an_config_problem(load->errors, place.name, place.line, false, "%.*s %s", len, text.at, why);
}

/* A number or a prefix; false when it is neither, which is noted. */
static bool read_entry(struct an_config_load *load, struct an_slice text, struct place place, struct entry *ret_entry)
{
    struct an_error error = { "" };
    enum an_err err;
    *ret_entry = (struct entry) { 0 };
    if (text.len > 0 && text.at[text.len - 1] == '*') {
        bool plus = text.at[0] == '+';
        struct an_slice digits = { text.at + plus, text.len - 1 - plus };
        err = read_prefix(digits, plus, load->config->settings.country_code, ret_entry, &error);
    } else {
        err = read_number(load, text, &ret_entry->number, &error);
    }
    if (err != AN_OK) note(load, place, text, error.text);
    return err == AN_OK;
}

static void add_entry(struct an_config_load *load, struct an_number_set *set, struct an_slice text, struct place place)
{
    struct entry entry;
    if (!read_entry(load, text, place, &entry)) return;
    if (set->count >= AN_LIST_MAX) {
        if (set->count == AN_LIST_MAX)
            an_config_problem(load->errors, place.name, place.line, false, "over %d entries (AN_LIST_MAX)",
                              AN_LIST_MAX);
        return;
    }
    if (set == &load->config->settings.deny && entry.prefix_digits == 0 &&
        an_number_set_has(&load->config->settings.allow, entry.number))
        an_config_problem(load->errors, place.name, place.line, true, "%.*s is on the allow list too", (int)text.len,
                          text.at);
    enum an_err err = entry.prefix_digits == 0 ? an_number_set_add(set, entry.number)
                                               : an_number_set_add_prefix(set, entry.number, entry.prefix_digits);
    if (err != AN_OK) load->fatal = err;
}

FILE *an_config_open_file(const char *path)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return NULL;
    int failed = fstat(fd, &info) != 0 ? errno : S_ISDIR(info.st_mode) ? EISDIR : S_ISREG(info.st_mode) ? 0 : EINVAL;
    FILE *file = failed != 0 ? NULL : fdopen(fd, "r");
    if (file != NULL) return file;
    if (failed == 0) failed = errno;
    close(fd);
    errno = failed;
    return NULL;
}

const char *an_config_open_error(void)
{
    return errno == EINVAL ? "not a regular file" : strerror(errno);
}

/* Reads a file line by line; comments and blank lines are left out. take() gets the trimmed rest. */
static void read_lines(struct an_config_load *load, const char *path, struct place asked_at,
                       void (*take)(struct an_config_load *load, void *context, struct an_slice text,
                                    struct place place),
                       void *context)
{
    char resolved[AN_CONFIG_PATH_MAX], line[LINE_MAX_BYTES];
    an_config_resolve_path(load, path, resolved);
    FILE *file = an_config_open_file(resolved);
    if (file == NULL) {
        an_config_problem(load->errors, asked_at.name, asked_at.line, false, "%s: %s", resolved,
                          an_config_open_error());
        return;
    }
    bool inside = false; /* of a line too long for the buffer */
    struct place place = { resolved, 0 };
    while (load->fatal == AN_OK && fgets(line, sizeof line, file) != NULL) {
        size_t len = strlen(line);
        bool whole = len > 0 && line[len - 1] == '\n';
        bool begins = !inside;
        inside = !whole && len == sizeof line - 1;
        if (!begins) continue;
        place.line++;
        struct an_slice rest = { line, len }, text;
        an_slice_cut(&rest, '#', &text);
        text = an_slice_trim(text);
        if (inside && text.len + 1 >= len)
            an_config_problem(load->errors, resolved, place.line, false, "a line of over %d bytes", LINE_MAX_BYTES - 2);
        else if (text.len > 0)
            take(load, context, text, place);
    }
    if (ferror(file))
        an_config_problem(load->errors, asked_at.name, asked_at.line, false, "%s: %s", resolved, strerror(errno));
    fclose(file);
}

static void take_number(struct an_config_load *load, void *context, struct an_slice text, struct place place)
{
    add_entry(load, context, text, place);
}

static void read_set(struct an_config_load *load, struct an_number_set *set, const struct an_texts *texts,
                     const char *texts_path, const struct an_texts *files, const char *files_path)
{
    for (size_t i = 0; i < texts->count && load->fatal == AN_OK; i++) {
        struct place place = { load->name, an_config_item_line(load, texts_path, i) };
        add_entry(load, set, an_slice_trim(an_slice_of(texts->items[i])), place);
    }
    for (size_t i = 0; i < files->count && load->fatal == AN_OK; i++) {
        struct place place = { load->name, an_config_item_line(load, files_path, i) };
        read_lines(load, files->items[i], place, take_number, set);
    }
}

/* Number of a canary's holder among those known, taken in if it is new. */
static uint64_t holder_of(struct an_config_load *load, struct an_slice name, struct place place)
{
    struct an_settings *settings = &load->config->settings;
    if (name.len == 0) return AN_CANARY_NOBODY;
    if (name.len > AN_FIRM_NAME_MAX) {
        note(load, place, name, "is too long a holder's name; at most 47 bytes (AN_FIRM_NAME_MAX) are possible");
        return 0;
    }
    size_t count = settings->canary_holder_count;
    for (size_t i = 0; i < count; i++)
        if (an_slice_equal(an_slice_of(settings->canary_holders[i]), name)) return AN_CANARY_HOLDER + i;
    if (count >= AN_FIRMS_MAX) {
        note(load, place, name, "is one holder too many; 4,096 (AN_FIRMS_MAX) are possible");
        return 0;
    }
    if ((count & (count - 1)) == 0) { /* room doubles at powers of two */
        void *wider =
            realloc(settings->canary_holders, (count == 0 ? 1 : 2 * count) * sizeof *settings->canary_holders);
        if (wider == NULL) {
            load->fatal = AN_ERR_NO_MEMORY;
            return 0;
        }
        settings->canary_holders = wider;
    }
    memset(settings->canary_holders[count], 0, sizeof *settings->canary_holders);
    memcpy(settings->canary_holders[count], name.at, name.len);
    settings->canary_holder_count = count + 1;
    return AN_CANARY_HOLDER + count;
}

/* "NUMBER" or "NUMBER HOLDER"; the number without blanks. */
static void take_canary(struct an_config_load *load, void *context, struct an_slice text, struct place place)
{
    struct an_settings *settings = &load->config->settings;
    struct entry entry;
    uint64_t other = 0;
    (void)context;
    size_t at = 0;
    while (at < text.len && text.at[at] != ' ' && text.at[at] != '\t') at++;
    struct an_slice number = { text.at, at }, name = an_slice_trim((struct an_slice) { text.at + at, text.len - at });
    if (!read_entry(load, number, place, &entry)) return;
    if (entry.prefix_digits > 0) {
        note(load, place, number, "is a range; canaries are single numbers");
        return;
    }
    if (settings->canaries.count >= AN_CANARIES_MAX) {
        if (settings->canaries.count == AN_CANARIES_MAX)
            note(load, place, number, "is one canary too many; 100,000 (AN_CANARIES_MAX) are possible");
        return;
    }
    uint64_t holder = holder_of(load, name, place);
    if (holder == 0) return;
    enum an_err err = an_number_map_add(&settings->canaries, entry.number, 0, holder, &other);
    if (err == AN_ERR_NO_MEMORY) load->fatal = err;
    if (err == AN_ERR_INVALID)
        an_config_problem(load->errors, place.name, place.line, false,
                          "%.*s is a canary of %s already; a canary has one holder, or none", (int)number.len,
                          number.at,
                          other < AN_CANARY_HOLDER ? "nobody" : settings->canary_holders[other - AN_CANARY_HOLDER]);
}

static void read_canaries(struct an_config_load *load)
{
    struct an_config *config = load->config;
    for (size_t i = 0; i < config->canary_texts.count && load->fatal == AN_OK; i++) {
        struct place place = { load->name, an_config_item_line(load, "canaries.numbers", i) };
        take_canary(load, NULL, an_slice_trim(an_slice_of(config->canary_texts.items[i])), place);
    }
    for (size_t i = 0; i < config->canary_files.count && load->fatal == AN_OK; i++) {
        struct place place = { load->name, an_config_item_line(load, "canaries.files", i) };
        read_lines(load, config->canary_files.items[i], place, take_canary, NULL);
    }
}

static void add_firm_numbers(struct an_config_load *load, size_t index, const struct an_firm_config *firm)
{
    struct an_settings *settings = &load->config->settings;
    struct place place = { load->name, firm->line };
    for (size_t i = 0; i < firm->numbers.count && load->fatal == AN_OK; i++) {
        struct entry entry;
        uint64_t other;
        struct an_slice text = an_slice_trim(an_slice_of(firm->numbers.items[i]));
        if (!read_entry(load, text, place, &entry)) continue;
        if (settings->firm_numbers.count >= AN_LIST_MAX) {
            note(load, place, text, "is one number too many; 4,000,000 (AN_LIST_MAX) are possible");
            return;
        }
        enum an_err err =
            an_number_map_add(&settings->firm_numbers, entry.number, entry.prefix_digits, index + 1, &other);
        if (err == AN_ERR_NO_MEMORY) load->fatal = err;
        if (err == AN_ERR_INVALID)
            an_config_problem(load->errors, place.name, place.line, false,
                              "%.*s is registered by %s already; a number belongs to one firm", (int)text.len, text.at,
                              other == 0 ? "another" : settings->firms[other - 1].name);
    }
}

static void add_firm_trunks(struct an_config_load *load, struct an_firm *firm, const struct an_texts *trunks)
{
    struct an_settings *settings = &load->config->settings;
    struct place place = { load->name, load->config->firms[firm - settings->firms].line };
    if (trunks->count == 0 || trunks->count > AN_FIRM_TRUNKS_MAX) {
        an_config_problem(load->errors, place.name, place.line, false,
                          "firm %s has %zu trunks; 1 to %d (AN_FIRM_TRUNKS_MAX) are possible", firm->name,
                          trunks->count, AN_FIRM_TRUNKS_MAX);
        return;
    }
    size_t count = settings->firm_trunk_count;
    void *wider = realloc(settings->firm_trunks, (count + trunks->count) * sizeof *settings->firm_trunks);
    if (wider == NULL) {
        load->fatal = AN_ERR_NO_MEMORY;
        return;
    }
    settings->firm_trunks = wider;
    firm->trunk_first = (uint32_t)count;
    for (size_t i = 0; i < trunks->count; i++) {
        struct an_slice name = an_slice_trim(an_slice_of(trunks->items[i]));
        if (name.len == 0 || name.len >= sizeof *settings->firm_trunks) {
            note(load, place, name, "is no trunk's name; 1 to 23 bytes are possible");
            continue;
        }
        memset(settings->firm_trunks[count], 0, sizeof *settings->firm_trunks);
        memcpy(settings->firm_trunks[count++], name.at, name.len);
    }
    firm->trunk_count = (uint32_t)count - firm->trunk_first;
    settings->firm_trunk_count = count;
}

static void read_registered(struct an_config_load *load)
{
    struct an_config *config = load->config;
    struct an_settings *settings = &config->settings;
    if (config->firm_count == 0) return;
    settings->firms = calloc(config->firm_count, sizeof *settings->firms);
    if (settings->firms == NULL) {
        load->fatal = AN_ERR_NO_MEMORY;
        return;
    }
    settings->firm_count = config->firm_count;
    for (size_t i = 0; i < config->firm_count && load->fatal == AN_OK; i++) {
        const struct an_firm_config *from = &config->firms[i];
        struct an_firm *firm = &settings->firms[i];
        memcpy(firm->name, from->name, sizeof firm->name);
        firm->id = an_firm_id(firm->name);
        if (from->numbers.count == 0)
            an_config_problem(load->errors, load->name, from->line, false, "firm %s has no numbers", from->name);
        add_firm_trunks(load, firm, &from->trunks);
        if (load->fatal == AN_OK) add_firm_numbers(load, i, from);
    }
}

/* A callee's level with its line, so that two lines that contradict each other can be named. */
struct levelled {
    struct an_callee_level level;
    unsigned line;
};

struct levels {
    struct levelled *rows;
    size_t count, room;
};

static void take_level(struct an_config_load *load, void *context, struct an_slice text, struct place place)
{
    struct levels *levels = context;
    struct an_error error = { "" };
    size_t at = text.len;
    while (at > 0 && text.at[at - 1] != ' ' && text.at[at - 1] != '\t') at--;
    struct an_slice word = { text.at + at, text.len - at }, number = an_slice_trim((struct an_slice) { text.at, at });
    enum an_level level;
    struct levelled row = { .line = place.line };
    if (number.len == 0 || an_level_of(word.at, word.len, &level) != AN_OK) {
        note(load, place, text, "is no callee's level; a number and loose, standard or strict are wanted");
        return;
    }
    if (read_number(load, number, &row.level.callee, &error) != AN_OK) {
        note(load, place, number, error.text);
        return;
    }
    row.level.level = (uint8_t)level;
    if (levels->count == levels->room) {
        size_t room = levels->room == 0 ? 64 : levels->room * 2;
        struct levelled *wider = levels->count >= AN_LIST_MAX ? NULL : realloc(levels->rows, room * sizeof *wider);
        if (wider == NULL) {
            load->fatal = AN_ERR_NO_MEMORY;
            return;
        }
        levels->rows = wider;
        levels->room = room;
    }
    levels->rows[levels->count++] = row;
}

static int by_callee(const void *left, const void *right)
{
    const struct levelled *a = left, *b = right;
    if (a->level.callee != b->level.callee) return a->level.callee < b->level.callee ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

static void read_levels(struct an_config_load *load)
{
    struct an_config *config = load->config;
    struct place place = { load->name, an_config_line(load, "policy.callees_file") };
    struct levels levels = { 0 };
    if (config->callees_file[0] == '\0') return;
    read_lines(load, config->callees_file, place, take_level, &levels);
    if (levels.count > 0) qsort(levels.rows, levels.count, sizeof *levels.rows, by_callee);
    struct an_callee_level *table = calloc(levels.count + 1, sizeof *table);
    if (table == NULL) load->fatal = AN_ERR_NO_MEMORY;
    size_t count = 0;
    for (size_t i = 0; i < levels.count && table != NULL; i++) {
        bool again = count > 0 && table[count - 1].callee == levels.rows[i].level.callee;
        char number[AN_NUMBER_TEXT_MAX];
        an_number_text(levels.rows[i].level.callee, number);
        if (again && table[count - 1].level != levels.rows[i].level.level)
            an_config_problem(load->errors, config->callees_file, levels.rows[i].line, false,
                              "%s has another level on line %u", number, levels.rows[i - 1].line);
        if (!again) table[count++] = levels.rows[i].level;
    }
    free(levels.rows);
    free(config->settings.callee_levels);
    config->settings.callee_levels = table;
    config->settings.callee_level_count = count;
}

void an_config_read_lists(struct an_config_load *load)
{
    struct an_config *config = load->config;
    struct an_settings *settings = &config->settings;
    read_set(load, &settings->allow, &config->allow_texts, "lists.allow", &config->allow_files, "lists.allow_files");
    read_set(load, &settings->deny, &config->deny_texts, "lists.deny", &config->deny_files, "lists.deny_files");
    if (load->fatal == AN_OK) read_canaries(load);
    if (load->fatal == AN_OK) read_registered(load);
    if (load->fatal == AN_OK) read_levels(load);
}
