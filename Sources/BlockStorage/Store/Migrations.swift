package import Database
import Workflow

/// The schema of database `block_storage`.
package let blockStorageMigrations: [Migration] =
    SagaTable.migrations(startingAt: 1) + [
        Migration(
            4, "volume-types",
            """
            CREATE TABLE IF NOT EXISTS volume_types (
                id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
                name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                description VARCHAR(255) NULL,
                is_public BOOLEAN NOT NULL DEFAULT TRUE,
                extra_specs LONGTEXT NOT NULL,
                created_at DATETIME(6) NOT NULL,
                updated_at DATETIME(6) NULL,
                version INT NOT NULL DEFAULT 0,
                UNIQUE KEY uq_name (name)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
        Migration(
            5, "volume-type-projects",
            """
            CREATE TABLE IF NOT EXISTS volume_type_projects (
                volume_type_id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                project_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                PRIMARY KEY pk_volume_type_projects (volume_type_id, project_id),
                CONSTRAINT fk_volume_type_projects_type FOREIGN KEY (volume_type_id)
                    REFERENCES volume_types (id) ON DELETE CASCADE
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
        Migration(
            6, "volumes",
            """
            CREATE TABLE IF NOT EXISTS volumes (
                id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
                project_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                user_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
                name VARCHAR(255) NULL,
                description VARCHAR(255) NULL,
                size_gib INT NOT NULL,
                extending_to_gib INT NULL,
                status VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                previous_status VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
                availability_zone VARCHAR(255) NOT NULL,
                host VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
                volume_type_id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
                snapshot_id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
                source_volid VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
                image_id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
                bootable BOOLEAN NOT NULL DEFAULT FALSE,
                multiattach BOOLEAN NOT NULL DEFAULT FALSE,
                readonly BOOLEAN NOT NULL DEFAULT FALSE,
                metadata LONGTEXT NOT NULL,
                image_metadata LONGTEXT NOT NULL,
                migration_status VARCHAR(64) NULL,
                created_at DATETIME(6) NOT NULL,
                updated_at DATETIME(6) NULL,
                deleted_at DATETIME(6) NULL,
                version INT NOT NULL DEFAULT 0,
                KEY ix_project (project_id, deleted_at, created_at, id),
                KEY ix_created (deleted_at, created_at, id),
                KEY ix_type (volume_type_id),
                CONSTRAINT ck_volume_size CHECK (size_gib > 0)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
        Migration(
            7, "snapshots",
            """
            CREATE TABLE IF NOT EXISTS snapshots (
                id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
                project_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                user_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
                volume_id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                name VARCHAR(255) NULL,
                description VARCHAR(255) NULL,
                size_gib INT NOT NULL,
                status VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                metadata LONGTEXT NOT NULL,
                created_at DATETIME(6) NOT NULL,
                updated_at DATETIME(6) NULL,
                deleted_at DATETIME(6) NULL,
                version INT NOT NULL DEFAULT 0,
                KEY ix_project (project_id, deleted_at, created_at, id),
                KEY ix_created (deleted_at, created_at, id),
                KEY ix_volume (volume_id, deleted_at)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
        Migration(
            8, "attachments",
            """
            CREATE TABLE IF NOT EXISTS attachments (
                id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
                volume_id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                project_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                instance_uuid VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
                status VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                mode VARCHAR(8) NOT NULL DEFAULT 'rw',
                mountpoint VARCHAR(255) NULL,
                attached_host VARCHAR(255) NULL,
                connector LONGTEXT NULL,
                attached_at DATETIME(6) NULL,
                detached_at DATETIME(6) NULL,
                created_at DATETIME(6) NOT NULL,
                updated_at DATETIME(6) NULL,
                deleted_at DATETIME(6) NULL,
                version INT NOT NULL DEFAULT 0,
                KEY ix_volume (volume_id, deleted_at),
                KEY ix_project (project_id, deleted_at, created_at, id),
                KEY ix_instance (instance_uuid, deleted_at)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
        Migration(
            9, "quotas",
            """
            CREATE TABLE IF NOT EXISTS quotas (
                project_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                resource VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                hard_limit INT NOT NULL,
                PRIMARY KEY pk_quotas (project_id, resource)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
        Migration(
            10, "quota-locks",
            """
            CREATE TABLE IF NOT EXISTS quota_locks (
                project_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
        Migration(11, "snapshot-progress", "ALTER TABLE snapshots ADD COLUMN IF NOT EXISTS progress VARCHAR(16) NULL"),
        Migration(
            12, "transfers",
            """
            CREATE TABLE IF NOT EXISTS transfers (
                id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
                volume_id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                project_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                name VARCHAR(255) NULL,
                salt VARCHAR(64) NOT NULL,
                key_hash VARCHAR(64) NOT NULL,
                no_snapshots BOOLEAN NOT NULL DEFAULT FALSE,
                created_at DATETIME(6) NOT NULL,
                deleted_at DATETIME(6) NULL,
                KEY ix_project (project_id, deleted_at, created_at, id),
                KEY ix_volume (volume_id, deleted_at)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
        Migration(
            13, "messages",
            """
            CREATE TABLE IF NOT EXISTS messages (
                id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
                project_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                request_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                saga_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                resource_type VARCHAR(32) NOT NULL,
                resource_id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                action VARCHAR(8) NOT NULL,
                detail VARCHAR(8) NOT NULL,
                created_at DATETIME(6) NOT NULL,
                expires_at DATETIME(6) NOT NULL,
                UNIQUE KEY uq_saga (saga_id),
                KEY ix_project (project_id, created_at, id),
                KEY ix_expires (expires_at)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
    ]
