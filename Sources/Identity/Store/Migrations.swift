package import Database

/// The identity service's tables. Domains are rows of `projects`, as in Keystone: a project may act as one.
///
/// An absent domain is the empty text rather than NULL, so that unique keys over it hold.
package let identityMigrations: [Migration] =
    identityCoreMigrations + identityExtensionMigrations + identityImportMigrations

private let identityCoreMigrations: [Migration] = [
    Migration(
        1, "projects",
        """
        CREATE TABLE IF NOT EXISTS projects (
            id VARCHAR(64) NOT NULL PRIMARY KEY,
            name VARCHAR(64) COLLATE utf8mb4_general_ci NOT NULL,
            domain_id VARCHAR(64) NOT NULL DEFAULT '',
            parent_id VARCHAR(64) NOT NULL DEFAULT '',
            is_domain BOOLEAN NOT NULL DEFAULT FALSE,
            description TEXT NOT NULL,
            enabled BOOLEAN NOT NULL DEFAULT TRUE,
            options TEXT NOT NULL,
            extra MEDIUMTEXT NOT NULL,
            version INT NOT NULL DEFAULT 0,
            UNIQUE KEY uq_projects_domain_name (domain_id, name),
            KEY ix_projects_parent (parent_id),
            CHECK (is_domain = (domain_id = ''))
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        2, "project tags",
        """
        CREATE TABLE IF NOT EXISTS project_tags (
            project_id VARCHAR(64) NOT NULL,
            name VARCHAR(255) NOT NULL,
            PRIMARY KEY (project_id, name),
            KEY ix_project_tags_name (name),
            FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        3, "users",
        """
        CREATE TABLE IF NOT EXISTS users (
            id VARCHAR(64) NOT NULL PRIMARY KEY,
            domain_id VARCHAR(64) NOT NULL,
            name VARCHAR(255) COLLATE utf8mb4_general_ci NOT NULL,
            enabled BOOLEAN NOT NULL DEFAULT TRUE,
            default_project_id VARCHAR(64) NULL,
            options TEXT NOT NULL,
            extra MEDIUMTEXT NOT NULL,
            failed_attempts INT NOT NULL DEFAULT 0,
            last_failure_at DATETIME(6) NULL,
            created_at DATETIME(6) NOT NULL,
            version INT NOT NULL DEFAULT 0,
            UNIQUE KEY uq_users_domain_name (domain_id, name),
            KEY ix_users_default_project (default_project_id),
            FOREIGN KEY (domain_id) REFERENCES projects (id)
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        4, "passwords",
        """
        CREATE TABLE IF NOT EXISTS passwords (
            id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
            user_id VARCHAR(64) NOT NULL,
            password_hash VARCHAR(255) NOT NULL,
            self_service BOOLEAN NOT NULL DEFAULT FALSE,
            created_at DATETIME(6) NOT NULL,
            expires_at DATETIME(6) NULL,
            KEY ix_passwords_user (user_id, id),
            FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        5, "groups",
        """
        CREATE TABLE IF NOT EXISTS user_groups (
            id VARCHAR(64) NOT NULL PRIMARY KEY,
            domain_id VARCHAR(64) NOT NULL,
            name VARCHAR(64) COLLATE utf8mb4_general_ci NOT NULL,
            description TEXT NOT NULL,
            extra MEDIUMTEXT NOT NULL,
            version INT NOT NULL DEFAULT 0,
            UNIQUE KEY uq_groups_domain_name (domain_id, name),
            FOREIGN KEY (domain_id) REFERENCES projects (id)
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        6, "group members",
        """
        CREATE TABLE IF NOT EXISTS group_members (
            group_id VARCHAR(64) NOT NULL,
            user_id VARCHAR(64) NOT NULL,
            PRIMARY KEY (group_id, user_id),
            KEY ix_group_members_user (user_id),
            FOREIGN KEY (group_id) REFERENCES user_groups (id) ON DELETE CASCADE,
            FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        7, "roles",
        """
        CREATE TABLE IF NOT EXISTS roles (
            id VARCHAR(64) NOT NULL PRIMARY KEY,
            domain_id VARCHAR(64) NOT NULL DEFAULT '',
            name VARCHAR(255) COLLATE utf8mb4_general_ci NOT NULL,
            description TEXT NULL,
            options TEXT NOT NULL,
            extra MEDIUMTEXT NOT NULL,
            version INT NOT NULL DEFAULT 0,
            UNIQUE KEY uq_roles_domain_name (domain_id, name)
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        8, "implied roles",
        """
        CREATE TABLE IF NOT EXISTS implied_roles (
            prior_role_id VARCHAR(64) NOT NULL,
            implied_role_id VARCHAR(64) NOT NULL,
            PRIMARY KEY (prior_role_id, implied_role_id),
            KEY ix_implied_roles_implied (implied_role_id),
            FOREIGN KEY (prior_role_id) REFERENCES roles (id) ON DELETE CASCADE,
            FOREIGN KEY (implied_role_id) REFERENCES roles (id) ON DELETE CASCADE,
            CHECK (prior_role_id <> implied_role_id)
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        9, "role assignments",
        """
        CREATE TABLE IF NOT EXISTS role_assignments (
            actor_type VARCHAR(5) NOT NULL,
            actor_id VARCHAR(64) NOT NULL,
            target_type VARCHAR(7) NOT NULL,
            target_id VARCHAR(64) NOT NULL,
            role_id VARCHAR(64) NOT NULL,
            inherited BOOLEAN NOT NULL DEFAULT FALSE,
            PRIMARY KEY (actor_type, actor_id, target_type, target_id, role_id, inherited),
            KEY ix_role_assignments_target (target_type, target_id),
            KEY ix_role_assignments_role (role_id),
            FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE,
            CHECK (actor_type IN ('user', 'group')),
            CHECK (target_type IN ('project', 'domain', 'system'))
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        10, "regions",
        """
        CREATE TABLE IF NOT EXISTS regions (
            id VARCHAR(255) NOT NULL PRIMARY KEY,
            description VARCHAR(255) NOT NULL DEFAULT '',
            parent_region_id VARCHAR(255) NULL,
            extra MEDIUMTEXT NOT NULL,
            version INT NOT NULL DEFAULT 0,
            KEY ix_regions_parent (parent_region_id)
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        11, "services",
        """
        CREATE TABLE IF NOT EXISTS services (
            id VARCHAR(64) NOT NULL PRIMARY KEY,
            type VARCHAR(255) NOT NULL,
            enabled BOOLEAN NOT NULL DEFAULT TRUE,
            extra MEDIUMTEXT NOT NULL,
            version INT NOT NULL DEFAULT 0,
            KEY ix_services_type (type)
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        12, "endpoints",
        """
        CREATE TABLE IF NOT EXISTS endpoints (
            id VARCHAR(64) NOT NULL PRIMARY KEY,
            service_id VARCHAR(64) NOT NULL,
            interface VARCHAR(8) NOT NULL,
            region_id VARCHAR(255) NULL,
            url TEXT NOT NULL,
            enabled BOOLEAN NOT NULL DEFAULT TRUE,
            extra MEDIUMTEXT NOT NULL,
            version INT NOT NULL DEFAULT 0,
            KEY ix_endpoints_service (service_id),
            KEY ix_endpoints_region (region_id),
            FOREIGN KEY (service_id) REFERENCES services (id) ON DELETE CASCADE,
            CHECK (interface IN ('public', 'internal', 'admin'))
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        13, "credentials",
        """
        CREATE TABLE IF NOT EXISTS credentials (
            id VARCHAR(64) NOT NULL PRIMARY KEY,
            user_id VARCHAR(255) NOT NULL,
            project_id VARCHAR(64) NULL,
            type VARCHAR(255) NOT NULL,
            encrypted_blob TEXT NOT NULL,
            extra MEDIUMTEXT NOT NULL,
            version INT NOT NULL DEFAULT 0,
            KEY ix_credentials_user (user_id),
            KEY ix_credentials_project (project_id)
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        14, "policies",
        """
        CREATE TABLE IF NOT EXISTS policies (
            id VARCHAR(64) NOT NULL PRIMARY KEY,
            type VARCHAR(255) NOT NULL,
            policy_blob MEDIUMTEXT NOT NULL,
            extra MEDIUMTEXT NOT NULL,
            version INT NOT NULL DEFAULT 0
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        15, "trusts",
        """
        CREATE TABLE IF NOT EXISTS trusts (
            id VARCHAR(64) NOT NULL PRIMARY KEY,
            trustor_user_id VARCHAR(64) NOT NULL,
            trustee_user_id VARCHAR(64) NOT NULL,
            project_id VARCHAR(64) NULL,
            impersonation BOOLEAN NOT NULL,
            expires_at DATETIME(6) NULL,
            remaining_uses INT NULL,
            redelegated_trust_id VARCHAR(64) NULL,
            redelegation_count INT NOT NULL DEFAULT 0,
            allow_redelegation BOOLEAN NOT NULL DEFAULT FALSE,
            deleted_at DATETIME(6) NULL,
            created_at DATETIME(6) NOT NULL,
            extra MEDIUMTEXT NOT NULL,
            version INT NOT NULL DEFAULT 0,
            KEY ix_trusts_trustor (trustor_user_id),
            KEY ix_trusts_trustee (trustee_user_id),
            KEY ix_trusts_project (project_id),
            KEY ix_trusts_parent (redelegated_trust_id)
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        16, "trust roles",
        """
        CREATE TABLE IF NOT EXISTS trust_roles (
            trust_id VARCHAR(64) NOT NULL,
            role_id VARCHAR(64) NOT NULL,
            PRIMARY KEY (trust_id, role_id),
            KEY ix_trust_roles_role (role_id),
            FOREIGN KEY (trust_id) REFERENCES trusts (id) ON DELETE CASCADE
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        17, "application credentials",
        """
        CREATE TABLE IF NOT EXISTS application_credentials (
            id VARCHAR(64) NOT NULL PRIMARY KEY,
            user_id VARCHAR(64) NOT NULL,
            project_id VARCHAR(64) NOT NULL,
            name VARCHAR(255) COLLATE utf8mb4_general_ci NOT NULL,
            description TEXT NULL,
            secret_hash VARCHAR(255) NOT NULL,
            unrestricted BOOLEAN NOT NULL DEFAULT FALSE,
            expires_at DATETIME(6) NULL,
            has_access_rules BOOLEAN NOT NULL DEFAULT FALSE,
            created_at DATETIME(6) NOT NULL,
            UNIQUE KEY uq_application_credentials_name (user_id, name),
            KEY ix_application_credentials_project (project_id, user_id),
            FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        18, "application credential roles",
        """
        CREATE TABLE IF NOT EXISTS application_credential_roles (
            application_credential_id VARCHAR(64) NOT NULL,
            role_id VARCHAR(64) NOT NULL,
            PRIMARY KEY (application_credential_id, role_id),
            KEY ix_application_credential_roles_role (role_id),
            FOREIGN KEY (application_credential_id) REFERENCES application_credentials (id) ON DELETE CASCADE,
            FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        19, "access rules",
        """
        CREATE TABLE IF NOT EXISTS access_rules (
            id VARCHAR(64) NOT NULL PRIMARY KEY,
            user_id VARCHAR(64) NOT NULL,
            service VARCHAR(64) NOT NULL,
            path VARCHAR(128) NOT NULL,
            method VARCHAR(16) NOT NULL,
            UNIQUE KEY uq_access_rules (user_id, service, path, method),
            FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        20, "application credential access rules",
        """
        CREATE TABLE IF NOT EXISTS application_credential_access_rules (
            application_credential_id VARCHAR(64) NOT NULL,
            access_rule_id VARCHAR(64) NOT NULL,
            PRIMARY KEY (application_credential_id, access_rule_id),
            KEY ix_application_credential_access_rules_rule (access_rule_id),
            FOREIGN KEY (application_credential_id) REFERENCES application_credentials (id) ON DELETE CASCADE,
            FOREIGN KEY (access_rule_id) REFERENCES access_rules (id)
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        21, "revocation events",
        """
        CREATE TABLE IF NOT EXISTS revocation_events (
            id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
            domain_id VARCHAR(64) NULL,
            project_id VARCHAR(64) NULL,
            user_id VARCHAR(64) NULL,
            role_id VARCHAR(64) NULL,
            trust_id VARCHAR(64) NULL,
            application_credential_id VARCHAR(64) NULL,
            audit_id VARCHAR(32) NULL,
            audit_chain_id VARCHAR(32) NULL,
            issued_before DATETIME(6) NOT NULL,
            revoked_at DATETIME(6) NOT NULL,
            KEY ix_revocation_events_issued (issued_before),
            KEY ix_revocation_events_revoked (revoked_at)
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        22, "registered limits",
        """
        CREATE TABLE IF NOT EXISTS registered_limits (
            id VARCHAR(64) NOT NULL PRIMARY KEY,
            service_id VARCHAR(64) NOT NULL,
            region_id VARCHAR(255) NOT NULL DEFAULT '',
            resource_name VARCHAR(255) NOT NULL,
            default_limit INT NOT NULL,
            description TEXT NULL,
            UNIQUE KEY uq_registered_limits (service_id, region_id, resource_name),
            FOREIGN KEY (service_id) REFERENCES services (id)
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        23, "limits",
        """
        CREATE TABLE IF NOT EXISTS limits (
            id VARCHAR(64) NOT NULL PRIMARY KEY,
            registered_limit_id VARCHAR(64) NOT NULL,
            project_id VARCHAR(64) NOT NULL DEFAULT '',
            domain_id VARCHAR(64) NOT NULL DEFAULT '',
            resource_limit INT NOT NULL,
            description TEXT NULL,
            UNIQUE KEY uq_limits (registered_limit_id, project_id, domain_id),
            KEY ix_limits_project (project_id),
            KEY ix_limits_domain (domain_id),
            FOREIGN KEY (registered_limit_id) REFERENCES registered_limits (id)
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        24, "endpoint groups",
        """
        CREATE TABLE IF NOT EXISTS endpoint_groups (
            id VARCHAR(64) NOT NULL PRIMARY KEY,
            name VARCHAR(255) NOT NULL,
            description TEXT NULL,
            filters TEXT NOT NULL,
            version INT NOT NULL DEFAULT 0
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        25, "project endpoint groups",
        """
        CREATE TABLE IF NOT EXISTS project_endpoint_groups (
            project_id VARCHAR(64) NOT NULL,
            endpoint_group_id VARCHAR(64) NOT NULL,
            PRIMARY KEY (project_id, endpoint_group_id),
            KEY ix_project_endpoint_groups_group (endpoint_group_id),
            FOREIGN KEY (endpoint_group_id) REFERENCES endpoint_groups (id) ON DELETE CASCADE
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        26, "project endpoints",
        """
        CREATE TABLE IF NOT EXISTS project_endpoints (
            project_id VARCHAR(64) NOT NULL,
            endpoint_id VARCHAR(64) NOT NULL,
            PRIMARY KEY (project_id, endpoint_id),
            KEY ix_project_endpoints_endpoint (endpoint_id),
            FOREIGN KEY (endpoint_id) REFERENCES endpoints (id) ON DELETE CASCADE
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        27, "oauth consumers",
        """
        CREATE TABLE IF NOT EXISTS consumers (
            id VARCHAR(64) NOT NULL PRIMARY KEY,
            description TEXT NULL,
            encrypted_secret TEXT NOT NULL,
            extra MEDIUMTEXT NOT NULL
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
    Migration(
        28, "how many revocations there were",
        """
        CREATE TABLE IF NOT EXISTS revocation_sequence (
            id TINYINT NOT NULL PRIMARY KEY CHECK (id = 1),
            value BIGINT NOT NULL
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """),
]
