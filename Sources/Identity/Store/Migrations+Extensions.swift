import Database

/// The tables of the API's extensions: domain configuration, OAuth, federation, associations of policies.
let identityExtensionMigrations: [Migration] = [
    Migration(
        29, "domain configurations",
        """
        CREATE TABLE IF NOT EXISTS domain_configurations (
            domain_id VARCHAR(64) NOT NULL,
            option_group VARCHAR(64) NOT NULL,
            option_name VARCHAR(128) NOT NULL,
            value MEDIUMTEXT NOT NULL,
            encrypted BOOLEAN NOT NULL DEFAULT FALSE,
            PRIMARY KEY (domain_id, option_group, option_name),
            FOREIGN KEY (domain_id) REFERENCES projects (id) ON DELETE CASCADE
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        30, "policy associations",
        """
        CREATE TABLE IF NOT EXISTS policy_associations (
            endpoint_id VARCHAR(64) NOT NULL DEFAULT '',
            service_id VARCHAR(64) NOT NULL DEFAULT '',
            region_id VARCHAR(255) NOT NULL DEFAULT '',
            policy_id VARCHAR(64) NOT NULL,
            PRIMARY KEY (endpoint_id, service_id, region_id),
            KEY ix_policy_associations_policy (policy_id),
            FOREIGN KEY (policy_id) REFERENCES policies (id) ON DELETE CASCADE,
            CHECK ((endpoint_id = '') <> (service_id = '')),
            CHECK (region_id = '' OR service_id <> '')
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        31, "oauth request tokens",
        """
        CREATE TABLE IF NOT EXISTS oauth_request_tokens (
            id VARCHAR(64) NOT NULL PRIMARY KEY,
            encrypted_secret TEXT NOT NULL,
            verifier VARCHAR(64) NULL,
            authorizing_user_id VARCHAR(64) NULL,
            project_id VARCHAR(64) NOT NULL,
            role_ids MEDIUMTEXT NOT NULL,
            consumer_id VARCHAR(64) NOT NULL,
            expires_at DATETIME(6) NULL,
            KEY ix_oauth_request_tokens_consumer (consumer_id),
            KEY ix_oauth_request_tokens_expires (expires_at),
            FOREIGN KEY (consumer_id) REFERENCES consumers (id) ON DELETE CASCADE
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        32, "oauth access tokens",
        """
        CREATE TABLE IF NOT EXISTS oauth_access_tokens (
            id VARCHAR(64) NOT NULL PRIMARY KEY,
            encrypted_secret TEXT NOT NULL,
            authorizing_user_id VARCHAR(64) NOT NULL,
            project_id VARCHAR(64) NOT NULL,
            role_ids MEDIUMTEXT NOT NULL,
            consumer_id VARCHAR(64) NOT NULL,
            expires_at DATETIME(6) NULL,
            KEY ix_oauth_access_tokens_consumer (consumer_id),
            KEY ix_oauth_access_tokens_user (authorizing_user_id),
            FOREIGN KEY (consumer_id) REFERENCES consumers (id) ON DELETE CASCADE,
            FOREIGN KEY (authorizing_user_id) REFERENCES users (id) ON DELETE CASCADE
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        33, "oauth nonces",
        """
        CREATE TABLE IF NOT EXISTS oauth_nonces (
            consumer_id VARCHAR(64) NOT NULL,
            nonce VARCHAR(128) NOT NULL,
            made_at BIGINT NOT NULL,
            seen_at DATETIME(6) NOT NULL,
            PRIMARY KEY (consumer_id, made_at, nonce),
            KEY ix_oauth_nonces_seen (seen_at),
            FOREIGN KEY (consumer_id) REFERENCES consumers (id) ON DELETE CASCADE
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        34, "identity providers",
        """
        CREATE TABLE IF NOT EXISTS identity_providers (
            id VARCHAR(64) NOT NULL PRIMARY KEY,
            domain_id VARCHAR(64) NOT NULL,
            enabled BOOLEAN NOT NULL DEFAULT FALSE,
            description TEXT NULL,
            authorization_ttl INT NULL,
            version INT NOT NULL DEFAULT 0,
            KEY ix_identity_providers_domain (domain_id),
            FOREIGN KEY (domain_id) REFERENCES projects (id)
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        35, "identity providers' remote ids",
        """
        CREATE TABLE IF NOT EXISTS identity_provider_remote_ids (
            remote_id VARCHAR(255) NOT NULL PRIMARY KEY,
            idp_id VARCHAR(64) NOT NULL,
            KEY ix_identity_provider_remote_ids_idp (idp_id),
            FOREIGN KEY (idp_id) REFERENCES identity_providers (id) ON DELETE CASCADE
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        36, "mappings",
        """
        CREATE TABLE IF NOT EXISTS mappings (
            id VARCHAR(64) NOT NULL PRIMARY KEY,
            rules MEDIUMTEXT NOT NULL,
            schema_version VARCHAR(5) NOT NULL,
            version INT NOT NULL DEFAULT 0
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        37, "federation protocols",
        """
        CREATE TABLE IF NOT EXISTS federation_protocols (
            idp_id VARCHAR(64) NOT NULL,
            id VARCHAR(64) NOT NULL,
            mapping_id VARCHAR(64) NOT NULL,
            remote_id_attribute VARCHAR(64) NULL,
            version INT NOT NULL DEFAULT 0,
            PRIMARY KEY (idp_id, id),
            KEY ix_federation_protocols_mapping (mapping_id),
            FOREIGN KEY (idp_id) REFERENCES identity_providers (id) ON DELETE CASCADE,
            FOREIGN KEY (mapping_id) REFERENCES mappings (id)
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        38, "service providers",
        """
        CREATE TABLE IF NOT EXISTS service_providers (
            id VARCHAR(64) NOT NULL PRIMARY KEY,
            auth_url VARCHAR(256) NOT NULL,
            sp_url VARCHAR(256) NOT NULL,
            enabled BOOLEAN NOT NULL DEFAULT FALSE,
            description TEXT NULL,
            relay_state_prefix VARCHAR(256) NOT NULL,
            version INT NOT NULL DEFAULT 0
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        39, "federated users",
        """
        CREATE TABLE IF NOT EXISTS federated_users (
            idp_id VARCHAR(64) NOT NULL,
            protocol_id VARCHAR(64) NOT NULL,
            unique_id VARCHAR(255) NOT NULL,
            user_id VARCHAR(64) NOT NULL,
            PRIMARY KEY (idp_id, protocol_id, unique_id),
            KEY ix_federated_users_user (user_id),
            FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
            FOREIGN KEY (idp_id, protocol_id) REFERENCES federation_protocols (idp_id, id) ON DELETE CASCADE
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        40, "group memberships that an identity provider vouches for",
        """
        CREATE TABLE IF NOT EXISTS expiring_group_members (
            group_id VARCHAR(64) NOT NULL,
            user_id VARCHAR(64) NOT NULL,
            idp_id VARCHAR(64) NOT NULL,
            expires_at DATETIME(6) NOT NULL,
            PRIMARY KEY (group_id, user_id, idp_id),
            KEY ix_expiring_group_members_user (user_id),
            FOREIGN KEY (group_id) REFERENCES user_groups (id) ON DELETE CASCADE,
            FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
            FOREIGN KEY (idp_id) REFERENCES identity_providers (id) ON DELETE CASCADE
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        41, "when users were last seen",
        "ALTER TABLE users ADD COLUMN IF NOT EXISTS last_active_at DATETIME(6) NULL"),
    Migration(
        42, "the newest one-time passcode that users spent",
        "ALTER TABLE users ADD COLUMN IF NOT EXISTS last_totp_window BIGINT NULL"),
    Migration(
        43, "token keys that identity's daemons agree on",
        """
        CREATE TABLE IF NOT EXISTS token_keys (
            id TINYINT NOT NULL PRIMARY KEY CHECK (id = 1),
            generation BIGINT NOT NULL,
            sealed_keys MEDIUMTEXT NOT NULL,
            rotated_at DATETIME(6) NOT NULL
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        44, "what waits to be told to others",
        """
        CREATE TABLE IF NOT EXISTS outbox (
            number BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
            topic VARCHAR(128) NOT NULL,
            payload LONGTEXT NOT NULL,
            owner VARCHAR(128) NULL,
            due_at DATETIME(6) NOT NULL,
            created_at DATETIME(6) NOT NULL,
            KEY ix_due (due_at, number)
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        45, "who did what",
        """
        CREATE TABLE IF NOT EXISTS audit (
            number BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
            occurred_at DATETIME(6) NOT NULL,
            operation VARCHAR(16) NOT NULL,
            resource VARCHAR(64) NOT NULL,
            object_id VARCHAR(255) NOT NULL,
            related_id VARCHAR(255) NULL,
            user_id VARCHAR(64) NULL,
            user_name VARCHAR(255) NULL,
            project_id VARCHAR(64) NULL,
            domain_id VARCHAR(64) NULL,
            request_id VARCHAR(255) NOT NULL,
            global_request_id VARCHAR(255) NULL,
            address VARCHAR(64) NULL,
            details MEDIUMTEXT NOT NULL,
            KEY ix_audit_time (occurred_at),
            KEY ix_audit_object (object_id, number),
            KEY ix_audit_related (related_id, number),
            KEY ix_audit_user (user_id, number),
            KEY ix_audit_request (request_id)
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        46, "failures of nobody",
        """
        CREATE TABLE IF NOT EXISTS stranger_failures (
            bucket SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
            failed_attempts BIGINT UNSIGNED NOT NULL,
            last_failure_at DATETIME(6) NOT NULL
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        47, "users and groups that are in directories",
        """
        CREATE TABLE IF NOT EXISTS directory_entries (
            public_id VARCHAR(64) NOT NULL PRIMARY KEY,
            domain_id VARCHAR(64) NOT NULL,
            entity_type VARCHAR(5) NOT NULL,
            local_id VARCHAR(255) NOT NULL,
            checked_at DATETIME(6) NULL,
            UNIQUE KEY uq_directory_entries_local (domain_id, entity_type, local_id),
            FOREIGN KEY (domain_id) REFERENCES projects (id) ON DELETE CASCADE,
            CHECK (entity_type IN ('user', 'group'))
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        48, "groups' names as long as a directory's",
        "ALTER TABLE user_groups MODIFY name VARCHAR(255) COLLATE utf8mb4_general_ci NOT NULL"),
]
