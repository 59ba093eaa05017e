import Testing

/// Tests on a real HBase, one after the other: they share one cluster, and break it.
@Suite(.serialized, .enabled(if: RealHBase.isAvailable)) struct RealHBaseTests {
    @Test(.enabled(if: RealHBase.canStart)) func ownClientSeesWhatItWrote() throws {
        let cluster = try RealHBase.cluster()
        let answer = try cluster.tool(lines: ["create harness f", "put harness r f:q v 7", "scan harness"])
        #expect(answer.contains(#""column""#))
        try cluster.tool("drop", "harness")
    }
}
