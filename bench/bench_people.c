/* The people's store: how long all settings take to come into force at a start, and how many calls a second the
 * follower can write. Yardsticks: the same rows only read; the same calls one a transaction. usage: bench_people
 * [SUBSCRIBERS] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "case/subscriber.h"
#include "store/calls.h"
#include "store/store.h"
#include "store/subscribers.h"

enum { CALLS = 51200, SINGLE = 500, BATCH = 256, PAGE = 2000 };

static struct an_db *db;
static struct an_secret secret;

static void must(enum an_err err, const struct an_error *error)
{
    if (err == AN_OK) return;
    fprintf(stderr, "%s: %s\n", an_err_name(err), error->text);
    exit(1);
}

/* A common sort of settings: a level, two categories, a night rule, three contacts. */
static char *settings(void)
{
    static const char json[] =
        "{\"on\":true,\"level\":\"standard\",\"categories\":{\"loan\":\"block\",\"fraud\":\"block\"},\"hours\":[{"
        "\"days\":[1,"
        "2,3,4,5,6,7],\"from\":\"22:00\",\"to\":\"07:00\",\"do\":\"label\"}],\"contacts\":[{\"number\":\"+"
        "8613800138000\","
        "\"name\":\"a\"},{\"number\":\"+8613800138001\"},{\"number\":\"+8613800138002\"}],\"language\":\"zh\"}";
    struct an_subscriber s;
    struct an_error error;
    an_subscriber_init(&s);
    cJSON *in = cJSON_Parse(json);
    must(an_subscriber_of_json(in, &s, &error), &error);
    cJSON *out = an_subscriber_json(&s, NULL);
    char *text = cJSON_PrintUnformatted(out);
    cJSON_Delete(in);
    cJSON_Delete(out);
    an_subscriber_done(&s);
    return text;
}

static void insert_all(struct an_db_session *session, size_t count)
{
    struct an_error error;
    char *json = settings();
    must(an_db_begin(session, &error), &error);
    for (size_t i = 0; i < count; i++) {
        uint8_t key[AN_NUMBER_KEY_BYTES], box[AN_NUMBER_BOX_MAX];
        an_number number = 8613000000000u + i;
        void *json_box;
        an_secret_key_of_number(&secret, number, key);
        const struct an_db_value values[] = {
            an_db_blob(key, sizeof key),
            an_db_blob(box, an_secret_seal_number(&secret, number, box)),
            an_db_int(AN_SUBSCRIBER_ON),
            an_db_int((int64_t)i + 1),
            an_store_box(&secret, an_slice_of(json), &json_box),
        };
        must(an_db_run(session,
                       "INSERT INTO subscriber (number_key, number_box, state, version, change, settings_box, created, "
                       "updated) VALUES (?1, ?2, ?3, 1, ?4, ?5, 0, 0)",
                       values, 5, NULL, &error),
             &error);
        free(json_box);
    }
    must(an_db_commit(session, &error), &error);
    free(json);
}

struct filling {
    struct an_callees *callees; /* NULL: only read */
    struct an_subscriber_view *view;
    int64_t change;
    uint64_t count;
};

static bool take(void *user, const struct an_subscriber_row *row)
{
    struct filling *f = user;
    struct an_subscriber s;
    struct an_error error;
    f->change = row->change;
    f->count++;
    if (f->callees == NULL) return true;
    an_subscriber_init(&s);
    cJSON *json = cJSON_Parse(row->json);
    must(an_subscriber_of_stored(json, &s, &error), &error);
    cJSON_Delete(json);
    an_subscriber_look(&s, row->number, row->version, f->view);
    must(an_callees_put(f->callees, &f->view->settings, &error), &error);
    an_subscriber_done(&s);
    return true;
}

static double read_all(struct an_db_session *session, bool put, uint64_t *ret_count)
{
    struct an_error error;
    struct filling f = { put ? an_callees_new(&error) : NULL, malloc(sizeof *f.view), 0, 0 };
    uint64_t begin_us = an_clock_mono_us();
    int64_t before;
    do {
        before = f.change;
        must(an_subscriber_since(session, &secret, f.change, PAGE, take, &f, &error), &error);
    } while (f.change != before);
    double seconds = (double)(an_clock_mono_us() - begin_us) / 1e6;
    an_callees_free(f.callees);
    free(f.view);
    *ret_count = f.count;
    return seconds;
}

static double write_calls(struct an_db_session *session, unsigned first, unsigned count, unsigned batch)
{
    struct an_error error;
    uint64_t begin_us = an_clock_mono_us();
    for (unsigned i = 0; i < count; i += batch) {
        must(an_db_begin(session, &error), &error);
        for (unsigned j = i; j < i + batch && j < count; j++) {
            struct an_seen_call call = { .caller = 8617000000000u + j % 5000,
                                         .callee = 8613000000000u + j % 20000,
                                         .time_us = 1795317245000000u + j,
                                         .action = AN_ACTION_LABEL,
                                         .symbol_count = 4 };
            an_token_make(call.time_us, 0, first + j, &call.token);
            must(an_call_add(session, &secret, &call, &error), &error);
        }
        must(an_db_commit(session, &error), &error);
    }
    return count / ((double)(an_clock_mono_us() - begin_us) / 1e6);
}

int main(int argc, char **argv)
{
    char path[] = "/tmp/bench_people.XXXXXX", command[64];
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
    struct an_error error;
    struct an_db_session *session;
    uint8_t bytes[32] = { 7 };
    uint64_t read = 0;
    if (mkdtemp(path) == NULL) return 1;
    char file[64];
    snprintf(file, sizeof file, "%s/db", path);
    const struct an_db_options options = { .path = file };
    an_secret_of_bytes(bytes, &secret);
    must(an_db_open(&options, &db, &error), &error);
    must(an_db_take(db, &session, &error), &error);
    insert_all(session, count);
    double only = read_all(session, false, &read), all = read_all(session, true, &read);
    printf("%llu subscribers into force: %.2f s, %.2f us each; only read and opened: %.2f s (ratio %.2f)\n",
           (unsigned long long)read, all, all / (double)read * 1e6, only, all / only);
    double single = write_calls(session, 1000000, SINGLE, 1), batched = write_calls(session, 0, CALLS, BATCH);
    printf("calls written: %.0f a second in transactions of %d; %.0f a second one by one (ratio %.1f)\n", batched,
           BATCH, single, batched / single);
    an_db_give(session);
    an_db_close(db);
    snprintf(command, sizeof command, "rm -rf %s", path);
    return system(command) != 0;
}
