#include "CZlib.h"

#include <stdlib.h>
#include <zlib.h>

struct apus_inflate {
    z_stream stream;
};

apus_inflate *apus_inflate_new(int gzip) {
    apus_inflate *handle = calloc(1, sizeof *handle);
    if (!handle) return NULL;
    if (inflateInit2(&handle->stream, gzip ? MAX_WBITS + 16 : -MAX_WBITS) != Z_OK) {
        free(handle);
        return NULL;
    }
    return handle;
}

void apus_inflate_free(apus_inflate *handle) {
    inflateEnd(&handle->stream);
    free(handle);
}

int apus_inflate_reset(apus_inflate *handle) { return inflateReset(&handle->stream) == Z_OK ? 0 : -1; }

int apus_inflate_step(apus_inflate *handle, const uint8_t *in, size_t *in_length, uint8_t *out, size_t *out_length) {
    z_stream *stream = &handle->stream;
    // zlib counts in unsigned int; callers' pieces are far smaller.
    if (*in_length > UINT32_MAX || *out_length > UINT32_MAX) return -1;
    stream->next_in = (Bytef *)in;
    stream->avail_in = (uInt)*in_length;
    stream->next_out = out;
    stream->avail_out = (uInt)*out_length;
    int result = inflate(stream, Z_NO_FLUSH);
    *in_length -= stream->avail_in;
    *out_length -= stream->avail_out;
    stream->next_in = NULL;
    stream->next_out = NULL;
    // Z_BUF_ERROR: nothing to do without more input or room.
    if (result == Z_OK || result == Z_BUF_ERROR) return 0;
    return result == Z_STREAM_END ? 1 : -1;
}

uint32_t apus_crc32(uint32_t crc, const uint8_t *bytes, size_t length) {
    // zlib takes NULL, which nothing at all may be, for the wish to start anew.
    return length ? (uint32_t)crc32_z(crc, bytes, length) : crc;
}
