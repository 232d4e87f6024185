/* Every limit on what comes from outside, in one place. Layer: base. Messages name them ("over the limit
 * SIP_HEADERS_MAX, 256"), docs/limits.md lists them. Sizes of tables are settings instead (settings/). */
#ifndef ANNING_BASE_LIMITS_H
#define ANNING_BASE_LIMITS_H

enum {
    AN_VECTOR_MAX = 64,         /* calls a vector, datagrams a system call */
    AN_SIP_MESSAGE_MAX = 65535, /* bytes of one SIP message, headers and body */
    AN_SIP_HEADERS_MAX = 256,   /* header lines of one SIP message */
    AN_SIP_VIAS_MAX = 32,       /* Via values kept for the answer; more is answered with 400 */
    AN_SIP_IDENTITIES_MAX = 2,  /* Identity header fields kept */
    AN_SIP_ANSWER_MAX = 65472,  /* bytes of an answer we build, as good as all of a datagram; a longer one becomes 513 */
    AN_HEP_PACKET_MAX = 65535,
    AN_HTTP_BODY_MAX = 4 << 20,      /* bytes of one HTTP request body */
    AN_HTTP_PEOPLE_BODY_MAX = 256 << 10, /* the same, of what people and the console send */
    AN_DECIDE_CALLS_MAX = 1000,      /* calls in one POST /v1/decide or /v1/events */
    AN_RECORD_LINE_MAX = 16384,      /* bytes of one CSV or NDJSON line */
    AN_RECORD_COLUMNS_MAX = 256,     /* columns of a CSV record */
    AN_TCP_CONNECTIONS_MAX = 10000,  /* connections of one worker */
    AN_TCP_IDLE_MS = 60000,          /* a connection silent for so long is closed */
    AN_TCP_MESSAGE_MS = 5000,        /* a begun message must be whole within (slow loris) */
    AN_TEXT_MAX = 64,                /* bytes of a number, a display name or a Call-ID kept in the journal */
    AN_CONFIG_MAX = 1 << 20,         /* bytes of a configuration file */
    AN_TRUNKS_MAX = 4096,            /* trunks, named or learned by address */
    AN_LIST_MAX = 4000000,           /* entries of an allow or deny list */
    AN_CANARIES_MAX = 100000,        /* canary numbers */
    AN_FIRMS_MAX = 4096,             /* registered firms; holders of canaries too */
    AN_FIRM_TRUNKS_MAX = 64,         /* trunks of one firm */
    AN_FIRM_NAME_MAX = 47,           /* bytes of its name */
    AN_SUBSCRIBERS_MAX = 20000000,   /* people with settings of their own, in memory */
    AN_CALLEE_CONTACTS_MAX = 5000,   /* of one of them */
    AN_CALLEE_BLOCKED_MAX = 5000,
    AN_CALLEE_RANGES_MAX = 200,
    AN_CALLEE_REGIONS_MAX = 64,
    AN_CALLEE_HOURS_MAX = 64,
    AN_CALLEE_EXPECTING_MAX = 64,
    AN_CALLEES_RETIRED_MAX = 256,    /* replaced settings that wait to be freed together */
    AN_RULINGS_MAX = 1000,           /* labels of one file or one POST /v1/labels */
    AN_JOURNAL_RECORD_MAX = 1 << 20, /* bytes of a journal record */
    AN_TABLE_ROWS_MAX = 20000000,    /* rows of a table to learn from */
    AN_TABLE_CELLS_MAX = 1 << 28,    /* rows times columns of one; 4 bytes each */
    AN_TABLE_NAME_MAX = 128,         /* bytes of a column's name */
    AN_TABLE_WORD_MAX = 64,          /* bytes of a word in a cell that count */
    AN_TABLE_WORDS_MAX = 65536,      /* different words of a column; one with more is no category */
    AN_LABELS_MAX = 100000000,       /* lines of all label files */
    AN_TRAIN_ROWS_MAX = 20000000,    /* calls one training keeps in memory, whatever --rows says */
    AN_FOREST_FILE_MAX = 64 << 20,   /* bytes of a model file */
    AN_FOREST_CARD_MAX = 65536,      /* bytes of a model's card */
    AN_FOREST_FEATURES_MAX = 1024,   /* columns a model may ask for */
    AN_FOREST_NAME_MAX = 64,         /* bytes of a column's name, its NUL included */
    AN_FOREST_TREES_MAX = 4096,      /* trees of a model, those of categories included */
    AN_FOREST_DEPTH_MAX = 8,         /* comparisons from root to leaf */
    AN_FOREST_KNOTS_MAX = 256,       /* knots of a model's calibration */
    AN_SUBSCRIBER_HOURS_MAX = 16,    /* spans of hours in them */
    AN_SUBSCRIBER_RANGES_MAX = 32,   /* number ranges */
    AN_SUBSCRIBER_REGIONS_MAX = 35,  /* regions: the provinces, and abroad */
    AN_SUBSCRIBER_CONTACTS_MAX = 2000, /* contacts; numbers of one's own block list as well */
    AN_SUBSCRIBER_NAME_MAX = 48,     /* bytes of a contact's name */
    AN_SUBSCRIBER_EXPECTING_MAX = 8, /* calls expected at once */
    AN_SUBSCRIBER_WORDS_MAX = 96,    /* bytes of words on an expected call */
    AN_EXPECTING_HOURS_MAX = 72,     /* hours a call may be expected for */
    AN_REPORT_WORDS_MAX = 500,       /* bytes of words with a report, a request for redress, a decision */
    AN_REDRESS_CONTACT_MAX = 120,    /* bytes of where somebody who asks for redress can be reached */
    AN_TEXT_MESSAGE_MAX = 1000,      /* bytes of a text message that came in */
    AN_TEXT_BODY_MAX = 8192,         /* bytes of the webhook's body */
    AN_TEXT_ID_MAX = 64,             /* bytes of its id */
    AN_TEXT_QUEUE_MAX = 4096,        /* text messages waiting to be sent */
    AN_COMPLAINTS_MAX = 1000,        /* complaints of one POST /v1/complaints or one file */
    AN_COMPLAINT_ID_MAX = 64,        /* bytes of a complaint's id where it comes from */
    AN_COMPLAINT_WORDS_MAX = 500,    /* bytes of its words */
    AN_CASE_NOTE_MAX = 500,          /* bytes of a case's note */
    AN_CASE_DAYS = 730,              /* days that complaints, and cases in which nothing happens, are kept */
    AN_ROUTES_MAX = 200,             /* routes of complaints */
    AN_ROUTE_DEST_MAX = 64,          /* bytes of to whom */
    AN_ROUTE_URL_MAX = 500,          /* bytes of its address */
};

#endif
