/* What the journal's records hold. Layer: model.
 *
 * Fixed layouts, little endian, each with a version in its first byte; encoding copies, decoding checks every length
 * and borrows texts from the bytes it was given. No allocation. Cost: a verdict is encoded in about 30 ns and takes
 * about 250 bytes (an ordinary call). docs/journal.md has the layouts; frame, checksum and chain are journal/'s.
 *
 * Features are stored as a bit map of those that are not zero, then their values: an older record knows fewer
 * features (its map is shorter) and decodes with zeros for the others. */
#ifndef ANNING_MODEL_RECORD_H
#define ANNING_MODEL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "model/ruling.h"
#include "model/observation.h"
#include "model/verdict.h"

struct an_call;

enum an_record_type {
    AN_RECORD_VERDICT = 1,     /* an attempt that was judged: observation, verdict, features */
    AN_RECORD_OBSERVATION = 2, /* an answer, an end, a report, an attempt seen passively */
    AN_RECORD_SETTINGS = 3,    /* settings came into force */
    AN_RECORD_START = 4,
    AN_RECORD_STOP = 5,
    AN_RECORD_CHAIN = 6,     /* written by the journal itself */
    AN_RECORD_SNAPSHOT = 7,  /* a state snapshot was written */
    AN_RECORD_LOSS = 8,      /* written by the journal itself: records that could not be written */
    AN_RECORD_MODEL = 9,     /* learned models came into force, or went */
    AN_RECORD_LABEL = 10,    /* an operator's decision (label.h) */
    AN_RECORD_CAMPAIGN = 11, /* an operator's word on a campaign */
    AN_RECORD_TYPE_COUNT
};

/* Why records were lost. Also the index into statistics. */
enum an_loss_reason {
    AN_LOSS_SPACE,     /* no space, quota or file size limit */
    AN_LOSS_READ_ONLY, /* read-only file system, no permission, folder gone */
    AN_LOSS_IO,        /* the disk reports errors */
    AN_LOSS_SLOW,      /* too many bytes wait for the disk */
    AN_LOSS_NOT_READY, /* no segment could be opened yet */
    AN_LOSS_SIZE,      /* a record over AN_JOURNAL_RECORD_MAX */
    AN_LOSS_REASON_COUNT
};

enum {
    AN_RECORD_VERDICT_MAX = 768,     /* bytes an encoded verdict takes at most; asserted in record.c */
    AN_RECORD_OBSERVATION_MAX = 512, /* the same for an observation */
    AN_RECORD_SMALL_MAX = 256,       /* START, STOP, CHAIN, SNAPSHOT, LOSS, MODEL */
    AN_RECORD_LABEL_MAX = 512,
};

/* Texts of a call, as received, each cut at AN_TEXT_MAX bytes (never inside a UTF-8 character). [borrow] */
struct an_record_text {
    struct an_slice caller;  /* user part of From, or of the asserted identity */
    struct an_slice display; /* display name of From */
    struct an_slice callee;  /* as dialled: user part of the Request-URI, or of To */
    struct an_slice call_id;
    struct an_slice user_agent;
    struct an_slice trunk;
};

struct an_record_settings {
    uint64_t version;
    struct an_slice json; /* canonical text */
};

struct an_record_start {      /* START and STOP */
    struct an_slice software; /* version, "0.1.0" */
    uint32_t score_version;
    uint32_t workers;
    uint64_t settings_version;
};

struct an_record_chain {
    uint8_t hash[32];
    uint64_t records; /* records in this segment up to here */
    uint8_t last;     /* 1: the segment was closed in order */
};

struct an_record_snapshot {
    struct an_slice file;
    uint8_t hash[32]; /* SHA-256 of the file */
    uint64_t time_us; /* the state is that of this time */
};

struct an_record_loss {
    uint64_t records[AN_LOSS_REASON_COUNT];
    uint64_t first_us, last_us; /* event times of the first and the last one lost */
};

/* Version 0 and score version of the hand-set weights: no model. */
struct an_record_model {
    struct {
        uint64_t version;       /* of the file */
        uint32_t score_version; /* in verdicts */
        struct an_slice name;   /* of the file, without folder */
    } live, shadow;
};

