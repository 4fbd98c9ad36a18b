"""10,000 users, 10,000 projects and 100,000 assignments, in seconds: written by SQL.

Each user has a role in ten projects. Users named `login-…` have a password of the usual cost; the others' password, and
the secret of the application credential that each has, are hashed at the least cost there is, one round of PBKDF2.
"""

import base64
import hashlib

USERS = PROJECTS = 10_000
ROLES_OF_A_USER = 10
LOGINS = 64
PASSWORD = "bench-secret"

USER, PROJECT, CREDENTIAL = "be9c0000", "be9c0001", "be9c0002"


def fill(identity, dear_hash):
    """- dear_hash: of PASSWORD, at the usual cost."""
    cheap = _cheap_hash(PASSWORD)
    numbers = f"seq_1_to_{USERS}"
    role = identity.sql("SELECT id FROM roles WHERE name = 'member'")[0][0]
    identity.sql(f"""
        INSERT INTO projects (id, name, domain_id, parent_id, description, options, extra)
            SELECT {_id(PROJECT)}, CONCAT('bench-', seq), 'default', 'default', '', '{{}}', '{{}}'
            FROM seq_1_to_{PROJECTS};
        INSERT INTO users (id, domain_id, name, options, extra, created_at)
            SELECT {_id(USER)}, 'default', CONCAT(IF(seq <= {LOGINS}, 'login-', 'user-'), seq), '{{}}', '{{}}',
                UTC_TIMESTAMP(6) FROM {numbers};
        INSERT INTO passwords (user_id, password_hash, created_at)
            SELECT {_id(USER)}, IF(seq <= {LOGINS}, '{dear_hash}', '{cheap}'), UTC_TIMESTAMP(6) FROM {numbers};
        INSERT INTO role_assignments (actor_type, actor_id, target_type, target_id, role_id)
            SELECT 'user', {_id(USER)}, 'project', {_id(PROJECT, _project('seq', 'turn.number'))}, '{role}'
            FROM {numbers}, (SELECT seq AS number FROM seq_1_to_{ROLES_OF_A_USER}) turn;
        INSERT INTO application_credentials (id, user_id, project_id, name, secret_hash, created_at)
            SELECT {_id(CREDENTIAL)}, {_id(USER)}, {_id(PROJECT, _project('seq', '1'))}, 'bench', '{cheap}',
                UTC_TIMESTAMP(6) FROM {numbers};
        INSERT INTO application_credential_roles (application_credential_id, role_id)
            SELECT {_id(CREDENTIAL)}, '{role}' FROM {numbers};""")


def project(user, turn):
    """One of the projects, counted from 1, that the user with this number has a role in."""
    return _text(PROJECT, (user * 7 + turn * 997) % PROJECTS + 1)


def user(number):
    return _text(USER, number)


def credential(number):
    return _text(CREDENTIAL, number)


def _project(user, turn):
    return f"(({user} * 7 + {turn} * 997) MOD {PROJECTS} + 1)"


def _id(prefix, number="seq"):
    return f"CONCAT('{prefix}', LPAD(LOWER(HEX({number})), 24, '0'))"


def _text(prefix, number):
    return f"{prefix}{number:024x}"


def _cheap_hash(password):
    salt = b"sixteen bytes of"
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 1)
    parts = [base64.b64encode(part).decode().rstrip("=").replace("+", ".") for part in (salt, digest)]
    return f"$pbkdf2-sha512$1${parts[0]}${parts[1]}"
