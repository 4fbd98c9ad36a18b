#ifndef APUS_CRABBITMQ_H
#define APUS_CRABBITMQ_H

/* A flat API over librabbitmq: one connection with channels 1 for messages, 2 for declarations, and, where it asks
 * for confirms, 3 for messages that need none.
 *
 * A connection belongs to one thread; only crmq_shutdown may be called from another. Strings given are
 * copied or used before the call returns; strings of an event live until the next crmq_next.
 * Functions that return int return 0 for success and -1 for failure, with the reason in *error. */

#include <stddef.h>
#include <stdint.h>

typedef struct crmq_connection crmq_connection;
typedef struct crmq_message crmq_message;

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

/* Connects, logs in and opens both channels; NULL with *error on failure.
 */
crmq_connection *crmq_open(const crmq_options *options, crmq_error *error);
/* Says goodbye when graceful is not 0, and frees everything. */
void crmq_close(crmq_connection *connection, int graceful);
int crmq_fd(crmq_connection *connection);
/* From any thread: makes a call that hangs on this socket return. */
void crmq_shutdown(int fd);

/* Whether so many bytes fit into what is free of the socket's send buffer, with as much again to spare. */
int crmq_has_room(crmq_connection *connection, size_t bytes);

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
  /* The broker has looked at all that was published on channel 3 before the fence. */
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

/* A message being built; freed by crmq_message_free. */
crmq_message *crmq_message_new(void);
/* Lends the message its body, which must live until it is published. */
void crmq_message_body(crmq_message *message, const uint8_t *body, size_t length);
void crmq_message_free(crmq_message *message);
typedef enum {
  CRMQ_MESSAGE_ID = 1,
  CRMQ_CORRELATION_ID = 2,
  CRMQ_REPLY_TO = 3,
  CRMQ_TYPE = 4,
  CRMQ_EXPIRATION = 5,
  CRMQ_EXCHANGE = 6,
  CRMQ_ROUTING_KEY = 7
} crmq_field;
void crmq_message_set(crmq_message *message, crmq_field field, const char *value);
void crmq_message_header(crmq_message *message, const char *name, const char *value);

/* Publishes on channel 1, or on channel 3 when confirmed is 0. */
int crmq_publish(crmq_connection *connection, crmq_message *message, int mandatory, int persistent, int confirmed,
                 crmq_error *error);
/* Asks the broker for a CRMQ_FENCED; what it returns of channel 3's messages comes before it. */
int crmq_fence(crmq_connection *connection, crmq_error *error);

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
/* With multiple not 0 all lower tags are acknowledged as well. */
int crmq_ack(crmq_connection *connection, uint64_t tag, int multiple, crmq_error *error);
int crmq_requeue(crmq_connection *connection, uint64_t tag, crmq_error *error);
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
