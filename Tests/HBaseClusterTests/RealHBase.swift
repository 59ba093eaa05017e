import Glibc
import SluiceBase
import SluiceNet

/// A real HBase for the tests: one that `SLUICE_TEST_HBASE` points to (`host:port,…` of ZooKeeper, with `/parent` when
/// it is not `/hbase`), or one of our own from the scripts beside the checkout, in a folder that goes with the
/// process. An own one can be broken (`kill`) and asked by HBase's own client (`tool`).
final class RealHBase: Sendable {
    /// What is switched on besides the plain cluster.
    struct Options: Sendable, Hashable {
        var regionServers = 0
        var kerberos = false
        var tls = false
        var properties: [String] = []
    }

    let quorum: [Endpoint]
    let parent: String
    /// nil: somebody else's.
    let folder: String?
    /// What `start` printed, by name.
    let settings: [String: String]

    private init(quorum: [Endpoint], parent: String, folder: String?, settings: [String: String]) {
        self.quorum = quorum
        self.parent = parent
        self.folder = folder
        self.settings = settings
    }

    // MARK: Where it comes from

    /// The folder with the scripts; nil where there is none.
    static let scripts: String? = {
        var path = #filePath
        for _ in 0..<3 { path = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }
        let candidate = path + "/../shared/servers"
        return access("\(candidate)/hbase.sh", X_OK) == 0 ? candidate : nil
    }()

    private static let external: String? = getenv("SLUICE_TEST_HBASE").map { String(cString: $0) }

    /// Whether tests that need a cluster can run; says why when they cannot.
    static let isAvailable: Bool = {
        if let external, !external.isEmpty { return true }
        return canStart
    }()

    /// Whether a cluster of our own can be started.
    static let canStart: Bool = {
        guard scripts != nil else {
            print("SKIPPED: tests on a real HBase; no ../shared/servers, and SLUICE_TEST_HBASE is not set")
            return false
        }
        for program in ["java", "python3", "setsid"] where !isInstalled(program) {
            print("SKIPPED: tests on a real HBase; \(program) is not installed")
            return false
        }
        return true
    }()

    static let canStartSecure: Bool = {
        guard canStart else { return false }
        for program in ["krb5kdc", "kadmin.local", "openssl", "keytool"] where !isInstalled(program) {
            print("SKIPPED: tests on a secured HBase; \(program) is not installed")
            return false
        }
        return true
    }()

    private static func isInstalled(_ program: String) -> Bool {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return (path + ":/usr/sbin:/sbin").split(separator: ":").contains {
            access("\($0)/\(program)", X_OK) == 0
        }
    }

    private static let clusters = Lock<[Options: RealHBase]>([:])

    /// The cluster with these options, started when it is first asked for. Beside the plain one with two region
    /// servers only one runs at a time.
    static func cluster(_ options: Options = Options(regionServers: 2)) throws -> RealHBase {
        try clusters.withLock { running in
            if let known = running[options] { return known }
            if let external, !external.isEmpty, !options.kerberos, !options.tls {
                let found = try parse(external)
                running[options] = found
                return found
            }
            for (other, cluster) in running where other != Options(regionServers: 2) {
                cluster.stop()
                running[other] = nil
            }
            let started = try start(options)
            running[options] = started
            return started
        }
    }

    private static func parse(_ text: String) throws -> RealHBase {
        let parts = text.split(separator: "/", maxSplits: 1)
        let quorum = try (parts.first ?? "").split(separator: ",").map { try endpoint($0) }
        return RealHBase(
            quorum: quorum, parent: parts.count > 1 ? "/\(parts[1])" : "/hbase", folder: nil, settings: [:])
    }

    private static func endpoint(_ text: Substring) throws -> Endpoint {
        let parts = text.split(separator: ":")
        guard let host = parts.first, let port = parts.count > 1 ? UInt16(parts[1]) : 2181 else {
            throw Subprocess.Failure(description: "\"\(text)\" is no host:port")
        }
        return Endpoint(host: String(host), port: port)
    }

    // MARK: Start and stop

    private static func start(_ options: Options) throws -> RealHBase {
        guard let scripts else { throw Subprocess.Failure(description: "no scripts") }
        let folder = "/tmp/sluice-hbase-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        guard mkdir(folder, 0o700) == 0 else { throw Subprocess.Failure(description: "no folder \(folder)") }
        try watch(folder)
        var words = ["\(scripts)/hbase.sh", "start", "\(folder)/hbase"]
        if options.regionServers > 0 { words += ["--region-servers", "\(options.regionServers)"] }
        var settings: [String: String] = [:]
        if options.kerberos {
            let lines = try Subprocess.check(["\(scripts)/kdc.sh", "start", "\(folder)/kdc"])
            settings.merge(pairs(lines)) { $1 }
            words += ["--kerberos", "\(folder)/kdc"]
        }
        if options.tls { words.append("--tls") }
        // Edits are shipped within a second, also those of a server that died.
        words += ["replication.source.maxretriesmultiplier=5", "replication.sleep.before.failover=1000"]
        words += options.properties
        print("starting HBase in \(folder)")
        settings.merge(pairs(try Subprocess.check(words, seconds: 180))) { $1 }
        let quorum = try (settings["zookeeper.quorum"] ?? "").split(separator: ",").map { try endpoint($0) }
        return RealHBase(
            quorum: quorum, parent: settings["zookeeper.znode.parent"] ?? "/hbase", folder: folder,
            settings: settings)
    }

    private static func pairs(_ lines: String) -> [String: String] {
        var result: [String: String] = [:]
        for line in lines.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { result[String(parts[0])] = String(parts[1]) }
        }
        return result
    }

    /// Leaves a process behind that ends what runs in the folder as soon as this process is gone, however it went.
    private static func watch(_ folder: String) throws {
        try Subprocess.detach(["/bin/bash", "-c", watchdog, "watchdog", "\(getpid())", folder])
    }

    /// Every process of the folder was started by its scripts, which keep their numbers there.
    private static let watchdog = """
        while kill -0 "$1" 2>/dev/null && [ -d "$2" ]; do sleep 0.5; done
        for file in "$2"/*/run/*.pid; do [ -f "$file" ] && kill -KILL "$(cat "$file")" 2>/dev/null; done
        rm -rf "$2"
        """

    /// Kills it and removes its folder; the tables are of no use any more.
    func stop() {
        guard let folder else { return }
        _ = try? Subprocess.run([
            "/bin/bash", "-c",
            "for file in \"$1\"/*/run/*.pid; do [ -f \"$file\" ] && kill -KILL \"$(cat \"$file\")\"; done; rm -rf \"$1\"",
            "stop", folder,
        ])
    }

    // MARK: What HBase's own tools do

    /// HBase's own client with a command.
    @discardableResult
    func tool(_ words: String..., seconds: Int = 120) throws -> String {
        try Subprocess.check(script("tool", words), seconds: seconds)
    }

    /// Several commands on one connection.
    @discardableResult
    func tool(lines: [String], seconds: Int = 120) throws -> String {
        let text = lines.joined(separator: "\n") + "\n"
        return try Subprocess.check(script("tool", []), input: Array(text.utf8), seconds: seconds)
    }

    /// kill -9 of one process of the cluster, such as `region-server-1`.
    func kill(_ process: String) throws { _ = try Subprocess.check(script("kill", [process])) }

    func restart(_ process: String) throws { _ = try Subprocess.check(script("restart", [process])) }

    private func script(_ action: String, _ words: [String]) -> [String] {
        ["\(Self.scripts ?? "")/hbase.sh", action, "\(folder ?? "")/hbase"] + words
    }
}
