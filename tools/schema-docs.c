/* Writes the pages that the settings' table makes: `schema-docs man` is docs/man/anning.conf.5 (mdoc), `schema-docs
 * markdown` is docs/configuration.md. tools/docs-current compares them with what is committed. */
#include <stdio.h>
#include <string.h>

#include "settings/schema.h"

static const char *parent_of(const char *path, char *out, size_t size)
{
    const char *dot = strrchr(path, '.');
    size_t len = dot == NULL ? 0 : (size_t)(dot - path);
    snprintf(out, size, "%.*s", (int)len, path);
    return out;
}

static const struct an_setting_section *section_of(const char *path)
{
    for (size_t i = 0; i < an_settings_section_count; i++)
        if (strcmp(an_settings_sections[i].path, path) == 0) return &an_settings_sections[i];
    return NULL;
}

/* Lists of entries, each a section of its own. */
static bool stands_alone(const char *path)
{
    return strcmp(path, "trunks") == 0 || strcmp(path, "registered") == 0;
}

/* The section of row i when it differs from that of the row before; NULL otherwise. */
static const struct an_setting_section *new_section(size_t i)
{
    char parent[96], before[96];
    const char *path = an_settings_schema[i].path;
    if (stands_alone(path)) return section_of(path);
    parent_of(path, parent, sizeof parent);
    if (i > 0 && !stands_alone(an_settings_schema[i - 1].path) &&
        strcmp(parent_of(an_settings_schema[i - 1].path, before, sizeof before), parent) == 0)
        return NULL;
    return section_of(parent);
}

/* mdoc text of at most 78 columns a line, with a full stop at its end: backslashes doubled, a dot or quote at the
 * start of a line protected, a new line for a new sentence. */
static void roff(const char *text)
{
    size_t column = 0;
    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        if (column > 0 && column + 1 + len > 76) column = 0, putchar('\n');
        if (column > 0) column++, putchar(' ');
        if (column == 0 && (text[0] == '.' || text[0] == '\'')) fputs("\\&", stdout);
        for (size_t i = 0; i < len; i++)
            fputs(text[i] == '\\' ? "\\e" : text[i] == '-' ? "\\-" : (char[]) { text[i], 0 }, stdout);
        column += len;
        if (text[len] == ' ' && text[len - 1] == '.') column = 0, putchar('\n');
        text += len;
        while (*text == ' ') text++;
    }
    puts(".");
}

static void man_row(const struct an_setting *row)
{
    char domain[200], line[320];
    an_setting_domain(row, domain, sizeof domain);
    printf(".It Cm %s\n", row->path);
    roff(row->en);
    snprintf(line, sizeof line, "Possible: %s%s%s", domain, row->unit[0] == '\0' ? "" : " ", row->unit);
    puts(".br");
    roff(line);
    snprintf(line, sizeof line, "Default: %s", strcmp(row->def, "\"\"") == 0 ? "empty" : row->def);
    puts(".br");
    roff(line);
    if (!row->reload) puts(".br\nTakes effect at a restart.");
    if (row->type != AN_SETTING_TRUNKS) return;
    puts("Each entry has:\n.Bl -tag -width Ds");
    for (size_t i = 0; i < an_settings_trunk_key_count; i++) {
        const struct an_trunk_key *key = &an_settings_trunk_keys[i];
        printf(".It Cm %s\n", key->key);
        roff(key->en);
        printf(".br\nPossible: %s.\n", key->form);
        if (key->def[0] != '\0') printf(".br\nDefault: %s.\n", key->def);
    }
    puts(".El");
}

static const char man_head[] =
    ".\\\" Made by tools/schema-docs from src/settings/schema.def; change that instead.\n"
    ".Dd November 22, 2026\n.Dt ANNING.CONF 5\n.Os\n.Sh NAME\n.Nm anning.conf\n"
    ".Nd configuration of the anningd call screening daemon\n.Sh DESCRIPTION\n"
    "The configuration of\n.Xr anningd 8\nis a YAML file, usually\n.Pa /etc/anning/anning.yaml .\n"
    "Every setting has a default; an empty file is a valid one.\n"
    "Keys that are not known, keys that come twice and values out of range are\n"
    "errors, told with file and line; none of the file takes effect then.\n"
    ".Dq Nm anning Cm config check\nlists all problems of a file,\n.Dq Nm anning Cm config defaults\n"
    "prints every setting with its meaning.\n.Pp\n"
    "A setting is written below as its path:\n.Cm journal.sync_ms\nis the key\n.Cm sync_ms\nin the section\n"
    ".Cm journal .\nTo put a changed file into force send\n.Dv SIGHUP\nto\n.Xr anningd 8 ;\n"
    "settings marked so take effect at a restart.\nFlags of\n.Xr anningd 8\nwin over the file.\n"
    "Paths that do not begin with a slash start at the folder of the file.\n"
    ".Sh SETTINGS\n";
