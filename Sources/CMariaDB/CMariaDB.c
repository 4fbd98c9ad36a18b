#include "CMariaDB.h"

#include <mariadb/errmsg.h>
#include <mariadb/mysql.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct apus_db {
    MYSQL mysql;
};

// One column of a result or one parameter: its storage keeps its address while it is bound.
typedef struct {
    enum enum_field_types type;
    long long integer;
    double number;
    MYSQL_TIME time;
    char *bytes;
    unsigned long capacity;
    unsigned long length;
    my_bool is_null;
    my_bool truncated;
} cell;

struct apus_stmt {
    MYSQL_STMT *stmt;
    unsigned int parameters;
    MYSQL_BIND *in;
    cell *in_cells;
    unsigned int columns;
    MYSQL_RES *metadata;
    MYSQL_FIELD *fields;
    MYSQL_BIND *out;
    cell *out_cells;
    // Whether a column's storage has moved since it was bound.
    int moved;
};

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static void start_library(void) { mysql_library_init(0, NULL, NULL); }

static void fill(apus_db_error *error, unsigned int number, const char *state, const char *message) {
    if (!error) return;
    error->number = number;
    strncpy(error->sqlstate, state ? state : "HY000", sizeof error->sqlstate - 1);
    error->sqlstate[sizeof error->sqlstate - 1] = 0;
    strncpy(error->message, message ? message : "", sizeof error->message - 1);
    error->message[sizeof error->message - 1] = 0;
}

static void from_db(apus_db_error *error, MYSQL *mysql) {
    fill(error, mysql_errno(mysql), mysql_sqlstate(mysql), mysql_error(mysql));
}

static void from_stmt(apus_db_error *error, MYSQL_STMT *stmt) {
    fill(error, mysql_stmt_errno(stmt), mysql_stmt_sqlstate(stmt), mysql_stmt_error(stmt));
}

static void out_of_memory(apus_db_error *error) { fill(error, CR_OUT_OF_MEMORY, "HY001", "out of memory"); }

// MARK: Connections

