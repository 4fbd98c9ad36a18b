package import Core

/// `[jwt_tokens]`: where the keys are of tokens that `[token] provider = jws` makes.
package struct JWTTokenOptions: OptionGroup {
    package static let group = "jwt_tokens"
    package let folders: JWSKeyFolders

    package init(_ options: inout OptionReader) throws {
        let publicFolder = try options.value(
            "jws_public_key_repository", default: "/var/lib/apus/identity/jws-keys/public",
            help: "Folder of the public keys whose tokens are believed; equal on every identity host.")
        let privateFolder = try options.value(
            "jws_private_key_repository", default: "/var/lib/apus/identity/jws-keys/private",
            help: "Folder of private.pem, the key that signs tokens, and next.pem, the one that will.")
        folders = JWSKeyFolders(
            privateFolder: privateFolder, publicFolder: publicFolder,
            maximumKeys: try options.value(
                "max_active_keys", default: 3, in: 3...100,
                help: "Public keys kept by a rotation: (token lifetime / rotation interval) + 2."))
    }
}
