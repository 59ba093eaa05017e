/// Dense values by group number, zero where never written.
struct GroupColumn<Element: BitwiseCopyable>: ~Copyable {
    private(set) var pointer: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private var capacity = 16

    init() { pointer = .allocate(capacity: 16) }
    deinit { pointer.deallocate() }

    var byteCount: Int { capacity * MemoryLayout<Element>.stride }

    mutating func resize(_ wanted: Int) {
        if wanted > capacity {
            let larger = Swift.max(wanted, capacity * 2)
            let fresh = UnsafeMutablePointer<Element>.allocate(capacity: larger)
            fresh.update(from: pointer, count: count)
            pointer.deallocate()
            pointer = fresh
            capacity = larger
        }
        if wanted > count {
            UnsafeMutableRawPointer(pointer + count).initializeMemory(
                as: UInt8.self, repeating: 0, count: (wanted - count) * MemoryLayout<Element>.stride)
        }
        count = wanted
    }
}
