public import SluiceBase
public import SluiceColumns

/// What an expression may ask of its surroundings. A value; one per job, with the marks of the batch filled in.
public struct EvalContext: Sendable {
    public var clock: any Clock
    /// The session's zone, `table.local-time-zone`.
    public var zone: TimeZoneRules
    /// Batch mode: the instant that all time functions answer (D2), in microseconds. Streaming: nil, evaluated per row.
    public var statementMicros: Int64?
    /// `table.exec.legacy-cast-behaviour`: CAST behaves like TRY_CAST.
    public var legacyCasts: Bool
    public var currentDatabase: String
    /// Watermark marks of the batch at hand, for CURRENT_WATERMARK (T10).
    public var marks: [WatermarkMark]
    /// The watermark before the first row of the batch; nil before the first one.
    public var watermarkBefore: Int64?
    /// Seeds RAND without a seed, and UUID.
    public var random: any Random

    public init(
        clock: any Clock, zone: TimeZoneRules = .utc, statementMicros: Int64? = nil,
        legacyCasts: Bool = false,
        currentDatabase: String = "default_database", random: any Random = SeededRandom(seed: 0)
    ) {
        self.clock = clock
        self.zone = zone
        self.statementMicros = statementMicros
        self.legacyCasts = legacyCasts
        self.currentDatabase = currentDatabase
        self.marks = []
        self.random = random
    }
}
