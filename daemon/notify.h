/* Tells systemd how we are (sd_notify's protocol: one datagram to $NOTIFY_SOCKET). Layer: daemon. Does nothing when
 * the variable is not set. */
#ifndef ANNING_DAEMON_NOTIFY_H
#define ANNING_DAEMON_NOTIFY_H

/* state: "READY=1", "RELOADING=1", "STOPPING=1", "STATUS=...", several lines at once. 0, or -errno. */
int an_notify(const char *state);
/* "RELOADING=1" with the clock systemd wants beside it. */
int an_notify_reloading(void);

#endif
