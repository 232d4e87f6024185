/* Scenarios on virtual time: SIP in, expected symbols and verdict. Each tests/replay/NAME.call is one test.
 *
 * A scenario is read line by line; # begins a comment.
 *   | YAML                    lines of configuration, before anything else
 *   date 2026-11-20T09:00:00+08:00       the clock (default: this)
 *   at +5m | at 10:30         later; the next half past ten. Units: s, m, h, d
 *   city people=N hours=H     ordinary life: people who call their friends, on three operators' trunks
 *   trunk 10.9.0.1            where the following INVITEs come from
 *   ua TEXT                   their User-Agent
 *   invite from=N to=N [display=T] [asserted=N] [id=T]
 *   retransmit                the same bytes again
 *   end outcome=O [ring=S] [talk=S]      how that call ends, when its time comes; outcome may be
 *                             answered:60,refused:40 and S a range 3..20
 *   report category=C | wanted | refusal [from=N to=N] [trunk=NAME]   of the last call, or of any between the two
 *   repeat N [every=S] ... done          i counts from 0; loops may be nested once more
 *   count                     shares are counted from here on
 *   expect ...                of the last verdict: action=a|b symbols=A,B without=A,B rules=A,B category=C repeat
 *                             score>X score<X; of all since `count`: allowed>X labelled>X screened>X blocked>X
 *                             unwanted>X (all but allowed), or <
 * A number is digits and terms: +i, +i*7, +i*7%1000, +?500 (drawn below 500; always the same draws). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <glob.h>

#include "base/clock.h"
#include "base/hash.h"
#include "engine/engine.h"
#include "engine/normalise.h"
#include "parse/event.h"
#include "parse/event_time.h"
#include "parse/sip.h"
#include "score/score.h"
#include "score/symbols.h"
#include "settings/config.h"

enum { LINES_MAX = 512, WORDS_MAX = 16, ENDS_MAX = 4096, MESSAGE_MAX = 2048, ZONE_S = 28800 };

struct due {
    uint64_t time_us;
    struct an_event_text event;
    char call_id[64];
};

struct scene {
    const char *path;
    char *lines[LINES_MAX];
    int line_count, line;
    struct an_engine *engine;
    struct an_vector vector;
    struct an_call call;
    uint64_t now_us, seed, calls, i[2];
    int depth;
    char trunk[32], ua[64], from[32], to[32], message[MESSAGE_MAX], call_id[64], yaml[4096];
    size_t message_len;
    struct an_verdict verdict; /* of the last attempt */
    bool repeated;
    uint64_t by_action[AN_ACTION_COUNT], judged; /* since `count` */
    struct due ends[ENDS_MAX];
    size_t end_count;
};

static void verdict_text(const struct scene *s, char *out, size_t size)
{
    const struct an_verdict *v = &s->verdict;
    int at = snprintf(out, size, "%s, score %.4f, rules %#x, %s:", an_action_name((enum an_action)v->action),
                      (double)v->probability, v->rules, an_category_name((enum an_category)v->category));
    for (unsigned i = 0; i < v->symbol_count && at < (int)size; i++)
        at += snprintf(out + at, size - (size_t)at, " %s%+.2f", an_symbol_text(v->symbols[i].id).name,
                       v->symbols[i].weight / 100.0);
}

