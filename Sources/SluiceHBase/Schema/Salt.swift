import SluiceColumns

/// Spreads row keys over a table (H5): a stored key is `NN_` and the key, with NN a hash of the key modulo the
/// number of buckets. The hash is that of `java.lang.String` for ASCII keys, so
/// `CONCAT(LPAD(CAST(MOD(HASH_CODE(k), n) AS STRING), 2, '0'), '_', k)` gives the same where the hash is not negative.
struct Salt: Sendable, Hashable {
    /// 0: keys are stored as they are.
    let buckets: Int

    static let length = 3

    var isOn: Bool { buckets > 0 }

    func bucket(_ key: UnsafeRawBufferPointer) -> Int {
        var hash: Int32 = 0
        for byte in key { hash = hash &* 31 &+ Int32(byte) }
        let rest = Int(hash) % max(buckets, 1)
        return rest < 0 ? rest + buckets : rest
    }

    func prefix(_ bucket: Int) -> [UInt8] {
        [
            0x30 + UInt8(truncatingIfNeeded: bucket / 10 % 10), 0x30 + UInt8(truncatingIfNeeded: bucket % 10),
            0x5F,
        ]
    }

    /// Puts the salt in front of the key that stands in `bytes` from `start` on.
    func apply(_ bytes: inout [UInt8], from start: Int = 0) {
        guard isOn, bytes.count > start else { return }
        let bucket = bytes.withUnsafeBytes { self.bucket(UnsafeRawBufferPointer(rebasing: $0[start...])) }
        bytes.insert(contentsOf: prefix(bucket), at: start)
    }

    /// The key without its salt; a key without one stays as it is.
    func strip(_ key: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard isOn, key.count > Self.length, key[2] == 0x5F else { return key }
        return UnsafeRawBufferPointer(rebasing: key[Self.length...])
    }
}
