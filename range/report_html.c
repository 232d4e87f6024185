/* The scoreboard as one page that needs nothing but itself: no script; two radio buttons and the style sheet switch the
 * language. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "range/report_private.h"

static const char style[] =
    ":root{--bg:#f6f7f9;--card:#fff;--ink:#1c2430;--soft:#667085;--rule:#e3e7ed;--shade:#eef1f5;--own:#e8f1ff;"
    "--c0:#98a1ae;--c1:#e0a030;--c2:#a35fb0;--c3:#3f9d6b;--c4:#1769e0;--c5:#0d9aa8;--good:#147a46}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#11151b;--card:#1a2029;--ink:#e6eaf0;--soft:#97a3b4;--rule:#2c3542;"
    "--shade:#232b36;--own:#1b2c47;--c0:#7b8695;--c1:#e3ac4a;--c2:#c184cd;--c3:#5fbf8b;--c4:#5b9dff;--c5:#3cc3cf;--"
    "good:#5fd398}}\n"
    "*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"
    "\"Segoe UI\",\"PingFang SC\",\"Noto Sans CJK SC\",\"Microsoft YaHei\",sans-serif}\n"
    "main,header{max-width:1180px;margin:0 auto;padding:0 "
    "20px}header{padding-top:28px}h1{font-size:1.7rem;line-height:1.2;"
    "margin:0 0 4px}h2{font-size:1.15rem;margin:36px 0 12px}h3{font-size:.98rem;margin:0 0 2px}p{margin:0 0 8px}"
    ".soft,.hint{color:var(--soft)}.hint{font-size:.85rem}\n"
    "#l-en,#l-zh{position:absolute;opacity:0;pointer-events:none}.switch{float:right;display:flex;gap:4px}.switch "
    "label{padding:3px 12px;"
    "border:1px solid "
    "var(--rule);border-radius:99px;cursor:pointer;font-size:.85rem;color:var(--soft);background:var(--card)}"
    "#l-en:checked~header label[for=l-en],#l-zh:checked~header "
    "label[for=l-zh]{background:var(--c4);color:#fff;border-color:var(--c4)}"
    "#l-en:focus-visible~header label[for=l-en],#l-zh:focus-visible~header label[for=l-zh]{outline:2px solid "
    "var(--ink)}"
    "#l-en:checked~* .zh,#l-zh:checked~* .en{display:none}\n"
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(215px,1fr));gap:14px;margin-top:20px}.card,"
    "figure{background:"
    "var(--card);border:1px solid var(--rule);border-radius:12px;padding:16px 18px;margin:0}.card "
    "b{display:block;font-size:1.9rem;"
    "line-height:1.15;margin:4px 0;font-variant-numeric:tabular-nums}.card .hint{line-height:1.35}\n"
    ".charts{columns:2 420px;column-gap:14px}.charts figure{break-inside:avoid;margin-bottom:14px}"
    "figure svg{display:block;width:100%;height:auto;margin-top:8px}.legend{display:flex;flex-wrap:wrap;gap:2px "
    "14px;font-size:.82rem;"
    "color:var(--soft);margin-top:6px}.legend "
    "i{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:5px}\n"
    "svg text{font-size:12px;fill:var(--ink)}svg "
    ".tick{font-size:10.5px;fill:var(--soft)}.grid{stroke:var(--rule);stroke-width:1}"
    ".line{fill:none;stroke-width:2;stroke-linejoin:round}.ideal{stroke:var(--soft);stroke-dasharray:4 "
    "4}.shade{fill:var(--shade)}"
    ".whisker{stroke:var(--ink);stroke-width:1.4}\n"
    ".wide{overflow-x:auto;background:var(--card);border:1px solid "
    "var(--rule);border-radius:12px}table{border-collapse:collapse;"
    "width:100%;font-size:.88rem;font-variant-numeric:tabular-nums}th,td{padding:6px "
    "14px;text-align:right;white-space:nowrap;"
    "border-bottom:1px solid "
    "var(--rule)}th:first-child,td:first-child{text-align:left;position:sticky;left:0;background:var(--card);"
    "white-space:normal;min-width:190px}thead th{color:var(--soft);font-weight:600}tr.part "
    "td{font-weight:600;background:var(--shade);"
    "padding-top:10px;white-space:normal;text-align:left}td.own,th.own{background:var(--own)}td.best{color:var(--good);"
    "font-weight:600}"
    "tr:last-child td{border-bottom:0}footer{margin:32px 0 48px;color:var(--soft);font-size:.88rem;max-width:80ch}\n"
    "@media(max-width:560px){main,header{padding:0 12px}header{padding-top:16px}h1{font-size:1.35rem}th,td{padding:5px "
    "9px}"
    "th:first-child,td:first-child{min-width:130px;max-width:150px}svg text{font-size:14px}svg .tick{font-size:13px}}\n"
    "@media print{.switch{display:none}body{background:#fff}.card,figure,.wide{break-inside:avoid}}\n";

struct sheet {
    FILE *out;
    const struct ar_result *results;
    size_t n;
    const struct ar_result *last; /* the defence on trial */
};

