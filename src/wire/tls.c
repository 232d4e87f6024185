#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "wire/inside.h"

static const char *reason(char *out, size_t size)
{
    unsigned long code = ERR_peek_last_error();
    const char *text = ERR_reason_error_string(code);
    snprintf(out, size, "%s", text == NULL ? "unreadable" : text);
    ERR_clear_error();
    return out;
}

static enum an_err load(SSL_CTX *ctx, const struct an_loop_options *options, struct an_error *error)
{
    char why[96];
    if (options->tls_certificate == NULL || options->tls_key == NULL)
        return an_fail(error, AN_ERR_INVALID,
                       "a tls listen address needs a certificate and a key (PEM files), and %s is not set",
                       options->tls_certificate == NULL ? "the certificate" : "the key");
    if (SSL_CTX_use_certificate_chain_file(ctx, options->tls_certificate) != 1)
        return an_fail(error, AN_ERR_INVALID, "TLS certificate %s: %s; it must be a readable PEM chain, own first",
                       options->tls_certificate, reason(why, sizeof why));
    if (SSL_CTX_use_PrivateKey_file(ctx, options->tls_key, SSL_FILETYPE_PEM) != 1)
        return an_fail(error, AN_ERR_INVALID, "TLS key %s: %s; it must be a readable PEM key of the certificate %s",
                       options->tls_key, reason(why, sizeof why), options->tls_certificate);
    if (SSL_CTX_check_private_key(ctx) != 1)
        return an_fail(error, AN_ERR_INVALID, "TLS key %s does not belong to the certificate %s", options->tls_key,
                       options->tls_certificate);
    if (options->tls_client_ca == NULL) return AN_OK;
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(options->tls_client_ca);
    if (names == NULL || SSL_CTX_load_verify_locations(ctx, options->tls_client_ca, NULL) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return an_fail(error, AN_ERR_INVALID, "TLS client CA %s: %s; it must be a readable PEM file",
                       options->tls_client_ca, reason(why, sizeof why));
    }
    SSL_CTX_set_client_CA_list(ctx, names);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | (options->tls_client_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                       NULL);
    return AN_OK;
}

enum an_err an_tls_init(struct an_loop *loop, const struct an_loop_options *options, struct an_error *error)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (ctx == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "TLS: out of memory");
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    /* A ticket of one worker means nothing to the next, so there are none. */
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ctx,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    enum an_err err = load(ctx, options, error);
    if (err != AN_OK) {
        SSL_CTX_free(ctx);
        return err;
    }
    loop->tls = ctx;
    return AN_OK;
}

/* OpenSSL allocates here, a connection at a time: the one allocation after start, on no call's way. */
enum an_err an_tls_accept(struct an_loop *loop, struct an_connection *c)
{
    c->ssl = SSL_new(loop->tls);
    if (c->ssl == NULL || SSL_set_fd(c->ssl, c->fd) != 1) {
        SSL_free(c->ssl);
        c->ssl = NULL;
        ERR_clear_error();
        return AN_ERR_NO_MEMORY;
    }
    SSL_set_accept_state(c->ssl);
    c->handshaking = true;
    return AN_OK;
}

/* 0: wait for *ret_events; -1: over. */
static int blocked(struct an_connection *c, int result, uint32_t *ret_events)
{
    switch (SSL_get_error(c->ssl, result)) {
    case SSL_ERROR_WANT_READ: *ret_events = EPOLLIN; return 0;
    case SSL_ERROR_WANT_WRITE: *ret_events = EPOLLOUT; return 0;
    default: ERR_clear_error(); return -1;
    }
}

int an_tls_handshake(struct an_connection *c, uint32_t *ret_events)
{
    ERR_clear_error();
    int result = SSL_do_handshake(c->ssl);
    return result == 1 ? 1 : blocked(c, result, ret_events);
}

ssize_t an_tls_read(struct an_connection *c, char *bytes, size_t size, uint32_t *ret_events)
{
    size_t got = 0;
    ERR_clear_error();
    int result = SSL_read_ex(c->ssl, bytes, size, &got);
    if (result == 1) return (ssize_t)got;
    if (SSL_get_error(c->ssl, result) == SSL_ERROR_ZERO_RETURN) return 0;
    errno = blocked(c, result, ret_events) == 0 ? EAGAIN : EPROTO;
    return -1;
}

ssize_t an_tls_write(struct an_connection *c, const char *bytes, size_t len, uint32_t *ret_events)
{
    size_t put = 0;
    ERR_clear_error();
    int result = SSL_write_ex(c->ssl, bytes, len, &put);
    if (result == 1) return (ssize_t)put;
    errno = blocked(c, result, ret_events) == 0 ? EAGAIN : EPROTO;
    return -1;
}

void an_tls_close(struct an_connection *c, bool clean)
{
    if (c->ssl == NULL) return;
    ERR_clear_error();
    if (clean && !c->handshaking) SSL_shutdown(c->ssl); /* close_notify, if there is room for it */
    SSL_free(c->ssl);
    ERR_clear_error();
    c->ssl = NULL;
}
