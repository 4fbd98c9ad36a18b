#ifndef APUS_CRABBITMQ_H
#define APUS_CRABBITMQ_H

/* A flat API over librabbitmq: one connection with channels 1 for messages, 2 for declarations, and, where it asks
 * for confirms, 3 for messages that need none.
 *
 * A connection is used by one thread at a time; only crmq_shutdown may be called from another. Strings given are
 * copied or used before the call returns; strings of an event live until the next crmq_next.
 * Functions that return int return 0 for success and -1 for failure, with the reason in *error. */

#include <stddef.h>
#include <stdint.h>

typedef struct crmq_connection crmq_connection;

typedef struct {
  /* The broker's reply code (404, 406, 320…), or 0 for a lost connection or a local error. */
  int code;
  /* 1: the whole connection is unusable; 0: only the channel was closed. */
  int fatal;
  char text[256];
} crmq_error;

typedef struct {
  const char *host;
  int port;
  const char *user;
  const char *password;
  const char *vhost;
  /* Shown in the broker's list of connections. */
  const char *name;
  int heartbeat_seconds;
  int connect_timeout_ms;
  int rpc_timeout_ms;
  /* TLS when tls is not 0. ca, certificate and key may be NULL. */
  int tls;
  const char *ca;
  const char *certificate;
  const char *key;
  /* Ask for publisher confirms on channel 1, and open channel 3, which has none. */
  int confirms;
} crmq_options;

/* Connects, logs in and opens the channels; NULL with *error on failure. */
crmq_connection *crmq_open(const crmq_options *options, crmq_error *error);
/* Says goodbye when graceful is not 0, and frees everything. */
void crmq_close(crmq_connection *connection, int graceful);
int crmq_fd(crmq_connection *connection);
/* From any thread: makes a call that hangs on this socket return. */
void crmq_shutdown(int fd);

/* Whether frames are waiting that poll would not show. */
int crmq_has_buffered(crmq_connection *connection);

typedef enum {
  CRMQ_DELIVERY = 1,
  CRMQ_RETURN = 2,
  CRMQ_ACK = 3,
  CRMQ_NACK = 4,
  CRMQ_CANCEL = 5,
  CRMQ_BLOCKED = 6,
  CRMQ_UNBLOCKED = 7,
  CRMQ_CHANNEL_CLOSED = 8,
  /* The broker has looked at all that was published unconfirmed before the fence. */
  CRMQ_FENCED = 9
} crmq_event_kind;

typedef struct {
  const char *name;
  const char *value;
} crmq_header;

typedef struct {
  crmq_event_kind kind;
  /* Of a delivery, an acknowledgement or a negative one. */
  uint64_t tag;
  int multiple;
  int redelivered;
  /* Of a return or a closed channel. */
  int code;
  int channel;
  /* Consumer tag, reason, or text of an error. */
  const char *text;
  /* NULL where absent. */
  const char *message_id;
  const char *correlation_id;
  const char *reply_to;
  const char *type;
  const crmq_header *headers;
  size_t header_count;
  /* x-delivery-count, or -1. */
  int64_t delivery_count;
  const uint8_t *body;
  size_t body_length;
} crmq_event;

/* 1: an event; 0: nothing to read now; -1: the connection is lost. Also sends due heartbeats. */
int crmq_next(crmq_connection *connection, crmq_event *event, crmq_error *error);

/* A message is added to what waits to be written: begun, given its headers, then its fields in the order of
 * crmq_field, and ended. It goes over channel 1, or channel 3 when confirmed is 0 and there is one. */
typedef enum {
  CRMQ_CORRELATION_ID = 1,
  CRMQ_REPLY_TO = 2,
  CRMQ_EXPIRATION = 3,
  CRMQ_MESSAGE_ID = 4,
  CRMQ_TYPE = 5
} crmq_field;
void crmq_begin(crmq_connection *connection, const char *exchange, const char *routing_key, int mandatory,
                int persistent, int confirmed);
void crmq_add_header(crmq_connection *connection, const char *name, const char *value);
void crmq_add(crmq_connection *connection, crmq_field field, const char *text);
/* Fails, with nothing added, when a text was too long or the order wrong. */
int crmq_end(crmq_connection *connection, const uint8_t *body, size_t length, crmq_error *error);
/* Adds a question that the broker answers with a CRMQ_FENCED; what it returns of the messages that were not to be
 * confirmed comes before it. */
int crmq_fence(crmq_connection *connection, crmq_error *error);
/* Adds an acknowledgement; with multiple not 0 all lower tags are acknowledged as well. */
int crmq_ack(crmq_connection *connection, uint64_t tag, int multiple, crmq_error *error);
int crmq_requeue(crmq_connection *connection, uint64_t tag, crmq_error *error);
/* Writes what was added. Returns 1 when the socket is full and wait is 0: the rest is written by the next flush, which
 * all functions that read or ask begin with. With TLS it always waits. */
int crmq_flush(crmq_connection *connection, int wait, crmq_error *error);
/* Bytes added and not written. */
size_t crmq_unwritten(crmq_connection *connection);

enum {
  CRMQ_DURABLE = 1,
  CRMQ_EXCLUSIVE = 2,
  CRMQ_AUTO_DELETE = 4,
  CRMQ_QUORUM = 8
};

typedef struct {
  const char *name;
  int flags;
  /* 0 leaves each out. */
  int64_t expires_ms;
  int64_t max_length;
  int64_t delivery_limit;
  /* Queue that takes what could not be delivered, or NULL. */
  const char *dead_letter_queue;
} crmq_queue;

/* Declares a queue on channel 2; *messages gets its depth. */
int crmq_declare_queue(crmq_connection *connection, const crmq_queue *queue, uint32_t *messages, crmq_error *error);
/* Asks for a queue's depth without creating it: fails with code 404 when it is not there. */
int crmq_inspect_queue(crmq_connection *connection, const char *queue, uint32_t *messages, crmq_error *error);
/* The same with the number of consumers. */
int crmq_queue_facts(crmq_connection *connection, const char *queue, uint32_t *messages, uint32_t *consumers,
                     crmq_error *error);
/* Copies the broker's version into text, which is left empty when the broker does not tell. */
void crmq_server_version(crmq_connection *connection, char *text, size_t size);
/* Declares a durable fanout exchange on channel 2 and binds the queue to it (queue may be NULL). */
int crmq_bind_fanout(crmq_connection *connection, const char *exchange, const char *queue, crmq_error *error);
/* Declares a topic exchange on channel 2 and binds the queue to it by its own name. */
int crmq_bind_topic(crmq_connection *connection, const char *exchange, const char *queue, int durable,
                    crmq_error *error);
int crmq_consume(crmq_connection *connection, const char *queue, const char *consumer_tag, int prefetch,
                 crmq_error *error);
int crmq_cancel(crmq_connection *connection, const char *consumer_tag, crmq_error *error);
/* Opens a channel again after CRMQ_CHANNEL_CLOSED. */
int crmq_reopen(crmq_connection *connection, int channel, int confirms, crmq_error *error);

/* A descriptor that wakes a thread out of crmq_poll. */
int crmq_wakeup_new(void);
void crmq_wakeup_signal(int wakeup);
/* Sleeps until the socket (or -1) is readable, the wake-up was signalled, or the time is over. */
void crmq_poll(int fd, int wakeup, int timeout_ms);
/* Names the calling thread; the kernel keeps 15 characters. */
void crmq_name_thread(const char *name);

#endif
