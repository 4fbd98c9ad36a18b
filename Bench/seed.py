"""A thousand servers in the database, each a copy of one that the cloud has built.

The copies are on a host that does not exist, so no agent looks for them. Their ids begin with a prefix of their own,
by which they are removed again. Each has a port, an address, a security group, two metadata items and a tag.
"""

import stack

COUNT = 1000
HOST = "bench-host"
SERVERS, PORTS, OTHERS = "be9c0000", "be9c0001", "be9c0002"


class Seed:
    """Fills the tables when entered and cleans them when left."""

    def __init__(self, user_project):
        self.project = user_project

    def __enter__(self):
        self.clean()
        found = stack.sql("compute", f"""
            SELECT s.id, i.port_id FROM servers s JOIN server_interfaces i ON i.server_id = s.id
            WHERE s.project_id = '{self.project}' AND s.vm_state = 'active' AND s.deleted_at IS NULL LIMIT 1""")
        if not found:
            raise SystemExit("the demo project has no active server to copy: run devstack/stack.sh")
        try:
            self._fill(*found[0])
        except BaseException:
            self.clean()
            raise
        return self

    def __exit__(self, *_):
        self.clean()

    def _fill(self, server, port):
        own, new_port = _id(SERVERS), _id(PORTS)
        _copy("compute", "servers", f"id = '{server}'", {
            "id": own, "name": "CONCAT('bench-', seq)", "host": f"'{HOST}'", "node": f"'{HOST}'",
            "created_at": "UTC_TIMESTAMP(6)", "network_info": f"REPLACE(network_info, '{port}', {new_port})",
        }, without="number")
        _copy("compute", "server_interfaces", f"server_id = '{server}'", {
            "id": _id(OTHERS), "server_id": own, "port_id": new_port}, limit=1)
        _copy("compute", "block_devices", f"server_id = '{server}'", {"id": _id(OTHERS), "server_id": own}, limit=1)
        stack.sql("compute", f"""
            INSERT INTO server_metadata (server_id, name, value) SELECT {own}, 'role', 'web' FROM seq_1_to_{COUNT};
            INSERT INTO server_metadata (server_id, name, value) SELECT {own}, 'rank', seq FROM seq_1_to_{COUNT};
            INSERT INTO server_tags (server_id, tag) SELECT {own}, 'bench' FROM seq_1_to_{COUNT};""")
        _copy("network", "ports", f"id = '{port}'", {
            "id": new_port, "device_id": own, "binding_host_id": f"'{HOST}'",
            "mac_address": "CONCAT('fa:16:be:9c:', LPAD(HEX(seq DIV 256), 2, '0'), ':', LPAD(HEX(seq MOD 256), 2, '0'))",
        })
        _copy("network", "ip_allocations", f"port_id = '{port}'", {
            "port_id": new_port, "ip_address": "CONCAT('10.190.', seq DIV 256, '.', seq MOD 256)"}, limit=1)
        _copy("network", "port_security_groups", f"port_id = '{port}'", {"port_id": new_port})

    def clean(self):
        stack.sql("compute", "".join(
            f"DELETE FROM {table} WHERE {column} LIKE '{SERVERS}-%';" for table, column in (
                ("server_tags", "server_id"), ("server_metadata", "server_id"), ("block_devices", "server_id"),
                ("server_interfaces", "server_id"), ("servers", "id"))))
        stack.sql("network", "".join(
            f"DELETE FROM {table} WHERE {column} LIKE '{PORTS}-%';" for table, column in (
                ("port_security_groups", "port_id"), ("ip_allocations", "port_id"), ("ports", "id"))))

    def reading(self):
        """What servers/detail needs of both databases, as statements for the client."""
        mine = f"s.project_id = '{self.project}' AND s.deleted_at IS NULL AND s.host = '{HOST}'"
        return f"""
            SELECT s.* FROM servers s WHERE {mine} ORDER BY s.created_at DESC, s.number DESC LIMIT {COUNT};
            SELECT m.* FROM server_metadata m JOIN servers s ON s.id = m.server_id WHERE {mine};
            SELECT t.* FROM server_tags t JOIN servers s ON s.id = t.server_id WHERE {mine};
            SELECT b.* FROM block_devices b JOIN servers s ON s.id = b.server_id WHERE {mine};
            SELECT p.device_id, g.name FROM network.ports p
                JOIN network.port_security_groups pg ON pg.port_id = p.id
                JOIN network.security_groups g ON g.id = pg.security_group_id WHERE p.binding_host_id = '{HOST}';"""


def _id(prefix):
    return f"CONCAT('{prefix}-0000-4000-8000-', LPAD(LOWER(HEX(seq)), 12, '0'))"


def _copy(database, table, where, changes, without="", limit=None):
    """Copies a row COUNT times with some columns changed; of several rows the first `limit`."""
    columns = [row[0] for row in stack.sql(database, f"""
        SELECT column_name FROM information_schema.columns
        WHERE table_schema = '{database}' AND table_name = '{table}' AND extra NOT LIKE '%GENERATED%'""")]
    columns = [column for column in columns if column != without]
    values = [changes.get(column, f"one.`{column}`") for column in columns]
    source = f"(SELECT * FROM {table} WHERE {where}{f' LIMIT {limit}' if limit else ''})"
    names = ", ".join(f"`{column}`" for column in columns)
    stack.sql(database, f"""
        INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {source} one, seq_1_to_{COUNT}""")
