/// Reads records of ZooKeeper: big-endian numbers, texts and buffers with an int32 length (-1: null).
/// Whatever the bytes are, the outcome is values or a `WireError`.
struct JuteReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private mutating func take<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type
    ) throws(WireError) -> Value {
        let size = MemoryLayout<Value>.size
        guard bytes.count - offset >= size, let base = bytes.baseAddress else { throw .truncated }
        defer { offset += size }
        return base.bigEndian(type, at: offset)
    }

    mutating func int() throws(WireError) -> Int32 { try take(Int32.self) }
    mutating func long() throws(WireError) -> Int64 { try take(Int64.self) }

    /// nil for a null buffer.
    mutating func buffer() throws(WireError) -> [UInt8]? {
        let length = Int(try int())
        guard length >= 0 else { return nil }
        guard length <= bytes.count - offset else { throw .truncated }
        defer { offset += length }
        return [UInt8](bytes.slice(offset, length))
    }

    mutating func text() throws(WireError) -> String {
        String(decoding: try buffer() ?? [], as: UTF8.self)
    }

    mutating func texts() throws(WireError) -> [String] {
        let count = Int(try int())
        guard count <= (bytes.count - offset) / 4 else { throw .truncated }
        var all: [String] = []
        for _ in 0..<max(count, 0) { all.append(try text()) }
        return all
    }
}

/// Writes records of ZooKeeper.
struct JuteWriter {
    private(set) var bytes: [UInt8]

    /// Leaves room for the frame's length.
    init() { bytes = [0, 0, 0, 0] }

    mutating func int(_ value: Int32) { append(value) }
    mutating func long(_ value: Int64) { append(value) }
    mutating func boolean(_ value: Bool) { bytes.append(value ? 1 : 0) }

    mutating func buffer(_ value: [UInt8]) {
        append(Int32(clamping: value.count))
        bytes.append(contentsOf: value)
    }

    mutating func text(_ value: String) { buffer([UInt8](value.utf8)) }

    mutating func texts(_ values: [String]) {
        append(Int32(clamping: values.count))
        for value in values { text(value) }
    }

    /// A list of one entry: everybody may do everything.
    mutating func openAccess() {
        int(1)
        int(31)
        text("world")
        text("anyone")
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// The frame with its length.
    consuming func finish() -> [UInt8] {
        let length = Int32(clamping: bytes.count - 4)
        withUnsafeBytes(of: length.bigEndian) { length in
            for index in 0..<4 { bytes[index] = length[index] }
        }
        return bytes
    }
}
