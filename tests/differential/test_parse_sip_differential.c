/* Our SIP parser and libsofia-sip's read the same messages: the corpora, and thousands of messages made and mutated
 * from them by a fixed generator. Where both accept, they have to agree on method, status, number of Vias, CSeq,
 * Call-ID, and user and host of From and To.
 *
 * Known and argued differences, left out of the comparison:
 *   - Sofia takes a lone CR as the end of a line, and it ends the header at CR CR; we refuse a lone CR anywhere in the
 *     header (it hides header fields from one of two readers).
 *   - Sofia skips header fields it cannot read and goes on; it then counts fewer Vias than the message has. We refuse
 *     the message when Via, From, To, Call-ID, CSeq, Max-Forwards or Content-Length cannot be read. Such messages are
 *     refused by us, so they are not compared.
 *   - Sofia takes the first of two From, To, Call-ID or CSeq; we refuse the message (RFC 4475 section 3.3.8).
 *   - NUL: Sofia works on C strings and cuts values there; messages with a NUL are not compared.
 *   - Sofia keeps user parameters in the user ("+86138;phone-context=cn"); we leave them out. Cut before comparing.
 *   - A URI of another scheme than sip, sips and tel has neither user nor host for us, but often one for Sofia.
 *   - Sofia replaces needless %-escapes in URIs and writes host names small; compared without escapes and case.
 *   - Spaces before ">" stay in Sofia's host; we cut them off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <cmocka.h>
#include <dirent.h>

#include <sofia-sip/msg.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>

#include "parse/sip.h"

enum { SEEDS_MAX = 128, ROUNDS = 60000, MESSAGE_MAX = 4096 };

struct seed {
    char bytes[MESSAGE_MAX];
    size_t len;
    char name[128];
};

static struct seed seeds[SEEDS_MAX];
static size_t seed_count;
static uint64_t rng = 0x2545f4914f6cdd1dull;

static uint64_t next_random(uint64_t below)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return rng % below;
}

static void load(const char *folder)
{
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL && seed_count < SEEDS_MAX;) {
        struct seed *seed = &seeds[seed_count];
        char path[512];
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        seed->len = fread(seed->bytes, 1, sizeof seed->bytes, file);
        snprintf(seed->name, sizeof seed->name, "%.100s", entry->d_name);
        fclose(file);
        if (seed->len < sizeof seed->bytes) seed_count++;
    }
    closedir(dir);
}

/* readdir gives no order; the generator's messages should not depend on the file system. */
static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct seed *)a)->name, ((const struct seed *)b)->name);
}

struct outcome {
    unsigned compared, ours_only, sofia_only, neither;
};

static bool same_text(const char *bytes, struct an_span span, const char *theirs)
{
    struct an_slice text = an_slice_of(theirs);
    return an_slice_equal(an_span_slice(bytes, span), text);
}

/* Replaces %xx by the byte. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *p = text; *p != 0; p++) {
        unsigned byte;
        if (*p == '%' && sscanf(p, "%%%2x", &byte) == 1 && strspn(p + 1, "0123456789abcdefABCDEF") >= 2) {
            *to++ = (char)byte;
            p += 2;
        } else {
            *to++ = *p;
        }
    }
    *to = 0;
}

/* The same text, but for case and escapes. */
static bool same_loosely(const char *bytes, struct an_span span, const char *theirs)
{
    char ours[MESSAGE_MAX], other[MESSAGE_MAX];
    an_slice_copy(an_span_slice(bytes, span), ours, sizeof ours);
    snprintf(other, sizeof other, "%s", theirs == NULL ? "" : theirs);
    other[strcspn(other, " \t")] = 0;
    unescape(ours);
    unescape(other);
    return strcasecmp(ours, other) == 0;
}

static bool same_party(const char *bytes, const struct an_identity *ours, const url_t *theirs)
{
    char user[MESSAGE_MAX];
    if (theirs->url_type != url_sip && theirs->url_type != url_sips && theirs->url_type != url_tel) return true;
    const char *from = theirs->url_user != NULL ? theirs->url_user : "";
    if (ours->tel && *from == 0 && theirs->url_host != NULL) from = theirs->url_host;
    snprintf(user, sizeof user, "%s", from);
    user[strcspn(user, ";")] = 0;
    if (!same_loosely(bytes, ours->user, user)) return false;
    return ours->tel || same_loosely(bytes, ours->host, theirs->url_host);
}

