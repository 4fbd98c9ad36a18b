#include "internal.h"

#include <string.h>

amqp_table_entry_t crmq_table_entry(const char *key, uint8_t kind) {
  amqp_table_entry_t entry;
  memset(&entry, 0, sizeof entry);
  entry.key = amqp_cstring_bytes(key);
  entry.value.kind = kind;
  return entry;
}

amqp_table_entry_t crmq_string_entry(const char *key, const char *value) {
  amqp_table_entry_t entry = crmq_table_entry(key, AMQP_FIELD_KIND_UTF8);
  entry.value.value.bytes = amqp_cstring_bytes(value);
  return entry;
}

amqp_table_entry_t crmq_number_entry(const char *key, int64_t value) {
  amqp_table_entry_t entry = crmq_table_entry(key, AMQP_FIELD_KIND_I64);
  entry.value.value.i64 = value;
  return entry;
}

amqp_table_entry_t crmq_true_entry(const char *key) {
  amqp_table_entry_t entry = crmq_table_entry(key, AMQP_FIELD_KIND_BOOLEAN);
  entry.value.value.boolean = 1;
  return entry;
}
