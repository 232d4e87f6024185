/* anningd: start, run, reload, stop. The daemon is thin: it reads the configuration, makes an engine, gives each core
 * a SIP loop and the HTTP side its threads, then waits for signals. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fd.h"
#include "base/log.h"
#include "daemon/flags.h"
#include "daemon/notify.h"
#include "daemon/service.h"
#include "engine/normalise.h"
#include "settings/config.h"

/* Blocks the signals we wait for, so that no other thread takes them. */
static void block_signals(sigset_t *ret_set)
{
    sigemptyset(ret_set);
    sigaddset(ret_set, SIGHUP);
    sigaddset(ret_set, SIGTERM);
    sigaddset(ret_set, SIGINT);
    pthread_sigmask(SIG_BLOCK, ret_set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static bool load_config(const struct an_flags *flags, struct an_config *ret_config)
{
    struct an_config_errors problems = { 0 };
    const struct an_config_options options = { .normalise = an_engine_normalise, .overrides = &flags->overrides };
    enum an_err err = an_config_load(flags->config, &options, ret_config, &problems);
    if (flags->check)
        an_config_errors_print(&problems, stderr); /* a person asks */
    else
        an_config_errors_log(&problems);
    an_config_errors_done(&problems);
    return err == AN_OK;
}

/* A configuration with a fault leaves the one in force alone. */
static void reload(struct an_service *service, const struct an_flags *flags)
{
    struct an_config config;
    an_notify_reloading();
    if (!load_config(flags, &config)) {
        an_service_reload_failed(service);
        an_log(AN_LOG_ERROR, "config.reload", "%s has faults (see above); the settings in force stay",
               flags->config == NULL ? "the command line" : flags->config);
    } else {
        an_service_reload(service, &config);
        an_config_done(&config);
    }
    an_notify("READY=1");
}

static void run(struct an_service *service, const struct an_flags *flags, const sigset_t *signals)
{
    for (;;) {
        const struct timespec second = { .tv_sec = 1 };
        int signal_number = sigtimedwait(signals, NULL, &second);
        if (signal_number == SIGHUP)
            reload(service, flags);
        else if (signal_number == SIGTERM || signal_number == SIGINT)
            return;
        an_service_second(service);
    }
}

int main(int argc, char **argv)
{
    struct an_flags flags;
    struct an_config config;
    sigset_t signals;
    if (!an_fd_hold_standard()) return EXIT_FAILURE; /* before anything is opened; nobody to tell */
    an_flags_parse(argc, argv, &flags);
    if (!load_config(&flags, &config)) return EXIT_FAILURE;
    if (flags.check) {
        puts("the configuration is good");
        an_config_done(&config);
        return EXIT_SUCCESS;
    }
    an_log_set_level(config.log_level);
    block_signals(&signals);
    struct an_service *service;
    struct an_error error;
    if (an_service_start(&config, flags.virtual_time, &service, &error) != AN_OK) {
        an_log(AN_LOG_ERROR, "start", "%s", error.text);
        an_config_done(&config);
        return EXIT_FAILURE;
    }
    an_notify("READY=1");
    run(service, &flags, &signals);
    an_notify("STOPPING=1");
    an_service_stop(service);
    an_config_done(&config);
    return EXIT_SUCCESS;
}
