/* The scoreboard on paper: a table for a terminal, JSON for programs, one page of HTML for people. Layer: range. Every
 * defence is a column, every figure a row, in English and Chinese. The page needs nothing but itself: no script, no
 * font and no picture from elsewhere. */
#ifndef ANNING_RANGE_REPORT_H
#define ANNING_RANGE_REPORT_H

#include <stdio.h>

#include "range/board.h"

enum { AR_REPORT_MAX = 8 }; /* results in one report */

/* results: of one scenario and one seed each, different defences. The one named "none" gives the prices without a
 * defence. n: 1..AR_REPORT_MAX. */
struct ar_paper {
    unsigned columns; /* of the terminal; 0: as many as it takes */
    bool colour;      /* with escape sequences */
    bool chinese;     /* where there is room for one language only; intervals are left out there too */
};
void ar_report_terminal(FILE *out, const struct ar_result *results, size_t n, const struct ar_paper *paper);
/* AN_OK, AN_ERR_NO_MEMORY or AN_ERR_IO. Ends with a line feed; fields in a stable order. */
enum an_err ar_report_json(FILE *out, const struct ar_result *results, size_t n);
enum an_err ar_report_html(FILE *out, const struct ar_result *results, size_t n);

#endif
