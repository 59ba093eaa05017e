import SluiceBase
import Testing

@Suite struct DiskReadTests {
    @Test("a file longer than a piece is read whole")
    func whole() throws {
        let disk = MemoryDisk()
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
        disk.store("/a/b.bin", bytes)
        #expect(try disk.contents(of: "/a/b.bin") == bytes)
        disk.fail("read", after: 2, code: 5)
        #expect(throws: DiskError.self) { try disk.contents(of: "/a/b.bin") }
        #expect(throws: DiskError.self) { try disk.contents(of: "/a/c.bin") }
    }

    @Test("paths are resolved where something is there")
    func resolve() throws {
        let disk = MemoryDisk()
        disk.store("/a/b/c.sql", "SELECT 1")
        #expect(try disk.resolve("/a/./b/../b/c.sql") == "/a/b/c.sql")
        #expect(try disk.resolve("/a/b/") == "/a/b")
        #expect(try disk.resolve("/a/../../..") == "/")
        #expect(throws: DiskError.self) { try disk.resolve("/a/x.sql") }
        let system = SystemDisk()
        #expect(try system.resolve("/usr/../usr/./bin/..") == "/usr")
        #expect(throws: DiskError.self) { try system.resolve("/nothing/is/here") }
    }
}
