// A flat API over MariaDB Connector/C: one handle per connection, one per prepared statement.
//
// A handle may be used by one thread at a time. Strings in are (pointer, length) or zero-terminated as
// named; pointers out live until the next call on the same handle. Sizes are bytes, times microseconds
// since 1970-01-01 UTC. Functions that can fail return 0 (or a handle) for success and fill `error`.
#ifndef APUS_CMARIADB_H
#define APUS_CMARIADB_H

#include <stddef.h>
#include <stdint.h>

typedef struct apus_db apus_db;
typedef struct apus_stmt apus_stmt;

typedef struct {
    unsigned int number;  // the server's (1000…) or the client library's (2000…) error number
    char sqlstate[6];
    char message[512];
} apus_db_error;

typedef struct {
    const char *host;      // NULL with a socket
    unsigned int port;
    const char *socket;    // NULL with a host
    const char *user;
    const char *password;
    const char *database;  // NULL for none
    const char *tls_ca;    // a file; when set, TLS is required and the server's name is checked
    const char *tls_cert;
    const char *tls_key;
    unsigned int connect_timeout_seconds;
    unsigned int io_timeout_seconds;  // 0: none
} apus_db_options;

enum {
    APUS_DB_NULL = 0,
    APUS_DB_INTEGER = 1,
    APUS_DB_DOUBLE = 2,
    APUS_DB_TIME = 3,
    APUS_DB_BYTES = 4,
    /// UTF-8 by the connection's character set.
    APUS_DB_TEXT = 5
};

apus_db *apus_db_connect(const apus_db_options *options, apus_db_error *error);
void apus_db_close(apus_db *db);
int apus_db_ping(apus_db *db, apus_db_error *error);

/// Runs one statement as text, for what cannot be prepared; any result is thrown away.
int apus_db_run(apus_db *db, const char *sql, size_t length, apus_db_error *error);

apus_stmt *apus_stmt_prepare(apus_db *db, const char *sql, size_t length, apus_db_error *error);
void apus_stmt_close(apus_stmt *stmt);

unsigned int apus_stmt_parameter_count(const apus_stmt *stmt);
/// Values are copied; `index` counts from 0 and must be below the parameter count.
void apus_stmt_bind_null(apus_stmt *stmt, unsigned int index);
void apus_stmt_bind_integer(apus_stmt *stmt, unsigned int index, int64_t value);
void apus_stmt_bind_double(apus_stmt *stmt, unsigned int index, double value);
void apus_stmt_bind_time(apus_stmt *stmt, unsigned int index, int64_t microseconds);
int apus_stmt_bind_bytes(apus_stmt *stmt, unsigned int index, const void *bytes, size_t length, int is_text);

/// Executes and, for a statement with a result, brings all of it into memory.
int apus_stmt_execute(apus_stmt *stmt, apus_db_error *error);
/// Rows matched by a statement without a result (the connection asks for found rows).
uint64_t apus_stmt_matched_rows(const apus_stmt *stmt);
uint64_t apus_stmt_last_insert_id(const apus_stmt *stmt);

unsigned int apus_stmt_column_count(const apus_stmt *stmt);
const char *apus_stmt_column_name(const apus_stmt *stmt, unsigned int index, size_t *length);

/// 1: a row is there; 0: no more; -1: failed.
int apus_stmt_fetch(apus_stmt *stmt, apus_db_error *error);
/// One of APUS_DB_… for the fetched row's column.
int apus_stmt_kind(const apus_stmt *stmt, unsigned int index);
int64_t apus_stmt_integer(const apus_stmt *stmt, unsigned int index);
double apus_stmt_double(const apus_stmt *stmt, unsigned int index);
int64_t apus_stmt_time(const apus_stmt *stmt, unsigned int index);
const void *apus_stmt_bytes(const apus_stmt *stmt, unsigned int index, size_t *length);
/// Frees the result; the statement can be executed again.
void apus_stmt_reset(apus_stmt *stmt);

#endif
