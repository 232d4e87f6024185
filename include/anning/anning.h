/* libanning: Anning's judgement inside your own process - a softswitch, a session border controller, a test range -
 * without the daemon. The whole public interface is this file; docs/libanning.md tells it as a story.
 *
 *     struct anning_options options = { .size = sizeof options };
 *     struct anning *door;
 *     char error[256];
 *     if (anning_open(&options, &door, error, sizeof error) != ANNING_OK) ...
 *     struct anning_call call = { .size = sizeof call, .time_us = now, .from = "02160000001", .to = "13800138000" };
 *     struct anning_verdict verdict = { .size = sizeof verdict };
 *     anning_decide(anning_context(door, 0), &call, 1, &verdict);
 *
 * Time. The library asks no clock for a verdict: every call and event carries its own time, so past calls can be
 * judged on virtual time. Give them in the order they happened. With one context, ANNING_REPEATABLE and no data
 * folder the same input gives the same output, tokens included.
 *
 * Threads. An anning has 1 to 256 contexts; they share everything learned. A context is used by one thread at a time
 * (a second one is turned away with ANNING_ERR_BUSY), different contexts at once without waiting for each other.
 * anning_reload, anning_snapshot, anning_metrics and the name functions may be called from any thread at any time.
 * anning_close only when nobody uses the anning or a context of it any more. A context that meets a state snapshot
 * being forked waits for fallback.budget_ms (20) at most, then the call passes with ANNING_RULE_FALLBACK.
 *
 * Cost. Nothing is allocated after anning_open but by anning_reload. A verdict takes one to two microseconds on one
 * core, in batches; a lone call about twice that (docs/libanning.md has the measurement). Memory: about 160 MB for a
 * million numbers, and 17 MB a context, all taken at the start.
 *
 * Binary interface. Structures begin with their size as the caller knows it and only grow at the end; what an older
 * library does not know has to be zero, and what an older program does not know is not written. Numbers of an enum are
 * never given to another meaning.
 *
 * Falls open: a verdict that could not be given says ANNING_ALLOW and carries an error. Wrong bytes in a call or a
 * message are answered with an error, never with an abort. */
#ifndef ANNING_ANNING_H
#define ANNING_ANNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define ANNING_API __attribute__((visibility("default")))
#else
#define ANNING_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct sockaddr; /* <sys/socket.h> */

struct anning;         /* an engine: what was learned, settings, journal */
struct anning_context; /* one thread's way into it */

/* What functions return: ANNING_OK or a negative number. */
enum anning_error {
    ANNING_OK = 0,
    ANNING_ERR_MORE = -1,        /* a message that ends too early */
    ANNING_ERR_MALFORMED = -2,   /* input that breaks its grammar */
    ANNING_ERR_LIMIT = -3,       /* input over a limit: a text over 256 bytes, a message over 65,535 */
    ANNING_ERR_NOT_FOUND = -4,   /* no such thing */
    ANNING_ERR_IO = -5,          /* a file or folder; the error text says which */
    ANNING_ERR_NO_MEMORY = -6,   /* at open and reload only */
    ANNING_ERR_INVALID = -7,     /* an argument or a setting outside its domain */
    ANNING_ERR_FULL = -8,        /* no room */
    ANNING_ERR_UNSUPPORTED = -9, /* well-formed, but nothing this function handles: not an INVITE, a newer structure */
    ANNING_ERR_CORRUPT = -10,    /* stored bytes fail their checksum */
    ANNING_ERR_END = -11,        /* nothing to learn from this message; not a fault */
    ANNING_ERR_BUSY = -64,       /* another thread is in this context, or another anning has this data folder */
};
/* "malformed"; "unknown error" for any other number. Never NULL. */
ANNING_API const char *anning_error_name(int error);

/* "0.1.0" */
ANNING_API const char *anning_version(void);

/* ---- opening and closing ---- */

enum anning_flag {
    ANNING_READ_ONLY = 1,  /* what data_dir holds is learned from, nothing is written there */
    ANNING_REPEATABLE = 2, /* without data_dir: tokens are the same in every run, hence guessable; for tests, replays */
};

/* All zero but size is a good start: one context, a million numbers, nothing kept. Texts are copied. */
struct anning_options {
    uint32_t size;           /* sizeof(struct anning_options) */
    uint32_t contexts;       /* 1..256; 0: 1. One alone works without locks */
    const char *config_path; /* policy, lists, trunks, limits, journal: the daemon's file; NULL: defaults. Its addresses
                                to listen on, workers and data folder are not used */
    const char *data_dir;    /* journal and state, kept over restarts; made when missing; NULL: nothing is kept */
    uint32_t numbers;        /* numbers remembered; 0: limits.numbers of the configuration. The oldest go first */
    uint32_t flags;          /* enum anning_flag */
    void (*progress)(void *user, uint64_t done, uint64_t total); /* bytes of journal read at open; NULL: none */
    void *user;
};

