import ComputeModel
import Core

/// The files of a config drive: the same documents that the metadata service answers.
package enum ConfigDrive {
    /// Content by path, base64.
    package static func files(_ instance: InstanceMetadata, seed: String) -> [String: String] {
        let ec2 = EC2Metadata.values(instance)
        var json = JSONWriter()
        json.object { json in
            for (key, value) in ec2.sorted(by: { $0.key < $1.key }) where !key.contains("/") { json.field(key, value) }
        }
        var files: [String: String] = [:]
        func add(_ path: String, _ text: String) { files[path] = Base64.encode(Array(text.utf8)) }
        let metaData = OpenStackMetadata.metaData(instance, seed: seed)
        let networkData = OpenStackMetadata.networkData(instance)
        for version in OpenStackMetadata.versions {
            let folder = "openstack/\(version)/"
            add(folder + "meta_data.json", metaData)
            if version >= "2013-10-17" { add(folder + "vendor_data.json", "{}") }
            if version >= "2015-10-15" { add(folder + "network_data.json", networkData) }
            if version >= "2016-10-06" { add(folder + "vendor_data2.json", #"{"static": {}}"#) }
            if let userData = instance.server.userData { files[folder + "user_data"] = userData }
        }
        for version in ["2009-04-04", "latest"] {
            add("ec2/\(version)/meta-data.json", json.text)
            if let userData = instance.server.userData { files["ec2/\(version)/user-data"] = userData }
        }
        return files
    }

    /// 512 random bytes, base64, from which a guest may seed its entropy pool.
    package static func randomSeed() -> String {
        var generator = SystemRandomNumberGenerator()
        return Base64.encode((0..<512).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
}
