/* Names and sentences. */
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "lib/lib.h"
#include "score/symbols.h"

static bool is_zh(const char *language)
{
    return language != NULL && strncmp(language, "zh", 2) == 0; /* zh, zh-CN, zh_CN.UTF-8 */
}

const char *anning_error_name(int error)
{
    if (error == ANNING_ERR_BUSY) return "busy";
    return error > 0 || error < ANNING_ERR_END ? "unknown error" : an_err_name((enum an_err)error);
}

const char *anning_version(void)
{
    return ANNING_VERSION;
}

const char *anning_action_name(int action)
{
    return action < 0 || action >= AN_ACTION_COUNT ? "unknown" : an_action_name((enum an_action)action);
}

const char *anning_level_name(int level)
{
    return level < 0 || level >= AN_LEVEL_COUNT ? "unknown" : an_level_name((enum an_level)level);
}

const char *anning_category_name(int category, const char *language)
{
    enum an_category known = AN_CATEGORY_UNKNOWN;
    if (category > 0 && category < AN_CATEGORY_COUNT) known = (enum an_category)category;
    return is_zh(language) ? an_category_zh(known) : an_category_name(known);
}

const char *anning_symbol_name(uint32_t id)
{
    return an_symbol_text(id).name;
}

const char *anning_symbol_text(uint32_t id, const char *language)
{
    struct an_symbol_text text = an_symbol_text(id);
    return is_zh(language) ? text.zh : text.en;
}

void anning_log(int level_min, void (*sink)(void *user, int level, const char *line, size_t len), void *user)
{
    int level = level_min < AN_LOG_DEBUG ? AN_LOG_DEBUG : level_min;
    an_log_set_sink(sink, user);
    an_log_set_level((enum an_log_level)level); /* above AN_LOG_ERROR: nothing is said */
}
