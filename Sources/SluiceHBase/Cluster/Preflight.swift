import SluiceBase
import SluiceHBaseClient

/// Asks a cluster for nothing, so that a job that cannot work fails at its start, within seconds and with the cause:
/// the cluster cannot be reached, the table is missing or disabled, a family is missing, access is refused.
struct Preflight {
    static let millis: Int64 = 5000

    private let table: ClusterTable
    private let families: [[UInt8]]

    init(_ table: ClusterTable, _ schema: HBaseSchema, ledgerFamily: String? = nil) {
        self.table = table
        var families = schema.families.map { Array($0.name.utf8) }
        if let ledgerFamily { families.append(Array(ledgerFamily.utf8)) }
        self.families = families
    }

    /// One look-up of a row that hardly exists, in all families.
    func check() throws(JobError) {
        let columns = families.map { ReadSpec.Column(family: $0) }
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
        if let error = results == nil ? silence : results?.firstError { throw table.failure(error) }
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
