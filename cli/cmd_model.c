/* anning model ls|show|compare|promote|rollback */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "cli/cli.h"
#include "cli/inert.h"
#include "cli/model_compare.h"
#include "cli/model_view.h"
#include "cli/models.h"

enum { NAMES_MAX = 2, LABELS_MAX = 64 };

struct flags {
    const char *data, *what;
    bool journal, shadow, json; /* journal: --data was given, so compare reads it */
    size_t name_count, label_count;
    const char *names[NAMES_MAX], *labels[LABELS_MAX];
};

static const struct argp_option options[] = {
    { "data", 'd', "DIR", 0,
      AN_HELP("data folder, whose models/ has the models (default: /var/lib/anning); compare: also whose calls",
              "数据目录，其中models/存放模型（默认/var/lib/anning）；compare时也取其中的呼叫"),
      0 },
    { "labels", 'l', "FILE", 0,
      AN_HELP("compare: labels of those calls (CSV: token, unwanted, ...); may be given again",
              "compare：这些呼叫的标签（CSV：token、unwanted等），可多次给出"),
      0 },
    { "shadow", 's', NULL, 0,
      AN_HELP("promote: score beside the live model instead of judging; rollback: no longer",
              "promote：作为影子模型评分而不参与判定；rollback：取消影子模型"),
      0 },
    { "json", 'j', NULL, 0, AN_HELP("show: the card as JSON", "show：以JSON输出模型卡"), 0 },
    { 0 },
};

static void take_word(struct flags *flags, char *arg, struct argp_state *state)
{
    if (flags->what == NULL)
        flags->what = arg;
    else if (flags->name_count == NAMES_MAX)
        argp_error(state, "at most two models, not %s too", arg);
    else
        flags->names[flags->name_count++] = arg;
}