__attribute__((format(printf, 2, 3))) static void stop(const struct scene *s, const char *format, ...)
{
    char text[512], verdict[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    verdict_text(s, verdict, sizeof verdict);
    fail_msg("%s:%d: %s\n    last verdict: %s\n    since count: %llu calls, %llu allow, %llu label, %llu screen, %llu "
             "block",
             s->path, s->line + 1, text, verdict, (unsigned long long)s->judged, (unsigned long long)s->by_action[0],
             (unsigned long long)s->by_action[1], (unsigned long long)s->by_action[2],
             (unsigned long long)s->by_action[3]);
}

static uint64_t draw(struct scene *s, uint64_t n)
{
    s->seed += 0x9e3779b97f4a7c15ull;
    return an_range(an_mix64(s->seed), n);
}

/* "13800000000+i*7%1000+?5". */
static void number_of(struct scene *s, const char *text, char out[32])
{
    if (text[0] < '0' || text[0] > '9') { /* a name, "anonymous", or nothing */
        snprintf(out, 32, "%s", text);
        return;
    }
    char *at;
    uint64_t value = strtoull(text, &at, 10);
    int zeros = (int)strspn(text, "0");
    while (*at == '+') {
        uint64_t term = 0;
        at++;
        if (*at == '?')
            term = draw(s, strtoull(at + 1, &at, 10));
        else if (*at == 'i') {
            at++;
            term = s->i[s->depth > 0 ? s->depth - 1 : 0];
            if (*at == '*') term *= strtoull(at + 1, &at, 10);
            if (*at == '%') term %= strtoull(at + 1, &at, 10);
        } else
            term = strtoull(at, &at, 10);
        value += term;
    }
    if (*at != '\0') stop(s, "\"%s\" is no number", text);
    snprintf(out, 32, "%.*s%llu", zeros, "0000", (unsigned long long)value);
}

/* "3", "2.5" or "3..20", in microseconds. */
static uint64_t span_us(struct scene *s, const char *text)
{
    const char *dots = strstr(text, "..");
    double low = strtod(text, NULL), high = dots == NULL ? low : strtod(dots + 2, NULL);
    return (uint64_t)(low * 1e6) + (high > low ? draw(s, (uint64_t)((high - low) * 1e6)) : 0);
}

static void run_call(struct scene *s)
{
    s->vector.calls = &s->call;
    s->vector.count = 1;
    s->vector.now_us = s->now_us;
    an_engine_run(an_engine_context(s->engine, 0), &s->vector);
}

static void give_event(struct scene *s, struct an_event_text *event, const char *call_id)
{
    char text[AN_EVENT_TEXT_MAX];
    event->time_us = s->now_us;
    event->call_id = an_slice_of(call_id);
    assert_int_equal(an_event_fill(&s->call, text, sizeof text, event), AN_OK);
    run_call(s);
}

/* Time goes on to `until`; calls end on the way. */
static void move_to(struct scene *s, uint64_t until)
{
    for (;;) {
        size_t first = s->end_count;
        for (size_t i = 0; i < s->end_count; i++)
            if (s->ends[i].time_us <= until && (first == s->end_count || s->ends[i].time_us < s->ends[first].time_us))
                first = i;
        if (first == s->end_count) break;
        struct due due = s->ends[first];
        s->ends[first] = s->ends[--s->end_count];
        s->now_us = due.time_us > s->now_us ? due.time_us : s->now_us;
        give_event(s, &due.event, due.call_id);
    }
    if (until > s->now_us) s->now_us = until;
}

static void send_message(struct scene *s)
{
    memset(&s->call, 0, offsetof(struct an_call, parsed));
    s->call.base = s->message;
    s->call.length = (uint32_t)s->message_len;
    s->call.peer.v4.sin_family = AF_INET;
    s->call.peer.v4.sin_port = htons(5060);
    if (inet_pton(AF_INET, s->trunk, &s->call.peer.v4.sin_addr) != 1) stop(s, "trunk %s: no address", s->trunk);
    assert_int_equal(an_sip_parse(s->message, s->message_len, &s->call.parsed), AN_OK);
    run_call(s);
    s->verdict = s->call.verdict;
    s->repeated = s->call.observed.repeat;
    if (s->repeated) return;
    struct an_verdict again = { 0 }; /* each verdict recomputes from its own features */
    an_score_features(s->verdict.features, NULL, &again);
    if (memcmp(&again.probability, &s->verdict.probability, sizeof again.probability) != 0)
        stop(s, "the score does not recompute: %.9g", (double)again.probability);
    s->judged++;
    s->by_action[s->verdict.action]++;
}

static void invite(struct scene *s, const char *from, const char *to, const char *display, const char *asserted,
                   const char *id)
{
    char extra[160] = "";
    s->calls++;
    snprintf(s->from, sizeof s->from, "%s", from);
    snprintf(s->to, sizeof s->to, "%s", to);
    if (id != NULL)
        snprintf(s->call_id, sizeof s->call_id, "%s", id);
    else
        snprintf(s->call_id, sizeof s->call_id, "%016llx@%s", (unsigned long long)an_mix64(s->calls), s->trunk);
    if (asserted != NULL) snprintf(extra, sizeof extra, "P-Asserted-Identity: <sip:%s@%s>\r\n", asserted, s->trunk);
    int len =
        snprintf(s->message, sizeof s->message,
                 "INVITE sip:%s@anning SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bK%016llx\r\n"
                 "Max-Forwards: 70\r\nFrom: %s%s%s<sip:%s@%s>;tag=%08llx\r\nTo: <sip:%s@anning>\r\nCall-ID: %s\r\n"
                 "CSeq: 1 INVITE\r\nContact: <sip:%s:5060>\r\nUser-Agent: %s\r\n%sContent-Length: 0\r\n\r\n",
                 to, s->trunk, (unsigned long long)an_mix64(s->calls + 77), display == NULL ? "" : "\"",
                 display == NULL ? "" : display, display == NULL ? "" : "\" ", from, s->trunk,
                 (unsigned long long)(an_mix64(s->calls + 99) >> 32), to, s->call_id, s->trunk, s->ua, extra);
    assert_in_range(len, 1, (int)sizeof s->message - 1);
    s->message_len = (size_t)len;
    send_message(s);
}

/* "answered:60,refused:40" or one name. */
static enum an_outcome outcome_of(struct scene *s, const char *text)
{
    unsigned shares[8], total = 0, count = 0;
    enum an_outcome outcomes[8];
    char copy[160], *save, *word;
    snprintf(copy, sizeof copy, "%s", text);
    for (word = strtok_r(copy, ",", &save); word != NULL && count < 8; word = strtok_r(NULL, ",", &save)) {
        char *colon = strchr(word, ':');
        size_t len = colon == NULL ? strlen(word) : (size_t)(colon - word);
        if (an_outcome_of(word, len, &outcomes[count]) != AN_OK) stop(s, "outcome %s?", word);
        total += shares[count++] = colon == NULL ? 1 : (unsigned)atoi(colon + 1);
    }
    uint64_t at = draw(s, total);
    for (unsigned i = 0; i < count; i++) {
        if (at < shares[i]) return outcomes[i];
        at -= shares[i];
    }
    return AN_OUTCOME_UNKNOWN;
}

static void end_later(struct scene *s, enum an_outcome outcome, uint64_t ring_us, uint64_t talk_us)
{
    if (outcome != AN_OUTCOME_ANSWERED) talk_us = 0;
    if (s->end_count == ENDS_MAX) stop(s, "more than %d calls at once", ENDS_MAX);
    struct due *due = &s->ends[s->end_count++];
    *due = (struct due) { .time_us = s->now_us + ring_us + talk_us,
                          .event = { .kind = AN_OBS_END,
                                     .outcome = outcome,
                                     .ring_ms = (uint32_t)(ring_us / 1000),
                                     .talk_ms = (uint32_t)(talk_us / 1000) } };
    memcpy(due->call_id, s->call_id, sizeof due->call_id);
}

/* People with eight friends each; calls by day more than by night; nobody unusual among them. */
static void city(struct scene *s, uint64_t people, uint64_t hours)
{
    static const struct {
        const char *trunk, *ua;
        uint64_t base;
    } operators[] = { { "10.1.0.1", "IMS-Mobile/7.2", 13800000000 },
                      { "10.1.0.2", "IMS-Unicom/3.1", 13010000000 },
                      { "10.1.0.3", "CT-CSCF 5", 13310000000 } };
    char trunk[32], ua[64];
    memcpy(trunk, s->trunk, sizeof trunk);
    memcpy(ua, s->ua, sizeof ua);
    uint64_t end = s->now_us + hours * 3600 * AN_US_PER_S;
    while (s->now_us < end) {
        uint64_t hour = (s->now_us / AN_US_PER_S + ZONE_S) / 3600 % 24;
        uint64_t a_day = hour >= 8 && hour < 22 ? 8 : 1; /* calls of a person a day, at this hour's pace */
        move_to(s, s->now_us + draw(s, 2 * 86400 * AN_US_PER_S / (people * a_day)) + 1);
        uint64_t who = draw(s, people), friend_of = (who + 1 + draw(s, 8) * 37) % people;
        char from[32], to[32];
        snprintf(from, sizeof from, "%llu", (unsigned long long)(operators[who % 3].base + who * 13));
        snprintf(to, sizeof to, "%llu", (unsigned long long)(operators[friend_of % 3].base + friend_of * 13));
        snprintf(s->trunk, sizeof s->trunk, "%s", operators[who % 3].trunk);
        snprintf(s->ua, sizeof s->ua, "%s", operators[who % 3].ua);
        invite(s, from, to, NULL, NULL, NULL);
        enum an_outcome outcome = outcome_of(s, "answered:62,cancelled:12,no_answer:14,busy:7,unreachable:4,refused:1");
        end_later(s, outcome, 3 * AN_US_PER_S + draw(s, 22 * AN_US_PER_S),
                  8 * AN_US_PER_S + draw(s, 200 * AN_US_PER_S));
    }
    memcpy(s->trunk, trunk, sizeof trunk);
    memcpy(s->ua, ua, sizeof ua);
}

/* Value of NAME=value among the words of a line, or NULL. */
static const char *value_of(char *const *words, int count, const char *name)
{
    size_t len = strlen(name);
    for (int i = 1; i < count; i++)
        if (strncmp(words[i], name, len) == 0 && words[i][len] == '=') return words[i] + len + 1;
    return NULL;
}

static const char *needed(struct scene *s, char *const *words, int count, const char *name)
{
    const char *value = value_of(words, count, name);
    if (value == NULL) stop(s, "%s needs %s=", words[0], name);
    return value;
}

static bool has_symbol(const struct scene *s, const char *name)
{
    bool known = strcmp(name, "FALLBACK") == 0;
    for (int i = 0; i < AN_SYMBOL_COUNT; i++) known |= strcmp(name, an_symbol_info[i].name) == 0;
    if (!known) stop(s, "there is no symbol %s", name);
    for (unsigned i = 0; i < s->verdict.symbol_count; i++)
        if (strcmp(an_symbol_text(s->verdict.symbols[i].id).name, name) == 0) return true;
    return false;
}

static bool has_rule(const struct scene *s, const char *name)
{
    static const char *const names[] = { "CALLEE_DENIES",   "CALLEE_ALLOWS",   "RELATION",          "PUBLIC_SERVICE",
                                         "AFTER_EMERGENCY", "TO_EMERGENCY",    "OWN_EVIDENCE",      "EXPLORE",
                                         "FALLBACK",        "CALLEE_REPORTED", "LABELLED_UNWANTED", "LABELLED_WANTED" };
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) return s->verdict.rules & 1u << i;
    stop(s, "there is no rule %s", name);
    return false;
}

