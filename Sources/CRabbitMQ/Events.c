#include "internal.h"

#include <stdlib.h>
#include <string.h>

static void begin_message(crmq_connection *c, crmq_event_kind kind) {
  memset(&c->pending, 0, sizeof c->pending);
  c->pending.kind = kind;
  c->pending.delivery_count = -1;
  c->phase = WANT_HEADER;
}

static int64_t integer_of(const amqp_field_value_t *value) {
  switch (value->kind) {
    case AMQP_FIELD_KIND_I8: return value->value.i8;
    case AMQP_FIELD_KIND_U8: return value->value.u8;
    case AMQP_FIELD_KIND_I16: return value->value.i16;
    case AMQP_FIELD_KIND_U16: return value->value.u16;
    case AMQP_FIELD_KIND_I32: return value->value.i32;
    case AMQP_FIELD_KIND_U32: return value->value.u32;
    case AMQP_FIELD_KIND_I64: return value->value.i64;
    case AMQP_FIELD_KIND_U64: return (int64_t)value->value.u64;
    default: return -1;
  }
}

static void read_properties(crmq_connection *c, const amqp_basic_properties_t *p) {
  crmq_event *e = &c->pending;
  if (p->_flags & AMQP_BASIC_MESSAGE_ID_FLAG) e->message_id = crmq_keep(c, p->message_id);
  if (p->_flags & AMQP_BASIC_CORRELATION_ID_FLAG) e->correlation_id = crmq_keep(c, p->correlation_id);
  if (p->_flags & AMQP_BASIC_REPLY_TO_FLAG) e->reply_to = crmq_keep(c, p->reply_to);
  if (p->_flags & AMQP_BASIC_TYPE_FLAG) e->type = crmq_keep(c, p->type);
  if (!(p->_flags & AMQP_BASIC_HEADERS_FLAG)) return;
  for (int i = 0; i < p->headers.num_entries; i++) {
    const amqp_table_entry_t *entry = &p->headers.entries[i];
    if (entry->key.len == strlen("x-delivery-count") && !memcmp(entry->key.bytes, "x-delivery-count", entry->key.len))
      e->delivery_count = integer_of(&entry->value);
    if (entry->value.kind != AMQP_FIELD_KIND_UTF8 || e->header_count == MAX_HEADERS) continue;
    c->headers[e->header_count].name = crmq_keep(c, entry->key);
    c->headers[e->header_count].value = crmq_keep(c, entry->value.value.bytes);
    e->header_count++;
  }
  e->headers = c->headers;
}

static int finish_message(crmq_connection *c, crmq_event *event) {
  c->pending.body = c->body;
  *event = c->pending;
  c->phase = IDLE;
  return 1;
}

static int read_header(crmq_connection *c, const amqp_frame_t *frame, crmq_event *event, crmq_error *error) {
  if (c->phase != WANT_HEADER) {
    crmq_set_error(error, 501, 1, "a header frame out of place");
    return -1;
  }
  read_properties(c, frame->payload.properties.decoded);
  c->body_wanted = frame->payload.properties.body_size;
  c->pending.body_length = 0;
  if (c->body_wanted > c->body_capacity) {
    uint8_t *body = realloc(c->body, c->body_wanted);
    if (!body) {
      crmq_set_error(error, 0, 1, "no memory for a message");
      return -1;
    }
    c->body = body;
    c->body_capacity = c->body_wanted;
  }
  c->phase = WANT_BODY;
  return c->body_wanted == 0 ? finish_message(c, event) : 0;
}

static int read_body(crmq_connection *c, const amqp_frame_t *frame, crmq_event *event, crmq_error *error) {
  amqp_bytes_t part = frame->payload.body_fragment;
  if (c->phase != WANT_BODY || part.len > c->body_wanted - c->pending.body_length) {
    crmq_set_error(error, 501, 1, "a body frame out of place");
    return -1;
  }
  memcpy(c->body + c->pending.body_length, part.bytes, part.len);
  c->pending.body_length += part.len;
  return c->pending.body_length == c->body_wanted ? finish_message(c, event) : 0;
}

