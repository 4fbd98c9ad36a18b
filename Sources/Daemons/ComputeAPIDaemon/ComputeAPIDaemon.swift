@main
enum ComputeAPIDaemon {
    static func main() {}
}
