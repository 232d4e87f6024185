#include "api/auth.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/guard.h"
#include "base/clock.h"
#include "store/keys.h"

enum { RANDOM_TEXT = 32, MAC_TEXT = 16, SEEN_EVERY_US = 60000000 };
_Static_assert(RANDOM_TEXT + MAC_TEXT == AN_TICKET_TEXT, "a ticket's letters");

/* ---- tickets ---- */

static void letters_of(const uint8_t *bytes, size_t n, char *out)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    for (size_t i = 0; i < n; i += 5) {
        uint64_t bits = 0;
        for (size_t j = 0; j < 5; j++) bits = bits << 8 | bytes[i + j];
        for (int j = 0; j < 8; j++) *out++ = letters[bits >> (35 - 5 * j) & 31];
    }
    *out = '\0';
}

static void mac_of(const struct an_secret *secret, enum an_secret_purpose purpose, const char *random,
                   char ret_text[MAC_TEXT + 1])
{
    char text[RANDOM_TEXT + 4] = "mac:";
    uint8_t hash[AN_SECRET_HASH_BYTES];
    memcpy(text + 4, random, RANDOM_TEXT);
    an_secret_hash(secret, purpose, text, sizeof text, hash);
    letters_of(hash, 10, ret_text);
}

void an_api_ticket_make(const struct an_secret *secret, enum an_secret_purpose purpose,
                        char ret_text[AN_TICKET_TEXT + 1], uint8_t ret_hash[AN_SECRET_HASH_BYTES])
{
    an_secret_random_text(20, ret_text);
    mac_of(secret, purpose, ret_text, ret_text + RANDOM_TEXT);
    an_secret_hash(secret, purpose, ret_text, AN_TICKET_TEXT, ret_hash);
}

bool an_api_ticket_read(const struct an_secret *secret, enum an_secret_purpose purpose, struct an_slice text,
                        uint8_t ret_hash[AN_SECRET_HASH_BYTES])
{
    char mac[MAC_TEXT + 1];
    if (text.len != AN_TICKET_TEXT) return false;
    mac_of(secret, purpose, text.at, mac);
    if (sodium_memcmp(mac, text.at + RANDOM_TEXT, MAC_TEXT) != 0) return false;
    an_secret_hash(secret, purpose, text.at, text.len, ret_hash);
    return true;
}

void an_api_csrf_of(const struct an_secret *secret, struct an_slice cookie, char ret_text[AN_CSRF_TEXT + 1])
{
    uint8_t hash[AN_SECRET_HASH_BYTES];
    an_secret_hash(secret, AN_SECRET_CSRF, cookie.at, cookie.len, hash);
    letters_of(hash, 20, ret_text);
}

bool an_api_csrf_fits(struct an_api_core *core, const struct an_api_request *request)
{
    char wanted[AN_CSRF_TEXT + 1];
    if (request->csrf.len != AN_CSRF_TEXT) return false;
    an_api_csrf_of(an_api_secret(core), request->cookie, wanted);
    return sodium_memcmp(wanted, request->csrf.at, AN_CSRF_TEXT) == 0;
}

/* ---- accounts ---- */

bool an_api_who_of_account(const struct an_secret *secret, const struct an_account *account, struct an_api_who *ret_who)
{
    struct an_api_who who = { .role = an_role_of_name(an_slice_of(account->role)), .account = account->id };
    if (who.role == 0) return false;
    memcpy(who.name, account->name, sizeof who.name);
    memcpy(who.language, account->language, sizeof who.language);
    if (account->has_number) {
        const struct an_slice box = { (const char *)account->number_box, account->number_box_len };
        if (an_secret_open_number(secret, box, &who.number) != AN_OK) return false;
        memcpy(who.number_key, account->number_key, sizeof who.number_key);
    }
    *ret_who = who;
    return true;
}