static void escape(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '&': fputs("&amp;", out); break;
        case '"': fputs("&quot;", out); break;
        default: fputc(*text, out);
        }
    }
}

static void both(FILE *out, const char *en, const char *zh)
{
    fputs("<span class=\"en\">", out);
    escape(out, en);
    fputs("</span><span class=\"zh\">", out);
    escape(out, zh);
    fputs("</span>", out);
}

/* The same colour in every report. */
static int colour_of(const char *defence)
{
    static const char *const names[] = { "none", "frequency", "blacklist", "reputation", "anning", "live" };
    for (int i = 0; i < 6; i++)
        if (strcmp(names[i], defence) == 0) return i;
    return 0;
}

static void legend(const struct sheet *sheet, const struct ar_series *series, size_t count)
{
    fputs("<div class=\"legend\">", sheet->out);
    for (size_t i = 0; i < count; i++) {
        fprintf(sheet->out, "<span><i style=\"background:var(--c%d)\"></i>", series[i].colour);
        both(sheet->out, series[i].en, series[i].zh);
        fputs("</span>", sheet->out);
    }
    fputs("</div>", sheet->out);
}

static void begin_figure(const struct sheet *sheet, const char *en, const char *zh, const char *hint_en,
                         const char *hint_zh)
{
    fputs("<figure><h3>", sheet->out);
    both(sheet->out, en, zh);
    fputs("</h3><p class=\"hint\">", sheet->out);
    both(sheet->out, hint_en, hint_zh);
    fputs("</p>", sheet->out);
}

static struct ar_series series_of(const struct ar_result *r)
{
    return (struct ar_series) { .en = ar_defence_text_en(r->defence),
                                .zh = ar_defence_text_zh(r->defence),
                                .colour = colour_of(r->defence) };
}

static void line_figure(const struct sheet *sheet, const struct ar_chart *chart, const char *hint_en,
                        const char *hint_zh)
{
    begin_figure(sheet, chart->title_en, chart->title_zh, hint_en, hint_zh);
    legend(sheet, chart->series, chart->series_count);
    ar_svg_lines(sheet->out, chart);
    fputs("</figure>\n", sheet->out);
}

/* ---- head ---- */

static void card(const struct sheet *sheet, const char *en, const char *zh, const char *figure, const char *hint_en,
                 const char *hint_zh)
{
    fputs("<div class=\"card\"><span class=\"soft\">", sheet->out);
    both(sheet->out, en, zh);
    fputs("</span><b>", sheet->out);
    escape(sheet->out, figure);
    fputs("</b><span class=\"hint\">", sheet->out);
    both(sheet->out, hint_en, hint_zh);
    fputs("</span></div>\n", sheet->out);
}

static void percent(double share, char *out, size_t room)
{
    char text[24];
    ar_text_percent(share, text, sizeof text);
    snprintf(out, room, isnan(share) ? "%s" : "%s %%", text);
}

static void price_card(const struct sheet *sheet)
{
    char figure[64], hint[2][120];
    const struct ar_result *none = ar_report_none(sheet->results, sheet->n);
    double lead = ar_ledger_yuan_a_lead(&sheet->last->ledger);
    double ratio = none == NULL ? NAN : lead / ar_ledger_yuan_a_lead(&none->ledger);
    if (isnan(lead))
        snprintf(figure, sizeof figure, "-");
    else
        snprintf(figure, sizeof figure, "¥ %.2f", lead);
    if (isnan(lead)) {
        snprintf(hint[0], sizeof hint[0], "they got no lead at all");
        snprintf(hint[1], sizeof hint[1], "对手一条线索也没有得到");
    } else if (isnan(ratio)) {
        snprintf(hint[0], sizeof hint[0], "no lead without a defence to compare with");
        snprintf(hint[1], sizeof hint[1], "没有可比的无防护线索");
    } else {
        snprintf(hint[0], sizeof hint[0], "%.2f times the price without a defence", ratio);
        snprintf(hint[1], sizeof hint[1], "无防护时的 %.2f 倍", ratio);
    }
    card(sheet, "A lead costs the adversaries", "对手每条线索的花费", figure, hint[0], hint[1]);
}

