extension Exemplars {
    static let actionBodies = #"""
        = addTenantAccess
        - {"tenant": "@project"}
        = removeTenantAccess
        - {"tenant": "@project"}
        = add_host
        - {"host": "@name"}
        = remove_host
        - {"host": "@name"}
        = set_metadata
        - {"metadata": {"fuzz": "@name", "gone": null}}
        = addFixedIp
        - {"networkId": "@network"}
        = removeFixedIp
        - {"address": "10.0.0.9"}
        = addSecurityGroup
        - {"name": "@security_group"}
        = removeSecurityGroup
        - {"name": "@security_group"}
        = changePassword
        - {"adminPass": "@secret"}
        = createBackup
        - {"name": "@name", "backup_type": "daily", "rotation": 1}
        = createImage
        - {"name": "@name", "metadata": {"fuzz": "@name"}}
        = evacuate
        - {"host": "@name"}
        = migrate
        - null
        - {"host": "@name"}
        = os-getConsoleOutput
        - {"length": 10}
        - {}
        = os-getVNCConsole
        - {"type": "novnc"}
        = os-getSPICEConsole
        - {"type": "spice-html5"}
        = os-getSerialConsole
        - {"type": "serial"}
        = os-migrateLive
        - {"host": null, "block_migration": "auto"}
        = os-resetState
        - {"state": "error"}
        - {"state": "active"}
        = rebuild
        - {"imageRef": "@public_image", "name": "@name", "metadata": {"a": "b"}}
        = resize
        - {"flavorRef": "@flavor"}
        = rescue
        - {"adminPass": "@secret"}
        - null
        = reboot
        - {"type": "HARD"}
        = unshelve
        - null
        - {"availability_zone": "nova"}
        = lock
        - null
        - {"locked_reason": "@name"}
        = os-attach
        - {"instance_uuid": "@server", "mountpoint": "/dev/vdb", "mode": "rw"}
        = os-extend
        - {"new_size": 2}
        = os-set_bootable
        - {"bootable": true}
        = os-retype
        - {"new_type": "@volume_type", "migration_policy": "never"}
        = os-volume_upload_image
        - {"image_name": "@name", "container_format": "bare", "disk_format": "raw"}
        = os-reset_status
        - {"status": "available"}
        = os-update_readonly_flag
        - {"readonly": false}
        = os-set_image_metadata
        - {"metadata": {"os_type": "linux"}}
        = os-unset_image_metadata
        - {"key": "os_type"}

