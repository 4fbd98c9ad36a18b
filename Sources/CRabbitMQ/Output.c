/* librabbitmq writes a message's frames one by one, and may wait for ever for the broker before it does. Here they are
 * put together, with the acknowledgements that go with them, and written at once. */
#include "internal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

uint8_t *crmq_room(crmq_connection *c, size_t length) {
  output *out = &c->out;
  if (out->capacity - out->length < length) {
    const size_t capacity = 2 * (out->length + length);
    uint8_t *bytes = realloc(out->bytes, capacity);
    if (!bytes) return NULL;
    out->bytes = bytes;
    out->capacity = capacity;
  }
  uint8_t *start = out->bytes + out->length;
  out->length += length;
  return start;
}

uint8_t *crmq_put(uint8_t *to, uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; i--) *to++ = (uint8_t)(value >> (8 * i));
  return to;
}

uint8_t *crmq_add_frame(crmq_connection *c, int type, int channel, size_t length) {
  uint8_t *start = crmq_room(c, length + 8);
  if (!start) return NULL;
  crmq_put(crmq_put(crmq_put(start, (uint64_t)type, 1), (uint64_t)channel, 2), length, 4);
  start[7 + length] = AMQP_FRAME_END;
  return start + 7;
}

/* ---- writing ---- */

/* - Returns: AMQP_STATUS_TIMEOUT when the socket is full and that is not to be waited for. */
static int write_plain(crmq_connection *c, int wait, size_t *done) {
  const int fd = amqp_get_sockfd(c->state);
  while (*done < c->out.length) {
    ssize_t count = send(fd, c->out.bytes + *done, c->out.length - *done, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
      *done += (size_t)count;
    } else if (errno == EAGAIN) {
      if (!wait) return AMQP_STATUS_TIMEOUT;
      struct pollfd full = {.fd = fd, .events = POLLOUT};
      poll(&full, 1, -1);
    } else if (errno != EINTR) {
      return AMQP_STATUS_SOCKET_ERROR;
    }
  }
  return AMQP_STATUS_OK;
}

static uint64_t number_at(const uint8_t *from, int bytes) {
  uint64_t value = 0;
  for (int i = 0; i < bytes; i++) value = value << 8 | from[i];
  return value;
}

/* Hands one of our frames to librabbitmq, which takes them apart only. */
static int send_frame(crmq_connection *c, const uint8_t *bytes, size_t length, amqp_pool_t *pool) {
  amqp_frame_t frame;
  memset(&frame, 0, sizeof frame);
  frame.frame_type = bytes[0];
  frame.channel = (amqp_channel_t)number_at(bytes + 1, 2);
  const uint8_t *payload = bytes + 7;
  int result = AMQP_STATUS_OK;
  if (frame.frame_type == AMQP_FRAME_METHOD) {
    amqp_bytes_t encoded = {.len = length - 4, .bytes = (void *)(payload + 4)};
    frame.payload.method.id = (amqp_method_number_t)number_at(payload, 4);
    result = amqp_decode_method(frame.payload.method.id, pool, encoded, &frame.payload.method.decoded);
  } else if (frame.frame_type == AMQP_FRAME_HEADER) {
    amqp_bytes_t encoded = {.len = length - 12, .bytes = (void *)(payload + 12)};
    frame.payload.properties.class_id = AMQP_BASIC_CLASS;
    frame.payload.properties.body_size = number_at(payload + 4, 8);
    result = amqp_decode_properties(AMQP_BASIC_CLASS, pool, encoded, &frame.payload.properties.decoded);
  } else {
    frame.payload.body_fragment.len = length;
    frame.payload.body_fragment.bytes = (void *)payload;
  }
  return result < 0 ? result : amqp_send_frame(c->state, &frame);
}

static int write_tls(crmq_connection *c, size_t *done) {
  amqp_pool_t pool;
  init_amqp_pool(&pool, 4096);
  int result = AMQP_STATUS_OK;
  while (result == AMQP_STATUS_OK && *done < c->out.length) {
    const uint8_t *frame = c->out.bytes + *done;
    const size_t length = (size_t)number_at(frame + 3, 4);
    result = send_frame(c, frame, length, &pool);
    *done += length + 8;
    recycle_amqp_pool(&pool);
  }
  empty_amqp_pool(&pool);
  return result;
}

int crmq_flush(crmq_connection *c, int wait, crmq_error *error) {
  output *out = &c->out;
  if (out->length == 0) return 0;
  size_t done = 0;
  const int result = c->tls ? write_tls(c, &done) : write_plain(c, wait, &done);
  if (result == AMQP_STATUS_TIMEOUT) {
    memmove(out->bytes, out->bytes + done, out->length - done);
    out->length -= done;
    return 1;
  }
  out->length = 0;
  if (out->capacity > KEPT) {
    free(out->bytes);
    out->bytes = NULL;
    out->capacity = 0;
  }
  return crmq_status(result, error);
}

size_t crmq_unwritten(crmq_connection *c) { return c->out.length; }