static void cards(const struct sheet *sheet)
{
    const struct ar_result *r = sheet->last;
    const struct ar_harm *worst = &r->harm_class[r->harm_order[0]];
    char figure[64], part[2][32], hint[2][200];
    fputs("<div class=\"cards\">", sheet->out);
    percent(ar_share_value(r->reach), figure, sizeof figure);
    percent(ar_share_value(r->reach_age[AR_AGE_HOUR]), part[0], sizeof part[0]);
    snprintf(hint[0], sizeof hint[0], "of unwanted calls; %s in a campaign's first hour", part[0]);
    snprintf(hint[1], sizeof hint[1], "骚扰电话占比；活动首小时为 %s", part[0]);
    card(sheet, "Ring without label", "未加标记即响铃", figure, hint[0], hint[1]);
    percent(ar_share_value(ar_harm_touched(&r->harm)), figure, sizeof figure);
    percent(ar_share_value((struct ar_share) { r->harm.blocked, r->harm.calls }), part[0], sizeof part[0]);
    percent(ar_share_value(ar_harm_touched(worst)), part[1], sizeof part[1]);
    snprintf(hint[0], sizeof hint[0], "blocked: %s; worst class: %s, %s", part[0],
             ar_class_text_en((enum ar_class)r->harm_order[0]), part[1]);
    snprintf(hint[1], sizeof hint[1], "其中拦截 %s；最重：%s %s", part[0],
             ar_class_text_zh((enum ar_class)r->harm_order[0]), part[1]);
    card(sheet, "Wanted calls touched", "被干预的正常来电", figure, hint[0], hint[1]);
    ar_text_count(r->campaigns.calls, figure, sizeof figure);
    ar_text_seconds(r->campaigns.seconds, part[0], sizeof part[0]);
    snprintf(hint[0], sizeof hint[0], "and %s, the median of %llu campaigns; %llu were noticed", part[0],
             (unsigned long long)r->campaigns.count, (unsigned long long)r->campaigns.noticed);
    snprintf(hint[1], sizeof hint[1], "用时 %s（中位数）；%llu 个活动中 %llu 个被发现", part[0],
             (unsigned long long)r->campaigns.count, (unsigned long long)r->campaigns.noticed);
    card(sheet, "Calls before the first verdict", "首次判定前的呼叫数", figure, hint[0], hint[1]);
    price_card(sheet);
    fputs("</div>\n", sheet->out);
}

static void head(const struct sheet *sheet)
{
    const struct ar_result *r = sheet->last;
    char people[32];
    ar_text_count(r->subscribers, people, sizeof people);
    fputs("<header><div class=\"switch\"><label for=\"l-en\">English</label><label for=\"l-zh\">中文</label></div><h1>",
          sheet->out);
    both(sheet->out, "Anning range: scoreboard", "安宁靶场：记分板");
    fputs("</h1><p class=\"soft\">", sheet->out);
    escape(sheet->out, r->scenario);
    fprintf(sheet->out,
            " · %s <span class=\"en\">subscribers</span><span class=\"zh\">用户</span> · %.1f "
            "<span class=\"en\">days</span><span class=\"zh\">天</span> · <span class=\"en\">seed</span><span "
            "class=\"zh\">种子</span> %llu ",
            people, r->simulated_s / 86400, (unsigned long long)r->seed);
    escape(sheet->out, r->split);
    fputs("<br>", sheet->out);
    both(sheet->out, "A simulation. The large figures are those of ", "模拟结果。大号数字属于 ");
    both(sheet->out, ar_defence_text_en(r->defence), ar_defence_text_zh(r->defence));
    both(sheet->out, "; all defences stand beside each other below.", "；下方为各种防护的对比。");
    fputs("</p>", sheet->out);
    for (size_t i = 0; i < sheet->n; i++) {
        if (sheet->results[i].whole || sheet->results[i].why[0] == '\0') continue;
        fputs("<p><strong>", sheet->out);
        escape(sheet->out, sheet->results[i].defence);
        fputs("</strong> ", sheet->out);
        both(sheet->out, "ended early: ", "提前结束：");
        escape(sheet->out, sheet->results[i].why);
        fputs("</p>", sheet->out);
    }
    fputs("</header>\n", sheet->out);
}

