import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph
import SluiceRuntime
import SluiceTestSupport
import Testing

/// Windows over rows that come out of order; a watermark is a line between rows.
@Suite struct OperatorsWindowTests {
    static let events: Schema = [Field("k", .string), Field("v", .int), Field("ts", .timestamp(3))]
    static let sum = AggregateCall(name: "SUM", arguments: [1], argumentTypes: [.int], type: .int)
    static let output: Schema = [
        Field("k", .string), Field("s", .int), Field("window_start", .timestamp(3)),
        Field("window_end", .timestamp(3)),
    ]

    static func harness(
        _ window: WindowSpec, size: Int, mode: JobConfig.Mode = .streaming, retracts: Bool = false
    ) throws -> OperatorHarness {
        let node = WindowAggregateNode(
            window: window, time: WindowTime(column: 2, isLTZ: false, isProctime: false), keys: [0],
            aggregates: [sum], properties: [.start, .end], consumesRetractions: retracts)
        let harness = try OperatorHarness(
            .windowAggregate(node), inputs: [events], output: output, config: JobConfig(mode: mode))
        harness.batchSize = size
        return harness
    }

    static func row(_ key: String, _ value: Int, _ second: Double, kind: String = "+I") -> String {
        let millis = Int(second * 1000)
        let fraction = String(1000 + millis % 1000).dropFirst()
        let seconds = String(100 + millis / 1000 % 60).dropFirst()
        let minutes = String(100 + millis / 60_000).dropFirst()
        return "\(kind)|\(key)|\(value)|1970-01-01 00:\(minutes):\(seconds).\(fraction)"
    }

    /// Result rows in short: key, sum, start and end in seconds.
    static func short(_ lines: [String]) -> [String] {
        lines.map { line in
            if line.hasPrefix("W") { return line }
            let parts = line.split(separator: "|").map(String.init)
            return parts[1] + "=" + parts[2] + " " + seconds(parts[3]) + "-" + seconds(parts[4])
        }
    }

    private static func seconds(_ text: String) -> String {
        String(text.micros / 1_000_000)
    }

