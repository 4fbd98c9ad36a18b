#include "CMemcached.h"

#include <libmemcached/memcached.h>
#include <stdlib.h>

struct cmc_client {
  memcached_st *handle;
};

cmc_client *cmc_new(int timeout_ms) {
  cmc_client *client = calloc(1, sizeof *client);
  if (!client) return NULL;
  client->handle = memcached_create(NULL);
  if (!client->handle) {
    free(client);
    return NULL;
  }
  memcached_st *h = client->handle;
  memcached_behavior_set(h, MEMCACHED_BEHAVIOR_NO_BLOCK, 1);
  memcached_behavior_set(h, MEMCACHED_BEHAVIOR_TCP_NODELAY, 1);
  memcached_behavior_set(h, MEMCACHED_BEHAVIOR_BINARY_PROTOCOL, 1);
  memcached_behavior_set(h, MEMCACHED_BEHAVIOR_KETAMA, 1);
  memcached_behavior_set(h, MEMCACHED_BEHAVIOR_CONNECT_TIMEOUT, timeout_ms);
  memcached_behavior_set(h, MEMCACHED_BEHAVIOR_POLL_TIMEOUT, timeout_ms);
  memcached_behavior_set(h, MEMCACHED_BEHAVIOR_SND_TIMEOUT, (uint64_t)timeout_ms * 1000);
  memcached_behavior_set(h, MEMCACHED_BEHAVIOR_RCV_TIMEOUT, (uint64_t)timeout_ms * 1000);
  /* A server that fails is left alone for two seconds, then tried again. */
  memcached_behavior_set(h, MEMCACHED_BEHAVIOR_RETRY_TIMEOUT, 2);
  return client;
}

void cmc_free(cmc_client *client) {
  if (!client) return;
  memcached_free(client->handle);
  free(client);
}

int cmc_add_server(cmc_client *client, const char *host, int port) {
  return memcached_success(memcached_server_add(client->handle, host, (in_port_t)port)) ? 0 : -1;
}

uint8_t *cmc_get(cmc_client *client, const char *key, size_t key_length, size_t *length) {
  uint32_t flags;
  memcached_return_t result;
  char *value = memcached_get(client->handle, key, key_length, length, &flags, &result);
  if (value && result == MEMCACHED_SUCCESS) return (uint8_t *)value;
  free(value);
  return NULL;
}

void cmc_free_value(uint8_t *value) { free(value); }

int cmc_set(cmc_client *client, const char *key, size_t key_length, const uint8_t *value, size_t length,
            time_t ttl_seconds) {
  return memcached_success(memcached_set(
             client->handle, key, key_length, (const char *)value, length, ttl_seconds, 0))
             ? 0
             : -1;
}

int cmc_delete(cmc_client *client, const char *key, size_t key_length) {
  memcached_return_t result = memcached_delete(client->handle, key, key_length, 0);
  return memcached_success(result) || result == MEMCACHED_NOTFOUND ? 0 : -1;
}
