import SluiceHBase
import Testing

@Suite struct ClusterAdvisorTests {
    private func region(_ number: Int, megabytes: Int64 = 5000, requests: Int64 = 0) -> HBaseRegionInfo {
        var region = HBaseRegionInfo(
            table: "t", name: "t,\(number),1.x.", startKey: Array("\(number)".utf8), endKey: [],
            server: "a:1",
            state: "OPEN")
        region.storeMegabytes = megabytes
        region.memstoreMegabytes = 1
        region.readRequests = requests
        region.writeRequests = 0
        region.stores = 1
        region.storeFiles = 3
        region.locality = 1
        return region
    }

    private func topics(_ regions: [HBaseRegionInfo], _ servers: [HBaseServerInfo] = []) -> [ClusterAdvice
        .Topic]
    {
        ClusterAdvisor(regions: regions, servers: servers).advise().map(\.topic)
    }

    private func server(_ name: String, _ regions: Int) -> HBaseServerInfo {
        HBaseServerInfo(name: name, regions: regions, usedHeapMegabytes: 500, maxHeapMegabytes: 1000)
    }

    @Test("H22: each finding has its own advice, and what is well has none")
    func findings() {
        #expect(
            topics((0..<20).map { region($0, requests: 5000) }, [server("a", 10), server("b", 10)]) == [])
        #expect(topics((0..<20).map { region($0, megabytes: 10) }) == [.smallRegions])
        #expect(topics((0..<20).map { region($0, requests: $0 == 7 ? 90_000 : 1000) }) == [.hotRegion])
        #expect(topics((0..<2).map { region($0, requests: $0 == 0 ? 60_000 : 40_000) }) == [])
        #expect(topics([], [server("a", 300), server("b", 290)]) == [.manyRegions, .manyRegions])
        #expect(topics([], [server("a", 40), server("b", 3)]) == [.balance])
        // Nothing is told where servers tell nothing.
        let silent = HBaseRegionInfo(
            table: "t", name: "r", startKey: [], endKey: [], server: "", state: "OPEN")
        #expect(topics([silent]) == [])
    }
}
