/* anning symbols, anning features, anning number: the tables behind a verdict. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/slice.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "enrich/plan.h"
#include "model/feature.h"
#include "score/symbols.h"

static error_t take_nothing(int key, char *arg, struct argp_state *state)
{
    if (key == ARGP_KEY_ARG) argp_error(state, "takes no argument, not %s", arg);
    return key == ARGP_KEY_ARG ? 0 : ARGP_ERR_UNKNOWN;
}

int an_cmd_symbols(int argc, char **argv)
{
    static const struct argp argp = { .parser = take_nothing,
                                      .doc = AN_HELP("Lists the symbols: the named reasons of a verdict.",
                                                     "列出各判定理由（符号）及其权重。") };
    an_cli_parse(&argp, argc, argv, NULL);
    static const char *const headers[] = { "symbol", "group", "level", ">weight", "feature", "~meaning", "~含义" };
    struct an_grid *grid = an_grid_new(7, headers);
    for (int s = 0; s < AN_SYMBOL_COUNT; s++) {
        const struct an_symbol_info *row = &an_symbol_info[s];
        char weight[16];
        snprintf(weight, sizeof weight, "%+.1f", (double)row->weight);
        const char *cells[] = { row->name,
                                row->group,
                                row->level == AN_SYMBOL_OWN ? "own" : "shared",
                                weight,
                                an_feature_info[row->feature].name,
                                row->en,
                                row->zh };
        an_grid_row(grid, cells);
    }
    an_grid_print(grid, stdout);
    an_grid_free(grid);
    return AN_EXIT_OK;
}

int an_cmd_features(int argc, char **argv)
{
    static const struct argp argp = {
        .parser = take_nothing, .doc = AN_HELP("Lists the features a verdict is judged on.", "列出判定所依据的特征。")
    };
    an_cli_parse(&argp, argc, argv, NULL);
    static const char *const headers[] = { "feature", "unit", "evidence", "~meaning", "~含义" };
    struct an_grid *grid = an_grid_new(5, headers);
    for (int f = 0; f < AN_FEATURE_COUNT; f++) {
        const struct an_feature_info *row = &an_feature_info[f];
        const char *cells[] = { row->name, row->unit, row->evidence, row->en, row->zh };
        an_grid_row(grid, cells);
    }
    an_grid_print(grid, stdout);
    an_grid_free(grid);
    return AN_EXIT_OK;
}

struct numbers {
    int count;
    char *texts[64];
};

static error_t take_number(int key, char *arg, struct argp_state *state)
{
    struct numbers *numbers = state->input;
    if (key == ARGP_KEY_ARG) {
        if (numbers->count == 64) argp_error(state, "at most 64 numbers at a time");
        numbers->texts[numbers->count++] = arg;
        return 0;
    }
    if (key == ARGP_KEY_END && numbers->count == 0) argp_error(state, "which number?");
    return key == ARGP_KEY_END ? 0 : ARGP_ERR_UNKNOWN;
}

static void show_number(const struct an_plan *plan, const struct an_settings *settings, const char *text,
                        struct an_grid *grid)
{
    struct an_normal normal;
    struct an_number_info info;
    char number[AN_NUMBER_TEXT_MAX], block[24] = "", region[160];
    an_plan_normalise(plan, an_slice_of(text), settings, true, &normal);
    an_plan_lookup(plan, normal.number, &info);
    an_number_text(normal.number, number);
    if (info.block != 0) snprintf(block, sizeof block, "%" PRIu64, info.block);
    struct an_region_name name = an_plan_region(&info);
    const char *province = an_cli_say(name.province_en, name.province_zh),
               *city = an_cli_say(name.city_en, name.city_zh);
    bool both = strcmp(province, city) != 0; /* Beijing is both */
    snprintf(region, sizeof region, "%s%s%s", province, both && city[0] != '\0' ? " " : "", both ? city : "");
    const char *cells[] = { text,
                            number,
                            an_number_kind_name((enum an_number_kind)info.kind),
                            info.op == AN_OPERATOR_NONE ? "" : an_operator_name((enum an_operator)info.op),
                            region,
                            block };
    an_grid_row(grid, cells);
}

#define EXAMPLE "  anning number 13800138000 010-12345 17951075586668888 +442079460000\n"

int an_cmd_number(int argc, char **argv)
{
    static const struct argp argp = {
        .parser = take_number,
        .args_doc = "NUMBER...",
        .doc = AN_HELP("Tells what the numbering plan says of a number.\v"
                       "Example:\n" EXAMPLE,
                       "查询号码在编号计划中的归属。\v"
                       "示例：\n" EXAMPLE),
    };
    struct numbers numbers = { 0 };
    an_cli_parse(&argp, argc, argv, &numbers);
    struct an_settings settings;
    struct an_plan *plan = an_plan_new(NULL);
    if (plan == NULL || an_settings_init(&settings) != AN_OK) return an_cli_fail(AN_EXIT_ENVIRONMENT, "no memory");
    static const char *const headers[][6] = { { "written", "number", "kind", "operator", "region", "block" },
                                              { "写法", "号码", "类型", "运营商", "归属地", "号段" } };
    struct an_grid *grid = an_grid_new(6, headers[an_cli_language()]);
    for (int i = 0; i < numbers.count; i++) show_number(plan, &settings, numbers.texts[i], grid);
    an_grid_print(grid, stdout);
    an_grid_free(grid);
    an_settings_done(&settings);
    an_plan_free(plan);
    return AN_EXIT_OK;
}
