#include "case/texts.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/slice.h"
#include "base/thread.h"
#include "case/hook.h"

enum { TRIES = 3, RETRY_MS = 5000, OUT_MAX = 480 };

struct message {
    an_number to;
    bool spoken;
    char text[OUT_MAX];
};

struct an_texts {
    char *url, *secret; /* [own] */
    unsigned retry_ms;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping, runs;
    struct message *queue; /* [own] ring */
    size_t first, count;
    struct an_texts_stats stats;
};

/* Ends a running transfer when the process stops. */
static bool is_stopping(void *user)
{
    struct an_texts *texts = user;
    pthread_mutex_lock(&texts->lock);
    bool stopping = texts->stopping;
    pthread_mutex_unlock(&texts->lock);
    return stopping;
}

static char *body_of(const struct message *message)
{
    unsigned char random[16];
    char id[33], to[AN_NUMBER_TEXT_MAX];
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(id, sizeof id, random, sizeof random);
    an_number_text(message->to, to);
    cJSON *object = cJSON_CreateObject();
    bool fine = cJSON_AddStringToObject(object, "id", id) != NULL &&
                cJSON_AddStringToObject(object, "to", to) != NULL &&
                cJSON_AddStringToObject(object, "text", message->text) != NULL &&
                cJSON_AddStringToObject(object, "by", message->spoken ? "call" : "text") != NULL;
    char *body = fine ? cJSON_PrintUnformatted(object) : NULL;
    cJSON_Delete(object);
    return body;
}

/* Under the lock; true: stopping. */
static bool wait_a_while(struct an_texts *texts, unsigned ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
    int over = 0;
    while (!texts->stopping && over == 0) over = pthread_cond_timedwait(&texts->wake, &texts->lock, &until);
    return texts->stopping;
}

static bool deliver(struct an_texts *texts, const struct message *message)
{
    char *body = body_of(message);
    const struct an_hook hook = { texts->url, texts->secret, is_stopping, texts };
    bool sent = false, stopping = false;
    for (int i = 0; body != NULL && i < TRIES && !sent && !stopping; i++) {
        if (i > 0) {
            pthread_mutex_lock(&texts->lock);
            stopping = wait_a_while(texts, texts->retry_ms);
            pthread_mutex_unlock(&texts->lock);
        }
        sent = !stopping && an_hook_post(&hook, body);
    }
    if (body != NULL) sodium_memzero(body, strlen(body));
    cJSON_free(body);
    if (!sent && !stopping)
        an_log(AN_LOG_WARN, "texts.send", "the gateway at texts.send_url did not take a text message in %d tries",
               TRIES);
    return sent;
}

static void *texts_main(void *user)
{
    an_thread_background("an-texts");
    struct an_texts *texts = user;
    struct message message;
    pthread_mutex_lock(&texts->lock);
    while (!texts->stopping) {
        if (texts->count == 0) {
            pthread_cond_wait(&texts->wake, &texts->lock);
            continue;
        }
        message = texts->queue[texts->first];
        sodium_memzero(&texts->queue[texts->first], sizeof message);
        texts->first = (texts->first + 1) % AN_TEXT_QUEUE_MAX;
        texts->count--;
        pthread_mutex_unlock(&texts->lock);
        bool sent = deliver(texts, &message);
        sodium_memzero(&message, sizeof message);
        pthread_mutex_lock(&texts->lock);
        *(sent ? &texts->stats.sent : &texts->stats.failed) += 1;
    }
    pthread_mutex_unlock(&texts->lock);
    return NULL;
}

enum an_err an_texts_new(const struct an_texts_options *options, struct an_texts **ret_texts, struct an_error *error)
{
    an_assert(options != NULL && ret_texts != NULL);
    struct an_texts *texts = calloc(1, sizeof *texts);
    if (texts == NULL || an_hook_init(error) != AN_OK) {
        free(texts);
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory for text messages");
    }
    pthread_mutex_init(&texts->lock, NULL);
    pthread_cond_init(&texts->wake, NULL);
    texts->url = strdup(options->url == NULL ? "" : options->url);
    texts->secret = strdup(options->secret == NULL ? "" : options->secret);
    texts->retry_ms = options->retry_ms == 0 ? RETRY_MS : options->retry_ms;
    texts->queue = calloc(AN_TEXT_QUEUE_MAX, sizeof *texts->queue);
    bool fine = texts->url != NULL && texts->secret != NULL && texts->queue != NULL;
    if (fine && texts->url[0] != '\0')
        fine = texts->runs = pthread_create(&texts->thread, NULL, texts_main, texts) == 0;
    if (!fine) {
        an_texts_free(texts);
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory for text messages");
    }
    *ret_texts = texts;
    return AN_OK;
}

void an_texts_free(struct an_texts *texts)
{
    if (texts == NULL) return;
    pthread_mutex_lock(&texts->lock);
    texts->stopping = true;
    pthread_cond_signal(&texts->wake);
    pthread_mutex_unlock(&texts->lock);
    if (texts->runs) pthread_join(texts->thread, NULL);
    pthread_mutex_destroy(&texts->lock);
    pthread_cond_destroy(&texts->wake);
    if (texts->secret != NULL) sodium_memzero(texts->secret, strlen(texts->secret));
    free(texts->queue);
    free(texts->secret);
    free(texts->url);
    free(texts);
}

void an_texts_spell(const char *digits, char *out, size_t size)
{
    size_t n = 0;
    an_assert(size > 0);
    for (; *digits != '\0' && n + 2 < size; digits++) {
        if (n > 0) out[n++] = ' ';
        out[n++] = *digits;
    }
    out[n] = '\0';
}

static enum an_err no_gateway(struct an_error *error)
{
    return an_fail(error, AN_ERR_UNSUPPORTED, "no text messages can be sent here: texts.send_url is empty");
}

static enum an_err no_room(struct an_error *error)
{
    return an_fail(error, AN_ERR_FULL, "too many text messages wait to be sent; try again");
}

enum an_err an_texts_ready(struct an_texts *texts, struct an_error *error)
{
    if (texts == NULL || !texts->runs) return no_gateway(error);
    pthread_mutex_lock(&texts->lock);
    bool room = texts->count < AN_TEXT_QUEUE_MAX;
    pthread_mutex_unlock(&texts->lock);
    return room ? AN_OK : no_room(error);
}

enum an_err an_texts_send(struct an_texts *texts, an_number to, bool spoken, const char *text, struct an_error *error)
{
    if (texts == NULL || !texts->runs) return no_gateway(error);
    pthread_mutex_lock(&texts->lock);
    bool room = texts->count < AN_TEXT_QUEUE_MAX;
    if (room) {
        struct message *message = &texts->queue[(texts->first + texts->count++) % AN_TEXT_QUEUE_MAX];
        message->to = to;
        message->spoken = spoken;
        an_slice_copy(an_slice_of(text), message->text, sizeof message->text);
        pthread_cond_signal(&texts->wake);
    } else {
        texts->stats.dropped++;
    }
    pthread_mutex_unlock(&texts->lock);
    return room ? AN_OK : no_room(error);
}

void an_texts_stats(struct an_texts *texts, struct an_texts_stats *ret_stats)
{
    *ret_stats = (struct an_texts_stats) { 0 };
    if (texts == NULL) return;
    pthread_mutex_lock(&texts->lock);
    *ret_stats = texts->stats;
    ret_stats->waiting = texts->count;
    pthread_mutex_unlock(&texts->lock);
}
