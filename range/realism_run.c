#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "range/adversary.h"
#include "range/people.h"
#include "range/realism.h"
#include "range/realism_plot.h"
#include "range/services.h"

#define DAY_US 86400000000ull
enum { MONTHS_MAX = 8, PEOPLE_MAX = 2500, ROW_MAX = 4096, COLUMNS_MAX = 128, SLOTS = 1 << 16 };
static const double month_days = 30.4;

/* ---- the table of real subscribers ---- */

struct table_row {
    double values[AR_REALISM_COUNT];
    int months; /* with data used; 0: none, so the months of voice are not known */
    bool adversary, held_back;
};

struct table {
    struct table_row *rows; /* [own] */
    size_t count, room;
};

struct columns {
    int of[AR_REALISM_COUNT], months, label, id;
};

static int split(char *line, char **ret_cells)
{
    int count = 0;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *cell = line; cell != NULL && count < COLUMNS_MAX;) {
        char *comma = strchr(cell, ',');
        if (comma != NULL) *comma++ = '\0';
        ret_cells[count++] = cell;
        cell = comma;
    }
    return count;
}

static int find_column(char **cells, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(cells[i], name) == 0) return i;
    return -1;
}

static enum an_err read_head(const char *path, char *line, struct columns *ret_columns, struct an_error *error)
{
    char *cells[COLUMNS_MAX];
    int count = split(line, cells);
    for (int f = 0; f < AR_REALISM_COUNT; f++) {
        const char *name = ar_realism_name((enum ar_realism_feature)f);
        ret_columns->of[f] = find_column(cells, count, name);
        if (ret_columns->of[f] < 0)
            return an_fail(error, AN_ERR_INVALID, "%s:1: there is no column \"%s\"", path, name);
    }
    ret_columns->months = find_column(cells, count, "month_ids");
    ret_columns->label = find_column(cells, count, "label");
    ret_columns->id = find_column(cells, count, "phone_no_m");
    if (ret_columns->months < 0 || ret_columns->label < 0 || ret_columns->id < 0)
        return an_fail(error, AN_ERR_INVALID, "%s:1: phone_no_m, month_ids and label must be among the columns", path);
    return AN_OK;
}

