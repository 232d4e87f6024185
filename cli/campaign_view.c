#include "cli/campaign_view.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/fields.h"
#include "cli/inert.h"
#include "cli/output.h"

enum { WIDTH = 80 };

static const char *count_of(const cJSON *object, const char *name, char out[32])
{
    return an_text_count((unsigned long long)an_field_number(object, name), out);
}

/* "2026-11-22 03:14" of "2026-11-22T03:14:05.250000Z". */
static const char *time_of(const cJSON *object, const char *name, char out[20])
{
    const char *text = an_field_text(object, name);
    snprintf(out, 20, "%.16s", text[0] == '\0' ? "-" : text);
    char *t = strchr(out, 'T');
    if (t != NULL) *t = ' ';
    return out;
}

/* "6.1 %", "0.02 %". */
static const char *percent(double share, char out[16])
{
    double value = 100 * share;
    snprintf(out, 16,
             (value != 0 && value < 1) || (value > 99 && value < 100) ? "%.2f %%"
             : value < 10                                             ? "%.1f %%"
                                                                      : "%.0f %%",
             value);
    return out;
}

static const char *percent_of(const cJSON *object, const char *name, char out[16])
{
    return percent(an_field_number(object, name), out);
}

static const char *state_text(const char *state)
{
    if (strcmp(state, "hostile") == 0) return an_cli_say("hostile", "恶意");
    if (strcmp(state, "released") == 0) return an_cli_say("released", "已放行");
    return an_cli_say("suspect", "可疑");
}

static const char *category_text(const cJSON *campaign)
{
    return an_field_text(campaign, an_cli_language() == AN_LANGUAGE_ZH ? "category_zh" : "category");
}

static cJSON *object_of(const char *json)
{
    cJSON *object = cJSON_Parse(json);
    an_inert_tree(object);
    if (cJSON_IsObject(object)) return object;
    cJSON_Delete(object);
    an_cli_fail(AN_EXIT_ENVIRONMENT, "no campaigns in this answer: %.200s", json);
    return NULL;
}

static int print_json(const char *json)
{
    cJSON *object = object_of(json);
    if (object == NULL) return AN_EXIT_ENVIRONMENT;
    cJSON_Delete(object);
    return an_inert_json(stdout, json, strlen(json)) ? AN_EXIT_OK : AN_EXIT_ENVIRONMENT;
}

static void wrapped(const char *text, size_t indent)
{
    printf("%*s", (int)indent, "");
    an_text_wrap(stdout, text, WIDTH - indent, indent);
    putchar('\n');
}

/* ---- ls ---- */

static void list_row(struct an_grid *grid, const cJSON *c)
{
    char id[16], since[20], calls[32], numbers[32], people[32], sure[16];
    snprintf(id, sizeof id, "%.0f", an_field_number(c, "id"));
    const char *cells[] = { id,
                            state_text(an_field_text(c, "state")),
                            percent_of(c, "confidence", sure),
                            time_of(c, "since", since),
                            count_of(c, "calls", calls),
                            count_of(c, "numbers", numbers),
                            count_of(c, "callees", people),
                            an_field_text(c, "trunk") };
    an_grid_row(grid, cells);
}

int an_campaign_list_view(const char *json, bool as_json)
{
    if (as_json) return print_json(json);
    cJSON *list = object_of(json);
    if (list == NULL) return AN_EXIT_ENVIRONMENT;
    const cJSON *campaigns = cJSON_GetObjectItemCaseSensitive(list, "campaigns"), *campaign;
    const char *headers[] = { ">id",
                              an_cli_say("state", "状态"),
                              an_cli_say(">sure", ">确信度"),
                              an_cli_say("since (UTC)", "始于(UTC)"),
                              an_cli_say(">calls", ">呼叫"),
                              an_cli_say(">numbers", ">号码"),
                              an_cli_say(">people", ">被叫"),
                              an_cli_say("~trunk", "~中继") };
    struct an_grid *grid = an_grid_new(8, headers);
    cJSON_ArrayForEach(campaign, campaigns) list_row(grid, campaign);
    int shown = cJSON_GetArraySize(campaigns);
    double count = an_field_number(list, "count");
    if (shown > 0) an_grid_print(grid, stdout);
    if (count == 0) puts(an_cli_say("no campaigns", "没有外呼活动"));
    if (count > shown)
        printf(an_cli_say("%d of %.0f; --limit shows more\n", "%d / %.0f，用--limit查看更多\n"), shown, count);
    an_grid_free(grid);
    cJSON_Delete(list);
    return AN_EXIT_OK;
}

