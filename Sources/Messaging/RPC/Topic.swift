/// A group of daemons that take the same messages, such as all conductors.
///
/// A message goes to any one server of the topic, to one named instance of it (`compute.HOST`),
/// or, as a fanout, to all of them.
public protocol Topic: Sendable {
    static var name: String { get }
}
