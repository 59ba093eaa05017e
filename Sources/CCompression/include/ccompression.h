// Streaming gzip, zlib and zstd behind one small interface, and zstd of whole blocks.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct sluice_stream sluice_stream;

typedef enum { SLUICE_GZIP = 0, SLUICE_ZSTD = 1, SLUICE_ZLIB = 2 } sluice_codec;

typedef enum {
    SLUICE_STREAM_OK = 0,
    // A member (gzip) or frame (zstd) ended; another may follow.
    SLUICE_STREAM_END = 1,
    SLUICE_STREAM_CORRUPT = 2,
    SLUICE_STREAM_NO_MEMORY = 3,
} sluice_stream_status;

// NULL where there is no memory.
sluice_stream *sluice_decoder_new(sluice_codec codec);
sluice_stream *sluice_encoder_new(sluice_codec codec, int level);
void sluice_stream_free(sluice_stream *stream);

// Moves as much as possible; `in_used` and `out_used` tell how much that was.
sluice_stream_status sluice_decode(sluice_stream *stream, const void *in, size_t in_count, size_t *in_used,
                                   void *out, size_t out_count, size_t *out_used);
// `finish`: no more input; call again until SLUICE_STREAM_END.
sluice_stream_status sluice_encode(sluice_stream *stream, const void *in, size_t in_count, size_t *in_used,
                                   void *out, size_t out_count, size_t *out_used, int finish);

// The room that `count` bytes need at most as one stream of gzip or zlib.
size_t sluice_zlib_bound(size_t count);

// One block. The room needed, and the bytes written or 0 on failure.
size_t sluice_zstd_bound(size_t count);
size_t sluice_zstd_compress(void *out, size_t out_count, const void *in, size_t in_count, int level);
size_t sluice_zstd_decompress(void *out, size_t out_count, const void *in, size_t in_count);
