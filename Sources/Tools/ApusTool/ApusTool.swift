@main
enum ApusTool {
    static func main() {}
}