static enum an_err add_row(struct table *table, const struct columns *columns, char **cells, struct an_error *error)
{
    if (table->count == table->room) {
        size_t room = table->room == 0 ? 4096 : table->room * 2;
        struct table_row *rows = realloc(table->rows, room * sizeof *rows);
        if (rows == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the table");
        table->rows = rows;
        table->room = room;
    }
    struct table_row *row = &table->rows[table->count++];
    for (int f = 0; f < AR_REALISM_COUNT; f++) {
        const char *cell = cells[columns->of[f]];
        row->values[f] = cell[0] == '\0' ? NAN : strtod(cell, NULL);
    }
    const char *id = cells[columns->id];
    row->months = atoi(cells[columns->months]);
    row->adversary = atoi(cells[columns->label]) == 1;
    row->held_back = (an_hash64(id, strlen(id), 0) & 1) != 0;
    return AN_OK;
}

static enum an_err load_table(const char *path, struct table *ret_table, struct an_error *error)
{
    FILE *in = fopen(path, "r");
    if (in == NULL) return an_fail(error, AN_ERR_IO, "%s: %s", path, strerror(errno));
    char line[ROW_MAX], *cells[COLUMNS_MAX];
    struct columns columns = { 0 };
    enum an_err err = fgets(line, sizeof line, in) == NULL ? an_fail(error, AN_ERR_INVALID, "%s: empty", path)
                                                           : read_head(path, line, &columns, error);
    int needed = 0, at = 2;
    for (int f = 0; f < AR_REALISM_COUNT; f++) needed = columns.of[f] > needed ? columns.of[f] : needed;
    needed = columns.label > needed ? columns.label : needed;
    needed = columns.months > needed ? columns.months : needed;
    for (; err == AN_OK && fgets(line, sizeof line, in) != NULL; at++) {
        int count = split(line, cells);
        if (count <= needed)
            err = an_fail(error, AN_ERR_INVALID, "%s:%d: %d columns, %d needed", path, at, count, needed + 1);
        else
            err = add_row(ret_table, &columns, cells, error);
    }
    fclose(in);
    return err;
}

/* Rows to compare with: as long observed as the simulation lasts, or shorter. */
static bool comparable(const struct table_row *row, int months_max)
{
    return months_max >= MONTHS_MAX || (row->months >= 1 && row->months <= months_max);
}

/* ---- the tap: who of the sample spoke with whom ---- */

struct subscriber {
    uint64_t number; /* of an adversary's; 0: free slot */
    uint64_t from_us;
    struct ar_realism_record *records; /* [own] */
    size_t count, room;
};

struct tap {
    uint32_t people_count;
    struct subscriber *people;      /* [own] */
    struct subscriber *adversaries; /* [own] open addressing by number */
    size_t adversary_count;
    bool full;
};

static struct subscriber *find_adversary(struct tap *tap, uint64_t number, bool make)
{
    size_t at = an_mix64(number) % SLOTS;
    while (tap->adversaries[at].number != 0 && tap->adversaries[at].number != number) at = (at + 1) % SLOTS;
    struct subscriber *found = &tap->adversaries[at];
    if (found->number != 0) return found;
    if (!make || tap->adversary_count >= SLOTS / 2) return NULL;
    found->number = number;
    tap->adversary_count++;
    return found;
}

static void record(struct tap *tap, struct subscriber *who, const struct ar_call *call, bool outgoing)
{
    if (who == NULL || call->time_us < who->from_us) return;
    if (who->count == who->room) {
        size_t room = who->room == 0 ? 32 : who->room * 2;
        struct ar_realism_record *wider = realloc(who->records, room * sizeof *wider);
        if (wider == NULL) {
            tap->full = true;
            return;
        }
        who->records = wider;
        who->room = room;
    }
    who->records[who->count++] =
        (struct ar_realism_record) { .time_us = call->time_us,
                                     .opposite = outgoing ? call->callee : call->caller,
                                     .talk_s = call->talk_ms / 1000 + (call->talk_ms % 1000 != 0),
                                     .outgoing = outgoing };
}

/* Classes that dial from a mobile number of some duration; pools have no subscriber behind a number. */
static bool has_numbers(unsigned truth)
{
    return truth == AR_CLASS_A1 || truth == AR_CLASS_A2 || truth == AR_CLASS_A5 || truth == AR_CLASS_A7 ||
           truth == AR_CLASS_A8;
}

static void ended(void *self, const struct ar_call *call, uint64_t time_us)
{
    struct tap *tap = self;
    (void)time_us;
    if (!call->answered || call->is_test) return;
    if (has_numbers(call->truth))
        record(tap, find_adversary(tap, call->caller, true), call, true);
    else if (call->caller_id < tap->people_count)
        record(tap, &tap->people[call->caller_id], call, true);
    if (call->callee_id < tap->people_count)
        record(tap, &tap->people[call->callee_id], call, false);
    else if (call->callee_id == AR_NOBODY)
        record(tap, find_adversary(tap, call->callee, false), call, false);
}

static enum an_err allow(void *self, struct ar_call *call)
{
    (void)self;
    call->action = AN_ACTION_ALLOW;
    return AN_OK;
}

/* ---- the simulated months ---- */

struct options {
    const char *against, *svg;
    uint32_t subscribers;
    double days;
    uint64_t seed;
};

/* Campaigns of each kind that keeps a number for some time, one after the other over the whole time. */
static void cast(struct ar_scenario *scenario)
{
    static const struct {
        enum ar_class mode;
        unsigned times;
        uint32_t lines;
        double calls_a_line, share; /* share of its slot of time that a campaign lasts */
    } parts[] = {
        { AR_CLASS_A8, 6, 8, 50, 0.6 },  { AR_CLASS_A8, 6, 6, 120, 0.6 }, { AR_CLASS_A8, 5, 4, 240, 0.6 },
        { AR_CLASS_A5, 5, 2, 260, 0.5 }, { AR_CLASS_A7, 4, 2, 320, 0.4 }, { AR_CLASS_A1, 1, 1, 900, 0.1 },
        { AR_CLASS_A2, 1, 1, 800, 0.1 },
    };
    for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++)
        for (unsigned i = 0; i < parts[p].times; i++) {
            double slot = scenario->days / parts[p].times;
            an_assert(scenario->adversary_count < AR_ADVERSARIES_MAX);
            scenario->adversaries[scenario->adversary_count++] =
                (struct ar_adversary_setting) { .mode = parts[p].mode,
                                                .strength = 1 + i % 4,
                                                .category = AN_CATEGORY_LOAN,
                                                .lines = parts[p].lines,
                                                .calls_a_day = parts[p].calls_a_line * parts[p].lines,
                                                .begin_day = i * slot,
                                                .days = slot * parts[p].share };
        }
}

