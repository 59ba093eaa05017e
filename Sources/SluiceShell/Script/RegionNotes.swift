import SluiceConnect
import SluiceRuntime

/// What a job's end says of regions that stand out: those that were slow or had most of the requests.
enum RegionNotes {
    private static let most = 3

    static func notes(_ job: JobRunner) -> [String] {
        var notes: [String] = []
        for report in job.connectorReports {
            let judgement = PartJudgement(report.parts)
            for part in report.parts {
                guard notes.count < most, let verdict = judgement.verdict(part) else { continue }
                notes.append(note(part, verdict == "slow", judgement))
            }
        }
        return notes
    }

    private static func note(_ part: PartLoad, _ isSlow: Bool, _ judgement: PartJudgement) -> String {
        let subject = "region \"\(PrintableText.of(part.part))\" at \(PrintableText.of(part.server))"
        if isSlow {
            let own = Amounts.time(nanos: Int64(part.costMicros) * 1000)
            let others = Amounts.time(nanos: Int64(judgement.medianMicros(part.table)) * 1000)
            return "\(subject) took \(own) of a call, the regions of \"\(part.table)\" mostly \(others)"
        }
        let share = Int64(judgement.share(part) * 100)
        return "\(subject) had \(share) % of the requests for \"\(part.table)\""
    }
}
