/// The tokens of one login to ZooKeeper: its requests carry SASL's messages, and the answer to the last of them, which
/// may be empty, says that it was taken. Source: ZooKeeper `ZooKeeperSaslClient`, `ZooKeeperSaslServer`.
struct ZooKeeperLogin {
    private let machine: any SASLMachine

    init(_ machine: any SASLMachine) { self.machine = machine }

    func first() throws(AuthenticationError) -> [UInt8] {
        do { return try machine.firstToken() } catch { throw AuthenticationError(any: error) }
    }

    /// The token to send next; nil: the server has taken the last one.
    func answer(_ token: [UInt8]?) throws(AuthenticationError) -> [UInt8]? {
        if machine.isComplete { return nil }
        do {
            return try (token ?? []).withUnsafeBytes { try machine.answer($0) } ?? []
        } catch { throw AuthenticationError(any: error) }
    }
}
