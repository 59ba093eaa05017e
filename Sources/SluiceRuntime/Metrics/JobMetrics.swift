import SluiceJobGraph

/// The counters of one node at one moment.
public struct NodeMetrics: Sendable {
    public var id: Int
    public var name: String
    public var rowsIn: Int64
    public var rowsOut: Int64
    /// Rows dropped because their window had been closed.
    public var lateRows: Int64
    public var lateSample: LateSample?
    /// Rows left out by another rule, such as NULL in a NOT NULL column of a sink.
    public var droppedRows: Int64
    /// Microseconds; nil: none yet.
    public var watermark: Int64?

    init(_ node: JobNode, _ counters: OperatorMetrics) {
        id = node.id
        name = node.name
        rowsIn = counters.rowsIn
        rowsOut = counters.rowsOut
        lateRows = counters.lateRows
        lateSample = counters.lateSample
        droppedRows = counters.droppedRows
        watermark = counters.watermark
    }
}

/// The counters of a job at one moment.
public struct JobMetrics: Sendable {
    public var nodes: [NodeMetrics]
    /// By table.
    public var sources: [SourceReport]
    public var memoryUsed: Int64
    public var memoryPeak: Int64
    public var elapsedMicros: Int64

    public var lateRows: Int64 { nodes.reduce(0) { $0 + $1.lateRows } }
    public var droppedRows: Int64 { nodes.reduce(0) { $0 + $1.droppedRows } }
    public var skippedRows: Int64 { sources.reduce(0) { $0 + $1.skippedRows } }
    public var nulledValues: Int64 { sources.reduce(0) { $0 + $1.nulledValues } }
    /// nil: some source does not know its size.
    public var bytesTotal: Int64? {
        var sum: Int64 = 0
        for source in sources {
            guard let total = source.bytesTotal else { return nil }
            sum += total
        }
        return sum
    }
    public var bytesDone: Int64 { sources.reduce(0) { $0 + $1.bytesDone } }
}
