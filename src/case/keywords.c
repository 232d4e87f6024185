#include "case/keywords.h"

#include <string.h>

/* Full-width forms (U+FF01..U+FF5E) are three bytes: EF BC 81..BF, EF BD 80..9E. Returns the ASCII letter in capitals,
 * or 0; ret_len: bytes of the character. */
static char fold(const char *at, size_t left, size_t *ret_len)
{
    unsigned char a = (unsigned char)at[0];
    *ret_len = 1;
    if (left >= 3 && a == 0xef) {
        unsigned char b = (unsigned char)at[1], c = (unsigned char)at[2];
        unsigned code = b == 0xbc && c >= 0x81 ? c - 0x81u + 0x21u : b == 0xbd && c <= 0x9e ? c - 0x80u + 0x60u : 0;
        if (code == 0) return 0;
        *ret_len = 3;
        return (char)(code >= 'a' && code <= 'z' ? code - 32 : code);
    }
    if (a >= 0x80) return 0;
    return (char)(a >= 'a' && a <= 'z' ? a - 32 : a);
}

/* Bytes of text that are the word; 0: it does not begin with it. */
static size_t begins(struct an_slice text, struct an_slice word)
{
    size_t at = 0, of = 0;
    while (of < word.len) {
        size_t text_len = 1, word_len = 1;
        if (at >= text.len) return 0;
        char a = fold(text.at + at, text.len - at, &text_len), b = fold(word.at + of, word.len - of, &word_len);
        if (a != b || (a == 0 && text.at[at] != word.at[of])) return 0;
        at += text_len;
        of += word_len;
    }
    return at;
}

/* Blanks, ideographic blanks (E3 80 80) and full stops go at both ends. */
static struct an_slice trim(struct an_slice text)
{
    for (;;) {
        size_t before = text.len;
        text = an_slice_trim(text);
        if (text.len >= 3 && memcmp(text.at, "\xe3\x80\x80", 3) == 0) text.at += 3, text.len -= 3;
        const char *end = text.at + text.len;
        if (text.len >= 3 && (memcmp(end - 3, "\xe3\x80\x80", 3) == 0 || memcmp(end - 3, "。", 3) == 0)) text.len -= 3;
        if (text.len >= 1 && text.at[text.len - 1] == '.') text.len--;
        if (text.len == before) return text;
    }
}

enum an_keyword an_keyword_of(const struct an_keywords *keywords, struct an_slice text, struct an_slice *ret_rest)
{
    text = trim(text);
    for (int k = AN_KEYWORD_ON; k < AN_KEYWORD_COUNT; k++) {
        struct an_slice list = an_slice_of(keywords->words[k]), word;
        bool more = true;
        while (more) {
            more = an_slice_cut(&list, '|', &word);
            word = an_slice_trim(word);
            size_t len = word.len == 0 ? 0 : begins(text, word);
            if (len == 0) continue;
            struct an_slice rest = { text.at + len, text.len - len };
            bool alone = rest.len == 0;
            /* Behind "JB" words may follow, after a blank or at once where the keyword is no ASCII. */
            bool apart = rest.len > 0 && (rest.at[0] == ' ' || (unsigned char)rest.at[0] >= 0x80);
            if (!alone && (k != AN_KEYWORD_REPORT || !apart)) continue;
            *ret_rest = trim(rest);
            return (enum an_keyword)k;
        }
    }
    *ret_rest = text;
    return AN_KEYWORD_NONE;
}

const char *an_keyword_reply(enum an_keyword keyword, bool chinese, bool done)
{
    switch (keyword) {
    case AN_KEYWORD_ON:
        return chinese ? "已开通防骚扰服务，从下一个来电起生效。发送QXFSR取消，CXFSR查询，JB举报刚才的来电。"
                       : "Protection is on from the next call. Send QXFSR to switch it off, CXFSR to ask, JB to report "
                         "the last call.";
    case AN_KEYWORD_OFF:
        return chinese ? "已取消防骚扰服务，从下一个来电起不再处理您的来电。" : "Protection is off from the next call.";
    case AN_KEYWORD_REPORT:
        if (done) return chinese ? "已收到举报" : "Your report was taken";
        return chinese ? "没有找到可以举报的来电。" : "There is no call to report.";
    default:
        return chinese ? "发送KTFSR开通，QXFSR取消，CXFSR查询，JB举报刚才的来电。"
                       : "Send KTFSR to switch protection on, QXFSR to switch it off, CXFSR to ask, JB to report the "
                         "last call.";
    }
}
