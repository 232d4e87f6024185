/* What a single row can't tell: addresses to listen on, settings that need each other, files that must be there. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "settings/load.h"

#define problem(load, path, ...)                                                                                       \
    an_config_problem((load)->errors, (load)->name, an_config_line(load, path), false, __VA_ARGS__)
#define warning(load, path, ...)                                                                                       \
    an_config_problem((load)->errors, (load)->name, an_config_line(load, path), true, __VA_ARGS__)

static void add_listen(struct an_config_load *load, const struct an_listen *listen, const char *name, unsigned line)
{
    struct an_config *config = load->config;
    char text[AN_LISTEN_TEXT_MAX], other[AN_LISTEN_TEXT_MAX];
    an_listen_text(listen, text);
    for (size_t i = 0; i < config->listen_count; i++)
        if (strcmp(an_listen_text(&config->listen[i], other), text) == 0) {
            an_config_problem(load->errors, name, line, false, "%s is there twice", text);
            return;
        }
    if (config->listen_count >= AN_LISTENS_MAX) {
        an_config_problem(load->errors, name, line, false, "listen has over %d addresses", AN_LISTENS_MAX);
        return;
    }
    config->listen[config->listen_count++] = *listen;
}

/* Entries of the file; those the command line replaces are left out. */
static void listen_from_file(struct an_config_load *load, bool sip_replaced, bool hep_replaced)
{
    const struct an_texts *texts = &load->config->listen_texts;
    for (size_t i = 0; i < texts->count; i++) {
        struct an_listen listen;
        struct an_error error;
        unsigned line = an_config_item_line(load, "listen", i);
        if (an_listen_parse(texts->items[i], AN_ADDRESS_STAR, &listen, &error) != AN_OK)
            an_config_problem(load->errors, load->name, line, false, "listen: %s", error.text);
        else if (!(listen.transport == AN_TRANSPORT_HEP ? hep_replaced : sip_replaced))
            add_listen(load, &listen, load->name, line);
    }
}

static void listen_from_flags(struct an_config_load *load, const struct an_config_overrides *flags)
{
    struct an_listen listen;
    struct an_error error;
    for (size_t i = 0; i < flags->sip_count; i++) {
        if (an_listen_parse(flags->sip[i], AN_ADDRESS_STAR, &listen, &error) != AN_OK)
            an_config_problem(load->errors, "--sip", 0, false, "%s", error.text);
        else if (listen.transport == AN_TRANSPORT_HEP)
            an_config_problem(load->errors, "--sip", 0, false, "%s is HEP; use --hep", flags->sip[i]);
        else
            add_listen(load, &listen, "--sip", 0);
    }
    for (size_t i = 0; i < flags->hep_count; i++) {
        const char *text = strncmp(flags->hep[i], "hep:", 4) == 0 ? flags->hep[i] + 4 : flags->hep[i];
        listen.transport = AN_TRANSPORT_HEP;
        if (an_address_parse(an_slice_of(text), AN_ADDRESS_STAR, an_listen_port(AN_TRANSPORT_HEP), &listen.address,
                             &error) != AN_OK)
            an_config_problem(load->errors, "--hep", 0, false, "%s", error.text);
        else
            add_listen(load, &listen, "--hep", 0);
    }
}

/* What is listened on is also what `show` prints, so the texts follow the command line. */
static void write_back(struct an_config_load *load)
{
    struct an_config *config = load->config;
    an_texts_done(&config->listen_texts);
    for (size_t i = 0; i < config->listen_count; i++) {
        char text[AN_LISTEN_TEXT_MAX];
        an_listen_text(&config->listen[i], text);
        if (an_texts_add(&config->listen_texts, text, strlen(text)) != AN_OK) load->fatal = AN_ERR_NO_MEMORY;
    }
}

void an_config_resolve_listen(struct an_config_load *load)
{
    static const struct an_config_overrides none = { 0 };
    struct an_config *config = load->config;
    const struct an_config_overrides *flags = load->options->overrides == NULL ? &none : load->options->overrides;
    struct an_error error;
    /* A default stands only where nothing else was asked for. */
    bool defaulted = an_config_line(load, "listen") == 0;
    listen_from_file(load, flags->sip_count > 0 || (defaulted && flags->hep_count > 0), flags->hep_count > 0);
    listen_from_flags(load, flags);
    write_back(load);
    if (config->http[0] == '\0') return;
    const char *name = flags->http == NULL ? load->name : "--http";
    unsigned line = flags->http == NULL ? an_config_line(load, "http") : 0;
    if (an_address_parse(an_slice_of(config->http), AN_ADDRESS_STAR | AN_ADDRESS_EVERY, AN_ADDRESS_PORT_NEEDED,
                         &config->http_address, &error) != AN_OK)
        an_config_problem(load->errors, name, line, false, "http: %s", error.text);
}