static enum an_err populate(struct ar_world *world, struct ar_board *board, const struct ar_scenario *scenario)
{
    enum an_err err = ar_people_add(world, NULL, NULL);
    if (err == AN_OK) err = ar_services_add(world, scenario->services);
    for (size_t i = 0; i < scenario->adversary_count && err == AN_OK; i++) {
        struct ar_campaign *campaign;
        err = ar_adversary_add(world, board, &scenario->adversaries[i], (uint32_t)i + 1, &campaign);
    }
    return err;
}

static enum an_err simulate(const struct options *options, struct tap *tap, struct an_error *error)
{
    static struct ar_scenario scenario;
    ar_scenario_init(&scenario);
    scenario.subscribers = options->subscribers;
    scenario.days = options->days;
    scenario.adversary_count = 0;
    scenario.platform_trunks = 8;
    cast(&scenario);
    const struct ar_defence defence = {
        .name = "none", .text_en = "none", .text_zh = "none", .self = tap, .decide = allow, .ended = ended
    };
    struct ar_board *board = NULL;
    struct ar_world *world = NULL;
    enum an_err err = ar_board_new("none", AR_BEGIN_US, &board);
    if (err == AN_OK) err = ar_world_new(&scenario, options->seed, &defence, board, &world, error);
    if (err == AN_OK) err = populate(world, board, &scenario);
    while (err == AN_OK) err = ar_world_run(world, ar_world_now_us(world) + DAY_US);
    ar_world_free(world);
    ar_board_free(board);
    if (err == AN_ERR_END && tap->full) err = AN_ERR_NO_MEMORY;
    return err == AN_ERR_END ? AN_OK : an_fail(error, err, "the simulation failed: %s", an_err_name(err));
}

/* Each of the sample is observed as long as some real subscriber of the calibration half was: the last days of the
 * simulation, whole months but for the first, which began somewhere. */
static void draw_windows(const struct options *options, const struct table *table, int months_max, struct tap *tap)
{
    size_t by_months[MONTHS_MAX + 1] = { 0 }, known = 0;
    for (size_t i = 0; i < table->count; i++) {
        const struct table_row *row = &table->rows[i];
        if (row->adversary || row->held_back || row->months < 1 || row->months > months_max) continue;
        by_months[row->months]++;
        known++;
    }
    struct ar_random random;
    ar_random_init(&random, options->seed, "realism", 0);
    uint64_t end_us = AR_BEGIN_US + (uint64_t)(options->days * (double)DAY_US);
    for (uint32_t i = 0; i < tap->people_count; i++) {
        size_t at = known == 0 ? 0 : ar_random_below(&random, known);
        int months = 1;
        for (; months < months_max && at >= by_months[months]; months++) at -= by_months[months];
        double days = (months - ar_random_unit(&random)) * month_days;
        if (months == months_max || days > options->days) days = options->days;
        tap->people[i].from_us = end_us - (uint64_t)(days * (double)DAY_US);
    }
}

/* ---- the comparison ---- */

static bool make_set(size_t room, struct ar_realism_set *ret_set)
{
    *ret_set = (struct ar_realism_set) { 0 };
    for (int f = 0; f < AR_REALISM_COUNT; f++) {
        ret_set->values[f] = malloc((room + 1) * sizeof(double));
        if (ret_set->values[f] == NULL) return false;
    }
    return true;
}

static void free_set(struct ar_realism_set *set)
{
    for (int f = 0; f < AR_REALISM_COUNT; f++) free(set->values[f]);
}

static void add_to_set(struct ar_realism_set *set, const double *row)
{
    for (int f = 0; f < AR_REALISM_COUNT; f++) set->values[f][set->count] = row[f];
    set->count++;
}

