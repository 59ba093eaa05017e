import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceRuntime
import SluiceSyntax
import SluiceTableStore

/// What SHOW tells of jobs.
extension Session {
    /// Nil: another statement.
    func jobListing(_ kind: Show.Kind) throws(SQLError) -> Listing? {
        switch kind {
        case .jobs: return jobList()
        case .report(.metrics, nil): return metrics(jobs.entries)
        case .jobReport(.metrics, let job): return metrics([try jobs.entry(job)])
        case .jobReport(.regions, let job): return regions(try jobs.entry(job))
        default: return nil
        }
    }

    func jobDescription(_ id: String) throws(SQLError) -> Listing {
        let entry = try jobs.entry(id)
        return Listing(
            columns: ["job id", "job name", "status", "start time", "duration"], rows: [row(entry)])
    }

    private func jobList() -> Listing {
        Listing(
            columns: ["job id", "job name", "status", "start time", "duration"],
            rows: jobs.entries.map { row($0) })
    }

    private func row(_ entry: SessionJobs.Entry) -> [String?] {
        let status: String
        switch entry.status {
        case .running: status = "RUNNING"
        case .finished: status = "FINISHED"
        case .cancelled: status = "CANCELED"
        case .failed: status = "FAILED"
        }
        let zone = (try? settings.zone()) ?? .utc
        let start = ValueFormatter(.timestampLTZ(3), zone: zone).string(.int64(entry.startedMicros))
        return [
            String(entry.number), entry.name, status, start, Self.fixed(entry.elapsedMicros / 1000, 3) + " s",
        ]
    }

    private func metrics(_ entries: [SessionJobs.Entry]) -> Listing {
        var listing = Listing(columns: ["job id", "operator", "metric", "value"], rows: [])
        for entry in entries {
            for node in entry.nodes {
                func add(_ name: String, _ value: Int64) {
                    listing.rows.append([String(entry.number), node.name, name, String(value)])
                }
                add("numRecordsIn", node.rowsIn)
                add("numRecordsOut", node.rowsOut)
                if node.lateRows > 0 { add("numLateRecordsDropped", node.lateRows) }
                if node.droppedRows > 0 { add("numRecordsDropped", node.droppedRows) }
                // The last watermark is the largest number in whatever unit, as in Flink.
                if let watermark = node.watermark {
                    add("currentWatermark", watermark == .max ? .max : watermark / 1000)
                }
                for report in entry.connectors where report.id == node.id {
                    for metric in report.metrics { add(metric.name, metric.value) }
                }
            }
        }
        return listing
    }

    private func regions(_ entry: SessionJobs.Entry) -> Listing {
        var listing = Listing(
            columns: [
                "operator", "table", "region", "start key", "end key", "server", "reads", "writes",
                "failures",
                "share", "calls", "p50 ms", "p99 ms", "max ms", "own ms", "verdict",
            ], rows: [])
        for report in entry.connectors {
            let judgement = PartJudgement(report.parts)
            for part in report.parts.sorted(by: PartLoad.areInKeyOrder) {
                let share = Int64(judgement.share(part) * 1000 + 0.5)
                listing.rows.append([
                    report.name, part.table, part.part, HBaseBytes.printable(part.startKey),
                    HBaseBytes.printable(part.endKey), part.server, String(part.reads), String(part.writes),
                    String(part.failures), Self.fixed(share, 1) + " %", String(part.calls),
                    Self.millis(part.latency.quantileMicros(0.5)),
                    Self.millis(part.latency.quantileMicros(0.99)),
                    Self.millis(part.latency.maxMicros), Self.millis(UInt64(max(0, part.costMicros))),
                    judgement.verdict(part),
                ])
            }
        }
        return listing
    }

    private static func millis(_ micros: UInt64) -> String { fixed(Int64(clamping: micros) / 10, 2) }

    /// A number of tenths, hundredths and so on.
    private static func fixed(_ value: Int64, _ digits: Int) -> String {
        var unit: Int64 = 1
        for _ in 0..<digits { unit *= 10 }
        let rest = String(value % unit)
        return "\(value / unit)." + String(repeating: "0", count: max(0, digits - rest.utf8.count)) + rest
    }
}

extension PartLoad {
    static func areInKeyOrder(_ left: PartLoad, _ right: PartLoad) -> Bool {
        if left.table != right.table { return left.table < right.table }
        return left.startKey.lexicographicallyPrecedes(right.startKey)
    }
}
