/// The keys of SET that sluice knows: those it honours and those it accepts because Flink has them.
public enum SettingKeys {
    public enum Kind: Sendable {
        case text, boolean, integer, duration, memory
        case choice([String])
    }

    public struct Key: Sendable {
        public var name: String
        public var kind: Kind
        public var defaultText: String
        /// False: accepted and kept, but nothing here depends on it.
        public var isHonoured: Bool
    }

    public static let all: [Key] = honoured + accepted

    public static func find(_ name: String) -> Key? { all.first { $0.name == name } }

    private static func key(_ name: String, _ kind: Kind, _ text: String) -> Key {
        Key(name: name, kind: kind, defaultText: text, isHonoured: true)
    }

    private static func ignored(_ name: String, _ kind: Kind = .text, _ text: String = "") -> Key {
        Key(name: name, kind: kind, defaultText: text, isHonoured: false)
    }

    private static let honoured: [Key] = [
        key("execution.runtime-mode", .choice(["streaming", "batch", "automatic"]), "streaming"),
        key("parallelism.default", .integer, "1"),
        key("pipeline.max-parallelism", .integer, "-1"),
        key("pipeline.name", .text, ""),
        key("pipeline.auto-watermark-interval", .duration, "200 ms"),
        key("table.local-time-zone", .text, "default"),
        key("table.exec.state.ttl", .duration, "0 ms"),
        key("table.exec.source.idle-timeout", .duration, "0 ms"),
        key("table.exec.sink.not-null-enforcer", .choice(["ERROR", "DROP"]), "ERROR"),
        key("table.exec.legacy-cast-behaviour", .choice(["ENABLED", "DISABLED"]), "DISABLED"),
        key("table.exec.async-lookup.buffer-capacity", .integer, ""),
        key("table.exec.async-lookup.timeout", .duration, ""),
        key("table.exec.async-lookup.output-mode", .choice(["ORDERED", "ALLOW_UNORDERED"]), "ORDERED"),
        key("table.dynamic-table-options.enabled", .boolean, "true"),
        key("table.dml-sync", .boolean, "false"),
        key("sql-client.execution.result-mode", .choice(["table", "changelog", "tableau"]), "table"),
    ]

    private static let accepted: [Key] = [
        ignored("pipeline.object-reuse", .boolean),
        ignored("pipeline.watermark-alignment.allow-unaligned-source-splits", .boolean),
        ignored("state.backend.type"), ignored("state.backend"), ignored("state.checkpoints.dir"),
        ignored("state.savepoints.dir"), ignored("execution.checkpointing.interval", .duration),
        ignored("execution.checkpointing.mode"), ignored("execution.checkpointing.timeout", .duration),
        ignored("execution.checkpointing.min-pause", .duration), ignored("execution.checkpointing.dir"),
        ignored("execution.checkpointing.savepoint-dir"), ignored("execution.state-recovery.path"),
        ignored("execution.savepoint.path"), ignored("restart-strategy.type"),
        ignored("table.exec.source.cdc-events-duplicate", .boolean),
        ignored("table.exec.source.rowtime-null-handling"), ignored("table.exec.sink.type-length-enforcer"),
        ignored("table.exec.sink.upsert-materialize"), ignored("table.exec.sink.keyed-shuffle"),
        ignored("table.exec.mini-batch.enabled", .boolean),
        ignored("table.exec.mini-batch.allow-latency", .duration),
        ignored("table.exec.mini-batch.size", .integer),
        ignored("table.exec.resource.default-parallelism", .integer),
        ignored("table.exec.emit.early-fire.enabled", .boolean),
        ignored("table.exec.emit.late-fire.enabled", .boolean),
        ignored("table.exec.emit.allow-lateness", .duration), ignored("table.optimizer.agg-phase-strategy"),
        ignored("table.optimizer.distinct-agg.split.enabled", .boolean),
        ignored("table.optimizer.join-reorder-enabled", .boolean),
        ignored("table.optimizer.multi-join.enabled", .boolean),
        ignored("table.optimizer.reuse-sub-plan-enabled", .boolean),
        ignored("table.optimizer.source.predicate-pushdown-enabled", .boolean),
        ignored("table.optimizer.non-deterministic-update.strategy"),
        ignored("table.optimizer.delta-join.strategy"),
        ignored("sql-client.execution.max-table-result.rows", .integer),
        ignored("sql-client.verbose", .boolean), ignored("sql-client.display.color-schema"),
        ignored("sql-client.display.print-time-cost", .boolean),
        ignored("sql-client.display.show-line-numbers", .boolean), ignored("sql-client.prompt"),
        ignored("table.display.max-column-width", .integer),
        ignored("sql-client.display.max-column-width", .integer),
    ]
}
