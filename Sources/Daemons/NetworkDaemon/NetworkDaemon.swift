@main
enum NetworkDaemon {
    static func main() {}
}
