/* anning train: a model out of labelled calls or a labelled table. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/train.h"

enum {
    KEY_LABELS = 256,
    KEY_FEATURES,
    KEY_EXCLUDE,
    KEY_GROUP,
    KEY_WEIGHT,
    KEY_CLASS,
    KEY_CV,
    KEY_REPEAT,
    KEY_FOLDS,
    KEY_BAGS,
    KEY_SEED,
    KEY_THREADS,
    KEY_PLANS,
    KEY_TREES,
    KEY_DEPTH,
    KEY_ROWS,
    KEY_UNWANTED_WEIGHT,
    KEY_CLASS_WEIGHT,
    KEY_MONOTONE,
    KEY_LICENCE
};

static const struct argp_option options[] = {
    { NULL, 0, NULL, 0, AN_HELP("What to learn from:", "训练数据："), 1 },
    { "table", 't', "FILE", 0, AN_HELP("a CSV table, one row each", "CSV表，每行一个样本"), 1 },
    { "label", 'l', "COLUMN", 0, AN_HELP("its column that says 1 (unwanted) or 0", "标签列：1为不受欢迎，0为正常"), 1 },
    { "data", 'd', "DIR", 0,
      AN_HELP("a data folder with a journal; may be given again", "含日志的数据目录，可多次给出"), 1 },
    { "labels", KEY_LABELS, "FILE", 0,
      AN_HELP("labels of its calls: one file a folder, or one for all", "呼叫的标签文件：每个目录一个，或共用一个"),
      1 },
    { NULL, 0, NULL, 0, AN_HELP("Columns of a table:", "表的列："), 2 },
    { "features", KEY_FEATURES, "GLOB,...", 0, AN_HELP("learn from these columns only", "只使用这些列"), 2 },
    { "exclude", KEY_EXCLUDE, "GLOB,...", 0, AN_HELP("leave these columns out", "排除这些列"), 2 },
    { "group", KEY_GROUP, "COLUMN", 0,
      AN_HELP("rows of one group are never on both sides of a split", "同组的行不会分到两侧"), 2 },
    { "weight", KEY_WEIGHT, "COLUMN", 0, AN_HELP("how much a row counts", "行的权重"), 2 },
    { "class", KEY_CLASS, "COLUMN", 0, AN_HELP("tell figures by this column", "按此列分别给出指标"), 2 },
    { "monotone", KEY_MONOTONE, "COLUMN=+1", 0,
      AN_HELP("more of it never lowers (-1: never raises) the probability", "该列增大时概率不降（-1：不升）"), 2 },
    { NULL, 0, NULL, 0, AN_HELP("How:", "方式："), 3 },
    { "model", 'm', "FILE", 0, AN_HELP("write the model here", "模型写入此文件"), 3 },
    { "cv", KEY_CV, "N", 0, AN_HELP("nested cross-validation with so many folds", "嵌套交叉验证的折数"), 3 },
    { "repeat", KEY_REPEAT, "N", 0, AN_HELP("so many times (default 1)", "重复次数（默认1）"), 3 },
    { "folds", KEY_FOLDS, "N", 0, AN_HELP("folds the choices are made on (default 5)", "用于选择的折数（默认5）"), 3 },
    { "bags", KEY_BAGS, "N", 0,
      AN_HELP("models averaged into one (default 5 for tables, 1 for calls)", "平均的模型数（表默认5，呼叫默认1）"),
      3 },
    { "plans", KEY_PLANS, "N", 0, AN_HELP("try only the first N plans", "只尝试前N个方案"), 3 },
    { "trees", KEY_TREES, "N", 0, AN_HELP("at most so many trees a bag", "每个模型最多的树数"), 3 },
    { "depth", KEY_DEPTH, "N", 0, AN_HELP("depth of the trees, 1 to 8", "树的深度，1至8"), 3 },
    { "rows", KEY_ROWS, "N", 0,
      AN_HELP("keep at most so many calls; wanted ones are sampled (default 1000000)",
              "最多保留的呼叫数；正常呼叫会被抽样（默认1000000）"),
      3 },
    { "unwanted-weight", KEY_UNWANTED_WEIGHT, "W", 0,
      AN_HELP("what missing an unwanted one costs against a wanted one (default 1)", "漏判相对误判的代价（默认1）"),
      3 },
    { "class-weight", KEY_CLASS_WEIGHT, "CLASS=W", 0,
      AN_HELP("a mistake on this class costs so much more (default 1); may be given again",
              "该类别判错的代价倍数（默认1），可多次给出"),
      3 },
    { "seed", KEY_SEED, "N", 0, AN_HELP("of folds and trees (default 1)", "随机种子（默认1）"), 3 },
    { "threads", KEY_THREADS, "N", 0, AN_HELP("(default 1 for small tables, else 2)", "线程数（小表默认1，否则2）"),
      3 },
    { "licence", KEY_LICENCE, "TEXT", 0, AN_HELP("of the data, for the card", "数据的许可，写入模型卡"), 3 },
    { "json", 'j', NULL, 0, AN_HELP("print the model's card instead of the report", "输出模型卡而非报告"), 3 },
    { 0 },
};

static uint64_t number_of(struct argp_state *state, const char *name, const char *text, uint64_t least, uint64_t most)
{
    uint64_t value = 0;
    if (an_slice_u64(an_slice_of(text), most, &value) != AN_OK || value < least)
        argp_error(state, "--%s %s: a whole number from %llu to %llu is right", name, text, (unsigned long long)least,
                   (unsigned long long)most);
    return value;
}

static void take_monotone(struct argp_state *state, struct an_recipe_spec *spec, char *arg)
{
    char *sign = strrchr(arg, '=');
    if (sign == NULL || (strcmp(sign, "=+1") != 0 && strcmp(sign, "=1") != 0 && strcmp(sign, "=-1") != 0))
        argp_error(state, "--monotone %s: COLUMN=+1 or COLUMN=-1 is right", arg);
    if (spec->bound_count == AN_RECIPE_BOUNDS_MAX)
        argp_error(state, "--monotone: at most %d columns", AN_RECIPE_BOUNDS_MAX);
    spec->bounds[spec->bound_count].sign = sign[1] == '-' ? -1 : 1;
    *sign = '\0';
    spec->bounds[spec->bound_count++].column = arg;
}

static void add_file(struct argp_state *state, const char *name, const char **files, size_t *count, const char *file)
{
    if (*count == AN_TRAIN_FILES_MAX) argp_error(state, "--%s: at most %d", name, AN_TRAIN_FILES_MAX);
    files[(*count)++] = file;
}

static float weight_of(struct argp_state *state, const char *name, const char *text)
{
    double weight = 0;
    if (an_slice_double(an_slice_of(text), &weight) != AN_OK || !(weight >= 0.001 && weight <= 1000))
        argp_error(state, "--%s %s: a number from 0.001 to 1000 is right", name, text);
    return (float)weight;
}

static void take_class_weight(struct argp_state *state, struct an_train_flags *f, char *arg)
{
    char *weight = strrchr(arg, '=');
    if (weight == NULL || weight == arg) argp_error(state, "--class-weight %s: CLASS=W is right", arg);
    if (f->cost_count == AN_CLASSES_MAX) argp_error(state, "--class-weight: at most %d classes", AN_CLASSES_MAX);
    f->costs[f->cost_count].cost = weight_of(state, "class-weight", weight + 1);
    *weight = '\0';
    f->costs[f->cost_count++].name = arg;
}

static void check_flags(const struct an_train_flags *f, struct argp_state *state)
{
    if (f->table == NULL && f->data_count == 0)
        argp_error(state, "what from? --table FILE --label COLUMN, or --data DIR --labels FILE");
    if (f->table != NULL && f->data_count > 0) argp_error(state, "either --table or --data, not both");
    if (f->table != NULL && f->spec.label == NULL) argp_error(state, "which column holds the label? --label COLUMN");
    if (f->table != NULL && f->labels_count > 0)
        argp_error(state, "--labels goes with --data; a table has --label COLUMN");
    const struct an_recipe_spec *s = &f->spec;
    if (f->data_count > 0 &&
        (s->label || s->features || s->exclude || s->group || s->weight || s->class_of || s->bound_count))
        argp_error(state, "columns are named for a --table only; of calls all features are used");
    if (f->data_count > 0 && f->labels_count != 1 && f->labels_count != f->data_count)
        argp_error(state, "%zu --data and %zu --labels; one for each folder, or one for all", f->data_count,
                   f->labels_count);
    if (f->model == NULL && f->cross == 0 && !f->json)
        argp_error(state, "nothing to do: --model FILE writes a model, --cv N tells how good one is");
}

static error_t take_number(int key, char *arg, struct argp_state *state)
{
    struct an_train_flags *f = state->input;
    switch (key) {
    case KEY_CV: f->cross = (unsigned)number_of(state, "cv", arg, 2, AN_FOLDS_MAX); break;
    case KEY_REPEAT: f->repeat = (unsigned)number_of(state, "repeat", arg, 1, AN_CROSS_REPEATS_MAX); break;
    case KEY_FOLDS: f->folds = (unsigned)number_of(state, "folds", arg, 2, AN_FOLDS_MAX); break;
    case KEY_BAGS: f->bags = (unsigned)number_of(state, "bags", arg, 1, AN_FIT_BAGS_MAX); break;
    case KEY_PLANS: f->plans = (unsigned)number_of(state, "plans", arg, 1, AN_FIT_PLANS_MAX); break;
    case KEY_TREES: f->trees = (unsigned)number_of(state, "trees", arg, 1, AN_FOREST_TREES_MAX); break;
    case KEY_DEPTH: f->depth = (unsigned)number_of(state, "depth", arg, 1, AN_FOREST_DEPTH_MAX); break;
    case KEY_ROWS: f->rows = number_of(state, "rows", arg, 100, AN_TRAIN_ROWS_MAX); break;
    case KEY_SEED: f->seed = number_of(state, "seed", arg, 0, UINT32_MAX); break;
    case KEY_THREADS: f->threads = (unsigned)number_of(state, "threads", arg, 1, 256); break;
    case KEY_UNWANTED_WEIGHT: f->unwanted_weight = weight_of(state, "unwanted-weight", arg); break;
    case KEY_CLASS_WEIGHT: take_class_weight(state, f, arg); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static error_t take(int key, char *arg, struct argp_state *state)
{
    struct an_train_flags *f = state->input;
    switch (key) {
    case 't': f->table = arg; break;
    case 'm': f->model = arg; break;
    case 'l': f->spec.label = arg; break;
    case 'j': f->json = true; break;
    case 'd': add_file(state, "data", f->data, &f->data_count, arg); break;
    case KEY_LABELS: add_file(state, "labels", f->labels, &f->labels_count, arg); break;
    case KEY_FEATURES: f->spec.features = arg; break;
    case KEY_EXCLUDE: f->spec.exclude = arg; break;
    case KEY_GROUP: f->spec.group = arg; break;
    case KEY_WEIGHT: f->spec.weight = arg; break;
    case KEY_CLASS: f->spec.class_of = arg; break;
    case KEY_MONOTONE: take_monotone(state, &f->spec, arg); break;
    case KEY_LICENCE: f->licence = arg; break;
    case ARGP_KEY_ARG: argp_error(state, "takes no argument, not %s", arg); break;
    case ARGP_KEY_END: check_flags(f, state); break;
    default: return take_number(key, arg, state);
    }
    return 0;
}

#define EXAMPLES                                                                                                       \
    "  anning train --table subscribers.csv --label fraud --cv 5 --repeat 2\n"                                         \
    "  anning train --table subscribers.csv --label fraud --model subscribers.anm\n"                                   \
    "  anning train --data /var/lib/anning --labels labels.csv --model calls.anm\n"

static const struct argp argp = {
    options,
    take,
    NULL,
    AN_HELP(
        "Learns to tell unwanted from wanted: from calls in a journal with labels, or from a table. The model and its "
        "card go into one file.\v"
        "Examples:\n" EXAMPLES "\nLabel files and models are described in docs/models.md.\n",
        "学习区分不受欢迎与正常：数据为带标签的日志呼叫，或一张表。模型及其模型卡写入同一文件。\v"
        "示例：\n" EXAMPLES "\n标签文件和模型的说明见docs/models.md。\n"),
    NULL,
    NULL,
    NULL
};

/* A model goes to others, who need not know in which folders it was made. */
static size_t folders_of(const char *arg)
{
    const char *value = strncmp(arg, "--", 2) == 0 && strchr(arg, '=') != NULL ? strchr(arg, '=') + 1 : arg;
    size_t len = strlen(value);
    while (len > 1 && value[len - 1] == '/') len--;
    const char *slash = memrchr(value, '/', len);
    return slash == NULL || strstr(value, "://") != NULL ? 0 : (size_t)(slash + 1 - value);
}

