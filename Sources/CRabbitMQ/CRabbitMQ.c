#define _GNU_SOURCE
#include "CRabbitMQ.h"

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGES = 1, DECLARATIONS = 2, POSTS = 3, MAX_HEADERS = 32 };

/* Memory for the strings of one event, emptied by the next. The first block is kept. */
typedef struct block {
  struct block *next;
  size_t used;
  size_t size;
  char bytes[];
} block;

struct crmq_connection {
  amqp_connection_state_t state;
  block *strings;
  crmq_header headers[MAX_HEADERS];
  /* The message being assembled: nothing, its header, or its body. */
  enum { IDLE, WANT_HEADER, WANT_BODY } phase;
  crmq_event pending;
  uint8_t *body;
  size_t body_capacity;
  uint64_t body_wanted;
  /* Frames on their way to the socket. */
  uint8_t *out;
  size_t out_length;
  size_t out_capacity;
  /* What is written goes through librabbitmq, which owns the TLS session. */
  int tls;
};

/* ---- errors ---- */

static void set_error(crmq_error *error, int code, int fatal, const char *text) {
  if (!error) return;
  error->code = code;
  error->fatal = fatal;
  snprintf(error->text, sizeof error->text, "%s", text ? text : "unknown error");
}

static void set_text(crmq_error *error, int code, int fatal, amqp_bytes_t text) {
  if (!error) return;
  error->code = code;
  error->fatal = fatal;
  snprintf(error->text, sizeof error->text, "%.*s", (int)text.len, (const char *)text.bytes);
}

static int status(int code, crmq_error *error) {
  if (code == AMQP_STATUS_OK) return 0;
  set_error(error, 0, 1, amqp_error_string2(code));
  return -1;
}

/* Turns a reply into an error. A channel that the broker closed is answered and opened again. */
static int check(crmq_connection *c, amqp_rpc_reply_t reply, amqp_channel_t channel, crmq_error *error) {
  switch (reply.reply_type) {
    case AMQP_RESPONSE_NORMAL:
      return 0;
    case AMQP_RESPONSE_NONE:
      set_error(error, 0, 1, "the broker sent no reply");
      return -1;
    case AMQP_RESPONSE_LIBRARY_EXCEPTION:
      set_error(error, 0, 1, amqp_error_string2(reply.library_error));
      return -1;
    case AMQP_RESPONSE_SERVER_EXCEPTION:
      if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
        amqp_channel_close_t *close = reply.reply.decoded;
        set_text(error, close->reply_code, channel == MESSAGES, close->reply_text);
        amqp_channel_close_ok_t ok;
        memset(&ok, 0, sizeof ok);
        if (amqp_send_method(c->state, channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok) != AMQP_STATUS_OK) {
          if (error) error->fatal = 1;
          return -1;
        }
        if (channel == DECLARATIONS && !amqp_channel_open(c->state, channel) && error) error->fatal = 1;
        return -1;
      }
      if (reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
        amqp_connection_close_t *close = reply.reply.decoded;
        set_text(error, close->reply_code, 1, close->reply_text);
        return -1;
      }
      set_error(error, 0, 1, "the broker refused the request");
      return -1;
  }
  set_error(error, 0, 1, "unknown reply");
  return -1;
}

/* ---- strings ---- */

static void drop_strings(crmq_connection *c) {
  while (c->strings && c->strings->next) {
    block *next = c->strings->next;
    free(c->strings);
    c->strings = next;
  }
  if (c->strings) c->strings->used = 0;
}

static const char *keep(crmq_connection *c, const void *bytes, size_t length) {
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
  if (length) memcpy(text, bytes, length);
  text[length] = 0;
  b->used += length + 1;
  return text;
}

static const char *keep_bytes(crmq_connection *c, amqp_bytes_t b) { return keep(c, b.bytes, b.len); }

static amqp_bytes_t bytes_of(const char *text) { return amqp_cstring_bytes(text ? text : ""); }