    @Test(
        "a window fires when the watermark reaches its end less 1 ms; later rows are dropped (W7)",
        arguments: [1, 7, 1024])
    func tumble(size: Int) throws {
        let harness = try Self.harness(.tumble(size: 10_000, offset: 0), size: size)
        let text = [
            Self.row("a", 1, 1), "W 1000", Self.row("a", 2, 9.999), Self.row("b", 4, 12), "W 9998",
            Self.row("a", 8, 3), "W 9999", Self.row("a", 16, 5), Self.row("a", 32, 10), "W 12000",
        ].joined(separator: "\n")
        let out = try harness.push(text) + harness.end()
        #expect(
            Self.short(out).filter { !$0.hasPrefix("W") } == ["a=11 0-10", "b=4 10-20", "a=32 10-20"])
        #expect(harness.driver.metrics.lateRows == 1)
    }

    @Test("rows of a fired slice count in the windows that are still open (W8)", arguments: [1, 7, 1024])
    func hop(size: Int) throws {
        let harness = try Self.harness(.hop(slide: 5000, size: 10_000, offset: 0), size: size)
        let text = [
            Self.row("a", 1, 1), Self.row("a", 2, 7), "W 5000", Self.row("a", 4, 3), "W 20000",
        ].joined(separator: "\n")
        let out = try harness.push(text)
        #expect(
            Self.short(out).filter { !$0.hasPrefix("W") } == ["a=1 -5-5", "a=7 0-10", "a=2 5-15"])
        #expect(out.last == "W 20000")
    }

    @Test("HOP whose size is no multiple of the slide", arguments: [1, 1024])
    func unevenHop(size: Int) throws {
        let harness = try Self.harness(.hop(slide: 4000, size: 6000, offset: 0), size: size)
        let out = try harness.push(Self.row("a", 1, 5) + "\n" + Self.row("a", 2, 7)) + harness.end()
        #expect(Self.short(out).filter { !$0.hasPrefix("W") } == ["a=1 0-6", "a=3 4-10"])
    }

    @Test("CUMULATE repeats its value where nothing is new (W5)", arguments: [1, 7, 1024])
    func cumulate(size: Int) throws {
        let spec = WindowSpec.cumulate(step: 5000, size: 15_000, offset: 0, emitOnlyOnUpdate: false)
        let harness = try Self.harness(spec, size: size)
        let text = [Self.row("a", 1, 1), Self.row("b", 2, 6), "W 5000", Self.row("a", 4, 2), "W 10000"]
        let out = try harness.push(text.joined(separator: "\n")) + harness.end()
        #expect(
            Self.short(out).filter { !$0.hasPrefix("W") } == [
                "a=1 0-5", "a=5 0-10", "b=2 0-10", "a=5 0-15", "b=2 0-15",
            ])
    }

    @Test("CUMULATE on update leaves out what did not change (W4)", arguments: [1, 1024])
    func cumulateOnUpdate(size: Int) throws {
        let spec = WindowSpec.cumulate(step: 5000, size: 15_000, offset: 0, emitOnlyOnUpdate: true)
        let harness = try Self.harness(spec, size: size)
        let out = try harness.push(Self.row("a", 1, 1) + "\n" + Self.row("b", 2, 6)) + harness.end()
        #expect(Self.short(out).filter { !$0.hasPrefix("W") } == ["a=1 0-5", "b=2 0-10"])
    }

    @Test(
        "sessions merge when they touch, and are tested for lateness after merging (W6, W9)",
        arguments: [1, 7, 1024])
    func sessions(size: Int) throws {
        let harness = try Self.harness(.session(gap: 5000), size: size)
        let text = [
            Self.row("a", 1, 10), Self.row("a", 2, 20), Self.row("a", 4, 15), "W 22000",
            // Far behind the watermark, but it touches a session that is open.
            Self.row("a", 8, 6), Self.row("b", 16, 1), "W 30000", Self.row("a", 32, 24),
        ].joined(separator: "\n")
        let out = try harness.push(text) + harness.end()
        #expect(Self.short(out).filter { !$0.hasPrefix("W") } == ["a=15 6-25"])
        #expect(harness.driver.metrics.lateRows == 2)
    }

    @Test("a window whose rows were all taken away gives nothing (W12)", arguments: [1, 1024])
    func retraction(size: Int) throws {
        let harness = try Self.harness(.tumble(size: 10_000, offset: 0), size: size, retracts: true)
        let text = [
            Self.row("a", 1, 1), Self.row("b", 2, 2), Self.row("a", 1, 1, kind: "-D"), Self.row("b", 1, 3),
            Self.row("b", 1, 3, kind: "-U"),
        ].joined(separator: "\n")
        let out = try harness.push(text) + harness.end()
        #expect(Self.short(out).filter { !$0.hasPrefix("W") } == ["b=2 0-10"])
    }

    @Test("batch mode gives all windows at the end", arguments: [1, 1024])
    func batch(size: Int) throws {
        let harness = try Self.harness(.tumble(size: 10_000, offset: 3000), size: size, mode: .batch)
        #expect(try harness.push(Self.row("a", 1, 1) + "\n" + Self.row("a", 2, 4)) == [])
        #expect(Self.short(try harness.end()).filter { !$0.hasPrefix("W") } == ["a=1 -7-3", "a=2 3-13"])
    }

    @Test("rows that fire pass before the watermark that fired them", arguments: [1, 7, 1024])
    func order(size: Int) throws {
        let harness = try Self.harness(.tumble(size: 10_000, offset: 0), size: size)
        let out = try harness.push(
            [Self.row("a", 1, 1), "W 8000", Self.row("a", 2, 2), "W 10000", Self.row("a", 4, 11)]
                .joined(separator: "\n"))
        #expect(Self.short(out).filter { $0 != "W 8000" } == ["a=3 0-10", "W 10000"])
    }
}

extension OperatorsWindowTests {
    @Test("a window that fires more than the edge takes goes on where it stopped")
    func backPressure() throws {
        let node = WindowAggregateNode(
            window: .tumble(size: 10_000, offset: 0),
            time: WindowTime(column: 2, isLTZ: false, isProctime: false),
            keys: [0], aggregates: [Self.sum], properties: [.start, .end], consumesRetractions: false)
        let harness = try OperatorHarness(
            .windowAggregate(node), inputs: [Self.events], output: Self.output,
            config: JobConfig(batchRows: 2))
        let rows = (0..<7).map { Self.row("k\($0)", $0, 1) } + ["W 10000", Self.row("late", 1, 2), "W 20000"]
        harness.recorder.room = 1
        var out = try harness.push(rows.joined(separator: "\n"))
        #expect(out.count == 2)
        for _ in 0..<6 {
            harness.recorder.room = 1
            try harness.driver.pause()
            out += harness.recorder.take()
        }
        #expect(Self.short(out).filter { !$0.hasPrefix("W") } == (0..<7).map { "k\($0)=\($0) 0-10" })
        #expect(out.last == "W 20000")
    }
}
