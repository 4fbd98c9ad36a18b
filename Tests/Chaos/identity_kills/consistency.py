"""Whether every change that was answered is there, and none is there by half."""

from .clients import OPTIONS, TAGS


def verdicts(world, workers):
    """Names of what must hold, each with what contradicts it."""
    projects = {key: name for worker in workers for key, name in worker.projects.items()}
    granted = set().union(*(worker.granted for worker in workers))
    gone = set().union(*(worker.gone for worker in workers))
    caller = workers[0]
    documents = {
        one["id"]: one
        for one in caller.must("GET", f"/v3/projects?parent_id={world.parent}")[0]["projects"]}
    assignments = caller.must("GET", f"/v3/role_assignments?user.id={world.user}")[0]["role_assignments"]
    holds = {one["scope"]["project"]["id"] for one in assignments}
    return [
        ("every project that was answered is there", sorted(set(projects) - set(documents))),
        ("by its name", [key for key, name in projects.items() if documents.get(key, {}).get("name") != name]),
        ("no deleted project is there", sorted(gone & set(documents))),
        ("every project is whole", [
            f"{key}: {one}" for key, one in documents.items()
            if one["tags"] != TAGS or one["options"] != OPTIONS or one["domain_id"] != world.domain
            or one["description"] != one["name"]]),
        ("every assignment that was answered is there", sorted(granted - holds)),
        ("every assignment is on a project that is there", sorted(holds - set(documents))),
        ("the tables agree", _rows(world.identity)),
        ("every project has its entry in the audit", _without_audit(world)),
    ]


def _rows(identity):
    """Rows that hang on nothing."""
    queries = {
        "project without a domain": """
            SELECT id FROM projects WHERE NOT is_domain AND domain_id NOT IN (SELECT id FROM projects WHERE is_domain)
            """,
        "project without a parent": """
            SELECT id FROM projects WHERE parent_id <> '' AND parent_id NOT IN (SELECT id FROM projects)""",
        "tag without a project": "SELECT name FROM project_tags WHERE project_id NOT IN (SELECT id FROM projects)",
        "assignment of nobody": """
            SELECT actor_id FROM role_assignments
            WHERE actor_type = 'user' AND actor_id NOT IN (SELECT id FROM users)""",
        "assignment on nothing": """
            SELECT target_id FROM role_assignments
            WHERE target_type <> 'system' AND target_id NOT IN (SELECT id FROM projects)""",
    }
    return [f"{name}: {row[0]}" for name, query in queries.items() for row in identity.sql(query)]


def _without_audit(world):
    """Project and audit are written in one transaction."""
    return [row[0] for row in world.identity.sql(f"""
        SELECT id FROM projects WHERE parent_id = '{world.parent}' AND id NOT IN (
            SELECT object_id FROM audit WHERE resource = 'project' AND operation = 'created')""")]
