/// What waits for regions and servers that are away, and behind other changes of its row.
extension ClientCore {
    /// Operations of regions that cannot be found or reached now, and hold no rows yet. What waits for an older change
    /// of its row has not been tried: the older one counts, and it waits as long as that.
    func postpone(_ operations: [Operation], _ error: HBaseError) {
        var again: [Operation] = []
        var tries = 1
        var groups: [UInt64: Int]?
        for (index, operation) in operations.enumerated() {
            let isBehind = operation.gate != 0 && gate.isHeld(operation.gate)
            switch tryAgain(operation, error, counts: !isBehind) {
            case .ended: break
            case .exhausted(let job, let error):
                failBehind(operation, job, error, operations[(index + 1)...])
                groups = nil
            case .early(let operation, let due):
                hold([operation])
                putBack(operation, due)
            case .later(let operation):
                hold([operation])
                if isBehind {
                    let known = groups ?? groupsByRow()
                    groups = known
                    if let group = known[operation.gate] {
                        retries[group].operations.append(operation)
                        continue
                    }
                } else {
                    tries = max(tries, Int(operation.tries))
                }
                again.append(operation)
            }
        }
        give(back: again, after: backoff.pause(tries: tries, random: &random), isOfAbsence: true)
    }

    /// Which group has the operation of a row that will be tried next.
    private func groupsByRow() -> [UInt64: Int] {
        var oldest: [UInt64: (sequence: UInt64, group: Int)] = [:]
        for (index, group) in retries.enumerated() {
            for operation in group.operations where operation.gate != 0 {
                if let known = oldest[operation.gate], known.sequence < operation.sequence { continue }
                oldest[operation.gate] = (operation.sequence, index)
            }
        }
        return oldest.mapValues { $0.group }
    }

    /// A change has failed because its row was not reached for as long as the settings allow. The later changes of the
    /// row have waited behind it; they fail with it, and do not wait as long one after the other.
    func failBehind(
        _ operation: Operation, _ job: Job, _ error: HBaseError, _ others: ArraySlice<Operation> = []
    ) {
        guard operation.gate != 0 else { return }
        let table = job.table
        let row = job.withRow(job.index(operation)) { [UInt8]($0) }
        func isBehind(_ other: Operation) -> Bool {
            guard other.gate == operation.gate, other.sequence > operation.sequence,
                let own = self.job(of: other), own.table === table
            else { return false }
            return own.withRow(own.index(other)) { other in row.withUnsafeBytes { $0.equals(other) } }
        }
        var behind = others.filter(isBehind) + table.parked.operations.filter(isBehind)
        if let region = table.cache.find(row) { behind += region.queue.operations.filter(isBehind) }
        for index in retries.indices {
            let those = retries[index].operations.filter(isBehind)
            if those.isEmpty { continue }
            retries[index].operations.removeAll(where: isBehind)
            behind += those
            for other in those { release(other.gate) }
        }
        retries.removeAll { $0.operations.isEmpty }
        for other in behind {
            _ = endSample(other)
            guard let own = self.job(of: other) else { continue }
            own.fail(own.index(other), error)
            if own.remaining == 0 { complete(own) }
        }
    }

    /// Frees the rows of operations whose jobs have ended while they waited for their next try.
    func releaseEnded() {
        var ended: [Operation] = []
        for index in retries.indices {
            let gone = retries[index].operations.filter { job(of: $0) == nil }
            if gone.isEmpty { continue }
            retries[index].operations.removeAll { job(of: $0) == nil }
            ended += gone
        }
        if ended.isEmpty { return }
        retries.removeAll { $0.operations.isEmpty }
        for operation in ended where operation.gate != 0 { release(operation.gate) }
    }
}