/* ---- show ---- */

static void show_head(const cJSON *c)
{
    char since[20], last[20], hostile[20], calls[32], numbers[32], people[32], sure[16];
    bool is_hostile = strcmp(an_field_text(c, "state"), "hostile") == 0;
    printf("%s%s%s %.0f  %s%s  %s %s\n", an_style(stdout, AN_STYLE_BOLD),
           an_style(stdout, is_hostile ? AN_STYLE_RED : AN_STYLE_YELLOW), an_cli_say("campaign", "外呼活动"),
           an_field_number(c, "id"), state_text(an_field_text(c, "state")), an_style(stdout, AN_STYLE_PLAIN),
           an_cli_say("hostile with probability", "恶意概率"), percent_of(c, "confidence", sure));
    printf(an_cli_say("  since %s, last call %s (UTC)\n", "  始于%s，最近呼叫%s（UTC）\n"), time_of(c, "since", since),
           time_of(c, "last", last));
    if (an_field_text(c, "hostile_since")[0] != '\0')
        printf(an_cli_say("  hostile since %s\n", "  自%s起判为恶意\n"), time_of(c, "hostile_since", hostile));
    printf(an_cli_say("  %s calls from %s numbers to %s people\n", "  %s次呼叫，%s个号码，%s名被叫\n"),
           count_of(c, "calls", calls), count_of(c, "numbers", numbers), count_of(c, "callees", people));
    if (strcmp(an_field_text(c, "category_by"), "reports") == 0)
        printf(an_cli_say("  category %s, as most reports say; reports %.1f\n", "  类别%s（多数举报所述）；投诉%.1f\n"),
               category_text(c), an_field_number(c, "reports"));
    else
        printf(an_cli_say("  category %s (%.1f votes); reports %.1f\n", "  类别%s（%.1f票）；投诉%.1f\n"),
               category_text(c), an_field_number(c, "category_votes"), an_field_number(c, "reports"));
    if (an_field_number(c, "parent") > 0)
        printf(an_cli_say("  split off from campaign %.0f\n", "  由外呼活动%.0f分出\n"), an_field_number(c, "parent"));
}

static void show_shares(const cJSON *c)
{
    char a[16], b[16], d[16], e[16], f[16], line[256];
    snprintf(line, sizeof line,
             an_cli_say("answered %s, of these %s under 6 s; refused %s; to nobody's numbers %s; second tries %s",
                        "接通%s，其中%s不足6秒；拒接%s；空号%s；重拨%s"),
             percent_of(c, "answered", a), percent_of(c, "short_talks", b), percent_of(c, "refused", d),
             percent_of(c, "holes", e), percent_of(c, "retries", f));
    wrapped(line, 2);
    snprintf(
        line, sizeof line,
        an_cli_say("clocks: unanswered calls most often ring %.1f s (%s); most often %.2f s from an end to the next "
                   "start (%s)",
                   "时钟：未接呼叫最常振铃%.1f秒（%s）；前一呼叫结束至下一呼叫最常%.2f秒（%s）"),
        an_field_number(c, "ring_s"), percent_of(c, "ring_share", a), an_field_number(c, "gap_s"),
        percent_of(c, "gap_share", b));
    wrapped(line, 2);
}

