#include "CLDAP.h"

#include <errno.h>
#include <ldap.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

struct apus_ldap {
    LDAP *ld;
    struct timeval timeout;
    int milliseconds;
    ldap_conncb on_connect;
};

struct apus_ldap_result {
    LDAP *ld;
    LDAPMessage **pages;
    size_t page_count;
    size_t page;
    LDAPMessage *entry;
    char *dn;
    struct berval **values;
};

static int fail(apus_ldap_error *error, int code) {
    error->code = code;
    strncpy(error->message, ldap_err2string(code), sizeof(error->message) - 1);
    error->message[sizeof(error->message) - 1] = 0;
    return code;
}

// libldap waits for ever for a TLS handshake's answers, whatever its timeouts say. So a layer below TLS, on every
// connection, waits for what is to be read, and gives up in time.

static int patience_setup(Sockbuf_IO_Desc *layer, void *milliseconds) {
    layer->sbiod_pvt = milliseconds;
    return 0;
}

static int patience_ctrl(Sockbuf_IO_Desc *layer, int option, void *argument) {
    return LBER_SBIOD_CTRL_NEXT(layer, option, argument);
}

static ber_slen_t patience_read(Sockbuf_IO_Desc *layer, void *buffer, ber_len_t length) {
    struct pollfd wait = {.fd = -1, .events = POLLIN};
    if (ber_sockbuf_ctrl(layer->sbiod_sb, LBER_SB_OPT_GET_FD, &wait.fd) == 1) {
        int ready;
        do ready = poll(&wait, 1, *(const int *)layer->sbiod_pvt);
        while (ready < 0 && errno == EINTR);
        if (ready == 0) {
            errno = ETIMEDOUT;
            return -1;
        }
    }
    return LBER_SBIOD_READ_NEXT(layer, buffer, length);
}

static ber_slen_t patience_write(Sockbuf_IO_Desc *layer, void *buffer, ber_len_t length) {
    return LBER_SBIOD_WRITE_NEXT(layer, buffer, length);
}

static Sockbuf_IO patience = {
    .sbi_setup = patience_setup,
    .sbi_ctrl = patience_ctrl,
    .sbi_read = patience_read,
    .sbi_write = patience_write,
};

static int connected(LDAP *ld, Sockbuf *socket, LDAPURLDesc *url, struct sockaddr *address, ldap_conncb *callback) {
    (void)ld, (void)url, (void)address;
    return ber_sockbuf_add_io(socket, &patience, LBER_SBIOD_LEVEL_PROVIDER + 1, callback->lc_arg);
}

static void disconnected(LDAP *ld, Sockbuf *socket, ldap_conncb *callback) { (void)ld, (void)socket, (void)callback; }

/// Options are the handle's own: the library's are of the whole process.
static int configure(LDAP *ld, const apus_ldap_options *options) {
    int version = LDAP_VERSION3;
    struct timeval connecting = {options->connect_timeout_seconds, 0};
    struct timeval operation = {options->timeout_seconds, 0};
    int check = options->tls_check;
    int failed = ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version)
        || ldap_set_option(ld, LDAP_OPT_NETWORK_TIMEOUT, &connecting)
        || ldap_set_option(ld, LDAP_OPT_TIMEOUT, &operation)
        || ldap_set_option(ld, LDAP_OPT_REFERRALS, options->follows_referrals ? LDAP_OPT_ON : LDAP_OPT_OFF)
        || ldap_set_option(ld, LDAP_OPT_RESTART, LDAP_OPT_ON)
        || ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &check);
    if (!failed && options->dereferencing >= 0)
        failed = ldap_set_option(ld, LDAP_OPT_DEREF, &options->dereferencing);
    if (!failed && options->ca_file) failed = ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, options->ca_file);
    if (!failed && options->ca_folder) failed = ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTDIR, options->ca_folder);
    if (failed) return LDAP_LOCAL_ERROR;
    if (!options->start_tls && !strstr(options->urls, "ldaps:")) return LDAP_SUCCESS;
    // Last: the options above hold for the context that this makes. A file that is not there fails only here.
    int client = 0;
    return ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &client) ? LDAP_CONNECT_ERROR : LDAP_SUCCESS;
}

