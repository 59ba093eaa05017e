import SluiceBase
public import SluiceNet
import Synchronization

/// A client of one HBase cluster, for any thread: hands batches and calls to a `ClientCore` on a loop thread
/// of its own.
///
/// Nothing blocks. Completions are called on the loop thread and must return quickly; they may submit more
/// work. Every batch and call is completed exactly once, at the latest when its time is up or the client is
/// closed. Back-pressure is the caller's: `queuedOperations` and `queuedBytes` tell what was submitted and
/// not yet answered.
public final class HBaseClient: Sendable {
    public let settings: ClientSettings
    private let mailbox: ClientMailbox
    private let wake: @Sendable () -> Void
    private let loop: LoopThread?

    /// Starts a loop thread. Errors: the system has no thread or descriptor left.
    public convenience init(
        _ settings: ClientSettings, authenticator: (any Authenticator)? = nil
    ) throws(NetworkError) {
        try self.init(settings, authenticator: authenticator, seed: UInt64.random(in: 0...UInt64.max))
    }

    private init(_ settings: ClientSettings, authenticator: (any Authenticator)?, seed: UInt64)
        throws(NetworkError)
    {
        let mailbox = ClientMailbox()
        let authenticator: (any Authenticator)? = authenticator ?? Self.authenticator(settings)
        let loop = try LoopThread(name: "hbase-client") { transport in
            ClientCore(
                settings, transport: transport, mailbox: mailbox, seed: seed, authenticator: authenticator,
                wake: transport.wake)
        }
        self.settings = settings
        self.mailbox = mailbox
        self.loop = loop
        wake = { loop.wake() }
    }

    /// nil: the settings want no Kerberos.
    public static func authenticator(_ settings: ClientSettings) -> (any Authenticator)? {
        guard case .kerberos(let kerberos) = settings.authentication else { return nil }
        return KerberosAuthenticator(kerberos.login, accepted: kerberos.protections)
    }

    private init(_ settings: ClientSettings, _ mailbox: ClientMailbox, _ wake: @escaping @Sendable () -> Void)
    {
        self.settings = settings
        self.mailbox = mailbox
        self.wake = wake
        loop = nil
    }

    /// A client on a transport of the caller's: `handler` is to hear the transport's events, and `woken`
    /// after every call of `wake`.
    public static func on(
        _ transport: any Transport, _ settings: ClientSettings, seed: UInt64,
        authenticator: (any Authenticator)? = nil, wake: @escaping @Sendable () -> Void
    ) -> (client: HBaseClient, handler: any TransportHandler) {
        let mailbox = ClientMailbox()
        let core = ClientCore(
            settings, transport: transport, mailbox: mailbox, seed: seed, authenticator: authenticator,
            wake: wake)
        return (HBaseClient(settings, mailbox, wake), core)
    }

    /// Operations of batches that are not yet answered.
    public var queuedOperations: Int { mailbox.operations.load(ordering: .relaxed) }
    /// About the bytes that those hold.
    public var queuedBytes: Int { mailbox.bytes.load(ordering: .relaxed) }

    /// Reads rows. `timeoutNanos`: from now, for all tries; nil: the settings' operation timeout.
    public func get(
        _ batch: GetBatch, timeoutNanos: Int64? = nil,
        _ completion: @escaping @Sendable (RowResults) -> Void
    ) {
        mailbox.add(
            operations: batch.keys.count, bytes: batch.keys.bytes.count + batch.keys.count * 16)
        post(.get(batch, timeoutNanos, completion))
    }

    /// Applies mutations; those of one row in their order, also over several batches.
    public func mutate(
        _ batch: MutationBatch, timeoutNanos: Int64? = nil,
        _ completion: @escaping @Sendable (MutationResults) -> Void
    ) {
        mailbox.add(operations: batch.count, bytes: batch.byteCount + batch.count * 16)
        post(.mutate(batch, timeoutNanos, completion))
    }

    /// Calls one method of a service.
    public func call(
        _ call: HBaseCall, _ completion: @escaping @Sendable (Result<HBaseReply, HBaseError>) -> Void
    ) {
        post(.call(call, completion))
    }

    /// All regions of a table that are open, read anew, in the order of their keys.
    public func regions(
        of table: HBaseTable, _ completion: @escaping @Sendable (Result<[RegionLocation], HBaseError>) -> Void
    ) {
        post(.regions(table, completion))
    }

    /// Calls `action` on the loop thread after so many nanoseconds, or when the client is closed.
    func after(nanos: Int64, _ action: @escaping @Sendable () -> Void) {
        post(.later(max(nanos, 0), action))
    }

    public func metrics(_ completion: @escaping @Sendable (ClientMetrics) -> Void) {
        post(.metrics(completion))
    }

    /// Fails everything that is not yet answered, and ends the connections. Nothing is done after it.
    public func close() {
        post(.close)
    }

    private func post(_ work: ClientMailbox.Post) {
        if mailbox.post(work) { wake() }
    }
}
