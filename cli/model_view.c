#include "cli/model_view.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "cli/cli.h"
#include "cli/output.h"

enum { VALUE_MAX = 120, LABEL_WIDTH = 26, SHOWN_FEATURES = 10 };

/* Item at a path such as "figures.held.auc"; NULL: none. */
static const cJSON *at(const cJSON *card, const char *path)
{
    char key[64];
    while (card != NULL && *path != '\0') {
        size_t len = strcspn(path, ".");
        an_slice_copy((struct an_slice) { path, len }, key, sizeof key);
        card = cJSON_GetObjectItemCaseSensitive(card, key);
        path += len + (path[len] == '.');
    }
    return card;
}

/* As text; false: there is nothing to tell. */
static bool value_of(const cJSON *item, char value[VALUE_MAX])
{
    value[0] = '\0';
    if (cJSON_IsString(item)) snprintf(value, VALUE_MAX, "%s", item->valuestring);
    if (cJSON_IsNumber(item) && fabs(item->valuedouble) < 1e15 && item->valuedouble == floor(item->valuedouble) &&
        fabs(item->valuedouble) >= 1000)
        an_text_count((unsigned long long)fabs(item->valuedouble), value);
    else if (cJSON_IsNumber(item))
        snprintf(value, VALUE_MAX, "%.4g", item->valuedouble);
    an_utf8_inert(value); /* whoever wrote the file does not write on our terminal */
    return value[0] != '\0';
}

struct row {
    const char *path, *en, *zh;
};

static const struct row about[] = {
    { "purpose", "made for", "用途" },
    { "note", "note", "说明" },
    { "trained", "trained", "训练时间" },
    { "software", "by", "训练程序" },
    { "licence_of_data", "licence of the data", "数据许可" },
    { "rows.unwanted", "unwanted calls", "骚扰样本数" },
    { "rows.wanted", "wanted calls", "正常样本数" },
    { "rows.unwanted_share", "unwanted share", "骚扰占比" },
    { "parameters.trained_by", "learner", "训练算法" },
    { "parameters.depth", "depth", "树深" },
    { "calibration.kind", "calibration", "校准" },
};
static const struct row figures[] = {
    { "figures.held.auc", "AUC", "AUC" },
    { "figures.held.average_precision", "average precision", "平均精度" },
    { "figures.held.recall_at_fpr_1e-4", "found at 1 in 10,000", "误判万分之一时召回" },
    { "figures.held.recall_at_fpr_1e-3", "found at 1 in 1,000", "误判千分之一时召回" },
    { "figures.held.recall_at_fpr_1e-2", "found at 1 in 100", "误判百分之一时召回" },
    { "figures.held.log_loss", "log loss", "对数损失" },
    { "figures.held.ece", "calibration error", "校准误差" },
    { "figures.nested.auc", "AUC, nested", "AUC（嵌套）" },
    { "figures.nested.macro_f1", "macro F1, nested", "宏平均F1（嵌套）" },
    { "figures.categories.accuracy", "categories right", "类别准确率" },
};
#define ROWS(table) (sizeof(table) / sizeof(table)[0])

static void line(const char *label, const char *value)
{
    printf("  ");
    an_text_pad(stdout, label, LABEL_WIDTH, false);
    an_text_wrap(stdout, value, 80 - LABEL_WIDTH - 2, LABEL_WIDTH + 2);
    putchar('\n');
}

static void lines(const cJSON *card, const struct row *rows, size_t count)
{
    char value[VALUE_MAX];
    for (size_t i = 0; i < count; i++)
        if (value_of(at(card, rows[i].path), value)) line(an_cli_say(rows[i].en, rows[i].zh), value);
}

static void heading(const char *text)
{
    printf("%s%s%s\n", an_style(stdout, AN_STYLE_BOLD), text, an_style(stdout, AN_STYLE_PLAIN));
}

static void show_data(const cJSON *card)
{
    const cJSON *source;
    char kind[VALUE_MAX], name[VALUE_MAX], rows[VALUE_MAX], hash[VALUE_MAX];
    cJSON_ArrayForEach(source, at(card, "data"))
    {
        char text[4 * VALUE_MAX + 8];
        value_of(at(source, "kind"), kind);
        value_of(at(source, "name"), name);
        value_of(at(source, "rows"), rows);
        value_of(at(source, "hash"), hash);
        snprintf(text, sizeof text, "%s, %s %s, %s", name, rows, an_cli_say("rows", "行"), hash);
        line(kind, text);
    }
}

static void show_features(const cJSON *card, const struct an_forest *forest)
{
    const cJSON *feature;
    char value[VALUE_MAX];
    unsigned shown = 0;
    snprintf(value, sizeof value, "%u", forest->features);
    line(an_cli_say("features", "特征数"), value);
    cJSON_ArrayForEach(feature, at(card, "most_asked_features"))
    {
        if (shown++ == SHOWN_FEATURES || !value_of(feature, value)) break;
        char name[VALUE_MAX];
        an_slice_copy(an_slice_of(feature->string), name, sizeof name);
        line(an_utf8_inert(name), value);
    }
}

