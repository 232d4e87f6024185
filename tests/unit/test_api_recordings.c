/* Recordings of reports by the API: the owner's, what they say they are, and whose look is written down. */
#include "tests/unit/people_kit.h"

static void sent(int who, const char *method, const char *path, const char *type, struct an_slice body, unsigned status,
                 const char *code)
{
    struct an_api_response response = ask_typed(who, method, path, type, body, status);
    cJSON *json = fake_json(&response);
    assert_string_equal(json_text(json, "error.code"), code);
    cJSON_Delete(json);
    an_text_done(&response.text);
}

static const char wav[] = "RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\4\0\0\0abcd";

/* The path of a recording of a report of ALICE's. */
static void report_of_alice(char path[96])
{
    char token[AN_TOKEN_TEXT_MAX], say[160];
    expect(ALICE, "PUT", "/v1/subscribers/me/settings", "{\"on\":true}", 200);
    struct an_verdict v = call(CALLER, numbers[ALICE], "");
    an_token_text(&v.token, token);
    snprintf(say, sizeof say, "/v1/subscribers/me/calls/%s/say", token);
    cJSON *json = ask(ALICE, "POST", say, "{\"verdict\":\"unwanted\"}", 200);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(cJSON_GetObjectItem(json, "report"), "recording")));
    snprintf(path, 96, "/v1/reports/%s/recording", json_text(json, "report.id"));
    cJSON_Delete(json);
}

static void a_recording_is_its_owners(void **state)
{
    (void)state;
    const struct an_slice bytes = { wav, sizeof wav - 1 };
    char path[96];
    report_of_alice(path);
    sent(ALICE, "GET", path, "", (struct an_slice) { 0 }, 404, "not_found");
    struct an_api_response r = ask_typed(ALICE, "PUT", path, "audio/x-wav", bytes, 200);
    cJSON *json = fake_json(&r);
    assert_string_equal(json_text(json, "recording.type"), "audio/wav");
    assert_string_equal(json_text(json, "recording.link"), path);
    assert_int_equal(json_number(cJSON_GetObjectItem(json, "recording"), "bytes"), bytes.len);
    cJSON_Delete(json);
    an_text_done(&r.text);
    r = ask_typed(ALICE, "GET", path, "", (struct an_slice) { 0 }, 200);
    assert_string_equal(r.type, "audio/wav");
    assert_true(strncmp(r.disposition, "attachment; filename=\"R", 23) == 0);
    assert_int_equal(r.text.len, bytes.len);
    assert_memory_equal(r.text.at, wav, bytes.len);
    an_text_done(&r.text);
    sent(BOB, "GET", path, "", (struct an_slice) { 0 }, 404, "not_found");
    sent(BOB, "PUT", path, "audio/wav", bytes, 404, "not_found");
    sent(BOB, "DELETE", path, "", (struct an_slice) { 0 }, 404, "not_found");
    sent(-2, "GET", path, "", (struct an_slice) { 0 }, 401, "sign_in");
    json = ask(ALICE, "GET", "/v1/subscribers/me/data", "", 200);
    assert_string_equal(json_text(json, "reports.0.recording.link"), path);
    assert_non_null(strstr(json_text(json, "kept.en"), "recordings of reports for 180"));
    cJSON_Delete(json);
    /* the desk's look is seen by her */
    r = ask_typed(-1, "GET", path, "", (struct an_slice) { 0 }, 200);
    an_text_done(&r.text);
    json = ask(ALICE, "GET", "/v1/subscribers/me/looks", "", 200);
    assert_string_equal(json_text(json, "items.0.what"), "recording.listen");
    cJSON_Delete(json);
    r = ask_typed(ALICE, "DELETE", path, "", (struct an_slice) { 0 }, 200);
    an_text_done(&r.text);
    sent(ALICE, "DELETE", path, "", (struct an_slice) { 0 }, 404, "not_found");
}

static void a_recording_is_what_it_says(void **state)
{
    (void)state;
    const struct an_slice bytes = { wav, sizeof wav - 1 }, page = AN_SLICE("<script>alert(1)</script>");
    char path[96];
    static char large[4097];
    report_of_alice(path);
    sent(ALICE, "PUT", path, "audio/wav", page, 415, "not_audio");
    sent(ALICE, "PUT", path, "text/html", page, 415, "not_audio");
    sent(ALICE, "PUT", path, "text/html", bytes, 415, "not_audio");
    sent(ALICE, "PUT", path, "audio/ogg", bytes, 415, "not_audio");
    sent(ALICE, "PUT", path, "audio/wav", (struct an_slice) { "", 0 }, 400, "invalid");
    struct an_api_response r =
        ask_typed(ALICE, "PUT", path, "audio/wav", (struct an_slice) { large, sizeof large }, 413);
    assert_non_null(strstr(r.text.at, "people.recording_kb"));
    an_text_done(&r.text);
    for (int i = 0; i < 3; i++) {
        r = ask_typed(ALICE, "PUT", path, "audio/wav", bytes, 200);
        an_text_done(&r.text);
    }
    r = ask_typed(ALICE, "PUT", path, "audio/wav", bytes, 429);
    assert_true(r.retry_s > 0 && r.retry_s <= 86400);
    an_text_done(&r.text);
    world->people.recordings_day = 0;
    sent(ALICE, "PUT", path, "audio/wav", bytes, 404, "off");
}

/* An authority hears what is in a case, and she sees that it did. */
static void an_authority_hears_cases_only(void **state)
{
    (void)state;
    const struct an_slice bytes = { wav, sizeof wav - 1 };
    struct an_db_session *session;
    struct an_error error = { "" };
    char path[96];
    int64_t id;
    report_of_alice(path);
    struct an_api_response r = ask_typed(ALICE, "PUT", path, "audio/wav", bytes, 200);
    an_text_done(&r.text);
    sent(AUTHORITY, "GET", path, "", (struct an_slice) { 0 }, 404, "not_found");
    assert_true(an_db_id_of_text((struct an_slice) { path + strlen("/v1/reports/"), 16 }, &id));
    assert_int_equal(an_store_take(world->store, &session, &error), AN_OK);
    if (an_report_move(session, id, AN_REPORT_CASE, AN_REPORT_WAS_IN_CASE, an_clock_wall_us(), &error) != AN_OK)
        fail_msg("%s", error.text);
    an_db_give(session);
    r = ask_typed(AUTHORITY, "GET", path, "", (struct an_slice) { 0 }, 200);
    assert_memory_equal(r.text.at, wav, bytes.len);
    an_text_done(&r.text);
    sent(AUTHORITY, "PUT", path, "audio/wav", bytes, 403, "not_allowed");
    sent(AUTHORITY, "DELETE", path, "", (struct an_slice) { 0 }, 403, "not_allowed");
    cJSON *json = ask(ALICE, "GET", "/v1/subscribers/me/looks", "", 200);
    assert_string_equal(json_text(json, "items.0.role"), "authority");
    assert_string_equal(json_text(json, "items.0.what"), "recording.listen");
    cJSON_Delete(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recording_is_its_owners),
        cmocka_unit_test(a_recording_is_what_it_says),
        cmocka_unit_test(an_authority_hears_cases_only),
    };
    return people_kit_run_named("api_recordings", tests, sizeof tests / sizeof tests[0]);
}
