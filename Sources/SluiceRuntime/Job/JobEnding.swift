import SluiceBase
import SluiceConnect

/// What a sink's writer prepared, or where a source's reader ended: both count when the whole job has ended well.
enum JobEnding: Sendable {
    /// `node`: of the sink; the tokens of its subtasks are committed together.
    case prepared(node: Int, any Sink, token: [UInt8], ConnectorContext)
    case read(any Source, [SourceSplit], ConnectorContext)

    /// Sinks first: a position must not pass rows that are in no sink.
    static func commit(_ all: [JobEnding]) throws(JobError) {
        var done: Set<Int> = []
        for ending in all {
            guard case .prepared(let node, let sink, _, let context) = ending else { continue }
            guard done.insert(node).inserted else { continue }
            try sink.commit(tokens(all, of: node), context)
        }
        for ending in all {
            if case .read(let source, let splits, let context) = ending {
                try source.committed(splits, context)
            }
        }
    }

    private static func tokens(_ all: [JobEnding], of wanted: Int) -> [[UInt8]] {
        all.compactMap { ending in
            if case .prepared(wanted, _, let token, _) = ending { return token }
            return nil
        }
    }

    func abort() {
        if case .prepared(_, let sink, let token, let context) = self { sink.abort(token, context) }
    }
}