/* "10.0.0.0/8 2001:db8::/32": whether the peer is in one of them. Empty: anybody is. */
bool an_api_in_networks(const char *networks, const union an_address *peer)
{
    uint8_t wanted[16], given[16] = { [10] = 0xff, [11] = 0xff };
    if (networks[0] == '\0') return true;
    if (peer->any.sa_family == AF_INET)
        memcpy(given + 12, &peer->v4.sin_addr, 4);
    else if (peer->any.sa_family == AF_INET6)
        memcpy(given, &peer->v6.sin6_addr, 16);
    struct an_slice rest = an_slice_of(networks), word;
    while (rest.len > 0) {
        an_slice_cut(&rest, ' ', &word);
        unsigned bits;
        if (!an_api_network_read(word, wanted, &bits)) continue;
        unsigned whole = bits / 8, part = bits % 8;
        if (memcmp(wanted, given, whole) != 0) continue;
        if (part == 0 || (wanted[whole] ^ given[whole]) >> (8 - part) == 0) return true;
    }
    return false;
}

bool an_api_network_read(struct an_slice text, uint8_t ret_network[16], unsigned *ret_bits)
{
    char address[64];
    uint64_t bits = 128;
    struct an_slice head;
    bool sized = an_slice_cut(&text, '/', &head);
    if (head.len == 0 || head.len >= sizeof address) return false;
    an_slice_copy(head, address, sizeof address);
    bool v4 = memchr(address, ':', head.len) == NULL;
    if (sized && an_slice_u64(text, v4 ? 32 : 128, &bits) != AN_OK) return false;
    if (v4 && sized) bits += 96;
    memset(ret_network, 0, 16);
    ret_network[10] = ret_network[11] = v4 ? 0xff : 0;
    *ret_bits = (unsigned)bits;
    return inet_pton(v4 ? AF_INET : AF_INET6, address, ret_network + (v4 ? 12 : 0)) == 1;
}

/* ---- sessions and keys ---- */

/* What the store says; AN_ERR_NOT_FOUND: nothing. */
static enum an_err session_in_store(struct an_api_core *core, struct an_db_session *session, const uint8_t *hash,
                                    uint64_t now_us, struct an_api_who *ret_who, uint64_t *ret_expires_us,
                                    struct an_error *error)
{
    struct an_account account;
    enum an_err err = an_session_find(session, hash, now_us, &account, ret_expires_us, error);
    if (err != AN_OK) return err;
    if (!an_api_who_of_account(an_api_secret(core), &account, ret_who)) return AN_ERR_NOT_FOUND;
    ret_who->bound = account.networks[0] != '\0';
    memcpy(ret_who->networks, account.networks, sizeof ret_who->networks);
    if (now_us > account.last_seen_us + SEEN_EVERY_US)
        (void)an_account_note_seen(session, account.id, now_us, false, error); /* of no weight */
    return AN_OK;
}

static enum an_err key_in_store(struct an_db_session *session, const uint8_t *hash, uint64_t now_us,
                                struct an_api_who *ret_who, uint64_t *ret_expires_us, struct an_error *error)
{
    struct an_key key;
    enum an_err err = an_key_find(session, hash, &key, error);
    if (err != AN_OK) return err;
    *ret_who = (struct an_api_who) { .role = AN_ROLE_KEY, .key = key.id, .language = "en" };
    an_slice_copy(an_slice_of(key.name), ret_who->name, sizeof ret_who->name);
    struct an_slice rest = an_slice_of(key.scopes), word;
    while (rest.len > 0) {
        an_slice_cut(&rest, ' ', &word);
        ret_who->scopes |= an_scope_of_name(word);
    }
    *ret_expires_us = UINT64_MAX;
    if (now_us > key.last_used_us + SEEN_EVERY_US) (void)an_key_note_used(session, key.id, now_us, error);
    return AN_OK;
}

