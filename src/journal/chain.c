#include "journal/chain.h"

#include <openssl/evp.h>

enum an_err an_chain_init(struct an_chain *chain)
{
    chain->context = EVP_MD_CTX_new();
    if (chain->context == NULL || EVP_DigestInit_ex(chain->context, EVP_sha256(), NULL) != 1) {
        an_chain_done(chain);
        return AN_ERR_NO_MEMORY;
    }
    return AN_OK;
}

void an_chain_done(struct an_chain *chain)
{
    EVP_MD_CTX_free(chain->context);
    chain->context = NULL;
}

void an_chain_start(struct an_chain *chain, const uint8_t previous[AN_CHAIN])
{
    /* No digest named: the context keeps its own, and OpenSSL allocates nothing. */
    int ok = EVP_DigestInit_ex(chain->context, NULL, NULL);
    an_assert(ok == 1);
    an_chain_add(chain, previous, AN_CHAIN);
}

void an_chain_add(struct an_chain *chain, const void *bytes, size_t len)
{
    int ok = EVP_DigestUpdate(chain->context, bytes, len);
    an_assert(ok == 1);
}

void an_chain_take(struct an_chain *chain, uint8_t ret_chain[AN_CHAIN])
{
    int ok = EVP_DigestFinal_ex(chain->context, ret_chain, NULL);
    an_assert(ok == 1);
}
