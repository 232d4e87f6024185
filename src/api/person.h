/* What the people's paths share: whose things are asked for, how a call, a report and a refusal are written. Layer:
 * api, internal. {who} is "me", or a number for those of the desk, whose look is written down before anything is shown;
 * for anybody else another person's number is a 404, as if there were nobody. */
#ifndef ANNING_API_PERSON_H
#define ANNING_API_PERSON_H

#include <cjson/cJSON.h>

#include "api/route.h"
#include "case/keywords.h"
#include "case/plain.h"
#include "case/texts.h"
#include "engine/people.h"

/* What the people's paths need beside the store. */
struct an_api_people {
    struct an_people *people; /* [borrow] */
    struct an_texts *texts;   /* [borrow] NULL: none can be sent */
    const char *data_dir;     /* [borrow] of the journal */
    const char *texts_secret; /* [borrow] empty: no text messages are taken in */
    const char *texts_number; /* [borrow] the service's own; empty: any */
    struct an_keywords keywords;
    bool routes_send;                  /* complaints can be passed on by webhook */
    unsigned calls_days, journal_days; /* how long things are kept; 0: without end */
    uint32_t recording_bytes;          /* at most; 0: none is taken */
    unsigned recordings_day;           /* a person, at most */
    unsigned recording_days;           /* how long they are kept */
};

/* Whose things; a number's look is written down as act. False: the answer is there. */
bool an_api_person(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                   struct an_db_session *session, const char *act, an_number *ret_number);
/* A number as people send it: "+8613800138000". */
bool an_api_number_of(struct an_slice text, an_number *ret_number);
/* What the process has for people, or NULL with a 503 as the answer. */
const struct an_api_people *an_api_people_of(struct an_api_core *core, struct an_api_response *response);
/* A message of case/: the field it names, 400. */
void an_api_refuse_case(struct an_api_response *response, enum an_err err, const struct an_error *error);
/* The token of the path, or a 404. */
bool an_api_token_of(struct an_slice text, struct an_token *ret_token, struct an_api_response *response);
/* The report of the path, which is the asker's own or is asked for by the desk, whose look is written down as act;
 * authority: by an authority too, where it is in a case. [own] ret: an_report_done. False: the answer is there. */
bool an_api_report_of(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                      struct an_db_session *session, const char *act, bool authority, struct an_report *ret);
/* The same report, whole, as the answer. */
void an_api_report_show(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                        const struct an_report *report);
/* Finds the call of a token in the store or else in the journal. False: a 404 or worse is the answer. */
bool an_api_seen_call(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                      const struct an_token *token, struct an_seen_call *ret_call);
/* The same without an answer: false where neither knows it. */
bool an_api_known_call(struct an_api_core *core, struct an_db_session *session, const struct an_token *token,
                       struct an_seen_call *ret_call);

/* Rules of a verdict by which people called decided for themselves. */
uint32_t an_api_personal_rules(void);

/* ---- writing ---- */

void an_api_pair_time(struct an_text *out, const char *name, uint64_t time_us, int32_t utc_offset_s);
void an_api_pair_number(struct an_text *out, const char *name, an_number number); /* null: none */
void an_api_pair_token(struct an_text *out, const char *name, const struct an_token *token);
void an_api_pair_both(struct an_text *out, const char *name, const char *zh, const char *en);
/* Who asks for a person's things: that person or an app for him, or the desk, which reads the features' own names. */
enum an_reader an_api_reader(const struct an_api_request *request);
struct an_api_told_to {
    enum an_reader reader;
    uint8_t level; /* enum an_level of the person called, as it is set now; AN_LEVEL_COUNT: the site's */
};
/* One object. The caller is told nothing of what the person called has set or said. */
void an_api_seen_call_json(const struct an_api_core *core, struct an_text *out, const struct an_seen_call *call,
                           const struct an_api_told_to *to);
/* What decided, and what spoke; to the desk with the values behind it, where this door's journal has the call. */
void an_api_reasons_json(const struct an_api_core *core, struct an_text *out, const struct an_seen_call *call,
                         enum an_reader reader);
void an_api_report_json(struct an_text *out, const struct an_report *report, int32_t utc_offset_s, bool open);
/* What saying so does. */
void an_api_effect_json(struct an_text *out, struct an_api_core *core, bool wanted);

/* ---- acts that come in by more than one way ---- */

/* {by} of a body: how a code goes out, by text message unless it says "call". False: a 400 is the answer. */
bool an_api_code_by(const cJSON *json, struct an_api_response *response, bool *ret_spoken);
/* Whether a code can go out; where none can, nothing is made, so that one that is out stays good. False: a 501 of code
 * no_gateway, or a 503, is the answer. */
bool an_api_code_can(const struct an_api_people *people, struct an_api_response *response);
/* A code of what ("申诉", "redress") on its way to a number. As an_texts_send. */
enum an_err an_api_code_out(const struct an_api_people *people, an_number to, bool spoken, const char *zh,
                            const char *en, const char *code, struct an_error *error);

/* Switches protection on or off. */
bool an_api_switch(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                   an_number number, bool on, bool *ret_chinese);
/* A person's word on a call: told to the engine, written to the store. report: reporter, caller, token, wanted,
 * category, words, way, campaign and time are filled in; the rest is afterwards. */
bool an_api_say(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                struct an_report *report);
/* Settings as they are; off where there are none (version 0). [own] ret: an_subscriber_done. */
bool an_api_settings_of(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                        an_number number, struct an_subscriber *ret, uint32_t *ret_version, uint64_t *ret_updated_us);
/* The level in them alone; AN_LEVEL_COUNT where there are none. */
bool an_api_level_of(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                     an_number number, uint8_t *ret_level);

#endif