/* NULL: they agree; else what they differ in. */
static const char *difference(const char *bytes, const struct an_parsed *ours, const sip_t *theirs)
{
    unsigned vias = 0;
    for (const sip_via_t *via = theirs->sip_via; via != NULL; via = via->v_next) vias++;
    if (ours->via_count != vias) return "number of Vias";
    if ((theirs->sip_status != NULL) != (ours->status != 0)) return "request or response";
    if (theirs->sip_status != NULL && theirs->sip_status->st_status != ours->status) return "status";
    if (theirs->sip_request != NULL &&
        (theirs->sip_request->rq_method == sip_method_invite) != (ours->method == AN_SIP_INVITE))
        return "method";
    if (theirs->sip_cseq->cs_seq != ours->cseq) return "CSeq";
    if (!same_text(bytes, ours->call_id, theirs->sip_call_id->i_id)) return "Call-ID";
    if (!same_party(bytes, &ours->from, theirs->sip_from->a_url)) return "From";
    if (!same_party(bytes, &ours->to, theirs->sip_to->a_url)) return "To";
    if (theirs->sip_from->a_tag != NULL && !same_text(bytes, ours->from_tag, theirs->sip_from->a_tag))
        return "From tag";
    return NULL;
}

static bool sofia_accepts(const msg_t *msg, const sip_t *sip)
{
    return sip != NULL && !msg_has_error(msg) && (sip->sip_flags & MSG_FLG_ERROR) == 0 && sip->sip_error == NULL &&
           (sip->sip_request != NULL || sip->sip_status != NULL) && sip->sip_from != NULL && sip->sip_to != NULL &&
           sip->sip_call_id != NULL && sip->sip_cseq != NULL && sip->sip_via != NULL;
}

static void compare(const char *name, const char *bytes, size_t len, struct outcome *outcome)
{
    static struct an_parsed ours;
    if (len == 0 || memchr(bytes, 0, len) != NULL) return;
    bool accepted = an_sip_parse(bytes, len, &ours) == AN_OK;
    msg_t *msg = msg_make(sip_default_mclass(), 0, bytes, (ssize_t)len);
    const sip_t *theirs = msg == NULL ? NULL : sip_object(msg);
    bool sofia = msg != NULL && sofia_accepts(msg, theirs);
    outcome->compared += accepted && sofia;
    outcome->ours_only += accepted && !sofia;
    outcome->sofia_only += !accepted && sofia;
    outcome->neither += !accepted && !sofia;
    if (accepted && sofia) {
        const char *what = difference(bytes, &ours, theirs);
        if (what != NULL) {
            print_message("%s: they differ in %s\n%.*s\n", name, what, (int)len, bytes);
            fail();
        }
    }
    msg_destroy(msg);
}

static void test_corpus(void **state)
{
    (void)state;
    struct outcome outcome = { 0 };
    for (size_t i = 0; i < seed_count; i++) compare(seeds[i].name, seeds[i].bytes, seeds[i].len, &outcome);
    print_message("corpus: compared %u, only ours %u, only sofia %u, neither %u\n", outcome.compared, outcome.ours_only,
                  outcome.sofia_only, outcome.neither);
    assert_true(outcome.compared > 30);
}

/* A few changes that leave many messages well-formed: letters in values, duplicated, dropped and swapped lines. */
static size_t mutate(const struct seed *seed, char *out)
{
    static const char letters[] = "abcXYZ019-._~+;:,=@<>\"% \t/?&";
    size_t len = seed->len;
    memcpy(out, seed->bytes, len);
    for (uint64_t n = 1 + next_random(3); n > 0; n--) {
        size_t at = (size_t)next_random(len);
        switch (next_random(4)) {
        case 0:
            if (out[at] != '\r' && out[at] != '\n') out[at] = letters[next_random(sizeof letters - 1)];
            break;
        case 1: /* drop a byte */
            if (out[at] == '\r' || out[at] == '\n' || len < 2) break;
            memmove(out + at, out + at + 1, len - at - 1);
            len--;
            break;
        case 2: /* a byte more */
            if (len + 1 >= MESSAGE_MAX || out[at] == '\n') break;
            memmove(out + at + 1, out + at, len - at);
            out[at] = letters[next_random(sizeof letters - 1)];
            len++;
            break;
        default: { /* a line twice */
            const char *start = memchr(out + at, '\n', len - at);
            const char *end = start == NULL ? NULL : memchr(start + 1, '\n', len - (size_t)(start + 1 - out));
            size_t size = end == NULL ? 0 : (size_t)(end - start);
            if (size < 3 || len + size >= MESSAGE_MAX) break;
            size_t behind = (size_t)(end + 1 - out);
            memmove(out + behind + size, out + behind, len - behind);
            memcpy(out + behind, out + behind - size, size);
            len += size;
            break;
        }
        }
    }
    return len;
}

static void test_mutated(void **state)
{
    (void)state;
    static char bytes[MESSAGE_MAX];
    struct outcome outcome = { 0 };
    for (unsigned i = 0; i < ROUNDS; i++) {
        const struct seed *seed = &seeds[next_random(seed_count)];
        size_t len = mutate(seed, bytes);
        compare(seed->name, bytes, len, &outcome);
    }
    print_message("mutated: compared %u, only ours %u, only sofia %u, neither %u\n", outcome.compared,
                  outcome.ours_only, outcome.sofia_only, outcome.neither);
    assert_true(outcome.compared > 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_corpus), cmocka_unit_test(test_mutated) };
    load("tests/corpus/sip");
    load("tests/corpus/rfc4475");
    qsort(seeds, seed_count, sizeof seeds[0], by_name);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