static void check_readable(struct an_config_load *load, const char *path, char *file)
{
    char resolved[AN_CONFIG_PATH_MAX];
    if (file[0] == '\0') return;
    an_config_resolve_path(load, file, resolved);
    memcpy(file, resolved, sizeof resolved);
    if (access(file, R_OK) != 0) problem(load, path, "%s: %s: %s", path, file, strerror(errno));
}

static void check_tls(struct an_config_load *load)
{
    struct an_config *config = load->config;
    bool wanted = false;
    for (size_t i = 0; i < config->listen_count; i++)
        wanted = wanted || config->listen[i].transport == AN_TRANSPORT_TLS;
    if (wanted && config->tls.certificate[0] == '\0')
        problem(load, "listen", "listen has a tls address; tls.certificate must name a PEM file");
    if (wanted && config->tls.key[0] == '\0')
        problem(load, "listen", "listen has a tls address; tls.key must name a PEM file");
    check_readable(load, "tls.certificate", config->tls.certificate);
    check_readable(load, "tls.key", config->tls.key);
    check_readable(load, "tls.client_ca", config->tls.client_ca);
}

static bool is_loopback(const union an_address *address)
{
    if (address->any.sa_family == AF_INET) return (ntohl(address->v4.sin_addr.s_addr) >> 24) == 127;
    return IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
}

/* The first line of a file that a setting names: a token or another secret. */
static void read_secret(struct an_config_load *load, const char *name, char file[AN_CONFIG_PATH_MAX],
                        char out[AN_CONFIG_TOKEN_MAX + 1])
{
    char path[AN_CONFIG_PATH_MAX], line[AN_CONFIG_TOKEN_MAX + 3] = "";
    if (file[0] == '\0') return;
    an_config_resolve_path(load, file, path);
    memcpy(file, path, sizeof path);
    FILE *stream = an_config_open_file(path);
    if (stream == NULL) {
        problem(load, name, "%s: %s: %s", name, path, an_config_open_error());
        return;
    }
    bool got = fgets(line, sizeof line, stream) != NULL;
    fclose(stream);
    struct an_slice token = an_slice_trim(an_slice_of(line));
    bool plain = true;
    for (size_t i = 0; i < token.len; i++) plain = plain && token.at[i] > 0x20 && token.at[i] < 0x7f;
    if (!got || !plain || token.len < 16 || token.len > AN_CONFIG_TOKEN_MAX) {
        problem(load, name, "%s: the first line of %s must be 16 to %d visible ASCII characters", name, path,
                AN_CONFIG_TOKEN_MAX);
        return;
    }
    an_slice_copy(token, out, AN_CONFIG_TOKEN_MAX + 1);
}

/* "12321" with the country code in front, as model/number.h has it; or +E.164. */
static an_number short_code_of(const struct an_config *config)
{
    const char *text = config->people.short_code;
    char whole[AN_NUMBER_TEXT_MAX];
    an_number number = AN_NUMBER_NONE;
    if (text[0] == '\0') return AN_NUMBER_NONE;
    if (text[0] == '+')
        snprintf(whole, sizeof whole, "%s", text);
    else
        snprintf(whole, sizeof whole, "+%u%s", config->settings.country_code, text);
    bool fine = an_number_of_text(whole, strlen(whole), &number) == AN_OK && an_number_is_e164(number);
    return fine ? number : AN_NUMBER_NONE;
}

