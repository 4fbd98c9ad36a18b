import WebAPI

extension ComputePolicy {
    static let extensions = anyone("extensions")
    static let flavors = anyone("os-flavors:index")
    static let flavorCreate = admin("os-flavor-manage:create")
    static let flavorUpdate = admin("os-flavor-manage:update")
    static let flavorDelete = admin("os-flavor-manage:delete")
    static let flavorAccess = admin("os-flavor-access")
    static let flavorAccessAdd = admin("os-flavor-access:add_tenant_access")
    static let flavorAccessRemove = admin("os-flavor-access:remove_tenant_access")
    static let extraSpecsIndex = reader("os-flavor-extra-specs:index")
    static let extraSpecsShow = reader("os-flavor-extra-specs:show")
    static let extraSpecsCreate = admin("os-flavor-extra-specs:create")
    static let extraSpecsUpdate = admin("os-flavor-extra-specs:update")
    static let extraSpecsDelete = admin("os-flavor-extra-specs:delete")
    static let keypairIndex = user("os-keypairs:index")
    static let keypairShow = user("os-keypairs:show")
    static let keypairCreate = user("os-keypairs:create")
    static let keypairDelete = user("os-keypairs:delete")
    static let groupIndex = reader("os-server-groups:index")
    static let groupIndexAll = admin("os-server-groups:index:all_projects")
    static let groupShow = reader("os-server-groups:show")
    static let groupCreate = member("os-server-groups:create")
    static let groupDelete = member("os-server-groups:delete")
    static let limits = anyone("limits")
    static let limitsOther = admin("limits:other_project")
    static let quotaShow = reader("os-quota-sets:show")
    static let quotaDefaults = anyone("os-quota-sets:defaults")
    static let quotaDetail = reader("os-quota-sets:detail")
    static let quotaUpdate = admin("os-quota-sets:update")
    static let quotaDelete = admin("os-quota-sets:delete")
    static let quotaClassShow = admin("os-quota-class-sets:show")
    static let usageShow = reader("os-simple-tenant-usage:show")
    static let usageList = admin("os-simple-tenant-usage:list")
    static let groupsGet = reader("os-security-groups:get")
    static let groupsShow = reader("os-security-groups:show")
    static let groupsCreate = member("os-security-groups:create")
    static let groupsUpdate = member("os-security-groups:update")
    static let groupsDelete = member("os-security-groups:delete")
    static let groupsRuleCreate = member("os-security-groups:rule:create")
    static let groupsRuleDelete = member("os-security-groups:rule:delete")

    static let resources = [
        extensions, flavors, flavorCreate, flavorUpdate, flavorDelete, flavorAccess, flavorAccessAdd,
        flavorAccessRemove, extraSpecsIndex, extraSpecsShow, extraSpecsCreate, extraSpecsUpdate, extraSpecsDelete,
        keypairIndex, keypairShow, keypairCreate, keypairDelete, groupIndex, groupIndexAll, groupShow, groupCreate,
        groupDelete, limits, limitsOther, quotaShow, quotaDefaults, quotaDetail, quotaUpdate, quotaDelete,
        quotaClassShow, usageShow, usageList, groupsGet, groupsShow, groupsCreate, groupsUpdate, groupsDelete,
        groupsRuleCreate, groupsRuleDelete,
    ]

    static let zoneList = anyone("os-availability-zone:list")
    static let zoneDetail = admin("os-availability-zone:detail")
    static let aggregateIndex = admin("os-aggregates:index")
    static let aggregateShow = admin("os-aggregates:show")
    static let aggregateCreate = admin("os-aggregates:create")
    static let aggregateUpdate = admin("os-aggregates:update")
    static let aggregateDelete = admin("os-aggregates:delete")
    static let aggregateAddHost = admin("os-aggregates:add_host")
    static let aggregateRemoveHost = admin("os-aggregates:remove_host")
    static let aggregateSetMetadata = admin("os-aggregates:set_metadata")
    static let hypervisorList = admin("os-hypervisors:list")
    static let hypervisorDetail = admin("os-hypervisors:list-detail")
    static let hypervisorShow = admin("os-hypervisors:show")
    static let hypervisorStatistics = admin("os-hypervisors:statistics")
    static let hypervisorSearch = admin("os-hypervisors:search")
    static let hypervisorServers = admin("os-hypervisors:servers")
    static let serviceList = admin("os-services:list")
    static let serviceUpdate = admin("os-services:update")
    static let migrationIndex = admin("os-migrations:index")
    static let externalEvents = PolicyRule(
        "os_compute_api:os-server-external-events:create", default: "rule:context_is_admin or rule:service_api",
        scopes: [.project])

    static let hosts = [
        zoneList, zoneDetail, aggregateIndex, aggregateShow, aggregateCreate, aggregateUpdate, aggregateDelete,
        aggregateAddHost, aggregateRemoveHost, aggregateSetMetadata, hypervisorList, hypervisorDetail,
        hypervisorShow, hypervisorStatistics, hypervisorSearch, hypervisorServers, serviceList, serviceUpdate,
        migrationIndex, externalEvents,
    ]
}