static error_t take(int key, char *arg, struct argp_state *state)
{
    struct flags *flags = state->input;
    switch (key) {
    case 'd':
        flags->data = arg;
        flags->journal = true;
        break;
    case 'l':
        if (flags->label_count == LABELS_MAX) argp_error(state, "at most %d files of labels", LABELS_MAX);
        flags->labels[flags->label_count++] = arg;
        break;
    case 's': flags->shadow = true; break;
    case 'j': flags->json = true; break;
    case ARGP_KEY_ARG: take_word(flags, arg, state); break;
    case ARGP_KEY_END:
        if (flags->what == NULL) argp_error(state, "what? One of ls, show, compare, promote, rollback");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

#define EXAMPLES                                                                                                       \
    "  anning model ls\n"                                                                                              \
    "  anning model show city.anm\n"                                                                                   \
    "  anning model compare live new.anm --data /var/lib/anning --labels labels.csv\n"                                 \
    "  anning model promote new.anm --shadow\n"                                                                        \
    "  anning model promote new.anm\n"                                                                                 \
    "  anning model rollback\n"

static const struct argp argp = {
    options,
    take,
    "ls\nshow MODEL\ncompare MODEL MODEL\npromote MODEL\nrollback",
    AN_HELP(
        "The learned models of a data folder.\v"
        "  ls        what there is, and what judges\n"
        "  show      a model's card\n"
        "  compare   two cards; with --data what both make of those calls, with --labels how right they are\n"
        "  promote   lets a model judge, and keeps the one before for a rollback\n"
        "  rollback  back to the one before\n\n"
        "MODEL is a file, a name of the folder, live, shadow, previous, default (the one that ships) or, for "
        "compare, none: the hand-set weights. A running anningd is told to load.\n\n"
        "Examples:\n" EXAMPLES,
        "管理数据目录中的学习模型。\v"
        "  ls        列出模型及在用者\n"
        "  show      显示模型卡\n"
        "  compare   比较两张模型卡；加--data则比较对这些呼叫的判定，加--labels则比较准确度\n"
        "  promote   启用一个模型，并保留上一个以便回退\n"
        "  rollback  回到上一个模型\n\n"
        "MODEL可为文件、目录中的名称、live、shadow、previous、default（随附模型），compare时还可为none（人工权重）。"
        "运行中的anningd会被通知重新加载。\n\n"
        "示例：\n" EXAMPLES),
    NULL,
    NULL,
    NULL
};

/* Not found is a model of a name that nothing has: as a file that is not there. */
static int fail(enum an_err err, const struct an_error *error)
{
    return an_cli_fail(err == AN_ERR_NOT_FOUND ? AN_EXIT_ENVIRONMENT : an_cli_exit_of(err), "%s", error->text);
}

static int wants(const struct flags *flags, size_t least, size_t most)
{
    if (flags->name_count < least)
        return an_cli_fail(AN_EXIT_USAGE, "model %s: %s", flags->what,
                           least == 2 ? "which two models?" : "which model?");
    if (flags->name_count > most)
        return an_cli_fail(AN_EXIT_USAGE, "model %s: %s is one too many", flags->what, flags->names[most]);
    if (flags->label_count > 0 && strcmp(flags->what, "compare") != 0)
        return an_cli_fail(AN_EXIT_USAGE, "model %s takes no --labels", flags->what);
    return AN_EXIT_OK;
}

static int list(const struct flags *flags)
{
    struct an_cli_models *models = calloc(1, sizeof *models);
    struct an_error error;
    if (models == NULL) return an_cli_fail(AN_EXIT_ENVIRONMENT, "no memory");
    enum an_err err = an_cli_models_read(flags->data, models, &error);
    if (err == AN_OK && models->count == 0)
        printf("%s/models: %s\n", flags->data,
               an_cli_say("no models; the hand-set weights judge", "没有模型，使用人工权重判定"));
    else if (err == AN_OK)
        an_model_view_list(models);
    an_cli_models_done(models);
    free(models);
    return err == AN_OK ? AN_EXIT_OK : fail(err, &error);
}

static int show(const struct flags *flags)
{
    char path[AN_MODEL_PATH_MAX];
    struct an_forest *forest;
    struct an_error error;
    enum an_err err = an_cli_model_find(flags->data, flags->names[0], path, &error);
    if (err == AN_OK) err = an_forest_load(path, &forest, &error);
    if (err != AN_OK) return fail(err, &error);
    if (flags->json)
        an_inert_json_line(forest->card);
    else
        an_model_view_card(forest, path);
    an_forest_free(forest);
    return AN_EXIT_OK;
}

/* "none": the hand-set weights. */
static enum an_err load(const struct flags *flags, const char *name, struct an_score_model **ret_model,
                        struct an_error *error)
{
    char path[AN_MODEL_PATH_MAX];
    *ret_model = NULL;
    if (strcmp(name, AN_MODEL_NONE) == 0) return AN_OK;
    enum an_err err = an_cli_model_find(flags->data, name, path, error);
    return err == AN_OK ? an_score_model_load(path, ret_model, error) : err;
}

static const struct an_forest *forest_of(const struct an_score_model *model)
{
    return model == NULL ? NULL : an_score_model_forest(model);
}

static int compare(const struct flags *flags)
{
    struct an_score_model *models[2] = { NULL, NULL };
    struct an_error error;
    int status = AN_EXIT_OK;
    if (flags->label_count > 0 && !flags->journal)
        return an_cli_fail(AN_EXIT_USAGE, "labels of which calls? --data DIR");
    enum an_err err = load(flags, flags->names[0], &models[0], &error);
    if (err == AN_OK) err = load(flags, flags->names[1], &models[1], &error);
    if (err == AN_OK)
        an_model_view_cards(forest_of(models[0]), forest_of(models[1]), flags->names[0], flags->names[1]);
    else
        status = fail(err, &error);
    if (err == AN_OK && flags->journal) {
        const struct an_model_comparison comparison = { .models = { models[0], models[1] },
                                                        .names = { flags->names[0], flags->names[1] },
                                                        .data = flags->data,
                                                        .label_count = flags->label_count,
                                                        .labels = flags->labels };
        status = an_model_compare(&comparison);
    }
    an_score_model_free(models[0]);
    an_score_model_free(models[1]);
    return status;
}

/* The anningd that holds this folder's journal; 0: none. Another program that has it open (libanning) must not get a
 * signal it may die of. */
static pid_t daemon_of(const char *data)
{
    char path[AN_MODEL_PATH_MAX + 16], name[32] = "";
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    snprintf(path, sizeof path, "%.*s/journal/lock", AN_MODEL_PATH_MAX - 1, data);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    bool held = fcntl(fd, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK && whole.l_pid > 0;
    close(fd);
    if (!held) return 0;
    snprintf(path, sizeof path, "/proc/%d/comm", (int)whole.l_pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) return 0;
    bool read = fgets(name, sizeof name, file) != NULL;
    fclose(file);
    return read && strcmp(name, "anningd\n") == 0 ? whole.l_pid : 0;
}

static void tell_daemon(const char *data)
{
    pid_t pid = daemon_of(data);
    if (pid != 0 && kill(pid, SIGHUP) == 0)
        printf(an_cli_say("anningd, process %d, was told to load it; its log says whether it did\n",
                          "已通知anningd（进程%d）加载，结果见其日志\n"),
               (int)pid);
    else if (pid != 0)
        printf(an_cli_say(
                   "anningd runs as process %d, but may not be told (%s): kill -HUP %d, or systemctl reload anningd\n",
                   "anningd正在运行（进程%d），但无权通知（%s）：请执行kill -HUP %d或systemctl reload anningd\n"),
               (int)pid, strerror(errno), (int)pid);
    else
        puts(an_cli_say("no anningd runs on this folder; the next start loads it",
                        "没有使用此目录的anningd在运行，下次启动时加载"));
}

/* A model that calls can't be judged by must not be promoted. */
static enum an_err check(const char *path, uint64_t *ret_version, struct an_error *error)
{
    struct an_score_model *model;
    enum an_err err = an_score_model_load(path, &model, error);
    if (err != AN_OK) return err;
    *ret_version = an_score_model_forest(model)->version;
    an_score_model_free(model);
    return AN_OK;
}

/* What a link names; empty: none. */
static enum an_err roles_of(const char *data, char roles[AN_MODEL_ROLES][AN_MODEL_NAME_MAX], struct an_error *error)
{
    struct an_cli_models *models = calloc(1, sizeof *models);
    if (models == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    enum an_err err = an_cli_models_read(data, models, error);
    if (err == AN_OK) memcpy(roles, models->roles, sizeof models->roles);
    if (err == AN_OK) an_cli_models_done(models);
    free(models);
    return err;
}

static enum an_err put_live(const char *data, const char *name, const char *before, struct an_error *error)
{
    enum an_err err = AN_OK;
    if (name == NULL || strcmp(before, name) != 0)
        err = an_cli_model_link(data, AN_MODEL_PREVIOUS, before[0] == '\0' ? NULL : before, error);
    return err == AN_OK ? an_cli_model_link(data, AN_MODEL_LIVE, name, error) : err;
}

static int promote(const struct flags *flags)
{
    char path[AN_MODEL_PATH_MAX], name[AN_MODEL_NAME_MAX], roles[AN_MODEL_ROLES][AN_MODEL_NAME_MAX];
    uint64_t version;
    struct an_error error;
    if (!an_cli_data_exists(flags->data)) return AN_EXIT_ENVIRONMENT;
    enum an_err err = an_cli_model_find(flags->data, flags->names[0], path, &error);
    if (err == AN_OK) {
        char *real = realpath(path, NULL); /* "previous" is a link */
        if (real != NULL) snprintf(path, sizeof path, "%s", real);
        free(real);
        err = check(path, &version, &error);
    }
    if (err == AN_OK) err = an_cli_model_take_in(flags->data, path, name, &error);
    if (err == AN_OK) err = roles_of(flags->data, roles, &error);
    if (err == AN_OK)
        err = flags->shadow ? an_cli_model_link(flags->data, AN_MODEL_SHADOW, name, &error)
                            : put_live(flags->data, name, roles[AN_MODEL_LIVE], &error);
    if (err != AN_OK) return fail(err, &error);
    if (flags->shadow)
        printf(an_cli_say("%s, %016" PRIx64 ", scores in the shadow of the live one\n",
                          "%s（%016" PRIx64 "）作为影子模型评分\n"),
               name, version);
    else
        printf(an_cli_say("%s, %016" PRIx64 ", judges; before: %s\n", "启用%s（%016" PRIx64 "），上一个：%s\n"), name,
               version,
               roles[AN_MODEL_LIVE][0] == '\0'
                   ? an_cli_say("the one that ships, or the hand-set weights", "随附模型或人工权重")
                   : roles[AN_MODEL_LIVE]);
    tell_daemon(flags->data);
    return AN_EXIT_OK;
}

/* Twice is there and back again. */
static int rollback(const struct flags *flags)
{
    char roles[AN_MODEL_ROLES][AN_MODEL_NAME_MAX];
    struct an_error error;
    if (!an_cli_data_exists(flags->data)) return AN_EXIT_ENVIRONMENT;
    enum an_err err = roles_of(flags->data, roles, &error);
    if (err != AN_OK) return fail(err, &error);
    const char *live = roles[AN_MODEL_LIVE], *previous = roles[AN_MODEL_PREVIOUS];
    if (flags->shadow) {
        if (roles[AN_MODEL_SHADOW][0] == '\0')
            return an_cli_fail(AN_EXIT_NO, "%s/models: no model scores in the shadow", flags->data);
        err = an_cli_model_link(flags->data, AN_MODEL_SHADOW, NULL, &error);
        if (err == AN_OK) puts(an_cli_say("no shadow model any more", "已取消影子模型"));
    } else {
        if (live[0] == '\0' && previous[0] == '\0')
            return an_cli_fail(AN_EXIT_NO, "%s/models: nothing was promoted, so there is nothing to go back from",
                               flags->data);
        err = put_live(flags->data, previous[0] == '\0' ? NULL : previous, live, &error);
        if (err == AN_OK)
            printf(an_cli_say("%s judges again; %s is kept as the one before\n", "恢复%s，%s保留为上一个\n"),
                   previous[0] == '\0'
                       ? an_cli_say("the model that ships, or the hand-set weights,", "随附模型或人工权重")
                       : previous,
                   live[0] == '\0' ? an_cli_say("nothing", "（无）") : live);
    }
    if (err != AN_OK) return fail(err, &error);
    tell_daemon(flags->data);
    return AN_EXIT_OK;
}

int an_cmd_model(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(const struct flags *flags);
        size_t names;
    } actions[] = {
        { "ls", list, 0 },         { "show", show, 1 },         { "compare", compare, 2 },
        { "promote", promote, 1 }, { "rollback", rollback, 0 },
    };
    enum { ACTIONS = sizeof actions / sizeof actions[0] };
    static struct flags flags = { .data = "/var/lib/anning" };
    const char *names[ACTIONS];
    an_cli_parse(&argp, argc, argv, &flags);
    for (int i = 0; i < ACTIONS; i++) {
        names[i] = actions[i].name;
        if (strcmp(flags.what, actions[i].name) != 0) continue;
        int status = wants(&flags, actions[i].names, actions[i].names);
        return status == AN_EXIT_OK ? actions[i].run(&flags) : status;
    }
    const char *near = an_nearest(an_slice_of(flags.what), names, ACTIONS);
    return an_cli_fail(AN_EXIT_USAGE,
                       "model has no action \"%.40s\"%s%s; ls, show, compare, promote and rollback are possible",
                       flags.what, near == NULL ? "" : "; did you mean ", near == NULL ? "" : near);
}
