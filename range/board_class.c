/* Names of the classes of callers, for people and for files. */
#include "range/call.h"

#include "base/err.h"

static const struct {
    const char *name, *en, *zh;
} classes[AR_CLASS_COUNT] = {
    [AR_CLASS_PERSON] = { "person", "ordinary people", "普通人" },
    [AR_CLASS_BORROWED] = { "borrowed", "people whose number a pool displays", "号码被冒用的普通人" },
    [AR_CLASS_SMEARED] = { "smeared", "the courier whom accounts report", "被合谋举报的快递员" },
#define AR_SERVICE(id, name, en, zh, category) [AR_CLASS_##id] = { name, en, zh },
#include "range/services.def"
#undef AR_SERVICE
    [AR_CLASS_A1] = { "A1", "AI voice robot", "机器人外呼" },
    [AR_CLASS_A2] = { "A2", "voice first, human after", "前置语音转人工" },
    [AR_CLASS_A3] = { "A3", "blind dialling", "盲打" },
    [AR_CLASS_A4] = { "A4", "number pool", "号码池" },
    [AR_CLASS_A5] = { "A5", "telemarketing SIM", "电销卡" },
    [AR_CLASS_A6] = { "A6", "call-back bridge", "双向回呼" },
    [AR_CLASS_A7] = { "A7", "whitelisted carrier SIM", "企业白名单卡" },
    [AR_CLASS_A8] = { "A8", "SIM box", "多卡拨号机" },
    [AR_CLASS_A9] = { "A9", "failover between schemes", "多方案切换" },
};

const char *ar_class_name(enum ar_class c)
{
    an_assert((unsigned)c < AR_CLASS_COUNT);
    return classes[c].name;
}

const char *ar_class_text_en(enum ar_class c)
{
    an_assert((unsigned)c < AR_CLASS_COUNT);
    return classes[c].en;
}

const char *ar_class_text_zh(enum ar_class c)
{
    an_assert((unsigned)c < AR_CLASS_COUNT);
    return classes[c].zh;
}
