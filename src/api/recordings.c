/* /v1/reports/{id}/recording: what a person recorded of a call, put to the report, fetched, removed. */
#include <stdio.h>
#include <stdlib.h>

#include "api/person.h"
#include "case/audio.h"

enum { WHO = AN_ROLE_SIGNED_IN & ~(AN_ROLE_AUDITOR | AN_ROLE_AUTHORITY), LISTENERS = WHO | AN_ROLE_AUTHORITY };

/* What it is: by its bytes, and as the header says. NONE: the answer is there. */
static enum an_audio audio_of(const struct an_api_request *request, struct an_api_response *response)
{
    enum an_audio said = an_audio_of_type(request->content_type), is = an_audio_of_bytes(request->body);
    if (request->body.len == 0) {
        an_api_refuse(response, 400, "invalid", "the body has to be the recording's bytes", NULL);
        return AN_AUDIO_NONE;
    }
    if (said != AN_AUDIO_NONE && said == is) return is;
    an_api_refuse(response, 415, "not_audio",
                  said == AN_AUDIO_NONE
                      ? "Content-Type has to be audio/wav, audio/ogg, audio/webm, audio/mpeg or audio/mp4"
                  : is == AN_AUDIO_NONE ? "these bytes are no WAV, Ogg, WebM, MP3 or MP4"
                                        : "these bytes are another kind of recording than Content-Type says",
                  NULL);
    return AN_AUDIO_NONE;
}

static void put_recording(struct an_api_core *core, const struct an_api_request *request,
                          struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_report report;
    struct an_error error;
    const struct an_api_people *people = an_api_people_of(core, response);
    if (people == NULL) return;
    if (people->recording_bytes == 0 || people->recordings_day == 0) {
        an_api_refuse(response, 404, "off", "no recordings are taken here: people.recordings_day is 0", NULL);
        return;
    }
    enum an_audio audio = audio_of(request, response);
    if (audio == AN_AUDIO_NONE || !an_api_store(core, response, &session)) return;
    if (an_api_report_of(core, request, response, session, "recording.add", false, &report)) {
        uint64_t now_us = an_api_now_us(core);
        enum an_err err = an_recording_put(session, an_api_secret(core), report.id, report.reporter_key, (uint8_t)audio,
                                           request->body, people->recordings_day, now_us, &error);
        if (err == AN_ERR_LIMIT) {
            an_api_refuse(response, 429, "too_many", error.text, NULL);
            response->retry_s = 86400 - (uint32_t)((now_us / 1000000 + 8 * 3600) % 86400);
        } else if (err != AN_OK) {
            an_api_store_failed(response, err, &error);
        } else {
            report.recording = (struct an_recording) { (uint8_t)audio, (uint32_t)request->body.len, now_us };
            an_api_report_show(core, response, session, &report);
        }
        an_report_done(&report);
    }
    an_db_give(session);
}

static bool take_bytes(void *user, const uint8_t *bytes, size_t len)
{
    struct an_text *out = user;
    an_text_add(out, (const char *)bytes, len);
    return !out->failed;
}

static void get_recording(struct an_api_core *core, const struct an_api_request *request,
                          struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_report report;
    struct an_error error;
    char number[AN_REPORT_NUMBER_MAX];
    if (an_api_people_of(core, response) == NULL || !an_api_store(core, response, &session)) return;
    if (an_api_report_of(core, request, response, session, "recording.listen", true, &report)) {
        enum an_audio audio = (enum an_audio)report.recording.kind;
        enum an_err err =
            an_recording_read(session, an_api_secret(core), report.id, take_bytes, &response->text, &error);
        an_report_number(&report, number);
        if (err == AN_ERR_NOT_FOUND) {
            an_api_refuse(response, 404, "not_found", error.text, NULL);
        } else if (err == AN_ERR_NO_MEMORY || err == AN_ERR_CORRUPT) {
            an_api_refuse(response, 500, err == AN_ERR_CORRUPT ? "corrupt" : "no_memory", error.text, NULL);
        } else if (err != AN_OK) {
            an_api_store_failed(response, err, &error);
        } else {
            response->type = an_audio_type(audio);
            snprintf(response->disposition, sizeof response->disposition, "attachment; filename=\"%s.%s\"", number,
                     an_audio_ending(audio));
        }
        an_report_done(&report);
    }
    an_db_give(session);
}

static void remove_recording(struct an_api_core *core, const struct an_api_request *request,
                             struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_report report;
    struct an_error error;
    bool removed;
    if (an_api_people_of(core, response) == NULL || !an_api_store(core, response, &session)) return;
    if (an_api_report_of(core, request, response, session, "recording.remove", false, &report)) {
        enum an_err err = an_recording_remove(session, report.id, &removed, &error);
        report.recording = (struct an_recording) { 0 };
        if (err != AN_OK)
            an_api_store_failed(response, err, &error);
        else if (!removed)
            an_api_refuse(response, 404, "not_found", "this report has no recording", NULL);
        else
            an_api_report_show(core, response, session, &report);
        an_report_done(&report);
    }
    an_db_give(session);
}

#define PATH "/v1/reports/{id}/recording"
const struct an_api_route an_api_routes_recordings[] = {
    { "PUT", PATH, AN_METRIC_HTTP_PEOPLE, AN_BODY_AUDIO, WHO, AN_SCOPE_SUBSCRIBERS, put_recording },
    { "GET", PATH, AN_METRIC_HTTP_PEOPLE, AN_BODY_NONE, LISTENERS, AN_SCOPE_SUBSCRIBERS, get_recording },
    { "DELETE", PATH, AN_METRIC_HTTP_PEOPLE, AN_BODY_NONE, WHO, AN_SCOPE_SUBSCRIBERS, remove_recording },
    { 0 },
};