/* ---- charts ---- */

static double ceiling(double value)
{
    static const double steps[] = { 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1 };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (value <= steps[i]) return steps[i];
    return 1;
}

static void trade_off(const struct sheet *sheet)
{
    struct ar_chart chart = { .title_en = "Reach against harm",
                              .title_zh = "到达与误伤",
                              .x_en = "wanted calls touched",
                              .x_zh = "被干预的正常来电",
                              .y_en = "unwanted calls unlabelled",
                              .y_zh = "未加标记的骚扰电话",
                              .y_high = 1,
                              .percent_x = true,
                              .percent_y = true,
                              .shade_to = NAN };
    double x[AR_REPORT_MAX], y[AR_REPORT_MAX];
    for (size_t i = 0; i < sheet->n; i++) {
        const struct ar_result *r = &sheet->results[i];
        x[i] = ar_share_value(ar_harm_touched(&r->harm));
        y[i] = ar_share_value(r->reach);
        chart.x_high = x[i] * 1.05 > chart.x_high ? x[i] * 1.05 : chart.x_high;
        struct ar_series *s = &chart.series[chart.series_count++];
        *s = series_of(r);
        s->count = 1;
        s->x = &x[i];
        s->y = &y[i];
        s->dots = true;
    }
    chart.x_high = ceiling(chart.x_high);
    line_figure(sheet, &chart, "Every defence is a dot; the lower left corner is where one wants to be.",
                "每个点是一种防护；越靠左下越好。");
}

enum { BUCKETS_MAX = 96 };

static void over_time(const struct sheet *sheet)
{
    static double x[BUCKETS_MAX], y[AR_REPORT_MAX][BUCKETS_MAX];
    uint32_t hours = sheet->last->hours, each = hours <= BUCKETS_MAX ? 1 : (hours + BUCKETS_MAX - 1) / BUCKETS_MAX;
    struct ar_chart chart = { .title_en = "Reach over time",
                              .title_zh = "到达随时间变化",
                              .x_en = "day",
                              .x_zh = "天",
                              .y_en = "unwanted calls unlabelled",
                              .y_zh = "未加标记的骚扰电话",
                              .y_high = 1,
                              .percent_y = true,
                              .x_high = hours / 24.0,
                              .shade_to = sheet->last->measured_hour / 24.0 };
    if (hours == 0) return;
    uint32_t count = (hours + each - 1) / each;
    for (size_t i = 0; i < sheet->n; i++) {
        for (uint32_t b = 0; b < count; b++) {
            struct ar_share sum = { 0, 0 };
            for (uint32_t h = b * each; h < (b + 1) * each && h < hours; h++) {
                sum.count += sheet->results[i].reach_hour[h].count;
                sum.of += sheet->results[i].reach_hour[h].of;
            }
            x[b] = (b + 0.5) * each / 24.0;
            y[i][b] = sum.of >= 5 ? ar_share_value(sum) : NAN;
        }
        struct ar_series *s = &chart.series[chart.series_count++];
        *s = series_of(&sheet->results[i]);
        s->count = count;
        s->x = x;
        s->y = y[i];
    }
    line_figure(sheet, &chart, "By hour; gaps are nights. Shaded: the warm-up, which counts nowhere else.",
                "按小时；空隙为夜间。阴影为预热期，不计入其他数字。");
}

static void set_bar(struct ar_bar *bar, size_t k, struct ar_share share)
{
    bar->values[k] = ar_share_value(share);
    ar_share_interval(share, &bar->low[k], &bar->high[k]);
}

static void bar_figure(const struct sheet *sheet, const char *en, const char *zh, const char *hint_en,
                       const char *hint_zh, const struct ar_bar *bars, size_t bar_count, const struct ar_series *series,
                       size_t series_count)
{
    if (bar_count == 0 || series_count == 0) return;
    begin_figure(sheet, en, zh, hint_en, hint_zh);
    legend(sheet, series, series_count);
    ar_svg_bars(sheet->out, en, zh, bars, bar_count, series, series_count);
    fputs("</figure>\n", sheet->out);
}