/* ---- opening ---- */

static amqp_table_entry_t table_entry(const char *key, uint8_t kind) {
  amqp_table_entry_t entry;
  memset(&entry, 0, sizeof entry);
  entry.key = amqp_cstring_bytes(key);
  entry.value.kind = kind;
  return entry;
}

static amqp_table_entry_t string_entry(const char *key, const char *value) {
  amqp_table_entry_t entry = table_entry(key, AMQP_FIELD_KIND_UTF8);
  entry.value.value.bytes = amqp_cstring_bytes(value);
  return entry;
}

static amqp_table_entry_t number_entry(const char *key, int64_t value) {
  amqp_table_entry_t entry = table_entry(key, AMQP_FIELD_KIND_I64);
  entry.value.value.i64 = value;
  return entry;
}

static amqp_table_entry_t true_entry(const char *key) {
  amqp_table_entry_t entry = table_entry(key, AMQP_FIELD_KIND_BOOLEAN);
  entry.value.value.boolean = 1;
  return entry;
}

static struct timeval milliseconds(int ms) {
  struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};
  return tv;
}

static int connect_socket(crmq_connection *c, const crmq_options *o, crmq_error *error) {
  amqp_socket_t *socket = o->tls ? amqp_ssl_socket_new(c->state) : amqp_tcp_socket_new(c->state);
  if (!socket) {
    set_error(error, 0, 1, "no memory for a socket");
    return -1;
  }
  if (o->tls) {
    amqp_ssl_socket_set_verify_peer(socket, 1);
    amqp_ssl_socket_set_verify_hostname(socket, 1);
    if (amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST) != AMQP_STATUS_OK ||
        (o->ca && amqp_ssl_socket_set_cacert(socket, o->ca) != AMQP_STATUS_OK) ||
        (o->certificate && amqp_ssl_socket_set_key(socket, o->certificate, o->key) != AMQP_STATUS_OK)) {
      set_error(error, 0, 1, "the TLS certificates cannot be used");
      return -1;
    }
  }
  struct timeval timeout = milliseconds(o->connect_timeout_ms);
  return status(amqp_socket_open_noblock(socket, o->host, o->port, &timeout), error);
}

static int log_in(crmq_connection *c, const crmq_options *o, crmq_error *error) {
  /* Without these the broker never tells of a deleted queue or a memory alarm. */
  amqp_table_entry_t capabilities[] = {
      true_entry("consumer_cancel_notify"), true_entry("connection.blocked"), true_entry("basic.nack"),
      true_entry("publisher_confirms")};
  amqp_table_entry_t properties[3];
  properties[0] = table_entry("capabilities", AMQP_FIELD_KIND_TABLE);
  properties[0].value.value.table.num_entries = 4;
  properties[0].value.value.table.entries = capabilities;
  properties[1] = string_entry("connection_name", o->name);
  properties[2] = string_entry("product", "Apus");
  amqp_table_t table = {.num_entries = 3, .entries = properties};
  amqp_rpc_reply_t reply = amqp_login_with_properties(
      c->state, o->vhost, 0, 131072, o->heartbeat_seconds, &table, AMQP_SASL_METHOD_PLAIN, o->user, o->password);
  return check(c, reply, 0, error);
}

int crmq_reopen(crmq_connection *c, int channel, int confirms, crmq_error *error) {
  amqp_channel_open(c->state, (amqp_channel_t)channel);
  if (check(c, amqp_get_rpc_reply(c->state), (amqp_channel_t)channel, error)) return -1;
  if (confirms) {
    amqp_confirm_select(c->state, (amqp_channel_t)channel);
    return check(c, amqp_get_rpc_reply(c->state), (amqp_channel_t)channel, error);
  }
  return 0;
}

