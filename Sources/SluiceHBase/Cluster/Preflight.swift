import SluiceBase
import SluiceHBaseClient

/// Asks a cluster for nothing, so that a job that cannot work fails at its start, within seconds and with the cause:
/// the cluster cannot be reached, the table is missing or disabled, a family is missing, access is refused.
struct Preflight {
    static let millis: Int64 = 5000

    /// What the job does with the table. Who may only write may write, though the question here is refused.
    enum Purpose {
        case reading
        case writing
    }

    private let table: ClusterTable
    private let columns: [ReadSpec.Column]
    private let purpose: Purpose

    /// Asks for the declared columns: rights may be given for single ones.
    init(
        _ table: ClusterTable, _ schema: HBaseSchema, ledgerFamily: String? = nil, for purpose: Purpose
    ) {
        self.table = table
        self.purpose = purpose
        var columns = schema.families.map { family in
            ReadSpec.Column(family: Array(family.name.utf8), qualifiers: family.qualifiers.map(\.name))
        }
        if let ledgerFamily { columns.append(ReadSpec.Column(family: Array(ledgerFamily.utf8))) }
        self.columns = columns
    }

    /// One look-up of a row that hardly exists, in all families.
    func check() throws(JobError) {
        let read = ReadSpec(columns: columns, existenceOnly: true)
        let batch = GetBatch(table: table.name, keys: RowKeys([[0]]), read: read)
        let answer = Promise<RowResults>()
        table.client.get(batch, timeoutNanos: Self.millis * 1_000_000) { answer.give($0) }
        var results = answer.wait(milliseconds: 500)
        if results == nil {
            // No quick answer: the way there is looked at on its own, which names the cause.
            for finding in ClusterDoctor.reach(table.cluster) where !finding.isOK {
                throw JobError(
                    SQLError(.connectorIO, finding.text, hint: finding.hint), domain: .external,
                    retry: .backoff)
            }
            results = answer.wait(milliseconds: Self.millis + 1000)
        }
        let silence = HBaseError(.timedOut, "nothing was heard for \(Self.millis / 1000) seconds")
        guard let error = results == nil ? silence : results?.firstError else { return }
        if purpose == .writing && error.kind == .accessDenied { return }
        throw table.failure(error)
    }

    /// The table's regions in key order.
    func regions() throws(JobError) -> [RegionLocation] {
        let answer = Promise<Result<[RegionLocation], HBaseError>>()
        table.client.regions(of: table.name) { answer.give($0) }
        switch answer.wait(milliseconds: 30_000) {
        case .success(let regions)?: return regions
        case .failure(let error)?: throw table.failure(error)
        case nil: throw table.failure(HBaseError(.timedOut, "the list of regions did not come in 30 seconds"))
        }
    }
}
