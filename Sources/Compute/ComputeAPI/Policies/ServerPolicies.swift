import WebAPI

extension ComputePolicy {
    static let serverIndex = reader("servers:index")
    static let serverDetail = reader("servers:detail")
    static let serverIndexAll = admin("servers:index:get_all_tenants")
    static let serverDetailAll = admin("servers:detail:get_all_tenants")
    static let serverAllFilters = admin("servers:allow_all_filters")
    static let serverShow = reader("servers:show")
    static let serverHostStatus = admin("servers:show:host_status")
    static let serverCreate = member("servers:create")
    static let serverForcedHost = admin("servers:create:forced_host")
    static let serverRequestedDestination = admin("compute:servers:create:requested_destination")
    static let serverAttachVolume = member("servers:create:attach_volume")
    static let serverAttachNetwork = member("servers:create:attach_network")
    static let serverZeroDisk = admin("servers:create:zero_disk_flavor")
    static let serverDelete = member("servers:delete")
    static let serverUpdate = member("servers:update")
    static let serverReboot = member("servers:reboot")
    static let serverStart = member("servers:start")
    static let serverStop = member("servers:stop")
    static let serverCreateImage = member("servers:create_image")
    static let serverPause = member("os-pause-server:pause")
    static let serverUnpause = member("os-pause-server:unpause")
    static let serverSuspend = member("os-suspend-server:suspend")
    static let serverResume = member("os-suspend-server:resume")
    static let serverLock = member("os-lock-server:lock")
    static let serverUnlock = member("os-lock-server:unlock")
    static let serverUnlockOverride = admin("os-lock-server:unlock:unlock_override")
    static let serverForceDelete = member("os-deferred-delete:force")
    static let serverConsoleOutput = member("os-console-output")
    static let serverResetState = admin("os-admin-actions:reset_state")
    static let serverDiagnostics = admin("os-server-diagnostics")
    static let serverExtendedAttributes = admin("os-extended-server-attributes")
    static let serverRebuild = member("servers:rebuild")
    static let serverResize = member("servers:resize")

    static let servers = [
        serverIndex, serverDetail, serverIndexAll, serverDetailAll, serverAllFilters, serverShow, serverHostStatus,
        serverCreate, serverForcedHost, serverRequestedDestination, serverAttachVolume, serverAttachNetwork,
        serverZeroDisk, serverDelete, serverUpdate, serverReboot, serverStart, serverStop, serverCreateImage,
        serverPause, serverUnpause, serverSuspend, serverResume, serverLock, serverUnlock, serverUnlockOverride,
        serverForceDelete, serverConsoleOutput, serverResetState, serverDiagnostics, serverExtendedAttributes,
        serverRebuild, serverResize,
    ]

    static let metadataIndex = reader("server-metadata:index")
    static let metadataShow = reader("server-metadata:show")
    static let metadataCreate = member("server-metadata:create")
    static let metadataUpdate = member("server-metadata:update")
    static let metadataUpdateAll = member("server-metadata:update_all")
    static let metadataDelete = member("server-metadata:delete")
    static let tagsIndex = reader("os-server-tags:index")
    static let tagsShow = reader("os-server-tags:show")
    static let tagsUpdate = member("os-server-tags:update")
    static let tagsUpdateAll = member("os-server-tags:update_all")
    static let tagsDelete = member("os-server-tags:delete")
    static let tagsDeleteAll = member("os-server-tags:delete_all")
    static let addresses = reader("ips:index")
    static let addressesShow = reader("ips:show")
    static let volumeAttachmentIndex = reader("os-volumes-attachments:index")
    static let volumeAttachmentShow = reader("os-volumes-attachments:show")
    static let volumeAttachmentCreate = member("os-volumes-attachments:create")
    static let volumeAttachmentUpdate = member("os-volumes-attachments:update")
    static let volumeAttachmentDelete = member("os-volumes-attachments:delete")
    static let interfaceList = reader("os-attach-interfaces:list")
    static let interfaceShow = reader("os-attach-interfaces:show")
    static let interfaceCreate = member("os-attach-interfaces:create")
    static let interfaceDelete = member("os-attach-interfaces:delete")
    static let multinic = member("os-multinic:add")
    static let multinicRemove = member("os-multinic:remove")
    static let instanceActionsList = reader("os-instance-actions:list")
    static let instanceActionsShow = reader("os-instance-actions:show")
    static let instanceActionsEvents = admin("os-instance-actions:events")
    static let instanceActionsDetails = admin("os-instance-actions:events:details")
    static let passwordShow = reader("os-server-password:show")
    static let passwordClear = member("os-server-password:clear")
    static let securityGroupsAdd = member("os-security-groups:add")
    static let securityGroupsRemove = member("os-security-groups:remove")
    static let securityGroupsList = reader("os-security-groups:list")

    static let serverParts = [
        metadataIndex, metadataShow, metadataCreate, metadataUpdate, metadataUpdateAll, metadataDelete, tagsIndex,
        tagsShow, tagsUpdate, tagsUpdateAll, tagsDelete, tagsDeleteAll, addresses, addressesShow,
        volumeAttachmentIndex, volumeAttachmentShow, volumeAttachmentCreate, volumeAttachmentUpdate,
        volumeAttachmentDelete, interfaceList, interfaceShow, interfaceCreate, interfaceDelete, multinic,
        multinicRemove, instanceActionsList, instanceActionsShow, instanceActionsEvents, instanceActionsDetails,
        passwordShow, passwordClear, securityGroupsAdd, securityGroupsRemove, securityGroupsList,
    ]
}