crmq_connection *crmq_open(const crmq_options *o, crmq_error *error) {
  crmq_connection *c = calloc(1, sizeof *c);
  if (!c || !(c->state = amqp_new_connection())) {
    free(c);
    set_error(error, 0, 1, "no memory for a connection");
    return NULL;
  }
  struct timeval handshake = milliseconds(o->connect_timeout_ms);
  struct timeval rpc = milliseconds(o->rpc_timeout_ms);
  amqp_set_handshake_timeout(c->state, &handshake);
  amqp_set_rpc_timeout(c->state, &rpc);
  c->tls = o->tls;
  if (connect_socket(c, o, error) || log_in(c, o, error) || crmq_reopen(c, MESSAGES, o->confirms, error) ||
      crmq_reopen(c, DECLARATIONS, 0, error) || (o->confirms && crmq_reopen(c, POSTS, 0, error))) {
    crmq_close(c, 0);
    return NULL;
  }
  return c;
}

void crmq_close(crmq_connection *c, int graceful) {
  if (!c) return;
  if (graceful) amqp_connection_close(c->state, AMQP_REPLY_SUCCESS);
  amqp_destroy_connection(c->state);
  drop_strings(c);
  free(c->strings);
  free(c->body);
  free(c->out);
  free(c);
}

int crmq_fd(crmq_connection *c) { return amqp_get_sockfd(c->state); }

void crmq_shutdown(int fd) {
  if (fd >= 0) shutdown(fd, SHUT_RDWR);
}

int crmq_has_room(crmq_connection *c, size_t bytes) {
  int queued = 0, size = 0;
  socklen_t length = sizeof size;
  int fd = amqp_get_sockfd(c->state);
  if (ioctl(fd, SIOCOUTQ, &queued) || getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &length)) return 0;
  /* The kernel counts its own overhead into the buffer's size, about half of it. */
  return (size_t)queued + 2 * bytes < (size_t)size / 2;
}

int crmq_has_buffered(crmq_connection *c) {
  return amqp_frames_enqueued(c->state) || amqp_data_in_buffer(c->state);
}

