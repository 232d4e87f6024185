#include "journal/prove.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "journal/segment.h"
#include "model/record.h"

/* Up to the first CHAIN record behind the one asked for; the chain is told along the way. */
static enum an_err walk(struct an_segment *s, struct an_chain *chain, struct an_journal_proof *proof)
{
    struct an_segment_record r;
    struct an_record decoded;
    bool found = false;
    enum an_err err;
    while ((err = an_segment_next(s, &r)) == AN_OK || err == AN_ERR_CORRUPT) {
        if (err != AN_OK) { /* damage elsewhere: the chain goes on from its next value */
            if (r.offset <= proof->at.offset && proof->at.offset < r.next) return err;
            continue;
        }
        bool is_chain = r.frame.type == AN_RECORD_CHAIN &&
                        an_record_decode(r.frame.type, r.bytes + AN_FRAME, r.frame.length, &decoded) == AN_OK;
        if (is_chain) {
            uint8_t value[AN_CHAIN];
            an_chain_take(chain, value);
            an_chain_start(chain, decoded.chain.hash);
            bool same = memcmp(value, decoded.chain.hash, AN_CHAIN) == 0;
            memcpy(found ? proof->after : proof->before, decoded.chain.hash, AN_CHAIN);
            proof->chained = found;
            if (found) {
                proof->until = r.offset;
                return same ? AN_OK : AN_ERR_CORRUPT;
            }
            proof->from = r.offset;
        }
        if (r.offset == proof->at.offset) {
            found = true;
            proof->next = r.next;
            EVP_Digest(r.bytes, (size_t)(r.next - r.offset), proof->record, NULL, EVP_sha256(), NULL);
        } else if (!found && r.offset > proof->at.offset) {
            return AN_ERR_NOT_FOUND;
        }
        an_chain_add(chain, r.bytes, (size_t)(r.next - r.offset));
    }
    if (err != AN_ERR_END && err != AN_ERR_MORE) return err;
    return found ? AN_OK : AN_ERR_NOT_FOUND;
}

enum an_err an_journal_prove(const char *dir, const struct an_journal_position *at, struct an_journal_proof *ret_proof,
                             struct an_error *error)
{
    an_assert(dir != NULL && at != NULL && ret_proof != NULL);
    struct an_journal_proof proof = { .at = *at };
    struct an_segment segment;
    struct an_chain chain;
    int dir_fd = an_segment_dir_open(dir);
    if (dir_fd < 0)
        return an_fail(error, errno == ENOENT ? AN_ERR_NOT_FOUND : AN_ERR_IO, "journal: %s/journal: %s", dir,
                       strerror(errno));
    an_segment_init(&segment);
    an_segment_name(at->worker, at->sequence, proof.file);
    enum an_err err = an_chain_init(&chain);
    if (err == AN_OK) err = an_segment_open(&segment, dir_fd, at->worker, at->sequence);
    if (err == AN_ERR_END) err = AN_ERR_NOT_FOUND;
    if (err == AN_OK) {
        memcpy(proof.before, segment.header.prev_chain, AN_CHAIN);
        an_chain_start(&chain, segment.header.prev_chain);
        err = an_segment_chain(&segment, &chain, 0, AN_SEGMENT_BEGIN);
        if (err == AN_OK) err = walk(&segment, &chain, &proof);
    }
    an_segment_done(&segment);
    an_chain_done(&chain);
    close(dir_fd);
    if (err == AN_OK) *ret_proof = proof;
    if (err == AN_ERR_NOT_FOUND) return an_fail(error, err, "journal: the record is older than what is kept");
    return err == AN_OK ? AN_OK : an_fail(error, err, "journal: %s: %s", proof.file, an_err_name(err));
}
