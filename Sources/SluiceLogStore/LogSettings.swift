/// How a partition's files are cut and when they are removed.
public struct LogSettings: Sendable, Hashable {
    /// A segment of this size is finished and the next one begun.
    public var segmentBytes: Int64
    /// Segments to which nothing was added for so long are removed; nil: never.
    public var retentionMillis: Int64?
    /// The oldest finished segments are removed while a partition is larger; nil: never.
    public var retentionBytes: Int64?

    public init(
        segmentBytes: Int64 = 64 << 20, retentionMillis: Int64? = nil, retentionBytes: Int64? = nil
    ) {
        self.segmentBytes = segmentBytes
        self.retentionMillis = retentionMillis
        self.retentionBytes = retentionBytes
    }
}