void an_model_view_card(const struct an_forest *forest, const char *path)
{
    char text[VALUE_MAX];
    cJSON *card = cJSON_Parse(forest->card);
    char file[AN_MODEL_PATH_MAX];
    an_slice_copy(an_slice_of(path), file, sizeof file);
    heading(an_utf8_inert(file));
    snprintf(text, sizeof text, "%016" PRIx64, forest->version);
    line(an_cli_say("version", "版本"), text);
    snprintf(text, sizeof text, "%u, %u %s", forest->unwanted.trees, forest->node_count, an_cli_say("nodes", "节点"));
    line(an_cli_say("trees", "树"), text);
    if (card == NULL) {
        line(an_cli_say("card", "模型卡"), an_cli_say("can't be read: it is no JSON", "无法读取：不是JSON"));
        return;
    }
    lines(card, about, ROWS(about));
    heading(an_cli_say("Data", "数据"));
    show_data(card);
    heading(an_cli_say("On calls it had not seen", "在未见过的呼叫上"));
    lines(card, figures, ROWS(figures));
    heading(an_cli_say("What it asks most, and how often", "最常使用的特征及次数"));
    show_features(card, forest);
    cJSON_Delete(card);
}

static void compare_rows(struct an_grid *grid, const cJSON *a, const cJSON *b, const struct row *rows, size_t count)
{
    char left[VALUE_MAX], right[VALUE_MAX];
    for (size_t i = 0; i < count; i++) {
        bool some = value_of(at(a, rows[i].path), left);
        some |= value_of(at(b, rows[i].path), right);
        const char *cells[] = { an_cli_say(rows[i].en, rows[i].zh), left, right };
        if (some) an_grid_row(grid, cells);
    }
}

void an_model_view_cards(const struct an_forest *a, const struct an_forest *b, const char *name_a, const char *name_b)
{
    const char *headers[] = { an_cli_say("card", "模型卡"), name_a, name_b };
    struct an_grid *grid = an_grid_new(3, headers);
    cJSON *left = a == NULL ? NULL : cJSON_Parse(a->card), *right = b == NULL ? NULL : cJSON_Parse(b->card);
    compare_rows(grid, left, right, about, ROWS(about));
    an_grid_rule(grid);
    compare_rows(grid, left, right, figures, ROWS(figures));
    an_grid_print(grid, stdout);
    an_grid_free(grid);
    cJSON_Delete(left);
    cJSON_Delete(right);
}

/* "live, previous" */
static void roles_of(const struct an_cli_models *models, const struct an_cli_model *model, char *out, size_t size)
{
    static const char *const zh[AN_MODEL_ROLES] = { "在用", "影子", "上一个" };
    bool live_found = models->roles[AN_MODEL_LIVE][0] != '\0';
    size_t used = 0;
    out[0] = '\0';
    if (model->ships && !live_found) used += (size_t)snprintf(out, size, "%s", an_cli_say("live", "在用"));
    for (int r = 0; r < AN_MODEL_ROLES && used < size; r++)
        if (!model->ships && strcmp(models->roles[r], model->name) == 0)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used == 0 ? "" : ", ",
                                     an_cli_say(an_model_role_name((enum an_model_role)r), zh[r]));
    if (model->ships && used < size)
        snprintf(out + used, size - used, "%s%s", used == 0 ? "" : ", ", an_cli_say("ships", "随附"));
}

void an_model_view_list(const struct an_cli_models *models)
{
    const char *headers[] = { an_cli_say("model", "模型"),   an_cli_say("role", "角色"),
                              an_cli_say("version", "版本"), an_cli_say("trained", "训练时间"),
                              an_cli_say(">calls", ">样本"), ">AUC",
                              an_cli_say("~note", "~说明") };
    struct an_grid *grid = an_grid_new(7, headers);
    for (size_t i = 0; i < models->count; i++) {
        const struct an_cli_model *model = &models->at[i];
        char roles[64], version[24] = "", trained[VALUE_MAX] = "", rows[32] = "", auc[VALUE_MAX] = "";
        roles_of(models, model, roles, sizeof roles);
        if (model->forest != NULL) {
            cJSON *card = cJSON_Parse(model->forest->card);
            const cJSON *unwanted = at(card, "rows.unwanted"), *wanted = at(card, "rows.wanted");
            snprintf(version, sizeof version, "%016" PRIx64, model->forest->version);
            value_of(at(card, "trained"), trained);
            value_of(at(card, "figures.held.auc"), auc);
            if (cJSON_IsNumber(unwanted) && cJSON_IsNumber(wanted))
                an_text_count((unsigned long long)(unwanted->valuedouble + wanted->valuedouble), rows);
            cJSON_Delete(card);
        }
        trained[sizeof "2026-11-22" - 1] = '\0';
        const char *fault = model->forest == NULL ? model->fault.text : "";
        const char *cells[] = { model->name, roles, version, trained, rows, auc, fault };
        an_grid_row(grid, cells);
    }
    an_grid_print(grid, stdout);
    an_grid_free(grid);
}
