#include "case/hook.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "case/text_in.h"

enum an_err an_hook_init(struct an_error *error)
{
    if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory for webhooks");
    return AN_OK;
}

static size_t swallow(char *bytes, size_t size, size_t count, void *user)
{
    (void)bytes, (void)user;
    return size * count;
}

/* Ends a running transfer when the process stops. */
static int progress(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct an_hook *hook = user;
    (void)a, (void)b, (void)c, (void)d;
    return hook->stopping != NULL && hook->stopping(hook->user);
}

bool an_hook_post(const struct an_hook *hook, const char *body)
{
    char signature[AN_TEXT_SIGNATURE_MAX], header[AN_TEXT_SIGNATURE_MAX + 32];
    CURL *curl = curl_easy_init();
    if (curl == NULL) return false;
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (hook->secret[0] != '\0') {
        an_text_sign(an_slice_of(body), hook->secret, signature);
        snprintf(header, sizeof header, "X-Anning-Signature: %s", signature);
        headers = curl_slist_append(headers, header);
    }
    long status = 0;
    curl_easy_setopt(curl, CURLOPT_URL, hook->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)AN_HOOK_MS);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, swallow);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, hook);
    bool fine = curl_easy_perform(curl) == CURLE_OK &&
                curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status / 100 == 2;
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return fine;
}

/* As it is written: a name may mean this machine today and another one tomorrow. */
static bool is_loopback(const char *host)
{
    struct in_addr v4;
    if (inet_pton(AF_INET, host, &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
    return strcmp(host, "[::1]") == 0;
}

static bool is_fine(CURLU *read, const char *url)
{
    char *scheme = NULL, *host = NULL, *user = NULL, *password = NULL;
    bool fine = curl_url_set(read, CURLUPART_URL, url, CURLU_DISALLOW_USER) == CURLUE_OK &&
                curl_url_get(read, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                curl_url_get(read, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                curl_url_get(read, CURLUPART_USER, &user, 0) == CURLUE_NO_USER &&
                curl_url_get(read, CURLUPART_PASSWORD, &password, 0) == CURLUE_NO_PASSWORD &&
                (strcmp(scheme, "https") == 0 || (strcmp(scheme, "http") == 0 && is_loopback(host)));
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_free(password);
    return fine;
}

enum an_err an_hook_url(const char *url, struct an_error *error)
{
    bool fine = strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
    for (const char *at = url; *at != '\0'; at++) fine = fine && *at > 0x20 && *at < 0x7f;
    CURLU *read = fine ? curl_url() : NULL;
    fine = read != NULL && is_fine(read, url);
    curl_url_cleanup(read);
    if (fine) return AN_OK;
    return an_fail(error, AN_ERR_INVALID,
                   "field \"url\" has to be https://HOST/..., or http://127.0.0.1:PORT/... on this machine, without "
                   "user and password");
}
