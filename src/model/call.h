/* struct call: where the stages meet. Layer: model.
 *
 * A call attempt (or an answer, an end, a report) travels through parse, enrich, observe, score, decide and act in a
 * vector of up to AN_VECTOR_MAX. Each stage reads the sections before its own and writes its own; no stage includes
 * another stage's header. The section of parse/ is filled by the SIP parser, and in the same form by the readers of
 * HEP3, JSON and call records, so that all ways in are equal from enrich/ on. */
#ifndef ANNING_MODEL_CALL_H
#define ANNING_MODEL_CALL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/slice.h"
#include "model/feature.h"
#include "model/observation.h"
#include "model/verdict.h"

enum an_transport { AN_TRANSPORT_UDP, AN_TRANSPORT_TCP, AN_TRANSPORT_TLS, AN_TRANSPORT_HEP, AN_TRANSPORT_HTTP,
                    AN_TRANSPORT_FILE };

/* An address of either family. */
union an_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

enum an_sip_method {
    AN_SIP_OTHER, AN_SIP_INVITE, AN_SIP_ACK, AN_SIP_BYE, AN_SIP_CANCEL, AN_SIP_OPTIONS, AN_SIP_REGISTER,
    AN_SIP_PRACK, AN_SIP_UPDATE, AN_SIP_INFO, AN_SIP_MESSAGE, AN_SIP_SUBSCRIBE, AN_SIP_NOTIFY, AN_SIP_REFER,
    AN_SIP_PUBLISH,
};

/* Who a header says somebody is. Spans into call->base. */
struct an_identity {
    struct an_span display; /* without quotes, escapes kept; len 0: none */
    struct an_span user;    /* user part of sip:/sips:, number of tel:, without parameters; len 0: no user part */
    struct an_span host;
    bool present;
    bool tel;               /* tel: URI */
};

/* One Identity header field (RFC 8224 section 4), split at its dots and kept; verified later, elsewhere. */
struct an_passport_text {
    struct an_span header, payload, signature; /* base64url */
    struct an_span info, alg, ppt;             /* parameters without quotes */
};

enum an_privacy { AN_PRIVACY_ID = 1, AN_PRIVACY_HEADER = 2, AN_PRIVACY_USER = 4, AN_PRIVACY_NONE = 8 };

/* Section of parse/. */
struct an_parsed {
    enum an_sip_method method; /* of the request; for a response, of its CSeq */
    uint16_t status;           /* 0: a request */
    uint16_t via_count;
    uint16_t header_count;
    uint8_t identity_count;
    uint8_t privacy;           /* enum an_privacy */
    uint8_t max_forwards;      /* 255: absent */
    bool anonymous;            /* From is anonymous by its own form (RFC 3323 section 4.1.1.3) */
    uint32_t cseq;
    struct an_span uri;        /* Request-URI, whole */
    struct an_identity called; /* Request-URI */
    struct an_identity to, from, asserted, asserted_tel, remote_party, diversion, history; /* history: last entry but one */
    struct an_span from_line, to_line; /* header values, whole, for the answer */
    struct an_span from_tag, to_tag;
    struct an_span call_id;
    struct an_span branch;     /* of the topmost Via */
    struct an_span cseq_line;
    struct an_span vias[AN_SIP_VIAS_MAX];
    bool rport;                /* the topmost Via asks for RFC 3581 */
    struct an_span user_agent; /* User-Agent, or Server in a response */
    struct an_span body;
    uint64_t shape;            /* hash of the INVITE's build, see parse/shape.h; 0: not an INVITE */
    struct an_passport_text identity[AN_SIP_IDENTITIES_MAX];
    /* From files, HTTP and HEP3, which know more than one SIP message tells: */
    uint64_t given_time_us;    /* event time; 0: the vector's time */
    uint32_t given_ring_ms, given_talk_ms;
    enum an_obs_kind given_kind; /* AN_OBS_ATTEMPT by default */
    enum an_outcome given_outcome;
    enum an_category given_category;
    bool given_wanted;         /* a report that says "wanted" */
    bool given_refusal;        /* a report that says "I told them to stop" */
    struct an_span given_trunk; /* trunk by name; len 0: by source address */
    struct an_token given_token; /* a report's or an end's verdict, if known; all zero otherwise */
    bool given_passive;          /* an attempt told about afterwards: learned from, no verdict */
};

/* Section of enrich/: the observation, and what only the decision and the record need. */
struct an_enriched {
    struct an_observation obs;
    uint32_t caller_area; /* area code or country code the number belongs to (e.g. 10, 21, 755; 1 for +1) */
    uint32_t callee_area;
    char trunk_name[24];  /* NUL-terminated, cut */
    uint8_t callee_operator; /* enum an_operator */
    uint8_t caller_region;   /* province, two digits of GB/T 2260; 0 abroad; 255 unknown */
    bool public_service;  /* caller is an emergency or protected public-service number on a trunk that may show it */
};

/* Section of observe/: probabilities have no place here, only what was seen. */
struct an_observed {
    bool after_emergency; /* the callee called an emergency number within two hours */
    bool repeat;          /* a retransmission: verdict is the first one's, nothing counted */
    uint8_t said;         /* enum an_said: what was decided about this caller, by this callee or an operator */
};

/* Words that bind the decision whatever the score is (rules of the same names in verdict.h). */
enum an_said {
    AN_SAID_DENIES = 1,   /* the callee told this caller, or the registered firm behind it, to stop */
    AN_SAID_REPORTED = 2, /* the callee reported this caller within 60 days */
    AN_SAID_UNWANTED = 4, /* an operator's label in force */
    AN_SAID_WANTED = 8,
};

struct an_call {
    /* wire/ */
    const char *base;     /* [borrow] the message; spans point into it */
    uint32_t length;      /* bytes of the message */
    enum an_transport transport;
    uint32_t connection;  /* TCP and TLS: index of the connection; else 0 */
    union an_address peer;
    union an_address local;
    int error;            /* enum an_err of the first stage that failed; later stages pass the call by */
    uint16_t sip_status;  /* answer to give when error is set or no verdict is due (400, 200 for OPTIONS ...); 0: none */

    struct an_parsed parsed;
    struct an_enriched enriched;
    struct an_observed observed;
    struct an_verdict verdict; /* score/ writes probability, category, symbols; decide/ action and rules */
};

/* Up to AN_VECTOR_MAX calls and the time they are judged at. features[f][i] is feature f of call i: one row a
 * feature, so that score/ runs over the vector in the inner loop. */
struct an_vector {
    uint32_t count;
    uint32_t worker;     /* of the engine's context */
    uint64_t now_us;     /* wall time of the vector; virtual in tests and replays */
    struct an_call *calls; /* [borrow] count of them */
    float features[AN_FEATURE_COUNT][AN_VECTOR_MAX];
};

#endif
