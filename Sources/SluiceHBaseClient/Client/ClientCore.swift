import SluiceBase
import SluiceNet

/// The client's state machine: takes batches and calls, finds regions, sends, reads answers, tries again.
/// Lives on the thread of its transport and never blocks; everything from outside (connections, time, random
/// numbers) comes in, so that it runs on simulated transports too.
///
/// An operation is always in exactly one place: in the queue of its region, in a Multi on its way, parked
/// with its table until the region is known, or in a group that waits for its next try. Queues are ordered by
/// submission, and the `RowGate` keeps a row's mutations from being on their way in two places; so mutations
/// of one row are applied in the order in which they were submitted.
final class ClientCore: TransportHandler {
    let settings: ClientSettings
    let transport: any Transport
    let mailbox: ClientMailbox
    /// Asked when the settings want Kerberos.
    let authenticator: (any Authenticator)?
    /// The principal that a server told last.
    var toldPrincipal: ServerPrincipal?
    /// Has `woken` called, from any thread.
    let wakeUpLoop: @Sendable () -> Void
    let backoff: Backoff
    let overloaded: Backoff
    var random: RandomSource
    /// Makes nonces of this client different from those of all others.
    let nonceGroup: UInt64
    let nonceBase: UInt64

    var tables: [HBaseTable: TableState] = [:]
    var servers: [Endpoint: ServerState] = [:]
    var connections: [ConnectionID: ServerConnection] = [:]
    var jobs: [Job?] = []
    var freeJobs: [Int32] = []
    var activeJobs = 0
    var nextSequence: UInt64 = 1
    var gate = RowGate()
    /// Regions whose operations all wait for their rows.
    var blocked: [Region] = []
    var dirty: [ServerState] = []
    var bytesInFlight = 0
    /// Servers that have something to send when the bytes in flight allow it.
    var starved: [ServerState] = []
    var retries: [RetryGroup] = []
    var callRetries: [CallRetry] = []
    /// By their numbers: operations that are tried before their time.
    var early: [UInt64: EarlyTry] = [:]
    /// When samples are sent next; `Int64.max`: nothing waits long.
    var samplesAt = Int64.max
    /// Tables of which a sample came through in this event.
    var returned: [TableState] = []
    var calls: [GenericCall] = []
    var wakeUp: TimerID?
    var wakeUpAt = Int64.max
    var metrics = ClientMetrics()
    var registry: (any ClusterRegistry)?
    /// Waits for the next question to the registry for `hbase:meta`; and for the active master.
    var master: Endpoint?
    var masterWaiters: [GenericCall] = []
    var isFindingMaster = false
    var isClosed = false

    /// Operations that wait for their next try, in order. They hold their rows.
    struct RetryGroup {
        var due: Int64
        var operations: [Operation]
        /// They wait for a region or server to come back.
        var isOfAbsence = false
    }

    /// An operation that was sent before its time.
    struct EarlyTry {
        var due: Int64
        var isSample: Bool
    }

    struct CallRetry {
        var due: Int64
        var action: () -> Void
    }

    /// Times are looked at at least this often while there is work.
    static let tickNanos: Int64 = 250_000_000

    init(
        _ settings: ClientSettings, transport: any Transport, mailbox: ClientMailbox, seed: UInt64,
        authenticator: (any Authenticator)? = nil, wake: @escaping @Sendable () -> Void = {}
    ) {
        self.settings = settings
        self.transport = transport
        self.mailbox = mailbox
        self.authenticator = authenticator
        wakeUpLoop = wake
        backoff = Backoff(pauseNanos: settings.pauseNanos)
        overloaded = Backoff(pauseNanos: settings.overloadedPauseNanos ?? settings.pauseNanos)
        random = RandomSource(seed: seed)
        nonceGroup = random.next() | 1
        nonceBase = random.next()
        registry = makeRegistry()
    }

    deinit {
        let error = HBaseError(.cancelled, "the client was closed")
        for job in jobs {
            guard let job else { continue }
            for index in 0..<job.count { job.fail(index, error) }
            job.finish()
        }
        for call in calls { call.finish(.failure(error)) }
        for post in mailbox.take() { post.fail(error) }
    }

    var now: Int64 { transport.now }

    /// Walks that send or fail something go in this order, so that a seed repeats a run.
    var tablesInOrder: [TableState] {
        tables.sorted { $0.key.description < $1.key.description }.map { $0.value }
    }

    // MARK: transport

    func opened(_ connection: ConnectionID) {
        if let open = connections[connection] {
            connectionOpened(open)
        } else {
            registry?.opened(connection)
        }
        turn()
    }

    func received(_ bytes: UnsafeRawBufferPointer, on connection: ConnectionID) {
        if let open = connections[connection] {
            connectionReceived(bytes, open)
        } else {
            registry?.received(bytes, on: connection)
        }
        turn()
    }

