#include "cli/rejudge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/models.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "engine/again.h"
#include "model/record.h"
#include "score/score.h"
#include "settings/config.h"

enum { SETTINGS_KEPT = 64, PROGRESS_EVERY = 4096, STRANGERS_MAX = 16 };

/* A model the journal names that is not here. */
struct stranger {
    uint32_t score_version;
    uint64_t version, verdicts;
    char name[AN_MODEL_NAME_MAX];
};

struct tally {
    uint64_t verdicts, same, differ, other_score, no_settings, damaged;
    size_t settings_count;
    struct an_settings settings[SETTINGS_KEPT]; /* by version; the oldest goes first */
    size_t next;
    struct an_judges judges;
    size_t stranger_count;
    struct stranger strangers[STRANGERS_MAX];
};

static void keep_settings(struct tally *tally, const struct an_record_settings *record)
{
    for (size_t i = 0; i < tally->settings_count; i++)
        if (tally->settings[i].version == record->version) return;
    struct an_settings settings;
    if (an_settings_of_text(record->json.at, record->json.len, &settings, NULL) != AN_OK) return;
    size_t at = tally->next++ % SETTINGS_KEPT;
    if (tally->settings_count == SETTINGS_KEPT)
        an_settings_done(&tally->settings[at]);
    else
        tally->settings_count++;
    tally->settings[at] = settings;
}

static const struct an_settings *find_settings(const struct tally *tally, uint64_t version)
{
    for (size_t i = 0; i < tally->settings_count; i++)
        if (tally->settings[i].version == version) return &tally->settings[i];
    return NULL;
}

static struct stranger *find_stranger(struct tally *tally, uint32_t score_version)
{
    for (size_t i = 0; i < tally->stranger_count; i++)
        if (tally->strangers[i].score_version == score_version) return &tally->strangers[i];
    return NULL;
}

static void keep_model(struct tally *tally, const struct an_record_model *record)
{
    const struct an_score_model *model;
    uint32_t score_version = record->live.score_version;
    if (record->live.version == 0 || an_judges_find(&tally->judges, score_version, &model)) return;
    if (tally->stranger_count == STRANGERS_MAX || find_stranger(tally, score_version) != NULL) return;
    struct stranger *stranger = &tally->strangers[tally->stranger_count++];
    *stranger = (struct stranger) { .score_version = score_version, .version = record->live.version };
    an_slice_copy(record->live.name, stranger->name, sizeof stranger->name);
}

/* Of another version of the program, or by a model that is not here. */
static void count_other(struct tally *tally, uint32_t score_version)
{
    struct stranger *stranger = find_stranger(tally, score_version);
    if (stranger != NULL)
        stranger->verdicts++;
    else
        tally->other_score++;
}

static bool same_bits(float a, float b)
{
    return memcmp(&a, &b, sizeof a) == 0; /* NOLINT(bugprone-suspicious-memory-comparison): bits are what is asked */
}

static void differs(struct tally *tally, const struct an_verdict *was, const struct an_verdict *is)
{
    char token[AN_TOKEN_TEXT_MAX];
    an_token_text(&was->token, token);
    tally->differ++;
    printf("%s: probability %.9g, now %.9g; %s, now %s; rules %#x, now %#x\n", token, (double)was->probability,
           (double)is->probability, an_action_name((enum an_action)was->action),
           an_action_name((enum an_action)is->action), was->rules, is->rules);
}

static void rejudge(struct tally *tally, const struct an_verdict *was)
{
    tally->verdicts++;
    if (was->rules & AN_RULE_FALLBACK) { /* nothing was looked at: let through, with no score */
        if (was->action == AN_ACTION_ALLOW && same_bits(was->probability, 0))
            tally->same++;
        else
            differs(tally, was, &(struct an_verdict) { .rules = AN_RULE_FALLBACK });
        return;
    }
    const struct an_score_model *model;
    if (!an_judges_find(&tally->judges, was->score_version, &model)) {
        count_other(tally, was->score_version);
        return;
    }
    const struct an_settings *settings = find_settings(tally, was->settings_version);
    if (settings == NULL) {
        tally->no_settings++;
        return;
    }
    struct an_verdict is;
    an_judge_again(was, NULL, model, &settings->policy, &is);
    bool same = same_bits(is.probability, was->probability) && same_bits(is.log_odds, was->log_odds) &&
                is.rules == was->rules && is.action == was->action && is.category == was->category &&
                is.symbol_count == was->symbol_count && memcmp(is.symbols, was->symbols, sizeof is.symbols) == 0 &&
                is.cause_count == was->cause_count && memcmp(is.causes, was->causes, sizeof is.causes) == 0;
    if (same)
        tally->same++;
    else
        differs(tally, was, &is);
}