/* Reads the configuration, takes all memory, learns from the data folder. error (error_size bytes, may be NULL)
 * receives a sentence: what is wrong, where, what would be right. *ret_door is written on success only.
 * ANNING_ERR_INVALID (options, settings), ANNING_ERR_IO, ANNING_ERR_NO_MEMORY, ANNING_ERR_CORRUPT, ANNING_ERR_BUSY,
 * ANNING_ERR_UNSUPPORTED (options of a newer library). Cost: milliseconds, and about 1 s a million journal records. */
ANNING_API int anning_open(const struct anning_options *options, struct anning **ret_door, char *error,
                           size_t error_size);
/* Writes the state (see anning_snapshot), ends the journal, frees. NULL is taken. */
ANNING_API void anning_close(struct anning *door);

/* Reads the configuration again, or another one: policy, lists and trunks change for the next batch; limits, journal
 * and contexts at the next open only. config_path NULL: the file of anning_open. When it fails the old settings stay
 * in force. Errors as anning_open. */
ANNING_API int anning_reload(struct anning *door, const char *config_path, char *error, size_t error_size);

/* Writes the state to the data folder, so that the next open is quick; without it open reads more of the journal and
 * nothing is lost. The contexts pause for the time of a fork(); the child writes and ends with _exit(). A program that
 * reaps all its children (SIGCHLD ignored, waitpid(-1)) makes this report ANNING_ERR_IO though the file is there.
 * ANNING_ERR_UNSUPPORTED without a data folder. Blocks until done. */
ANNING_API int anning_snapshot(struct anning *door, char *error, size_t error_size);

/* Context number 0..contexts-1, or NULL. It lives as long as the anning. */
ANNING_API struct anning_context *anning_context(struct anning *door, unsigned number);

/* With a data folder, for a context without traffic: every 50 ms or so, from its thread. Closes the journal's hash
 * chain and changes segments, in real time; not for replays. ANNING_OK, ANNING_ERR_INVALID, ANNING_ERR_BUSY. */
ANNING_API int anning_tick(struct anning_context *context);

/* ---- calls in, verdicts out ---- */

/* A call attempt. Texts are UTF-8, NUL-terminated, read during the call of the function only; NULL and "" mean: not
 * known. At most 256 bytes each; display and user_agent are cut there. */
struct anning_call {
    uint32_t size;               /* sizeof(struct anning_call), in each element */
    uint32_t flags;              /* 0 */
    uint64_t time_us;            /* when, microseconds since 1970 UTC; needed */
    const char *from;            /* number as shown, national or +E.164, or a sip: or tel: URI; none: withheld */
    const char *to;              /* number as dialled; needed */
    const char *asserted;        /* the network's own word on the caller (P-Asserted-Identity) */
    const char *diversion;       /* who forwarded the call */
    const char *display;         /* display name */
    const char *call_id;         /* joins the attempt with its answer and end */
    const char *trunk;           /* where it comes in, by name */
    const struct sockaddr *peer; /* without a name: the address it comes from, AF_INET or AF_INET6; NULL: unknown */
    const char *user_agent;
    uint64_t shape; /* any hash of how the INVITE is built (order of headers, SDP); 0: unknown */
};

enum anning_action { ANNING_ALLOW = 0, ANNING_LABEL = 1, ANNING_SCREEN = 2, ANNING_BLOCK = 3 };
enum anning_level { ANNING_LEVEL_LOOSE = 0, ANNING_LEVEL_STANDARD = 1, ANNING_LEVEL_STRICT = 2 };

enum anning_category {
    ANNING_CATEGORY_UNKNOWN = 0,
    ANNING_CATEGORY_LOAN = 1,
    ANNING_CATEGORY_DEBT = 2,
    ANNING_CATEGORY_PROPERTY = 3,
    ANNING_CATEGORY_RENOVATION = 4,
    ANNING_CATEGORY_EDUCATION = 5,
    ANNING_CATEGORY_INSURANCE = 6,
    ANNING_CATEGORY_MEDICAL = 7,
    ANNING_CATEGORY_STOCKS = 8,
    ANNING_CATEGORY_MARKETING = 9, /* other marketing */
    ANNING_CATEGORY_FRAUD = 10,
    ANNING_CATEGORY_AUTOMATED = 11, /* a wanted automated call */
    ANNING_CATEGORY_PERSON = 12,
};

