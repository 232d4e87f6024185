#include "case/audio.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    WAV_CHUNKS_MAX = 32, /* before "data" */
    EBML_HEAD_MAX = 256,
    MP4_BRANDS_MAX = 32,
};

static uint32_t le32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint32_t be32(const uint8_t *at)
{
    return (uint32_t)at[3] | (uint32_t)at[2] << 8 | (uint32_t)at[1] << 16 | (uint32_t)at[0] << 24;
}

/* "RIFF" size "WAVE", then chunks: a plausible "fmt " and a "data". Sizes that run past the end are as a recorder
 * leaves them that was cut off; they end the search. */
static bool is_wav(const uint8_t *at, size_t len)
{
    bool format = false;
    if (len < 12 || memcmp(at, "RIFF", 4) != 0 || memcmp(at + 8, "WAVE", 4) != 0) return false;
    size_t place = 12;
    for (int i = 0; i < WAV_CHUNKS_MAX && len - place >= 8; i++) {
        const uint8_t *chunk = at + place;
        size_t size = le32(chunk + 4), left = len - place - 8;
        if (memcmp(chunk, "data", 4) == 0) return format;
        if (memcmp(chunk, "fmt ", 4) == 0) {
            if (size < 16 || left < 16) return false;
            unsigned channels = chunk[10] | (unsigned)chunk[11] << 8;
            uint32_t rate = le32(chunk + 12);
            format = channels >= 1 && channels <= 8 && rate >= 4000 && rate <= 384000;
        }
        size += size & 1; /* chunks begin at even places */
        if (size > left) return false;
        place += 8 + size;
    }
    return false;
}

/* The first page begins a stream, and its packet says which codec. */
static bool is_ogg(const uint8_t *at, size_t len)
{
    static const struct {
        const char *magic;
        size_t len;
    } codecs[] = { { "OpusHead", 8 }, { "\001vorbis", 7 }, { "Speex   ", 8 }, { "\177FLAC", 5 } };
    enum { PAGE_HEAD = 27 };
    if (len < PAGE_HEAD || memcmp(at, "OggS", 4) != 0 || at[4] != 0 || (at[5] & 2) == 0) return false;
    size_t packet = PAGE_HEAD + (size_t)at[26];
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++)
        if (len > packet && len - packet >= codecs[i].len && memcmp(at + packet, codecs[i].magic, codecs[i].len) == 0)
            return true;
    return false;
}

/* An EBML number of 1 to 8 bytes at at[*place]; id: its length marker stays in. */
static bool ebml_number(const uint8_t *at, size_t len, size_t *place, bool id, uint64_t *ret)
{
    if (*place >= len || at[*place] == 0) return false;
    unsigned bytes = (unsigned)__builtin_clz((unsigned)at[*place]) - 24 + 1;
    if (len - *place < bytes) return false;
    uint64_t value = id ? at[*place] : at[*place] & (0xffu >> bytes);
    for (unsigned i = 1; i < bytes; i++) value = value << 8 | at[*place + i];
    *place += bytes;
    *ret = value;
    return true;
}

static bool is_webm(const uint8_t *at, size_t len)
{
    enum { EBML = 0x1a45dfa3, DOC_TYPE = 0x4282 };
    uint64_t id, size;
    size_t place = 0;
    if (!ebml_number(at, len, &place, true, &id) || id != EBML || !ebml_number(at, len, &place, false, &size))
        return false;
    if (size > EBML_HEAD_MAX || size > len - place) return false;
    size_t end = place + (size_t)size;
    while (place < end && ebml_number(at, end, &place, true, &id) && ebml_number(at, end, &place, false, &size)) {
        if (size > end - place) return false;
        if (id == DOC_TYPE) return size == 4 && memcmp(at + place, "webm", 4) == 0;
        place += (size_t)size;
    }
    return false;
}

/* Bytes of a layer III frame with this head; 0: it is none. */
static size_t mpeg_frame(const uint8_t *at, size_t len)
{
    static const uint16_t v1[] = { 0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320 };
    static const uint16_t v2[] = { 0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160 };
    static const uint32_t rates[] = { 44100, 48000, 32000 };
    if (len < 4 || at[0] != 0xff || (at[1] & 0xe0) != 0xe0) return 0;
    unsigned version = at[1] >> 3 & 3, layer = at[1] >> 1 & 3, bits = at[2] >> 4, rate = at[2] >> 2 & 3;
    if (version == 1 || layer != 1 || bits == 0 || bits == 15 || rate == 3) return 0;
    bool one = version == 3;
    uint32_t hz = rates[rate] >> (one ? 0 : version == 2 ? 1 : 2);
    uint32_t kbit = one ? v1[bits] : v2[bits];
    return (one ? 144u : 72u) * kbit * 1000 / hz + (at[2] >> 1 & 1);
}

