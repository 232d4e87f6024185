/* The configuration file: what it takes, and what it says about what it does not take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "settings/config.h"
#include "settings/schema.h"

static enum an_err parse(const char *text, struct an_config *config, struct an_config_errors *errors)
{
    *errors = (struct an_config_errors) { 0 };
    return an_config_parse("a.yaml", text, strlen(text), NULL, config, errors);
}

/* text must be refused with exactly this message among its problems. */
static void refused(const char *text, const char *message)
{
    struct an_config config;
    struct an_config_errors errors;
    bool found = false;
    assert_int_equal(parse(text, &config, &errors), AN_ERR_INVALID);
    for (size_t i = 0; i < errors.count; i++) found = found || strcmp(errors.items[i].text, message) == 0;
    if (!found) {
        an_config_errors_print(&errors, stderr);
        fail_msg("not said: %s", message);
    }
    an_config_errors_done(&errors);
}

static void assert_listens(const struct an_listen *listen, const char *wanted)
{
    char text[AN_LISTEN_TEXT_MAX];
    assert_string_equal(an_listen_text(listen, text), wanted);
}

static void accepted(const char *text, struct an_config *config)
{
    struct an_config_errors errors;
    enum an_err err = parse(text, config, &errors);
    an_config_errors_print(&errors, stderr);
    assert_int_equal(err, AN_OK);
    an_config_errors_done(&errors);
}

static void defaults_are_the_models(void **state)
{
    (void)state;
    struct an_config config;
    struct an_settings plain;
    assert_int_equal(an_config_defaults(&config), AN_OK);
    assert_int_equal(an_settings_init(&plain), AN_OK);
    assert_memory_equal(plain.policy.costs, config.settings.policy.costs, sizeof plain.policy.costs);
    assert_int_equal(plain.policy.level, config.settings.policy.level);
    assert_true(config.settings.policy.label && config.settings.policy.block &&
                !config.settings.policy.screen /* no screener */);
    assert_int_equal(plain.policy.emergency_window_s, config.settings.policy.emergency_window_s);
    assert_int_equal(plain.act.block_status, config.settings.act.block_status);
    assert_string_equal(plain.act.label_language, config.settings.act.label_language);
    assert_string_equal(plain.act.server, config.settings.act.server);
    assert_int_equal(plain.country_code, config.settings.country_code);
    assert_int_equal(plain.utc_offset_s, config.settings.utc_offset_s);
    assert_int_equal(config.listen_count, 1);
    assert_listens(&config.listen[0], "udp:127.0.0.1:5060");
    assert_int_equal(an_address_port(&config.http_address), 8080);
    assert_true(config.settings.text_len > 100 && config.settings.version != 0);
    an_settings_done(&plain);
    an_config_done(&config);
}

static void every_row_is_sane(void **state)
{
    (void)state;
    for (size_t i = 0; i < an_settings_schema_count; i++) {
        const struct an_setting *row = &an_settings_schema[i];
        assert_true(row->minimum <= row->maximum);
        assert_true(row->en[0] != '\0' && row->zh[0] != '\0');
        assert_ptr_equal(an_setting_find(row->path), row); /* no path twice */
    }
}

