package import Database
import Workflow

/// The schema of database `image`.
package let imageMigrations: [Migration] =
    [
        Migration(
            1, "images",
            """
            CREATE TABLE IF NOT EXISTS images (
                id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
                name VARCHAR(255) NULL,
                owner VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
                status VARCHAR(30) CHARACTER SET ascii NOT NULL,
                visibility VARCHAR(16) CHARACTER SET ascii NOT NULL,
                protected BOOLEAN NOT NULL DEFAULT FALSE,
                os_hidden BOOLEAN NOT NULL DEFAULT FALSE,
                disk_format VARCHAR(20) NULL,
                container_format VARCHAR(20) NULL,
                min_disk INT NOT NULL DEFAULT 0,
                min_ram INT NOT NULL DEFAULT 0,
                size BIGINT NULL,
                virtual_size BIGINT NULL,
                checksum VARCHAR(32) NULL,
                os_hash_algo VARCHAR(64) NULL,
                os_hash_value VARCHAR(128) NULL,
                properties LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                tags LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                locations LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                upload_host VARCHAR(255) NULL,
                upload_id VARCHAR(36) CHARACTER SET ascii NULL,
                version INT NOT NULL DEFAULT 0,
                created_at DATETIME(6) NOT NULL,
                updated_at DATETIME(6) NOT NULL,
                deleted_at DATETIME(6) NULL,
                purged BOOLEAN NOT NULL DEFAULT FALSE,
                KEY ix_images_created (created_at, id),
                KEY ix_images_owner (owner, created_at),
                KEY ix_images_purge (status, purged),
                CONSTRAINT ck_images_status CHECK (status IN
                    ('queued', 'saving', 'uploading', 'importing', 'active', 'deactivated', 'deleted')),
                CONSTRAINT ck_images_active CHECK (status <> 'active' OR size IS NOT NULL)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
        Migration(
            2, "image_members",
            """
            CREATE TABLE IF NOT EXISTS image_members (
                image_id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                member VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                status VARCHAR(20) CHARACTER SET ascii NOT NULL DEFAULT 'pending',
                created_at DATETIME(6) NOT NULL,
                updated_at DATETIME(6) NOT NULL,
                PRIMARY KEY (image_id, member),
                KEY ix_image_members_member (member, status)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
        Migration(
            3, "tasks",
            """
            CREATE TABLE IF NOT EXISTS tasks (
                id VARCHAR(36) CHARACTER SET ascii NOT NULL PRIMARY KEY,
                type VARCHAR(30) NOT NULL,
                status VARCHAR(30) NOT NULL,
                owner VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                input LONGTEXT NOT NULL,
                result LONGTEXT NULL,
                message TEXT NOT NULL,
                image_id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
                user_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
                request_id VARCHAR(64) NULL,
                created_at DATETIME(6) NOT NULL,
                updated_at DATETIME(6) NOT NULL,
                expires_at DATETIME(6) NULL,
                KEY ix_tasks_owner (owner, created_at),
                KEY ix_tasks_image (image_id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
        Migration(
            4, "metadef_objects",
            """
            CREATE TABLE IF NOT EXISTS metadefs (
                namespace VARCHAR(80) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                kind VARCHAR(20) CHARACTER SET ascii NOT NULL,
                name VARCHAR(80) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                owner VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
                visibility VARCHAR(16) CHARACTER SET ascii NULL,
                protected BOOLEAN NOT NULL DEFAULT FALSE,
                body LONGTEXT NOT NULL,
                created_at DATETIME(6) NOT NULL,
                updated_at DATETIME(6) NOT NULL,
                PRIMARY KEY (namespace, kind, name)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
    ] + SagaTable.migrations(startingAt: 5) + [
        Migration(
            5 + SagaTable.migrationCount, "projects",
            """
            CREATE TABLE IF NOT EXISTS projects (
                id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
        Migration(
            6 + SagaTable.migrationCount, "cached_images",
            """
            CREATE TABLE IF NOT EXISTS cached_images (
                host VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                image_id VARCHAR(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
                cached BOOLEAN NOT NULL,
                hits INT NOT NULL,
                size BIGINT NOT NULL,
                last_accessed DATETIME(6) NOT NULL,
                last_modified DATETIME(6) NOT NULL,
                PRIMARY KEY (host, image_id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
    ]