static void reach_bars(const struct sheet *sheet)
{
    struct ar_bar bars[AR_MODE_COUNT];
    struct ar_series series[AR_REPORT_MAX];
    char names[AR_MODE_COUNT][64], names_zh[AR_MODE_COUNT][64];
    size_t count = 0;
    for (size_t i = 0; i < sheet->n; i++) series[i] = series_of(&sheet->results[i]);
    for (unsigned m = 0; m < AR_MODE_COUNT; m++) {
        enum ar_class class = (enum ar_class)(AR_CLASS_A1 + m);
        if (sheet->last->reach_mode[m].of == 0) continue;
        snprintf(names[m], sizeof names[m], "%s %s", ar_class_name(class), ar_class_text_en(class));
        snprintf(names_zh[m], sizeof names_zh[m], "%s %s", ar_class_name(class), ar_class_text_zh(class));
        bars[count] = (struct ar_bar) { .en = names[m], .zh = names_zh[m] };
        for (size_t i = 0; i < sheet->n; i++) set_bar(&bars[count], i, sheet->results[i].reach_mode[m]);
        count++;
    }
    bar_figure(sheet, "Reach by adversary", "各类对手的到达",
               "Unwanted calls that ring without label. Whiskers: 95 % intervals.",
               "未加标记即响铃的骚扰电话；须线为95%区间。", bars, count, series, sheet->n);
}

/* How badly a class fares at most, by the lower end of the interval; 0: no defence touched it. */
static double worst_low(const struct sheet *sheet, unsigned class)
{
    double worst = 0, low, high;
    for (size_t i = 0; i < sheet->n; i++) {
        struct ar_share touched = ar_harm_touched(&sheet->results[i].harm_class[class]);
        if (touched.count == 0) continue;
        ar_share_interval(touched, &low, &high);
        worst = low > worst ? low : worst;
    }
    return worst;
}

/* Up to room classes that some defence touched, the worst first; how many. */
static size_t worst_classes(const struct sheet *sheet, unsigned *classes, size_t room)
{
    double lows[AR_WANTED_COUNT];
    size_t count = 0;
    for (unsigned class = 0; class < AR_WANTED_COUNT; class ++) lows[class] = worst_low(sheet, class);
    for (; count < room; count++) {
        unsigned worst = 0;
        for (unsigned class = 1; class < AR_WANTED_COUNT; class ++)
            if (lows[class] > lows[worst]) worst = class;
        if (lows[worst] <= 0) break;
        classes[count] = worst;
        lows[worst] = 0;
    }
    return count;
}

/* "none" touches nothing and is left out. */
static void harm_bars(const struct sheet *sheet)
{
    enum { SHOWN = 8 };
    struct ar_bar bars[SHOWN];
    struct ar_series series[AR_REPORT_MAX];
    unsigned classes[SHOWN];
    size_t count = worst_classes(sheet, classes, SHOWN), series_count = 0;
    for (size_t i = 0; i < sheet->n; i++) {
        if (strcmp(sheet->results[i].defence, "none") == 0) continue;
        for (size_t b = 0; b < count; b++)
            set_bar(&bars[b], series_count, ar_harm_touched(&sheet->results[i].harm_class[classes[b]]));
        series[series_count++] = series_of(&sheet->results[i]);
    }
    for (size_t b = 0; b < count; b++) {
        bars[b].en = ar_class_text_en((enum ar_class)classes[b]);
        bars[b].zh = ar_class_text_zh((enum ar_class)classes[b]);
    }
    bar_figure(
        sheet, "Harm by class, worst first", "各类正常来电的误伤，最重在前",
        "Wanted calls labelled, screened or blocked; classes that no defence touched are left out. Whiskers: 95 % "
        "intervals.",
        "被标记、筛问或拦截的正常来电；未受任何干预的类别不列出。须线为95%区间。", bars, count, series, series_count);
}

struct curves {
    double x[AR_REPORT_MAX][AR_CURVE_MAX], y[AR_REPORT_MAX][AR_CURVE_MAX];
};

