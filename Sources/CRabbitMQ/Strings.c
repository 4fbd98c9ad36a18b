#include "internal.h"

#include <stdlib.h>
#include <string.h>

void crmq_drop_strings(crmq_connection *c) {
  while (c->strings && c->strings->next) {
    block *next = c->strings->next;
    free(c->strings);
    c->strings = next;
  }
  if (c->strings) c->strings->used = 0;
}

const char *crmq_keep(crmq_connection *c, amqp_bytes_t bytes) {
  const size_t length = bytes.len;
  block *b = c->strings;
  if (!b || b->size - b->used <= length) {
    size_t size = length < 4096 ? 4096 : length + 1;
    b = malloc(sizeof *b + size);
    if (!b) return "";
    b->next = c->strings;
    b->used = 0;
    b->size = size;
    c->strings = b;
  }
  char *text = b->bytes + b->used;
  if (length) memcpy(text, bytes.bytes, length);
  text[length] = 0;
  b->used += length + 1;
  return text;
}

amqp_bytes_t crmq_bytes_of(const char *text) { return amqp_cstring_bytes(text ? text : ""); }