static void remember_command(int argc, char **argv, char *out, size_t size)
{
    static const char cut[] = " ...";
    size_t used = 0;
    for (int i = 0; i < argc; i++) {
        const char *arg = argv[i];
        size_t folders = i == 0 ? 0 : folders_of(arg), flag = folders > 0 && arg[0] == '-' ? strcspn(arg, "=") + 1 : 0;
        const char *quote = strpbrk(arg, " '\"*?,;()") != NULL && i > 0 ? "'" : "";
        int wrote = snprintf(out + used, size - used, "%s%s%.*s%s%s", i == 0 ? "" : " ", quote, (int)flag, arg,
                             arg + flag + folders, quote);
        if (wrote < 0 || used + (size_t)wrote + sizeof cut > size) {
            memcpy(out + used, cut, sizeof cut);
            return;
        }
        used += (size_t)wrote;
    }
}

/* Asked before an hour of work. A model is written beside its name and renamed. */
static bool can_be_written(const char *path)
{
    char folder[PATH_MAX];
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return false;
    }
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    if (len >= sizeof folder) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(folder, slash == NULL ? "." : path, slash == NULL ? 2 : len);
    if (slash != NULL) folder[len] = '\0';
    return access(folder, W_OK | X_OK) == 0;
}

int an_cmd_train(int argc, char **argv)
{
    static struct an_train_flags flags;
    flags = (struct an_train_flags) { .repeat = 1, .folds = 5, .seed = 1, .rows = 1000000, .unwanted_weight = 1 };
    remember_command(argc, argv, flags.command, sizeof flags.command);
    an_cli_parse(&argp, argc, argv, &flags);
    if (flags.model != NULL && !can_be_written(flags.model))
        return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s: the model can't be written there: %s; nothing was done",
                           flags.model, strerror(errno));
    return flags.table != NULL ? an_train_table(&flags) : an_train_calls(&flags);
}
