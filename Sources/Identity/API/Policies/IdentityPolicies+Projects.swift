package import WebAPI

extension IdentityPolicies {
    package static let getProject = PolicyRule(
        "identity:get_project",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.project.domain_id)s and not None:%(target.project.domain_id)s) or \
            project_id:%(target.project.id)s
            """, scopes: .all)
    package static let listProjects = PolicyRule(
        "identity:list_projects",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.domain_id)s)
            """, scopes: .all)
    package static let listUserProjects = PolicyRule(
        "identity:list_user_projects",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.user.domain_id)s) or user_id:%(target.user.id)s
            """, scopes: .all)
    package static let createProject = PolicyRule(
        "identity:create_project",
        default: """
            rule:admin_required or (role:manager and domain_id:%(target.project.domain_id)s and not \
            None:%(target.project.domain_id)s)
            """, scopes: .all)
    package static let updateProject = PolicyRule(
        "identity:update_project",
        default: """
            rule:admin_required or (role:manager and domain_id:%(target.project.domain_id)s and not \
            None:%(target.project.domain_id)s)
            """, scopes: .all)
    package static let deleteProject = PolicyRule(
        "identity:delete_project",
        default: """
            rule:admin_required or (role:manager and domain_id:%(target.project.domain_id)s and not \
            None:%(target.project.domain_id)s)
            """, scopes: .all)
    package static let listProjectTags = PolicyRule(
        "identity:list_project_tags",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.project.domain_id)s and not None:%(target.project.domain_id)s) or \
            project_id:%(target.project.id)s
            """, scopes: .all)
    package static let getProjectTag = PolicyRule(
        "identity:get_project_tag",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or (role:reader and \
            domain_id:%(target.project.domain_id)s and not None:%(target.project.domain_id)s) or \
            project_id:%(target.project.id)s
            """, scopes: .all)
    package static let updateProjectTags = PolicyRule(
        "identity:update_project_tags",
        default: """
            rule:admin_required or (role:manager and domain_id:%(target.project.domain_id)s and not \
            None:%(target.project.domain_id)s)
            """, scopes: .all)
    package static let createProjectTag = PolicyRule(
        "identity:create_project_tag",
        default: """
            rule:admin_required or (role:manager and domain_id:%(target.project.domain_id)s and not \
            None:%(target.project.domain_id)s)
            """, scopes: .all)
    package static let deleteProjectTags = PolicyRule(
        "identity:delete_project_tags",
        default: """
            rule:admin_required or (role:manager and domain_id:%(target.project.domain_id)s and not \
            None:%(target.project.domain_id)s)
            """, scopes: .all)
    package static let deleteProjectTag = PolicyRule(
        "identity:delete_project_tag",
        default: """
            rule:admin_required or (role:manager and domain_id:%(target.project.domain_id)s and not \
            None:%(target.project.domain_id)s)
            """, scopes: .all)

    static let projectsRules: [PolicyRule] = [
        getProject, listProjects, listUserProjects, createProject, updateProject, deleteProject, listProjectTags,
        getProjectTag, updateProjectTags, createProjectTag, deleteProjectTags, deleteProjectTag,
    ]
}
