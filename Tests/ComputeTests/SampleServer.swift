import ComputeModel
import Core
import FoundationEssentials

/// A server to start a test from.
func sampleServer(
    _ id: String = "11111111-2222-3333-4444-555555555555", project: String = "p1", name: String = "web"
) -> Server {
    Server(
        id: ServerID(id), number: 0, project: ProjectID(project), user: UserID("u1"), name: name, hostname: name,
        reservationID: "r-12345678",
        flavor: FlavorSpec(id: "1", name: "m1.tiny", vcpus: 2, memoryMiB: 512, rootGiB: 1),
        image: ImageSpec(id: ImageID("img"), hash: nil, diskFormat: "qcow2"),
        createdAt: Date(timeIntervalSince1970: 1_700_000_000))
}
