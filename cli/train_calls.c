/* anning train --data: from calls in journals. */
#include "cli/train.h"

int an_train_calls(const struct an_train_flags *flags)
{
    (void)flags;
    return an_cli_fail(AN_EXIT_USAGE, "not yet");
}
