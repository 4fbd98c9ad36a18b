#ifndef APUS_CRYPT_H
#define APUS_CRYPT_H
#include <stddef.h>

/// Hashes `phrase` by libcrypt's `setting` (a whole hash does as one) into `out`.
///
/// Re-entrant: the 32 KiB work area is allocated for the call and wiped after it.
/// Returns 0, or -1 for a setting that libcrypt does not know or an `out` that is too small.
int apus_crypt(const char *phrase, const char *setting, char *out, size_t out_size);

#endif
