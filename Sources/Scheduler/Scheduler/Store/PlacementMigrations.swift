package import Database

/// The tables of database `placement`.
package let placementMigrations: [Migration] = [
    Migration(
        1, "resource-providers",
        """
        CREATE TABLE IF NOT EXISTS resource_providers (
            id CHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            name VARCHAR(200) NOT NULL,
            generation INT NOT NULL DEFAULT 0,
            parent CHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
            root CHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            created_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
            updated_at DATETIME(6) NULL,
            PRIMARY KEY (id),
            UNIQUE KEY uq_provider_name (name),
            KEY ix_provider_root (root)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """),
    Migration(
        2, "inventories",
        """
        CREATE TABLE IF NOT EXISTS inventories (
            provider CHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            resource_class VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            total INT NOT NULL,
            reserved INT NOT NULL DEFAULT 0,
            min_unit INT NOT NULL DEFAULT 1,
            max_unit INT NOT NULL DEFAULT 2147483647,
            step_size INT NOT NULL DEFAULT 1,
            allocation_ratio DOUBLE NOT NULL DEFAULT 1,
            PRIMARY KEY (provider, resource_class),
            CONSTRAINT ck_inventory CHECK (total >= 0 AND reserved >= 0 AND reserved <= total AND allocation_ratio > 0)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """),
    Migration(
        3, "consumers",
        """
        CREATE TABLE IF NOT EXISTS consumers (
            id CHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            project VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            user VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            consumer_type VARCHAR(255) NULL,
            generation INT NOT NULL DEFAULT 0,
            PRIMARY KEY (id),
            KEY ix_consumer_project (project, user)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """),
    Migration(
        4, "allocations",
        """
        CREATE TABLE IF NOT EXISTS allocations (
            consumer CHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            provider CHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            resource_class VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            used INT NOT NULL,
            PRIMARY KEY (consumer, provider, resource_class),
            KEY ix_allocation_provider (provider, resource_class, used),
            CONSTRAINT ck_allocation CHECK (used > 0)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """),
    Migration(
        5, "provider-traits",
        """
        CREATE TABLE IF NOT EXISTS provider_traits (
            provider CHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            trait VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            PRIMARY KEY (provider, trait),
            KEY ix_provider_trait (trait)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """),
    Migration(
        6, "traits",
        """
        CREATE TABLE IF NOT EXISTS traits (
            name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            created_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
            PRIMARY KEY (name)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """),
    Migration(
        7, "resource-classes",
        """
        CREATE TABLE IF NOT EXISTS resource_classes (
            name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            created_at DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
            PRIMARY KEY (name)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """),
    Migration(
        8, "provider-aggregates",
        """
        CREATE TABLE IF NOT EXISTS provider_aggregates (
            provider CHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            aggregate CHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            PRIMARY KEY (provider, aggregate),
            KEY ix_aggregate (aggregate)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """),
    Migration(
        9, "hosts",
        """
        CREATE TABLE IF NOT EXISTS hosts (
            host VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            node VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            provider CHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            state LONGTEXT NOT NULL,
            seen_at DATETIME(6) NOT NULL,
            PRIMARY KEY (host, node),
            UNIQUE KEY uq_host_provider (provider)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """),
    Migration(
        10, "selections",
        """
        CREATE TABLE IF NOT EXISTS selections (
            server CHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
            selection LONGTEXT NOT NULL,
            created_at DATETIME(6) NOT NULL,
            PRIMARY KEY (server),
            KEY ix_selection_age (created_at)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """),
]
