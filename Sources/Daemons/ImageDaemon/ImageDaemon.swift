@main
enum ImageDaemon {
    static func main() {}
}
