import Glibc

/// Benchmarks of the engine below SQL, each a hand-wired job over a file of bids.
///
/// ```text
/// sluice-bench generate FILE ROWS      write bids as lines of JSON, or CSV by the name
/// sluice-bench QUERY FILE [REPEATS]    run a query, print rows per CPU second
/// sluice-bench baseline SUBJECT        run a subject of the instruction counts
/// sluice-bench DECODER FILE [REPEATS]  run a decoder or encoder alone over the file in memory
/// sluice-bench log FOLDER [RECORDS] [BYTES]   append to the embedded log and read it
/// sluice-bench hbase-get|hbase-multiget|hbase-put …   see `HBaseBench`
/// ```
@main
struct Bench {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count >= 2 else { fail(usage) }
        if arguments[0] == "baseline" {
            guard let subject = Baseline(rawValue: arguments[1]) else { fail(usage) }
            if let message = subject.run() { fail("\(subject.rawValue): \(message)") }
            return
        }
        if arguments[0] == "generate" {
            guard arguments.count == 3, let rows = Int(arguments[2]) else { fail(usage) }
            guard BidGenerator.write(rows, to: arguments[1]) else { fail("cannot write \(arguments[1])") }
            return
        }
        if arguments[0] == "log", arguments.count > 1 {
            switch LogBench.run(Array(arguments.dropFirst())) {
            case .failure(let failure): fail(failure.text)
            case .success(let lines): for line in lines { print(line) }
            }
            return
        }
        if let bench = HBaseBench(rawValue: arguments[0]) {
            switch bench.run(Array(arguments.dropFirst())) {
            case .failure(let failure): fail(failure.text)
            case .success(let line): print(line)
            }
            return
        }
        if let bench = DecoderBench(rawValue: arguments[0]) {
            for _ in 0..<max(1, arguments.count > 2 ? Int(arguments[2]) ?? 1 : 3) {
                guard let line = bench.run(arguments[1]) else { fail("cannot decode \(arguments[1])") }
                print(line)
            }
            return
        }
        guard let query = BidQuery(rawValue: arguments[0]) else { fail(usage) }
        let repeats = arguments.count > 2 ? Int(arguments[2]) ?? 1 : 3
        for _ in 0..<max(1, repeats) { run(query, arguments[1]) }
    }

    private static func run(_ query: BidQuery, _ path: String) {
        let before = cpuSeconds()
        switch query.run(path) {
        case .failure(let failure): fail(failure.text)
        case .success(let result):
            let seconds = cpuSeconds() - before
            let rate = Double(result.rowsIn) / seconds / 1_000_000
            print(
                "\(query.rawValue): \(result.rowsIn) rows in, \(result.rowsOut) out, \(millis(seconds)) ms CPU, "
                    + "\((rate * 100).rounded() / 100) M rows per CPU second")
        }
    }

    private static func millis(_ seconds: Double) -> Int { Int((seconds * 1000).rounded()) }

    /// Of all threads, user and system.
    private static func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(0, &usage)  // RUSAGE_SELF
        let user = Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1_000_000
        let system = Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) / 1_000_000
        return user + system
    }

    private static let usage =
        "usage: sluice-bench generate FILE ROWS | sluice-bench QUERY FILE [REPEATS]"
        + " | sluice-bench baseline SUBJECT | sluice-bench log FOLDER [RECORDS] [BYTES]\nqueries: "
        + BidQuery.allCases.map(\.rawValue).joined(separator: ", ")
        + "\nsubjects: " + Baseline.allCases.map(\.rawValue).joined(separator: ", ")
        + "\ndecoders: " + DecoderBench.allCases.map(\.rawValue).joined(separator: ", ")

    private static func fail(_ message: String) -> Never {
        print(message)
        exit(2)
    }
}
