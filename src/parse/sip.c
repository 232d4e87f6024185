#include "parse/sip.h"

#include "parse/sip_levels.h"

static bool supported(const struct an_sip_level *level)
{
#if defined(__x86_64__) && defined(__SSE2__)
    if (level == &an_sip_level_avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
    if (level == &an_sip_level_avx512)
        return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("bmi2");
#endif
    (void)level;
    return true;
}

const struct an_sip_level *an_sip_level(unsigned n)
{
    static const struct an_sip_level *const all[] = {
        &an_sip_level_portable,
#if defined(__x86_64__) && defined(__SSE2__)
        &an_sip_level_sse2,
        &an_sip_level_avx2,
        &an_sip_level_avx512,
#endif
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (supported(all[i]) && n-- == 0) return all[i];
    return NULL;
}

/* The portable one for whoever parses before the constructor ran. */
static const struct an_sip_level *chosen = &an_sip_level_portable;

static __attribute__((constructor)) void choose(void)
{
#if defined(__x86_64__) && defined(__SSE2__)
    __builtin_cpu_init();
#endif
    const struct an_sip_level *level;
    for (unsigned n = 0; (level = an_sip_level(n)) != NULL; n++) chosen = level;
}

enum an_err an_sip_parse(const char *bytes, size_t len, struct an_parsed *ret_parsed)
{
    return chosen->parse(bytes, len, ret_parsed);
}

bool an_sip_answerable(const struct an_parsed *parsed)
{
    return parsed->uri.len > 0 && parsed->status == 0 && parsed->method != AN_SIP_ACK && parsed->via_count > 0 &&
           parsed->from_line.len > 0 && parsed->to_line.len > 0 && parsed->call_id.len > 0 && parsed->cseq_line.len > 0;
}
