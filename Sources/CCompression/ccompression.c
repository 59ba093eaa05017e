#include "include/ccompression.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

struct sluice_stream {
    sluice_codec codec;
    int encodes;
    // gzip: a member ended and the next byte starts another.
    int between_members;
    z_stream zlib;
    ZSTD_DStream *decoder;
    ZSTD_CStream *encoder;
};

static sluice_stream *stream_new(sluice_codec codec, int encodes) {
    sluice_stream *stream = calloc(1, sizeof(sluice_stream));
    if (stream) {
        stream->codec = codec;
        stream->encodes = encodes;
    }
    return stream;
}

// With gzip's header, or with zlib's.
static int window(sluice_codec codec) { return codec == SLUICE_GZIP ? 15 + 16 : 15; }

sluice_stream *sluice_decoder_new(sluice_codec codec) {
    sluice_stream *stream = stream_new(codec, 0);
    if (!stream) return NULL;
    int failed;
    if (codec != SLUICE_ZSTD) {
        failed = inflateInit2(&stream->zlib, window(codec)) != Z_OK;
    } else {
        stream->decoder = ZSTD_createDStream();
        failed = stream->decoder == NULL;
    }
    if (failed) {
        free(stream);
        return NULL;
    }
    return stream;
}

sluice_stream *sluice_encoder_new(sluice_codec codec, int level) {
    sluice_stream *stream = stream_new(codec, 1);
    if (!stream) return NULL;
    int failed;
    if (codec != SLUICE_ZSTD) {
        failed = deflateInit2(&stream->zlib, level, Z_DEFLATED, window(codec), 8, Z_DEFAULT_STRATEGY) != Z_OK;
    } else {
        stream->encoder = ZSTD_createCStream();
        failed = stream->encoder == NULL || ZSTD_isError(ZSTD_initCStream(stream->encoder, level));
        if (failed && stream->encoder) ZSTD_freeCStream(stream->encoder);
    }
    if (failed) {
        free(stream);
        return NULL;
    }
    return stream;
}

void sluice_stream_free(sluice_stream *stream) {
    if (!stream) return;
    if (stream->codec != SLUICE_ZSTD) {
        if (stream->encodes) {
            deflateEnd(&stream->zlib);
        } else {
            inflateEnd(&stream->zlib);
        }
    }
    if (stream->decoder) ZSTD_freeDStream(stream->decoder);
    if (stream->encoder) ZSTD_freeCStream(stream->encoder);
    free(stream);
}

// zlib counts in 32 bits.
static uInt clamp(size_t count) { return count > (1u << 30) ? (1u << 30) : (uInt)count; }

sluice_stream_status sluice_decode(sluice_stream *stream, const void *in, size_t in_count, size_t *in_used,
                                   void *out, size_t out_count, size_t *out_used) {
    *in_used = 0;
    *out_used = 0;
    if (stream->codec == SLUICE_ZSTD) {
        ZSTD_inBuffer from = {in, in_count, 0};
        ZSTD_outBuffer to = {out, out_count, 0};
        size_t result = ZSTD_decompressStream(stream->decoder, &to, &from);
        *in_used = from.pos;
        *out_used = to.pos;
        if (ZSTD_isError(result)) return SLUICE_STREAM_CORRUPT;
        return result == 0 ? SLUICE_STREAM_END : SLUICE_STREAM_OK;
    }
    if (stream->between_members) {
        if (in_count == 0) return SLUICE_STREAM_END;
        if (inflateReset(&stream->zlib) != Z_OK) return SLUICE_STREAM_CORRUPT;
        stream->between_members = 0;
    }
    stream->zlib.next_in = (Bytef *)in;
    stream->zlib.avail_in = clamp(in_count);
    stream->zlib.next_out = out;
    stream->zlib.avail_out = clamp(out_count);
    int result = inflate(&stream->zlib, Z_NO_FLUSH);
    *in_used = clamp(in_count) - stream->zlib.avail_in;
    *out_used = clamp(out_count) - stream->zlib.avail_out;
    switch (result) {
    case Z_STREAM_END:
        stream->between_members = 1;
        return SLUICE_STREAM_END;
    case Z_OK:
    case Z_BUF_ERROR:
        return SLUICE_STREAM_OK;
    case Z_MEM_ERROR:
        return SLUICE_STREAM_NO_MEMORY;
    default:
        return SLUICE_STREAM_CORRUPT;
    }
}

sluice_stream_status sluice_encode(sluice_stream *stream, const void *in, size_t in_count, size_t *in_used,
                                   void *out, size_t out_count, size_t *out_used, int finish) {
    *in_used = 0;
    *out_used = 0;
    if (stream->codec == SLUICE_ZSTD) {
        ZSTD_inBuffer from = {in, in_count, 0};
        ZSTD_outBuffer to = {out, out_count, 0};
        size_t result =
            ZSTD_compressStream2(stream->encoder, &to, &from, finish ? ZSTD_e_end : ZSTD_e_continue);
        *in_used = from.pos;
        *out_used = to.pos;
        if (ZSTD_isError(result)) return SLUICE_STREAM_NO_MEMORY;
        return finish && result == 0 ? SLUICE_STREAM_END : SLUICE_STREAM_OK;
    }
    stream->zlib.next_in = (Bytef *)in;
    stream->zlib.avail_in = clamp(in_count);
    stream->zlib.next_out = out;
    stream->zlib.avail_out = clamp(out_count);
    int result = deflate(&stream->zlib, finish ? Z_FINISH : Z_NO_FLUSH);
    *in_used = clamp(in_count) - stream->zlib.avail_in;
    *out_used = clamp(out_count) - stream->zlib.avail_out;
    if (result == Z_STREAM_END) return SLUICE_STREAM_END;
    return result == Z_OK || result == Z_BUF_ERROR ? SLUICE_STREAM_OK : SLUICE_STREAM_NO_MEMORY;
}

// gzip's header and end are 12 bytes longer than zlib's.
size_t sluice_zlib_bound(size_t count) { return compressBound(count) + 32; }

size_t sluice_zstd_bound(size_t count) { return ZSTD_compressBound(count); }

size_t sluice_zstd_compress(void *out, size_t out_count, const void *in, size_t in_count, int level) {
    size_t result = ZSTD_compress(out, out_count, in, in_count, level);
    return ZSTD_isError(result) ? 0 : result;
}

size_t sluice_zstd_decompress(void *out, size_t out_count, const void *in, size_t in_count) {
    size_t result = ZSTD_decompress(out, out_count, in, in_count);
    return ZSTD_isError(result) ? 0 : result;
}