static void show_cells(const cJSON *c)
{
    const cJSON *cell, *cells = cJSON_GetObjectItemCaseSensitive(c, "cells");
    const char *headers[] = { an_cli_say("trunk", "中继"), an_cli_say("build", "信令特征"),
                              an_cli_say(">share", ">占比"), an_cli_say("since (UTC)", "始于(UTC)"),
                              an_cli_say("last", "最近") };
    if (cJSON_GetArraySize(cells) == 0) return;
    struct an_grid *grid = an_grid_new(5, headers);
    cJSON_ArrayForEach(cell, cells)
    {
        char share[16], since[20], last[20];
        const char *row[] = { an_field_text(cell, "trunk"), an_field_text(cell, "shape"),
                              percent_of(cell, "share", share), time_of(cell, "since", since),
                              time_of(cell, "last", last) };
        an_grid_row(grid, row);
    }
    putchar('\n');
    an_grid_print(grid, stdout);
    an_grid_free(grid);
}

static const char *event_text(const char *event)
{
    if (strcmp(event, "born") == 0) return an_cli_say("first call", "首次呼叫");
    if (strcmp(event, "hostile") == 0) return an_cli_say("hostile by its evidence", "依证据判为恶意");
    if (strcmp(event, "quiet") == 0) return an_cli_say("no longer hostile by its evidence", "依证据不再恶意");
    if (strcmp(event, "moved") == 0) return an_cli_say("came up on another trunk", "转至另一中继");
    if (strcmp(event, "took-in") == 0) return an_cli_say("took in, being the same, campaign", "并入同一来源的外呼活动");
    if (strcmp(event, "split") == 0) return an_cli_say("parted from campaign", "与之分离的外呼活动");
    return event;
}

static void show_events(const cJSON *c)
{
    const cJSON *event;
    putchar('\n');
    cJSON_ArrayForEach(event, cJSON_GetObjectItemCaseSensitive(c, "events"))
    {
        char time[20];
        printf("%s  %s", time_of(event, "time", time), event_text(an_field_text(event, "event")));
        if (an_field_number(event, "other") > 0) printf(" %.0f", an_field_number(event, "other"));
        if (an_field_text(event, "trunk")[0] != '\0') printf("  [%s]", an_field_text(event, "trunk"));
        putchar('\n');
    }
}

int an_campaign_view_show(const char *json, bool as_json)
{
    if (as_json) return print_json(json);
    cJSON *campaign = object_of(json);
    if (campaign == NULL) return AN_EXIT_ENVIRONMENT;
    show_head(campaign);
    show_shares(campaign);
    show_cells(campaign);
    show_events(campaign);
    cJSON_Delete(campaign);
    return AN_EXIT_OK;
}

/* ---- why ---- */

/* What was measured, and what is usual; both as shares. */
static const struct {
    const char *name, *en, *zh;
} sentences[] = {
    { "judged", "Judged for themselves its calls are unwanted with %s on average; the line is %s.",
      "单独判定时，其呼叫平均骚扰概率为%s；界线为%s。" },
    { "holes", "%s of its calls go to numbers nobody owns; %s counts as usual.", "%s的呼叫打到空号；常值为%s。" },
    { "foreign", "%s of its calls show numbers that usually come in elsewhere; %s counts as usual.",
      "%s的呼叫所显示号码通常由别的中继进入；常值为%s。" },
    { "fresh", "%s of its calls show numbers first seen within three days; %s counts as usual.",
      "%s的呼叫使用三日内首次出现的号码；常值为%s。" },
    { "rotation", "%s of its calls show a number it had never used before; %s counts as usual.",
      "%s的呼叫使用其从未用过的号码；常值为%s。" },
    { "related", "%s of its numbers' calls go to people who know the number; honest callers have more than %s.",
      "其号码%s的呼叫打给认识该号码的人；正常主叫高于%s。" },
    { "refused", "%s of its calls were refused by the callee; %s counts as usual.", "%s的呼叫被拒接；常值为%s。" },
    { "short", "%s of its answered calls ended within 6 s; %s counts as usual.", "接通后%s不足6秒挂断；常值为%s。" },
    { "complaints", "There were complaints of trusted callees about %s of its calls; %s counts as usual.",
      "可信被叫投诉其%s的呼叫；常值为%s。" },
    { "retries", "%s of its calls are another try of people it had not reached; %s counts as usual.",
      "%s的呼叫是对未接通者的再次尝试；常值为%s。" },
    { "sweep", "%s of its calls go to a neighbour of one of its last callees; %s counts as usual.",
      "%s的呼叫打给前几名被叫的相邻号码；常值为%s。" },
    { "bridge", "%s of its calls are second legs of a call-back bridge; %s counts as usual.",
      "%s的呼叫是回拨桥的第二段；常值为%s。" },
};

