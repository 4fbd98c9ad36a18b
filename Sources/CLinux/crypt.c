#include "apus_crypt.h"
#include <crypt.h>
#include <stdlib.h>
#include <string.h>

int apus_crypt(const char *phrase, const char *setting, char *out, size_t out_size) {
    struct crypt_data *data = calloc(1, sizeof *data);
    if (data == NULL) return -1;
    int status = -1;
    const char *hash = crypt_r(phrase, setting, data);
    // libcrypt answers "*0" or "*1" for what it cannot do.
    if (hash != NULL && hash[0] != '*' && strlen(hash) < out_size) {
        strcpy(out, hash);
        status = 0;
    }
    explicit_bzero(data, sizeof *data);
    free(data);
    return status;
}
