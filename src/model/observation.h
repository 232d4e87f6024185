/* One thing that happened, as the counters see it. Layer: model.
 *
 * Everything observe/ learns, it learns from this fixed-size record: written by enrich/ for a live call, by the
 * readers of HEP3, HTTP and files, and read back from the journal when state is rebuilt. So live, replayed and
 * rebuilt state come from the same bytes. The journal keeps it as it stands (little endian, no padding), of a
 * judged attempt only what an attempt has (model/record.h). */
#ifndef ANNING_MODEL_OBSERVATION_H
#define ANNING_MODEL_OBSERVATION_H

#include <stdint.h>

#include "model/number.h"

enum an_obs_kind {
    AN_OBS_ATTEMPT = 1, /* an INVITE, or the start of a call record */
    AN_OBS_ANSWER = 2,  /* the callee picked up */
    AN_OBS_END = 3,     /* it is over: outcome, ring_ms and talk_ms say how */
    AN_OBS_REPORT = 4,  /* the callee says what the call was */
};

enum an_outcome {
    AN_OUTCOME_UNKNOWN,
    AN_OUTCOME_ANSWERED,    /* talked for talk_ms, then somebody hung up */
    AN_OUTCOME_CANCELLED,   /* the caller gave up while it rang */
    AN_OUTCOME_NO_ANSWER,   /* it rang until a timer of the network */
    AN_OUTCOME_REFUSED,     /* the callee rejected it (603, 607, 608 from the callee, 480 after ringing) */
    AN_OUTCOME_BUSY,
    AN_OUTCOME_UNREACHABLE, /* switched off, out of coverage */
    AN_OUTCOME_UNALLOCATED, /* no such number (404, cause 1) */
    AN_OUTCOME_FAILED,      /* the network's fault */
    AN_OUTCOME_OURS,        /* ended by our own verdict: no evidence (fairness rule 5) */
    AN_OUTCOME_COUNT
};

enum an_obs_flag {
    AN_OBS_NIGHT = 1,            /* local time 21:00-08:00 */
    AN_OBS_FORWARDED = 2,        /* Diversion or History-Info present: the callee is not whom the caller dialled */
    AN_OBS_PASSIVE = 4,          /* seen, not asked: no verdict was given */
    AN_OBS_IDENTITY_DIFFERS = 8, /* the network's identity and From show different numbers */
    AN_OBS_NEIGHBOUR = 16,       /* caller and callee share their first 7 national digits */
    AN_OBS_IP_PREFIX = 32,       /* dialled with a 179xx prefix */
    AN_OBS_SIGNED = 64,          /* an Identity header is there (not yet verified) */
    AN_OBS_WANTED = 128,         /* report: the callee wants this caller (else: does not) */
    AN_OBS_REFUSAL = 256,        /* report: the callee told the caller to stop; holds from the next call on */
    AN_OBS_REGISTERED = 512,     /* the caller is a registered firm's number, on a trunk of that firm */
    AN_OBS_CANARY = 1024,        /* the callee is a canary number: given to nobody, or to one holder only */
    AN_OBS_CANARY_HELD = 2048,   /* with AN_OBS_CANARY: it has a holder, so the call tells who leaked it */
    AN_OBS_SUBSCRIBER = 4096,    /* by a trunk of subscribers: the caller's number has been checked by the network */
};

/* 80 bytes. */
struct an_observation {
    uint64_t time_us;   /* event time, microseconds since 1970 UTC */
    an_number caller;
    an_number callee;
    uint64_t call_key;  /* hash of the Call-ID, joins attempt, answer and end; 0: unknown */
    uint64_t block;     /* the caller's block: mobile segment of 7 digits, area code and 4 digits; 0: none */
    uint64_t shape;     /* hash of the INVITE's build; 0: not seen */
    uint32_t trunk;     /* AN_TRUNK_NONE or an id given by enrich/ (stable: hash of the trunk's name) */
    uint32_t ring_ms;   /* from attempt to answer or end; 0: unknown */
    uint32_t talk_ms;   /* from answer to end */
    uint16_t weight;    /* 1/1000; attempt to a canary given to nobody: how many holes it counts for; others 1000 */
    uint16_t flags;     /* enum an_obs_flag */
    uint8_t kind;       /* enum an_obs_kind */
    uint8_t outcome;    /* enum an_outcome, for an end */
    uint8_t caller_kind; /* enum an_number_kind */
    uint8_t callee_kind;
    uint8_t caller_operator; /* enum an_operator */
    uint8_t category;   /* enum an_category, for a report */
    uint8_t action;     /* enum an_action the call got, for an end; AN_ACTION_ALLOW when unknown */
    uint8_t reserved;
    uint32_t firm;      /* registered firm the caller's number belongs to (settings.h); 0: none. Not kept with verdicts */
    uint16_t counted;   /* report: what it counted for others, 1/1000; written by observe/ for the record, never read */
    uint16_t reserved2;
};
_Static_assert(sizeof(struct an_observation) == 80, "written to the journal as it stands");

#define AN_TRUNK_NONE 0u

const char *an_outcome_name(enum an_outcome outcome);
/* From its name ("answered", "refused", ...); AN_OK or AN_ERR_NOT_FOUND. */
int an_outcome_of(const char *name, size_t len, enum an_outcome *ret_outcome);

#endif
