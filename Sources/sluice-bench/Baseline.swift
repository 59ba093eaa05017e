import SluiceBase
import SluiceCatalog
import SluiceConnect
import SluiceEngine
import SluiceJobGraph
import SluicePlanner
import SluiceRuntime
import SluiceSyntax

/// What is measured by the number of its instructions: small, on one thread, the same in every run.
/// `Tests/Baselines/instructions` runs each under callgrind and compares with what is recorded.
enum Baseline: String, CaseIterable {
    /// Starting the program; taken off from the others.
    case nothing
    case lexer
    case parser
    case planner
    case kernels
    /// Aggregation per key in batch mode.
    case aggregate
    /// Aggregation per key that answers each row.
    case changelog
    case window
    case session
    case topn
    case join
    /// Rows by hash from two subtasks to two others.
    case exchange

    private static let table = """
        CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, ts TIMESTAMP(3),
          WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'prepared');
        CREATE TABLE nothing (a BIGINT, b BIGINT, c STRING) WITH ('connector' = 'blackhole');

        """

    private var query: String {
        switch self {
        case .nothing, .exchange: return "SELECT auction, bidder, channel FROM bids"
        case .lexer, .parser, .planner:
            return """
                SELECT b.auction, COUNT(DISTINCT b.bidder), MAX(CAST(b.price / 100 AS STRING) || ' EUR')
                FROM bids AS b JOIN (SELECT auction AS a, MIN(price) AS low FROM bids GROUP BY auction) AS m
                  ON b.auction = m.a AND b.price < m.low * 2
                WHERE b.channel LIKE 'channel-1%' AND (b.price BETWEEN 10 AND 5000 OR b.bidder IN (1, 2, 3))
                  AND CASE WHEN b.price > 7 THEN TRUE ELSE CHAR_LENGTH(b.channel) > 3 END
                GROUP BY b.auction HAVING COUNT(*) > 1
                """
        case .kernels:
            return """
                SELECT auction * 2 + bidder, ABS(price - 5000) / 3, UPPER(channel) || SUBSTRING(channel, 3, 4)
                FROM bids WHERE price > 500 AND CHAR_LENGTH(channel) > 3 AND MOD(bidder, 7) <> 3
                """
        case .aggregate, .changelog:
            return "SELECT auction, COUNT(*) + SUM(price), MAX(channel) FROM bids GROUP BY auction"
        case .window:
            return """
                SELECT auction, COUNT(*) + MAX(price), CAST(window_start AS STRING)
                FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '2' SECOND))
                GROUP BY auction, window_start, window_end
                """
        case .session:
            return """
                SELECT auction, COUNT(*) + MAX(price), CAST(window_start AS STRING)
                FROM TABLE(SESSION(TABLE bids PARTITION BY auction, DESCRIPTOR(ts), INTERVAL '1' SECOND))
                GROUP BY auction, window_start, window_end
                """
        case .topn:
            return """
                SELECT auction, rn, CAST(n AS STRING) FROM (
                  SELECT auction, n, ROW_NUMBER() OVER (ORDER BY n DESC) AS rn
                  FROM (SELECT auction, COUNT(*) AS n FROM bids GROUP BY auction)) WHERE rn <= 5
                """
        case .join:
            return
                "SELECT a.auction, b.price, b.channel FROM bids AS a JOIN bids AS b ON a.auction = b.bidder"
        }
    }

    /// A message if it cannot be run.
    func run() -> String? {
        do throws(SQLError) {
            switch self {
            case .nothing: return nil
            case .lexer:
                let bytes = Array(String(repeating: query + ";\n", count: 200).utf8)
                if Lexer.tokens(of: bytes).count < 200 { return "the text has too few tokens" }
            case .parser:
                let script = Parser.parseScript(String(repeating: query + ";\n", count: 100))
                if let error = script.errors.first { throw error }
            case .planner:
                let session = try Baseline.session(parallelism: 1, isBatch: false)
                for _ in 0..<20 { _ = try Baseline.plan("EXPLAIN " + query, session) }
            case .aggregate: return try runJob(parallelism: 1, isBatch: true)
            case .exchange: return try runJob(parallelism: 2, isBatch: false)
            default: return try runJob(parallelism: 1, isBatch: false)
            }
            return nil
        } catch { return error.message }
    }

    private static func session(parallelism: Int, isBatch: Bool) throws(SQLError) -> Session {
        let home = HomeFolder(environment: ["SLUICE_HOME": "/nonexistent"])
        let session = try Engine(
            home: home, clock: ManualClock(), random: SeededRandom(seed: 1),
            additional: [PreparedConnector()]
        ).session(.jobFile)
        _ = try session.settings.set("parallelism.default", "\(parallelism)", .commandLine)
        _ = try session.settings.set("table.local-time-zone", "UTC", .commandLine)
        if isBatch { _ = try session.settings.set("execution.runtime-mode", "batch", .commandLine) }
        _ = try plan(table, session)
        return session
    }

    /// Executes statements; the job of the last one that has one.
    private static func plan(_ text: String, _ session: Session) throws(SQLError) -> PlannedJob? {
        let script = Parser.parseScript(text)
        if let error = script.errors.first { throw error }
        var job: PlannedJob?
        for statement in script.statements {
            switch try session.execute(statement).result {
            case .query(let planned), .insert(let planned): job = planned
            case .done, .listing: break
            }
        }
        return job
    }

    private func runJob(parallelism: Int, isBatch: Bool) throws(SQLError) -> String? {
        let session = try Baseline.session(parallelism: parallelism, isBatch: isBatch)
        guard let job = try Baseline.plan("INSERT INTO nothing " + query, session) else {
            return "there is no job"
        }
        var graph = job.graph
        if self == .exchange {
            for at in graph.nodes.indices where !graph.nodes[at].inputs.isEmpty {
                graph.nodes[at].inputs[0].partitioning = .hash([0])
            }
        }
        let environment = JobEnvironment(connectors: session.engine.connectors, clock: ManualClock())
        do throws(JobError) {
            switch try SimulatedJob(graph, environment).run() {
            case .finished: return nil
            case .failed(let error): return error.cause.message
            case .cancelled, .stalled: return "the job did not end"
            }
        } catch { throw error.cause }
    }
}
