/// Changes of one row that wait together go together: as one change, which the server applies or refuses as a whole.
/// So a hot row needs a round trip for what has gathered, not for each change, and their order holds.
///
/// The change that stands for others is an operation of a job of its own, with the number of the first of them: it has
/// one place in the order of the row, and one nonce however often it is sent.
extension ClientCore {
    /// Operations that were taken into a call, by the hash of their row, and what each of them stands for.
    struct HotRows {
        struct Entry {
            var position: Int
            /// nil until the first other change of the row comes.
            var changes: RowChanges?
            var members: [Operation] = []
            /// What the members added to the call.
            var bytes = 0
            /// A change that cannot be combined was met: what follows it must not pass it.
            var isClosed = false
        }

        private(set) var entries: [UInt64: Entry] = [:]

        mutating func open(_ hash: UInt64, _ position: Int) { entries[hash] = Entry(position: position) }

        mutating func update(_ hash: UInt64, _ edit: (inout Entry) -> Void) {
            guard var entry = entries.removeValue(forKey: hash) else { return }
            edit(&entry)
            entries[hash] = entry
        }
    }

    /// An operation whose row is taken: true when it joins the one in this call that has the row.
    func combine(
        _ operation: Operation, _ job: Job, _ call: MultiCall, from start: Int, _ rows: inout HotRows?
    ) -> Bool {
        if rows == nil {
            var made = HotRows()
            for position in start..<call.operations.count where call.operations[position].gate != 0 {
                made.open(call.operations[position].gate, position)
            }
            rows = made
        }
        var isTaken = false
        rows?.update(operation.gate) { entry in
            guard !entry.isClosed else { return }
            isTaken = join(operation, job, call, &entry)
            if !isTaken { entry.isClosed = true }
        }
        return isTaken
    }

    private func join(
        _ operation: Operation, _ job: Job, _ call: MultiCall, _ entry: inout HotRows.Entry
    ) -> Bool {
        let head = call.operations[entry.position]
        // What was sent before keeps its shape, and its nonce.
        guard !operation.wasSent, !head.wasSent, early[head.sequence] == nil, !job.isRead,
            entry.members.count + 1 < settings.mostCombinedChanges
        else { return false }
        if entry.changes == nil {
            guard let first = self.job(of: head), first.members.isEmpty, first.table === job.table else {
                return false
            }
            entry.changes = RowChanges(first.batch.operations[first.index(head)], of: first.batch)
        }
        guard entry.changes?.add(job.batch.operations[job.index(operation)], of: job.batch) == true else {
            return false
        }
        entry.members.append(operation)
        let bytes = job.requestBytes(job.index(operation))
        entry.bytes += bytes
        call.bytes += bytes
        return true
    }

    /// Puts the changes that stand for others into the call.
    func replace(_ rows: HotRows?, _ call: MultiCall) {
        guard let rows else { return }
        for entry in rows.entries.values.sorted(by: { $0.position < $1.position }) {
            guard let changes = entry.changes, !entry.members.isEmpty else { continue }
            let head = call.operations[entry.position]
            guard let first = job(of: head) else { continue }
            let before = first.cellBytes(first.index(head))
            var deadline = first.deadline
            for member in entry.members { deadline = max(deadline, job(of: member)?.deadline ?? deadline) }
            var batch = changes.batch(of: first.table.table)
            batch.meter = first.meter
            let made = Job(
                mutations: batch, table: first.table, first: head.sequence,
                deadline: deadline
            ) { _ in }
            made.members = [head] + entry.members
            add(made)
            var operation = head
            operation.job = made.slot
            call.operations[entry.position] = operation
            let more = made.cellBytes(0) - before
            call.cellBytes += more
            call.bytes += more - entry.bytes
            metrics.combined += UInt64(entry.members.count)
        }
    }

    /// The job of a change that stood for others has ended: they have its outcome. Where the server refused it they
    /// are tried alone, for one of them may be the culprit.
    func spread(_ job: Job) {
        let error = job.outcome.errors[0]
        let members = job.members
        job.members = []
        guard let error else {
            for member in members {
                guard let own = self.job(of: member) else { continue }
                _ = own.markDone(own.index(member))
                if own.remaining == 0 { complete(own) }
            }
            return
        }
        // Increments that a lost answer may have applied must not be sent in another shape. An exception of a whole
        // call, which names no region, leaves open what was applied.
        let isOpen = error.tries > 1 || error.region == nil
        let mayBeApplied = job.batch.operations[0].kind == .increment && isOpen
        let refusals: [HBaseError.Kind] = [
            .refused, .noSuchColumnFamily, .requestTooBig, .accessDenied, .other,
        ]
        if refusals.contains(error.kind), !mayBeApplied {
            var alone: [Operation] = []
            for member in members where self.job(of: member) != nil {
                var operation = member
                operation.wasSent = true
                alone.append(operation)
            }
            place(alone)
            return
        }
        for member in members {
            guard let own = self.job(of: member) else { continue }
            own.fail(own.index(member), error)
            if own.remaining == 0 { complete(own) }
        }
    }
}