/* Circumstances that bind the decision whatever the score is. */
enum anning_rule {
    ANNING_RULE_CALLEE_DENIES = 1,    /* on a deny list, or this callee told the caller to stop */
    ANNING_RULE_CALLEE_ALLOWS = 2,    /* on an allow list */
    ANNING_RULE_RELATION = 4,         /* the callee called this number, or they talked */
    ANNING_RULE_PUBLIC_SERVICE = 8,   /* an emergency or public-service number on a trunk that may show it */
    ANNING_RULE_AFTER_EMERGENCY = 16, /* the callee called an emergency number in the last two hours */
    ANNING_RULE_TO_EMERGENCY = 32,    /* the call goes to an emergency number */
    ANNING_RULE_OWN_EVIDENCE = 64,    /* the call's own number or line speaks, not only its block or trunk */
    ANNING_RULE_EXPLORE = 128,        /* left unlabelled by chance, so that the truth stays measurable */
    ANNING_RULE_FALLBACK = 256,       /* no judgement in time: allowed */
    ANNING_RULE_CALLEE_REPORTED = 512,     /* this callee reported this caller within 60 days */
    ANNING_RULE_LABELLED_UNWANTED = 1024,  /* an operator's label in force says unwanted */
    ANNING_RULE_LABELLED_WANTED = 2048,    /* one says wanted */
};

enum anning_verdict_flag { ANNING_VERDICT_REPEAT = 1 /* a retransmission: the first one's verdict, without symbols */ };

enum { ANNING_SYMBOLS_MAX = 8, ANNING_TOKEN_MAX = 32 };

/* A reason: a row of the symbol table, and what it added to log_odds; positive: unwanted. */
struct anning_symbol {
    uint32_t id; /* anning_symbol_name, anning_symbol_text */
    float weight;
};

struct anning_verdict {
    uint32_t size;        /* sizeof(struct anning_verdict); in an array the first element's counts for all */
    int32_t error;        /* ANNING_OK, or why there is no verdict; then action is ANNING_ALLOW, all but sip_status 0 */
    uint8_t action;       /* enum anning_action */
    uint8_t category;     /* enum anning_category */
    uint8_t level;        /* enum anning_level of the callee */
    uint8_t symbol_count; /* 0..ANNING_SYMBOLS_MAX */
    uint16_t rules;       /* enum anning_rule */
    uint16_t sip_status;  /* what the door would answer by the settings: 302, or 603, 607 or 608 for a block; of a
                             message with an error 400, 416, 481, 483, 505 or 513; 0: nothing */
    float probability;    /* that the callee does not want this call, by hand-set weights; not calibrated on outcomes */
    float log_odds;       /* the same before the logistic */
    uint32_t score_version;
    uint32_t flags;               /* enum anning_verdict_flag */
    uint64_t settings_version;    /* hash of the settings in force */
    uint64_t caller, callee;      /* E.164 as one integer, 8613800138000; 0: withheld; bit 63 set: not a number */
    char token[ANNING_TOKEN_MAX]; /* names this verdict to redress and evidence: 26 letters and digits, NUL */
    struct anning_symbol symbols[ANNING_SYMBOLS_MAX]; /* strongest first */
};

/* Judges n calls, of any number, in their order; vectors of 64 go through the stages together, which is why a batch is
 * cheaper. The result is that of n single calls, bit for bit; only the time inside a token is that of the last call of
 * its vector. Every verdict is written. ANNING_OK, or the error of the first call that has one; the others are judged
 * all the same. ANNING_ERR_INVALID (an argument, a wrong size), ANNING_ERR_UNSUPPORTED (a newer structure) and
 * ANNING_ERR_BUSY of the whole: nothing was judged, and verdicts are as they were. */
ANNING_API int anning_decide(struct anning_context *context, const struct anning_call *calls, size_t n,
                             struct anning_verdict *verdicts);

/* The same for an INVITE as it came, whole. peer: whom it came from, AF_INET or AF_INET6, NULL: unknown. A
 * retransmission (same Call-ID, From-tag, CSeq, caller and callee within 32 s in the same context) gets the first one's
 * verdict and counts once. ANNING_ERR_UNSUPPORTED: a response, another method or a re-INVITE. */
ANNING_API int anning_decide_sip(struct anning_context *context, const char *message, size_t len,
                                 const struct sockaddr *peer, uint64_t time_us, struct anning_verdict *verdict);

/* ---- what became of calls ---- */

enum anning_event_kind { ANNING_EVENT_ANSWER = 2, ANNING_EVENT_END = 3, ANNING_EVENT_REPORT = 4 };