static void a_full_file_is_taken(void **state)
{
    (void)state;
    struct an_config config;
    accepted(
        "listen: [\"udp:[::1]:5070\", tcp:10.0.0.1, \"hep:0.0.0.0:9060\"]\n"
        "http: none\nworkers: 3\npin: no\ndata: /srv/anning\n"
        "log: {level: debug}\n"
        "journal:\n  sync_ms: 20\n  retain_days: 0\n"
        "policy:\n  level: strict\n  block: off\n  explore_share: 0.0005\n"
        "  costs:\n    loose: {missed_wanted: 4999.5}\n"
        "act: {block_status: 603, screener: \"sip:screen@10.0.0.5\", label_language: en}\n"
        "numbering: {area_code: \"755\", utc_offset: \"-03:30\"}\n"
        "trunks:\n"
        "  - name: north\n    addresses: [10.1.0.0/16, \"10.2.3.4:5062\", \"2001:db8::/32\", \"[2001:db8::9]:5060\"]\n"
        "  - {name: 省网, addresses: 192.0.2.1, may_show_public: true, proxy: yes, subscribers: yes}\n"
        "lists:\n  allow: [+8613800138000, \"86 10-1234 5678\"]\n  deny: [+8695*, \"861700*\"]\n  allow_files:\n"
        "replay:\n  layouts:\n    ours: {from: A号码, to: B号码, start: 时间}\n",
        &config);
    assert_int_equal(config.listen_count, 3);
    assert_listens(&config.listen[0], "udp:[::1]:5070");
    assert_listens(&config.listen[1], "tcp:10.0.0.1:5060");
    assert_int_equal(config.listen[2].transport, AN_TRANSPORT_HEP);
    assert_string_equal(config.http, "");
    assert_false(config.pin);
    assert_int_equal(config.workers, 3);
    assert_int_equal(an_config_workers(&config), 3);
    assert_int_equal(config.log_level, AN_LOG_DEBUG);
    assert_int_equal(config.journal.retain_days, 0);
    assert_int_equal(config.settings.policy.level, AN_LEVEL_STRICT);
    assert_false(config.settings.policy.block);
    assert_true(config.settings.policy.explore_share == 0.0005);
    assert_true(config.settings.policy.costs[AN_LEVEL_LOOSE].missed_wanted == 4999.5f);
    assert_int_equal(config.settings.act.block_status, 603);
    assert_int_equal(config.settings.utc_offset_s, -12600);
    assert_int_equal(config.settings.trunk_count, 5);
    assert_int_equal(config.settings.trunks[0].prefix_bits, 112);
    assert_int_equal(config.settings.trunks[1].port, 5062);
    assert_int_equal(config.settings.trunks[2].prefix_bits, 32);
    assert_true(config.settings.trunks[4].may_show_public);
    assert_true(config.settings.trunks[4].proxy && !config.settings.trunks[0].proxy);
    assert_true(config.settings.trunks[4].subscribers && !config.settings.trunks[0].subscribers);
    assert_true(an_number_set_has(&config.settings.allow, 8613800138000));
    assert_true(an_number_set_has(&config.settings.allow, 861012345678));
    assert_true(an_number_set_has(&config.settings.deny, 8695588));
    assert_true(an_number_set_has(&config.settings.deny, 8617001234567));
    assert_false(an_number_set_has(&config.settings.deny, 8613800138000));
    assert_int_equal(config.layout_count, 1);
    assert_string_equal(config.layouts[0].pairs[1].value, "B号码");
    an_config_done(&config);
}

static void problems_name_line_and_remedy(void **state)
{
    (void)state;
    refused("\n\nworkers: 900\n", "a.yaml:3: workers is 900; 0 to 256 are possible");
    refused("workers: four\n", "a.yaml:1: workers is four; whole numbers from 0 to 256 are possible");
    refused("workers: -1\n", "a.yaml:1: workers is -1; whole numbers from 0 to 256 are possible");
    refused("workers: 99999999999999999999999\n",
            "a.yaml:1: workers is 99999999999999999999999; 0 to 256 are possible");
    refused("pin: maybe\n", "a.yaml:1: pin is maybe; true or false is possible");
    refused("jurnal:\n  sync_ms: 3\n", "a.yaml:1: jurnal is no setting; the nearest is journal");
    refused("journal:\n  sync: 3\n", "a.yaml:2: journal.sync is no setting; the nearest is journal.sync_ms");
    refused("sync_ms: 3\n", "a.yaml:1: sync_ms is no setting; the nearest is journal.sync_ms");
    refused("tls: {qqqqqqqqqqqq: 1}\n",
            "a.yaml:1: tls.qqqqqqqqqqqq is no setting; possible in tls: certificate, key, client_ca");
    refused("pin: true\npin: false\n", "a.yaml:2: pin is there twice; first on line 1");
    refused("log: {}\nlog: {level: info}\n", "a.yaml:2: log is there twice; bring the two sections together");
    refused("journal: 5\n", "a.yaml:1: journal is a text; lines KEY: VALUE are wanted");
    refused("workers: [1]\n", "a.yaml:1: workers is a list; 0 to 256 is wanted");
    refused("workers:\n", "a.yaml:1: workers has no value; 0 to 256 is wanted");
    refused("- a\n", "a.yaml:1: the file is a list; lines KEY: VALUE are wanted");
    refused("policy: {explore_share: 0.02}\n", "a.yaml:1: policy.explore_share is 0.02; 0 to 0.01 are possible");
    refused("policy: {explore_share: nan}\n", "a.yaml:1: policy.explore_share is nan; 0 to 0.01 are possible");
    refused("policy: {level: mild}\n", "a.yaml:1: policy.level is mild; loose, standard or strict is possible");
    refused("act: {block_status: 500}\n", "a.yaml:1: act.block_status is 500; 603, 607 or 608 is possible");
    refused("numbering: {area_code: \"0755\"}\n",
            "a.yaml:1: numbering.area_code is 0755; digits without the leading 0 are wanted, such as \"10\"");
    refused("log:\n\tlevel: info\n\t\n# x\n\tpin: 1\n", "a.yaml:5: a tab is used for indentation; YAML wants spaces");
    refused("a: b: c\n", "a.yaml:1: not YAML: mapping values are not allowed in this context");
    refused("pin: true\n---\npin: true\n", "a.yaml:3: a second document begins after ---; one is wanted");
    refused("data: \"/a\\0b\"\n", "a.yaml:1: data holds a NUL byte");
    refused("data: \xff\xfe\n", "a.yaml:1: not text in UTF-8: invalid leading UTF-8 octet");
}