static void why_term(const cJSON *term)
{
    char value[16], usual[16], line[256] = "";
    percent_of(term, "value", value);
    percent_of(term, "usual", usual);
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
        if (strcmp(sentences[i].name, an_field_text(term, "name")) == 0)
            snprintf(line, sizeof line, an_cli_say(sentences[i].en, sentences[i].zh), value, usual);
    if (line[0] == '\0')
        snprintf(line, sizeof line, "%s: %s (%s)", an_field_text(term, an_cli_say("en", "zh")), value, usual);
    double nats = an_field_number(term, "nats");
    printf("%s%+6.2f%s  ", an_style(stdout, nats > 0 ? AN_STYLE_RED : AN_STYLE_GREEN), nats,
           an_style(stdout, AN_STYLE_PLAIN));
    an_text_wrap(stdout, line, WIDTH - 8, 8);
    putchar('\n');
}

int an_campaign_view_why(const char *json, bool as_json)
{
    if (as_json) return print_json(json);
    cJSON *campaign = object_of(json);
    if (campaign == NULL) return AN_EXIT_ENVIRONMENT;
    const cJSON *term;
    double rest = an_field_number(campaign, "hostility");
    char sure[16];
    printf(an_cli_say("campaign %.0f is hostile with probability %s: log-odds %.2f, the sum of\n",
                      "外呼活动%.0f的恶意概率为%s：对数几率%.2f，为以下各项之和\n"),
           an_field_number(campaign, "id"), percent_of(campaign, "confidence", sure), rest);
    cJSON_ArrayForEach(term, cJSON_GetObjectItemCaseSensitive(campaign, "terms"))
    {
        why_term(term);
        rest -= an_field_number(term, "nats");
    }
    printf("%+6.2f  %s\n", rest,
           an_cli_say("Where every campaign starts, and what is too small to name.", "各活动的起点，以及微小的项。"));
    if (strcmp(an_field_text(campaign, "state"), "released") == 0)
        puts(an_cli_say("An operator released it: its calls are not matched, whatever this says.",
                        "运维人员已放行：无论上述结果如何，其呼叫不参与匹配。"));
    cJSON_Delete(campaign);
    return AN_EXIT_OK;
}

/* ---- members ---- */

int an_campaign_members_view(const char *json, bool as_json)
{
    if (as_json) return print_json(json);
    cJSON *list = object_of(json);
    if (list == NULL) return AN_EXIT_ENVIRONMENT;
    const cJSON *member, *members = cJSON_GetObjectItemCaseSensitive(list, "members");
    const char *headers[] = { an_cli_say("number", "号码"), an_cli_say("trunk", "中继"), an_cli_say(">calls", ">呼叫"),
                              an_cli_say("last (UTC)", "最近(UTC)") };
    struct an_grid *grid = an_grid_new(4, headers);
    cJSON_ArrayForEach(member, members)
    {
        char calls[32], last[20];
        const char *row[] = { an_field_text(member, "number"), an_field_text(member, "trunk"),
                              count_of(member, "calls", calls), time_of(member, "last", last) };
        an_grid_row(grid, row);
    }
    an_grid_print(grid, stdout);
    char numbers[32];
    printf(an_cli_say("the last %d of %s numbers; of the others a hash is kept\n",
                      "最近%d个，共%s个号码；其余仅保留散列\n"),
           cJSON_GetArraySize(members), count_of(list, "numbers", numbers));
    an_grid_free(grid);
    cJSON_Delete(list);
    return AN_EXIT_OK;
}