static bool is_action(const struct scene *s, const char *name)
{
    return strcmp(an_action_name((enum an_action)s->verdict.action), name) == 0;
}

static bool is_category(const struct scene *s, const char *name)
{
    return strcmp(an_category_name((enum an_category)s->verdict.category), name) == 0;
}

static void expect_list(struct scene *s, const char *word, const char *list, const char *between, bool all, bool wanted,
                        bool (*has)(const struct scene *, const char *))
{
    char copy[256], *save;
    bool any = false;
    snprintf(copy, sizeof copy, "%s", list);
    for (char *name = strtok_r(copy, between, &save); name != NULL; name = strtok_r(NULL, between, &save)) {
        bool is = has(s, name) == wanted;
        if (all && !is) stop(s, "%s: %s is %s", word, name, wanted ? "missing" : "there");
        any |= is;
    }
    if (!any) stop(s, "expected %s", word);
}

static void expect_number(struct scene *s, const char *word)
{
    static const char *const shares[] = { "allowed", "labelled", "screened", "blocked" };
    size_t len = strcspn(word, "<>");
    double value = -1, bound = strtod(word + len + (word[len] != '\0'), NULL);
    double judged = s->judged == 0 ? 1 : (double)s->judged;
    if (len == 5 && memcmp(word, "score", 5) == 0) value = (double)s->verdict.probability;
    if (len == 8 && memcmp(word, "unwanted", 8) == 0) value = 1 - (double)s->by_action[AN_ACTION_ALLOW] / judged;
    for (int a = 0; a < AN_ACTION_COUNT; a++)
        if (len == strlen(shares[a]) && memcmp(word, shares[a], len) == 0) value = (double)s->by_action[a] / judged;
    if (value < 0 || word[len] == '\0') stop(s, "expect %s?", word);
    if (word[len] == '>' ? value <= bound : value >= bound) stop(s, "expected %s; it is %.4f", word, value);
}