/* Two frames in a row: eleven bits alone are found in anything. */
static bool is_mpeg(const uint8_t *at, size_t len)
{
    size_t place = 0;
    if (len >= 10 && memcmp(at, "ID3", 3) == 0) {
        if (((at[6] | at[7] | at[8] | at[9]) & 0x80) != 0) return false;
        place = 10 + ((size_t)at[6] << 21 | (size_t)at[7] << 14 | (size_t)at[8] << 7 | at[9]);
        if ((at[5] & 0x10) != 0) place += 10; /* its foot */
    }
    for (int frames = 0; frames < 2; frames++) {
        size_t size = place < len ? mpeg_frame(at + place, len - place) : 0;
        if (size < 4 || size > len - place) return false;
        place += size;
    }
    return true;
}

static bool is_brand(const uint8_t *at)
{
    static const char brands[][5] = { "M4A ", "M4B ", "mp41", "mp42", "isom", "iso2", "iso3",
                                      "iso4", "iso5", "iso6", "3gp4", "3gp5", "3gp6", "dash" };
    for (size_t i = 0; i < sizeof brands / sizeof *brands; i++)
        if (memcmp(at, brands[i], 4) == 0) return true;
    return false;
}

static bool is_mp4(const uint8_t *at, size_t len)
{
    if (len < 16 || memcmp(at + 4, "ftyp", 4) != 0) return false;
    size_t size = be32(at);
    if (size < 16 || size % 4 != 0 || size > 16 + 4 * MP4_BRANDS_MAX || size > len) return false;
    if (is_brand(at + 8)) return true;
    for (size_t place = 16; place + 4 <= size; place += 4)
        if (is_brand(at + place)) return true;
    return false;
}

enum an_audio an_audio_of_bytes(struct an_slice bytes)
{
    const uint8_t *at = (const uint8_t *)bytes.at;
    if (bytes.len == 0) return AN_AUDIO_NONE;
    if (is_wav(at, bytes.len)) return AN_AUDIO_WAV;
    if (is_ogg(at, bytes.len)) return AN_AUDIO_OGG;
    if (is_webm(at, bytes.len)) return AN_AUDIO_WEBM;
    if (is_mp4(at, bytes.len)) return AN_AUDIO_MP4;
    return is_mpeg(at, bytes.len) ? AN_AUDIO_MPEG : AN_AUDIO_NONE;
}

static const struct {
    enum an_audio audio;
    const char *type, *ending;
} names[] = {
    { AN_AUDIO_NONE, "application/octet-stream", "bin" },
    { AN_AUDIO_WAV, "audio/wav", "wav" },
    { AN_AUDIO_OGG, "audio/ogg", "ogg" },
    { AN_AUDIO_WEBM, "audio/webm", "webm" },
    { AN_AUDIO_MPEG, "audio/mpeg", "mp3" },
    { AN_AUDIO_MP4, "audio/mp4", "m4a" },
    /* other names, read only */
    { AN_AUDIO_WAV, "audio/x-wav", "" },
    { AN_AUDIO_WAV, "audio/wave", "" },
    { AN_AUDIO_WAV, "audio/vnd.wave", "" },
    { AN_AUDIO_OGG, "audio/opus", "" },
    { AN_AUDIO_OGG, "application/ogg", "" },
    { AN_AUDIO_MPEG, "audio/mp3", "" },
    { AN_AUDIO_MP4, "audio/m4a", "" },
    { AN_AUDIO_MP4, "audio/x-m4a", "" },
};

enum an_audio an_audio_of_type(struct an_slice content_type)
{
    struct an_slice media;
    an_slice_cut(&content_type, ';', &media);
    media = an_slice_trim(media);
    for (size_t i = 1; i < sizeof names / sizeof *names; i++)
        if (an_slice_equal_nocase(media, an_slice_of(names[i].type))) return names[i].audio;
    return AN_AUDIO_NONE;
}

const char *an_audio_type(enum an_audio audio)
{
    return names[(unsigned)audio < AN_AUDIO_COUNT ? audio : AN_AUDIO_NONE].type;
}

const char *an_audio_ending(enum an_audio audio)
{
    return names[(unsigned)audio < AN_AUDIO_COUNT ? audio : AN_AUDIO_NONE].ending;
}