static void add_subscribers(struct ar_realism_set *set, struct subscriber *who, size_t count)
{
    double row[AR_REALISM_COUNT];
    for (size_t i = 0; i < count; i++) {
        if (who[i].count == 0) continue;
        ar_realism_aggregate(who[i].records, who[i].count, row);
        add_to_set(set, row);
    }
}

/* held_back: 0 the calibration half, 1 the other. */
static void add_table(struct ar_realism_set *set, const struct table *table, int months_max, bool adversary,
                      bool held_back)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct table_row *row = &table->rows[i];
        if (row->adversary != adversary || row->held_back != held_back || !comparable(row, months_max)) continue;
        if (!isnan(row->values[AR_REALISM_opposite_count])) add_to_set(set, row->values);
    }
}

static double median_value(const double *sorted_values, size_t count)
{
    while (count > 0 && isnan(sorted_values[count - 1])) count--;
    return count == 0 ? NAN : sorted_values[count / 2];
}

static double median_of_distances(const double *distances)
{
    double sorted_distances[AR_REALISM_COUNT], none = 0;
    memcpy(sorted_distances, distances, sizeof sorted_distances);
    ar_realism_ks(sorted_distances, AR_REALISM_COUNT, &none, 1); /* sorts */
    return sorted_distances[AR_REALISM_COUNT / 2];
}

static void print_group(const char *title, struct ar_realism_set *simulated, struct ar_realism_set halves[2],
                        double ret_distances[AR_REALISM_COUNT], double ret_medians[2])
{
    double distances[2][AR_REALISM_COUNT];
    printf("\n%s: %zu simulated; real: %zu of the calibration half, %zu of the other\n", title, simulated->count,
           halves[0].count, halves[1].count);
    printf("  %-24s %10s %10s %9s %9s %9s\n", "", "median of", "", "distance", "distance", "between");
    printf("  %-24s %10s %10s %9s %9s %9s\n", "", "real", "simulated", "calibr.", "other", "halves");
    for (int f = 0; f < AR_REALISM_COUNT; f++) {
        for (int half = 0; half < 2; half++)
            distances[half][f] =
                ar_realism_ks(simulated->values[f], simulated->count, halves[half].values[f], halves[half].count);
        double between = ar_realism_ks(halves[0].values[f], halves[0].count, halves[1].values[f], halves[1].count);
        printf("  %-24s %10.4g %10.4g %9.3f %9.3f %9.3f\n", ar_realism_name((enum ar_realism_feature)f),
               median_value(halves[0].values[f], halves[0].count), median_value(simulated->values[f], simulated->count),
               distances[0][f], distances[1][f], between);
    }
    for (int half = 0; half < 2; half++) ret_medians[half] = median_of_distances(distances[half]);
    printf("  %-24s %10s %10s %9.3f %9.3f\n", "median over the columns", "", "", ret_medians[0], ret_medians[1]);
    memcpy(ret_distances, distances[1], sizeof distances[1]);
}

static enum an_err compare(const struct options *options, const struct table *table, int months_max, bool adversary,
                           struct subscriber *who, size_t who_count, double ret_medians[2], struct an_error *error)
{
    static const char *const titles[2] = { "People against label 0", "Adversaries' numbers against label 1" };
    static const char *const files[2] = { "realism-people.svg", "realism-adversaries.svg" };
    struct ar_realism_set simulated, halves[2];
    double distances[AR_REALISM_COUNT];
    char path[512];
    enum an_err err = AN_OK;
    bool room = make_set(who_count, &simulated);
    for (int half = 0; half < 2; half++) room = make_set(table->count, &halves[half]) && room;
    if (!room) {
        err = an_fail(error, AN_ERR_NO_MEMORY, "no memory for the comparison");
    } else {
        add_subscribers(&simulated, who, who_count);
        for (int half = 0; half < 2; half++) add_table(&halves[half], table, months_max, adversary, half == 1);
        print_group(titles[adversary], &simulated, halves, distances, ret_medians);
        if (options->svg != NULL) {
            snprintf(path, sizeof path, "%s/%s", options->svg, files[adversary]);
            err = ar_realism_plot(path, titles[adversary], &halves[1], &simulated, distances, error);
        }
    }
    free_set(&simulated);
    for (int half = 0; half < 2; half++) free_set(&halves[half]);
    return err;
}

