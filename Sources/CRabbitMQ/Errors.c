#include "internal.h"

#include <stdio.h>
#include <string.h>

void crmq_set_error(crmq_error *error, int code, int fatal, const char *text) {
  if (!error) return;
  error->code = code;
  error->fatal = fatal;
  snprintf(error->text, sizeof error->text, "%s", text ? text : "unknown error");
}

void crmq_set_text(crmq_error *error, int code, int fatal, amqp_bytes_t text) {
  if (!error) return;
  error->code = code;
  error->fatal = fatal;
  snprintf(error->text, sizeof error->text, "%.*s", (int)text.len, (const char *)text.bytes);
}

int crmq_status(int code, crmq_error *error) {
  if (code == AMQP_STATUS_OK) return 0;
  crmq_set_error(error, 0, 1, amqp_error_string2(code));
  return -1;
}

int crmq_check(crmq_connection *c, amqp_rpc_reply_t reply, amqp_channel_t channel, crmq_error *error) {
  switch (reply.reply_type) {
    case AMQP_RESPONSE_NORMAL:
      return 0;
    case AMQP_RESPONSE_NONE:
      crmq_set_error(error, 0, 1, "the broker sent no reply");
      return -1;
    case AMQP_RESPONSE_LIBRARY_EXCEPTION:
      crmq_set_error(error, 0, 1, amqp_error_string2(reply.library_error));
      return -1;
    case AMQP_RESPONSE_SERVER_EXCEPTION:
      if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
        amqp_channel_close_t *close = reply.reply.decoded;
        crmq_set_text(error, close->reply_code, channel == MESSAGES, close->reply_text);
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
        crmq_set_text(error, close->reply_code, 1, close->reply_text);
        return -1;
      }
      crmq_set_error(error, 0, 1, "the broker refused the request");
      return -1;
  }
  crmq_set_error(error, 0, 1, "unknown reply");
  return -1;
}
