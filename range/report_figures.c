/* Which figures a report shows, in which order, and how a number looks. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "range/report_private.h"

/* ---- numbers ---- */

void ar_text_percent(double share, char *out, size_t room)
{
    double p = share * 100;
    if (isnan(p))
        snprintf(out, room, "-");
    else if (p <= 0)
        snprintf(out, room, "0");
    else if (p >= 100)
        snprintf(out, room, "100");
    else if (p > 99.9)
        snprintf(out, room, "%.2f", floor(p * 100) / 100);
    else if (p < 0.0001)
        snprintf(out, room, "<0.0001");
    else
        snprintf(out, room, "%.*f", p >= 10 ? 1 : p >= 0.1 ? 2 : p >= 0.001 ? 3 : 4, p);
}

void ar_text_count(double count, char *out, size_t room)
{
    char digits[40];
    if (isnan(count)) {
        snprintf(out, room, "-");
        return;
    }
    int len = snprintf(digits, sizeof digits, "%.0f", count);
    size_t at = 0;
    for (int i = 0; i < len && at + 2 < room; i++) {
        if (i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-') out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
}

void ar_text_seconds(double s, char *out, size_t room)
{
    if (isnan(s))
        snprintf(out, room, "-");
    else if (s < 120)
        snprintf(out, room, "%.*f s", s < 10 ? 1 : 0, s);
    else if (s < 7200)
        snprintf(out, room, "%.0f min", s / 60);
    else if (s < 172800)
        snprintf(out, room, "%.1f h", s / 3600);
    else
        snprintf(out, room, "%.1f d", s / 86400);
}

static const struct {
    const char *name, *en, *zh;
} defences[] = {
    { "none", "no defence", "无防护" },
    { "frequency", "frequency limit", "频次限制" },
    { "blacklist", "shared blacklist, a day late", "共享黑名单（次日）" },
    { "reputation", "number reputation", "号码信誉" },
    { "anning", "Anning", "安宁" },
    { "live", "Anning over SIP", "安宁（SIP在线）" },
};

const char *ar_defence_text_en(const char *name)
{
    for (size_t i = 0; i < sizeof defences / sizeof *defences; i++)
        if (strcmp(defences[i].name, name) == 0) return defences[i].en;
    return name;
}

const char *ar_defence_text_zh(const char *name)
{
    for (size_t i = 0; i < sizeof defences / sizeof *defences; i++)
        if (strcmp(defences[i].name, name) == 0) return defences[i].zh;
    return name;
}

const struct ar_result *ar_report_none(const struct ar_result *results, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(results[i].defence, "none") == 0) return &results[i];
    return NULL;
}

/* ---- rows ---- */

struct page {
    const struct ar_result *results;
    size_t n;
    const struct ar_figures_sink *sink;
    struct ar_figure figure;
};

static void begin(struct page *page, const char *en, const char *zh, enum ar_better better)
{
    page->figure = (struct ar_figure) { .en = en, .zh = zh, .better = better };
}

static void end(struct page *page)
{
    page->sink->row(page->sink->user, &page->figure);
}

static void section(struct page *page, const char *en, const char *zh)
{
    page->sink->section(page->sink->user, en, zh);
}

/* "12.3", or "12.3±0.4" where intervals matter; of none seen, how many there may be at most: "0 ≤0.4". */
static void set_share(struct page *page, size_t i, struct ar_share share, bool interval)
{
    char *cell = page->figure.cells[i], part[16];
    double low, high;
    page->figure.values[i] = ar_share_value(share);
    ar_text_percent(page->figure.values[i], cell, AR_CELL_MAX);
    if (!interval || share.of == 0) return;
    ar_share_interval(share, &low, &high);
    ar_text_percent(share.count == 0 ? high : (high - low) / 2, part, sizeof part);
    size_t len = strlen(cell);
    snprintf(cell + len, AR_CELL_MAX - len, share.count == 0 ? " ≤%s" : "±%s", part);
}

static void set_text(struct page *page, size_t i, double value, void (*format)(double, char *, size_t))
{
    page->figure.values[i] = value;
    format(value, page->figure.cells[i], AR_CELL_MAX);
}

/* A share that is a field of the result. */
static void share_row(struct page *page, const char *en, const char *zh, enum ar_better better, size_t offset,
                      bool interval)
{
    begin(page, en, zh, better);
    for (size_t i = 0; i < page->n; i++) {
        struct ar_share share;
        memcpy(&share, (const char *)&page->results[i] + offset, sizeof share);
        set_share(page, i, share, interval);
    }
    end(page);
}
#define FIELD(name) offsetof(struct ar_result, name)

static void number_row(struct page *page, const char *en, const char *zh, enum ar_better better, size_t offset,
                       void (*format)(double, char *, size_t))
{
    begin(page, en, zh, better);
    for (size_t i = 0; i < page->n; i++) {
        double value;
        memcpy(&value, (const char *)&page->results[i] + offset, sizeof value);
        set_text(page, i, value, format);
    }
    end(page);
}

static void count_row(struct page *page, const char *en, const char *zh, size_t offset)
{
    begin(page, en, zh, AR_BETTER_NONE);
    for (size_t i = 0; i < page->n; i++) {
        uint64_t value;
        memcpy(&value, (const char *)&page->results[i] + offset, sizeof value);
        set_text(page, i, (double)value, ar_text_count);
    }
    end(page);
}

static bool is_there(const struct page *page, size_t offset)
{
    for (size_t i = 0; i < page->n; i++) {
        struct ar_share share;
        memcpy(&share, (const char *)&page->results[i] + offset, sizeof share);
        if (share.of > 0) return true;
    }
    return false;
}

static void reach(struct page *page)
{
    static const char *const en[AR_LEVELS] = { "",
                                               "strength 1, naive",
                                               "strength 2, watches",
                                               "strength 3, changes",
                                               "strength 4, evades",
                                               "strength 5, paranoid" };
    static const char *const zh[AR_LEVELS] = {
        "", "强度1 无戒备", "强度2 会观察", "强度3 会变换", "强度4 会规避", "强度5 极谨慎"
    };
    char labels[2][80];
    section(page, "Reach: unwanted calls that ring without label, %", "到达：未加标记即响铃的骚扰电话，%");
    share_row(page, "all", "全部", AR_BETTER_LOW, FIELD(reach), false);
    share_row(page, "rang at all, label or not", "响铃（含标记）", AR_BETTER_LOW, FIELD(rang), false);
    for (unsigned m = 0; m < AR_MODE_COUNT; m++) {
        enum ar_class class = (enum ar_class)(AR_CLASS_A1 + m);
        if (!is_there(page, FIELD(reach_mode) + m * sizeof(struct ar_share))) continue;
        snprintf(labels[0], sizeof labels[0], "%s %s", ar_class_name(class), ar_class_text_en(class));
        snprintf(labels[1], sizeof labels[1], "%s %s", ar_class_name(class), ar_class_text_zh(class));
        share_row(page, labels[0], labels[1], AR_BETTER_LOW, FIELD(reach_mode) + m * sizeof(struct ar_share), false);
    }
    for (unsigned s = 1; s < AR_LEVELS; s++)
        if (is_there(page, FIELD(reach_strength) + s * sizeof(struct ar_share)))
            share_row(page, en[s], zh[s], AR_BETTER_LOW, FIELD(reach_strength) + s * sizeof(struct ar_share), false);
    share_row(page, "campaign's first hour", "活动首小时", AR_BETTER_LOW, FIELD(reach_age[AR_AGE_HOUR]), false);
    share_row(page, "rest of its first day", "首日其余", AR_BETTER_LOW, FIELD(reach_age[AR_AGE_DAY]), false);
    share_row(page, "later", "之后", AR_BETTER_LOW, FIELD(reach_age[AR_AGE_LATER]), false);
    share_row(page, "number's very first call", "号码首次呼叫", AR_BETTER_LOW, FIELD(reach_first), false);
    share_row(page, "first call, campaign over 1 h", "首呼，活动已逾1小时", AR_BETTER_LOW,
              FIELD(reach_first_old), false);
    share_row(page, "campaigns of up to 13 calls", "不超过13通的活动", AR_BETTER_LOW, FIELD(reach_short), true);
}

enum harm_kind { HARM_TOUCHED, HARM_LABELLED, HARM_SCREENED, HARM_DISTURBED, HARM_BLOCKED, HARM_LOST };

static struct ar_share harm_share(const struct ar_harm *harm, enum harm_kind kind)
{
    switch (kind) {
    case HARM_LABELLED: return (struct ar_share) { harm->labelled, harm->calls };
    case HARM_SCREENED: return (struct ar_share) { harm->screened, harm->calls };
    case HARM_DISTURBED: return ar_harm_disturbed(harm);
    case HARM_BLOCKED: return ar_harm_blocked(harm);
    case HARM_LOST: return (struct ar_share) { harm->lost, harm->calls };
    default: return ar_harm_touched(harm);
    }
}

static void harm_row(struct page *page, const char *en, const char *zh, int class, enum harm_kind kind)
{
    begin(page, en, zh, AR_BETTER_LOW);
    for (size_t i = 0; i < page->n; i++) {
        const struct ar_result *r = &page->results[i];
        set_share(page, i, harm_share(class < 0 ? &r->harm : &r->harm_class[class], kind), true);
    }
    end(page);
}

static void worst_row(struct page *page, const char *en, const char *zh,
                      struct ar_share (*share)(const struct ar_harm *))
{
    begin(page, en, zh, AR_BETTER_NONE);
    for (size_t i = 0; i < page->n; i++) {
        unsigned worst = ar_harm_worst(&page->results[i], share);
        page->figure.values[i] = NAN;
        snprintf(page->figure.cells[i], AR_CELL_MAX, "%s",
                 worst == AR_WANTED_COUNT ? "-" : ar_class_name((enum ar_class)worst));
    }
    end(page);
}

static void worst_share_row(struct page *page, const char *en, const char *zh,
                            struct ar_share (*share)(const struct ar_harm *))
{
    begin(page, en, zh, AR_BETTER_LOW);
    for (size_t i = 0; i < page->n; i++) {
        unsigned worst = ar_harm_worst(&page->results[i], share);
        if (worst == AR_WANTED_COUNT)
            set_text(page, i, NAN, ar_text_percent);
        else
            set_share(page, i, share(&page->results[i].harm_class[worst]), true);
    }
    end(page);
}

/* Classes in the order of the last defence, which is the one on trial. */
static void harm(struct page *page)
{
    const struct ar_result *last = &page->results[page->n - 1];
    section(page, "Harm: wanted calls that are touched, % ± half of the 95 % interval",
            "误伤：被干预的正常来电，% ± 95%区间半宽");
    harm_row(page, "touched in any way", "任何干预", -1, HARM_TOUCHED);
    harm_row(page, "labelled", "标记", -1, HARM_LABELLED);
    harm_row(page, "screened", "筛问", -1, HARM_SCREENED);
    harm_row(page, "labelled or screened", "标记或筛问", -1, HARM_DISTURBED);
    harm_row(page, "blocked", "拦截", -1, HARM_BLOCKED);
    harm_row(page, "never rang at all", "未能响铃", -1, HARM_LOST);
    worst_row(page, "class labelled/screened most", "最常被标记的一类", ar_harm_disturbed);
    worst_share_row(page, "  its share", "  其比例", ar_harm_disturbed);
    worst_row(page, "class blocked most", "最常被拦截的一类", ar_harm_blocked);
    worst_share_row(page, "  its share", "  其比例", ar_harm_blocked);
    for (unsigned k = 0; k < AR_WANTED_COUNT; k++) {
        enum ar_class class = (enum ar_class)last->harm_order[k];
        if (last->harm_class[class].calls == 0) continue;
        harm_row(page, ar_class_text_en(class), ar_class_text_zh(class), (int)class, HARM_TOUCHED);
    }
}

static void of_row(struct page *page, const char *en, const char *zh, size_t speed, bool held)
{
    begin(page, en, zh, AR_BETTER_HIGH);
    for (size_t i = 0; i < page->n; i++) {
        struct ar_speed s;
        memcpy(&s, (const char *)&page->results[i] + speed, sizeof s);
        uint64_t count = held ? s.held : s.noticed, of = held ? s.long_count : s.count;
        page->figure.values[i] = ar_share_value((struct ar_share) { count, of });
        snprintf(page->figure.cells[i], AR_CELL_MAX, "%" PRIu64 " of %" PRIu64, count, of);
    }
    end(page);
}

static void speed_of(struct page *page, size_t speed)
{
    of_row(page, "got a first verdict", "得到首次判定", speed, false);
    number_row(page, "calls before it (median)", "此前呼叫数（中位数）", AR_BETTER_LOW,
               speed + offsetof(struct ar_speed, calls), ar_text_count);
    number_row(page, "time before it (median)", "此前用时（中位数）", AR_BETTER_LOW,
               speed + offsetof(struct ar_speed, seconds), ar_text_seconds);
    of_row(page, "got 90 % of 50 calls judged", "达到50通中九成", speed, true);
    number_row(page, "calls until then (median)", "至此呼叫数（中位数）", AR_BETTER_LOW,
               speed + offsetof(struct ar_speed, held_calls), ar_text_count);
    number_row(page, "time until then (median)", "至此用时（中位数）", AR_BETTER_LOW,
               speed + offsetof(struct ar_speed, held_seconds), ar_text_seconds);
}

static void text_times(double value, char *out, size_t room)
{
    if (isnan(value))
        snprintf(out, room, "-");
    else
        snprintf(out, room, "x%.2f", value);
}

static void text_yuan(double value, char *out, size_t room)
{
    if (isnan(value) || value >= 1000)
        ar_text_count(value, out, room);
    else
        snprintf(out, room, "%.2f", value);
}

/* Yuan, and below it how many times the price without a defence. */
static void price_rows(struct page *page, const char *en, const char *zh, double (*price)(const struct ar_ledger *))
{
    const struct ar_result *none = ar_report_none(page->results, page->n);
    begin(page, en, zh, AR_BETTER_HIGH);
    for (size_t i = 0; i < page->n; i++) set_text(page, i, price(&page->results[i].ledger), text_yuan);
    end(page);
    if (none == NULL || page->n == 1) return;
    begin(page, "  times without a defence", "  与无防护之比", AR_BETTER_HIGH);
    for (size_t i = 0; i < page->n; i++)
        set_text(page, i, price(&page->results[i].ledger) / price(&none->ledger), text_times);
    end(page);
}

static void deterrence(struct page *page)
{
    section(page, "Deterrence: what the adversaries pay, yuan", "威慑：对手的花费（元）");
    price_rows(page, "a person reached (10 s)", "每触达一人", ar_ledger_yuan_a_reached);
    price_rows(page, "a lead", "每条线索", ar_ledger_yuan_a_lead);
    number_row(page, "people reached", "触达人数", AR_BETTER_LOW, FIELD(ledger.reached), ar_text_count);
    count_row(page, "leads", "线索数", FIELD(ledger.leads));
    begin(page, "spent in all", "总花费", AR_BETTER_NONE);
    for (size_t i = 0; i < page->n; i++) set_text(page, i, ar_ledger_yuan(&page->results[i].ledger), ar_text_count);
    end(page);
    count_row(page, "moves made", "变换次数", FIELD(ledger.moves));
    count_row(page, "numbers rotated", "换号次数", FIELD(ledger.rotations));
}

static void text_fraction(double value, char *out, size_t room)
{
    if (isnan(value))
        snprintf(out, room, "-");
    else
        snprintf(out, room, "%.4f", value);
}

static void calibration(struct page *page)
{
    section(page, "Ranking and calibration of the score", "评分的排序与校准");
    number_row(page, "recall, 0.01 % false alarms", "误报0.01%时的召回", AR_BETTER_HIGH, FIELD(recall_at[0]),
               ar_text_percent);
    number_row(page, "recall, 0.1 % false alarms", "误报0.1%", AR_BETTER_HIGH, FIELD(recall_at[1]), ar_text_percent);
    number_row(page, "recall, 1 % false alarms", "误报1%", AR_BETTER_HIGH, FIELD(recall_at[2]), ar_text_percent);
    number_row(page, "area under the ROC curve", "ROC曲线下面积", AR_BETTER_HIGH, FIELD(auc), text_fraction);
    number_row(page, "average precision", "平均精确率", AR_BETTER_HIGH, FIELD(average_precision), text_fraction);
    begin(page, "expected calibration error", "期望校准误差", AR_BETTER_LOW);
    for (size_t i = 0; i < page->n; i++) {
        set_text(page, i, page->results[i].calibration_error, text_fraction);
        if (!page->results[i].is_probability) snprintf(page->figure.cells[i], AR_CELL_MAX, "rank only");
    }
    end(page);
}

static void run(struct page *page)
{
    section(page, "The run", "运行");
    count_row(page, "calls attempted", "呼叫总数", FIELD(attempts));
    count_row(page, "under way at the end", "结束时进行中", FIELD(under_way));
    count_row(page, "before measuring began", "计量前", FIELD(early));
    count_row(page, "wanted, measured", "正常来电", FIELD(wanted));
    count_row(page, "unwanted, measured", "骚扰来电", FIELD(unwanted));
    count_row(page, "unwanted, to numbers nobody has", "骚扰空号", FIELD(nobody));
    count_row(page, "adversaries' own test calls", "对手自测", FIELD(tests));
    count_row(page, "reported by callees", "被举报", FIELD(reported));
    begin(page, "events a second", "每秒事件", AR_BETTER_NONE);
    for (size_t i = 0; i < page->n; i++) {
        const struct ar_result *r = &page->results[i];
        set_text(page, i, r->wall_s > 0 ? (double)r->events / r->wall_s : NAN, ar_text_count);
    }
    end(page);
}

static bool any_rotations(const struct page *page)
{
    for (size_t i = 0; i < page->n; i++)
        if (page->results[i].rotations.count > 0) return true;
    return false;
}

void ar_report_figures(const struct ar_result *results, size_t n, const struct ar_figures_sink *sink)
{
    an_assert(n > 0 && n <= AR_REPORT_MAX);
    struct page page = { .results = results, .n = n, .sink = sink };
    reach(&page);
    harm(&page);
    section(&page, "Speed: from a new campaign's first call", "速度：从活动首次呼叫起");
    speed_of(&page, FIELD(campaigns));
    if (any_rotations(&page)) {
        section(&page, "Speed after each rotation of numbers or trunks", "每次换号或换中继之后");
        speed_of(&page, FIELD(rotations));
    }
    deterrence(&page);
    calibration(&page);
    run(&page);
}