/* Settings are told at the start of a segment, so they are wanted from before --since too. */
static bool asked_for(const struct an_journal_filter *filter, uint64_t time_us)
{
    return time_us >= filter->since_us && (filter->until_us == 0 || time_us < filter->until_us);
}

static void take(struct tally *tally, const struct an_journal_filter *asked, const struct an_journal_entry *entry)
{
    struct an_record record;
    if (an_record_decode(entry->type, entry->payload, entry->len, &record) != AN_OK) {
        tally->damaged++;
        return;
    }
    if (record.type == AN_RECORD_SETTINGS)
        keep_settings(tally, &record.settings);
    else if (record.type == AN_RECORD_MODEL)
        keep_model(tally, &record.model);
    else if (asked_for(asked, entry->time_us))
        rejudge(tally, &record.verdict);
}

static int report(const struct tally *tally)
{
    char verdicts[AN_TEXT_COUNTED_MAX], same[AN_TEXT_COUNTED_MAX], differ[AN_TEXT_COUNTED_MAX],
        more[AN_TEXT_COUNTED_MAX];
    printf("%s: %s, %s", an_text_counted(tally->verdicts, "verdict", "verdicts", verdicts),
           an_text_counted(tally->same, "recomputes bit for bit", "recompute bit for bit", same),
           an_text_counted(tally->differ, "differs", "differ", differ));
    if (tally->other_score > 0)
        printf(", %s of another score version", an_text_counted(tally->other_score, "is", "are", more));
    if (tally->no_settings > 0)
        printf(", %s to settings not in this part of the journal",
               an_text_counted(tally->no_settings, "refers", "refer", more));
    if (tally->damaged > 0) printf(", %s damaged", an_text_counted(tally->damaged, "record is", "records are", more));
    printf("\n");
    for (size_t i = 0; i < tally->stranger_count; i++) {
        const struct stranger *stranger = &tally->strangers[i];
        if (stranger->verdicts == 0) continue;
        printf("%s judged by the model %s, %016" PRIx64 ", which is not here: --model FILE\n",
               an_text_counted(stranger->verdicts, "verdict was", "verdicts were", more), stranger->name,
               stranger->version);
    }
    /* Who asks for a proof must not take "nothing could be checked" for one. */
    bool unchecked = tally->same + tally->differ < tally->verdicts;
    return tally->differ + tally->damaged > 0 || unchecked ? AN_EXIT_NO : AN_EXIT_OK;
}

int an_cli_rejudge(const char *data_dir, const char *model, const struct an_journal_filter *asked)
{
    struct an_journal_reader *reader;
    struct an_error error;
    struct an_progress progress;
    const struct an_journal_filter filter = {
        .types = 1u << AN_RECORD_VERDICT | 1u << AN_RECORD_SETTINGS | 1u << AN_RECORD_MODEL, .until_us = asked->until_us
    };
    struct tally *tally = calloc(1, sizeof *tally);
    if (tally == NULL) return an_cli_fail(AN_EXIT_ENVIRONMENT, "no memory");
    enum an_err err = an_judges_load(data_dir, model, &tally->judges, &error);
    enum an_exit exit_code = an_cli_exit_of(err);
    if (err == AN_OK && an_journal_reader_open(data_dir, &filter, &reader, &error) != AN_OK)
        exit_code = AN_EXIT_ENVIRONMENT, err = AN_ERR_IO;
    if (err != AN_OK) {
        an_judges_done(&tally->judges);
        free(tally);
        return an_cli_fail(exit_code, "%s", error.text);
    }
    an_progress_begin(&progress, an_cli_say("rejudging", "重新判定"), AN_PROGRESS_BYTES);
    struct an_journal_entry entry;
    for (uint64_t n = 1; (err = an_journal_reader_next(reader, &entry)) == AN_OK || err == AN_ERR_CORRUPT; n++) {
        if (err == AN_ERR_CORRUPT)
            tally->damaged++;
        else
            take(tally, asked, &entry);
        if (n % PROGRESS_EVERY != 0) continue;
        uint64_t done, total;
        an_journal_reader_progress(reader, &done, &total);
        an_progress_update(&progress, done, total);
    }
    an_progress_end(&progress);
    an_journal_reader_close(reader);
    int status = err == AN_ERR_END ? report(tally) : an_cli_fail(AN_EXIT_ENVIRONMENT, "%s: can't be read", data_dir);
    for (size_t i = 0; i < tally->settings_count; i++) an_settings_done(&tally->settings[i]);
    an_judges_done(&tally->judges);
    free(tally);
    return status;
}
