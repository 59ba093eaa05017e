/// What became of a shipment.
public enum ShipmentVerdict: Sendable {
    /// Kept for good: the source may forget it.
    case kept
    /// There is no room now: the source is to ship it again.
    case busy
    /// It could not be kept; why, in one sentence. The source is to ship it again.
    case failed(String)
}

/// Keeps what sources ship. Called on the loop's thread: it must not wait there.
public protocol ReplicationSink: Sendable {
    /// `done` is called once, on any thread; until then the source ships nothing more of what this shipment is about.
    func keep(_ entries: [WALEntry], _ done: @escaping @Sendable (ShipmentVerdict) -> Void)
}
