import Dispatch
import SluiceBase
import SluiceHBaseClient

/// Waits for a completion; fails the test by throwing when it does not come.
func wait<Value: Sendable>(
    seconds: Int = 120, _ body: (@escaping @Sendable (Value) -> Void) -> Void
) throws -> Value {
    let box = Lock<Value?>(nil)
    let done = DispatchSemaphore(value: 0)
    body { value in
        box.withLock { $0 = value }
        done.signal()
    }
    _ = done.wait(timeout: .now() + .seconds(seconds))
    guard let value = box.withLock({ $0 }) else {
        throw Subprocess.Failure(description: "no completion within \(seconds) s")
    }
    return value
}

/// Waits for a result, and throws its error.
func ask<Value: Sendable>(
    _ body: (@escaping @Sendable (Result<Value, HBaseError>) -> Void) -> Void
) throws -> Value {
    try wait(body).get()
}

/// The error that a result has.
func failure<Value: Sendable>(
    _ body: (@escaping @Sendable (Result<Value, HBaseError>) -> Void) -> Void
) throws -> HBaseError? {
    switch try wait(body) {
    case .success: return nil
    case .failure(let error): return error
    }
}

extension RealHBase {
    /// A client of this cluster.
    func client() throws -> HBaseClient {
        try HBaseClient(ClientSettings(registry: .zooKeeper(quorum: quorum, parent: parent), user: "tester"))
    }
}

func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }
func utf8(_ text: String) -> [UInt8] { [UInt8](text.utf8) }
