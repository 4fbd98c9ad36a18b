#include "internal.h"

#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static struct timeval milliseconds(int ms) {
  struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};
  return tv;
}

static int connect_socket(crmq_connection *c, const crmq_options *o, crmq_error *error) {
  amqp_socket_t *socket = o->tls ? amqp_ssl_socket_new(c->state) : amqp_tcp_socket_new(c->state);
  if (!socket) {
    crmq_set_error(error, 0, 1, "no memory for a socket");
    return -1;
  }
  if (o->tls) {
    amqp_ssl_socket_set_verify_peer(socket, 1);
    amqp_ssl_socket_set_verify_hostname(socket, 1);
    if (amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST) != AMQP_STATUS_OK ||
        (o->ca && amqp_ssl_socket_set_cacert(socket, o->ca) != AMQP_STATUS_OK) ||
        (o->certificate && amqp_ssl_socket_set_key(socket, o->certificate, o->key) != AMQP_STATUS_OK)) {
      crmq_set_error(error, 0, 1, "the TLS certificates cannot be used");
      return -1;
    }
  }
  struct timeval timeout = milliseconds(o->connect_timeout_ms);
  return crmq_status(amqp_socket_open_noblock(socket, o->host, o->port, &timeout), error);
}

static int log_in(crmq_connection *c, const crmq_options *o, crmq_error *error) {
  /* Without these the broker never tells of a deleted queue or a memory alarm. */
  amqp_table_entry_t capabilities[] = {
      crmq_true_entry("consumer_cancel_notify"), crmq_true_entry("connection.blocked"), crmq_true_entry("basic.nack"),
      crmq_true_entry("publisher_confirms")};
  amqp_table_entry_t properties[3];
  properties[0] = crmq_table_entry("capabilities", AMQP_FIELD_KIND_TABLE);
  properties[0].value.value.table.num_entries = 4;
  properties[0].value.value.table.entries = capabilities;
  properties[1] = crmq_string_entry("connection_name", o->name);
  properties[2] = crmq_string_entry("product", "Apus");
  amqp_table_t table = {.num_entries = 3, .entries = properties};
  amqp_rpc_reply_t reply = amqp_login_with_properties(
      c->state, o->vhost, 0, 131072, o->heartbeat_seconds, &table, AMQP_SASL_METHOD_PLAIN, o->user, o->password);
  return crmq_check(c, reply, 0, error);
}

int crmq_reopen(crmq_connection *c, int channel, int confirms, crmq_error *error) {
  if (crmq_flush(c, 1, error)) return -1;
  amqp_channel_open(c->state, (amqp_channel_t)channel);
  if (crmq_check(c, amqp_get_rpc_reply(c->state), (amqp_channel_t)channel, error)) return -1;
  if (confirms) {
    amqp_confirm_select(c->state, (amqp_channel_t)channel);
    return crmq_check(c, amqp_get_rpc_reply(c->state), (amqp_channel_t)channel, error);
  }
  return 0;
}

crmq_connection *crmq_open(const crmq_options *o, crmq_error *error) {
  crmq_connection *c = calloc(1, sizeof *c);
  if (!c || !(c->state = amqp_new_connection())) {
    free(c);
    crmq_set_error(error, 0, 1, "no memory for a connection");
    return NULL;
  }
  struct timeval handshake = milliseconds(o->connect_timeout_ms);
  struct timeval rpc = milliseconds(o->rpc_timeout_ms);
  amqp_set_handshake_timeout(c->state, &handshake);
  amqp_set_rpc_timeout(c->state, &rpc);
  c->tls = o->tls;
  c->confirms = o->confirms;
  if (connect_socket(c, o, error) || log_in(c, o, error) || crmq_reopen(c, MESSAGES, o->confirms, error) ||
      crmq_reopen(c, DECLARATIONS, 0, error) || (o->confirms && crmq_reopen(c, POSTS, 0, error))) {
    crmq_close(c, 0);
    return NULL;
  }
  return c;
}

void crmq_close(crmq_connection *c, int graceful) {
  if (!c) return;
  if (graceful && crmq_flush(c, 1, NULL) == 0) amqp_connection_close(c->state, AMQP_REPLY_SUCCESS);
  amqp_destroy_connection(c->state);
  crmq_drop_strings(c);
  free(c->strings);
  free(c->body);
  free(c->out.bytes);
  free(c);
}

int crmq_fd(crmq_connection *c) { return amqp_get_sockfd(c->state); }

void crmq_shutdown(int fd) {
  if (fd >= 0) shutdown(fd, SHUT_RDWR);
}

int crmq_has_buffered(crmq_connection *c) {
  return amqp_frames_enqueued(c->state) || amqp_data_in_buffer(c->state);
}
