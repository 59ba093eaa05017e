import SluiceBase
import SluiceConnect

/// Refuses jobs that would feed themselves (H32): an INSERT that writes what it captures, or several of one job that
/// write in a circle what the next one captures.
struct LoopGuard {
    private struct Part {
        var captured: [(place: DataPlace, table: String)] = []
        var written: [DataPlace] = []
        var target: String
        var span: SourceSpan
    }

    private let connectors: ConnectorRegistry
    private let inference: ChangelogInference
    private var parts: [Part] = []

    init(_ connectors: ConnectorRegistry, isStreaming: Bool) {
        self.connectors = connectors
        inference = ChangelogInference(isStreaming: isStreaming)
    }

    mutating func add(_ plan: LogicalPlan, into target: InsertBinder.Target) throws(SQLError) {
        var part = Part(target: target.table.name, span: target.span)
        try collect(plan, &part)
        var request = target.request
        request.input = inference.kinds(of: plan)
        part.written = try target.connector.writtenPlaces(target.table, request)
        parts.append(part)
    }

    private func collect(_ plan: LogicalPlan, _ part: inout Part) throws(SQLError) {
        if case .scan(let scan) = plan.kind, let connector = connectors.find(scan.connector) {
            for place in try connector.capturedPlaces(scan.table) {
                part.captured.append((place, scan.table.name))
            }
        }
        for input in plan.inputs { try collect(input, &part) }
    }

    func check() throws(SQLError) {
        for start in parts.indices {
            if let (place, table) = overlap(from: start, to: start) {
                throw SQLError(
                    .feedbackLoop,
                    "this job would feed itself: it writes \(place.description), whose changes it reads from "
                        + "\"\(table)\"", span: parts[start].span,
                    hint:
                        "declare a table that has only the families to be written, and leave them out of \"\(table)\""
                )
            }
        }
        for start in parts.indices where reaches(start) {
            let others = parts.indices.filter { $0 != start }.map { "\"\(parts[$0].target)\"" }
            throw SQLError(
                .feedbackLoop,
                "these statements would feed each other for ever: what is written to \"\(parts[start].target)\" is "
                    + "read as changes and comes back through \(others.joined(separator: ", "))",
                span: parts[start].span, hint: "write families that none of them captures")
        }
    }

    /// What one part writes and another captures.
    private func overlap(from: Int, to: Int) -> (DataPlace, String)? {
        for written in parts[from].written {
            for captured in parts[to].captured where captured.place.overlaps(written) {
                return (captured.place, captured.table)
            }
        }
        return nil
    }

    /// Some chain of parts leads from this one back to it.
    private func reaches(_ start: Int) -> Bool {
        var seen: Set<Int> = []
        var waiting = [start]
        while let part = waiting.popLast() {
            for next in parts.indices where overlap(from: part, to: next) != nil {
                if next == start { return true }
                if seen.insert(next).inserted { waiting.append(next) }
            }
        }
        return false
    }
}