static void curve_figure(const struct sheet *sheet, struct curves *curves, bool roc)
{
    struct ar_chart chart = { .title_en = roc ? "ROC at the low end" : "Precision and recall",
                              .title_zh = roc ? "低误报端的ROC" : "精确率与召回率",
                              .x_en = roc ? "false positives (wanted calls picked)" : "recall",
                              .x_zh = roc ? "误报（被选中的正常来电）" : "召回率",
                              .y_en = roc ? "recall" : "precision",
                              .y_zh = roc ? "召回率" : "精确率",
                              .x_low = roc ? 1e-5 : 0,
                              .x_high = 1,
                              .y_high = 1,
                              .x_logarithmic = roc,
                              .step = roc ? AR_STEP_ACROSS : AR_STEP_UP,
                              .percent_x = true,
                              .percent_y = true,
                              .shade_to = NAN };
    for (size_t i = 0; i < sheet->n; i++) {
        const struct ar_result *r = &sheet->results[i];
        if (r->curve_count < 2) continue; /* one score for everybody */
        for (uint32_t k = 0; k < r->curve_count; k++) {
            curves->x[i][k] = roc ? r->curve[k].false_positive : r->curve[k].recall;
            curves->y[i][k] = roc ? r->curve[k].recall : r->curve[k].precision;
        }
        struct ar_series *s = &chart.series[chart.series_count++];
        *s = series_of(r);
        s->count = r->curve_count;
        s->x = curves->x[i];
        s->y = curves->y[i];
    }
    if (chart.series_count == 0) return;
    line_figure(
        sheet, &chart,
        "Every threshold of a defence's score, over all calls measured. Between thresholds: the worse of the two.",
        "防护评分的全部阈值，基于全部计量来电；阈值之间取较差者。");
}

static void reliability(const struct sheet *sheet, struct curves *curves)
{
    struct ar_chart chart = { .title_en = "Reliability of the probability",
                              .title_zh = "概率的可靠性",
                              .x_en = "probability given",
                              .x_zh = "给出的概率",
                              .y_en = "share that was unwanted",
                              .y_zh = "实际骚扰占比",
                              .x_high = 1,
                              .y_high = 1,
                              .percent_x = true,
                              .percent_y = true,
                              .diagonal = true,
                              .shade_to = NAN };
    char hint[2][200];
    for (size_t i = 0; i < sheet->n; i++) {
        const struct ar_result *r = &sheet->results[i];
        if (isnan(r->calibration_error)) continue; /* a rank only, or nothing measured */
        for (int b = 0; b < AR_BINS; b++) {
            bool enough = r->bins[b].count >= 20;
            curves->x[i][b] = enough ? r->bins[b].sum / (double)r->bins[b].count : NAN;
            curves->y[i][b] = enough ? (double)r->bins[b].unwanted / (double)r->bins[b].count : NAN;
        }
        struct ar_series *s = &chart.series[chart.series_count++];
        *s = series_of(r);
        s->count = AR_BINS;
        s->x = curves->x[i];
        s->y = curves->y[i];
        snprintf(hint[0], sizeof hint[0],
                 "The dashed line is perfect. Expected calibration error: %.4f. Baselines give a rank, "
                 "no probability.",
                 r->calibration_error);
        snprintf(hint[1], sizeof hint[1], "虚线为理想情况。期望校准误差 %.4f。基线只给出排序，不给概率。",
                 r->calibration_error);
    }
    if (chart.series_count > 0) line_figure(sheet, &chart, hint[0], hint[1]);
}

static enum an_err charts(const struct sheet *sheet)
{
    struct curves *curves = malloc(sizeof *curves);
    if (curves == NULL) return AN_ERR_NO_MEMORY;
    fputs("<h2>", sheet->out);
    both(sheet->out, "Pictures", "图");
    fputs("</h2><div class=\"charts\">\n", sheet->out);
    trade_off(sheet);
    over_time(sheet);
    reach_bars(sheet);
    harm_bars(sheet);
    curve_figure(sheet, curves, true);
    curve_figure(sheet, curves, false);
    reliability(sheet, curves);
    fputs("</div>\n", sheet->out);
    free(curves);
    return AN_OK;
}

/* ---- tables ---- */

static void part(void *user, const char *en, const char *zh)
{
    const struct sheet *sheet = user;
    fprintf(sheet->out, "<tr class=\"part\"><td colspan=\"%zu\">", sheet->n + 1);
    both(sheet->out, en, zh);
    fputs("</td></tr>\n", sheet->out);
}

