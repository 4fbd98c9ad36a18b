/* Messages, acknowledgements and fences, as frames of the output. */
#include "internal.h"

#include <string.h>

static const char CONTENT_TYPE[] = "application/json";

/* ---- messages ---- */

static void fail(crmq_connection *c, int code) {
  if (c->out.failure == AMQP_STATUS_OK) c->out.failure = code;
}

static uint8_t *message_room(crmq_connection *c, size_t length) {
  if (c->out.failure != AMQP_STATUS_OK) return NULL;
  uint8_t *room = crmq_room(c, length);
  if (!room) fail(c, AMQP_STATUS_NO_MEMORY);
  return room;
}

static void put_text(crmq_connection *c, const char *text, size_t length, int size_of_length) {
  if (size_of_length == 1 && length > 255) return fail(c, AMQP_STATUS_INVALID_PARAMETER);
  uint8_t *room = message_room(c, length + (size_t)size_of_length);
  if (!room) return;
  room = crmq_put(room, length, size_of_length);
  if (length) memcpy(room, text, length);
}

void crmq_begin(crmq_connection *c, const char *exchange, const char *key, int mandatory, int persistent,
                int confirmed) {
  output *out = &c->out;
  out->message = out->length;
  out->failure = AMQP_STATUS_OK;
  out->flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG;
  out->table = 0;
  out->channel = confirmed || !c->confirms ? MESSAGES : POSTS;
  out->persistent = persistent;
  const size_t exchange_length = strlen(exchange), key_length = strlen(key);
  if (exchange_length > 255 || key_length > 255) return fail(c, AMQP_STATUS_INVALID_PARAMETER);
  uint8_t *p = crmq_add_frame(c, AMQP_FRAME_METHOD, out->channel, 9 + exchange_length + key_length);
  if (!p) return fail(c, AMQP_STATUS_NO_MEMORY);
  p = crmq_put(crmq_put(p, AMQP_BASIC_PUBLISH_METHOD, 4), 0, 2);
  p = crmq_put(p, exchange_length, 1);
  memcpy(p, exchange, exchange_length);
  p = crmq_put(p + exchange_length, key_length, 1);
  memcpy(p, key, key_length);
  p[key_length] = mandatory ? 1 : 0;
  /* The header's length and flags are filled in when it ends. */
  out->header = out->length;
  message_room(c, 7 + 14);
  put_text(c, CONTENT_TYPE, sizeof CONTENT_TYPE - 1, 1);
}

void crmq_add_header(crmq_connection *c, const char *name, const char *value) {
  output *out = &c->out;
  if (!(out->flags & AMQP_BASIC_HEADERS_FLAG)) {
    out->flags |= AMQP_BASIC_HEADERS_FLAG;
    out->table = out->length;
    message_room(c, 4);
  }
  put_text(c, name, strlen(name), 1);
  uint8_t *kind = message_room(c, 1);
  if (kind) *kind = AMQP_FIELD_KIND_UTF8;
  put_text(c, value, strlen(value), 4);
}

/* The delivery mode stands between the headers and the other fields. */
static void end_headers(crmq_connection *c) {
  output *out = &c->out;
  uint8_t *mode = message_room(c, 1);
  if (!mode) return;
  *mode = out->persistent ? 2 : 1;
  if (out->flags & AMQP_BASIC_HEADERS_FLAG)
    crmq_put(out->bytes + out->table, out->length - 1 - out->table - 4, 4);
  out->table = out->length;
}

static uint16_t flag_of(crmq_field field) {
  switch (field) {
    case CRMQ_CORRELATION_ID: return AMQP_BASIC_CORRELATION_ID_FLAG;
    case CRMQ_REPLY_TO: return AMQP_BASIC_REPLY_TO_FLAG;
    case CRMQ_EXPIRATION: return AMQP_BASIC_EXPIRATION_FLAG;
    case CRMQ_MESSAGE_ID: return AMQP_BASIC_MESSAGE_ID_FLAG;
    case CRMQ_TYPE: return AMQP_BASIC_TYPE_FLAG;
  }
  return 0;
}

