/* What a recording is, by its own first bytes: a header field is only what somebody said. Layer: case.
 *
 * Five containers that phones and browsers make: RIFF/WAVE; Ogg (RFC 3533) with Opus, Vorbis, Speex or FLAC; WebM
 * (Matroska's EBML head with that document type); MPEG audio layer III with or without an ID3v2 tag before it; and MP4
 * (ISO/IEC 14496-12, its ftyp box). Only heads are read: what follows may be broken, or hold pictures too; it is never
 * played or decoded here, and always handed out as a file to be saved. Cost: below a microsecond. */
#ifndef ANNING_CASE_AUDIO_H
#define ANNING_CASE_AUDIO_H

#include "base/slice.h"

/* The store keeps these: never renumber. */
enum an_audio { AN_AUDIO_NONE, AN_AUDIO_WAV, AN_AUDIO_OGG, AN_AUDIO_WEBM, AN_AUDIO_MPEG, AN_AUDIO_MP4, AN_AUDIO_COUNT };

enum an_audio an_audio_of_bytes(struct an_slice bytes);
/* Of a Content-Type, its parameters passed by; with the usual other names (audio/x-wav, audio/mp3, audio/x-m4a). */
enum an_audio an_audio_of_type(struct an_slice content_type);
/* "audio/wav"; "application/octet-stream" for NONE and what is out of range. */
const char *an_audio_type(enum an_audio audio);
/* "wav": how a file of it is named. */
const char *an_audio_ending(enum an_audio audio);

#endif