apus_db *apus_db_connect(const apus_db_options *options, apus_db_error *error) {
    pthread_once(&library_once, start_library);
    apus_db *db = calloc(1, sizeof *db);
    if (!db) {
        out_of_memory(error);
        return NULL;
    }
    mysql_init(&db->mysql);
    my_bool yes = 1, no = 0;
    mysql_optionsv(&db->mysql, MYSQL_OPT_CONNECT_TIMEOUT, &options->connect_timeout_seconds);
    if (options->io_timeout_seconds) {
        mysql_optionsv(&db->mysql, MYSQL_OPT_READ_TIMEOUT, &options->io_timeout_seconds);
        mysql_optionsv(&db->mysql, MYSQL_OPT_WRITE_TIMEOUT, &options->io_timeout_seconds);
    }
    mysql_optionsv(&db->mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_optionsv(&db->mysql, MYSQL_OPT_RECONNECT, &no);
    mysql_optionsv(&db->mysql, MYSQL_REPORT_DATA_TRUNCATION, &yes);
    unsigned int local_files = 0;
    mysql_optionsv(&db->mysql, MYSQL_OPT_LOCAL_INFILE, &local_files);
    if (options->tls_ca) {
        mysql_optionsv(&db->mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
        mysql_optionsv(&db->mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
        mysql_optionsv(&db->mysql, MYSQL_OPT_SSL_CA, options->tls_ca);
        if (options->tls_cert) mysql_optionsv(&db->mysql, MYSQL_OPT_SSL_CERT, options->tls_cert);
        if (options->tls_key) mysql_optionsv(&db->mysql, MYSQL_OPT_SSL_KEY, options->tls_key);
    }
    unsigned int protocol = options->socket ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    mysql_optionsv(&db->mysql, MYSQL_OPT_PROTOCOL, &protocol);
    if (!mysql_real_connect(
            &db->mysql, options->host, options->user, options->password, options->database, options->port,
            options->socket, CLIENT_FOUND_ROWS)) {
        from_db(error, &db->mysql);
        apus_db_close(db);
        return NULL;
    }
    return db;
}

void apus_db_close(apus_db *db) {
    if (!db) return;
    mysql_close(&db->mysql);
    free(db);
}

int apus_db_ping(apus_db *db, apus_db_error *error) {
    if (mysql_ping(&db->mysql) == 0) return 0;
    from_db(error, &db->mysql);
    return -1;
}

int apus_db_run(apus_db *db, const char *sql, size_t length, apus_db_error *error) {
    if (mysql_real_query(&db->mysql, sql, (unsigned long)length)) {
        from_db(error, &db->mysql);
        return -1;
    }
    MYSQL_RES *result = mysql_store_result(&db->mysql);
    if (result) {
        mysql_free_result(result);
    } else if (mysql_errno(&db->mysql)) {
        from_db(error, &db->mysql);
        return -1;
    }
    return 0;
}

// MARK: Statements

static void free_cells(cell *cells, unsigned int count) {
    if (!cells) return;
    for (unsigned int i = 0; i < count; i++) free(cells[i].bytes);
    free(cells);
}

static void free_result_binding(apus_stmt *stmt) {
    free_cells(stmt->out_cells, stmt->columns);
    free(stmt->out);
    stmt->out_cells = NULL;
    stmt->out = NULL;
    if (stmt->metadata) mysql_free_result(stmt->metadata);
    stmt->metadata = NULL;
    stmt->fields = NULL;
    stmt->columns = 0;
    stmt->moved = 0;
}

apus_stmt *apus_stmt_prepare(apus_db *db, const char *sql, size_t length, apus_db_error *error) {
    apus_stmt *stmt = calloc(1, sizeof *stmt);
    if (!stmt) {
        out_of_memory(error);
        return NULL;
    }
    stmt->stmt = mysql_stmt_init(&db->mysql);
    if (!stmt->stmt) {
        out_of_memory(error);
        free(stmt);
        return NULL;
    }
    if (mysql_stmt_prepare(stmt->stmt, sql, (unsigned long)length)) {
        from_stmt(error, stmt->stmt);
        apus_stmt_close(stmt);
        return NULL;
    }
    stmt->parameters = (unsigned int)mysql_stmt_param_count(stmt->stmt);
    if (stmt->parameters) {
        stmt->in = calloc(stmt->parameters, sizeof *stmt->in);
        stmt->in_cells = calloc(stmt->parameters, sizeof *stmt->in_cells);
        if (!stmt->in || !stmt->in_cells) {
            out_of_memory(error);
            apus_stmt_close(stmt);
            return NULL;
        }
        for (unsigned int i = 0; i < stmt->parameters; i++) apus_stmt_bind_null(stmt, i);
    }
    return stmt;
}

void apus_stmt_close(apus_stmt *stmt) {
    if (!stmt) return;
    free_result_binding(stmt);
    free_cells(stmt->in_cells, stmt->parameters);
    free(stmt->in);
    mysql_stmt_close(stmt->stmt);
    free(stmt);
}

unsigned int apus_stmt_parameter_count(const apus_stmt *stmt) { return stmt->parameters; }

void apus_stmt_bind_null(apus_stmt *stmt, unsigned int index) {
    stmt->in[index].buffer_type = MYSQL_TYPE_NULL;
    stmt->in[index].buffer = NULL;
    stmt->in[index].length = NULL;
}

void apus_stmt_bind_integer(apus_stmt *stmt, unsigned int index, int64_t value) {
    stmt->in_cells[index].integer = value;
    stmt->in[index].buffer_type = MYSQL_TYPE_LONGLONG;
    stmt->in[index].buffer = &stmt->in_cells[index].integer;
    stmt->in[index].is_unsigned = 0;
}

void apus_stmt_bind_double(apus_stmt *stmt, unsigned int index, double value) {
    stmt->in_cells[index].number = value;
    stmt->in[index].buffer_type = MYSQL_TYPE_DOUBLE;
    stmt->in[index].buffer = &stmt->in_cells[index].number;
}

// Days since 1970-01-01 to a civil date and back: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
static int64_t days_from_civil(int64_t y, unsigned m, unsigned d) {
    y -= m <= 2;
    const int64_t era = (y >= 0 ? y : y - 399) / 400;
    const unsigned yoe = (unsigned)(y - era * 400);
    const unsigned doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
    const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + (int64_t)doe - 719468;
}

static void civil_from_days(int64_t z, MYSQL_TIME *time) {
    z += 719468;
    const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    const unsigned doe = (unsigned)(z - era * 146097);
    const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const unsigned mp = (5 * doy + 2) / 153;
    time->day = doy - (153 * mp + 2) / 5 + 1;
    time->month = mp < 10 ? mp + 3 : mp - 9;
    time->year = (unsigned int)((int64_t)yoe + era * 400 + (time->month <= 2));
}

void apus_stmt_bind_time(apus_stmt *stmt, unsigned int index, int64_t microseconds) {
    const int64_t day = 86400LL * 1000000LL;
    int64_t days = microseconds / day, rest = microseconds % day;
    if (rest < 0) {
        rest += day;
        days -= 1;
    }
    MYSQL_TIME *time = &stmt->in_cells[index].time;
    memset(time, 0, sizeof *time);
    civil_from_days(days, time);
    time->second_part = (unsigned long)(rest % 1000000);
    rest /= 1000000;
    time->hour = (unsigned int)(rest / 3600);
    time->minute = (unsigned int)(rest / 60 % 60);
    time->second = (unsigned int)(rest % 60);
    time->time_type = MYSQL_TIMESTAMP_DATETIME;
    stmt->in[index].buffer_type = MYSQL_TYPE_DATETIME;
    stmt->in[index].buffer = time;
}

int apus_stmt_bind_bytes(apus_stmt *stmt, unsigned int index, const void *bytes, size_t length, int is_text) {
    cell *target = &stmt->in_cells[index];
    if (length > target->capacity || !target->bytes) {
        char *grown = realloc(target->bytes, length ? length : 1);
        if (!grown) return -1;
        target->bytes = grown;
        target->capacity = (unsigned long)(length ? length : 1);
    }
    if (length) memcpy(target->bytes, bytes, length);
    target->length = (unsigned long)length;
    stmt->in[index].buffer_type = is_text ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
    stmt->in[index].buffer = target->bytes;
    stmt->in[index].buffer_length = target->length;
    stmt->in[index].length = &target->length;
    return 0;
}

// The buffer type in which a column of a server type is fetched.
static enum enum_field_types fetch_type(enum enum_field_types type) {
    switch (type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_YEAR:
        return MYSQL_TYPE_LONGLONG;
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
        return MYSQL_TYPE_DOUBLE;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
        return MYSQL_TYPE_DATETIME;
    default:
        return MYSQL_TYPE_STRING;
    }
}

// Binds the result's columns. Run after each execution: a changed schema may have changed them.
static int bind_result(apus_stmt *stmt, apus_db_error *error) {
    free_result_binding(stmt);
    stmt->metadata = mysql_stmt_result_metadata(stmt->stmt);
    if (!stmt->metadata) return 0;
    stmt->columns = mysql_num_fields(stmt->metadata);
    stmt->fields = mysql_fetch_fields(stmt->metadata);
    stmt->out = calloc(stmt->columns, sizeof *stmt->out);
    stmt->out_cells = calloc(stmt->columns, sizeof *stmt->out_cells);
    if (!stmt->out || !stmt->out_cells) {
        out_of_memory(error);
        return -1;
    }
    for (unsigned int i = 0; i < stmt->columns; i++) {
        cell *c = &stmt->out_cells[i];
        MYSQL_BIND *bind = &stmt->out[i];
        c->type = fetch_type(stmt->fields[i].type);
        bind->buffer_type = c->type;
        bind->is_null = &c->is_null;
        bind->error = &c->truncated;
        bind->length = &c->length;
        switch (c->type) {
        case MYSQL_TYPE_LONGLONG: bind->buffer = &c->integer; break;
        case MYSQL_TYPE_DOUBLE: bind->buffer = &c->number; break;
        case MYSQL_TYPE_DATETIME: bind->buffer = &c->time; break;
        default:
            c->capacity = stmt->fields[i].length < 256 ? stmt->fields[i].length + 1 : 256;
            c->bytes = malloc(c->capacity);
            if (!c->bytes) {
                out_of_memory(error);
                return -1;
            }
            bind->buffer = c->bytes;
            bind->buffer_length = c->capacity;
        }
    }
    if (mysql_stmt_bind_result(stmt->stmt, stmt->out)) {
        from_stmt(error, stmt->stmt);
        return -1;
    }
    return 0;
}

int apus_stmt_execute(apus_stmt *stmt, apus_db_error *error) {
    if (stmt->parameters && mysql_stmt_bind_param(stmt->stmt, stmt->in)) {
        from_stmt(error, stmt->stmt);
        return -1;
    }
    if (mysql_stmt_execute(stmt->stmt)) {
        from_stmt(error, stmt->stmt);
        return -1;
    }
    if (mysql_stmt_field_count(stmt->stmt) == 0) {
        free_result_binding(stmt);
        return 0;
    }
    if (bind_result(stmt, error)) return -1;
    if (mysql_stmt_store_result(stmt->stmt)) {
        from_stmt(error, stmt->stmt);
        return -1;
    }
    return 0;
}

uint64_t apus_stmt_matched_rows(const apus_stmt *stmt) { return mysql_stmt_affected_rows(stmt->stmt); }
uint64_t apus_stmt_last_insert_id(const apus_stmt *stmt) { return mysql_stmt_insert_id(stmt->stmt); }

unsigned int apus_stmt_column_count(const apus_stmt *stmt) { return stmt->columns; }

const char *apus_stmt_column_name(const apus_stmt *stmt, unsigned int index, size_t *length) {
    *length = stmt->fields[index].name_length;
    return stmt->fields[index].name;
}

int apus_stmt_fetch(apus_stmt *stmt, apus_db_error *error) {
    // Not sooner: the library before 3.3.20 forgets the lengths of the row that was fetched last when it binds.
    if (stmt->moved && mysql_stmt_bind_result(stmt->stmt, stmt->out)) {
        from_stmt(error, stmt->stmt);
        return -1;
    }
    stmt->moved = 0;
    int status = mysql_stmt_fetch(stmt->stmt);
    if (status == MYSQL_NO_DATA) return 0;
    if (status == 1) {
        from_stmt(error, stmt->stmt);
        return -1;
    }
    for (unsigned int i = 0; i < stmt->columns; i++) {
        cell *c = &stmt->out_cells[i];
        if (c->type != MYSQL_TYPE_STRING || c->is_null || c->length <= c->capacity) continue;
        char *grown = realloc(c->bytes, c->length);
        if (!grown) {
            out_of_memory(error);
            return -1;
        }
        c->bytes = grown;
        c->capacity = c->length;
        stmt->out[i].buffer = c->bytes;
        stmt->out[i].buffer_length = c->capacity;
        if (mysql_stmt_fetch_column(stmt->stmt, &stmt->out[i], i, 0)) {
            from_stmt(error, stmt->stmt);
            return -1;
        }
        stmt->moved = 1;
    }
    return 1;
}

int apus_stmt_kind(const apus_stmt *stmt, unsigned int index) {
    const cell *c = &stmt->out_cells[index];
    if (c->is_null) return APUS_DB_NULL;
    switch (c->type) {
    case MYSQL_TYPE_LONGLONG: return APUS_DB_INTEGER;
    case MYSQL_TYPE_DOUBLE: return APUS_DB_DOUBLE;
    case MYSQL_TYPE_DATETIME: return APUS_DB_TIME;
    // 63 is the binary character set.
    default: return stmt->fields[index].charsetnr == 63 ? APUS_DB_BYTES : APUS_DB_TEXT;
    }
}

int64_t apus_stmt_integer(const apus_stmt *stmt, unsigned int index) { return stmt->out_cells[index].integer; }
double apus_stmt_double(const apus_stmt *stmt, unsigned int index) { return stmt->out_cells[index].number; }

int64_t apus_stmt_time(const apus_stmt *stmt, unsigned int index) {
    const MYSQL_TIME *time = &stmt->out_cells[index].time;
    int64_t seconds = days_from_civil(time->year, time->month, time->day) * 86400LL + time->hour * 3600LL
        + time->minute * 60LL + time->second;
    return seconds * 1000000LL + (int64_t)time->second_part;
}

const void *apus_stmt_bytes(const apus_stmt *stmt, unsigned int index, size_t *length) {
    *length = stmt->out_cells[index].length;
    return stmt->out_cells[index].bytes;
}

void apus_stmt_reset(apus_stmt *stmt) { mysql_stmt_free_result(stmt->stmt); }
