// A flat API over zlib: one handle per compressed stream.
//
// A handle may be used by one thread at a time. Memory is bounded: a handle keeps the 32 KiB that a stream may refer
// back to, and a step writes no more than its caller has room for.
#ifndef APUS_CZLIB_H
#define APUS_CZLIB_H

#include <stddef.h>
#include <stdint.h>

typedef struct apus_inflate apus_inflate;

// gzip: 1 for a gzip member, with its header and checksum, 0 for bare deflate data. NULL without memory.
apus_inflate *apus_inflate_new(int gzip);
void apus_inflate_free(apus_inflate *stream);

// Makes the handle ready for another stream of the same kind. 0, or -1 when it cannot.
int apus_inflate_reset(apus_inflate *stream);

// Decompresses some of `in`. In: what is given and what there is room for; out: what was taken and what was written.
// 0 to go on, 1 at the stream's end, -1 for data that are not valid.
int apus_inflate_step(apus_inflate *stream, const uint8_t *in, size_t *in_length, uint8_t *out, size_t *out_length);

// The CRC-32 of zip archives, of one piece after another; the first starts from 0.
uint32_t apus_crc32(uint32_t crc, const uint8_t *bytes, size_t length);

#endif
