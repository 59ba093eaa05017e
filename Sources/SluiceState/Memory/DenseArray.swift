/// A growing block of plain values; element access is a plain load, without the checks of an array property.
struct DenseArray<Element: BitwiseCopyable>: ~Copyable {
    private(set) var base: UnsafeMutablePointer<Element>
    private(set) var count = 0
    private(set) var capacity: Int

    init(capacity: Int = 16) {
        self.capacity = Swift.max(capacity, 16)
        base = .allocate(capacity: self.capacity)
    }

    deinit { base.deallocate() }

    mutating func append(_ value: Element) {
        if count == capacity {
            let larger = capacity * 2
            let fresh = UnsafeMutablePointer<Element>.allocate(capacity: larger)
            fresh.update(from: base, count: count)
            base.deallocate()
            base = fresh
            capacity = larger
        }
        base[count] = value
        count &+= 1
    }

    mutating func removeAll(keepingCapacity: Bool) {
        if keepingCapacity { count = 0 } else { self = DenseArray() }
    }
}