enum anning_outcome {
    ANNING_OUTCOME_UNKNOWN = 0,
    ANNING_OUTCOME_ANSWERED = 1,  /* talked for talk_ms */
    ANNING_OUTCOME_CANCELLED = 2, /* the caller gave up while it rang */
    ANNING_OUTCOME_NO_ANSWER = 3, /* it rang until a timer of the network */
    ANNING_OUTCOME_REFUSED = 4,   /* the callee rejected it */
    ANNING_OUTCOME_BUSY = 5,
    ANNING_OUTCOME_UNREACHABLE = 6, /* switched off, out of coverage */
    ANNING_OUTCOME_UNALLOCATED = 7, /* no such number */
    ANNING_OUTCOME_FAILED = 8,      /* the network's fault */
    ANNING_OUTCOME_OURS = 9,        /* ended by our own verdict: no evidence against anybody */
};

/* An answer and an end need call_id, or from and to; a report needs from and to, and is heard when such a call is on
 * record (token: the verdict's, when known). Texts as in struct anning_call. */
struct anning_event {
    uint32_t size;    /* sizeof(struct anning_event), in each element */
    uint8_t kind;     /* enum anning_event_kind */
    uint8_t outcome;  /* enum anning_outcome, of an end */
    uint8_t category; /* enum anning_category, of a report */
    uint8_t wanted;   /* of a report, 1: the callee wants this caller */
    uint64_t time_us; /* needed */
    const char *from, *to, *call_id, *trunk;
    const struct sockaddr *peer; /* as in struct anning_call */
    const char *token;
    uint32_t ring_ms, talk_ms; /* until the answer or the end; from the answer to the end */
    uint8_t refusal;           /* of a report, 1: the callee told the caller to stop; it holds from the next call on */
    uint8_t reserved[7];
};

/* Learns from n events. ANNING_OK, or the error of the first one that was not taken; the others are. */
ANNING_API int anning_event(struct anning_context *context, const struct anning_event *events, size_t n);
/* Learns from calls that were let through elsewhere: no verdict. Returns as anning_event. */
ANNING_API int anning_seen(struct anning_context *context, const struct anning_call *calls, size_t n);
/* The same for a SIP message passing by, request or response: an INVITE that was not asked about, a 2xx, a BYE, a
 * CANCEL, a final refusal. ANNING_ERR_END: nothing to learn from it. */
ANNING_API int anning_event_sip(struct anning_context *context, const char *message, size_t len,
                                const struct sockaddr *peer, uint64_t time_us);

/* ---- names and sentences, all static, never NULL ---- */

ANNING_API const char *anning_action_name(int action);                           /* "label"; "unknown" */
ANNING_API const char *anning_level_name(int level);                             /* "standard"; "unknown" */
ANNING_API const char *anning_category_name(int category, const char *language); /* "zh": 贷款理财; else "loan" */
ANNING_API const char *anning_symbol_name(uint32_t id);                          /* "NUMBER_WALK"; "UNKNOWN" */
ANNING_API const char *anning_symbol_text(uint32_t id, const char *language);    /* a sentence, "zh" or English */

/* ---- health ---- */

struct anning_metrics {
    uint32_t size; /* sizeof(struct anning_metrics) */
    uint32_t contexts;
    uint64_t verdicts[4];               /* by enum anning_action */
    uint64_t fallbacks;                 /* verdicts without a judgement */
    uint64_t retransmissions;           /* INVITEs answered from memory */
    uint64_t answers, ends, reports;    /* learned from */
    uint64_t numbers, numbers_capacity; /* remembered now, and slots */
    uint64_t evictions;                 /* numbers forgotten for want of room */
    uint64_t state_bytes;               /* memory of all tables */
    uint64_t journal_records, journal_bytes;
    uint64_t journal_lost; /* records that could not be written: alarm on it */
    uint64_t settings_version;
};
/* ANNING_OK, ANNING_ERR_INVALID. Sums up counters: microseconds. */
ANNING_API int anning_metrics(struct anning *door, struct anning_metrics *ret_metrics);

/* Problems of the background (a full disk, a reload's warnings) are JSON lines on standard error, as the daemon's.
 * sink takes them instead, for all annings of the process: level 0 debug, 1 info, 2 warning, 3 error; line without
 * newline, len bytes and NUL. It may be called from any thread. NULL: standard error again; set it before the first
 * anning_open. Lines below level_min are dropped. */
ANNING_API void anning_log(int level_min, void (*sink)(void *user, int level, const char *line, size_t len),
                           void *user);

#ifdef __cplusplus
}
#endif

#endif
