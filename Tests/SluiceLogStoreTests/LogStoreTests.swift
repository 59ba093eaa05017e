import SluiceBase
import SluiceLogStore
import Testing

@Suite("H20 topics and groups")
struct LogStoreTests {
    private func store(_ disk: any Disk) -> LogStore {
        LogStore(folder: "/home/log", disk: disk, clock: ManualClock())
    }

    @Test("a topic keeps its partitions and takes other settings")
    func topics() throws {
        let disk = MemoryDisk()
        let store = store(disk)
        #expect(try store.topics() == [])
        #expect(try store.topic("orders") == nil)
        let settings = LogSettings(segmentBytes: 1 << 20, retentionMillis: 1000)
        let topic = try store.ensure("orders", partitions: 3, settings: settings)
        #expect(topic.partitions.count == 3 && topic.settings == settings)
        _ = try store.ensure("a.b", partitions: 1, settings: LogSettings())
        #expect(try store.ensure("orders", partitions: 8, settings: LogSettings()).partitions.count == 3)
        try store.alter("orders", LogSettings(segmentBytes: 2 << 20, retentionBytes: 99))
        #expect(try store.topic("orders")?.settings == LogSettings(segmentBytes: 2 << 20, retentionBytes: 99))
        #expect(try store.topics() == ["a.b", "orders"])
        #expect(throws: LogError.self) { try store.alter("none", LogSettings()) }
        #expect(throws: LogError.self) { try store.ensure("x", partitions: 0, settings: LogSettings()) }
        for name in ["", ".", "..", "a/b", "a b", "ä", String(repeating: "x", count: 250)] {
            #expect(throws: LogError.self) { try store.topic(name) }
        }
        disk.store("/home/log/orders/topic", "partitions many\n")
        #expect(throws: LogError.self) { try store.topic("orders") }
    }

    @Test("H20 positions of groups are stored whole, for each partition")
    func groups() throws {
        let disk = MemoryDisk()
        let topic = try store(disk).ensure("t", partitions: 2, settings: LogSettings())
        #expect(try topic.groups() == [])
        #expect(try topic.position(of: "g", partition: 0) == nil)
        try topic.setPosition(of: "g", partition: 0, to: 5)
        try topic.setPosition(of: "g", partition: 1, to: 0)
        try topic.setPosition(of: "a/b ä.", partition: 1, to: 7)
        try topic.setPosition(of: "..", partition: 1, to: 8)
        #expect(try topic.position(of: "g", partition: 0) == 5)
        #expect(try topic.position(of: "a/b ä.", partition: 1) == 7)
        #expect(try topic.groups() == ["..", "a/b ä.", "g"])
        // A stop in the middle of storing leaves the old position.
        for changes in 0..<4 {
            let dead = FaultDisk(disk, changes: changes)
            let other = try #require(try store(dead).topic("t"))
            #expect(throws: LogError.self) { try other.setPosition(of: "g", partition: 0, to: 99) }
            disk.crash()
            if changes < 3 { #expect(try topic.position(of: "g", partition: 0) == 5) }
        }
        try topic.setPosition(of: "g", partition: 0, to: nil)
        #expect(try topic.position(of: "g", partition: 0) == nil)
        #expect(throws: LogError.self) { try topic.position(of: "", partition: 0) }
    }

    @Test("topics that two processes make at once are one")
    func race() throws {
        let disk = MemoryDisk()
        for changes in 0..<5 {
            _ = try? store(FaultDisk(disk, changes: changes)).ensure(
                "t", partitions: 2, settings: LogSettings())
        }
        #expect(try store(disk).ensure("t", partitions: 5, settings: LogSettings()).partitions.count == 2)
    }
}
