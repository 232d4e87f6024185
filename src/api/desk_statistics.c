/* GET /v1/statistics by quarter, as JSON, CSV and XLSX, out of what every server wrote into the store. Definitions:
 * docs/desk.md. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "api/desk.h"
#include "api/person.h"
#include "api/sheet.h"
#include "base/clock.h"
#include "case/sentence.h"
#include "store/statistics.h"

struct question {
    uint32_t quarter;
    enum an_statistic_by by;
    char quarter_text[16];
};

static const char *const by_names[] = { "network", "category", "region" };
static const char *const measure_names[] = { "calls", "label", "screen", "block", "unwanted", "wanted" };

/* "2026Q4"; without one, the quarter that is now. */
static bool quarter_of(const struct an_api_core *core, const struct an_api_request *request,
                       struct an_api_response *response, struct question *q)
{
    char text[16], tail;
    unsigned year, quarter;
    if (!an_api_query(request, "quarter", text, sizeof text)) {
        time_t now = (time_t)(an_api_now_us(core) / AN_US_PER_S) + core->options.utc_offset_s;
        struct tm local;
        gmtime_r(&now, &local);
        year = (unsigned)local.tm_year + 1900, quarter = (unsigned)local.tm_mon / 3 + 1;
    } else if (strlen(text) != 6 || sscanf(text, "%4uQ%1u%c", &year, &quarter, &tail) != 2 || year < 1970 ||
               quarter < 1 || quarter > 4) {
        an_api_error(response, 400, "quarter is written 2026Q4", "quarter", -1);
        return false;
    }
    q->quarter = year * 4 + quarter - 1;
    snprintf(q->quarter_text, sizeof q->quarter_text, "%04uQ%u", year % 10000, quarter % 10);
    return true;
}

static bool question_of(const struct an_api_core *core, const struct an_api_request *request,
                        struct an_api_response *response, struct question *q)
{
    char text[16];
    q->by = AN_STATISTIC_BY_NETWORK;
    if (!quarter_of(core, request, response, q)) return false;
    if (!an_api_query(request, "by", text, sizeof text)) return true;
    for (int i = 0; i < 3; i++)
        if (strcmp(text, by_names[i]) == 0) {
            q->by = (enum an_statistic_by)i;
            return true;
        }
    an_api_error(response, 400, "by has to be network, category or region", "by", -1);
    return false;
}

/* False: answered. */
static bool ask(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                struct question *q, struct an_statistics *ret)
{
    struct an_db_session *session;
    struct an_error error;
    if (!question_of(core, request, response, q) || !an_api_store(core, response, &session)) return false;
    enum an_err err = an_statistics_get(session, q->quarter, q->by, ret, &error);
    an_db_give(session);
    if (err != AN_OK)
        an_api_store_failed(response, err, &error);
    else if (ret->servers == 0)
        an_api_refuse(response, 404, "not_found", "nothing was counted in this quarter", "quarter");
    return err == AN_OK && ret->servers > 0;
}

static const char *key_name(enum an_statistic_by by, uint32_t key, char code[8])
{
    if (by == AN_STATISTIC_BY_NETWORK) return an_operator_name((enum an_operator)key);
    if (by == AN_STATISTIC_BY_CATEGORY) return an_category_name((enum an_category)key);
    return an_region_code(key, code);
}

static void put_definitions(struct an_text *out)
{
    static const struct {
        const char *zh, *en;
    } words[AN_STATISTIC_MEASURES] = {
        { "呼叫量：作出判定的呼叫次数。", "Calls: attempts that got a verdict." },
        { "处理量之标记：接通时带有提示的呼叫。", "Touched, labelled: calls put through with a label." },
        { "处理量之代接：先由助手接听的呼叫。", "Touched, screened: calls the assistant answered first." },
        { "处理量之拦截：被拦截的呼叫。", "Touched, blocked: calls that were blocked." },
        { "举报量：被叫举报为“不想接”的次数，按举报人所选类别计。",
          "Reports: calls that people called said were unwanted, by the category they gave." },
        { "想接量：被叫表示愿意接听的次数。", "Wanted: calls that people called said were wanted." },
    };
    an_text_json_key(out, "definitions");
    an_text_puts(out, "[");
    for (int m = 0; m < AN_STATISTIC_MEASURES; m++) {
        an_text_puts(out, m == 0 ? "{" : ",{");
        an_text_json_pair(out, "measure", measure_names[m]);
        an_text_json_pair(out, "zh", words[m].zh);
        an_text_json_pair(out, "en", words[m].en);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]");
}

