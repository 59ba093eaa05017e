import SluiceNet

/// Batches: from submission into the queues of regions, and to their end.
extension ClientCore {
    func get(
        _ batch: GetBatch, _ timeout: Int64?, _ completion: @escaping @Sendable (RowResults) -> Void
    ) {
        let table = state(of: batch.table)
        let job = Job(
            gets: batch, fields: table.fields(of: batch.read), table: table, first: nextSequence,
            deadline: deadline(timeout), completion)
        submit(job)
    }

    func mutate(
        _ batch: MutationBatch, _ timeout: Int64?,
        _ completion: @escaping @Sendable (MutationResults) -> Void
    ) {
        let job = Job(
            mutations: batch, table: state(of: batch.table), first: nextSequence,
            deadline: deadline(timeout), completion)
        submit(job)
    }

    func deadline(_ timeout: Int64?) -> Int64 {
        let (sum, overflow) = now.addingReportingOverflow(timeout ?? settings.operationTimeoutNanos)
        return overflow ? Int64.max : sum
    }

    func state(of table: HBaseTable) -> TableState {
        if let known = tables[table] { return known }
        let made = TableState(table, seed: random.next())
        tables[table] = made
        return made
    }

    private func submit(_ job: Job) {
        nextSequence += UInt64(job.count)
        if isClosed {
            let error = HBaseError(.cancelled, "the client was closed")
            for index in 0..<job.count { job.fail(index, error) }
        }
        guard job.remaining > 0 else {
            mailbox.add(operations: -job.count, bytes: -job.bytes)
            job.finish()
            return
        }
        add(job)
        if job.isRead { queueReads(job, job.slot) } else { queueMutations(job, job.slot) }
        if job.remaining == 0 { complete(job) }
        if job.table.hasParked { lookUp(job.table) }
    }

    /// Gives the job a slot.
    func add(_ job: Job) {
        if let free = freeJobs.popLast() {
            job.slot = free
            jobs[Int(free)] = job
        } else {
            job.slot = Int32(truncatingIfNeeded: jobs.count)
            jobs.append(job)
        }
        activeJobs += 1
    }

    private func queueReads(_ job: Job, _ slot: Int32) {
        let table = job.table
        job.keys.bytes.withUnsafeBytes { bytes in
            for index in 0..<job.count {
                let range = job.keys.range(index)
                if range.isEmpty || range.count > CellEncoder.longestRow {
                    job.fail(index, HBaseError(.refused, "a row key must have 1 to 32767 bytes"))
                    continue
                }
                let operation = Operation(sequence: job.first + UInt64(index), gate: 0, job: slot)
                append(operation, UnsafeRawBufferPointer(rebasing: bytes[range]), table)
            }
        }
    }

    private func queueMutations(_ job: Job, _ slot: Int32) {
        let table = job.table
        job.batch.bytes.withUnsafeBytes { bytes in
            for index in 0..<job.count {
                let part = job.batch.operations[index]
                if part.settings >= 0, let reason = job.batch.settings[Int(part.settings)].invalid {
                    job.fail(index, HBaseError(.refused, reason))
                    continue
                }
                let row = bytes.slice(part.row, Int(part.rowLength))
                let hash = RowGate.hash(row, seed: table.seed)
                let operation = Operation(sequence: job.first + UInt64(index), gate: hash, job: slot)
                append(operation, row, table)
            }
        }
    }

    /// Queues a new operation, which is younger than all others.
    @inline(__always)
    private func append(_ operation: Operation, _ row: UnsafeRawBufferPointer, _ table: TableState) {
        guard let region = table.cache.find(row) else {
            table.parked.append(operation)
            return
        }
        region.queue.append(operation)
        region.server.queued += 1
        if !region.isReady, !region.isBlocked { markReady(region) }
    }

    /// The job of an operation, nil when it has ended or no longer wants this operation.
    @inline(__always)
    func job(of operation: Operation) -> Job? {
        guard let job = jobs[Int(operation.job)], operation.sequence >= job.first,
            operation.sequence - job.first < UInt64(job.count), !job.isDone(job.index(operation))
        else { return nil }
        return job
    }

    func complete(_ job: Job) {
        guard job.slot >= 0 else { return }
        jobs[Int(job.slot)] = nil
        freeJobs.append(job.slot)
        job.slot = -1
        activeJobs -= 1
        if !job.members.isEmpty { return spread(job) }
        mailbox.add(operations: -job.count, bytes: -job.bytes)
        job.finish()
    }

    /// Puts operations into the queues where they belong now; those of ended jobs vanish. They may come from
    /// several regions that have one queue now, so they are brought in order first.
    func place(_ unordered: [Operation]) {
        let operations = unordered.sorted { $0.sequence < $1.sequence }
        // Lists beside the indices: what follows does not depend on addresses, so a seed repeats a run.
        var regions: [(region: Region, operations: [Operation])] = []
        var regionIndex: [ObjectIdentifier: Int] = [:]
        var parked: [(table: TableState, operations: [Operation])] = []
        for operation in operations {
            guard let job = job(of: operation) else { continue }
            let table = job.table
            let region = job.withRow(job.index(operation)) { table.cache.find($0) }
            if let region {
                let index = regionIndex[ObjectIdentifier(region)] ?? regions.count
                if index == regions.count {
                    regionIndex[ObjectIdentifier(region)] = index
                    regions.append((region, []))
                }
                regions[index].operations.append(operation)
            } else if let index = parked.firstIndex(where: { $0.table === table }) {
                parked[index].operations.append(operation)
            } else {
                parked.append((table, [operation]))
            }
        }
        for entry in regions {
            entry.region.queue.merge(entry.operations)
            entry.region.server.queued += entry.operations.count
            markReady(entry.region)
        }
        for entry in parked {
            entry.table.parked.merge(entry.operations)
            lookUp(entry.table)
        }
    }

    func markReady(_ region: Region) {
        region.isBlocked = false
        if !region.isReady, !region.queue.isEmpty {
            region.isReady = true
            region.server.ready.append(region)
        }
        markDirty(region.server)
    }

    func markDirty(_ server: ServerState) {
        if server.isDirty { return }
        server.isDirty = true
        dirty.append(server)
    }

    /// Frees a row; looks again at regions that waited for one.
    func release(_ hash: UInt64) {
        guard hash != 0, gate.release(hash), !blocked.isEmpty else { return }
        let regions = blocked
        blocked = []
        for region in regions where region.isBlocked { markReady(region) }
    }
}
