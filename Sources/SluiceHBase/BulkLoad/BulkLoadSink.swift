import SluiceBase
import SluiceConnect
import SluiceHBaseClient

/// Sorts the rows of a batch job into files and loads them when all have come.
struct BulkLoadSink: Sink {
    private let plan: SinkPlan
    private let options: BulkLoadOptions
    private let disk: any Disk
    private let connect: Connect
    private let job: Lock<BulkLoadJob?>

    /// The calls of the cluster, and what keeps them possible. Throws where the table cannot be written.
    typealias Connect = @Sendable (ConnectorContext) throws(JobError) -> any BulkLoadService

    init(_ plan: SinkPlan, _ options: BulkLoadOptions, disk: any Disk, connect: @escaping Connect) {
        self.plan = plan
        self.options = options
        self.disk = disk
        self.connect = connect
        job = Lock(nil)
    }

    /// A sink on a cluster: that the table and its families are there is found out before the first row.
    init(_ plan: SinkPlan, _ options: BulkLoadOptions, _ cluster: ClusterOptions, _ pool: ClusterPool) {
        self.init(plan, options, disk: SystemDisk()) { (context) throws(JobError) -> any BulkLoadService in
            let table = try ClusterTable(plan.options, cluster, pool)
            try Preflight(table, plan.schema, for: .writing).check()
            return LeasedBulkLoadService(table)
        }
    }

    func open(
        subtask: Int, of parallelism: Int, _ context: ConnectorContext
    ) throws(JobError) -> any SinkWriter {
        let job = try job.withLock { (known) throws(JobError) -> BulkLoadJob in
            if let known { return known }
            let made = try makeJob(parallelism, context)
            known = made
            return made
        }
        return BulkLoadSinkWriter(plan, job, context, subtask: subtask)
    }

    private func makeJob(_ parallelism: Int, _ context: ConnectorContext) throws(JobError) -> BulkLoadJob {
        let service = try connect(context)
        let now = context.clock.nowMicros() / 1000
        var settings = BulkLoader.Settings(
            folder: options.folder ?? "", serverFolder: options.serverFolder, createdMillis: now,
            task: "sluice \(plan.tableName)")
        settings.memory = options.memory
        // As the rows have them: a column that they do not carry gives no tags.
        settings.writer.hasTags = plan.position(plan.schema.ttlColumn) != nil
        if plan.options.cluster?.kerberos != nil {
            settings.refusalNote =
                "; where HBase's own files are in an HDFS with Kerberos it needs a delegation token of HDFS, "
                + "which sluice cannot get"
        }
        var random = SystemRandomNumberGenerator()
        return BulkLoadJob(
            service, settings, disk: disk, parts: parallelism, seed: random.next(), nowMillis: now)
    }
}

/// A client's calls together with the lease that keeps the client open.
private struct LeasedBulkLoadService: BulkLoadService {
    private let table: ClusterTable
    private let calls: ClientBulkLoadService

    init(_ table: ClusterTable) {
        self.table = table
        calls = ClientBulkLoadService(table.client, table.name)
    }

    func regions() throws(HBaseError) -> [RowRange] { try calls.regions() }
    func families() throws(HBaseError) -> [FamilySchema] { try calls.families() }
    func prepare() throws(HBaseError) -> String { try calls.prepare() }
    func load(_ requests: [BulkLoadRequest], token: String) -> [Result<Bool, HBaseError>] {
        calls.load(requests, token: token)
    }
    func cleanUp(token: String) throws(HBaseError) { try calls.cleanUp(token: token) }
}
