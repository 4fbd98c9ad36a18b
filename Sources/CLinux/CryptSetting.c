#define _GNU_SOURCE
#include "CLinux.h"

#include <crypt.h>
#include <errno.h>

int apus_crypt_setting(const char *prefix, unsigned long cost, char *out, size_t size) {
    return crypt_gensalt_rn(prefix, cost, NULL, 0, out, (int)size) ? 0 : errno;
}