static void do_expect(struct scene *s, char *const *words, int count)
{
    for (int i = 1; i < count; i++) {
        const char *word = words[i], *equals = strchr(word, '=');
        const char *list = equals == NULL ? "" : equals + 1;
        if (strcmp(word, "repeat") == 0) {
            if (!s->repeated) stop(s, "not known as a retransmission");
        } else if (strncmp(word, "action=", 7) == 0)
            expect_list(s, word, list, "|", false, true, is_action);
        else if (strncmp(word, "category=", 9) == 0)
            expect_list(s, word, list, "|", false, true, is_category);
        else if (strncmp(word, "symbols=", 8) == 0)
            expect_list(s, word, list, ",", true, true, has_symbol);
        else if (strncmp(word, "without=", 8) == 0)
            expect_list(s, word, list, ",", true, false, has_symbol);
        else if (strncmp(word, "rules=", 6) == 0)
            expect_list(s, word, list, ",", true, true, has_rule);
        else
            expect_number(s, word);
    }
}

static void start_engine(struct scene *s)
{
    struct an_config config;
    struct an_config_errors errors = { 0 };
    const struct an_config_options options = { .normalise = an_engine_normalise };
    if (an_config_parse(s->path, s->yaml, strlen(s->yaml), &options, &config, &errors) != AN_OK) {
        an_config_errors_print(&errors, stderr);
        fail_msg("%s: its configuration is wrong", s->path);
    }
    an_config_errors_done(&errors);
    struct an_engine_options engine = { .contexts = 1,
                                        .repeatable = true,
                                        .settings = an_config_take_settings(&config) };
    engine.limits = (struct an_state_limits) { .numbers = 100000, .single_worker = true };
    engine.limits.emergency_window_s = config.settings.policy.emergency_window_s;
    engine.transactions = 4096;
    an_config_done(&config);
    struct an_error error;
    if (an_engine_new(&engine, &s->engine, &error) != AN_OK) fail_msg("%s", error.text);
}

