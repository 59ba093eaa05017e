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

    /// The value in a column of `type`; NULL where the type does not fit.
    func value(_ file: String, _ status: DiskStatus?, _ type: DataType) -> Datum {
        switch self {
        case .path:
            return type.kind.isCharacter ? .string(file.hasPrefix("/") ? "file:" + file : file) : .null
        case .name:
            let name = file.split(separator: "/").last.map(String.init) ?? file
            return type.kind.isCharacter ? .string(name) : .null
        case .size:
            guard let size = status?.size else { return .null }
            if type.physical == .int64 { return .int64(size) }
            return type.physical == .int32 ? .int32(Int32(clamping: size)) : .null
        case .modified:
            guard let micros = status?.modified else { return .null }
            let millis = floorDivide(micros, 1000) * 1000
            if type.physical == .int64 { return .int64(millis) }
            return type.physical == .int128 ? .int128(Int128(millis) * 1000) : .null
        }
    }
}