/* A network's or category's name for people; a region's is its code of GB/T 2260. */
static void put_name(struct an_text *out, enum an_statistic_by by, uint32_t key)
{
    static const char *const networks[AN_OPERATOR_COUNT][2] = {
        [AN_OPERATOR_NONE] = { "号码看不出所属网络", "Not told by the number" },
        [AN_OPERATOR_MOBILE] = { "中国移动", "China Mobile" },
        [AN_OPERATOR_UNICOM] = { "中国联通", "China Unicom" },
        [AN_OPERATOR_TELECOM] = { "中国电信", "China Telecom" },
        [AN_OPERATOR_BROADNET] = { "中国广电", "China Broadnet" },
        [AN_OPERATOR_VIRTUAL_M] = { "虚拟运营商（移动网）", "Virtual operators on China Mobile" },
        [AN_OPERATOR_VIRTUAL_U] = { "虚拟运营商（联通网）", "Virtual operators on China Unicom" },
        [AN_OPERATOR_VIRTUAL_T] = { "虚拟运营商（电信网）", "Virtual operators on China Telecom" },
        [AN_OPERATOR_FOREIGN] = { "境外", "Abroad" },
    };
    if (by == AN_STATISTIC_BY_NETWORK && key < AN_OPERATOR_COUNT)
        an_api_pair_both(out, "name", networks[key][0], networks[key][1]);
    if (by == AN_STATISTIC_BY_CATEGORY)
        an_api_pair_both(out, "name", an_category_zh((enum an_category)key), an_category_en((enum an_category)key));
}

void an_desk_statistics(struct an_api_core *core, const struct an_api_request *request,
                        struct an_api_response *response)
{
    struct question q;
    struct an_statistic_row rows[AN_LIVE_REGIONS];
    struct an_statistics s = { .rows = rows, .max = AN_LIVE_REGIONS };
    char code[8];
    struct an_text *out = &response->text;
    if (!ask(core, request, response, &q, &s)) return;
    an_text_puts(out, "{");
    an_text_json_pair(out, "quarter", q.quarter_text);
    an_text_json_pair(out, "by", by_names[q.by]);
    an_desk_put_time(out, "since", s.since_us);
    an_text_json_pair_u64(out, "servers", s.servers);
    an_desk_put_time(out, "until", s.until_us);
    an_text_json_key(out, "items");
    an_text_puts(out, "[");
    for (size_t i = 0; i < s.count; i++) {
        an_text_puts(out, i == 0 ? "{" : ",{");
        an_text_json_pair(out, "key", key_name(q.by, rows[i].key, code));
        put_name(out, q.by, rows[i].key);
        for (int m = 0; m < AN_STATISTIC_MEASURES; m++)
            an_text_json_pair_u64(out, measure_names[m], rows[i].measures[m]);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]");
    put_definitions(out);
    an_text_puts(out, "}\n");
}

static struct an_sheet *sheet_of(struct an_api_core *core, const struct an_api_request *request,
                                 struct an_api_response *response, struct question *q)
{
    static const char *const headers[] = { "quarter", "by",    "key",      "calls", "label",
                                           "screen",  "block", "unwanted", "wanted" };
    struct an_statistic_row rows[AN_LIVE_REGIONS];
    struct an_statistics s = { .rows = rows, .max = AN_LIVE_REGIONS };
    char code[8];
    if (!ask(core, request, response, q, &s)) return NULL;
    struct an_sheet *sheet = an_sheet_new(headers, 9);
    for (size_t i = 0; sheet != NULL && i < s.count; i++) {
        an_sheet_text(sheet, q->quarter_text);
        an_sheet_text(sheet, by_names[q->by]);
        an_sheet_text(sheet, key_name(q->by, rows[i].key, code));
        for (int m = 0; m < AN_STATISTIC_MEASURES; m++) an_sheet_number(sheet, rows[i].measures[m]);
    }
    if (sheet == NULL) an_api_error(response, 500, "out of memory", NULL, -1);
    return sheet;
}

void an_desk_statistics_csv(struct an_api_core *core, const struct an_api_request *request,
                            struct an_api_response *response)
{
    struct question q;
    struct an_sheet *sheet = sheet_of(core, request, response, &q);
    if (sheet != NULL) an_desk_send_sheet(response, sheet, false, "anning-statistics", q.quarter_text);
}

void an_desk_statistics_xlsx(struct an_api_core *core, const struct an_api_request *request,
                             struct an_api_response *response)
{
    struct question q;
    struct an_sheet *sheet = sheet_of(core, request, response, &q);
    if (sheet != NULL) an_desk_send_sheet(response, sheet, true, "anning-statistics", q.quarter_text);
}
