import SluiceBase
import SluiceNet

/// What a receiver's owner can see of it, from any thread.
final class ReceiverState: Sendable {
    struct Values: Sendable {
        var registration = PeerRegistration.Status.connecting
        var registeredMillis: Int64? {
            if case .registered(let time) = registration { return time }
            return nil
        }
        /// Open connections.
        var sources = 0
        var shipments = 0
        /// Shipments that were not kept and will come again.
        var refusals = 0
        /// Trouble is worth telling when it ends a time in which all was well.
        mutating func take(_ status: PeerRegistration.Status) {
            if registeredMillis != nil, case .troubled(let reason) = status {
                note("region servers may not have found this peer for a while: \(reason)")
            }
            registration = status
        }

        /// The last things worth telling, oldest first; the same thing once.
        private(set) var notes: [String] = []

        mutating func note(_ text: String) {
            if notes.last == text { return }
            notes.append(text)
            if notes.count > 16 { notes.removeFirst() }
        }

        mutating func takeNotes() -> [String] {
            defer { notes = [] }
            return notes
        }
    }

    private let values = Lock(Values())
    private let changed: @Sendable () -> Void

    /// `changed` is called after each change, on the thread that made it.
    init(_ changed: @escaping @Sendable () -> Void) { self.changed = changed }

    func change(_ body: (inout Values) -> Void) {
        values.withLock { body(&$0) }
        changed()
    }

    var current: Values { values.withLock { $0 } }

    func takeNotes() -> [String] { values.withLock { $0.takeNotes() } }
}

/// What other threads have for a receiver.
final class ReceiverMailbox: Sendable {
    struct Answer: Sendable {
        var connection: ConnectionID
        var callID: UInt32
        var bytes: Int
    }

    enum Post: Sendable {
        case answer(Answer, ShipmentVerdict)
        /// A ticket for ZooKeeper is there, or will not come.
        case authenticated(ConnectionID, Result<PreparedAuthentication, AuthenticationError>)
        case removeNodes(of: [String])
        case end(removesNodes: Bool)
    }

    private let posts = Lock<[Post]>([])

    func post(_ post: Post) { posts.withLock { $0.append(post) } }

    func take() -> [Post] {
        posts.withLock { posts in
            defer { posts = [] }
            return posts
        }
    }
}