/* ---- reading ---- */

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
  if (p->_flags & AMQP_BASIC_MESSAGE_ID_FLAG) e->message_id = keep_bytes(c, p->message_id);
  if (p->_flags & AMQP_BASIC_CORRELATION_ID_FLAG) e->correlation_id = keep_bytes(c, p->correlation_id);
  if (p->_flags & AMQP_BASIC_REPLY_TO_FLAG) e->reply_to = keep_bytes(c, p->reply_to);
  if (p->_flags & AMQP_BASIC_TYPE_FLAG) e->type = keep_bytes(c, p->type);
  if (!(p->_flags & AMQP_BASIC_HEADERS_FLAG)) return;
  for (int i = 0; i < p->headers.num_entries; i++) {
    const amqp_table_entry_t *entry = &p->headers.entries[i];
    if (entry->key.len == strlen("x-delivery-count") && !memcmp(entry->key.bytes, "x-delivery-count", entry->key.len))
      e->delivery_count = integer_of(&entry->value);
    if (entry->value.kind != AMQP_FIELD_KIND_UTF8 || e->header_count == MAX_HEADERS) continue;
    c->headers[e->header_count].name = keep_bytes(c, entry->key);
    c->headers[e->header_count].value = keep_bytes(c, entry->value.value.bytes);
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
    set_error(error, 501, 1, "a header frame out of place");
    return -1;
  }
  read_properties(c, frame->payload.properties.decoded);
  c->body_wanted = frame->payload.properties.body_size;
  c->pending.body_length = 0;
  if (c->body_wanted > c->body_capacity) {
    uint8_t *body = realloc(c->body, c->body_wanted);
    if (!body) {
      set_error(error, 0, 1, "no memory for a message");
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
    set_error(error, 501, 1, "a body frame out of place");
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
      c->pending.text = keep_bytes(c, m->consumer_tag);
      return 0;
    }
    case AMQP_BASIC_RETURN_METHOD: {
      amqp_basic_return_t *m = decoded;
      begin_message(c, CRMQ_RETURN);
      c->pending.code = m->reply_code;
      c->pending.text = keep_bytes(c, m->reply_text);
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
      event->text = keep_bytes(c, m->consumer_tag);
      return 1;
    }
    case AMQP_CONNECTION_BLOCKED_METHOD: {
      amqp_connection_blocked_t *m = decoded;
      event->kind = CRMQ_BLOCKED;
      event->text = keep_bytes(c, m->reason);
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
      event->text = keep_bytes(c, m->reply_text);
      amqp_channel_close_ok_t ok;
      memset(&ok, 0, sizeof ok);
      if (status(amqp_send_method(c->state, frame->channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok), error)) return -1;
      c->phase = IDLE;
      return 1;
    }
    case AMQP_CONNECTION_CLOSE_METHOD: {
      amqp_connection_close_t *m = decoded;
      set_text(error, m->reply_code, 1, m->reply_text);
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
  if (c->phase == IDLE) {
    drop_strings(c);
    amqp_maybe_release_buffers(c->state);
  }
  for (;;) {
    amqp_frame_t frame;
    struct timeval now = {0, 0};
    int result = amqp_simple_wait_frame_noblock(c->state, &frame, &now);
    if (result == AMQP_STATUS_TIMEOUT) return 0;
    if (result != AMQP_STATUS_OK) return status(result, error);
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

/* ---- publishing ---- */

struct crmq_message {
  amqp_basic_properties_t properties;
  amqp_table_entry_t headers[MAX_HEADERS];
  char *exchange;
  char *routing_key;
  const uint8_t *body;
  size_t length;
};

void crmq_message_body(crmq_message *m, const uint8_t *body, size_t length) {
  m->body = body;
  m->length = length;
}

crmq_message *crmq_message_new(void) {
  crmq_message *m = calloc(1, sizeof *m);
  if (!m) return NULL;
  m->properties._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG;
  m->properties.content_type = amqp_cstring_bytes("application/json");
  m->properties.headers.entries = m->headers;
  return m;
}

void crmq_message_free(crmq_message *m) {
  if (!m) return;
  free(m->exchange);
  free(m->routing_key);
  amqp_basic_properties_t *p = &m->properties;
  amqp_bytes_free(p->message_id);
  amqp_bytes_free(p->correlation_id);
  amqp_bytes_free(p->reply_to);
  amqp_bytes_free(p->type);
  amqp_bytes_free(p->expiration);
  for (int i = 0; i < p->headers.num_entries; i++) {
    amqp_bytes_free(m->headers[i].key);
    amqp_bytes_free(m->headers[i].value.value.bytes);
  }
  free(m);
}

void crmq_message_set(crmq_message *m, crmq_field field, const char *value) {
  amqp_basic_properties_t *p = &m->properties;
  amqp_bytes_t *target = NULL;
  switch (field) {
    case CRMQ_EXCHANGE: free(m->exchange); m->exchange = strdup(value); return;
    case CRMQ_ROUTING_KEY: free(m->routing_key); m->routing_key = strdup(value); return;
    case CRMQ_MESSAGE_ID: target = &p->message_id; p->_flags |= AMQP_BASIC_MESSAGE_ID_FLAG; break;
    case CRMQ_CORRELATION_ID: target = &p->correlation_id; p->_flags |= AMQP_BASIC_CORRELATION_ID_FLAG; break;
    case CRMQ_REPLY_TO: target = &p->reply_to; p->_flags |= AMQP_BASIC_REPLY_TO_FLAG; break;
    case CRMQ_TYPE: target = &p->type; p->_flags |= AMQP_BASIC_TYPE_FLAG; break;
    case CRMQ_EXPIRATION: target = &p->expiration; p->_flags |= AMQP_BASIC_EXPIRATION_FLAG; break;
  }
  if (!target) return;
  amqp_bytes_free(*target);
  *target = amqp_bytes_malloc_dup(bytes_of(value));
}

void crmq_message_header(crmq_message *m, const char *name, const char *value) {
  amqp_table_t *table = &m->properties.headers;
  if (table->num_entries == MAX_HEADERS) return;
  amqp_table_entry_t entry = table_entry("", AMQP_FIELD_KIND_UTF8);
  entry.key = amqp_bytes_malloc_dup(bytes_of(name));
  entry.value.value.bytes = amqp_bytes_malloc_dup(bytes_of(value));
  m->headers[table->num_entries++] = entry;
  m->properties._flags |= AMQP_BASIC_HEADERS_FLAG;
}

/* librabbitmq writes a message's frames one by one, and may wait for ever for the broker before it does. Here they are
 * put together and written at once. */

static uint8_t *room(crmq_connection *c, size_t length) {
  if (c->out_capacity - c->out_length < length) {
    size_t capacity = 2 * (c->out_length + length);
    uint8_t *out = realloc(c->out, capacity);
    if (!out) return NULL;
    c->out = out;
    c->out_capacity = capacity;
  }
  uint8_t *start = c->out + c->out_length;
  c->out_length += length;
  return start;
}

static uint8_t *put(uint8_t *to, uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; i--) *to++ = (uint8_t)(value >> (8 * i));
  return to;
}

static uint8_t *put_short_text(uint8_t *to, amqp_bytes_t text) {
  *to++ = (uint8_t)text.len;
  if (text.len) memcpy(to, text.bytes, text.len);
  return to + text.len;
}

/* Room for a frame's payload between its head and its end. */
static uint8_t *add_frame(crmq_connection *c, int type, int channel, size_t length) {
  uint8_t *start = room(c, length + 8);
  if (!start) return NULL;
  put(put(put(start, (uint64_t)type, 1), (uint64_t)channel, 2), length, 4);
  start[7 + length] = AMQP_FRAME_END;
  return start + 7;
}

static int add_message(crmq_connection *c, crmq_message *m, int channel, int mandatory) {
  const amqp_bytes_t exchange = bytes_of(m->exchange), key = bytes_of(m->routing_key);
  if (exchange.len > 255 || key.len > 255) return AMQP_STATUS_INVALID_PARAMETER;
  uint8_t *p = add_frame(c, AMQP_FRAME_METHOD, channel, 9 + exchange.len + key.len);
  if (!p) return AMQP_STATUS_NO_MEMORY;
  p = put(p, AMQP_BASIC_PUBLISH_METHOD, 4);
  p = put_short_text(put_short_text(put(p, 0, 2), exchange), key);
  *p = mandatory ? 1 : 0;

  /* As long as its texts, names of fields and all; cut to its true length then. */
  size_t most = 512;
  const amqp_basic_properties_t *q = &m->properties;
  most += q->message_id.len + q->correlation_id.len + q->reply_to.len + q->type.len + q->expiration.len;
  for (int i = 0; i < q->headers.num_entries; i++)
    most += m->headers[i].key.len + m->headers[i].value.value.bytes.len + 16;
  const size_t start = c->out_length;
  if (!(p = add_frame(c, AMQP_FRAME_HEADER, channel, most))) return AMQP_STATUS_NO_MEMORY;
  put(put(put(p, AMQP_BASIC_CLASS, 2), 0, 2), m->length, 8);
  amqp_bytes_t space = {.len = most - 12, .bytes = p + 12};
  int length = amqp_encode_properties(AMQP_BASIC_CLASS, (void *)q, space);
  if (length < 0) return length;
  put(c->out + start + 3, 12 + (uint64_t)length, 4);
  p[12 + length] = AMQP_FRAME_END;
  c->out_length = start + 7 + 12 + (size_t)length + 1;

  const size_t part = (size_t)amqp_get_frame_max(c->state) - 8;
  for (size_t sent = 0; sent < m->length; sent += part) {
    const size_t size = m->length - sent < part ? m->length - sent : part;
    if (!(p = add_frame(c, AMQP_FRAME_BODY, channel, size))) return AMQP_STATUS_NO_MEMORY;
    memcpy(p, m->body + sent, size);
  }
  return AMQP_STATUS_OK;
}

/* Waits for the broker only when the socket is full; the owner's watchdog ends a wait that is too long. */
static int flush_frames(crmq_connection *c) {
  const int fd = amqp_get_sockfd(c->state);
  size_t done = 0;
  while (done < c->out_length) {
    ssize_t count = send(fd, c->out + done, c->out_length - done, MSG_NOSIGNAL);
    if (count >= 0) {
      done += (size_t)count;
    } else if (errno == EAGAIN) {
      struct pollfd wait = {.fd = fd, .events = POLLOUT};
      poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return AMQP_STATUS_SOCKET_ERROR;
    }
  }
  /* A large message's memory is not kept. */
  if (c->out_capacity > 1 << 20) {
    free(c->out);
    c->out = NULL;
    c->out_capacity = 0;
  }
  return AMQP_STATUS_OK;
}

int crmq_publish(crmq_connection *c, crmq_message *m, int mandatory, int persistent, int confirmed, crmq_error *error) {
  const int channel = confirmed ? MESSAGES : POSTS;
  m->properties.delivery_mode = persistent ? 2 : 1;
  if (c->tls) {
    amqp_bytes_t body = {.len = m->length, .bytes = (void *)m->body};
    return status(
        amqp_basic_publish(
            c->state, (amqp_channel_t)channel, bytes_of(m->exchange), bytes_of(m->routing_key), mandatory, 0,
            &m->properties, body),
        error);
  }
  c->out_length = 0;
  int result = add_message(c, m, channel, mandatory);
  return status(result == AMQP_STATUS_OK ? flush_frames(c) : result, error);
}

int crmq_fence(crmq_connection *c, crmq_error *error) {
  /* Asks for what holds anyway; the broker answers when it has done all before it on this channel. */
  amqp_basic_qos_t qos = {.prefetch_size = 0, .prefetch_count = 0, .global = 0};
  return status(amqp_send_method(c->state, POSTS, AMQP_BASIC_QOS_METHOD, &qos), error);
}

/* ---- declaring and consuming ---- */

int crmq_declare_queue(crmq_connection *c, const crmq_queue *q, uint32_t *messages, crmq_error *error) {
  amqp_table_entry_t entries[6];
  amqp_table_t arguments = {.num_entries = 0, .entries = entries};
  if (q->flags & CRMQ_QUORUM) entries[arguments.num_entries++] = string_entry("x-queue-type", "quorum");
  if (q->expires_ms) entries[arguments.num_entries++] = number_entry("x-expires", q->expires_ms);
  if (q->max_length) entries[arguments.num_entries++] = number_entry("x-max-length", q->max_length);
  if (q->delivery_limit) entries[arguments.num_entries++] = number_entry("x-delivery-limit", q->delivery_limit);
  if (q->dead_letter_queue) {
    entries[arguments.num_entries++] = string_entry("x-dead-letter-exchange", "");
    entries[arguments.num_entries++] = string_entry("x-dead-letter-routing-key", q->dead_letter_queue);
  }
  amqp_queue_declare_ok_t *ok = amqp_queue_declare(
      c->state, DECLARATIONS, bytes_of(q->name), 0, !!(q->flags & CRMQ_DURABLE), !!(q->flags & CRMQ_EXCLUSIVE),
      !!(q->flags & CRMQ_AUTO_DELETE), arguments);
  if (ok && messages) *messages = ok->message_count;
  return ok ? 0 : check(c, amqp_get_rpc_reply(c->state), DECLARATIONS, error);
}

int crmq_inspect_queue(crmq_connection *c, const char *queue, uint32_t *messages, crmq_error *error) {
  return crmq_queue_facts(c, queue, messages, NULL, error);
}

int crmq_queue_facts(crmq_connection *c, const char *queue, uint32_t *messages, uint32_t *consumers,
                     crmq_error *error) {
  amqp_queue_declare_ok_t *ok =
      amqp_queue_declare(c->state, DECLARATIONS, bytes_of(queue), 1, 0, 0, 0, amqp_empty_table);
  if (ok && messages) *messages = ok->message_count;
  if (ok && consumers) *consumers = ok->consumer_count;
  return ok ? 0 : check(c, amqp_get_rpc_reply(c->state), DECLARATIONS, error);
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
  amqp_exchange_declare(
      c->state, DECLARATIONS, bytes_of(exchange), amqp_cstring_bytes("fanout"), 0, 1, 0, 0, amqp_empty_table);
  if (check(c, amqp_get_rpc_reply(c->state), DECLARATIONS, error)) return -1;
  if (!queue) return 0;
  amqp_queue_bind(c->state, DECLARATIONS, bytes_of(queue), bytes_of(exchange), amqp_empty_bytes, amqp_empty_table);
  return check(c, amqp_get_rpc_reply(c->state), DECLARATIONS, error);
}

int crmq_bind_topic(crmq_connection *c, const char *exchange, const char *queue, int durable, crmq_error *error) {
  amqp_exchange_declare(
      c->state, DECLARATIONS, bytes_of(exchange), amqp_cstring_bytes("topic"), 0, durable, 0, 0, amqp_empty_table);
  if (check(c, amqp_get_rpc_reply(c->state), DECLARATIONS, error)) return -1;
  amqp_queue_bind(c->state, DECLARATIONS, bytes_of(queue), bytes_of(exchange), bytes_of(queue), amqp_empty_table);
  return check(c, amqp_get_rpc_reply(c->state), DECLARATIONS, error);
}

int crmq_consume(crmq_connection *c, const char *queue, const char *tag, int prefetch, crmq_error *error) {
  amqp_basic_qos(c->state, MESSAGES, 0, (uint16_t)prefetch, 0);
  if (check(c, amqp_get_rpc_reply(c->state), MESSAGES, error)) return -1;
  amqp_basic_consume(c->state, MESSAGES, bytes_of(queue), bytes_of(tag), 0, 0, 0, amqp_empty_table);
  return check(c, amqp_get_rpc_reply(c->state), MESSAGES, error);
}

int crmq_cancel(crmq_connection *c, const char *tag, crmq_error *error) {
  amqp_basic_cancel(c->state, MESSAGES, bytes_of(tag));
  return check(c, amqp_get_rpc_reply(c->state), MESSAGES, error);
}

int crmq_ack(crmq_connection *c, uint64_t tag, int multiple, crmq_error *error) {
  return status(amqp_basic_ack(c->state, MESSAGES, tag, multiple), error);
}

int crmq_requeue(crmq_connection *c, uint64_t tag, crmq_error *error) {
  return status(amqp_basic_nack(c->state, MESSAGES, tag, 0, 1), error);
}

/* ---- waiting ---- */

int crmq_wakeup_new(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void crmq_wakeup_signal(int wakeup) {
  uint64_t one = 1;
  /* A full counter means that the signal is already pending. */
  if (write(wakeup, &one, sizeof one) < 0) return;
}

void crmq_poll(int fd, int wakeup, int timeout_ms) {
  struct pollfd fds[2] = {{.fd = wakeup, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
  if (poll(fds, fd >= 0 ? 2 : 1, timeout_ms) > 0 && (fds[0].revents & POLLIN)) {
    uint64_t count;
    if (read(wakeup, &count, sizeof count) < 0) return;
  }
}

void crmq_name_thread(const char *name) {
  char kept[16];
  snprintf(kept, sizeof kept, "%s", name);
  pthread_setname_np(pthread_self(), kept);
}
