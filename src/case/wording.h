/* What a report's words say the call was about. Layer: case. Pure; some 130 terms are looked for in at most
 * AN_REPORT_WORDS_MAX bytes, microseconds.
 *
 * A list of plain terms in both languages (wording.def), no learning: few reports have words, they are short, and who
 * reports has to be able to see why. A term behind "不是" or "not" doesn't count. A fraud term wins over all others,
 * and what names a trade over "selling"; of two trades the one with more terms, then the one named first. */
#ifndef ANNING_CASE_WORDING_H
#define ANNING_CASE_WORDING_H

#include "base/slice.h"
#include "model/verdict.h"

/* AN_CATEGORY_UNKNOWN where no term is there. words: UTF-8; other bytes match nothing. */
enum an_category an_wording_category(struct an_slice words);

#endif
