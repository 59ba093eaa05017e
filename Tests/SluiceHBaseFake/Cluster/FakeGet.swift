/// What a Get asks for.
struct FakeGet {
    var row: [UInt8]
    var selection = FakeSelection()
    var existenceOnly = false
    var filter: FakeFilter?

    init(_ message: FakeMessage) throws {
        row = try message.requiredBytes(1)
        selection.columns = try Self.columns(message.messages(2, "Column", known: 2))
        filter = try message.message(4, "Filter", known: 2).map { try FakeFilter($0) }
        try Self.timeRange(message.message(5, "TimeRange", known: 2), &selection)
        selection.maxVersions = try message.int(6) ?? 1
        guard selection.maxVersions > 0 else {
            throw FakeException(
                fullName: "java.io.IOException", "max_versions must be positive", doNotRetry: true)
        }
        selection.storeLimit = try message.int(8)
        selection.storeOffset = try message.int(9) ?? 0
        existenceOnly = try message.bool(10) ?? false
        if try message.bool(11) ?? false {
            throw FakeException(
                "exceptions.UnknownProtocolException", "Is this a pre-hbase-1.0.0 or asynchbase client?",
                doNotRetry: true)
        }
    }

    static func columns(_ messages: [FakeMessage]) throws -> [(family: [UInt8], qualifiers: [[UInt8]])] {
        try messages.map { (try $0.requiredBytes(1), try $0.allBytes(2)) }
    }

    static func timeRange(_ range: FakeMessage?, _ selection: inout FakeSelection) throws {
        guard let range else { return }
        selection.from = Int64(bitPattern: try range.uint(1) ?? 0)
        selection.to = Int64(bitPattern: try range.uint(2) ?? UInt64(Int64.max))
        guard selection.from >= 0, selection.to >= selection.from else {
            throw FakeException(fullName: "java.lang.IllegalArgumentException", "bad time range")
        }
    }
}
