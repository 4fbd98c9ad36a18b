@main
enum IdentityDaemon {
    static func main() {}
}
