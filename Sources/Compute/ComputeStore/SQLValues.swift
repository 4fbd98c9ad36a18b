package import ComputeModel
package import Database

extension VMState: SQLValue {}
extension TaskState: SQLValue {}
extension BlockDevice.Source: SQLValue {}
extension BlockDevice.Destination: SQLValue {}
extension BlockDevice.State: SQLValue {}
extension ServerInterface.State: SQLValue {}
extension Server.DiskConfig: SQLValue {}

extension PowerState: SQLValue {
    package var sqlData: SQLData { .integer(Int64(rawValue)) }

    package static func decode(_ data: SQLData) throws(SQLDecodingError) -> PowerState {
        guard let value = PowerState(rawValue: try Int.decode(data)) else {
            throw SQLDecodingError("PowerState", data)
        }
        return value
    }
}