static void check_people(struct an_config_load *load)
{
    const char *code = load->config->people.short_code, *url = load->config->texts.send_url;
    const char *digits = code[0] == '+' ? code + 1 : code;
    if (code[0] != '\0' && (digits[0] == '\0' || strspn(digits, "0123456789") != strlen(digits) || strlen(digits) > 15))
        problem(load, "people.short_code", "people.short_code is \"%s\"; digits are wanted, such as \"12321\"", code);
    else
        load->config->settings.act.short_code = short_code_of(load->config);
    if (url[0] != '\0' && strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
        problem(load, "texts.send_url", "texts.send_url is \"%s\"; it begins with http:// or https://", url);
}

static void check_numbering(struct an_config_load *load)
{
    const char *area = load->config->settings.area_code;
    if (strspn(area, "0123456789") != strlen(area) || area[0] == '0')
        problem(load, "numbering.area_code",
                "numbering.area_code is %s; digits without the leading 0 are wanted, "
                "such as \"10\"",
                area);
}

static void check_act(struct an_config_load *load)
{
    const struct an_act_settings *act = &load->config->settings.act;
    static const char stops[] = " \t<>\"\\";
    struct an_slice screener = an_slice_of(act->screener);
    /* A verdict must be one that can be carried out. */
    if (screener.len == 0) load->config->settings.policy.screen = false;
    if (act->next_hop[strcspn(act->next_hop, stops)] != '\0' || strncmp(act->next_hop, "sip:", 4) == 0)
        problem(load, "act.next_hop", "act.next_hop is %s; HOST or HOST:PORT is wanted", act->next_hop);
    bool sip = an_slice_starts(screener, AN_SLICE("sip:")) || an_slice_starts(screener, AN_SLICE("sips:"));
    if (screener.len > 0 && (!sip || act->screener[strcspn(act->screener, stops)] != '\0'))
        problem(load, "act.screener", "act.screener is %s; a SIP URI is wanted, such as sip:screen@10.0.0.5",
                act->screener);
    bool web = strncmp(act->redress_url, "http://", 7) == 0 || strncmp(act->redress_url, "https://", 8) == 0;
    if (act->redress_url[0] != '\0' && (!web || act->redress_url[strcspn(act->redress_url, stops)] != '\0'))
        problem(load, "act.redress_url", "act.redress_url is %s; a URL is wanted, such as https://example.cn/redress/",
                act->redress_url);
}

/* A learned model gives reasons from a probability of 0.2 on (score/score.h). */
static void check_costs(struct an_config_load *load)
{
    const float p = 0.2f, q = 1.0f - p;
    for (int level = 0; level < AN_LEVEL_COUNT; level++) {
        const struct an_policy *policy = &load->config->settings.policy;
        const struct an_costs *c = &policy->costs[level];
        float allow = p * c->unwanted_ring, label = allow * (1.0f - c->label_relief) + q * c->wrong_label;
        float screen = p * c->screen_unwanted + q * c->screen_wanted;
        const char *name = an_level_name((enum an_level)level);
        char path[64];
        snprintf(path, sizeof path, "policy.costs.%s.wrong_label", name);
        if ((policy->label && label < allow) || (policy->screen && screen < allow))
            warning(
                load, path,
                "policy.costs.%s: calls with a probability of 0.2 are labelled or screened; below it a learned model "
                "gives no reasons",
                name);
    }
}

/* A model that can't be read must not keep the doorkeeper from starting: it says so and goes on without. */
static void check_model(struct an_config_load *load, const char *path, char *file)
{
    char resolved[AN_CONFIG_PATH_MAX];
    if (file[0] == '\0' || strcmp(file, "none") == 0) return;
    an_config_resolve_path(load, file, resolved);
    memcpy(file, resolved, sizeof resolved);
    if (access(file, R_OK) != 0) warning(load, path, "%s: %s: %s", path, file, strerror(errno));
}

static void check_http(struct an_config_load *load)
{
    const struct an_config *config = load->config;
    if (config->listen_count == 0 && config->http[0] == '\0')
        problem(load, "listen", "nothing to listen on; listen or http must name an address");
    if (config->http[0] != '\0' && config->api.token_file[0] == '\0' && config->http_address.any.sa_family != 0 &&
        !is_loopback(&config->http_address))
        warning(load, "http", "http listens on %s for everybody; api.token_file would ask for a token", config->http);
    if (config->data[0] == '\0') problem(load, "data", "data is empty; a folder is wanted");
}

/* A database that can't be reached is no fault of the configuration; an address of no kind is. */
static void check_store(struct an_config_load *load)
{
    const char *url = load->config->store.url;
    if (url[0] != '\0' && strncmp(url, "postgresql://", 13) != 0 && strncmp(url, "postgres://", 11) != 0)
        problem(load, "store.url", "store.url has to be empty or to begin with postgresql://");
    if (load->config->store.key_file[0] == '\0') return;
    char resolved[AN_CONFIG_PATH_MAX];
    an_config_resolve_path(load, load->config->store.key_file, resolved);
    memcpy(load->config->store.key_file, resolved, sizeof resolved);
}

static void check_console(struct an_config_load *load)
{
    struct an_console_config *console = &load->config->console;
    char resolved[AN_CONFIG_PATH_MAX];
    size_t len = strlen(console->url);
    bool https = strncmp(console->url, "https://", 8) == 0;
    if (len > 0 && !https && strncmp(console->url, "http://", 7) != 0)
        problem(load, "console.url", "console.url has to begin with https:// or http://");
    if (len > 0 && console->url[len - 1] == '/') console->url[len - 1] = '\0';
    if (https && !console->https)
        warning(load, "console.url", "console.url is HTTPS; console.https would keep cookies to it");
    if (console->dir[0] == '\0' || strcmp(console->dir, "none") == 0) return;
    an_config_resolve_path(load, console->dir, resolved);
    memcpy(console->dir, resolved, sizeof resolved);
}

void an_config_check(struct an_config_load *load)
{
    struct an_config *config = load->config;
    check_store(load);
    check_console(load);
    check_http(load);
    check_tls(load);
    read_secret(load, "api.token_file", config->api.token_file, config->api.token);
    read_secret(load, "texts.secret_file", config->texts.secret_file, config->texts.secret);
    check_people(load);
    check_numbering(load);
    check_act(load);
    check_costs(load);
    check_model(load, "model.path", load->config->model.path);
    check_model(load, "model.shadow", load->config->model.shadow);
}
