/* What the files of this target share. Everything else is static in its file. */
#ifndef APUS_CRABBITMQ_INTERNAL_H
#define APUS_CRABBITMQ_INTERNAL_H

#include "CRabbitMQ.h"

#include <amqp.h>
#include <amqp_framing.h>

/* MESSAGES carries what is consumed and what is confirmed. What needs no confirmation goes over POSTS where there are
 * confirms, and over MESSAGES where there are none: so a call's answer and its acknowledgement meet one process of the
 * broker. */
enum { MESSAGES = 1, DECLARATIONS = 2, POSTS = 3, MAX_HEADERS = 32 };

/* Memory for the strings of one event, emptied by the next. The first block is kept. */
typedef struct block {
  struct block *next;
  size_t used;
  size_t size;
  char bytes[];
} block;

/* Frames on their way to the socket, and where the message being added has its parts. */
typedef struct {
  uint8_t *bytes;
  size_t length;
  size_t capacity;
  size_t message;
  size_t header;
  size_t table;
  uint16_t flags;
  int channel;
  int persistent;
  int failure;
} output;

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
  output out;
  int confirms;
  /* What is written goes through librabbitmq, which owns the TLS session. */
  int tls;
};

/* Memory beyond so many bytes is not kept after a large message. */
enum { KEPT = 1 << 20 };

/* Errors.c */
void crmq_set_error(crmq_error *error, int code, int fatal, const char *text);
void crmq_set_text(crmq_error *error, int code, int fatal, amqp_bytes_t text);
/* 0 or -1 for one of librabbitmq's codes. */
int crmq_status(int code, crmq_error *error);
/* The same for a reply. A channel that the broker closed is answered and opened again. */
int crmq_check(crmq_connection *c, amqp_rpc_reply_t reply, amqp_channel_t channel, crmq_error *error);

/* Strings.c */
void crmq_drop_strings(crmq_connection *c);
const char *crmq_keep(crmq_connection *c, amqp_bytes_t bytes);
amqp_bytes_t crmq_bytes_of(const char *text);

/* Tables.c: arguments and properties; keys and values are not copied. */
amqp_table_entry_t crmq_table_entry(const char *key, uint8_t kind);
amqp_table_entry_t crmq_string_entry(const char *key, const char *value);
amqp_table_entry_t crmq_number_entry(const char *key, int64_t value);
amqp_table_entry_t crmq_true_entry(const char *key);

/* Output.c: big-endian numbers, short texts and frames. */
uint8_t *crmq_room(crmq_connection *c, size_t length);
uint8_t *crmq_put(uint8_t *to, uint64_t value, int bytes);
/* Room for a frame's payload between its head and its end; NULL when there is no memory. */
uint8_t *crmq_add_frame(crmq_connection *c, int type, int channel, size_t length);

#endif
