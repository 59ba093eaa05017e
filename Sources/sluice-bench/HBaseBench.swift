import Glibc
import SluiceBase
import SluiceHBaseClient
import SluiceNet
import Synchronization

/// Measures the HBase client against a real server, as HBase's own Java tool measures its client.
///
/// ```text
/// sluice-bench hbase-get      HOST:PORT TABLE ROWS SECONDS IN-FLIGHT   single gets of random rows
/// sluice-bench hbase-multiget HOST:PORT TABLE ROWS SECONDS BATCH       the same in batches, two on their way
/// sluice-bench hbase-put      HOST:PORT TABLE FAMILY:QUALIFIER ROWS [BYTES]
/// ```
/// HOST:PORT is ZooKeeper's. Rows are `row-00000000` upwards. Prints rate, CPU of the client and peak memory.
enum HBaseBench: String, CaseIterable {
    case get = "hbase-get"
    case multiget = "hbase-multiget"
    case put = "hbase-put"

    /// Returns a line to print, or why it failed.
    func run(_ arguments: [String]) -> Result<String, HBaseBenchFailure> {
        guard arguments.count >= 4, let server = HBaseBench.endpoint(arguments[0]) else {
            return .failure(HBaseBenchFailure(text: "wrong arguments for \(rawValue)"))
        }
        let settings = ClientSettings(
            registry: .zooKeeper(quorum: [server], parent: "/hbase"), user: "bench")
        do {
            let client = try HBaseClient(settings)
            defer { client.close() }
            let table = HBaseTable(arguments[1])
            switch self {
            case .get, .multiget:
                guard arguments.count == 5, let rows = Int(arguments[2]), let seconds = Double(arguments[3]),
                    let width = Int(arguments[4])
                else { return .failure(HBaseBenchFailure(text: "wrong arguments for \(rawValue)")) }
                let load = ReadLoad(
                    client, table, rows: rows, seconds: seconds, batch: self == .get ? 1 : width)
                return load.run(inFlight: self == .get ? width : 3).map { "\(rawValue): \($0)" }
            case .put:
                guard let rows = Int(arguments[3]), let colon = arguments[2].firstIndex(of: ":") else {
                    return .failure(HBaseBenchFailure(text: "wrong arguments for \(rawValue)"))
                }
                let column = PreparedColumn(
                    family: [UInt8](arguments[2][..<colon].utf8),
                    qualifier: [UInt8](arguments[2][arguments[2].index(after: colon)...].utf8))
                let size = arguments.count > 4 ? Int(arguments[4]) ?? 16 : 16
                return WriteLoad(client, table, column, rows, size).run().map { "\(rawValue): \($0)" }
            }
        } catch {
            return .failure(HBaseBenchFailure(text: error.message))
        }
    }

    private static func endpoint(_ text: String) -> Endpoint? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        return Endpoint(host: String(text[..<colon]), port: port)
    }
}

struct HBaseBenchFailure: Error {
    var text: String
}

/// What a run cost.
struct HBaseBenchReport {
    private let started = SystemClock().monotonicNanos()
    private let before = HBaseBenchReport.usage()

    func line(operations: Int, found: Int) -> String {
        let seconds = Double(SystemClock().monotonicNanos() - started) / 1e9
        let after = HBaseBenchReport.usage()
        let micros = (after.cpu - before.cpu) * 1e6 / Double(max(operations, 1))
        return "\(operations) operations, \(found) cells, \(Int(Double(operations) / seconds)) a second, "
            + "\((micros * 100).rounded() / 100) us CPU each, peak \(after.peakKiB / 1024) MiB"
    }

    private static func usage() -> (cpu: Double, peakKiB: Int) {
        var usage = rusage()
        getrusage(0, &usage)  // RUSAGE_SELF
        let user = Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1e6
        let system = Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) / 1e6
        return (user + system, Int(usage.ru_maxrss))
    }
}

/// A counter that somebody waits for.
final class HBaseBenchSignal: Sendable {
    private let count: Monitor<Int>

    init(_ count: Int) { self.count = Monitor(count) }

    func signal() { count.change { $0 += 1 } }

    func wait() {
        count.wait { count -> Bool? in
            guard count > 0 else { return nil }
            count -= 1
            return true
        }
    }
}

func hbaseBenchRow(_ number: Int, _ row: inout [UInt8]) {
    var rest = number
    for index in stride(from: 11, through: 4, by: -1) {
        row[index] = UInt8(ascii: "0") + UInt8(rest % 10)
        rest /= 10
    }
}
