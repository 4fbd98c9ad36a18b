package import Database

/// The tables of the network service, in the order they came.
package let networkMigrations: [Migration] = [
    Migration(
        1, "networks",
        """
        CREATE TABLE IF NOT EXISTS networks (
            id CHAR(36) NOT NULL PRIMARY KEY, project_id VARCHAR(255) NOT NULL,
            name VARCHAR(255) NOT NULL, description VARCHAR(255) NOT NULL,
            admin_state_up BOOL NOT NULL, status VARCHAR(16) NOT NULL, router_external BOOL NOT NULL,
            is_default BOOL NOT NULL, mtu INT NOT NULL, port_security_enabled BOOL NOT NULL,
            network_type VARCHAR(32) NOT NULL, physical_network VARCHAR(64) NOT NULL, segmentation_id INT NOT NULL,
            dns_domain VARCHAR(255) NOT NULL, availability_zone_hints TEXT NOT NULL,
            created_at DATETIME(6) NOT NULL, updated_at DATETIME(6) NOT NULL, revision_number INT NOT NULL,
            UNIQUE KEY uq_networks_segment (network_type, physical_network, segmentation_id),
            KEY ix_networks_project (project_id, id)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        2, "subnets",
        """
        CREATE TABLE IF NOT EXISTS subnets (
            id CHAR(36) NOT NULL PRIMARY KEY, project_id VARCHAR(255) NOT NULL, network_id CHAR(36) NOT NULL,
            name VARCHAR(255) NOT NULL, description VARCHAR(255) NOT NULL,
            ip_version TINYINT NOT NULL, cidr VARCHAR(64) NOT NULL, gateway_ip VARCHAR(45) NULL,
            enable_dhcp BOOL NOT NULL, ipv6_ra_mode VARCHAR(16) NULL, ipv6_address_mode VARCHAR(16) NULL,
            subnetpool_id CHAR(36) NULL, allocation_pools TEXT NOT NULL, dns_nameservers TEXT NOT NULL,
            host_routes TEXT NOT NULL, service_types TEXT NOT NULL, dns_publish_fixed_ip BOOL NOT NULL,
            created_at DATETIME(6) NOT NULL, updated_at DATETIME(6) NOT NULL, revision_number INT NOT NULL,
            KEY ix_subnets_network (network_id), KEY ix_subnets_project (project_id, id),
            KEY ix_subnets_pool (subnetpool_id),
            CONSTRAINT fk_subnets_network FOREIGN KEY (network_id) REFERENCES networks (id)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        3, "ports",
        """
        CREATE TABLE IF NOT EXISTS ports (
            id CHAR(36) NOT NULL PRIMARY KEY, project_id VARCHAR(255) NOT NULL, network_id CHAR(36) NOT NULL,
            name VARCHAR(255) NOT NULL, description VARCHAR(255) NOT NULL, mac_address CHAR(17) NOT NULL,
            admin_state_up BOOL NOT NULL, status VARCHAR(16) NOT NULL,
            device_id VARCHAR(255) NOT NULL, device_owner VARCHAR(255) NOT NULL,
            port_security_enabled BOOL NOT NULL, allowed_address_pairs TEXT NOT NULL, extra_dhcp_opts TEXT NOT NULL,
            binding_host_id VARCHAR(255) NOT NULL, binding_vnic_type VARCHAR(64) NOT NULL,
            binding_profile TEXT NOT NULL, dns_name VARCHAR(255) NOT NULL, dns_domain VARCHAR(255) NOT NULL,
            propagate_uplink_status BOOL NOT NULL,
            created_at DATETIME(6) NOT NULL, updated_at DATETIME(6) NOT NULL, revision_number INT NOT NULL,
            UNIQUE KEY uq_ports_mac (network_id, mac_address),
            KEY ix_ports_device (device_id), KEY ix_ports_project (project_id, id),
            CONSTRAINT fk_ports_network FOREIGN KEY (network_id) REFERENCES networks (id)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        4, "ip allocations",
        """
        CREATE TABLE IF NOT EXISTS ip_allocations (
            subnet_id CHAR(36) NOT NULL, ip_address VARCHAR(45) NOT NULL, port_id CHAR(36) NOT NULL,
            network_id CHAR(36) NOT NULL, position INT NOT NULL,
            PRIMARY KEY (subnet_id, ip_address), KEY ix_allocations_port (port_id, position),
            KEY ix_allocations_address (network_id, ip_address),
            CONSTRAINT fk_allocations_subnet FOREIGN KEY (subnet_id) REFERENCES subnets (id),
            CONSTRAINT fk_allocations_port FOREIGN KEY (port_id) REFERENCES ports (id) ON DELETE CASCADE
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        5, "security groups",
        """
        CREATE TABLE IF NOT EXISTS security_groups (
            id CHAR(36) NOT NULL PRIMARY KEY, project_id VARCHAR(255) NOT NULL,
            name VARCHAR(255) NOT NULL, description VARCHAR(255) NOT NULL, stateful BOOL NOT NULL,
            created_at DATETIME(6) NOT NULL, updated_at DATETIME(6) NOT NULL, revision_number INT NOT NULL,
            KEY ix_groups_project (project_id, id)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        6, "default security groups",
        """
        CREATE TABLE IF NOT EXISTS default_security_groups (
            project_id VARCHAR(255) NOT NULL PRIMARY KEY, security_group_id CHAR(36) NOT NULL,
            UNIQUE KEY uq_default_groups (security_group_id)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        7, "security group rules",
        """
        CREATE TABLE IF NOT EXISTS security_group_rules (
            id CHAR(36) NOT NULL PRIMARY KEY, project_id VARCHAR(255) NOT NULL, security_group_id CHAR(36) NOT NULL,
            description VARCHAR(255) NOT NULL, direction VARCHAR(8) NOT NULL, ethertype VARCHAR(8) NOT NULL,
            protocol VARCHAR(40) NULL, port_range_min INT NULL, port_range_max INT NULL,
            remote_ip_prefix VARCHAR(64) NULL, remote_group_id CHAR(36) NULL, fingerprint VARCHAR(255) NOT NULL,
            created_at DATETIME(6) NOT NULL, updated_at DATETIME(6) NOT NULL, revision_number INT NOT NULL,
            UNIQUE KEY uq_rules_meaning (security_group_id, fingerprint), KEY ix_rules_remote (remote_group_id),
            KEY ix_rules_project (project_id, id),
            CONSTRAINT fk_rules_group FOREIGN KEY (security_group_id) REFERENCES security_groups (id) ON DELETE CASCADE
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        8, "security groups of ports",
        """
        CREATE TABLE IF NOT EXISTS port_security_groups (
            port_id CHAR(36) NOT NULL, security_group_id CHAR(36) NOT NULL,
            PRIMARY KEY (port_id, security_group_id), KEY ix_port_groups (security_group_id),
            CONSTRAINT fk_port_groups_port FOREIGN KEY (port_id) REFERENCES ports (id) ON DELETE CASCADE,
            CONSTRAINT fk_port_groups_group FOREIGN KEY (security_group_id) REFERENCES security_groups (id)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        9, "routers",
        """
        CREATE TABLE IF NOT EXISTS routers (
            id CHAR(36) NOT NULL PRIMARY KEY, project_id VARCHAR(255) NOT NULL,
            name VARCHAR(255) NOT NULL, description VARCHAR(255) NOT NULL,
            admin_state_up BOOL NOT NULL, status VARCHAR(16) NOT NULL, enable_snat BOOL NOT NULL,
            external_network_id CHAR(36) NULL, gateway_port_id CHAR(36) NULL, routes TEXT NOT NULL,
            availability_zone_hints TEXT NOT NULL,
            created_at DATETIME(6) NOT NULL, updated_at DATETIME(6) NOT NULL, revision_number INT NOT NULL,
            KEY ix_routers_project (project_id, id), KEY ix_routers_external (external_network_id),
            KEY ix_routers_gateway (gateway_port_id)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        10, "router interfaces",
        """
        CREATE TABLE IF NOT EXISTS router_interfaces (
            router_id CHAR(36) NOT NULL, subnet_id CHAR(36) NOT NULL, port_id CHAR(36) NOT NULL,
            PRIMARY KEY (router_id, subnet_id), KEY ix_interfaces_port (port_id), KEY ix_interfaces_subnet (subnet_id),
            CONSTRAINT fk_interfaces_router FOREIGN KEY (router_id) REFERENCES routers (id),
            CONSTRAINT fk_interfaces_port FOREIGN KEY (port_id) REFERENCES ports (id) ON DELETE CASCADE
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        11, "floating ips",
        """
        CREATE TABLE IF NOT EXISTS floating_ips (
            id CHAR(36) NOT NULL PRIMARY KEY, project_id VARCHAR(255) NOT NULL, description VARCHAR(255) NOT NULL,
            floating_network_id CHAR(36) NOT NULL, floating_ip_address VARCHAR(45) NOT NULL,
            floating_port_id CHAR(36) NOT NULL, fixed_port_id CHAR(36) NULL, fixed_ip_address VARCHAR(45) NULL,
            router_id CHAR(36) NULL, status VARCHAR(16) NOT NULL,
            dns_name VARCHAR(255) NOT NULL, dns_domain VARCHAR(255) NOT NULL,
            created_at DATETIME(6) NOT NULL, updated_at DATETIME(6) NOT NULL, revision_number INT NOT NULL,
            UNIQUE KEY uq_fips_floating (floating_network_id, floating_ip_address),
            UNIQUE KEY uq_fips_fixed (floating_network_id, fixed_port_id, fixed_ip_address),
            KEY ix_fips_project (project_id, id), KEY ix_fips_port (fixed_port_id), KEY ix_fips_router (router_id),
            KEY ix_fips_floating_port (floating_port_id)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        12, "address scopes",
        """
        CREATE TABLE IF NOT EXISTS address_scopes (
            id CHAR(36) NOT NULL PRIMARY KEY, project_id VARCHAR(255) NOT NULL, name VARCHAR(255) NOT NULL,
            ip_version TINYINT NOT NULL, shared BOOL NOT NULL,
            created_at DATETIME(6) NOT NULL, updated_at DATETIME(6) NOT NULL, revision_number INT NOT NULL,
            KEY ix_scopes_project (project_id, id)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        13, "subnet pools",
        """
        CREATE TABLE IF NOT EXISTS subnetpools (
            id CHAR(36) NOT NULL PRIMARY KEY, project_id VARCHAR(255) NOT NULL,
            name VARCHAR(255) NOT NULL, description VARCHAR(255) NOT NULL, ip_version TINYINT NOT NULL,
            prefixes MEDIUMTEXT NOT NULL, default_prefixlen INT NOT NULL, min_prefixlen INT NOT NULL,
            max_prefixlen INT NOT NULL, default_quota INT NULL, shared BOOL NOT NULL, is_default BOOL NOT NULL,
            address_scope_id CHAR(36) NULL,
            created_at DATETIME(6) NOT NULL, updated_at DATETIME(6) NOT NULL, revision_number INT NOT NULL,
            KEY ix_pools_project (project_id, id), KEY ix_pools_scope (address_scope_id)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        14, "rbac policies",
        """
        CREATE TABLE IF NOT EXISTS rbac_policies (
            id CHAR(36) NOT NULL PRIMARY KEY, project_id VARCHAR(255) NOT NULL, object_type VARCHAR(32) NOT NULL,
            object_id CHAR(36) NOT NULL, action VARCHAR(32) NOT NULL, target_project VARCHAR(255) NOT NULL,
            created_at DATETIME(6) NOT NULL, updated_at DATETIME(6) NOT NULL, revision_number INT NOT NULL,
            UNIQUE KEY uq_rbac (object_id, action, target_project), KEY ix_rbac_target (target_project, object_type)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        15, "tags",
        """
        CREATE TABLE IF NOT EXISTS tags (
            resource_id CHAR(36) NOT NULL, tag VARCHAR(255) NOT NULL, PRIMARY KEY (resource_id, tag), KEY ix_tags (tag)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        16, "quotas",
        """
        CREATE TABLE IF NOT EXISTS quotas (
            project_id VARCHAR(255) NOT NULL, resource VARCHAR(64) NOT NULL, quota_limit INT NOT NULL,
            PRIMARY KEY (project_id, resource)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        17, "quota locks",
        """
        CREATE TABLE IF NOT EXISTS quota_locks (
            project_id VARCHAR(255) NOT NULL, resource VARCHAR(64) NOT NULL, PRIMARY KEY (project_id, resource)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        18, "changes to bring to OVN",
        """
        CREATE TABLE IF NOT EXISTS ovn_changes (
            subject VARCHAR(80) NOT NULL PRIMARY KEY, sequence BIGINT NOT NULL, queued_at DATETIME(6) NOT NULL,
            attempts INT NOT NULL, not_before DATETIME(6) NOT NULL, KEY ix_changes_due (not_before, queued_at)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        19, "events to tell compute",
        """
        CREATE TABLE IF NOT EXISTS compute_events (
            id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(64) NOT NULL, server_id VARCHAR(64) NOT NULL,
            tag VARCHAR(64) NOT NULL, status VARCHAR(16) NOT NULL, queued_at DATETIME(6) NOT NULL,
            attempts INT NOT NULL, not_before DATETIME(6) NOT NULL, KEY ix_events_due (not_before, id)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
]
