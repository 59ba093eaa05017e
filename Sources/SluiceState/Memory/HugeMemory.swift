import Glibc

/// A block of memory that asks for huge pages when it is large.
struct HugeMemory: ~Copyable {
    let base: UnsafeMutableRawPointer
    let byteCount: Int
    private static let hugePage = 2 << 20

    init(byteCount: Int) {
        self.byteCount = byteCount
        if byteCount >= HugeMemory.hugePage {
            base = .allocate(byteCount: byteCount, alignment: HugeMemory.hugePage)
            // Only a hint; the memory is as good without.
            _ = madvise(base, byteCount, MADV_HUGEPAGE)
        } else {
            base = .allocate(byteCount: byteCount, alignment: 64)
        }
    }

    deinit { base.deallocate() }
}
