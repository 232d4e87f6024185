#include "cli/verdict_view.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/fields.h"
#include "cli/inert.h"
#include "cli/output.h"

static enum an_style style_of(const char *action)
{
    if (strcmp(action, "allow") == 0) return AN_STYLE_GREEN;
    return strcmp(action, "block") == 0 ? AN_STYLE_RED : AN_STYLE_YELLOW;
}

static const char *action_zh(const char *action)
{
    if (strcmp(action, "allow") == 0) return "放行";
    if (strcmp(action, "label") == 0) return "标记";
    return strcmp(action, "screen") == 0 ? "筛查" : "拦截";
}

static void show_head(const cJSON *verdict, const char *flag, const char *where)
{
    const char *action = an_field_text(verdict, "action");
    printf("%s%s%s %s  %s %.4f  %s %s %s\n", an_style(stdout, AN_STYLE_BOLD), an_style(stdout, style_of(action)),
           action, action_zh(action), an_cli_say("unwanted with probability", "骚扰概率"),
           an_field_number(verdict, "score"), an_cli_say("category", "类别"), an_field_text(verdict, "category"),
           an_field_text(verdict, "category_zh"));
    fputs(an_style(stdout, AN_STYLE_PLAIN), stdout);
    if (an_field_number(verdict, "campaign") > 0)
        printf("%s %.0f: anning campaign show %.0f %s %s\n", an_cli_say("of campaign", "所属外呼活动"),
               an_field_number(verdict, "campaign"), an_field_number(verdict, "campaign"), flag, where);
    if (an_field_text(verdict, "from")[0] != '\0')
        printf("%s %s (%s%s%s)\n%s %s  %s\n", an_cli_say("from", "主叫"), an_field_text(verdict, "from"),
               an_field_text(verdict, "from_kind"), an_field_text(verdict, "operator")[0] == '\0' ? "" : ", ",
               an_field_text(verdict, "operator"), an_cli_say("to", "被叫"), an_field_text(verdict, "to"),
               an_field_text(verdict, "time"));
    printf("%s %s  %s %s\n", an_cli_say("token", "凭证"), an_field_text(verdict, "token"), an_cli_say("level", "级别"),
           an_field_text(verdict, "level"));
}

static void show_rules(const cJSON *verdict)
{
    const cJSON *rule;
    bool first = true;
    cJSON_ArrayForEach(rule, cJSON_GetObjectItemCaseSensitive(verdict, "rules"))
    {
        printf("%s%s", first ? an_cli_say("rules ", "规则 ") : ", ", cJSON_IsString(rule) ? rule->valuestring : "?");
        first = false;
    }
    if (!first) putchar('\n');
    cJSON_ArrayForEach(rule, cJSON_GetObjectItemCaseSensitive(verdict, "because"))
    {
        printf("  ");
        an_text_wrap(stdout, an_cli_say(an_field_text(rule, "en"), an_field_text(rule, "zh")), 80 - 2, 2);
        putchar('\n');
    }
}

static void show_symbols(const cJSON *verdict)
{
    const cJSON *symbol;
    cJSON_ArrayForEach(symbol, cJSON_GetObjectItemCaseSensitive(verdict, "symbols"))
    {
        double weight = an_field_number(symbol, "weight");
        printf("%s%+5.2f%s  ", an_style(stdout, weight > 0 ? AN_STYLE_RED : AN_STYLE_GREEN), weight,
               an_style(stdout, AN_STYLE_PLAIN));
        an_text_pad(stdout, an_field_text(symbol, "name"), 18, false);
        printf("  ");
        an_text_wrap(stdout, an_field_text(symbol, "en"), 80 - 27, 27);
        putchar('\n');
        an_text_pad(stdout, "", 27, false);
        printf("%s\n", an_field_text(symbol, "zh"));
    }
}

static void show_causes(const cJSON *verdict)
{
    const cJSON *cause, *causes = cJSON_GetObjectItemCaseSensitive(verdict, "causes");
    if (cJSON_GetArraySize(causes) > 0) puts(an_cli_say("what moved the model most", "对模型评分影响最大的特征"));
    cJSON_ArrayForEach(cause, causes)
    {
        char value[32];
        double weight = an_field_number(cause, "weight");
        printf("%s%+5.2f%s  ", an_style(stdout, weight > 0 ? AN_STYLE_RED : AN_STYLE_GREEN), weight,
               an_style(stdout, AN_STYLE_PLAIN));
        snprintf(value, sizeof value, "%.4g", an_field_number(cause, "value"));
        an_text_pad(stdout, an_field_text(cause, "feature"), 22, false);
        an_text_pad(stdout, value, 8, true);
        printf(" %s\n%7s", an_field_text(cause, "unit"), "");
        an_text_wrap(stdout, an_cli_say(an_field_text(cause, "en"), an_field_text(cause, "zh")), 80 - 7, 7);
        putchar('\n');
    }
    const cJSON *shadow = cJSON_GetObjectItemCaseSensitive(verdict, "shadow_score");
    if (cJSON_IsNumber(shadow))
        printf("%s %.4f\n", an_cli_say("the shadow model says", "影子模型给出"), shadow->valuedouble);
}

int an_verdict_view(const char *json, bool as_json, const char *flag, const char *where)
{
    cJSON *verdict = json == NULL ? NULL : cJSON_Parse(json);
    if (an_field_text(verdict, "action")[0] == '\0') {
        cJSON_Delete(verdict);
        return an_cli_fail(AN_EXIT_ENVIRONMENT, "no verdict in this answer: %.200s",
                           json == NULL ? an_cli_say("it is empty", "应答为空") : json);
    }
    if (as_json) {
        an_inert_json_line(json);
    } else {
        an_inert_tree(verdict);
        show_head(verdict, flag, where);
        show_rules(verdict);
        show_symbols(verdict);
        show_causes(verdict);
    }
    cJSON_Delete(verdict);
    return AN_EXIT_OK;
}
