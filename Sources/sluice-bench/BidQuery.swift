import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceFiles
import SluiceFormats
import SluiceJobGraph
import SluiceRuntime

/// Queries over the file of bids, put together by hand as the planner would.
enum BidQuery: String, CaseIterable {
    /// All seven columns, read and thrown away.
    case passthrough
    /// `SELECT auction, price WHERE auction % 123 = 0`.
    case filter
    /// Three columns with a watermark 4 s behind.
    case watermark
    /// `COUNT(*)` and `MAX(price)` per auction and 10 s.
    case tumble

    struct Result {
        var rowsIn: Int64
        var rowsOut: Int64
    }
    struct Failure: Error { var text: String }

    static let bids: Schema = [
        Field("auction", .bigint), Field("bidder", .bigint), Field("price", .bigint),
        Field("channel", .string),
        Field("url", .string), Field("dateTime", .timestamp(3)), Field("extra", .string),
    ]

    func run(_ path: String) -> Swift.Result<Result, Failure> {
        let formats = FormatRegistry.standard
        let connectors = ConnectorRegistry([FilesystemConnector(formats: formats), DiscardConnector()])
        do throws(JobError) {
            let runner = try JobRunner.start(graph(path), JobEnvironment(connectors: connectors))
            if case .failed(let error) = runner.wait() { return .failure(Failure(text: error.cause.message)) }
            let nodes = runner.metrics.nodes
            return .success(Result(rowsIn: nodes.first?.rowsOut ?? 0, rowsOut: nodes.last?.rowsIn ?? 0))
        } catch {
            return .failure(Failure(text: error.cause.message))
        }
    }

    private func graph(_ path: String) -> JobGraph {
        var chain = Chain()
        switch self {
        case .passthrough: chain.scan(path, Array(BidQuery.bids.indices))
        case .filter:
            chain.scan(path, [0, 2])
            chain.add(.calc(BidQuery.filterNode), [BidQuery.bids[0], BidQuery.bids[2]])
        case .watermark:
            chain.scan(path, [0, 2, 5])
            chain.watermark()
        case .tumble:
            chain.scan(path, [0, 2, 5])
            chain.watermark()
            chain.add(
                .windowAggregate(BidQuery.tumbleNode),
                [
                    Field("auction", .bigint), Field("n", .bigint), Field("highest", .bigint),
                    Field("window_start", .timestamp(3)), Field("window_end", .timestamp(3)),
                ])
        }
        chain.discard()
        return chain.graph
    }

    private static var filterNode: CalcNode {
        let auction = BoundExpr.column(0, .bigint)
        let divisor = BoundExpr.literal(.int64(123), .bigint)
        let rest = BoundExpr(.call("%", [auction, divisor]), .bigint)
        let zero = BoundExpr.literal(.int64(0), .bigint)
        return CalcNode(
            filter: BoundExpr(.call("=", [rest, zero]), .boolean),
            projections: [auction, .column(1, .bigint)])
    }

    private static var tumbleNode: WindowAggregateNode {
        let count = AggregateCall(name: "COUNT", arguments: [], argumentTypes: [], type: .bigint)
        let max = AggregateCall(name: "MAX", arguments: [1], argumentTypes: [.bigint], type: .bigint)
        return WindowAggregateNode(
            window: .tumble(size: 10_000, offset: 0),
            time: WindowTime(column: 2, isLTZ: false, isProctime: false),
            keys: [0], aggregates: [count, max], properties: [.start, .end], consumesRetractions: false)
    }
}

/// A graph without branches.
private struct Chain {
    private var nodes: [JobNode] = []

    var graph: JobGraph { JobGraph(nodes: nodes, config: JobConfig(name: "bench")) }

    mutating func add(_ kind: NodeKind, _ schema: Schema) {
        let inputs = nodes.isEmpty ? [] : [JobEdge(from: nodes.count - 1)]
        nodes.append(
            JobNode(
                id: nodes.count, kind: kind, inputs: inputs, schema: schema, changelog: .appendOnly,
                parallelism: 1, name: "node \(nodes.count)"))
    }

    mutating func scan(_ path: String, _ columns: [Int]) {
        let table = ResolvedTable(
            name: "bids", columns: BidQuery.bids.map { ResolvedTable.Column(name: $0.name, type: $0.type) },
            options: TableOptions([.init("path", path), .init("format", "json")]))
        let node = SourceNode(
            connector: "filesystem", table: table, scan: ScanRequest(projection: columns), isBounded: true)
        add(.source(node), columns.map { BidQuery.bids[$0] })
    }

    mutating func watermark() {
        guard let schema = nodes.last?.schema else { return }
        let time = BoundExpr.column(2, .timestamp(3))
        let delay = BoundExpr.literal(.int64(4000), DataType(.intervalDayTime))
        let expression = BoundExpr(.call("-", [time, delay]), .timestamp(3))
        add(.watermark(WatermarkNode(timeColumn: 2, expression: expression)), schema)
    }

    mutating func discard() {
        guard let schema = nodes.last?.schema else { return }
        let table = ResolvedTable(name: "nothing", columns: [], options: TableOptions())
        let request = SinkRequest(columns: [], input: .appendOnly)
        add(
            .sink(SinkNode(connector: "discard", table: table, request: request, notNull: [])),
            schema)
    }
}
