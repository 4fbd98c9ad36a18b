import WebAPI

/// Glance's rules, by its own names.
enum ImagePolicies {
    private static let admin = "rule:context_is_admin"
    private static let member = "role:member and project_id:%(project_id)s"
    private static let reader = "role:reader and project_id:%(project_id)s"
    private static let seen =
        "(project_id:%(project_id)s or project_id:%(member_id)s or 'community':%(visibility)s "
        + "or 'public':%(visibility)s or 'shared':%(visibility)s)"
    private static let adminOrMember = "\(admin) or (\(member))"
    private static let adminOrReader = "\(admin) or (\(reader))"
    private static let adminOrSharedMember = "\(admin) or (role:member and project_id:%(member_id)s)"
    private static let adminOrReaderOrSharedMember =
        "\(admin) or role:reader and (project_id:%(project_id)s or project_id:%(member_id)s)"
    private static let readNamespace =
        "\(admin) or (role:reader and (project_id:%(project_id)s or 'public':%(visibility)s))"

    private static func rule(_ name: String, _ check: String) -> PolicyRule {
        PolicyRule(name, default: check, scopes: [.project])
    }

    static let addImage = rule("add_image", "\(admin) or (\(member) and project_id:%(owner)s)")
    static let deleteImage = rule("delete_image", adminOrMember)
    static let getImage = rule("get_image", "\(admin) or (role:reader and \(seen))")
    static let getImages = rule("get_images", adminOrReader)
    static let modifyImage = rule("modify_image", adminOrMember)
    static let publicizeImage = rule("publicize_image", admin)
    static let communitizeImage = rule("communitize_image", adminOrMember)
    static let downloadImage = rule("download_image", "\(admin) or (role:member and \(seen))")
    static let uploadImage = rule("upload_image", adminOrMember)
    static let deleteLocation = rule("delete_image_location", admin)
    static let getLocation = rule("get_image_location", adminOrReader)
    static let setLocation = rule("set_image_location", adminOrMember)
    static let addLocation = rule("add_image_location", "rule:service_api or (\(member) and project_id:%(owner)s)")
    static let fetchLocation = rule("fetch_image_location", "rule:service_api")
    static let copyImage = rule("copy_image", admin)
    static let cacheImage = rule("cache_image", admin)
    static let cacheList = rule("cache_list", admin)
    static let cacheDelete = rule("cache_delete", admin)
    static let cacheClean = rule("cache_clean", admin)
    static let cachePrune = rule("cache_prune", admin)
    static let listCachedNodes = rule("list_cached_nodes", admin)
    static let addMember = rule("add_member", adminOrMember)
    static let deleteMember = rule("delete_member", adminOrMember)
    static let getMember = rule("get_member", adminOrReaderOrSharedMember)
    static let getMembers = rule("get_members", adminOrReaderOrSharedMember)
    static let modifyMember = rule("modify_member", adminOrSharedMember)
    static let deactivate = rule("deactivate", adminOrMember)
    static let reactivate = rule("reactivate", adminOrMember)
    static let getTask = rule("get_task", "rule:default")
    static let getTasks = rule("get_tasks", "rule:default")
    static let addTask = rule("add_task", "rule:default")
    static let tasksAccess = rule("tasks_api_access", admin)
    static let storesDetail = rule("stores_info_detail", "\(admin) or rule:service_api")
    static let getNamespace = rule("get_metadef_namespace", readNamespace)
    static let getNamespaces = rule("get_metadef_namespaces", adminOrReader)
    static let getMetadef = rule("get_metadef_object", readNamespace)
    static let listResourceTypes = rule("list_metadef_resource_types", readNamespace)
    static let modifyMetadef = rule("metadef_admin", admin)

    static let all: [PolicyRule] = [
        PolicyRule("default", default: ""),
        PolicyRule("context_is_admin", default: "role:admin"),
        PolicyRule("service_api", default: "service_roles:service or role:service or role:admin"),
        addImage, deleteImage, getImage, getImages, modifyImage, publicizeImage, communitizeImage, downloadImage,
        uploadImage, deleteLocation, getLocation, setLocation, addLocation,
        fetchLocation, copyImage, cacheImage, cacheList, cacheDelete, cacheClean, cachePrune, listCachedNodes,
        addMember, deleteMember, getMember,
        getMembers, modifyMember, deactivate, reactivate, getTask, getTasks, addTask, tasksAccess, storesDetail,
        getNamespace, getNamespaces, getMetadef, listResourceTypes, modifyMetadef,
    ]
}
