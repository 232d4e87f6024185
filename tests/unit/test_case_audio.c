/* What a recording is, by its bytes: heads as programs write them are known; near misses and other files are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "case/audio.h"

#define BYTES(text)                                                                                                    \
    {                                                                                                                  \
        text, sizeof(text) - 1                                                                                         \
    }

/* Frames of 128 kbit/s at 44100 Hz, 417 bytes each. */
static char two_frames[2 * 417] = "\xff\xfb\x90\x64";

static struct an_slice frames(void)
{
    memcpy(two_frames + 417, "\xff\xfb\x90\x64", 4);
    return (struct an_slice) { two_frames, sizeof two_frames };
}

#define FMT "fmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0"
#define OGG "OggS\0\2\0\0\0\0\0\0\0\0abcd\0\0\0\0crc!\1\x13"
#define EBML_HEAD(type, n) "\x1a\x45\xdf\xa3" n "\x42\x86\x81\1\x42\xf7\x81\1\x42\x82" type "\x42\x87\x81\4"

static void heads_are_known(void **state)
{
    (void)state;
    static const struct {
        struct an_slice bytes;
        enum an_audio audio;
    } cases[] = {
        { BYTES("RIFF\x24\0\0\0WAVE" FMT "data\0\0\0\0"), AN_AUDIO_WAV },
        { BYTES("RIFF\x24\0\0\0WAVELIST\4\0\0\0INFO" FMT "data\xff\xff\xff\xff"), AN_AUDIO_WAV },
        { BYTES("RIFF\x24\0\0\0WAVE" FMT), AN_AUDIO_NONE },             /* no data */
        { BYTES("RIFF\x24\0\0\0WAVEdata\0\0\0\0" FMT), AN_AUDIO_NONE }, /* nobody knows what of */
        { BYTES("RIFF\x24\0\0\0AVI LIST"), AN_AUDIO_NONE },
        { BYTES("RIFF\x24\0\0\0WAVEfmt \xff\xff\xff\xff"), AN_AUDIO_NONE },
        { BYTES(OGG "OpusHead\1\1"), AN_AUDIO_OGG },
        { BYTES(OGG "\1vorbis"), AN_AUDIO_OGG },
        { BYTES(OGG "\x80theora"), AN_AUDIO_NONE },                                         /* pictures */
        { BYTES("OggS\0\0\0\0\0\0\0\0\0\0abcd\0\0\0\0crc!\1\x13OpusHead"), AN_AUDIO_NONE }, /* from the middle */
        { BYTES("OggS\0\2\0\0\0\0\0\0\0\0abcd\0\0\0\0crc!\xff"), AN_AUDIO_NONE },
        { BYTES(EBML_HEAD("\x84webm", "\x93")), AN_AUDIO_WEBM },
        { BYTES(EBML_HEAD("\x88matroska", "\x97")), AN_AUDIO_NONE },
        { BYTES(EBML_HEAD("\xffwebm", "\x93")), AN_AUDIO_NONE },
        { BYTES("\x1a\x45\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xff\x42\x82\x84webm"), AN_AUDIO_NONE },
        { BYTES("\0\0\0\x18"
                "ftypM4A \0\0\2\0M4A mp42"),
          AN_AUDIO_MP4 },
        { BYTES("\0\0\0\x14"
                "ftypXXXX\0\0\0\0isom"),
          AN_AUDIO_MP4 },
        { BYTES("\0\0\0\x14"
                "ftypheic\0\0\0\0mif1"),
          AN_AUDIO_NONE }, /* a picture */
        { BYTES("\xff\xff\xff\xff"
                "ftypM4A \0\0\2\0"),
          AN_AUDIO_NONE },
        { BYTES("\xff\xfb\x90\x64"), AN_AUDIO_NONE }, /* a frame that is not there */
        { BYTES("ID3\4\0\0\xff\xff\xff\xff"), AN_AUDIO_NONE },
        { BYTES("ID3\4\0\0\0\0\0\0<html>"), AN_AUDIO_NONE },
        { BYTES("<!doctype html><script>alert(1)</script>"), AN_AUDIO_NONE },
        { BYTES("%PDF-1.7"), AN_AUDIO_NONE },
        { BYTES("MZ\x90"), AN_AUDIO_NONE },
        { BYTES("R"), AN_AUDIO_NONE },
        { BYTES(""), AN_AUDIO_NONE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        /* A copy of exactly its size, so that a sanitizer sees a read past the end; and each of its beginnings. */
        for (size_t len = 0; len <= cases[i].bytes.len; len++) {
            char *copy = malloc(len > 0 ? len : 1);
            memcpy(copy, cases[i].bytes.at, len);
            enum an_audio audio = an_audio_of_bytes((struct an_slice) { copy, len });
            free(copy);
            if (len == cases[i].bytes.len && audio != cases[i].audio) fail_msg("case %zu is %d", i, audio);
        }
    }
}

static void mpeg_takes_two_frames_in_a_row(void **state)
{
    (void)state;
    struct an_slice bytes = frames();
    assert_int_equal(an_audio_of_bytes(bytes), AN_AUDIO_MPEG);
    bytes.len--;
    assert_int_equal(an_audio_of_bytes(bytes), AN_AUDIO_NONE);
    bytes.len++;
    two_frames[417] = 'x';
    assert_int_equal(an_audio_of_bytes(bytes), AN_AUDIO_NONE);
    char tagged[10 + 20 + sizeof two_frames] = "ID3\4\0\0\0\0\0\x14";
    memcpy(tagged + 30, frames().at, sizeof two_frames);
    assert_int_equal(an_audio_of_bytes((struct an_slice) { tagged, sizeof tagged }), AN_AUDIO_MPEG);
    tagged[9] = 0x13; /* the tag ends a byte too early */
    assert_int_equal(an_audio_of_bytes((struct an_slice) { tagged, sizeof tagged }), AN_AUDIO_NONE);
}

static void types_have_other_names(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        enum an_audio audio;
    } cases[] = {
        { "audio/wav", AN_AUDIO_WAV },
        { "Audio/X-WAV", AN_AUDIO_WAV },
        { "audio/webm; codecs=opus", AN_AUDIO_WEBM },
        { " audio/mp3 ;q=1", AN_AUDIO_MPEG },
        { "audio/x-m4a", AN_AUDIO_MP4 },
        { "audio/ogg", AN_AUDIO_OGG },
        { "video/webm", AN_AUDIO_NONE },
        { "text/html", AN_AUDIO_NONE },
        { "audio/wav, text/html", AN_AUDIO_NONE },
        { "application/octet-stream", AN_AUDIO_NONE },
        { "", AN_AUDIO_NONE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (an_audio_of_type(an_slice_of(cases[i].type)) != cases[i].audio) fail_msg("\"%s\"", cases[i].type);
    for (int audio = AN_AUDIO_WAV; audio < AN_AUDIO_COUNT; audio++) {
        const char *type = an_audio_type((enum an_audio)audio);
        assert_int_equal(an_audio_of_type(an_slice_of(type)), audio);
        assert_int_not_equal(strlen(an_audio_ending((enum an_audio)audio)), 0);
    }
    assert_string_equal(an_audio_type((enum an_audio)99), "application/octet-stream");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_known),
        cmocka_unit_test(mpeg_takes_two_frames_in_a_row),
        cmocka_unit_test(types_have_other_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