/* ---- the command ---- */

static void free_tap(struct tap *tap)
{
    for (uint32_t i = 0; tap->people != NULL && i < tap->people_count; i++) free(tap->people[i].records);
    for (size_t i = 0; tap->adversaries != NULL && i < SLOTS; i++) free(tap->adversaries[i].records);
    free(tap->people);
    free(tap->adversaries);
}

static enum an_err report(const struct options *options, const struct table *table, struct an_error *error)
{
    struct tap tap = { .people_count = options->subscribers < PEOPLE_MAX ? options->subscribers : PEOPLE_MAX };
    int months_max = (int)(options->days / month_days + 0.5);
    months_max = months_max < 1 ? 1 : months_max > MONTHS_MAX ? MONTHS_MAX : months_max;
    tap.people = calloc(tap.people_count, sizeof *tap.people);
    tap.adversaries = calloc(SLOTS, sizeof *tap.adversaries);
    enum an_err err =
        tap.people == NULL || tap.adversaries == NULL ? an_fail(error, AN_ERR_NO_MEMORY, "no memory") : AN_OK;
    double people[2] = { 0 }, adversaries[2] = { 0 };
    if (err == AN_OK) {
        draw_windows(options, table, months_max, &tap);
        err = simulate(options, &tap, error);
    }
    if (err == AN_OK) {
        printf("A city of %u, %.4g days, seed %llu, no defence; rows observed for up to %d months.\n",
               options->subscribers, options->days, (unsigned long long)options->seed, months_max);
        err = compare(options, table, months_max, false, tap.people, tap.people_count, people, error);
    }
    if (err == AN_OK) err = compare(options, table, months_max, true, tap.adversaries, SLOTS, adversaries, error);
    if (err == AN_OK)
        printf(
            "\nMedian distance on rows that calibrated nothing: people %.3f (goal under 0.15), adversaries %.3f (goal "
            "under 0.25).\nNot compared: city and county columns (the simulation is one city).\n",
            people[1], adversaries[1]);
    free_tap(&tap);
    return err;
}

static int usage(const char *why, const char *what)
{
    fprintf(stderr,
            "anning-range realism: %s%s\n"
            "usage: anning-range realism --against FILE.csv [--subscribers N] [--days D] [--seed S] [--svg DIR]\n"
            "  --subscribers  1000 to 10000000, the city's size (24000)\n"
            "  --days         1 to 366 simulated days (243: the table's eight months)\n"
            "  --svg          writes realism-people.svg and realism-adversaries.svg there\n",
            why, what);
    return 2;
}

int ar_cmd_realism(int argc, char **argv)
{
    static const struct option known[] = { { "against", required_argument, NULL, 'a' },
                                           { "subscribers", required_argument, NULL, 'n' },
                                           { "days", required_argument, NULL, 'd' },
                                           { "seed", required_argument, NULL, 's' },
                                           { "svg", required_argument, NULL, 'g' },
                                           { "help", no_argument, NULL, 'h' },
                                           { NULL, 0, NULL, 0 } };
    struct options options = { .subscribers = 24000, .days = 243, .seed = 1 };
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) switch (c) {
        case 'a': options.against = optarg; break;
        case 'n': options.subscribers = (uint32_t)strtoul(optarg, NULL, 10); break;
        case 'd': options.days = strtod(optarg, NULL); break;
        case 's': options.seed = strtoull(optarg, NULL, 10); break;
        case 'g': options.svg = optarg; break;
        default: return usage("how real the simulated calls are", "");
        }
    if (options.against == NULL) return usage("--against names the table of real subscribers", "");
    if (optind < argc) return usage("what is this: ", argv[optind]);
    if (options.subscribers < 1000 || options.subscribers > 10000000) return usage("--subscribers out of range", "");
    if (!(options.days >= 1 && options.days <= 366)) return usage("--days out of range", "");
    struct table table = { 0 };
    struct an_error error;
    enum an_err err = load_table(options.against, &table, &error);
    if (err == AN_OK) err = report(&options, &table, &error);
    if (err != AN_OK) fprintf(stderr, "anning-range realism: %s\n", error.text);
    free(table.rows);
    return err == AN_OK ? 0 : 1;
}