static bool is_best(const struct ar_figure *figure, size_t n, size_t i)
{
    bool differs = false;
    if (figure->better == AR_BETTER_NONE || isnan(figure->values[i])) return false;
    for (size_t k = 0; k < n; k++) {
        if (isnan(figure->values[k])) continue;
        if (figure->better == AR_BETTER_LOW ? figure->values[k] < figure->values[i]
                                            : figure->values[k] > figure->values[i])
            return false;
        differs = differs || figure->values[k] != figure->values[i];
    }
    return differs;
}

static void row(void *user, const struct ar_figure *figure)
{
    const struct sheet *sheet = user;
    fputs("<tr><td>", sheet->out);
    both(sheet->out, figure->en, figure->zh);
    fputs("</td>", sheet->out);
    for (size_t i = 0; i < sheet->n; i++) {
        fprintf(sheet->out, "<td class=\"%s%s\">", is_best(figure, sheet->n, i) ? "best " : "",
                &sheet->results[i] == sheet->last ? "own" : "");
        escape(sheet->out, figure->cells[i]);
        fputs("</td>", sheet->out);
    }
    fputs("</tr>\n", sheet->out);
}

static void figures(struct sheet *sheet)
{
    const struct ar_figures_sink sink = { sheet, part, row };
    fputs("<h2>", sheet->out);
    both(sheet->out, "All figures", "全部数字");
    fputs("</h2><div class=\"wide\"><table><thead><tr><th></th>", sheet->out);
    for (size_t i = 0; i < sheet->n; i++) {
        fprintf(sheet->out, "<th%s>", &sheet->results[i] == sheet->last ? " class=\"own\"" : "");
        both(sheet->out, ar_defence_text_en(sheet->results[i].defence), ar_defence_text_zh(sheet->results[i].defence));
        fputs("</th>", sheet->out);
    }
    fputs("</tr></thead><tbody>\n", sheet->out);
    ar_report_figures(sheet->results, sheet->n, &sink);
    fputs("</tbody></table></div>\n", sheet->out);
}

static void harm_row(FILE *out, const struct ar_harm *harm, const char *en, const char *zh)
{
    const struct ar_share shares[] = { { harm->labelled, harm->calls },
                                       { harm->screened, harm->calls },
                                       ar_harm_disturbed(harm),
                                       ar_harm_blocked(harm),
                                       { harm->lost, harm->calls } };
    char text[24];
    fputs("<tr><td>", out);
    both(out, en, zh);
    ar_text_count((double)harm->calls, text, sizeof text);
    fprintf(out, "</td><td>%s</td>", text);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        ar_text_percent(ar_share_value(shares[i]), text, sizeof text);
        fprintf(out, "<td>%s</td>", text);
    }
    fputs("</tr>\n", out);
}

/* What was done to each class, apart: to be asked first is not to be blocked. */
static void harm_table(const struct sheet *sheet)
{
    static const char *const heads[][2] = { { "wanted calls, %", "正常来电，%" },
                                            { "calls", "呼叫" },
                                            { "labelled", "标记" },
                                            { "screened", "筛问" },
                                            { "labelled or screened", "标记或筛问" },
                                            { "blocked", "拦截" },
                                            { "never rang", "未能响铃" } };
    const struct ar_result *r = sheet->last;
    fputs("<h2>", sheet->out);
    both(sheet->out, "What was done to wanted calls by ", "对正常来电的处置：");
    both(sheet->out, ar_defence_text_en(r->defence), ar_defence_text_zh(r->defence));
    fputs("</h2><div class=\"wide\"><table><thead><tr>", sheet->out);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        fputs("<th>", sheet->out);
        both(sheet->out, heads[i][0], heads[i][1]);
        fputs("</th>", sheet->out);
    }
    fputs("</tr></thead><tbody>\n", sheet->out);
    harm_row(sheet->out, &r->harm, "all", "全部");
    for (unsigned k = 0; k < AR_WANTED_COUNT; k++) {
        enum ar_class class = (enum ar_class)r->harm_order[k];
        if (r->harm_class[class].calls > 0)
            harm_row(sheet->out, &r->harm_class[class], ar_class_text_en(class), ar_class_text_zh(class));
    }
    fputs("</tbody></table></div>\n", sheet->out);
}

