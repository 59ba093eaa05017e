import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph

/// Puts a sink on a plan: checks that it takes what the query produces (U13), asks the query for -U only if the sink
/// wants it, and enforces NOT NULL.
struct SinkBuilder {
    let target: InsertBinder.Target

    init(_ target: InsertBinder.Target) { self.target = target }

    func build(_ plan: LogicalPlan, _ builder: inout GraphBuilder) throws(SQLError) {
        let produced = builder.inference.kinds(of: plan)
        guard let traits = try target.connector.sinkTraits(target.table, input: produced) else {
            throw SQLError(
                .unsupported,
                "table \"\(target.table.name)\" cannot be written: connector '\(target.connector.names[0])' is no sink",
                span: target.span)
        }
        if let option = traits.batchOnly, builder.isStreaming {
            throw SQLError(
                .streamingRefused,
                "table \"\(target.table.name)\" takes the rows of batch jobs only, because of \(option)",
                span: target.span,
                hint: "SET 'execution.runtime-mode' = 'batch', or write without it")
        }
        let wantsBefore = traits.accepts.contains(.updateBefore)
        var arriving = produced
        if !wantsBefore { arriving.remove(.updateBefore) }
        guard arriving.isSubset(of: traits.accepts) else { throw mismatch(plan, traits.accepts, builder) }
        let key = wantsBefore || arriving.isAppendOnly ? nil : foreignKey(plan, builder)
        var id = try builder.build(plan, needsUpdateBefore: wantsBefore || key != nil)
        if let key {
            arriving.formUnion([.insert, .updateAfter, .delete])
            id = builder.add(
                .upsertMaterialize(UpsertMaterializeNode(keys: key)), plan,
                inputs: [builder.edge(from: id, keys: key, parallelism: builder.keyed(key))],
                changelog: arriving, parallelism: builder.keyed(key),
                name: "UpsertMaterialize(key=[\(key.map { plan.fields[$0].name }.joined(separator: ", "))])")
        } else if !wantsBefore && builder.nodes[id].changelog.contains(.updateBefore) {
            id = builder.add(
                .dropUpdateBefore, plan, inputs: [JobEdge(from: id)], changelog: arriving,
                parallelism: builder.nodes[id].parallelism, name: "DropUpdateBefore")
        }
        var request = target.request
        request.input = arriving
        let node = SinkNode(
            connector: target.connector.names[0], table: target.table, request: request,
            notNull: target.notNull)
        // One writer keeps the order of updates; appended rows may have several.
        let parallelism = arriving.isAppendOnly ? builder.nodes[id].parallelism : 1
        _ = builder.add(
            .sink(node), schema: plan.schema, inputs: [builder.edge(from: id, parallelism: parallelism)],
            changelog: arriving, parallelism: parallelism, name: name(plan, traits), span: target.span)
    }

    private func name(_ plan: LogicalPlan, _ traits: SinkTraits) -> String {
        let fields = plan.fields.map(\.name).joined(separator: ", ")
        let parts = ["table=[\(target.table.name)]", "fields=[\(fields)]"] + traits.details
        return "Sink(\(parts.joined(separator: ", ")))"
    }

    /// The sink's key, as columns of the plan, if the rows of the plan have another one: an update may then leave a row
    /// under its old key, and two rows may have one key; or if an update may come out as its -U alone. Nil: dropping -U
    /// is enough.
    private func foreignKey(_ plan: LogicalPlan, _ builder: GraphBuilder) -> [Int]? {
        var key = target.table.primaryKey
        if key.isEmpty {
            // A row key is one without being declared.
            key = (try? target.connector.lookupTraits(target.table))?.keyColumns ?? []
        }
        let positions = key.compactMap { target.request.columns.firstIndex(of: $0) }
        guard !positions.isEmpty, positions.count == key.count else { return nil }
        let keys = UpsertKeys(functions: builder.functions)
        let hasDeletes = builder.inference.kinds(of: plan).contains(.delete)
        let isSafe =
            keys.areKey(positions, of: plan, hasDeletes: hasDeletes)
            && !keys.losesUpdates(plan, builder.inference)
        return isSafe ? nil : positions
    }

    private func mismatch(_ plan: LogicalPlan, _ accepts: ChangelogMode, _ builder: GraphBuilder) -> SQLError
    {
        var notes = [SQLError.Note("sink: connector \(target.connector.names[0]), takes \(accepts)")]
        if let origin = updatingNode(plan, builder) {
            notes.append(
                SQLError.Note("updates start here \(builder.inference.kinds(of: origin))", span: origin.span))
        }
        return SQLError(
            .changelogMismatch,
            "table \"\(target.table.name)\" accepts only inserted rows, but this query also updates rows",
            span: target.span, notes: notes,
            hint: "close the groups with a window, or write to a sink with a PRIMARY KEY that takes updates")
    }

    /// The lowest node that makes updates.
    private func updatingNode(_ plan: LogicalPlan, _ builder: GraphBuilder) -> LogicalPlan? {
        guard !builder.inference.kinds(of: plan).isAppendOnly else { return nil }
        for input in plan.inputs {
            if let below = updatingNode(input, builder) { return below }
        }
        return plan
    }
}