static uint64_t later(struct scene *s, const char *text)
{
    if (text[0] == '+') {
        char *unit;
        double value = strtod(text + 1, &unit);
        double seconds = *unit == 'd' ? 86400 : *unit == 'h' ? 3600 : *unit == 'm' ? 60 : 1;
        return s->now_us + (uint64_t)(value * seconds * 1e6);
    }
    int hour, minute;
    if (sscanf(text, "%d:%d", &hour, &minute) != 2) stop(s, "at %s?", text);
    uint64_t local = s->now_us + ZONE_S * AN_US_PER_S, day = 86400 * AN_US_PER_S;
    uint64_t wanted = local - local % day + (uint64_t)(hour * 60 + minute) * 60 * AN_US_PER_S;
    return (wanted > local ? wanted : wanted + day) - ZONE_S * AN_US_PER_S;
}

static void report(struct scene *s, char *const *words, int count)
{
    const char *category = value_of(words, count, "category"),
               *parties[] = { value_of(words, count, "from"), value_of(words, count, "to") };
    const char *trunk = value_of(words, count, "trunk");
    char from[32], to[32];
    bool refusal = count > 1 && strcmp(words[1], "refusal") == 0;
    snprintf(from, sizeof from, "%s", s->from);
    snprintf(to, sizeof to, "%s", s->to);
    if (parties[0] != NULL) number_of(s, parties[0], from);
    if (parties[1] != NULL) number_of(s, parties[1], to);
    struct an_event_text event = { .kind = AN_OBS_REPORT,
                                   .wanted = category == NULL && !refusal,
                                   .refusal = refusal,
                                   .from = an_slice_of(from),
                                   .to = an_slice_of(to),
                                   .trunk = an_slice_of(trunk == NULL ? s->trunk : trunk) };
    if (category != NULL && an_category_of(category, strlen(category), &event.category) != AN_OK)
        stop(s, "category %s?", category);
    struct an_verdict verdict = s->verdict;
    give_event(s, &event, parties[0] == NULL ? s->call_id : "");
    s->verdict = verdict;
}

static void do_invite(struct scene *s, char *const *words, int count)
{
    char from[32], to[32], asserted[32];
    const char *vouched = value_of(words, count, "asserted");
    number_of(s, needed(s, words, count, "from"), from);
    number_of(s, needed(s, words, count, "to"), to);
    if (vouched != NULL) number_of(s, vouched, asserted);
    invite(s, from, to, value_of(words, count, "display"), vouched == NULL ? NULL : asserted,
           value_of(words, count, "id"));
}