static void warned(const char *yaml, const char *says)
{
    struct an_config config;
    struct an_config_errors errors = { 0 };
    assert_int_equal(an_config_parse("a.yaml", yaml, strlen(yaml), NULL, &config, &errors), AN_OK);
    assert_int_equal(errors.warning_count, says == NULL ? 0 : 1);
    if (says != NULL) assert_string_equal(errors.items[0].text, says);
    an_config_done(&config);
    an_config_errors_done(&errors);
}

static void doubts_are_told(void **state)
{
    (void)state;
    warned("policy: {costs: {loose: {wrong_label: 0.14}}}\n",
           "a.yaml:1: policy.costs.loose: calls with a probability of 0.2 are labelled or screened; below it a learned "
           "model gives no reasons");
    warned("policy: {label: false, costs: {loose: {wrong_label: 0.14}}}\n", NULL);
    warned("policy: {costs: {loose: {wrong_label: 0.16}}}\n", NULL);
    warned("model: {path: /nowhere/x.anm}\n", "a.yaml:1: model.path: /nowhere/x.anm: No such file or directory");
    warned("model: {path: none, shadow: \"\"}\n", NULL);
}

static void addresses_are_checked(void **state)
{
    (void)state;
    refused("listen:\n  - udp:127.0.0.1:70000\n", "a.yaml:2: listen: port \"70000\"; 1 to 65535 are possible, "
                                                  "and 127.0.0.1:PORT or [::1]:PORT is the form");
    refused("listen: [\"udp:127.0.0.1:0\"]\n", "a.yaml:1: listen: port \"0\"; 1 to 65535 are possible, and "
                                               "127.0.0.1:PORT or [::1]:PORT is the form");
    refused("listen:\n  - localhost:5060\n",
            "a.yaml:2: listen: \"localhost:5060\" names no transport; udp:, tcp:, tls: "
            "or hep: before the address is wanted, as in udp:127.0.0.1:5060");
    refused("listen: [udp:127.0.0.1, udp:127.0.0.1:5060]\n", "a.yaml:1: udp:127.0.0.1:5060 is there twice");
    refused("listen: [tls:127.0.0.1]\n", "a.yaml:1: listen has a tls address; tls.key must name a PEM file");
    refused("listen: []\nhttp: none\n", "a.yaml:1: nothing to listen on; listen or http must name an address");
    refused("http: localhost:80\n", "a.yaml:1: http: localhost is no IP address (names are not looked up); "
                                    "127.0.0.1:PORT or [::1]:PORT is the form");
    refused("http: 127.0.0.1\n", "a.yaml:1: http: 127.0.0.1 has no port; 127.0.0.1:PORT or [::1]:PORT is the form");
    refused("trunks:\n - {name: a, addresses: [10.1.2.3/8]}\n",
            "a.yaml:2: trunks.addresses: 10.1.2.3/8 has bits after the first 8; the network is 10.0.0.0/8");
    refused("trunks: [{name: a, addresses: [10.0.0.0/33]}]\n",
            "a.yaml:1: trunks.addresses: 10.0.0.0/33: 0 to 32 are possible after the /");
    refused("trunks: [{addresses: 10.0.0.1}]\n", "a.yaml:1: a trunk lacks its name");
    refused(
        "trunks: [{name: a, adresses: 10.0.0.1}]\n",
        "a.yaml:1: trunks.adresses is no setting; a trunk has name, addresses, may_show_public, proxy, subscribers");
    refused("trunks: [{name: a, addresses: 10.0.0.1},\n {name: a, addresses: 10.0.0.2}]\n",
            "a.yaml:2: trunk a is there twice; list all its addresses in one entry");
}

