import ArgumentParser
import AsyncHTTPClient
import Core
import FoundationEssentials
import Stories

/// `apus explain OBJECT|REQUEST-ID`: where a thing is and why, or what a request did in all daemons.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explains the state of an object, or tells the story of a request.",
        discussion: """
            An object is anything with an id or a name: server, volume, snapshot, attachment, image, port, network, \
            subnet, router, floating IP, security group, project, user, workflow. A request is req-UUID, from the \
            answer's X-Openstack-Request-Id. Exit status 1 when there is no such thing, or several.
            """)

    @ArgumentParser.OptionGroup var files: ConfigurationOptions

    @Argument(help: "An id, a unique name, or req-UUID.")
    var what: String

    @Option(help: "Only objects of this kind: server, volume, \"floating IP\" …")
    var kind: ObjectKind?

    @Option(name: .customLong("admin"), help: "http://HOST:PORT of a daemon elsewhere to ask too. May be repeated.")
    var elsewhere: [String] = []

    @Flag(help: "As JSON.")
    var json = false

    func run() async throws {
        let sources = StorySources(try files.daemonAddresses(elsewhere: elsewhere), http: .shared)
        let databases = await files.cloudDatabases()
        let text: String
        do {
            text = try await answer(sources, databases)
        } catch {
            await databases.close()
            throw error
        }
        await databases.close()
        print(text)
    }

    private func answer(_ sources: StorySources, _ databases: CloudDatabases) async throws -> String {
        let now = Date()
        if what.hasPrefix("req-") {
            let story = try await RequestStory.gather(what, sources, Workflows(databases))
            guard !story.isEmpty else { throw ServiceError(.notFound, story.absence) }
            return json ? story.json : story.text(now: now)
        }
        let object = try await ObjectFinder(databases).find(what, kind: kind)
        let answer = try await Explainer(databases, sources, now: now, ovnState: files.ovnState()).explain(object)
        return json ? try answer.json() : answer.text(now: now)
    }
}

extension ObjectKind: ExpressibleByArgument {}
