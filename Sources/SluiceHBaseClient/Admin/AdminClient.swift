import SluiceBase

/// Administration of a cluster: namespaces, tables, regions. For any thread; completions are called on the client's
/// loop thread.
///
/// The master answers most requests with the number of a procedure, which is asked after until it ends. Each request
/// has a nonce, so that one which is sent again stays one procedure.
public final class AdminClient: Sendable {
    public typealias Completion<Value> = @Sendable (Result<Value, HBaseError>) -> Void

    let client: HBaseClient
    private let random: Lock<RandomSource>
    private let nonceGroup: UInt64

    /// `seed`: for nonces; another one in each process.
    public init(_ client: HBaseClient, seed: UInt64) {
        self.client = client
        var source = RandomSource(seed: seed)
        nonceGroup = source.next() | 1
        random = Lock(source)
    }

    var nonce: Nonce { Nonce(group: nonceGroup, number: random.withLock { $0.next() | 1 }) }

    // MARK: calls

    /// Calls a method of the master and reads the answer.
    func ask<Value: Sendable>(
        _ method: StaticString, _ message: [UInt8],
        _ read: @escaping @Sendable (UnsafeRawBufferPointer) throws(WireError) -> Value,
        _ completion: @escaping Completion<Value>
    ) {
        let call = HBaseCall(service: .master, method: method, target: .master) { _ in message }
        client.call(call) { result in
            completion(result.flatMap { AdminClient.read($0.frame, read) })
        }
    }

    private static func read<Value>(
        _ frame: ResponseFrame, _ read: (UnsafeRawBufferPointer) throws(WireError) -> Value
    ) -> Result<Value, HBaseError> {
        do throws(WireError) {
            return .success(try frame.withMessage(read))
        } catch {
            return .failure(HBaseError(.malformed, "the master's answer: \(error)"))
        }
    }

    /// Calls a method that starts a procedure, and waits for its end.
    func run(_ method: StaticString, _ message: [UInt8], _ completion: @escaping Completion<Void>) {
        procedure(method, message) { result in completion(result.map { _ in }) }
    }

    /// The same, for those who want to know more; nil: the master did it without a procedure.
    func procedure(
        _ method: StaticString, _ message: [UInt8], _ completion: @escaping Completion<ProcedureResult?>
    ) {
        let left = client.settings.operationTimeoutNanos
        ask(method, message, AdminAnswers.procedure) { [self] result in
            switch result {
            case .failure(let error): completion(.failure(error))
            case .success(nil): completion(.success(nil))
            case .success(let number?):
                poll(number, "\(method)", pause: AdminClient.firstPause, left: left, completion)
            }
        }
    }

    // MARK: procedures

    private static let firstPause: Int64 = 20_000_000
    private static let longestPause: Int64 = 2_000_000_000

    /// Asks after a procedure, less and less often, for `left` nanoseconds.
    private func poll(
        _ number: UInt64, _ method: String, pause: Int64, left: Int64,
        _ completion: @escaping Completion<ProcedureResult?>
    ) {
        guard left > 0 else {
            let text = "procedure \(number) of \(method) did not end in time; it may still go on"
            completion(.failure(HBaseError(.timedOut, text)))
            return
        }
        client.after(nanos: pause) { [self] in
            let read: @Sendable (UnsafeRawBufferPointer) throws(WireError) -> ProcedureResult = {
                (bytes) throws(WireError) in try ProcedureResult(bytes)
            }
            ask("getProcedureResult", AdminRequests.procedureResult(number), read) { [self] result in
                switch result {
                case .failure(let error): completion(.failure(error))
                case .success(let procedure):
                    if let outcome = AdminClient.outcome(procedure, number, method) {
                        completion(outcome)
                        return
                    }
                    let next = min(pause * 3 / 2, AdminClient.longestPause)
                    self.poll(number, method, pause: next, left: left - pause, completion)
                }
            }
        }
    }

    /// nil while the procedure runs.
    private static func outcome(
        _ procedure: ProcedureResult, _ number: UInt64, _ method: String
    ) -> Result<ProcedureResult?, HBaseError>? {
        switch procedure.state {
        case .running: return nil
        case .finished:
            guard let exception = procedure.exception else { return .success(procedure) }
            return .failure(
                HBaseError(
                    ExceptionRule(exception).kind, exception.firstLine, className: exception.className))
        case .notFound:
            let text = "the master knows nothing of procedure \(number) of \(method) any more"
            return .failure(HBaseError(.other, text))
        }
    }
}

extension HBaseClient {
    /// Administration through this client. `seed`: see `AdminClient`.
    public func admin(seed: UInt64) -> AdminClient { AdminClient(self, seed: seed) }
}