static void numbers_are_checked(void **state)
{
    (void)state;
    refused("lists: {deny: [\n hello]}\n",
            "a.yaml:2: hello is no telephone number; 1 to 15 digits are wanted, such as +8613800138000");
    refused("lists: {deny: [\"010-1234\"]}\n",
            "a.yaml:1: 010-1234 begins with 0; country code and number are wanted, such as +861012345678");
    refused("lists: {deny: [\"95*\"]}\n",
            "a.yaml:1: 95* has no country code; write +8695* for one of this country, or +95*");
    refused("lists: {deny: [\"*\"]}\n",
            "a.yaml:1: * is no prefix; country code, digits and * are wanted, such as +8610*");
    refused("lists: {deny: [+1234567890123456]}\n", "a.yaml:1: +1234567890123456 is no telephone number; 1 to 15 "
                                                    "digits are wanted, such as +8613800138000");
    refused("lists: {deny_files: [/nonexistent/list]}\n", "a.yaml:1: /nonexistent/list: No such file or directory");
    refused("lists: {deny_files: [/dev/zero]}\n", "a.yaml:1: /dev/zero: not a regular file"); /* never ends */
    refused("lists: {allow_files: [/]}\n", "a.yaml:1: /: Is a directory");
}

static void all_problems_of_a_file_are_told(void **state)
{
    (void)state;
    struct an_config config;
    struct an_config_errors errors;
    assert_int_equal(parse("workers: 900\npin: x\nlog: {level: loud}\nnonsense: 1\n", &config, &errors),
                     AN_ERR_INVALID);
    assert_int_equal(errors.error_count, 4);
    an_config_errors_done(&errors);
    char many[4096] = "";
    for (int i = 0; i < 150; i++) strcat(many, "zzzzzzzzzzzzz: 1\n");
    assert_int_equal(parse(many, &config, &errors), AN_ERR_INVALID);
    assert_int_equal(errors.error_count, 150);
    assert_int_equal(errors.count, AN_CONFIG_PROBLEMS_MAX);
    an_config_errors_done(&errors);
}

static void limits_hold(void **state)
{
    (void)state;
    struct an_config config;
    struct an_config_errors errors = { 0 };
    char *big = malloc(AN_CONFIG_MAX + 1);
    memset(big, '#', AN_CONFIG_MAX + 1);
    assert_int_equal(an_config_parse("b", big, AN_CONFIG_MAX + 1, NULL, &config, &errors), AN_ERR_INVALID);
    assert_non_null(strstr(errors.items[0].text, "AN_CONFIG_MAX"));
    an_config_errors_done(&errors);
    memset(big, '[', AN_CONFIG_MAX);
    assert_int_equal(an_config_parse("b", big, AN_CONFIG_MAX, NULL, &config, &errors), AN_ERR_INVALID);
    assert_string_equal(errors.items[0].text, "b:1: more than 1000 brackets are open");
    an_config_errors_done(&errors);
    free(big);
    refused("policy: &p {costs: *p}\n",
            "a.yaml:1: policy.costs.costs is no setting; the nearest is policy.costs.loose");
}

static char *printed(const struct an_config *config, bool comments, size_t *ret_len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, ret_len);
    an_config_print(config, out, comments);
    fclose(out);
    return text;
}

