#ifndef APUS_CMEMCACHED_H
#define APUS_CMEMCACHED_H

/* A flat API over libmemcached: one handle, used by one thread at a time. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct cmc_client cmc_client;

/* NULL when there is no memory. Times are in milliseconds. */
cmc_client *cmc_new(int timeout_ms);
void cmc_free(cmc_client *client);
/* 0, or -1 for a server that cannot be added. */
int cmc_add_server(cmc_client *client, const char *host, int port);
/* The value, to be freed with cmc_free_value; NULL for a miss or an error. */
uint8_t *cmc_get(cmc_client *client, const char *key, size_t key_length, size_t *length);
void cmc_free_value(uint8_t *value);
/* 0 when stored. ttl_seconds 0 keeps it as long as there is room. */
int cmc_set(cmc_client *client, const char *key, size_t key_length, const uint8_t *value, size_t length,
            time_t ttl_seconds);
/* 0 when deleted or not there. */
int cmc_delete(cmc_client *client, const char *key, size_t key_length);

#endif
