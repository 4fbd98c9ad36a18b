# shellcheck shell=bash
# A private OpenLDAP server on the loopback address, with one empty tree. Needs process.sh.

slapd_is_installed() { [ -x /usr/sbin/slapd ]; }

# slapd_start DIR PORT TLSPORT: the tree is dc=test, its administrator cn=admin,dc=test with the password "secret".
# As others do, it takes a name without a password for an anonymous bind.
# DIR/tls has the certificate, directory.pem, which is for 127.0.0.1.
slapd_start() {
    local dir=$1 port=$2 tls_port=$3 schema
    if process_alive "$dir/slapd.pid"; then return 0; fi
    mkdir -p "$dir/slapd/data"
    {
        for schema in core cosine inetorgperson; do echo "include /etc/ldap/schema/$schema.schema"; done
        cat << CONF
pidfile $dir/slapd/server.pid
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCACertificateFile $dir/tls/ca.pem
TLSCertificateFile $dir/tls/directory.pem
TLSCertificateKeyFile $dir/tls/directory.key
allow bind_anon_dn
database mdb
suffix dc=test
rootdn cn=admin,dc=test
rootpw secret
directory $dir/slapd/data
maxsize 67108864
CONF
    } > "$dir/slapd/slapd.conf"
    process_start slapd "$dir/slapd.pid" "$dir/slapd.log" \
        /usr/sbin/slapd -d 0 -f "$dir/slapd/slapd.conf" \
        -h "ldap://127.0.0.1:$port ldaps://127.0.0.1:$tls_port" || return 1
    wait_until 10 port_is_taken "$port" || {
        tail -n 20 "$dir/slapd.log" >&2
        return 1
    }
    [ -e "$dir/slapd/made" ] || slapd_make_tree "$dir" "$port"
}

slapd_make_tree() {
    ldapadd -x -H "ldap://127.0.0.1:$2" -D cn=admin,dc=test -w secret > "$1/slapd/made.log" << LDIF
dn: dc=test
objectClass: domain
dc: test
LDIF
    touch "$1/slapd/made"
}

slapd_stop() { process_stop "$1/slapd.pid"; }