/* The flags of the fields that stand behind the delivery mode, which they are told apart from by value. */
enum { LATE = AMQP_BASIC_DELIVERY_MODE_FLAG - 1 };

void crmq_add(crmq_connection *c, crmq_field field, const char *text) {
  output *out = &c->out;
  const uint16_t flag = flag_of(field);
  /* Fields stand in the order of their flags, highest first: none as low may be there yet. */
  if (!flag || (out->flags & LATE & (flag | (flag - 1)))) return fail(c, AMQP_STATUS_INVALID_PARAMETER);
  if (!(out->flags & LATE)) end_headers(c);
  out->flags |= flag;
  put_text(c, text, strlen(text), 1);
}

static void add_body(crmq_connection *c, const uint8_t *body, size_t length) {
  const size_t part = (size_t)amqp_get_frame_max(c->state) - 8;
  for (size_t added = 0; added < length; added += part) {
    const size_t size = length - added < part ? length - added : part;
    uint8_t *p = crmq_add_frame(c, AMQP_FRAME_BODY, c->out.channel, size);
    if (!p) return fail(c, AMQP_STATUS_NO_MEMORY);
    memcpy(p, body + added, size);
  }
}

int crmq_end(crmq_connection *c, const uint8_t *body, size_t length, crmq_error *error) {
  output *out = &c->out;
  if (!(out->flags & LATE)) end_headers(c);
  uint8_t *end = message_room(c, 1);
  if (end) {
    *end = AMQP_FRAME_END;
    const size_t payload = out->length - out->header - 8;
    if (payload + 8 > (size_t)amqp_get_frame_max(c->state)) fail(c, AMQP_STATUS_INVALID_PARAMETER);
    uint8_t *p = out->bytes + out->header;
    p = crmq_put(crmq_put(crmq_put(p, AMQP_FRAME_HEADER, 1), (uint64_t)out->channel, 2), payload, 4);
    crmq_put(crmq_put(crmq_put(crmq_put(p, AMQP_BASIC_CLASS, 2), 0, 2), length, 8), out->flags, 2);
    add_body(c, body, length);
  }
  if (out->failure == AMQP_STATUS_OK) return 0;
  /* Nothing of it is sent. */
  out->length = out->message;
  return crmq_status(out->failure, error);
}

/* ---- acknowledgements and fences ---- */

static int add_settlement(crmq_connection *c, uint32_t method, uint64_t tag, int bits, crmq_error *error) {
  uint8_t *p = crmq_add_frame(c, AMQP_FRAME_METHOD, MESSAGES, 13);
  if (!p) return crmq_status(AMQP_STATUS_NO_MEMORY, error);
  crmq_put(crmq_put(crmq_put(p, method, 4), tag, 8), (uint64_t)bits, 1);
  return 0;
}

int crmq_ack(crmq_connection *c, uint64_t tag, int multiple, crmq_error *error) {
  return add_settlement(c, AMQP_BASIC_ACK_METHOD, tag, multiple ? 1 : 0, error);
}

int crmq_requeue(crmq_connection *c, uint64_t tag, crmq_error *error) {
  return add_settlement(c, AMQP_BASIC_NACK_METHOD, tag, 2, error);
}

int crmq_fence(crmq_connection *c, crmq_error *error) {
  /* Sets the prefetch of consumers to come, each of which sets its own first; the broker answers when it has done all
   * before it on this channel. */
  uint8_t *p = crmq_add_frame(c, AMQP_FRAME_METHOD, c->confirms ? POSTS : MESSAGES, 11);
  if (!p) return crmq_status(AMQP_STATUS_NO_MEMORY, error);
  crmq_put(crmq_put(crmq_put(crmq_put(p, AMQP_BASIC_QOS_METHOD, 4), 0, 4), 0, 2), 0, 1);
  return 0;
}
