package import Database
import Workflow

/// The schema of database `compute`, in the order in which it came to be. Forward only: a statement
/// that has shipped is never changed.
package let computeMigrations: [Migration] =
    serverTables + flavorTables + hostTables + miscellaneousTables
    + SagaTable.migrations(startingAt: 100)

private let serverTables: [Migration] = [
    Migration(
        1, "servers",
        """
        CREATE TABLE IF NOT EXISTS servers (
            number BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
            id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            project_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            user_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            name VARCHAR(255) NOT NULL,
            description VARCHAR(255) NULL,
            hostname VARCHAR(255) NOT NULL,
            reservation_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            launch_index INT NOT NULL DEFAULT 0,
            vm_state VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            task_state VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
            power_state INT NOT NULL DEFAULT 0,
            progress INT NOT NULL DEFAULT 0,
            is_locked BOOL NOT NULL DEFAULT FALSE,
            locked_by VARCHAR(16) NULL,
            locked_reason VARCHAR(255) NULL,
            host VARCHAR(255) NULL,
            node VARCHAR(255) NULL,
            requested_zone VARCHAR(255) NULL,
            zone VARCHAR(255) NULL,
            requested_host VARCHAR(255) NULL,
            scheduler_hints MEDIUMTEXT NOT NULL,
            flavor_id VARCHAR(255) NOT NULL,
            flavor MEDIUMTEXT NOT NULL,
            vcpus INT NOT NULL,
            memory_mib INT NOT NULL,
            image_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
            image MEDIUMTEXT NULL,
            key_name VARCHAR(255) NULL,
            public_key MEDIUMTEXT NULL,
            user_data MEDIUMTEXT NULL,
            config_drive BOOL NOT NULL DEFAULT FALSE,
            disk_config VARCHAR(8) NOT NULL DEFAULT 'MANUAL',
            root_device_name VARCHAR(255) NULL,
            access_ip_v4 VARCHAR(39) NULL,
            access_ip_v6 VARCHAR(39) NULL,
            security_groups MEDIUMTEXT NOT NULL,
            network_info MEDIUMTEXT NOT NULL,
            created_at DATETIME(6) NOT NULL,
            updated_at DATETIME(6) NULL,
            launched_at DATETIME(6) NULL,
            terminated_at DATETIME(6) NULL,
            deleted_at DATETIME(6) NULL,
            version BIGINT NOT NULL DEFAULT 0,
            UNIQUE KEY uq_servers_id (id),
            KEY ix_servers_project (project_id, deleted_at, created_at, number),
            KEY ix_servers_created (created_at, number),
            KEY ix_servers_host (host, deleted_at),
            CONSTRAINT ck_servers_vm_state CHECK (vm_state IN ('building', 'active', 'paused', 'suspended', 'stopped',
                'rescued', 'resized', 'soft-delete', 'deleted', 'error', 'shelved', 'shelved_offloaded'))
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        2, "server-metadata",
        """
        CREATE TABLE IF NOT EXISTS server_metadata (
            server_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            name VARCHAR(255) NOT NULL,
            value VARCHAR(255) NOT NULL,
            PRIMARY KEY (server_id, name)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        3, "server-tags",
        """
        CREATE TABLE IF NOT EXISTS server_tags (
            server_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            tag VARCHAR(80) NOT NULL,
            PRIMARY KEY (server_id, tag),
            KEY ix_server_tags_tag (tag)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        4, "block-devices",
        """
        CREATE TABLE IF NOT EXISTS block_devices (
            id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
            server_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            source VARCHAR(16) NOT NULL,
            destination VARCHAR(16) NOT NULL,
            volume_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
            image_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
            snapshot_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
            attachment_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
            device_name VARCHAR(255) NULL,
            boot_index INT NULL,
            volume_gib INT NULL,
            volume_type VARCHAR(255) NULL,
            delete_on_termination BOOL NOT NULL DEFAULT FALSE,
            tag VARCHAR(255) NULL,
            guest_format VARCHAR(255) NULL,
            disk_bus VARCHAR(255) NULL,
            device_type VARCHAR(255) NULL,
            state VARCHAR(16) NOT NULL,
            created_at DATETIME(6) NOT NULL,
            version BIGINT NOT NULL DEFAULT 0,
            UNIQUE KEY uq_block_devices_volume (server_id, volume_id),
            KEY ix_block_devices_volume (volume_id)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        5, "server-interfaces",
        """
        CREATE TABLE IF NOT EXISTS server_interfaces (
            id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
            server_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            position INT NOT NULL,
            network_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
            port_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
            fixed_ip VARCHAR(39) NULL,
            tag VARCHAR(255) NULL,
            is_port_ours BOOL NOT NULL,
            state VARCHAR(16) NOT NULL,
            created_at DATETIME(6) NOT NULL,
            version BIGINT NOT NULL DEFAULT 0,
            UNIQUE KEY uq_server_interfaces_port (port_id),
            KEY ix_server_interfaces_server (server_id, position)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        6, "server-faults",
        """
        CREATE TABLE IF NOT EXISTS server_faults (
            server_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
            code INT NOT NULL,
            message VARCHAR(1000) NOT NULL,
            details MEDIUMTEXT NULL,
            created_at DATETIME(6) NOT NULL
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        7, "server-actions",
        """
        CREATE TABLE IF NOT EXISTS server_actions (
            id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
            server_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            request_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            action VARCHAR(64) NOT NULL,
            user_id VARCHAR(64) NULL,
            project_id VARCHAR(64) NULL,
            message VARCHAR(255) NULL,
            started_at DATETIME(6) NOT NULL,
            updated_at DATETIME(6) NOT NULL,
            finished_at DATETIME(6) NULL,
            UNIQUE KEY uq_server_actions_request (server_id, request_id, action)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        8, "server-action-events",
        """
        CREATE TABLE IF NOT EXISTS server_action_events (
            id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
            action_id BIGINT NOT NULL,
            event VARCHAR(255) NOT NULL,
            host VARCHAR(255) NULL,
            result VARCHAR(32) NULL,
            details MEDIUMTEXT NULL,
            started_at DATETIME(6) NOT NULL,
            finished_at DATETIME(6) NULL,
            UNIQUE KEY uq_server_action_events (action_id, event)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
]

private let flavorTables: [Migration] = [
    Migration(
        20, "flavors",
        """
        CREATE TABLE IF NOT EXISTS flavors (
            number BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
            id VARCHAR(255) NOT NULL,
            name VARCHAR(255) NOT NULL,
            description TEXT NULL,
            vcpus INT NOT NULL,
            memory_mib INT NOT NULL,
            root_gib INT NOT NULL,
            ephemeral_gib INT NOT NULL DEFAULT 0,
            swap_mib INT NOT NULL DEFAULT 0,
            rxtx_factor DOUBLE NOT NULL DEFAULT 1,
            is_public BOOL NOT NULL DEFAULT TRUE,
            is_disabled BOOL NOT NULL DEFAULT FALSE,
            extra_specs MEDIUMTEXT NOT NULL,
            created_at DATETIME(6) NOT NULL,
            updated_at DATETIME(6) NULL,
            version BIGINT NOT NULL DEFAULT 0,
            UNIQUE KEY uq_flavors_id (id),
            UNIQUE KEY uq_flavors_name (name)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        21, "flavor-access",
        """
        CREATE TABLE IF NOT EXISTS flavor_access (
            flavor_id VARCHAR(255) NOT NULL,
            project_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            PRIMARY KEY (flavor_id, project_id)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
]

private let hostTables: [Migration] = [
    Migration(
        30, "services",
        """
        CREATE TABLE IF NOT EXISTS services (
            number BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
            id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            host VARCHAR(255) NOT NULL,
            `binary` VARCHAR(64) NOT NULL,
            is_disabled BOOL NOT NULL DEFAULT FALSE,
            disabled_reason VARCHAR(255) NULL,
            is_forced_down BOOL NOT NULL DEFAULT FALSE,
            last_seen_at DATETIME(6) NULL,
            created_at DATETIME(6) NOT NULL,
            updated_at DATETIME(6) NULL,
            version BIGINT NOT NULL DEFAULT 0,
            UNIQUE KEY uq_services_id (id),
            UNIQUE KEY uq_services_host (host, `binary`)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        31, "compute-nodes",
        """
        CREATE TABLE IF NOT EXISTS compute_nodes (
            number BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
            id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            host VARCHAR(255) NOT NULL,
            node VARCHAR(255) NOT NULL,
            report MEDIUMTEXT NOT NULL,
            updated_at DATETIME(6) NOT NULL,
            UNIQUE KEY uq_compute_nodes_id (id),
            UNIQUE KEY uq_compute_nodes_node (host, node)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        32, "aggregates",
        """
        CREATE TABLE IF NOT EXISTS aggregates (
            id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
            uuid CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            name VARCHAR(255) NOT NULL,
            metadata MEDIUMTEXT NOT NULL,
            created_at DATETIME(6) NOT NULL,
            updated_at DATETIME(6) NULL,
            version BIGINT NOT NULL DEFAULT 0,
            UNIQUE KEY uq_aggregates_name (name)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        33, "aggregate-hosts",
        """
        CREATE TABLE IF NOT EXISTS aggregate_hosts (
            aggregate_id BIGINT NOT NULL,
            host VARCHAR(255) NOT NULL,
            PRIMARY KEY (aggregate_id, host),
            KEY ix_aggregate_hosts_host (host)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
]

private let miscellaneousTables: [Migration] = [
    Migration(
        40, "keypairs",
        """
        CREATE TABLE IF NOT EXISTS keypairs (
            number BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
            user_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            name VARCHAR(255) NOT NULL,
            type VARCHAR(8) NOT NULL DEFAULT 'ssh',
            fingerprint VARCHAR(255) NOT NULL,
            public_key MEDIUMTEXT NOT NULL,
            created_at DATETIME(6) NOT NULL,
            UNIQUE KEY uq_keypairs_name (user_id, name)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        41, "quotas",
        """
        CREATE TABLE IF NOT EXISTS quotas (
            project_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            user_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
            resource VARCHAR(64) NOT NULL,
            hard_limit BIGINT NOT NULL,
            PRIMARY KEY (project_id, user_id, resource)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        42, "quota-locks",
        """
        CREATE TABLE IF NOT EXISTS quota_locks (
            project_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        43, "server-groups",
        """
        CREATE TABLE IF NOT EXISTS server_groups (
            number BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
            id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            project_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            user_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            name VARCHAR(255) NOT NULL,
            policy VARCHAR(32) NOT NULL,
            rules MEDIUMTEXT NOT NULL,
            created_at DATETIME(6) NOT NULL,
            UNIQUE KEY uq_server_groups_id (id),
            KEY ix_server_groups_project (project_id, number)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        44, "server-group-members",
        """
        CREATE TABLE IF NOT EXISTS server_group_members (
            group_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            server_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
            PRIMARY KEY (group_id, server_id),
            KEY ix_server_group_members_server (server_id)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
    Migration(
        45, "server-passwords",
        """
        CREATE TABLE IF NOT EXISTS server_passwords (
            server_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
            password TEXT NOT NULL
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        """),
]