static int read_method(crmq_connection *c, const amqp_frame_t *frame, crmq_event *event, crmq_error *error) {
  void *decoded = frame->payload.method.decoded;
  memset(event, 0, sizeof *event);
  event->channel = frame->channel;
  switch (frame->payload.method.id) {
    case AMQP_BASIC_DELIVER_METHOD: {
      amqp_basic_deliver_t *m = decoded;
      begin_message(c, CRMQ_DELIVERY);
      c->pending.tag = m->delivery_tag;
      c->pending.redelivered = m->redelivered;
      c->pending.text = crmq_keep(c, m->consumer_tag);
      return 0;
    }
    case AMQP_BASIC_RETURN_METHOD: {
      amqp_basic_return_t *m = decoded;
      begin_message(c, CRMQ_RETURN);
      c->pending.code = m->reply_code;
      c->pending.text = crmq_keep(c, m->reply_text);
      return 0;
    }
    case AMQP_BASIC_ACK_METHOD: {
      amqp_basic_ack_t *m = decoded;
      event->kind = CRMQ_ACK;
      event->tag = m->delivery_tag;
      event->multiple = m->multiple;
      return 1;
    }
    case AMQP_BASIC_NACK_METHOD: {
      amqp_basic_nack_t *m = decoded;
      event->kind = CRMQ_NACK;
      event->tag = m->delivery_tag;
      event->multiple = m->multiple;
      return 1;
    }
    case AMQP_BASIC_CANCEL_METHOD: {
      amqp_basic_cancel_t *m = decoded;
      event->kind = CRMQ_CANCEL;
      event->text = crmq_keep(c, m->consumer_tag);
      return 1;
    }
    case AMQP_CONNECTION_BLOCKED_METHOD: {
      amqp_connection_blocked_t *m = decoded;
      event->kind = CRMQ_BLOCKED;
      event->text = crmq_keep(c, m->reason);
      return 1;
    }
    case AMQP_BASIC_QOS_OK_METHOD:
      event->kind = CRMQ_FENCED;
      return 1;
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
      event->kind = CRMQ_UNBLOCKED;
      return 1;
    case AMQP_CHANNEL_CLOSE_METHOD: {
      amqp_channel_close_t *m = decoded;
      event->kind = CRMQ_CHANNEL_CLOSED;
      event->code = m->reply_code;
      event->text = crmq_keep(c, m->reply_text);
      amqp_channel_close_ok_t ok;
      memset(&ok, 0, sizeof ok);
      if (crmq_status(amqp_send_method(c->state, frame->channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok), error)) return -1;
      c->phase = IDLE;
      return 1;
    }
    case AMQP_CONNECTION_CLOSE_METHOD: {
      amqp_connection_close_t *m = decoded;
      crmq_set_text(error, m->reply_code, 1, m->reply_text);
      amqp_connection_close_ok_t ok;
      memset(&ok, 0, sizeof ok);
      amqp_send_method(c->state, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &ok);
      return -1;
    }
    default:
      return 0;
  }
}

int crmq_next(crmq_connection *c, crmq_event *event, crmq_error *error) {
  /* Reading sends heartbeats, which may not come in the middle of a frame. */
  if (crmq_flush(c, 1, error)) return -1;
  if (c->phase == IDLE) {
    crmq_drop_strings(c);
    if (c->body_capacity > KEPT) {
      free(c->body);
      c->body = NULL;
      c->body_capacity = 0;
    }
    amqp_maybe_release_buffers(c->state);
  }
  for (;;) {
    amqp_frame_t frame;
    struct timeval now = {0, 0};
    int result = amqp_simple_wait_frame_noblock(c->state, &frame, &now);
    if (result == AMQP_STATUS_TIMEOUT) return 0;
    if (result != AMQP_STATUS_OK) return crmq_status(result, error);
    int found = 0;
    switch (frame.frame_type) {
      case AMQP_FRAME_METHOD: found = read_method(c, &frame, event, error); break;
      case AMQP_FRAME_HEADER: found = read_header(c, &frame, event, error); break;
      case AMQP_FRAME_BODY: found = read_body(c, &frame, event, error); break;
      default: break;
    }
    if (found) return found;
  }
}
