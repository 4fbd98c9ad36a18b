@main
enum BlockStorageDaemon {
    static func main() {}
}