static const char man_tail[] =
    ".Sh LISTS\n"
    "A file named in\n.Cm lists.allow_files\nor\n.Cm lists.deny_files\nholds one entry on each line; blank lines are\n"
    "left out and # begins a comment.\nAn entry is a number or a prefix:\n"
    ".Bd -literal -offset indent\n+8613800138000     a number in E.164\n95588              a national number, read by "
    "numbering.*\n+8610*             every number that begins with 8610\n.Ed\n.Pp\n"
    "A line of a file in\n.Cm canaries.files\nis a number, and behind it the name of its holder if it has one.\n"
    "A line of\n.Cm policy.callees_file\nis a number and one of loose, standard and strict.\n"
    ".Sh FILES\n.Bl -tag -width Ds\n.It Pa /etc/anning/anning.yaml\nthe configuration of the packaged service\n"
    ".It Pa /var/lib/anning\njournal and snapshots\n.El\n"
    ".Sh EXAMPLES\n.Bd -literal -offset indent\n"
    "listen: [\"udp:10.0.0.5:5060\", \"hep:10.0.0.5:9060\"]\nhttp: \"127.0.0.1:8080\"\npolicy:\n  level: standard\n"
    "act:\n  redress_url: \"https://example.cn/redress/\"\ntrunks:\n  - name: mobile-gw\n"
    "    addresses: [10.1.0.0/16]\n    may_show_public: true\nregistered:\n  - name: Some Bank\n    numbers: [\"95500\"]\n    trunks: [bank-gw]\nlists:\n  allow: [\"95588\"]\n"
    "  deny_files: [deny.txt]\n.Ed\n"
    ".Sh SEE ALSO\n.Xr anning 1 ,\n.Xr anningd 8\n";

static void write_man(void)
{
    fputs(man_head, stdout);
    bool open = false;
    for (size_t i = 0; i < an_settings_schema_count; i++) {
        const struct an_setting_section *section = new_section(i);
        if (section != NULL) {
            if (open) puts(".El");
            printf(".Ss %s\n.Bl -tag -width Ds\n", section->en);
            open = true;
        }
        man_row(&an_settings_schema[i]);
    }
    puts(".El");
    fputs(man_tail, stdout);
}

/* A table's cell: the bar is the only character that hurts there. */
static void cell(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|') putchar('\\');
        putchar(*text);
    }
}

static void markdown_row(const struct an_setting *row)
{
    char domain[200];
    an_setting_domain(row, domain, sizeof domain);
    printf("| `%s` | `", row->path);
    cell(row->def);
    fputs("` | ", stdout);
    cell(domain);
    printf("%s%s | %s | ", row->unit[0] == '\0' ? "" : " ", row->unit, row->reload ? "reload" : "restart");
    cell(row->en);
    fputs("<br>", stdout);
    cell(row->zh);
    puts(" |");
    if (row->type != AN_SETTING_TRUNKS) return;
    for (size_t i = 0; i < an_settings_trunk_key_count; i++) {
        const struct an_trunk_key *key = &an_settings_trunk_keys[i];
        printf("| `trunks[].%s` | `%s` | %s | reload | %s<br>%s |\n", key->key, key->def, key->form, key->en, key->zh);
    }
}

static void write_markdown(void)
{
    puts("# Configuration\n\n"
         "<!-- Made by tools/schema-docs from src/settings/schema.def; change that instead. -->\n\n"
         "One YAML file, usually `/etc/anning/anning.yaml`; every setting has a default, and an empty file is a valid "
         "one.\nThe same as a man page: `man anning.conf`.\n\n"
         "```sh\nanning config defaults > anning.yaml   # every setting with its meaning\n"
         "anning config check anning.yaml        # all problems, each with its line\n"
         "anning config show anning.yaml         # what is in force, defaults filled in\n"
         "kill -HUP $(pidof anningd)             # put a changed file into force without losing a call\n```\n\n"
         "A wrong file is refused whole, and a running daemon keeps what it had. \"restart\" below: takes effect at a\n"
         "restart; a reload says so in the log. Paths that do not begin with a slash start at the folder of the file.");
    for (size_t i = 0; i < an_settings_schema_count; i++) {
        const struct an_setting_section *section = new_section(i);
        if (section != NULL)
            printf("\n## %s\n\n%s\n\n| setting | default | possible | takes effect at | meaning |\n"
                   "|---|---|---|---|---|\n",
                   section->en, section->zh);
        markdown_row(&an_settings_schema[i]);
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "man") == 0)
        write_man();
    else if (argc == 2 && strcmp(argv[1], "markdown") == 0)
        write_markdown();
    else {
        fputs("usage: schema-docs man|markdown\n", stderr);
        return 2;
    }
    return 0;
}
