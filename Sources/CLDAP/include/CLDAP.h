// A flat API over OpenLDAP's libldap: one handle per connection, one per result.
//
// A handle may be used by one thread at a time. Strings are UTF-8 and end with a zero, unless a length is beside them;
// pointers out live until the next call on the same handle. Functions that can fail return 0 (or a handle) for success
// and fill `error`. No call takes longer than the timeouts, a name's resolution apart.
#ifndef APUS_CLDAP_H
#define APUS_CLDAP_H

#include <stddef.h>

typedef struct apus_ldap apus_ldap;
typedef struct apus_ldap_result apus_ldap_result;

typedef struct {
    int code;  // LDAP's result code (0…), or the library's own (below 0)
    char message[256];
} apus_ldap_error;

enum {
    APUS_LDAP_SERVER_DOWN = -1,
    APUS_LDAP_FILTER_ERROR = -7,
    APUS_LDAP_SIZE_LIMIT = 4,
    APUS_LDAP_NO_SUCH_OBJECT = 32,
    APUS_LDAP_INVALID_DN = 34,
    APUS_LDAP_BUSY = 51,
    APUS_LDAP_UNAVAILABLE = 52
};

enum { APUS_LDAP_MAX_ATTRIBUTES = 16 };

enum { APUS_LDAP_BASE = 0, APUS_LDAP_ONE = 1, APUS_LDAP_SUBTREE = 2 };

/// What a server's certificate must be.
enum { APUS_LDAP_TLS_NEVER = 0, APUS_LDAP_TLS_DEMAND = 2, APUS_LDAP_TLS_ALLOW = 3 };

typedef struct {
    const char *urls;  // separated by spaces; the first that answers is used
    int connect_timeout_seconds;
    int timeout_seconds;  // of one operation
    int start_tls;
    int tls_check;        // one of APUS_LDAP_TLS_…
    const char *ca_file;  // NULL: the system's
    const char *ca_folder;
    int follows_referrals;
    int dereferencing;  // 0 never, 1 searching, 2 finding, 3 always; -1 as ldap.conf says
} apus_ldap_options;

typedef struct {
    const char *base;
    int scope;
    const char *filter;
    const char *attributes;  // separated by spaces; APUS_LDAP_MAX_ATTRIBUTES at most
    int page_size;           // 0: not in pages
    size_t maximum;          // entries; more fail with APUS_LDAP_SIZE_LIMIT
} apus_ldap_search_options;

/// Connects when the first operation asks for it, except for `start_tls`.
apus_ldap *apus_ldap_open(const apus_ldap_options *options, apus_ldap_error *error);
void apus_ldap_close(apus_ldap *ldap);

/// A simple bind; no name and no password make it an anonymous one.
int apus_ldap_bind(
    apus_ldap *ldap, const char *name, const char *password, size_t length, apus_ldap_error *error);

/// Brings all entries into memory.
apus_ldap_result *apus_ldap_search(
    apus_ldap *ldap, const apus_ldap_search_options *options, apus_ldap_error *error);
void apus_ldap_result_free(apus_ldap_result *result);

/// Goes to the next entry, the first at first. 0: there is no more.
int apus_ldap_next(apus_ldap_result *result);
const char *apus_ldap_dn(apus_ldap_result *result);
/// How many values the entry has of an attribute, which `apus_ldap_value` then gives.
int apus_ldap_values(apus_ldap_result *result, const char *attribute);
const void *apus_ldap_value(const apus_ldap_result *result, int index, size_t *length);

/// The name in its one form (RFC 4514), to be freed with `apus_ldap_free`; NULL for what is no name.
char *apus_ldap_canonical_dn(const char *name);
/// The first part of a name as its attribute and its value, to be freed each; 0 for what is no name, or has several.
int apus_ldap_first_part(const char *name, char **attribute, char **value);
void apus_ldap_free(char *text);

#endif