static void do_line(struct scene *s, char *const *words, int count)
{
    const char *verb = words[0], *first = count > 1 ? words[1] : "";
    if (strcmp(verb, "date") == 0) {
        if (an_time_parse(an_slice_of(first), AN_TIME_CALENDAR, ZONE_S, &s->now_us) != AN_OK)
            stop(s, "date %s?", first);
    } else if (strcmp(verb, "at") == 0)
        move_to(s, later(s, first));
    else if (strcmp(verb, "city") == 0)
        city(s, strtoull(needed(s, words, count, "people"), NULL, 10),
             strtoull(needed(s, words, count, "hours"), NULL, 10));
    else if (strcmp(verb, "trunk") == 0)
        snprintf(s->trunk, sizeof s->trunk, "%s", first);
    else if (strcmp(verb, "ua") == 0)
        snprintf(s->ua, sizeof s->ua, "%s", first);
    else if (strcmp(verb, "invite") == 0)
        do_invite(s, words, count);
    else if (strcmp(verb, "retransmit") == 0)
        send_message(s);
    else if (strcmp(verb, "end") == 0) {
        const char *ring = value_of(words, count, "ring"), *talk = value_of(words, count, "talk");
        enum an_outcome outcome = outcome_of(s, needed(s, words, count, "outcome"));
        end_later(s, outcome, span_us(s, ring == NULL ? "0" : ring), span_us(s, talk == NULL ? "0" : talk));
    } else if (strcmp(verb, "report") == 0)
        report(s, words, count);
    else if (strcmp(verb, "count") == 0) {
        memset(s->by_action, 0, sizeof s->by_action);
        s->judged = 0;
    } else if (strcmp(verb, "expect") == 0)
        do_expect(s, words, count);
    else
        stop(s, "%s?", verb);
}

static int split(char *line, char **words)
{
    char *save;
    int count = 0;
    for (char *word = strtok_r(line, " \t", &save); word != NULL; word = strtok_r(NULL, " \t", &save))
        if (count < WORDS_MAX) words[count++] = word;
    return count;
}

/* Lines from `begin` to the `done` of this level, or to the end. Returns the line behind. */
static int run_lines(struct scene *s, int begin)
{
    int at = begin;
    while (at < s->line_count) {
        char copy[512], *words[WORDS_MAX] = { NULL };
        snprintf(copy, sizeof copy, "%s", s->lines[at]);
        copy[strcspn(copy, "#")] = '\0';
        int count = copy[0] == '|' ? 0 : split(copy, words);
        s->line = at++;
        if (count == 0) continue;
        if (strcmp(words[0], "done") == 0) return at;
        if (strcmp(words[0], "repeat") != 0) {
            do_line(s, words, count);
            continue;
        }
        if (s->depth == 2 || count < 2) stop(s, "repeat N, two deep at most");
        uint64_t times = strtoull(words[1], NULL, 10);
        const char *every = value_of(words, count, "every");
        char pace[32];
        snprintf(pace, sizeof pace, "%s", every == NULL ? "0" : every);
        int behind = at;
        s->depth++;
        for (uint64_t n = 0; n < times; n++) {
            s->i[s->depth - 1] = n;
            behind = run_lines(s, at);
            move_to(s, s->now_us + span_us(s, pace));
        }
        s->depth--;
        at = behind;
    }
    return at;
}

static void read_scene(struct scene *s)
{
    FILE *in = fopen(s->path, "r");
    char line[512];
    assert_non_null(in);
    while (fgets(line, sizeof line, in) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '|') {
            size_t used = strlen(s->yaml);
            snprintf(s->yaml + used, sizeof s->yaml - used, "%s\n", line + (line[1] == ' ' ? 2 : 1));
        }
        assert_true(s->line_count < LINES_MAX);
        s->lines[s->line_count++] = strdup(line);
    }
    fclose(in);
}

static void test_scene(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    s->path = *state;
    snprintf(s->trunk, sizeof s->trunk, "10.1.0.1");
    snprintf(s->ua, sizeof s->ua, "IMS-Mobile/7.2");
    s->now_us = 1795136400 * AN_US_PER_S; /* 2026-11-20T09:00:00+08:00 */
    read_scene(s);
    start_engine(s);
    run_lines(s, 0);
    an_engine_free(s->engine);
    for (int i = 0; i < s->line_count; i++) free(s->lines[i]);
    free(s);
}

int main(int argc, char **argv)
{
    glob_t found;
    if (glob(argc > 1 ? argv[1] : "tests/replay/*.call", 0, NULL, &found) != 0) return 2;
    struct CMUnitTest *tests = calloc(found.gl_pathc, sizeof *tests);
    for (size_t i = 0; i < found.gl_pathc; i++)
        tests[i] = (struct CMUnitTest) { found.gl_pathv[i], test_scene, NULL, NULL, found.gl_pathv[i] };
    int failed = _cmocka_run_group_tests("replays", tests, found.gl_pathc, NULL, NULL);
    free(tests);
    globfree(&found);
    return failed;
}
