/// A set of unsigned 32-bit integers in the portable format of Roaring bitmaps: little-endian, a container for every
/// 2^16 values, which is a sorted array of up to 4096 values or a bit set; runs are read, never written.
struct RoaringBitmap {
    /// Ascending.
    private(set) var values: [UInt32]

    private static let cookie: UInt32 = 12_346
    private static let runCookie: UInt32 = 12_347
    private static let arrayLimit = 4096

    init(_ values: some Sequence<UInt32>) { self.values = Array(Set(values)).sorted() }

    private init(ascending values: [UInt32]) { self.values = values }

    /// nil for bytes that are no bitmap.
    init?(bytes: UnsafeRawBufferPointer) {
        var reader = Reader(bytes: bytes)
        guard let read = reader.read() else { return nil }
        values = read
    }

    func union(_ other: RoaringBitmap) -> RoaringBitmap { RoaringBitmap(values + other.values) }

    func intersection(_ other: RoaringBitmap) -> RoaringBitmap {
        let kept = Set(other.values)
        return RoaringBitmap(ascending: values.filter { kept.contains($0) })
    }

    func subtracting(_ other: RoaringBitmap) -> RoaringBitmap {
        let dropped = Set(other.values)
        return RoaringBitmap(ascending: values.filter { !dropped.contains($0) })
    }

    func symmetricDifference(_ other: RoaringBitmap) -> RoaringBitmap {
        subtracting(other).union(other.subtracting(self))
    }

    /// `{1,2,3}`
    func write(to out: inout [UInt8]) {
        out.append(UInt8(ascii: "{"))
        for (index, value) in values.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            out.append(contentsOf: String(value).utf8)
        }
        out.append(UInt8(ascii: "}"))
    }

    /// The portable format.
    func serialize(to out: inout [UInt8]) {
        var containers: [(key: UInt16, low: [UInt16])] = []
        for value in values {
            let key = UInt16(value >> 16)
            if containers.last?.key != key { containers.append((key, [])) }
            containers[containers.count - 1].low.append(UInt16(truncatingIfNeeded: value))
        }
        func append<Value: FixedWidthInteger>(_ value: Value) {
            withUnsafeBytes(of: value.littleEndian) { out.append(contentsOf: $0) }
        }
        append(RoaringBitmap.cookie)
        append(UInt32(containers.count))
        for container in containers {
            append(container.key)
            append(UInt16(truncatingIfNeeded: container.low.count - 1))
        }
        var offset = 8 + containers.count * 8
        for container in containers {
            append(UInt32(truncatingIfNeeded: offset))
            offset += container.low.count > RoaringBitmap.arrayLimit ? 8192 : container.low.count * 2
        }
        for container in containers {
            if container.low.count <= RoaringBitmap.arrayLimit {
                for value in container.low { append(value) }
                continue
            }
            var words = [UInt64](repeating: 0, count: 1024)
            for value in container.low { words[Int(value >> 6)] |= 1 << UInt64(value & 63) }
            for word in words { append(word) }
        }
    }

    /// Every access is checked.
    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        var position = 0

        init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        private mutating func next<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
            let size = MemoryLayout<Value>.size
            guard bytes.count - position >= size else { return nil }
            defer { position += size }
            return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Value.self))
        }

        mutating func read() -> [UInt32]? {
            guard let first = next(UInt32.self) else { return nil }
            var count: Int
            var runs: [UInt8] = []
            if first == RoaringBitmap.cookie {
                guard let size = next(UInt32.self), size <= 1 << 16 else { return nil }
                count = Int(size)
            } else if first & 0xFFFF == RoaringBitmap.runCookie {
                count = Int(first >> 16) + 1
                for _ in 0..<((count + 7) / 8) {
                    guard let flags = next(UInt8.self) else { return nil }
                    runs.append(flags)
                }
            } else {
                return nil
            }
            var headers: [(key: UInt16, size: Int)] = []
            for _ in 0..<count {
                guard let key = next(UInt16.self), let size = next(UInt16.self) else { return nil }
                if let last = headers.last, last.key >= key { return nil }
                headers.append((key, Int(size) + 1))
            }
            if runs.isEmpty || count >= 4 { position += count * 4 }
            var values: [UInt32] = []
            for (index, header) in headers.enumerated() {
                let isRun = !runs.isEmpty && runs[index / 8] >> UInt8(index % 8) & 1 == 1
                guard container(header.key, header.size, isRun: isRun, &values) else { return nil }
            }
            for index in values.indices.dropFirst() where values[index - 1] >= values[index] { return nil }
            return values
        }

        private mutating func container(
            _ key: UInt16, _ size: Int, isRun: Bool, _ values: inout [UInt32]
        ) -> Bool {
            let high = UInt32(key) << 16
            if isRun {
                guard let runs = next(UInt16.self) else { return false }
                for _ in 0..<runs {
                    guard let start = next(UInt16.self), let more = next(UInt16.self),
                        Int(start) + Int(more) <= 0xFFFF
                    else { return false }
                    for low in UInt32(start)...(UInt32(start) + UInt32(more)) { values.append(high | low) }
                }
                return true
            }
            if size <= RoaringBitmap.arrayLimit {
                for _ in 0..<size {
                    guard let low = next(UInt16.self) else { return false }
                    values.append(high | UInt32(low))
                }
                return true
            }
            for index in 0..<UInt32(1024) {
                guard var word = next(UInt64.self) else { return false }
                while word != 0 {
                    values.append(high | index << 6 | UInt32(word.trailingZeroBitCount))
                    word &= word - 1
                }
            }
            return true
        }
    }
}
