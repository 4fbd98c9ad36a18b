/* What a call over RabbitMQ costs with nothing but librabbitmq: the measure for our own RPC.
 *
 *   bench-pingpong serve QUEUE
 *   bench-pingpong call QUEUE IN-FLIGHT SECONDS BODY-BYTES
 *
 * The broker is named by BENCH_RABBIT_HOST, _PORT, _USER, _PASSWORD, _VHOST. One connection, one channel and one
 * thread on each side; a request is acknowledged after its answer was sent, an answer when it was read; messages are
 * transient and in classic queues, as our calls are. No confirms, no JSON, no headers, no deadlines. */

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CHANNEL = 1, PREFETCH = 256, MAX_SAMPLES = 2000000 };

static void stop(const char *what) {
  fprintf(stderr, "bench-pingpong: %s\n", what);
  exit(1);
}

static void check(amqp_rpc_reply_t reply, const char *what) {
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) return;
  if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION)
    fprintf(stderr, "bench-pingpong: %s\n", amqp_error_string2(reply.library_error));
  stop(what);
}

static const char *setting(const char *name, const char *fallback) {
  const char *value = getenv(name);
  return value && *value ? value : fallback;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static amqp_connection_state_t connect_broker(void) {
  amqp_connection_state_t c = amqp_new_connection();
  amqp_socket_t *socket = amqp_tcp_socket_new(c);
  if (!socket) stop("no memory");
  if (amqp_socket_open(socket, setting("BENCH_RABBIT_HOST", "127.0.0.1"), atoi(setting("BENCH_RABBIT_PORT", "5672"))))
    stop("the broker cannot be reached");
  check(
      amqp_login(
          c, setting("BENCH_RABBIT_VHOST", "/"), 0, 131072, 0, AMQP_SASL_METHOD_PLAIN,
          setting("BENCH_RABBIT_USER", "guest"), setting("BENCH_RABBIT_PASSWORD", "guest")),
      "the broker refused the login");
  amqp_channel_open(c, CHANNEL);
  check(amqp_get_rpc_reply(c), "opening a channel");
  amqp_basic_qos(c, CHANNEL, 0, PREFETCH, 0);
  check(amqp_get_rpc_reply(c), "setting the prefetch");
  return c;
}

static void consume(amqp_connection_state_t c, amqp_bytes_t queue) {
  amqp_queue_declare(c, CHANNEL, queue, 0, 0, 0, 1, amqp_empty_table);
  check(amqp_get_rpc_reply(c), "declaring a queue");
  amqp_basic_consume(c, CHANNEL, queue, amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
  check(amqp_get_rpc_reply(c), "consuming");
}

static void publish(
    amqp_connection_state_t c, amqp_bytes_t queue, amqp_bytes_t reply_to, amqp_bytes_t id, amqp_bytes_t body,
    int mandatory) {
  amqp_basic_properties_t p;
  memset(&p, 0, sizeof p);
  p._flags = AMQP_BASIC_CORRELATION_ID_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG;
  p.correlation_id = id;
  p.delivery_mode = 1;
  if (reply_to.len) {
    p._flags |= AMQP_BASIC_REPLY_TO_FLAG;
    p.reply_to = reply_to;
  }
  if (amqp_basic_publish(c, CHANNEL, amqp_empty_bytes, queue, mandatory, 0, &p, body)) stop("publishing");
}

static void serve(const char *queue) {
  amqp_connection_state_t c = connect_broker();
  consume(c, amqp_cstring_bytes(queue));
  printf("ready\n");
  fflush(stdout);
  for (;;) {
    amqp_envelope_t e;
    amqp_maybe_release_buffers(c);
    check(amqp_consume_message(c, &e, NULL, 0), "reading a request");
    /* A caller that has gone is no error. */
    publish(
        c, e.message.properties.reply_to, amqp_empty_bytes, e.message.properties.correlation_id, e.message.body, 0);
    amqp_basic_ack(c, CHANNEL, e.delivery_tag, 0);
    amqp_destroy_envelope(&e);
  }
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

/* The correlation id is the place of the call's start time. */
static void call(const char *queue, int in_flight, double seconds, size_t size) {
  amqp_connection_state_t c = connect_broker();
  char name[128];
  snprintf(name, sizeof name, "%s.replies.%d", queue, (int)getpid());
  amqp_bytes_t replies = amqp_cstring_bytes(name);
  consume(c, replies);
  amqp_bytes_t body = {.len = size, .bytes = calloc(1, size + 1)};
  double *started = calloc((size_t)in_flight, sizeof *started), *took = malloc(MAX_SAMPLES * sizeof *took);
  if (!body.bytes || !started || !took) stop("no memory");
  memset(body.bytes, 'x', size);

  const double warm = now() + 1, end = warm + seconds;
  size_t count = 0;
  char id[32];
  for (int i = 0; i < in_flight; i++) {
    snprintf(id, sizeof id, "%d", i);
    started[i] = now();
    publish(c, amqp_cstring_bytes(queue), replies, amqp_cstring_bytes(id), body, 1);
  }
  for (;;) {
    amqp_envelope_t e;
    amqp_maybe_release_buffers(c);
    check(amqp_consume_message(c, &e, NULL, 0), "reading an answer");
    amqp_basic_ack(c, CHANNEL, e.delivery_tag, 0);
    if (e.message.properties.correlation_id.len >= sizeof id) stop("an answer to nothing");
    memcpy(id, e.message.properties.correlation_id.bytes, e.message.properties.correlation_id.len);
    id[e.message.properties.correlation_id.len] = 0;
    amqp_destroy_envelope(&e);
    int slot = atoi(id);
    const double t = now();
    if (t > end) break;
    if (started[slot] > warm && count < MAX_SAMPLES) took[count++] = t - started[slot];
    started[slot] = t;
    publish(c, amqp_cstring_bytes(queue), replies, amqp_cstring_bytes(id), body, 1);
  }
  if (!count) stop("no answer in time");
  qsort(took, count, sizeof *took, by_size);
  printf(
      "{\"calls_per_second\": %.1f, \"p50_us\": %.1f, \"p99_us\": %.1f}\n", (double)count / seconds,
      took[count / 2] * 1e6, took[count * 99 / 100] * 1e6);
}

int main(int argc, char **argv) {
  if (argc == 3 && !strcmp(argv[1], "serve")) serve(argv[2]);
  if (argc != 6 || strcmp(argv[1], "call"))
    stop("usage: bench-pingpong serve QUEUE | call QUEUE IN-FLIGHT SECONDS BODY-BYTES");
  call(argv[2], atoi(argv[3]), atof(argv[4]), (size_t)atol(argv[5]));
  return 0;
}