apus_ldap *apus_ldap_open(const apus_ldap_options *options, apus_ldap_error *error) {
    apus_ldap *ldap = calloc(1, sizeof(*ldap));
    if (!ldap) {
        fail(error, LDAP_NO_MEMORY);
        return NULL;
    }
    ldap->timeout.tv_sec = options->timeout_seconds;
    ldap->milliseconds = 1000 * options->timeout_seconds;
    ldap->on_connect = (ldap_conncb){connected, disconnected, &ldap->milliseconds};
    int code = ldap_initialize(&ldap->ld, options->urls);
    if (code == LDAP_SUCCESS) code = configure(ldap->ld, options);
    if (code == LDAP_SUCCESS && ldap_set_option(ldap->ld, LDAP_OPT_CONNECT_CB, &ldap->on_connect))
        code = LDAP_LOCAL_ERROR;
    if (code == LDAP_SUCCESS && options->start_tls) code = ldap_start_tls_s(ldap->ld, NULL, NULL);
    if (code == LDAP_SUCCESS) return ldap;
    fail(error, code);
    apus_ldap_close(ldap);
    return NULL;
}

void apus_ldap_close(apus_ldap *ldap) {
    if (!ldap) return;
    if (ldap->ld) ldap_unbind_ext_s(ldap->ld, NULL, NULL);
    free(ldap);
}

int apus_ldap_bind(
    apus_ldap *ldap, const char *name, const char *password, size_t length, apus_ldap_error *error) {
    struct berval credentials = {length, (char *)password};
    int code = ldap_sasl_bind_s(ldap->ld, name, LDAP_SASL_SIMPLE, &credentials, NULL, NULL, NULL);
    return code == LDAP_SUCCESS ? 0 : fail(error, code);
}

/// Keeps a page. Frees it where there is no memory for that.
static int keep(apus_ldap_result *result, LDAPMessage *page) {
    LDAPMessage **pages = realloc(result->pages, (result->page_count + 1) * sizeof(*pages));
    if (!pages) {
        ldap_msgfree(page);
        return LDAP_NO_MEMORY;
    }
    result->pages = pages;
    pages[result->page_count++] = page;
    return LDAP_SUCCESS;
}

/// The cookie that asks for the page after this one; empty after the last.
static int next_cookie(LDAP *ld, LDAPMessage *page, struct berval *cookie) {
    LDAPControl **controls = NULL;
    int code = ldap_parse_result(ld, page, NULL, NULL, NULL, NULL, &controls, 0);
    ber_memfree(cookie->bv_val);
    cookie->bv_val = NULL;
    cookie->bv_len = 0;
    if (code == LDAP_SUCCESS && controls) {
        LDAPControl *answer = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
        ber_int_t estimate;
        if (answer) code = ldap_parse_pageresponse_control(ld, answer, &estimate, cookie);
    }
    ldap_controls_free(controls);
    return code;
}

/// Divides `names` in place. `list` has room for one more, which ends it.
static void split(char *names, char **list) {
    size_t count = 0;
    char *rest = NULL;
    char *name = strtok_r(names, " ", &rest);
    for (; name && count < APUS_LDAP_MAX_ATTRIBUTES; name = strtok_r(NULL, " ", &rest)) list[count++] = name;
    list[count] = NULL;
}

