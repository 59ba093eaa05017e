/// How the files of each family are written: as the family's own settings want it, so that the table's readers find
/// what they expect before the first compaction.
///
/// Followed are BLOOMFILTER (NONE, ROW, ROWCOL), COMPRESSION (NONE, GZ) and BLOCKSIZE. What cannot be written is left
/// to HBase's next compaction and told in `notices`: other codecs (blocks stay plain), filters of row prefixes, block
/// encodings. A family whose settings are not known gets a filter of rows, HBase's default.
struct FamilyFileSettings {
    private static let blockSizes = 1024...(64 << 20)

    private let base: HFileWriter.Settings
    private var families: [[UInt8]: HFileWriter.Settings] = [:]
    private(set) var notices: [String] = []

    init(_ base: HFileWriter.Settings, _ schemas: [FamilySchema]) {
        self.base = base
        for schema in schemas { families[schema.name] = settings(schema) }
    }

    func settings(of family: [UInt8]) -> HFileWriter.Settings {
        if let known = families[family] { return known }
        var settings = base
        settings.bloom = .row
        return settings
    }

    private mutating func settings(_ schema: FamilySchema) -> HFileWriter.Settings {
        var settings = base
        let name = String(decoding: schema.name, as: UTF8.self)
        let bloom = (schema["BLOOMFILTER"] ?? BloomKind.row.rawValue).uppercased()
        if let kind = BloomKind(rawValue: bloom) {
            settings.bloom = kind
        } else {
            settings.bloom = .none
            notices.append(
                "files of family \"\(name)\" have no \(bloom) filter before their first compaction")
        }
        let compression = (schema["COMPRESSION"] ?? "NONE").uppercased()
        settings.isGzip = compression == "GZ"
        if !["GZ", "NONE"].contains(compression) {
            notices.append(
                "files of family \"\(name)\" are not compressed by \(compression) before their first compaction"
            )
        }
        if let size = schema["BLOCKSIZE"].flatMap({ Int($0) }),
            FamilyFileSettings.blockSizes.contains(size)
        {
            settings.blockSize = size
        }
        return settings
    }
}
