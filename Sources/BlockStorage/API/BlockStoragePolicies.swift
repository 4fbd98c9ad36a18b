package import WebAPI

/// Cinder's rules, by its own names, with its default checks.
package enum VolumePolicy {
    private static let reader = "rule:xena_system_admin_or_project_reader"
    private static let member = "rule:xena_system_admin_or_project_member"
    private static let admin = "rule:admin_api"

    static let isAdmin = PolicyRule("context_is_admin", default: "role:admin")
    private static let base = [
        isAdmin, PolicyRule("admin_api", default: "role:admin"),
        PolicyRule(
            "xena_system_admin_or_project_reader",
            default: "role:admin or (role:reader and project_id:%(project_id)s)"),
        PolicyRule(
            "xena_system_admin_or_project_member",
            default: "role:admin or (role:member and project_id:%(project_id)s)"),
        PolicyRule("admin_or_owner", default: "role:admin or project_id:%(project_id)s"),
    ]

    static let create = PolicyRule("volume:create", default: member)
    static let createFromImage = PolicyRule("volume:create_from_image", default: member)
    static let get = PolicyRule("volume:get", default: reader)
    static let getAll = PolicyRule("volume:get_all", default: reader)
    static let update = PolicyRule("volume:update", default: member)
    static let delete = PolicyRule("volume:delete", default: member)
    static let forceDelete = PolicyRule("volume:force_delete", default: admin)
    static let hostAttribute = PolicyRule("volume_extension:volume_host_attribute", default: admin)
    static let tenantAttribute = PolicyRule("volume_extension:volume_tenant_attribute", default: reader)
    static let migrationAttribute = PolicyRule("volume_extension:volume_mig_status_attribute", default: admin)
    static let getMetadata = PolicyRule("volume:get_volume_metadata", default: reader)
    static let createMetadata = PolicyRule("volume:create_volume_metadata", default: member)
    static let updateMetadata = PolicyRule("volume:update_volume_metadata", default: member)
    static let deleteMetadata = PolicyRule("volume:delete_volume_metadata", default: member)
    static let imageMetadataShow = PolicyRule("volume_extension:volume_image_metadata:show", default: reader)
    static let imageMetadataSet = PolicyRule("volume_extension:volume_image_metadata:set", default: member)
    static let imageMetadataRemove = PolicyRule("volume_extension:volume_image_metadata:remove", default: member)
    static let encryption = PolicyRule("volume_extension:volume_encryption_metadata", default: reader)

    static let extend = PolicyRule("volume:extend", default: member)
    static let extendInUse = PolicyRule("volume:extend_attached_volume", default: member)
    static let readOnly = PolicyRule("volume:update_readonly_flag", default: member)
    static let retype = PolicyRule("volume:retype", default: member)
    static let revert = PolicyRule("volume:revert_to_snapshot", default: member)
    static let reimage = PolicyRule("volume:reimage", default: member)
    static let resetStatus = PolicyRule("volume_extension:volume_admin_actions:reset_status", default: admin)
    static let forceDeleteAction = PolicyRule("volume_extension:volume_admin_actions:force_delete", default: admin)
    static let forceDetach = PolicyRule("volume_extension:volume_admin_actions:force_detach", default: admin)
    static let setBootable = PolicyRule("volume_extension:volume_actions:set_bootable", default: member)
    static let attach = PolicyRule("volume_extension:volume_actions:attach", default: member)
    static let detach = PolicyRule("volume_extension:volume_actions:detach", default: member)
    static let reserve = PolicyRule("volume_extension:volume_actions:reserve", default: member)
    static let unreserve = PolicyRule("volume_extension:volume_actions:unreserve", default: member)
    static let beginDetaching = PolicyRule("volume_extension:volume_actions:begin_detaching", default: member)
    static let rollDetaching = PolicyRule("volume_extension:volume_actions:roll_detaching", default: member)
    static let connection = PolicyRule("volume_extension:volume_actions:initialize_connection", default: member)
    static let upload = PolicyRule("volume_extension:volume_actions:upload_image", default: member)
    static let uploadPublic = PolicyRule("volume_extension:volume_actions:upload_public", default: admin)

    static let snapshotGet = PolicyRule("volume:get_snapshot", default: reader)
    static let snapshotGetAll = PolicyRule("volume:get_all_snapshots", default: reader)
    static let snapshotCreate = PolicyRule("volume:create_snapshot", default: member)
    static let snapshotUpdate = PolicyRule("volume:update_snapshot", default: member)
    static let snapshotDelete = PolicyRule("volume:delete_snapshot", default: member)
    static let snapshotExtended = PolicyRule("volume_extension:extended_snapshot_attributes", default: reader)
    static let snapshotGetMetadata = PolicyRule("volume:get_snapshot_metadata", default: reader)
    static let snapshotUpdateMetadata = PolicyRule("volume:update_snapshot_metadata", default: member)
    static let snapshotDeleteMetadata = PolicyRule("volume:delete_snapshot_metadata", default: member)
    static let snapshotResetStatus = PolicyRule("volume_extension:snapshot_admin_actions:reset_status", default: admin)
    static let snapshotUpdateStatus = PolicyRule(
        "snapshot_extension:snapshot_actions:update_snapshot_status", default: member)
    static let snapshotForceDelete = PolicyRule("volume_extension:snapshot_admin_actions:force_delete", default: admin)

    static let attachmentCreate = PolicyRule("volume:attachment_create", default: member)
    static let attachmentUpdate = PolicyRule("volume:attachment_update", default: member)
    static let attachmentDelete = PolicyRule("volume:attachment_delete", default: member)
    static let attachmentComplete = PolicyRule("volume:attachment_complete", default: member)

    static let typeGet = PolicyRule("volume_extension:type_get", default: "")
    static let typeGetAll = PolicyRule("volume_extension:type_get_all", default: "")
    static let typeCreate = PolicyRule("volume_extension:type_create", default: admin)
    static let typeUpdate = PolicyRule("volume_extension:type_update", default: admin)
    static let typeDelete = PolicyRule("volume_extension:type_delete", default: admin)
    static let typeExtraSpecs = PolicyRule("volume_extension:access_types_extra_specs", default: "")
    static let typeQoS = PolicyRule("volume_extension:access_types_qos_specs_id", default: admin)
    static let typeEncryption = PolicyRule("volume_extension:volume_type_encryption:get", default: admin)
    static let extraSpecsRead = PolicyRule("volume_extension:types_extra_specs:index", default: "")
    static let extraSpecsSensitive = PolicyRule("volume_extension:types_extra_specs:read_sensitive", default: admin)
    static let extraSpecsWrite = PolicyRule("volume_extension:types_extra_specs:create", default: admin)
    static let extraSpecsDelete = PolicyRule("volume_extension:types_extra_specs:delete", default: admin)
    static let typeAccess = PolicyRule("volume_extension:volume_type_access:get_all_for_type", default: admin)
    static let typeAccessAdd = PolicyRule("volume_extension:volume_type_access:addProjectAccess", default: admin)
    static let typeAccessRemove = PolicyRule("volume_extension:volume_type_access:removeProjectAccess", default: admin)

    static let quotaShow = PolicyRule("volume_extension:quotas:show", default: reader)
    static let quotaUpdate = PolicyRule("volume_extension:quotas:update", default: admin)
    static let quotaDelete = PolicyRule("volume_extension:quotas:delete", default: admin)
    static let usedLimits = PolicyRule("limits_extension:used_limits", default: reader)
    static let services = PolicyRule("volume_extension:services:index", default: admin)
    static let servicesUpdate = PolicyRule("volume_extension:services:update", default: admin)
    static let hosts = PolicyRule("volume_extension:hosts", default: admin)
    static let capabilities = PolicyRule("volume_extension:capabilities", default: admin)
    static let transferCreate = PolicyRule("volume:create_transfer", default: member)
    static let transferAccept = PolicyRule("volume:accept_transfer", default: "role:admin or role:member")
    static let transferDelete = PolicyRule("volume:delete_transfer", default: member)
    static let transferGet = PolicyRule("volume:get_transfer", default: reader)
    static let transferGetAll = PolicyRule("volume:get_all_transfers", default: reader)
    static let messageGet = PolicyRule("message:get", default: reader)
    static let messageGetAll = PolicyRule("message:get_all", default: reader)
    static let messageDelete = PolicyRule("message:delete", default: member)
    static let pools = PolicyRule("scheduler_extension:scheduler_stats:get_pools", default: admin)
    static let zones = PolicyRule("volume:availability_zone_list", default: "")

    package static let all: [PolicyRule] =
        base + [
            create, createFromImage, get, getAll, update, delete, forceDelete, hostAttribute, tenantAttribute,
            migrationAttribute, getMetadata, createMetadata, updateMetadata, deleteMetadata, imageMetadataShow,
            imageMetadataSet, imageMetadataRemove, encryption, extend, extendInUse, readOnly, retype, revert, reimage,
            resetStatus, forceDeleteAction, forceDetach, setBootable, attach, detach, reserve, unreserve,
            beginDetaching, rollDetaching, connection, upload, uploadPublic, snapshotGet, snapshotGetAll,
            snapshotCreate, snapshotUpdate, snapshotDelete, snapshotExtended, snapshotGetMetadata,
            snapshotUpdateMetadata, snapshotDeleteMetadata, snapshotResetStatus, snapshotForceDelete,
            snapshotUpdateStatus, attachmentCreate,
            attachmentUpdate, attachmentDelete, attachmentComplete, typeGet, typeGetAll, typeCreate, typeUpdate,
            typeDelete, typeExtraSpecs, typeQoS, typeEncryption, extraSpecsRead, extraSpecsSensitive, extraSpecsWrite,
            extraSpecsDelete, typeAccess, typeAccessAdd, typeAccessRemove, quotaShow, quotaUpdate, quotaDelete,
            usedLimits, services, pools, zones, servicesUpdate, hosts, capabilities, transferCreate,
            transferAccept, transferDelete, transferGet, transferGetAll, messageGet, messageGetAll, messageDelete,
        ]
}