apus_ldap_result *apus_ldap_search(
    apus_ldap *ldap, const apus_ldap_search_options *options, apus_ldap_error *error) {
    apus_ldap_result *result = calloc(1, sizeof(*result));
    char *names = strdup(options->attributes);
    if (!result || !names) {
        free(names);
        free(result);
        fail(error, LDAP_NO_MEMORY);
        return NULL;
    }
    char *attributes[APUS_LDAP_MAX_ATTRIBUTES + 1];
    split(names, attributes);
    result->ld = ldap->ld;
    struct berval cookie = {0, NULL};
    size_t found = 0;
    int code;
    do {
        LDAPControl *paging = NULL;
        LDAPControl *controls[] = {NULL, NULL};
        if (options->page_size > 0) {
            code = ldap_create_page_control(ldap->ld, options->page_size, &cookie, 0, &paging);
            if (code != LDAP_SUCCESS) break;
            controls[0] = paging;
        }
        LDAPMessage *page = NULL;
        struct timeval timeout = ldap->timeout;
        code = ldap_search_ext_s(
            ldap->ld, options->base, options->scope, options->filter, attributes, 0, controls, NULL,
            &timeout, LDAP_NO_LIMIT, &page);
        ldap_control_free(paging);
        if (code != LDAP_SUCCESS || !page) {
            ldap_msgfree(page);
            break;
        }
        found += ldap_count_entries(ldap->ld, page);
        code = keep(result, page);
        if (code == LDAP_SUCCESS && found > options->maximum) code = LDAP_SIZELIMIT_EXCEEDED;
        if (code == LDAP_SUCCESS) code = next_cookie(ldap->ld, page, &cookie);
    } while (code == LDAP_SUCCESS && cookie.bv_len > 0);
    ber_memfree(cookie.bv_val);
    free(names);
    if (code == LDAP_SUCCESS) return result;
    fail(error, code);
    apus_ldap_result_free(result);
    return NULL;
}

static void forget_entry(apus_ldap_result *result) {
    ldap_memfree(result->dn);
    ldap_value_free_len(result->values);
    result->dn = NULL;
    result->values = NULL;
}

void apus_ldap_result_free(apus_ldap_result *result) {
    if (!result) return;
    forget_entry(result);
    for (size_t i = 0; i < result->page_count; i++) ldap_msgfree(result->pages[i]);
    free(result->pages);
    free(result);
}

int apus_ldap_next(apus_ldap_result *result) {
    forget_entry(result);
    if (result->entry) {
        result->entry = ldap_next_entry(result->ld, result->entry);
        if (!result->entry) result->page++;
    }
    for (; !result->entry && result->page < result->page_count; result->page++) {
        result->entry = ldap_first_entry(result->ld, result->pages[result->page]);
        if (result->entry) break;
    }
    return result->entry != NULL;
}

const char *apus_ldap_dn(apus_ldap_result *result) {
    if (!result->dn) result->dn = ldap_get_dn(result->ld, result->entry);
    return result->dn ? result->dn : "";
}

int apus_ldap_values(apus_ldap_result *result, const char *attribute) {
    ldap_value_free_len(result->values);
    result->values = ldap_get_values_len(result->ld, result->entry, attribute);
    return ldap_count_values_len(result->values);
}

const void *apus_ldap_value(const apus_ldap_result *result, int index, size_t *length) {
    *length = result->values[index]->bv_len;
    return result->values[index]->bv_val;
}

char *apus_ldap_canonical_dn(const char *name) {
    LDAPDN parts = NULL;
    if (ldap_str2dn(name, &parts, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS) return NULL;
    char *text = NULL;
    if (ldap_dn2str(parts, &text, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS) text = NULL;
    ldap_dnfree(parts);
    return text;
}

static char *copy(const struct berval *value) { return strndup(value->bv_val, value->bv_len); }

int apus_ldap_first_part(const char *name, char **attribute, char **value) {
    LDAPDN parts = NULL;
    *attribute = *value = NULL;
    if (ldap_str2dn(name, &parts, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS) return 0;
    if (parts && parts[0] && parts[0][0] && !parts[0][1]) {
        *attribute = copy(&parts[0][0]->la_attr);
        *value = copy(&parts[0][0]->la_value);
    }
    ldap_dnfree(parts);
    return *attribute && *value;
}

/// What this file hands out is the C library's own memory or OpenLDAP's, which is the same.
void apus_ldap_free(char *text) { ldap_memfree(text); }
