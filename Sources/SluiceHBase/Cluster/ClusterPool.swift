public import SluiceBase
public import SluiceHBaseClient
import SluiceNet

/// The clients of a process, one per cluster and settings, shared by tables and subtasks. A client is closed when
/// the last lease of it is gone.
public final class ClusterPool: Sendable {
    private struct Entry {
        var client: HBaseClient
        var leases: Int
    }

    public typealias Factory = @Sendable (ClientSettings, ClusterOptions) throws(SQLError) -> HBaseClient

    private let entries = Lock<[ClusterOptions: Entry]>([:])
    private let make: Factory

    public init(_ make: @escaping Factory) { self.make = make }

    /// Real clients, each with a thread of its own.
    public convenience init() {
        self.init { (settings, options) throws(SQLError) in
            do throws(NetworkError) {
                return try HBaseClient(settings)
            } catch {
                throw SQLError(.connectorIO, "a client of the HBase cluster cannot be made: \(error.message)")
            }
        }
    }

    public func lease(_ options: ClusterOptions) throws(SQLError) -> ClusterLease {
        let client = try entries.withLock { (entries) throws(SQLError) -> HBaseClient in
            if let entry = entries[options] {
                entries[options]?.leases += 1
                return entry.client
            }
            let made = try make(options.settings, options)
            entries[options] = Entry(client: made, leases: 1)
            return made
        }
        return ClusterLease(self, options, client)
    }

    fileprivate func giveBack(_ options: ClusterOptions) {
        let idle = entries.withLock { entries -> HBaseClient? in
            guard let entry = entries[options] else { return nil }
            if entry.leases > 1 {
                entries[options]?.leases -= 1
                return nil
            }
            entries[options] = nil
            return entry.client
        }
        idle?.close()
    }
}

/// Keeps a client open.
public final class ClusterLease: Sendable {
    public let client: HBaseClient
    private let pool: ClusterPool
    private let options: ClusterOptions

    init(_ pool: ClusterPool, _ options: ClusterOptions, _ client: HBaseClient) {
        self.pool = pool
        self.options = options
        self.client = client
    }

    deinit { pool.giveBack(options) }
}

extension ClusterOptions.Kerberos {
    var settings: KerberosSettings {
        var login = KerberosLogin.cache(nil)
        if let keytab, let principal { login = .keytab(principal: principal, file: keytab) }
        func server(_ name: String?) -> ServerPrincipal { name.map { .named($0) } ?? .asked }
        var settings = KerberosSettings(
            login, regionServer: server(regionServerPrincipal), master: server(masterPrincipal))
        settings.protections = protections.compactMap { SASLProtection(name: $0) }
        settings.allowsSimpleFallback = allowsSimpleFallback
        return settings
    }
}

extension ClusterOptions {
    public var settings: ClientSettings {
        let source: ClientSettings.Registry
        switch registry {
        case .zooKeeper(let quorum, let parent): source = .zooKeeper(quorum: quorum, parent: parent)
        case .servers(let servers): source = .servers(servers)
        }
        var settings = ClientSettings(registry: source, user: user)
        if let kerberos { settings.authentication = .kerberos(kerberos.settings) }
        settings.tls = tls
        settings.zooKeeperTLS = zooKeeperTLS
        settings.zooKeeperPrincipal = zooKeeperPrincipal.map { .named($0) }
        settings.cellBlockCompression = compression
        settings.rpcTimeoutNanos = Int64(rpcTimeoutMillis) * 1_000_000
        settings.operationTimeoutNanos = Int64(operationTimeoutMillis) * 1_000_000
        settings.pauseNanos = Int64(pauseMillis) * 1_000_000
        settings.overloadedPauseNanos = overloadedPauseMillis.map { Int64($0) * 1_000_000 }
        settings.maxRetries = maxRetries
        return settings
    }
}
