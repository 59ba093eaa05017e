import SluiceBase
import SluiceColumns
import SluiceConnect

/// The metadata columns of a file's rows.
enum FileMetadata: String, CaseIterable {
    case path = "file.path"
    case name = "file.name"
    case size = "file.size"
    case modified = "file.modification-time"

    static func find(_ key: String, of table: String) throws(SQLError) -> FileMetadata {
        if let found = FileMetadata(rawValue: key) { return found }
        let known = FileMetadata.allCases.map(\.rawValue)
        throw SQLError(
            .connectorOption, "table \"\(table)\" has no metadata '\(key)'",
            label: DidYouMean.label(key, in: known),
            hint: "known metadata: " + known.joined(separator: ", "))
    }

    var type: DataType {
        switch self {
        case .path, .name: return .string
        case .size: return .bigint
        case .modified: return .timestampLTZ(3)
        }
    }

    /// The value in a column of `type`, which is this one up to its precision; NULL without the file's status.
    func value(_ file: String, _ status: DiskStatus?, _ type: DataType) -> Datum {
        switch self {
        case .path: return .string(file.hasPrefix("/") ? "file:" + file : file)
        case .name: return .string(file.split(separator: "/").last.map(String.init) ?? file)
        case .size: return status.map { .int64($0.size) } ?? .null
        case .modified:
            guard let micros = status?.modified else { return .null }
            let millis = floorDivide(micros, 1000) * 1000
            return type.physical == .int128 ? .int128(Int128(millis) * 1000) : .int64(millis)
        }
    }
}