        """#

    static let identity = #"""
        = POST /auth/tokens
        - {"auth": {"identity": {"methods": ["password"], "password": {"user": {"id": "@user",
            "password": "@secret"}}}, "scope": {"project": {"id": "@project"}}}}
        - {"auth": {"identity": {"methods": ["application_credential"],
            "application_credential": {"id": "@application_credential", "secret": "@secret"}}}}
        - {"auth": {"identity": {"methods": ["token"], "token": {"id": "@name"}},
            "scope": {"OS-TRUST:trust": {"id": "@trust"}}}}
        - {"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "@name",
            "password": "@secret", "domain": {"name": "Default"}}}}, "scope": {"system": {"all": true}}}}
        = POST /OS-EP-FILTER/endpoint_groups
        - {"endpoint_group": {"name": "@name", "filters": {"interface": "internal", "service_id": "@service"}}}

        """#

    static let image = #"""
        = POST /images
        - {"name": "@name", "container_format": "bare", "disk_format": "qcow2", "min_ram": 1, "min_disk": 1,
            "visibility": "shared", "protected": false, "tags": ["a", "b"], "fuzz": "@name", "id": "@uuid"}
        - {"name": "@name", "owner": "@project", "os_hidden": false}
        = PATCH /images/{image_id}
        - [{"op": "replace", "path": "/name", "value": "@name"}, {"op": "add", "path": "/fuzz", "value": "1"}]
        - [{"op": "add", "path": "/tags", "value": ["x"]}, {"op": "remove", "path": "/fuzz"}]
        - [{"op": "replace", "path": "/min_ram", "value": 7}, {"op": "replace", "path": "/visibility",
            "value": "private"}]
        = POST /images/{image_id}/import
        - {"method": {"name": "web-download", "uri": "http://192.0.2.1/x"}}
        - {"method": {"name": "glance-direct"}, "all_stores": false}
        - {"method": {"name": "glance-download", "glance_region": "RegionOne", "glance_image_id": "@image"}}
        = POST /images/{image_id}/members
        - {"member": "@project"}
        = PUT /images/{image_id}/members/{member_id}
        - {"status": "accepted"}
        = POST /metadefs/namespaces/{namespace}/tags
        - {"tags": [{"name": "@name"}, {"name": "@name"}]}

        """#

    static let network = #"""
        = POST /networks
        - {"network": {"name": "@name", "admin_state_up": true, "mtu": 1400, "port_security_enabled": true,
            "description": "@name", "availability_zone_hints": [], "dns_domain": "example.org."}}
        - {"network": {"name": "@name", "shared": true, "router:external": false}}
        - {"network": {"name": "@name", "provider:network_type": "geneve", "provider:segmentation_id": 7777}}
        - {"networks": [{"name": "@name"}, {"name": "@name"}]}
        = PUT /networks/{id}
        - {"network": {"name": "@name", "mtu": 1300, "admin_state_up": false}}
        = POST /subnets
        - {"subnet": {"network_id": "@network", "ip_version": 4, "cidr": "@cidr", "name": "@name",
            "enable_dhcp": true, "dns_nameservers": ["192.0.2.53"], "gateway_ip": null,
            "host_routes": [{"destination": "192.0.2.0/24", "nexthop": "192.0.2.1"}]}}
        - {"subnet": {"network_id": "@network", "ip_version": 6, "cidr": "fd00:77::/64", "ipv6_ra_mode": "slaac",
            "ipv6_address_mode": "slaac"}}
        - {"subnet": {"network_id": "@network", "ip_version": 4, "subnetpool_id": "@subnetpool", "prefixlen": 28}}
        - {"subnet": {"network_id": "@network", "ip_version": 4, "cidr": "10.9.8.0/24",
            "allocation_pools": [{"start": "10.9.8.10", "end": "10.9.8.20"}]}}
        = PUT /subnets/{id}
        - {"subnet": {"name": "@name", "enable_dhcp": false, "dns_nameservers": ["192.0.2.7"], "host_routes": []}}
        = POST /ports
        - {"port": {"network_id": "@network", "name": "@name", "admin_state_up": true, "device_id": "@name",
            "device_owner": "", "security_groups": ["@security_group"], "mac_address": "fa:16:3e:00:11:22",
            "allowed_address_pairs": [{"ip_address": "192.0.2.9"}], "dns_name": "a",
            "extra_dhcp_opts": [{"opt_name": "bootfile-name", "opt_value": "x", "ip_version": 4}]}}
        - {"port": {"network_id": "@network", "fixed_ips": [{"subnet_id": "@subnet"}], "tags": ["x"]}}
        - {"port": {"network_id": "@network", "binding:host_id": "x", "binding:vnic_type": "normal"}}
        = PUT /ports/{id}
        - {"port": {"name": "@name", "security_groups": ["@security_group"],
            "fixed_ips": [{"subnet_id": "@subnet"}], "device_id": "@server", "device_owner": "compute:nova",
            "allowed_address_pairs": []}}
        = POST /routers
        - {"router": {"name": "@name", "admin_state_up": true, "availability_zone_hints": [],
            "external_gateway_info": {"network_id": "@public_network", "enable_snat": true}}}
        = PUT /routers/{id}
        - {"router": {"name": "@name", "routes": [{"destination": "198.51.100.0/24", "nexthop": "10.100.0.2"}],
            "external_gateway_info": {"network_id": "@public_network", "external_fixed_ips": []}}}
        = PUT /routers/{id}/add_router_interface
        - {"subnet_id": "@subnet"}
        - {"port_id": "@port"}
        = PUT /routers/{id}/remove_router_interface
        - {"subnet_id": "@subnet"}
        - {"port_id": "@port"}
        = PUT /routers/{id}/add_extraroutes
        - {"router": {"routes": [{"destination": "198.51.100.0/24", "nexthop": "10.100.0.2"}]}}
        = PUT /routers/{id}/remove_extraroutes
        - {"router": {"routes": [{"destination": "198.51.100.0/24", "nexthop": "10.100.0.2"}]}}
        = POST /floatingips
        - {"floatingip": {"floating_network_id": "@public_network", "port_id": "@port", "description": "@name",
            "fixed_ip_address": null, "dns_name": "", "subnet_id": null}}
        = PUT /floatingips/{id}
        - {"floatingip": {"port_id": "@port", "description": "@name"}}
        = POST /security-groups
        - {"security_group": {"name": "@name", "description": "@name", "stateful": true}}
        = PUT /security-groups/{id}
        - {"security_group": {"name": "@name", "stateful": false}}
        = POST /security-group-rules
        - {"security_group_rule": {"security_group_id": "@security_group", "direction": "ingress",
            "ethertype": "IPv4", "protocol": "tcp", "port_range_min": 22, "port_range_max": 23,
            "remote_ip_prefix": "@cidr", "description": "@name"}}
        - {"security_group_rule": {"security_group_id": "@security_group", "direction": "egress",
            "ethertype": "IPv6", "protocol": 17, "remote_group_id": "@security_group"}}
        = PUT /security-group-rules/{id}
        - {"security_group_rule": {"description": "@name"}}
        = POST /subnetpools
        - {"subnetpool": {"name": "@name", "prefixes": ["10.60.0.0/16", "10.61.0.0/16"], "min_prefixlen": 20,
            "default_prefixlen": 26, "max_prefixlen": 28, "default_quota": 1000, "address_scope_id": null}}
        = PUT /subnetpools/{id}
        - {"subnetpool": {"name": "@name", "prefixes": ["@cidr"], "default_prefixlen": 27}}
        = POST /address-scopes
        - {"address_scope": {"name": "@name", "ip_version": 4, "shared": false}}
        = PUT /address-scopes/{id}
        - {"address_scope": {"name": "@name"}}
        = POST /rbac-policies
        - {"rbac_policy": {"object_type": "network", "object_id": "@network", "action": "access_as_shared",
            "target_tenant": "@project"}}
        = PUT /rbac-policies/{id}
        - {"rbac_policy": {"target_tenant": "@project"}}
        = PUT /quotas/{project}
        - {"quota": {"network": 100, "port": -1, "subnet": 50}}

        """#

    static let compute = #"""
        = POST /os-security-group-rules
        - {"security_group_rule": {"parent_group_id": "@security_group", "ip_protocol": "tcp", "from_port": 22,
            "to_port": 22, "cidr": "@cidr"}}
        = PUT /flavors/{id}/os-extra_specs/{key}
        - {"fuzz": "1"}
        - {"hw:cpu_policy": "shared"}
        = PUT /os-services/{id}
        - {"status": "enabled"}
        - {"forced_down": false}
        = PUT /os-services/disable-log-reason
        - {"host": "@name", "binary": "nova-compute", "disabled_reason": "@name"}
        = PUT /os-services/disable
        - {"host": "@name", "binary": "nova-compute"}
        = PUT /os-services/enable
        - {"host": "@name", "binary": "nova-compute"}
        = PUT /os-services/force-down
        - {"host": "@name", "binary": "nova-compute", "forced_down": true}
        = PUT /servers/{id}/os-volume_attachments/{volume}
        - {"volumeAttachment": {"volumeId": "@volume"}}
        = POST /servers
        - {"server": {"name": "@name", "flavorRef": "@flavor", "imageRef": "@public_image", "min_count": 1,
            "max_count": 1, "networks": [{"uuid": "@network"}], "metadata": {"a": "b"}, "key_name": "@keypair",
            "user_data": "IyEvYmluL3No", "config_drive": true, "availability_zone": "nova"}}
        - {"server": {"name": "@name", "flavorRef": "@flavor", "networks": [{"port": "@port"}],
            "block_device_mapping_v2": [{"uuid": "@volume", "source_type": "volume",
            "destination_type": "volume", "boot_index": 0, "delete_on_termination": false},
            {"source_type": "blank", "destination_type": "volume", "volume_size": 1, "boot_index": -1}],
            "security_groups": [{"name": "default"}]}, "os:scheduler_hints": {"group": "@server_group"}}
        = POST /servers/{id}/os-volume_attachments
        - {"volumeAttachment": {"volumeId": "@volume"}}
        = POST /servers/{id}/os-interface
        - {"interfaceAttachment": {"net_id": "@network"}}
        - {"interfaceAttachment": {"port_id": "@port"}}
        = POST /os-server-external-events
        - {"events": [{"name": "network-changed", "server_uuid": "@server", "tag": "@port",
            "status": "completed"}]}

        """#

    static let blockStorage = #"""
        = POST /volumes
        - {"volume": {"size": 1, "name": "@name", "description": "@name", "metadata": {"a": "b"},
            "availability_zone": "nova", "volume_type": "@volume_type"}}
        - {"volume": {"size": 1, "snapshot_id": "@snapshot"}}
        - {"volume": {"size": 2, "source_volid": "@volume"}}
        - {"volume": {"size": 1, "imageRef": "@public_image"}}
        = POST /attachments
        - {"attachment": {"volume_uuid": "@volume", "instance_uuid": "@server", "mode": "rw"}}
        = POST /snapshots
        - {"snapshot": {"volume_id": "@volume", "name": "@name", "force": true}}
        = POST /os-volume-transfer/{id}/accept
        - {"accept": {"auth_key": "@name"}}
        = PUT /os-quota-sets/{target}
        - {"quota_set": {"volumes": 20, "gigabytes": -1}}

        """#

    static let placement = #"""
        = POST /resource_classes
        - {"name": "CUSTOM_FUZZ"}
        = PUT /resource_classes/{name}
        - null
        = POST /resource_providers/{uuid}/inventories
        - {"resource_class": "VCPU", "total": 16, "reserved": 0, "min_unit": 1, "max_unit": 8}
        = PUT /resource_providers/{uuid}/inventories
        - {"resource_provider_generation": 0, "inventories": {"VCPU": {"total": 16, "reserved": 1, "min_unit": 1,
            "max_unit": 8, "step_size": 1, "allocation_ratio": 2.0}, "MEMORY_MB": {"total": 1024}}}
        = PUT /resource_providers/{uuid}/inventories/{resource_class}
        - {"resource_provider_generation": 0, "total": 5, "allocation_ratio": 1.5}
        = PUT /resource_providers/{uuid}/aggregates
        - {"aggregates": ["@uuid"], "resource_provider_generation": 0}
        - ["@uuid"]
        = PUT /resource_providers/{uuid}/traits
        - {"resource_provider_generation": 0, "traits": ["HW_CPU_X86_AVX"]}
        = PUT /allocations/{consumer}
        - {"allocations": {"@provider": {"resources": {"VCPU": 1, "MEMORY_MB": 16}}}, "project_id": "@project",
            "user_id": "@user", "consumer_generation": null, "consumer_type": "INSTANCE"}

        """#
}