static void what_is_printed_loads_to_the_same(void **state)
{
    (void)state;
    struct an_config config, again;
    struct an_config_errors errors = { 0 };
    accepted("listen: [\"udp:127.0.0.1\", \"hep:127.0.0.1\"]\nhttp: none\n"
             "policy: {explore_share: 0.00001, costs: {strict: {wrong_label: 0.1}}}\n"
             "trunks: [{name: b, addresses: [10.0.0.1, \"[::2]:5\", 0.0.0.0/0, \"::/0\"], may_show_public: yes, proxy: "
             "true}]\n"
             "lists: {deny: [+8695*, +8613800138000]}\n"
             "canaries: {numbers: [+8613800000001, +8613800000002 A \\\"shop\\\"], weight: 7.5}\n"
             "registered: [{name: \"某 \\\"firm\\\"\", numbers: [+8695588, +8610*], trunks: [a, b]}]\n"
             "act: {redress_url: \"https://a.cn/?t=\", server: \"安宁 1\"}\n"
             "replay: {layouts: {\"a \\\" b\": {from: \"x\\\\y\"}}}\n",
             &config);
    for (int comments = 0; comments < 2; comments++) {
        size_t len, len_again;
        char *text = printed(&config, comments == 1, &len);
        assert_int_equal(an_config_parse("a", text, len, NULL, &again, &errors), AN_OK);
        char *text_again = printed(&again, comments == 1, &len_again);
        assert_string_equal(text, text_again);
        assert_string_equal(config.settings.text, again.settings.text);
        assert_true(config.settings.version == again.settings.version);
        free(text);
        free(text_again);
        an_config_done(&again);
    }
    an_config_errors_done(&errors);
    an_config_done(&config);
}

static void the_command_line_wins(void **state)
{
    (void)state;
    struct an_config config;
    struct an_config_errors errors = { 0 };
    struct an_config_overrides flags = { .sip_count = 2,
                                         .sip = { "udp:127.0.0.1:7000", "tcp:127.0.0.1:7000" },
                                         .http = "127.0.0.1:7001",
                                         .data = "/tmp/x",
                                         .workers = "2",
                                         .log_level = "warn" };
    struct an_config_options options = { .overrides = &flags };
    const char *text = "listen: [udp:127.0.0.1, hep:127.0.0.1]\nworkers: 9\n";
    assert_int_equal(an_config_parse("a", text, strlen(text), &options, &config, &errors), AN_OK);
    assert_int_equal(config.listen_count, 3);
    assert_listens(&config.listen[0], "hep:127.0.0.1:9060");
    assert_listens(&config.listen[1], "udp:127.0.0.1:7000");
    assert_int_equal(config.workers, 2);
    assert_int_equal(config.log_level, AN_LOG_WARN);
    assert_string_equal(config.data, "/tmp/x");
    an_config_done(&config);
    assert_int_equal(an_config_load(NULL, &options, &config, &errors), AN_OK);
    assert_int_equal(config.listen_count, 2);
    an_config_done(&config);
    flags = (struct an_config_overrides) { .hep_count = 1, .hep = { "127.0.0.1:9000" }, .workers = "many" };
    assert_int_equal(an_config_load(NULL, &options, &config, &errors), AN_ERR_INVALID);
    assert_string_equal(errors.items[0].text, "--workers: many; whole numbers from 0 to 256 are possible");
    an_config_errors_done(&errors);
}

