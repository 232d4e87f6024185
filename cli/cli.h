/* The frame of the command line: one command, `anning`, with verbs. Layer: cli.
 *
 * A verb is a file cmd_NAME.c with an_cmd_NAME() and a row in verbs.def. It parses its own flags with argp through
 * an_cli_parse(), writes answers to standard output and everything else to standard error, and returns one of the
 * exit codes below. */
#ifndef ANNING_CLI_CLI_H
#define ANNING_CLI_CLI_H

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

enum an_exit {
    AN_EXIT_OK = 0,
    AN_EXIT_NO = 1,          /* the answer is "no", or problems were found */
    AN_EXIT_USAGE = 2,       /* the command line is wrong */
    AN_EXIT_ENVIRONMENT = 3, /* a file, an address or memory is missing */
};

struct an_command {
    const char *name;
    const char *summary, *summary_zh;  /* one line in `anning --help` */
    int (*run)(int argc, char **argv); /* argv[0] is "anning NAME"; returns enum an_exit */
};

enum an_language { AN_LANGUAGE_EN, AN_LANGUAGE_ZH };

/* Language of answers: --lang before the verb, else LC_ALL, LC_MESSAGES, LANG (zh*: Chinese), else English. */
enum an_language an_cli_language(void);
/* The text of the language in force. */
const char *an_cli_say(const char *en, const char *zh);

/* A text of --help in both languages, the second behind the NUL of the first. Every doc of an option and of a struct
 * argp given to an_cli_parse is written with it. */
#define AN_HELP(en, zh) en "\0" zh

/* argp_parse with our ways: a wrong flag ends the program with AN_EXIT_USAGE, --help with AN_EXIT_OK, and the help is
 * in the language in force. */
void an_cli_parse(const struct argp *argp, int argc, char **argv, void *input);

/* The exit code of a failure with a file of somebody's, the same for every verb: AN_EXIT_NO where it was read and what
 * is in it can't be used (damaged, of another kind or version, over a limit), else AN_EXIT_ENVIRONMENT: it is not
 * there, can't be opened or read, or memory is missing. */
enum an_exit an_cli_exit_of(enum an_err err);

/* "anning: ..." on standard error, one line, inert whatever is in it; returns code, so that a verb writes `return
 * an_cli_fail(AN_EXIT_USAGE, "...")`. */
__attribute__((format(printf, 2, 3))) int an_cli_fail(enum an_exit code, const char *format, ...);

/* The same for what is no failure, without "anning: ". */
__attribute__((format(printf, 1, 2))) void an_cli_note(const char *format, ...);

/* True when dir is a data folder: it holds a journal or saved state. Else says what is wrong with it. */
bool an_cli_data_exists(const char *dir);

/* The verbs; each lives in its own file. */
int an_cmd_campaign(int argc, char **argv);
int an_cmd_case(int argc, char **argv);
int an_cmd_complaint(int argc, char **argv);
int an_cmd_config(int argc, char **argv);
int an_cmd_decide(int argc, char **argv);
int an_cmd_explain(int argc, char **argv);
int an_cmd_features(int argc, char **argv);
int an_cmd_journal(int argc, char **argv);
int an_cmd_label(int argc, char **argv);
int an_cmd_model(int argc, char **argv);
int an_cmd_number(int argc, char **argv);
int an_cmd_redress(int argc, char **argv);
int an_cmd_replay(int argc, char **argv);
int an_cmd_report(int argc, char **argv);
int an_cmd_score(int argc, char **argv);
int an_cmd_subscriber(int argc, char **argv);
int an_cmd_symbols(int argc, char **argv);
int an_cmd_train(int argc, char **argv);
int an_cmd_user(int argc, char **argv);

#endif
