#include "observe/state.h"
enum an_err an_state_save(const struct an_state *state, int fd, struct an_error *error)
{
    (void)state;
    (void)fd;
    return an_fail(error, AN_ERR_UNSUPPORTED, "not yet");
}
enum an_err an_state_load(struct an_state *state, int fd, struct an_error *error)
{
    (void)state;
    (void)fd;
    return an_fail(error, AN_ERR_UNSUPPORTED, "not yet");
}