/* An operator's label; the record's time is when it was decided, its token the verdict it was decided on. */
struct an_record_ruling {
    uint64_t until_us, campaign;
    an_number number;
    uint32_t trunk;
    uint16_t weight;
    uint8_t verdict, category;
    bool foreign, shared;            /* as in struct an_ruling; older records have neither */
    struct an_slice trunk_name, who; /* at most AN_TEXT_MAX bytes */
    struct an_slice why;             /* at most AN_RULING_WHY_MAX */
};

/* What an operator says of a campaign; the record's time is when. */
enum an_campaign_word_kind {
    AN_CAMPAIGN_RELEASE = 1, /* yes: honest callers; no: back to its own evidence */
    AN_CAMPAIGN_CONFIRM = 2, /* yes: hostile, whatever its evidence; no: back to it */
    AN_CAMPAIGN_NAME = 3,    /* name; empty: none */
    AN_CAMPAIGN_MERGE = 4,   /* other is the same one */
    AN_CAMPAIGN_SPLIT = 5,   /* what comes in by this trunk and shape is somebody else */
    AN_CAMPAIGN_WORD_END
};
enum { AN_CAMPAIGN_NAME_MAX = 47 }; /* bytes */

struct an_record_campaign {
    uint8_t kind, yes; /* enum an_campaign_word_kind */
    uint32_t campaign, other, trunk;
    uint64_t shape;
    struct an_slice name, who; /* at most AN_CAMPAIGN_NAME_MAX and AN_TEXT_MAX bytes */
};

/* A decoded record. Which parts are filled follows from type. */
struct an_record {
    uint16_t type;
    struct an_observation obs;  /* VERDICT, OBSERVATION */
    struct an_record_text text; /* VERDICT, OBSERVATION */
    struct an_token token;      /* VERDICT, OBSERVATION, LABEL (all zero: unknown) */
    uint16_t feature_count;     /* VERDICT: features known to the version that wrote it */
    struct an_verdict verdict;  /* VERDICT; verdict.token is token */
    union {
        struct an_record_settings settings;
        struct an_record_start start;
        struct an_record_chain chain;
        struct an_record_snapshot snapshot;
        struct an_record_loss loss;
        struct an_record_model model;
        struct an_record_ruling label;
        struct an_record_campaign campaign;
    };
};

/* Encoders: AN_OK and the bytes written, or AN_ERR_FULL when size is too small (AN_RECORD_..._MAX is enough). */
/* A judged attempt: sections enriched, verdict and the texts of parsed. */
enum an_err an_record_encode_verdict(const struct an_call *call, void *out, size_t size, size_t *ret_len);
/* Anything else that was observed; the token is parsed.given_token. */
enum an_err an_record_encode_observation(const struct an_call *call, void *out, size_t size, size_t *ret_len);
/* The same two out of a decoded record: what a re-judging or migrating tool writes. */
enum an_err an_record_encode(const struct an_record *record, void *out, size_t size, size_t *ret_len);

/* A label's record, and back; texts of the record point into label. */
void an_record_of_ruling(const struct an_ruling *label, struct an_record *ret_record);
void an_ruling_of_record(const struct an_record *record, uint64_t time_us, struct an_ruling *ret_label);

/* Every byte is checked; texts point into bytes [borrow]. AN_OK, AN_ERR_MALFORMED (broken layout),
 * AN_ERR_UNSUPPORTED (an unknown type or another layout). */
enum an_err an_record_decode(uint16_t type, const void *bytes, size_t len, struct an_record *ret_record);

/* Whether these bytes are a VERDICT with this token; cheap, for searching. Decode tells the rest. */
bool an_record_has_token(uint16_t type, const void *bytes, size_t len, const struct an_token *token);

/* "verdict", "observation", ... "unknown". */
const char *an_record_type_name(uint16_t type);
/* "space", "read_only", ... */
const char *an_loss_reason_name(enum an_loss_reason reason);

#endif
