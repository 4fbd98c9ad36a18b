CREATE TABLE `access_rule` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `service` varchar(64) DEFAULT NULL,
  `path` varchar(128) DEFAULT NULL,
  `method` varchar(16) DEFAULT NULL,
  `external_id` varchar(64) DEFAULT NULL,
  `user_id` varchar(64) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `access_rule_external_id_key` (`external_id`),
  UNIQUE KEY `duplicate_access_rule_for_user_constraint` (`user_id`,`service`,`path`,`method`),
  KEY `external_id` (`external_id`),
  KEY `user_id` (`user_id`)
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `access_rule` VALUES
(1,'image','/v2/images','GET','660baefba7e140758237ed628a85013d','77d84e32d0e24ebe90403fd22f0b5b33');
CREATE TABLE `access_token` (
  `id` varchar(64) NOT NULL,
  `access_secret` varchar(64) NOT NULL,
  `authorizing_user_id` varchar(64) NOT NULL,
  `project_id` varchar(64) NOT NULL,
  `role_ids` text NOT NULL,
  `consumer_id` varchar(64) NOT NULL,
  `expires_at` varchar(64) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `ix_access_token_consumer_id` (`consumer_id`),
  KEY `ix_access_token_authorizing_user_id` (`authorizing_user_id`),
  CONSTRAINT `access_token_ibfk_1` FOREIGN KEY (`consumer_id`) REFERENCES `consumer` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `access_token` VALUES
('a0c0ffee00000000000000000000000a','access-secret','77d84e32d0e24ebe90403fd22f0b5b33','ee0f62abe57245d889072cba55f5c7a4','[\"2f2a17a7e6ad4d21b34220e6345982c6\"]','08d31a6444f94d7cad0c89ffcb785e01',NULL);
CREATE TABLE `alembic_version` (
  `version_num` varchar(32) NOT NULL,
  PRIMARY KEY (`version_num`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `alembic_version` VALUES
('29e87d24a316'),
('e25ffa003242');
CREATE TABLE `application_credential` (
  `internal_id` int(11) NOT NULL AUTO_INCREMENT,
  `id` varchar(64) NOT NULL,
  `name` varchar(255) NOT NULL,
  `secret_hash` varchar(255) NOT NULL,
  `description` text DEFAULT NULL,
  `user_id` varchar(64) NOT NULL,
  `project_id` varchar(64) DEFAULT NULL,
  `expires_at` bigint(20) DEFAULT NULL,
  `system` varchar(64) DEFAULT NULL,
  `unrestricted` tinyint(1) DEFAULT NULL,
  PRIMARY KEY (`internal_id`),
  UNIQUE KEY `duplicate_app_cred_constraint` (`user_id`,`name`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `application_credential` VALUES
(1,'24621497b1484ed185bdef9bf5028298','robot','$2b$04$VSnvXmMvMlAeHhwVMOJVY.rXe3tDcMSivULFHTQPuiigIzE6inhF.','d','77d84e32d0e24ebe90403fd22f0b5b33','ee0f62abe57245d889072cba55f5c7a4',4070908800000000,NULL,NULL),
(2,'cb7ab0ea71a443b18f8ef7dcc2e4a039','narrow','$2b$04$lnFRxQ5pvKMsMHW/fMLApO0SNmykPEUBkn12tBREKsHTWadXTRU.S',NULL,'77d84e32d0e24ebe90403fd22f0b5b33','ee0f62abe57245d889072cba55f5c7a4',NULL,NULL,1);
CREATE TABLE `application_credential_access_rule` (
  `application_credential_id` int(11) NOT NULL,
  `access_rule_id` int(11) NOT NULL,
  PRIMARY KEY (`application_credential_id`,`access_rule_id`),
  KEY `access_rule_id` (`access_rule_id`),
  CONSTRAINT `application_credential_access_rule_ibfk_1` FOREIGN KEY (`application_credential_id`) REFERENCES `application_credential` (`internal_id`) ON DELETE CASCADE,
  CONSTRAINT `application_credential_access_rule_ibfk_2` FOREIGN KEY (`access_rule_id`) REFERENCES `access_rule` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `application_credential_access_rule` VALUES
(2,1);
CREATE TABLE `application_credential_role` (
  `application_credential_id` int(11) NOT NULL,
  `role_id` varchar(64) NOT NULL,
  PRIMARY KEY (`application_credential_id`,`role_id`),
  CONSTRAINT `application_credential_role_ibfk_1` FOREIGN KEY (`application_credential_id`) REFERENCES `application_credential` (`internal_id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `application_credential_role` VALUES
(1,'2f2a17a7e6ad4d21b34220e6345982c6'),
(2,'1ae160eb3d654579ae40fceb5194d309'),
(2,'2f2a17a7e6ad4d21b34220e6345982c6'),
(2,'4c1125547dc5449ba5cef5ab53b40312');
CREATE TABLE `assignment` (
  `type` enum('UserProject','GroupProject','UserDomain','GroupDomain') NOT NULL,
  `actor_id` varchar(64) NOT NULL,
  `target_id` varchar(64) NOT NULL,
  `role_id` varchar(64) NOT NULL,
  `inherited` tinyint(1) NOT NULL,
  PRIMARY KEY (`type`,`actor_id`,`target_id`,`role_id`,`inherited`),
  KEY `ix_actor_id` (`actor_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `assignment` VALUES
('UserProject','77d84e32d0e24ebe90403fd22f0b5b33','ee0f62abe57245d889072cba55f5c7a4','1ae160eb3d654579ae40fceb5194d309',0),
('UserProject','77d84e32d0e24ebe90403fd22f0b5b33','ee0f62abe57245d889072cba55f5c7a4','2f2a17a7e6ad4d21b34220e6345982c6',0),
('UserProject','b56b8293eb4447358495155ba86ecff6','dd73d877e66240e39964fc997f6faa2d','2b1ec99745f34990898ed73291b43e93',0),
('GroupProject','8fc755bf458149cdb5b30de6cd56cbc2','ee0f62abe57245d889072cba55f5c7a4','2f2a17a7e6ad4d21b34220e6345982c6',0),
('GroupProject','8fc755bf458149cdb5b30de6cd56cbc2','ee0f62abe57245d889072cba55f5c7a4','4c1125547dc5449ba5cef5ab53b40312',1),
('UserDomain','77d84e32d0e24ebe90403fd22f0b5b33','0789677cf2bc4b529f22f866833a2f27','2b1ec99745f34990898ed73291b43e93',0),
('UserDomain','f71ce7cea3f34a5aa994ceb09401fa19','0789677cf2bc4b529f22f866833a2f27','2f2a17a7e6ad4d21b34220e6345982c6',1);
CREATE TABLE `config_register` (
  `type` varchar(64) NOT NULL,
  `domain_id` varchar(64) NOT NULL,
  PRIMARY KEY (`type`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
CREATE TABLE `consumer` (
  `id` varchar(64) NOT NULL,
  `description` varchar(64) DEFAULT NULL,
  `secret` varchar(64) NOT NULL,
  `extra` text NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `consumer` VALUES
('08d31a6444f94d7cad0c89ffcb785e01','app','b33220fcc4d1415f95d41499e3569cd9','{}');
CREATE TABLE `credential` (
  `id` varchar(64) NOT NULL,
  `user_id` varchar(64) NOT NULL,
  `project_id` varchar(64) DEFAULT NULL,
  `type` varchar(255) NOT NULL,
  `extra` text DEFAULT NULL,
  `key_hash` varchar(64) NOT NULL,
  `encrypted_blob` text NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `credential` VALUES
('11947db54f8e4b30b954cdaaf5634d55','b2e43db02328477c9a38eb1cc873791a',NULL,'totp','{}','041f67791e60b881e1ca84d4f3216e02d9d7df73','gAAAAABrAjuePgWxKTYxd_7_FbAqHPxFPmVYrCxNQCzgr2pjv008qDyi5OLMwSaci0y_ZzCHFnVRoCYoLqfNaYx4aURdBLzsM34sT6pl1fuv0ElIUmiElbNu8LXlgYH8aOBfKQhuGvMm'),
('86c50ff382215a9989ec61b93aa09b96d4b5da59a3e737b3808dfa7bba2c8b65','77d84e32d0e24ebe90403fd22f0b5b33','ee0f62abe57245d889072cba55f5c7a4','ec2','{}','041f67791e60b881e1ca84d4f3216e02d9d7df73','gAAAAABrAjueYgxzFbzTR_6Z6wJsytQTrnZ2jYZlU5PHl_aIlE5AbDBKlfeTI69eO4PW7hnnHtM4zUus93iGWVewYEWt6WnVUYL3rMkgvPWWksbFr69JFIBv2JbaahSBAyIfe9TLX_hxeCRk4y6DOHjd35ioy8c5gTGlrX65bNCMoSohG0w_qxttduFhSvojjSgHpXeVPLf6uTwEYH8rMgC1YG-qQL8bV5O6tZcga6aMKxpu1AL1kk8=');
CREATE TABLE `endpoint` (
  `id` varchar(64) NOT NULL,
  `legacy_endpoint_id` varchar(64) DEFAULT NULL,
  `interface` varchar(8) NOT NULL,
  `service_id` varchar(64) NOT NULL,
  `url` text NOT NULL,
  `extra` text DEFAULT NULL,
  `enabled` tinyint(1) NOT NULL DEFAULT 1,
  `region_id` varchar(255) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `fk_endpoint_region_id` (`region_id`),
  KEY `service_id` (`service_id`),
  CONSTRAINT `endpoint_service_id_fkey` FOREIGN KEY (`service_id`) REFERENCES `service` (`id`),
  CONSTRAINT `fk_endpoint_region_id` FOREIGN KEY (`region_id`) REFERENCES `region` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `endpoint` VALUES
('3f63f1ccadc148a7af7cff0fdc8f0c8e',NULL,'public','e42e9096b24b41d284ea80df5a1c848d','http://127.0.0.1:15777/v3','{}',1,'RegionOne'),
('a522a1a324134d8fb403276d3ef43cb5',NULL,'admin','e42e9096b24b41d284ea80df5a1c848d','http://127.0.0.1:15777/v3','{}',1,'RegionOne'),
('bd20e22c866842a1b99ddd377bbc79c5',NULL,'internal','e42e9096b24b41d284ea80df5a1c848d','http://127.0.0.1:15777/v3','{}',1,'RegionOne'),
('c5cd3e56a8204ab7a062210d850a41cc',NULL,'public','b17d299542ca41eaa6a7dd60c86c291d','http://images/%(project_id)s','{\"name\": \"e\"}',1,'Vienna');
CREATE TABLE `endpoint_group` (
  `id` varchar(64) NOT NULL,
  `name` varchar(255) NOT NULL,
  `description` text DEFAULT NULL,
  `filters` text NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `endpoint_group` VALUES
('5cd8dacf851e49e887e35c67bf9794d1','pub',NULL,'{\"interface\": \"public\"}');
CREATE TABLE `expiring_user_group_membership` (
  `user_id` varchar(64) NOT NULL,
  `group_id` varchar(64) NOT NULL,
  `idp_id` varchar(64) NOT NULL,
  `last_verified` datetime NOT NULL,
  PRIMARY KEY (`user_id`,`group_id`,`idp_id`),
  KEY `group_id` (`group_id`),
  KEY `idp_id` (`idp_id`),
  CONSTRAINT `expiring_user_group_membership_ibfk_1` FOREIGN KEY (`user_id`) REFERENCES `user` (`id`),
  CONSTRAINT `expiring_user_group_membership_ibfk_2` FOREIGN KEY (`group_id`) REFERENCES `group` (`id`),
  CONSTRAINT `expiring_user_group_membership_ibfk_3` FOREIGN KEY (`idp_id`) REFERENCES `identity_provider` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
CREATE TABLE `federated_user` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `user_id` varchar(64) NOT NULL,
  `idp_id` varchar(64) NOT NULL,
  `protocol_id` varchar(64) NOT NULL,
  `unique_id` varchar(255) NOT NULL,
  `display_name` varchar(255) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `idp_id` (`idp_id`,`protocol_id`,`unique_id`),
  KEY `federated_user_protocol_id_fkey` (`protocol_id`,`idp_id`),
  KEY `user_id` (`user_id`),
  CONSTRAINT `federated_user_ibfk_1` FOREIGN KEY (`user_id`) REFERENCES `user` (`id`) ON DELETE CASCADE,
  CONSTRAINT `federated_user_ibfk_2` FOREIGN KEY (`idp_id`) REFERENCES `identity_provider` (`id`) ON DELETE CASCADE,
  CONSTRAINT `federated_user_protocol_id_fkey` FOREIGN KEY (`protocol_id`, `idp_id`) REFERENCES `federation_protocol` (`id`, `idp_id`) ON DELETE CASCADE
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `federated_user` VALUES
(1,'a0287c34a7ae405195b702adb49e87f4','acme','openid','fred','fred');
CREATE TABLE `federation_protocol` (
  `id` varchar(64) NOT NULL,
  `idp_id` varchar(64) NOT NULL,
  `mapping_id` varchar(64) NOT NULL,
  `remote_id_attribute` varchar(64) DEFAULT NULL,
  PRIMARY KEY (`id`,`idp_id`),
  KEY `idp_id` (`idp_id`),
  CONSTRAINT `federation_protocol_ibfk_1` FOREIGN KEY (`idp_id`) REFERENCES `identity_provider` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `federation_protocol` VALUES
('openid','acme','m',NULL);
CREATE TABLE `group` (
  `id` varchar(64) NOT NULL,
  `domain_id` varchar(64) NOT NULL,
  `name` varchar(64) NOT NULL,
  `description` text DEFAULT NULL,
  `extra` text DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `ixu_group_name_domain_id` (`domain_id`,`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `group` VALUES
('8fc755bf458149cdb5b30de6cd56cbc2','0789677cf2bc4b529f22f866833a2f27','staff','all','{}');
CREATE TABLE `id_mapping` (
  `public_id` varchar(64) NOT NULL,
  `domain_id` varchar(64) NOT NULL,
  `local_id` varchar(255) NOT NULL,
  `entity_type` enum('user','group') NOT NULL,
  PRIMARY KEY (`public_id`),
  UNIQUE KEY `domain_id` (`domain_id`,`local_id`,`entity_type`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
CREATE TABLE `identity_provider` (
  `id` varchar(64) NOT NULL,
  `enabled` tinyint(1) NOT NULL,
  `description` text DEFAULT NULL,
  `domain_id` varchar(64) NOT NULL,
  `authorization_ttl` int(11) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `domain_id` (`domain_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `identity_provider` VALUES
('acme',1,NULL,'0789677cf2bc4b529f22f866833a2f27',60);
CREATE TABLE `idp_remote_ids` (
  `idp_id` varchar(64) DEFAULT NULL,
  `remote_id` varchar(255) NOT NULL,
  PRIMARY KEY (`remote_id`),
  KEY `idp_id` (`idp_id`),
  CONSTRAINT `idp_remote_ids_ibfk_1` FOREIGN KEY (`idp_id`) REFERENCES `identity_provider` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `idp_remote_ids` VALUES
('acme','https://idp.example.org');
CREATE TABLE `implied_role` (
  `prior_role_id` varchar(64) NOT NULL,
  `implied_role_id` varchar(64) NOT NULL,
  PRIMARY KEY (`prior_role_id`,`implied_role_id`),
  KEY `implied_role_implied_role_id_fkey` (`implied_role_id`),
  CONSTRAINT `implied_role_implied_role_id_fkey` FOREIGN KEY (`implied_role_id`) REFERENCES `role` (`id`) ON DELETE CASCADE,
  CONSTRAINT `implied_role_prior_role_id_fkey` FOREIGN KEY (`prior_role_id`) REFERENCES `role` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `implied_role` VALUES
('1ae160eb3d654579ae40fceb5194d309','4c1125547dc5449ba5cef5ab53b40312'),
('2b1ec99745f34990898ed73291b43e93','2f2a17a7e6ad4d21b34220e6345982c6'),
('2f2a17a7e6ad4d21b34220e6345982c6','4c1125547dc5449ba5cef5ab53b40312'),
('3379c2e357fe43628c8ca2375e33acde','2f2a17a7e6ad4d21b34220e6345982c6');
CREATE TABLE `limit` (
  `id` varchar(64) NOT NULL,
  `project_id` varchar(64) DEFAULT NULL,
  `resource_limit` int(11) NOT NULL,
  `description` text DEFAULT NULL,
  `internal_id` int(11) NOT NULL AUTO_INCREMENT,
  `registered_limit_id` varchar(64) DEFAULT NULL,
  `domain_id` varchar(64) DEFAULT NULL,
  PRIMARY KEY (`internal_id`),
  UNIQUE KEY `limit_id_key` (`id`),
  KEY `registered_limit_id` (`registered_limit_id`)
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `limit` VALUES
('e0b0aff0388f4cb498cbd91c60e14599','ee0f62abe57245d889072cba55f5c7a4',5,'few',1,'6f2aa30c0ce349518b0c088fc17d9e75',NULL);
CREATE TABLE `local_user` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `user_id` varchar(64) NOT NULL,
  `domain_id` varchar(64) NOT NULL,
  `name` varchar(255) NOT NULL,
  `failed_auth_count` int(11) DEFAULT NULL,
  `failed_auth_at` datetime DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `domain_id` (`domain_id`,`name`),
  UNIQUE KEY `user_id` (`user_id`),
  KEY `local_user_user_id_fkey` (`user_id`,`domain_id`),
  CONSTRAINT `local_user_user_id_fkey` FOREIGN KEY (`user_id`, `domain_id`) REFERENCES `user` (`id`, `domain_id`) ON DELETE CASCADE ON UPDATE CASCADE
) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `local_user` VALUES
(1,'b56b8293eb4447358495155ba86ecff6','default','admin',0,NULL),
(2,'77d84e32d0e24ebe90403fd22f0b5b33','0789677cf2bc4b529f22f866833a2f27','alice',0,NULL),
(3,'b2e43db02328477c9a38eb1cc873791a','0789677cf2bc4b529f22f866833a2f27','bob',0,NULL),
(4,'8263a4d3b45d45f3b83260f1524ce9f7','0789677cf2bc4b529f22f866833a2f27','carol',NULL,NULL),
(5,'f71ce7cea3f34a5aa994ceb09401fa19','0789677cf2bc4b529f22f866833a2f27','dave',0,NULL),
(6,'a0287c34a7ae405195b702adb49e87f4','0789677cf2bc4b529f22f866833a2f27','fred',0,NULL);
CREATE TABLE `mapping` (
  `id` varchar(64) NOT NULL,
  `rules` text NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `mapping` VALUES
('m','\"[{\\\"local\\\": [{\\\"user\\\": {\\\"name\\\": \\\"{0}\\\"}}], \\\"remote\\\": [{\\\"type\\\": \\\"HTTP_OIDC_SUB\\\"}]}]\"');
CREATE TABLE `nonlocal_user` (
  `domain_id` varchar(64) NOT NULL,
  `name` varchar(255) NOT NULL,
  `user_id` varchar(64) NOT NULL,
  PRIMARY KEY (`domain_id`,`name`),
  UNIQUE KEY `ixu_nonlocal_user_user_id` (`user_id`),
  KEY `nonlocal_user_user_id_fkey` (`user_id`,`domain_id`),
  CONSTRAINT `nonlocal_user_user_id_fkey` FOREIGN KEY (`user_id`, `domain_id`) REFERENCES `user` (`id`, `domain_id`) ON DELETE CASCADE ON UPDATE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
CREATE TABLE `password` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `local_user_id` int(11) NOT NULL,
  `expires_at` datetime DEFAULT NULL,
  `self_service` tinyint(1) NOT NULL DEFAULT 0,
  `password_hash` varchar(255) DEFAULT NULL,
  `created_at_int` bigint(20) NOT NULL DEFAULT 0,
  `expires_at_int` bigint(20) DEFAULT NULL,
  `created_at` datetime NOT NULL,
  PRIMARY KEY (`id`),
  KEY `local_user_id` (`local_user_id`),
  CONSTRAINT `password_ibfk_1` FOREIGN KEY (`local_user_id`) REFERENCES `local_user` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB AUTO_INCREMENT=6 DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `password` VALUES
(1,1,NULL,0,'$2b$04$18dXHXt.9ROzjUlyyifCsexBl.l.GApSQbuIQn3/L30ToO21lf1Fi',1795308375578074,NULL,'2026-11-22 00:46:15'),
(2,2,'2026-11-22 00:47:24',0,'$2b$04$BterO0zGEuDEHbtzuqyexu3sf3gUR7ViKiY0wvqfFd1k303Lm14Ye',1795308444385109,1795308444457056,'2026-11-22 00:47:24'),
(3,2,NULL,0,'$2b$04$dscG6gP0AnDi291Wggnl/OgHXLMz7/QuT1FxB31t6Ls8VPX93/7mu',1795308444457056,NULL,'2026-11-22 00:47:24'),
(4,3,NULL,0,'$2b$04$Cq53tQic2WoR.VRz8GJ5Xug9u14Y5atoWRwdXghlTWfhCj6AkvCYG',1795308444502694,NULL,'2026-11-22 00:47:24'),
(5,5,NULL,0,'$2b$04$iBIwlOxyAi/cERFQoeJOYuQo7Aic9RBKNZ23i6SLXDQvDyJ7QIJuq',1795308444565232,NULL,'2026-11-22 00:47:24');
CREATE TABLE `policy` (
  `id` varchar(64) NOT NULL,
  `type` varchar(255) NOT NULL,
  `blob` text NOT NULL,
  `extra` text DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `policy` VALUES
('df2f3d4b89274de791ed56a8ed1af09a','application/json','\"{\\\"a\\\": \\\"b\\\"}\"','{}');
CREATE TABLE `policy_association` (
  `id` varchar(64) NOT NULL,
  `policy_id` varchar(64) NOT NULL,
  `endpoint_id` varchar(64) DEFAULT NULL,
  `service_id` varchar(64) DEFAULT NULL,
  `region_id` varchar(64) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `endpoint_id` (`endpoint_id`,`service_id`,`region_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `policy_association` VALUES
('26857ddd5ff04d83b3df5fcc9e7a3273','df2f3d4b89274de791ed56a8ed1af09a',NULL,'b17d299542ca41eaa6a7dd60c86c291d','Vienna');
CREATE TABLE `project` (
  `id` varchar(64) NOT NULL,
  `name` varchar(64) NOT NULL,
  `extra` text DEFAULT NULL,
  `description` text DEFAULT NULL,
  `enabled` tinyint(1) DEFAULT NULL,
  `domain_id` varchar(64) NOT NULL,
  `parent_id` varchar(64) DEFAULT NULL,
  `is_domain` tinyint(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  UNIQUE KEY `ixu_project_name_domain_id` (`domain_id`,`name`),
  KEY `project_parent_id_fkey` (`parent_id`),
  CONSTRAINT `project_domain_id_fkey` FOREIGN KEY (`domain_id`) REFERENCES `project` (`id`),
  CONSTRAINT `project_parent_id_fkey` FOREIGN KEY (`parent_id`) REFERENCES `project` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `project` VALUES
('0789677cf2bc4b529f22f866833a2f27','Acme','{\"colour\": \"red\"}','a domain',1,'<<keystone.domain.root>>',NULL,1),
('08ecbf0930214d419ca94689ef9795cb','child','{}','',1,'0789677cf2bc4b529f22f866833a2f27','ee0f62abe57245d889072cba55f5c7a4',0),
('15798373b2104cdf98a493f975b211a1','frozen','{}','',1,'0789677cf2bc4b529f22f866833a2f27','0789677cf2bc4b529f22f866833a2f27',0),
('<<keystone.domain.root>>','<<keystone.domain.root>>','{}','',0,'<<keystone.domain.root>>',NULL,1),
('dd73d877e66240e39964fc997f6faa2d','admin','{}','Bootstrap project for initializing the cloud.',1,'default','default',0),
('default','Default','{}','The default domain',1,'<<keystone.domain.root>>',NULL,1),
('ee0f62abe57245d889072cba55f5c7a4','top','{\"owner\": \"me\"}','',1,'0789677cf2bc4b529f22f866833a2f27','0789677cf2bc4b529f22f866833a2f27',0);
CREATE TABLE `project_endpoint` (
  `endpoint_id` varchar(64) NOT NULL,
  `project_id` varchar(64) NOT NULL,
  PRIMARY KEY (`endpoint_id`,`project_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `project_endpoint` VALUES
('c5cd3e56a8204ab7a062210d850a41cc','ee0f62abe57245d889072cba55f5c7a4');
CREATE TABLE `project_endpoint_group` (
  `endpoint_group_id` varchar(64) NOT NULL,
  `project_id` varchar(64) NOT NULL,
  PRIMARY KEY (`endpoint_group_id`,`project_id`),
  CONSTRAINT `project_endpoint_group_ibfk_1` FOREIGN KEY (`endpoint_group_id`) REFERENCES `endpoint_group` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `project_endpoint_group` VALUES
('5cd8dacf851e49e887e35c67bf9794d1','08ecbf0930214d419ca94689ef9795cb');
CREATE TABLE `project_option` (
  `project_id` varchar(64) NOT NULL,
  `option_id` varchar(4) NOT NULL,
  `option_value` text DEFAULT NULL,
  PRIMARY KEY (`project_id`,`option_id`),
  CONSTRAINT `project_option_ibfk_1` FOREIGN KEY (`project_id`) REFERENCES `project` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `project_option` VALUES
('15798373b2104cdf98a493f975b211a1','IMMU','true');
CREATE TABLE `project_tag` (
  `project_id` varchar(64) NOT NULL,
  `name` varchar(255) NOT NULL,
  PRIMARY KEY (`project_id`,`name`),
  UNIQUE KEY `project_id` (`project_id`,`name`),
  CONSTRAINT `project_tag_ibfk_1` FOREIGN KEY (`project_id`) REFERENCES `project` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `project_tag` VALUES
('ee0f62abe57245d889072cba55f5c7a4','blue'),
('ee0f62abe57245d889072cba55f5c7a4','green');
CREATE TABLE `region` (
  `id` varchar(255) NOT NULL,
  `description` varchar(255) NOT NULL,
  `parent_region_id` varchar(255) DEFAULT NULL,
  `extra` text DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `region` VALUES
('Europe','old',NULL,'{}'),
('RegionOne','',NULL,'{}'),
('Vienna','','Europe','{}');
CREATE TABLE `registered_limit` (
  `id` varchar(64) NOT NULL,
  `service_id` varchar(255) DEFAULT NULL,
  `region_id` varchar(64) DEFAULT NULL,
  `resource_name` varchar(255) DEFAULT NULL,
  `default_limit` int(11) NOT NULL,
  `description` text DEFAULT NULL,
  `internal_id` int(11) NOT NULL AUTO_INCREMENT,
  PRIMARY KEY (`internal_id`),
  UNIQUE KEY `registered_limit_id_key` (`id`),
  KEY `region_id` (`region_id`)
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `registered_limit` VALUES
('6f2aa30c0ce349518b0c088fc17d9e75','b17d299542ca41eaa6a7dd60c86c291d','Vienna','images',10,NULL,1);
CREATE TABLE `request_token` (
  `id` varchar(64) NOT NULL,
  `request_secret` varchar(64) NOT NULL,
  `verifier` varchar(64) DEFAULT NULL,
  `authorizing_user_id` varchar(64) DEFAULT NULL,
  `requested_project_id` varchar(64) NOT NULL,
  `role_ids` text DEFAULT NULL,
  `consumer_id` varchar(64) NOT NULL,
  `expires_at` varchar(64) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `ix_request_token_consumer_id` (`consumer_id`),
  CONSTRAINT `request_token_ibfk_1` FOREIGN KEY (`consumer_id`) REFERENCES `consumer` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
CREATE TABLE `revocation_event` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `domain_id` varchar(64) DEFAULT NULL,
  `project_id` varchar(64) DEFAULT NULL,
  `user_id` varchar(64) DEFAULT NULL,
  `role_id` varchar(64) DEFAULT NULL,
  `trust_id` varchar(64) DEFAULT NULL,
  `consumer_id` varchar(64) DEFAULT NULL,
  `access_token_id` varchar(64) DEFAULT NULL,
  `issued_before` datetime NOT NULL,
  `expires_at` datetime DEFAULT NULL,
  `revoked_at` datetime NOT NULL,
  `audit_id` varchar(32) DEFAULT NULL,
  `audit_chain_id` varchar(32) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `ix_revocation_event_project_id_issued_before` (`project_id`,`issued_before`),
  KEY `ix_revocation_event_new_revoked_at` (`revoked_at`),
  KEY `ix_revocation_event_issued_before` (`issued_before`),
  KEY `ix_revocation_event_audit_id_issued_before` (`audit_id`,`issued_before`),
  KEY `ix_revocation_event_user_id_issued_before` (`user_id`,`issued_before`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `revocation_event` VALUES
(1,NULL,NULL,'77d84e32d0e24ebe90403fd22f0b5b33',NULL,NULL,NULL,NULL,'2026-11-22 00:47:24',NULL,'2026-11-22 00:47:24',NULL,NULL),
(2,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2026-11-22 00:47:28',NULL,'2026-11-22 00:47:28','C0BEz_tgRTOT32Wpoi4TPA',NULL);
CREATE TABLE `role` (
  `id` varchar(64) NOT NULL,
  `name` varchar(255) NOT NULL,
  `extra` text DEFAULT NULL,
  `domain_id` varchar(64) NOT NULL DEFAULT '<<null>>',
  `description` varchar(255) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `ixu_role_name_domain_id` (`name`,`domain_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `role` VALUES
('1ae160eb3d654579ae40fceb5194d309','operator','{}','<<null>>','operates'),
('2b1ec99745f34990898ed73291b43e93','admin','{}','<<null>>',NULL),
('2f2a17a7e6ad4d21b34220e6345982c6','member','{}','<<null>>',NULL),
('3379c2e357fe43628c8ca2375e33acde','bundle','{}','0789677cf2bc4b529f22f866833a2f27',NULL),
('4c1125547dc5449ba5cef5ab53b40312','reader','{}','<<null>>',NULL);
CREATE TABLE `role_option` (
  `role_id` varchar(64) NOT NULL,
  `option_id` varchar(4) NOT NULL,
  `option_value` text DEFAULT NULL,
  PRIMARY KEY (`role_id`,`option_id`),
  CONSTRAINT `role_option_ibfk_1` FOREIGN KEY (`role_id`) REFERENCES `role` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `role_option` VALUES
('1ae160eb3d654579ae40fceb5194d309','IMMU','false'),
('2b1ec99745f34990898ed73291b43e93','IMMU','true'),
('2f2a17a7e6ad4d21b34220e6345982c6','IMMU','true'),
('4c1125547dc5449ba5cef5ab53b40312','IMMU','true');
CREATE TABLE `sensitive_config` (
  `domain_id` varchar(64) NOT NULL,
  `group` varchar(255) NOT NULL,
  `option` varchar(255) NOT NULL,
  `value` text NOT NULL,
  PRIMARY KEY (`domain_id`,`group`,`option`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `sensitive_config` VALUES
('0789677cf2bc4b529f22f866833a2f27','ldap','password','\"ldap-secret\"');
CREATE TABLE `service` (
  `id` varchar(64) NOT NULL,
  `type` varchar(255) DEFAULT NULL,
  `enabled` tinyint(1) NOT NULL DEFAULT 1,
  `extra` text DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `service` VALUES
('b17d299542ca41eaa6a7dd60c86c291d','image',1,'{\"name\": \"glance\", \"description\": \"images\"}'),
('e42e9096b24b41d284ea80df5a1c848d','identity',1,'{\"name\": \"keystone\"}');
CREATE TABLE `service_provider` (
  `auth_url` varchar(256) NOT NULL,
  `id` varchar(64) NOT NULL,
  `enabled` tinyint(1) NOT NULL,
  `description` text DEFAULT NULL,
  `sp_url` varchar(256) NOT NULL,
  `relay_state_prefix` varchar(256) NOT NULL DEFAULT 'ss:mem:',
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `service_provider` VALUES
('http://far/auth','far',1,NULL,'http://far/sp','ss:mem:');
CREATE TABLE `system_assignment` (
  `type` varchar(64) NOT NULL,
  `actor_id` varchar(64) NOT NULL,
  `target_id` varchar(64) NOT NULL,
  `role_id` varchar(64) NOT NULL,
  `inherited` tinyint(1) NOT NULL,
  PRIMARY KEY (`type`,`actor_id`,`target_id`,`role_id`,`inherited`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `system_assignment` VALUES
('GroupSystem','8fc755bf458149cdb5b30de6cd56cbc2','system','4c1125547dc5449ba5cef5ab53b40312',0),
('UserSystem','77d84e32d0e24ebe90403fd22f0b5b33','system','4c1125547dc5449ba5cef5ab53b40312',0),
('UserSystem','b56b8293eb4447358495155ba86ecff6','system','2b1ec99745f34990898ed73291b43e93',0);
CREATE TABLE `token` (
  `id` varchar(64) NOT NULL,
  `expires` datetime DEFAULT NULL,
  `extra` text DEFAULT NULL,
  `valid` tinyint(1) NOT NULL,
  `trust_id` varchar(64) DEFAULT NULL,
  `user_id` varchar(64) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `ix_token_trust_id` (`trust_id`),
  KEY `ix_token_user_id` (`user_id`),
  KEY `ix_token_expires` (`expires`),
  KEY `ix_token_expires_valid` (`expires`,`valid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
CREATE TABLE `trust` (
  `id` varchar(64) NOT NULL,
  `trustor_user_id` varchar(64) NOT NULL,
  `trustee_user_id` varchar(64) NOT NULL,
  `project_id` varchar(64) DEFAULT NULL,
  `impersonation` tinyint(1) NOT NULL,
  `deleted_at` datetime DEFAULT NULL,
  `expires_at` datetime DEFAULT NULL,
  `remaining_uses` int(11) DEFAULT NULL,
  `extra` text DEFAULT NULL,
  `expires_at_int` bigint(20) DEFAULT NULL,
  `redelegated_trust_id` varchar(64) DEFAULT NULL,
  `redelegation_count` int(11) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `duplicate_trust_constraint_expanded` (`trustor_user_id`,`trustee_user_id`,`project_id`,`impersonation`,`expires_at`,`expires_at_int`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `trust` VALUES
('5746edc3686942b0bed968beaa3ada63','77d84e32d0e24ebe90403fd22f0b5b33','b2e43db02328477c9a38eb1cc873791a','ee0f62abe57245d889072cba55f5c7a4',1,NULL,NULL,NULL,'{\"roles\": [{\"id\": \"2f2a17a7e6ad4d21b34220e6345982c6\"}]}',NULL,NULL,2),
('8d15201d25d94c5ea0825ae61b8541a8','77d84e32d0e24ebe90403fd22f0b5b33','b2e43db02328477c9a38eb1cc873791a','ee0f62abe57245d889072cba55f5c7a4',0,NULL,'2099-01-01 00:00:00',3,'{\"roles\": [{\"id\": \"2f2a17a7e6ad4d21b34220e6345982c6\"}]}',4070908800000000,NULL,0);
CREATE TABLE `trust_role` (
  `trust_id` varchar(64) NOT NULL,
  `role_id` varchar(64) NOT NULL,
  PRIMARY KEY (`trust_id`,`role_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `trust_role` VALUES
('5746edc3686942b0bed968beaa3ada63','2f2a17a7e6ad4d21b34220e6345982c6'),
('8d15201d25d94c5ea0825ae61b8541a8','2f2a17a7e6ad4d21b34220e6345982c6');
CREATE TABLE `user` (
  `id` varchar(64) NOT NULL,
  `extra` text DEFAULT NULL,
  `enabled` tinyint(1) DEFAULT NULL,
  `default_project_id` varchar(64) DEFAULT NULL,
  `created_at` datetime DEFAULT NULL,
  `last_active_at` date DEFAULT NULL,
  `domain_id` varchar(64) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `ixu_user_id_domain_id` (`id`,`domain_id`),
  KEY `ix_default_project_id` (`default_project_id`),
  KEY `domain_id` (`domain_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `user` VALUES
('77d84e32d0e24ebe90403fd22f0b5b33','{\"email\": \"alice@example.org\"}',1,'ee0f62abe57245d889072cba55f5c7a4','2026-11-22 00:47:24',NULL,'0789677cf2bc4b529f22f866833a2f27'),
('8263a4d3b45d45f3b83260f1524ce9f7','{}',0,NULL,'2026-11-22 00:47:24',NULL,'0789677cf2bc4b529f22f866833a2f27'),
('a0287c34a7ae405195b702adb49e87f4','{}',1,NULL,'2026-11-22 00:47:27',NULL,'0789677cf2bc4b529f22f866833a2f27'),
('b2e43db02328477c9a38eb1cc873791a','{}',1,NULL,'2026-11-22 00:47:24',NULL,'0789677cf2bc4b529f22f866833a2f27'),
('b56b8293eb4447358495155ba86ecff6','{}',1,NULL,'2026-11-22 00:46:15',NULL,'default'),
('f71ce7cea3f34a5aa994ceb09401fa19','{}',1,NULL,'2026-11-22 00:47:24',NULL,'0789677cf2bc4b529f22f866833a2f27');
CREATE TABLE `user_group_membership` (
  `user_id` varchar(64) NOT NULL,
  `group_id` varchar(64) NOT NULL,
  PRIMARY KEY (`user_id`,`group_id`),
  KEY `group_id` (`group_id`),
  CONSTRAINT `fk_user_group_membership_group_id` FOREIGN KEY (`group_id`) REFERENCES `group` (`id`),
  CONSTRAINT `fk_user_group_membership_user_id` FOREIGN KEY (`user_id`) REFERENCES `user` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `user_group_membership` VALUES
('b2e43db02328477c9a38eb1cc873791a','8fc755bf458149cdb5b30de6cd56cbc2');
CREATE TABLE `user_option` (
  `user_id` varchar(64) NOT NULL,
  `option_id` varchar(4) NOT NULL,
  `option_value` text DEFAULT NULL,
  PRIMARY KEY (`user_id`,`option_id`),
  CONSTRAINT `user_option_ibfk_1` FOREIGN KEY (`user_id`) REFERENCES `user` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `user_option` VALUES
('77d84e32d0e24ebe90403fd22f0b5b33','1001','true'),
('77d84e32d0e24ebe90403fd22f0b5b33','MFAE','true'),
('77d84e32d0e24ebe90403fd22f0b5b33','MFAR','[[\"password\"], [\"application_credential\"], [\"token\"]]');
CREATE TABLE `whitelisted_config` (
  `domain_id` varchar(64) NOT NULL,
  `group` varchar(255) NOT NULL,
  `option` varchar(255) NOT NULL,
  `value` text NOT NULL,
  PRIMARY KEY (`domain_id`,`group`,`option`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
INSERT INTO `whitelisted_config` VALUES
('0789677cf2bc4b529f22f866833a2f27','identity','driver','\"sql\"'),
('0789677cf2bc4b529f22f866833a2f27','ldap','url','\"ldap://x\"');