/* AN_OK, AN_ERR_NOT_FOUND, or another error with the answer made. */
static enum an_err look_up(struct an_api_core *core, struct an_api_response *response, bool key, const uint8_t *hash,
                           struct an_api_who *ret_who)
{
    uint64_t now_us = an_api_now_us(core), expires_us = 0;
    if (an_api_guard_find(core->guard, hash, now_us, ret_who)) return AN_OK;
    struct an_db_session *session;
    struct an_error error = { "" };
    uint64_t turn = an_api_guard_turn(core->guard);
    if (!an_api_store(core, response, &session)) return AN_ERR_IO;
    enum an_err err = key ? key_in_store(session, hash, now_us, ret_who, &expires_us, &error)
                          : session_in_store(core, session, hash, now_us, ret_who, &expires_us, &error);
    an_db_give(session);
    if (err == AN_OK)
        an_api_guard_keep(core->guard, hash, ret_who, expires_us, now_us, turn);
    else if (err != AN_ERR_NOT_FOUND)
        an_api_store_failed(response, err, &error);
    return err;
}

/* Takes as long for a wrong token as for the right one; only the length of what was sent shows. */
static bool same_secret(const char *secret, struct an_slice given)
{
    size_t len = strlen(secret);
    volatile unsigned char differs = given.len != len;
    for (size_t i = 0; i < given.len; i++) differs |= (unsigned char)(given.at[i] ^ secret[i % (len + 1)]);
    return differs == 0;
}

/* With a wrong or ended ticket; who tries many waits. */
static bool refuse(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                   const char *message)
{
    if (!an_api_limit_peer(core, request, response, AN_LIMITED_BAD_KEY)) return false;
    an_api_refuse(response, 401, "sign_in", message, NULL);
    response->challenge = true;
    return false;
}

static bool identify_key(struct an_api_core *core, const struct an_api_request *request,
                         struct an_api_response *response, struct an_slice given, struct an_api_who *ret_who)
{
    uint8_t hash[AN_SECRET_HASH_BYTES];
    struct an_db_session *session;
    if (an_store_secret(core->options.store) == NULL) return an_api_store(core, response, &session);
    given.at += 3;
    given.len -= 3;
    if (!an_api_ticket_read(an_api_secret(core), AN_SECRET_KEY, given, hash))
        return refuse(core, request, response, "no such key");
    enum an_err err = look_up(core, response, true, hash, ret_who);
    if (err == AN_ERR_NOT_FOUND) return refuse(core, request, response, "no such key; it may have been taken back");
    return err == AN_OK;
}

/* A cookie that is none any more is nobody's: public paths go on. */
static bool identify_cookie(struct an_api_core *core, const struct an_api_request *request,
                            struct an_api_response *response, struct an_api_who *ret_who)
{
    uint8_t hash[AN_SECRET_HASH_BYTES];
    if (an_store_secret(core->options.store) == NULL) return true;
    if (!an_api_ticket_read(an_api_secret(core), AN_SECRET_SESSION, request->cookie, hash))
        return an_api_limit_peer(core, request, response, AN_LIMITED_BAD_KEY);
    enum an_err err = look_up(core, response, false, hash, ret_who);
    if (err == AN_OK && ret_who->bound && !an_api_in_networks(ret_who->networks, &request->peer))
        err = AN_ERR_NOT_FOUND;
    if (err == AN_ERR_NOT_FOUND) *ret_who = (struct an_api_who) { 0 };
    return err == AN_OK || err == AN_ERR_NOT_FOUND;
}

bool an_api_identify(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                     struct an_api_who *ret_who)
{
    const char *token = core->options.token;
    *ret_who = (struct an_api_who) { 0 };
    if (request->authorization.len > 0) {
        struct an_slice scheme, rest = request->authorization;
        bool bearer = an_slice_cut(&rest, ' ', &scheme) && an_slice_equal_nocase(scheme, AN_SLICE("Bearer"));
        rest = an_slice_trim(rest);
        if (bearer && an_slice_starts(rest, AN_SLICE("ak_")))
            return identify_key(core, request, response, rest, ret_who);
        if (token == NULL || token[0] == '\0') return true; /* nothing is asked for, anything is fine */
        if (!bearer || !same_secret(token, rest))
            return refuse(core, request, response,
                          "send the header Authorization: Bearer TOKEN with this site's token");
        ret_who->role = AN_ROLE_MACHINE;
        return true;
    }
    return request->cookie.len == 0 || identify_cookie(core, request, response, ret_who);
}
