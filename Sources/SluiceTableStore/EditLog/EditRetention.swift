/// How much of a table's edit log stays. Edits go when there are too many of them or too many bytes, the oldest first.
/// Readers that registered hold back what they have not passed, up to a bound of their own: one that never comes back
/// does not fill the disk.
public struct EditRetention: Sendable, Hashable {
    /// What stays though nobody registered for it.
    public var edits: Int
    public var bytes: Int64
    /// What stays at most for those who registered.
    public var heldEdits: Int
    public var heldBytes: Int64

    public init(
        edits: Int = 100_000, bytes: Int64 = 64 << 20, heldEdits: Int = 2_000_000,
        heldBytes: Int64 = 1 << 30
    ) {
        self.edits = edits
        self.bytes = bytes
        self.heldEdits = max(heldEdits, edits)
        self.heldBytes = max(heldBytes, bytes)
    }
}