static void a_restart_is_asked_for(void **state)
{
    (void)state;
    struct an_config before, after;
    char keys[200];
    accepted("pin: true\nlog: {level: info}\n", &before);
    accepted("pin: false\nlog: {level: warn}\nlisten: [udp:127.0.0.1:5070]\n", &after);
    assert_int_equal(an_config_restart_keys(&before, &after, keys, sizeof keys), 2);
    assert_string_equal(keys, "listen, pin");
    assert_int_equal(an_config_restart_keys(&before, &before, keys, sizeof keys), 0);
    assert_string_equal(keys, "");
    an_config_done(&before);
    an_config_done(&after);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void lists_and_levels_come_from_files(void **state)
{
    (void)state;
    char folder[] = "/tmp/anning-test-XXXXXX", config_path[64], list[64], levels[64], token[64];
    struct an_config config;
    struct an_config_errors errors = { 0 };
    assert_non_null(mkdtemp(folder));
    snprintf(config_path, sizeof config_path, "%s/a.yaml", folder);
    snprintf(list, sizeof list, "%s/deny.txt", folder);
    snprintf(levels, sizeof levels, "%s/levels.txt", folder);
    snprintf(token, sizeof token, "%s/token", folder);
    write_file(config_path, "lists: {deny_files: [deny.txt], allow: [+8613700000000]}\n"
                            "policy: {callees_file: levels.txt}\napi: {token_file: token}\n");
    write_file(list, "# ours\r\n+8617000000001\r\n\n+86170099* # a range\n+8613700000000\n");
    write_file(levels, "+8613800000002 strict\n+8613800000001\tloose\n");
    write_file(token, "0123456789abcdef\n");
    assert_int_equal(an_config_load(config_path, NULL, &config, &errors), AN_OK);
    assert_int_equal(errors.warning_count, 1); /* on both lists */
    assert_true(an_number_set_has(&config.settings.deny, 8617009912345));
    assert_int_equal(an_settings_level(&config.settings, 8613800000001), AN_LEVEL_LOOSE);
    assert_int_equal(an_settings_level(&config.settings, 8613800000002), AN_LEVEL_STRICT);
    assert_int_equal(an_settings_level(&config.settings, 8613800000003), AN_LEVEL_STANDARD);
    assert_string_equal(config.api.token, "0123456789abcdef");
    an_config_done(&config);
    an_config_errors_done(&errors);
    write_file(levels, "+8613800000002 strict\n+8613800000002 loose\nnobody strict\n+8613800000004\n");
    write_file(list, "+861\nxyz\n");
    write_file(token, "short\n");
    assert_int_equal(an_config_load(config_path, NULL, &config, &errors), AN_ERR_INVALID);
    assert_int_equal(errors.error_count, 5);
    char wanted[400];
    snprintf(wanted, sizeof wanted,
             "%s:2: xyz is no telephone number; 1 to 15 digits are wanted, such as "
             "+8613800138000",
             list);
    assert_string_equal(errors.items[0].text, wanted);
    an_config_errors_done(&errors);
    assert_int_equal(an_config_load("/nonexistent.yaml", NULL, &config, &errors), AN_ERR_IO);
    an_config_errors_done(&errors);
    unlink(config_path), unlink(list), unlink(levels), unlink(token), rmdir(folder);
}

static enum an_err fake_plan(void *context, const struct an_settings *settings, const char *text, size_t len,
                             an_number *ret_number)
{
    (void)context;
    if (len != 5 || memcmp(text, "95588", 5) != 0) return AN_ERR_INVALID;
    *ret_number = settings->country_code * 100000ull + 95588;
    return AN_OK;
}

static void canaries_and_firms(void **state)
{
    (void)state;
    struct an_config config;
    accepted("canaries: {numbers: [+8613800000001, +8613800000002 Some shop, +8613800000003 Some shop]}\n"
             "registered:\n  - {name: A, numbers: [+8695588, +8610*], trunks: [a, b]}\n"
             "  - {name: B, numbers: +861012345678, trunks: c}\n"
             "policy: {reported: block}\n",
             &config);
    const struct an_settings *s = &config.settings;
    assert_int_equal(an_number_map_find(&s->canaries, 8613800000001), AN_CANARY_NOBODY);
    assert_int_equal(an_number_map_find(&s->canaries, 8613800000002), AN_CANARY_HOLDER);
    assert_int_equal(an_number_map_find(&s->canaries, 8613800000003), AN_CANARY_HOLDER);
    assert_int_equal(an_number_map_find(&s->canaries, 8613800000004), 0);
    assert_int_equal(s->canary_holder_count, 1);
    assert_string_equal(s->canary_holders[0], "Some shop");
    assert_int_equal(s->policy.reported, AN_REPORTED_BLOCK);
    const struct an_firm *a = an_settings_firm(s, 8610999), *b = an_settings_firm(s, 861012345678);
    assert_string_equal(a->name, "A");
    assert_string_equal(b->name, "B"); /* a whole number goes before a range */
    assert_true(a->id == an_firm_id("A") && a->id != b->id);
    assert_true(an_settings_firm_on(s, a, "b") && !an_settings_firm_on(s, a, "c") && an_settings_firm_on(s, b, "c"));
    assert_null(an_settings_firm(s, 8620999));
    an_config_done(&config);
    refused("canaries:\n  numbers: [+8613800000001, +8613800000001 Shop]",
            "a.yaml:2: +8613800000001 is a canary of nobody already; a canary has one holder, or none");
    refused("canaries: {numbers: [+86138*]}", "a.yaml:1: +86138* is a range; canaries are single numbers");
    refused("canaries: {weight: 0.5}", "a.yaml:1: canaries.weight is 0.5; 1 to 60 are possible");
    refused(
        "registered:\n - {name: A, numbers: [+8695588], trunks: [a]}\n - {name: B, numbers: [+8695588], trunks: [a]}",
        "a.yaml:3: +8695588 is registered by A already; a number belongs to one firm");
    refused("registered: [{name: A, numbers: [+8695588], trunks: []}]",
            "a.yaml:1: firm A has 0 trunks; 1 to 64 (AN_FIRM_TRUNKS_MAX) are possible");
    refused("registered: [{name: A, numbers: [], trunks: [a]}]", "a.yaml:1: firm A has no numbers");
    refused("registered: [{name: A, numbers: [+8695588]}]", "a.yaml:1: a firm lacks its trunks");
    refused("registered: [{name: A, number: [+8695588]}]",
            "a.yaml:1: registered.number is no setting; a firm has name, numbers, trunks");
    refused("registered: {name: A}",
            "a.yaml:1: registered is a section; a list is wanted: - {name: NAME, numbers: [], trunks: []}");
    refused("registered: [{name: A, numbers: [+8695588], trunks: [far-too-long-a-name-for-a-trunk]}]",
            "a.yaml:1: far-too-long-a-name-for-a-trunk is no trunk's name; 1 to 23 bytes are possible");
}

static void national_numbers_pass_the_plan(void **state)
{
    (void)state;
    struct an_config config;
    struct an_config_errors errors = { 0 };
    struct an_config_options options = { .normalise = fake_plan };
    const char *text = "lists: {allow: [\"95588\", \"+33123456789\"]}\nnumbering: {country_code: 86}\n";
    assert_int_equal(an_config_parse("a", text, strlen(text), &options, &config, &errors), AN_OK);
    assert_true(an_number_set_has(&config.settings.allow, 8695588));
    assert_true(an_number_set_has(&config.settings.allow, 33123456789));
    struct an_settings *taken = an_config_take_settings(&config);
    assert_int_equal(taken->allow.count, 2);
    assert_int_equal(config.settings.allow.count, 0);
    an_settings_done(taken);
    free(taken);
    an_config_done(&config);
}

static void the_sample_is_right(void **state)
{
    (void)state;
    struct an_config config;
    struct an_config_errors errors = { 0 };
    enum an_err err = an_config_load("conf/anning.yaml", NULL, &config, &errors);
    an_config_errors_print(&errors, stderr);
    assert_int_equal(err, AN_OK);
    assert_int_equal(errors.warning_count, 0);
    an_config_done(&config);
}

static void keys_are_never_cut_in_mid_word(void **state)
{
    char keys[AN_SETTING_KEYS_MAX];
    (void)state;
    an_setting_keys("tls", keys, sizeof keys);
    assert_string_equal(keys, "certificate, key, client_ca");
    an_setting_keys("", keys, sizeof keys);
    assert_null(strstr(keys, "..."));
    assert_non_null(strstr(keys, "listen, http, data"));
    an_setting_keys("", keys, 24);
    assert_string_equal(keys, "listen, http, data ...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_never_cut_in_mid_word),
        cmocka_unit_test(defaults_are_the_models),
        cmocka_unit_test(every_row_is_sane),
        cmocka_unit_test(a_full_file_is_taken),
        cmocka_unit_test(problems_name_line_and_remedy),
        cmocka_unit_test(doubts_are_told),
        cmocka_unit_test(addresses_are_checked),
        cmocka_unit_test(numbers_are_checked),
        cmocka_unit_test(all_problems_of_a_file_are_told),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(what_is_printed_loads_to_the_same),
        cmocka_unit_test(the_command_line_wins),
        cmocka_unit_test(a_restart_is_asked_for),
        cmocka_unit_test(lists_and_levels_come_from_files),
        cmocka_unit_test(canaries_and_firms),
        cmocka_unit_test(national_numbers_pass_the_plan),
        cmocka_unit_test(the_sample_is_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
