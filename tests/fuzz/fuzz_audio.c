/* libFuzzer target of case/audio.h: any bytes as a recording and as a Content-Type. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "case/audio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct an_slice bytes = { data == NULL ? "" : (const char *)data, size };
    enum an_audio audio = an_audio_of_bytes(bytes);
    an_assert(audio < AN_AUDIO_COUNT && an_audio_of_type(bytes) < AN_AUDIO_COUNT);
    /* What is longer by something behind it stays what it is. */
    char *more = malloc(size + 3);
    if (more == NULL) return 0;
    if (size > 0) memcpy(more, bytes.at, size);
    memcpy(more + size, "abc", 3);
    an_assert(audio == AN_AUDIO_NONE || an_audio_of_bytes((struct an_slice) { more, size + 3 }) == audio);
    free(more);
    return 0;
}
