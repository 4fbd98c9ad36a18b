#include "internal.h"

#include <string.h>

int crmq_declare_queue(crmq_connection *c, const crmq_queue *q, uint32_t *messages, crmq_error *error) {
  if (crmq_flush(c, 1, error)) return -1;
  amqp_table_entry_t entries[6];
  amqp_table_t arguments = {.num_entries = 0, .entries = entries};
  if (q->flags & CRMQ_QUORUM) entries[arguments.num_entries++] = crmq_string_entry("x-queue-type", "quorum");
  if (q->expires_ms) entries[arguments.num_entries++] = crmq_number_entry("x-expires", q->expires_ms);
  if (q->max_length) entries[arguments.num_entries++] = crmq_number_entry("x-max-length", q->max_length);
  if (q->delivery_limit) entries[arguments.num_entries++] = crmq_number_entry("x-delivery-limit", q->delivery_limit);
  if (q->dead_letter_queue) {
    entries[arguments.num_entries++] = crmq_string_entry("x-dead-letter-exchange", "");
    entries[arguments.num_entries++] = crmq_string_entry("x-dead-letter-routing-key", q->dead_letter_queue);
  }
  amqp_queue_declare_ok_t *ok = amqp_queue_declare(
      c->state, DECLARATIONS, crmq_bytes_of(q->name), 0, !!(q->flags & CRMQ_DURABLE), !!(q->flags & CRMQ_EXCLUSIVE),
      !!(q->flags & CRMQ_AUTO_DELETE), arguments);
  if (ok && messages) *messages = ok->message_count;
  return ok ? 0 : crmq_check(c, amqp_get_rpc_reply(c->state), DECLARATIONS, error);
}

int crmq_inspect_queue(crmq_connection *c, const char *queue, uint32_t *messages, crmq_error *error) {
  return crmq_queue_facts(c, queue, messages, NULL, error);
}

int crmq_queue_facts(crmq_connection *c, const char *queue, uint32_t *messages, uint32_t *consumers,
                     crmq_error *error) {
  if (crmq_flush(c, 1, error)) return -1;
  amqp_queue_declare_ok_t *ok =
      amqp_queue_declare(c->state, DECLARATIONS, crmq_bytes_of(queue), 1, 0, 0, 0, amqp_empty_table);
  if (ok && messages) *messages = ok->message_count;
  if (ok && consumers) *consumers = ok->consumer_count;
  return ok ? 0 : crmq_check(c, amqp_get_rpc_reply(c->state), DECLARATIONS, error);
}

void crmq_server_version(crmq_connection *c, char *text, size_t size) {
  text[0] = 0;
  amqp_table_t *properties = amqp_get_server_properties(c->state);
  for (int i = 0; properties && i < properties->num_entries; i++) {
    amqp_table_entry_t *entry = &properties->entries[i];
    if (entry->key.len != 7 || memcmp(entry->key.bytes, "version", 7) != 0) continue;
    if (entry->value.kind != AMQP_FIELD_KIND_UTF8) return;
    size_t length = entry->value.value.bytes.len < size ? entry->value.value.bytes.len : size - 1;
    memcpy(text, entry->value.value.bytes.bytes, length);
    text[length] = 0;
  }
}

int crmq_bind_fanout(crmq_connection *c, const char *exchange, const char *queue, crmq_error *error) {
  if (crmq_flush(c, 1, error)) return -1;
  amqp_exchange_declare(
      c->state, DECLARATIONS, crmq_bytes_of(exchange), amqp_cstring_bytes("fanout"), 0, 1, 0, 0, amqp_empty_table);
  if (crmq_check(c, amqp_get_rpc_reply(c->state), DECLARATIONS, error)) return -1;
  if (!queue) return 0;
  amqp_queue_bind(c->state, DECLARATIONS, crmq_bytes_of(queue), crmq_bytes_of(exchange), amqp_empty_bytes, amqp_empty_table);
  return crmq_check(c, amqp_get_rpc_reply(c->state), DECLARATIONS, error);
}

int crmq_bind_topic(crmq_connection *c, const char *exchange, const char *queue, int durable, crmq_error *error) {
  if (crmq_flush(c, 1, error)) return -1;
  amqp_exchange_declare(
      c->state, DECLARATIONS, crmq_bytes_of(exchange), amqp_cstring_bytes("topic"), 0, durable, 0, 0, amqp_empty_table);
  if (crmq_check(c, amqp_get_rpc_reply(c->state), DECLARATIONS, error)) return -1;
  amqp_queue_bind(
      c->state, DECLARATIONS, crmq_bytes_of(queue), crmq_bytes_of(exchange), crmq_bytes_of(queue), amqp_empty_table);
  return crmq_check(c, amqp_get_rpc_reply(c->state), DECLARATIONS, error);
}

int crmq_consume(crmq_connection *c, const char *queue, const char *tag, int prefetch, crmq_error *error) {
  if (crmq_flush(c, 1, error)) return -1;
  amqp_basic_qos(c->state, MESSAGES, 0, (uint16_t)prefetch, 0);
  if (crmq_check(c, amqp_get_rpc_reply(c->state), MESSAGES, error)) return -1;
  amqp_basic_consume(c->state, MESSAGES, crmq_bytes_of(queue), crmq_bytes_of(tag), 0, 0, 0, amqp_empty_table);
  return crmq_check(c, amqp_get_rpc_reply(c->state), MESSAGES, error);
}

int crmq_cancel(crmq_connection *c, const char *tag, crmq_error *error) {
  if (crmq_flush(c, 1, error)) return -1;
  amqp_basic_cancel(c->state, MESSAGES, crmq_bytes_of(tag));
  return crmq_check(c, amqp_get_rpc_reply(c->state), MESSAGES, error);
}