static void campaign_row(FILE *out, const struct ar_row *r)
{
    char cells[6][24];
    ar_text_count((double)r->calls, cells[0], sizeof cells[0]);
    ar_text_percent(ar_share_value(r->reach), cells[1], sizeof cells[1]);
    ar_text_count(r->first_calls, cells[2], sizeof cells[2]);
    ar_text_seconds(r->first_seconds, cells[3], sizeof cells[3]);
    ar_text_count(r->held_calls, cells[4], sizeof cells[4]);
    ar_text_count(r->yuan, cells[5], sizeof cells[5]);
    fprintf(out, "<tr><td>%u · %s ", r->campaign, ar_class_name((enum ar_class)r->mode));
    both(out, ar_class_text_en((enum ar_class)r->mode), ar_class_text_zh((enum ar_class)r->mode));
    fprintf(out, "</td><td>%u</td>", r->strength);
    for (int i = 0; i < 6; i++) fprintf(out, "<td>%s</td>", cells[i]);
    fprintf(out, "<td>%.0f</td><td>%llu</td></tr>\n", r->leads, (unsigned long long)r->rotations);
}

static void campaigns(const struct sheet *sheet)
{
    static const char *const heads[][2] = { { "campaign", "活动" },
                                            { "strength", "强度" },
                                            { "calls", "呼叫" },
                                            { "reach, %", "到达，%" },
                                            { "calls before a verdict", "判定前呼叫" },
                                            { "time before it", "判定前用时" },
                                            { "calls until 90 %", "至九成呼叫" },
                                            { "yuan", "花费（元）" },
                                            { "leads", "线索" },
                                            { "rotations", "换号" } };
    fputs("<h2>", sheet->out);
    both(sheet->out, "Campaigns against ", "各活动，对阵");
    both(sheet->out, ar_defence_text_en(sheet->last->defence), ar_defence_text_zh(sheet->last->defence));
    fputs("</h2><div class=\"wide\"><table><thead><tr>", sheet->out);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        fputs("<th>", sheet->out);
        both(sheet->out, heads[i][0], heads[i][1]);
        fputs("</th>", sheet->out);
    }
    fputs("</tr></thead><tbody>\n", sheet->out);
    for (uint32_t i = 0; i < sheet->last->row_count; i++) campaign_row(sheet->out, &sheet->last->rows[i]);
    fputs("</tbody></table></div>\n", sheet->out);
}

static void notes(FILE *out)
{
    fputs("<footer><p>", out);
    both(out,
         "Reach counts unwanted calls to people who exist, without the adversaries' own test phones; harm counts every "
         "call of "
         "the wanted classes. Both count calls after the warm-up. Speed and ledgers count a campaign's whole life, "
         "from its "
         "first call. A dash: nothing to measure, or never in more than half of the cases. The order of classes "
         "follows the "
         "lower end of the 95 % (Wilson) interval, so that a class of three calls does not lead the list. Green: the "
         "best of the row.",
         "到达只计拨给真实用户的骚扰电话，不含对手自己的测试号；误伤计所有正常来电。两者只计预热期之后的呼叫。速度与账"
         "目覆盖活动全程，自首次呼叫起。"
         "横线表示没有可计量的内容，或超过半数从未发生。类别按95%（Wilson）区间下限排序。绿色为该行最优。");
    fputs("</p><p>", out);
    both(out, "All of this happened inside a simulation; docs/range.md says what it does and does not show.",
         "以上均发生在模拟之中；docs/range.md 说明它能与不能说明什么。");
    fputs("</p></footer>\n", out);
}

enum an_err ar_report_html(FILE *out, const struct ar_result *results, size_t n)
{
    struct sheet sheet = { out, results, n, &results[n - 1] };
    fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
          "content=\"width=device-width,initial-scale=1\"><meta name=\"color-scheme\" content=\"light "
          "dark\"><title>Anning: ",
          out);
    escape(out, results[0].scenario);
    fputs("</title><style>\n", out);
    fputs(style, out);
    fputs("</style></head><body>\n<input type=\"radio\" name=\"l\" id=\"l-en\" checked aria-label=\"English\">"
          "<input type=\"radio\" name=\"l\" id=\"l-zh\" aria-label=\"中文\">\n",
          out);
    head(&sheet);
    fputs("<main>\n", out);
    cards(&sheet);
    enum an_err err = charts(&sheet);
    figures(&sheet);
    harm_table(&sheet);
    campaigns(&sheet);
    notes(out);
    fputs("</main></body></html>\n", out);
    return err != AN_OK ? err : ferror(out) ? AN_ERR_IO : AN_OK;
}