    func closed(_ connection: ConnectionID, _ error: NetworkError?) {
        if let open = connections[connection] {
            connectionClosed(open, error)
        } else {
            registry?.closed(connection, error)
        }
        turn()
    }

    func fired(_ timer: TimerID) {
        guard timer == wakeUp else { return }
        wakeUp = nil
        wakeUpAt = Int64.max
        tick()
        turn()
    }

    func woken() {
        for post in mailbox.take() { take(post) }
        turn()
    }

    /// The end of every event: send what has gathered.
    func turn() {
        sendReturned()
        while let server = dirty.popLast() {
            server.isDirty = false
            pump(server)
        }
        if activeJobs > 0 || !calls.isEmpty || !retries.isEmpty || !callRetries.isEmpty {
            wake(at: now + ClientCore.tickNanos)
        }
    }

    private func take(_ post: ClientMailbox.Post) {
        if isClosed, case .close = post { return }
        switch post {
        case .get(let batch, let timeout, let completion): get(batch, timeout, completion)
        case .mutate(let batch, let timeout, let completion): mutate(batch, timeout, completion)
        case .call(let call, let completion): start(call, completion)
        case .regions(let table, let completion): listRegions(table, completion)
        case .later(let nanos, let action):
            if isClosed { action() } else { later(at: deadline(nanos), action) }
        case .authenticated(let connection, let result): authenticated(connection, result)
        case .metrics(let completion): completion(snapshot())
        case .close: close()
        }
    }

    private func snapshot() -> ClientMetrics {
        var copy = metrics
        for (endpoint, server) in servers { copy.servers[endpoint] = server.metrics }
        return copy
    }

    private func close() {
        isClosed = true
        let error = HBaseError(.cancelled, "the client was closed")
        for job in jobs {
            guard let job else { continue }
            for index in 0..<job.count { job.fail(index, error) }
            complete(job)
        }
        for call in calls { call.finish(.failure(error)) }
        for connection in connections.values { transport.close(connection.id) }
        connections = [:]
        servers = [:]
        tables = [:]
        calls = []
        retries = []
        // What waits for its time finds the client closed, and ends.
        let waiting = callRetries
        callRetries = []
        for retry in waiting { retry.action() }
        registry?.close()
        if let wakeUp { transport.cancelTimer(wakeUp) }
        wakeUp = nil
    }

    // MARK: time

    func wake(at time: Int64) {
        guard time < wakeUpAt, !isClosed else { return }
        if let wakeUp { transport.cancelTimer(wakeUp) }
        wakeUpAt = time
        wakeUp = transport.startTimer(at: time)
    }

    /// Runs `action` later.
    func later(at time: Int64, _ action: @escaping () -> Void) {
        callRetries.append(CallRetry(due: time, action: action))
        wake(at: time)
    }

    private func tick() {
        let time = now
        registry?.tick()
        let due = callRetries.filter { $0.due <= time }
        if !due.isEmpty {
            callRetries.removeAll { $0.due <= time }
            for retry in due { retry.action() }
        }
        releaseRetries(time)
        sendSamples(time)
        expire(time)
        checkConnections(time)
        for endpoint in servers.keys.sorted(by: { $0.description < $1.description }) {
            if let server = servers[endpoint], !server.ready.isEmpty { markDirty(server) }
        }
        for retry in callRetries { wake(at: retry.due) }
        for group in retries { wake(at: group.due) }
        if samplesAt < Int64.max { wake(at: samplesAt) }
    }

    /// Ends batches and calls whose time is up.
    private func expire(_ time: Int64) {
        var hasEnded = false
        for job in jobs {
            guard let job, job.deadline <= time else { continue }
            hasEnded = true
            let cause = job.lastError ?? lookupTrouble
            let text = cause.map { "time is up; the last error was: \($0.description)" } ?? "time is up"
            let error = HBaseError(
                .timedOut, text, className: cause?.className ?? "", region: cause?.region,
                server: cause?.server, tries: cause?.tries ?? 0, hint: cause?.hint)
            for index in 0..<job.count where !job.isDone(index) { job.fail(index, error) }
            complete(job)
        }
        if hasEnded { releaseEnded() }
        for call in calls where !call.isFinished && call.deadline <= time {
            let cause = call.lastError ?? lookupTrouble
            let text = cause.map { "time is up; the last error was: \($0.description)" } ?? "time is up"
            call.finish(
                .failure(
                    HBaseError(
                        .timedOut, text, className: cause?.className ?? "", tries: call.tries,
                        hint: cause?.hint)))
        }
        calls.removeAll { $0.isFinished }
    }

    /// Why regions have not been found so far: what waits for them has no error of its own yet.
    private var lookupTrouble: HBaseError? {
        for call in calls where !call.isFinished && call.call.place?.table == .meta {
            if let error = call.lastError { return error }
        }
        return nil
    }
}
