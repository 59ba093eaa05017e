/// Reads the answers of Multis straight from the received bytes: cells are copied into the batch's one array.
extension ClientCore {
    func answered(_ call: MultiCall, _ frame: ResponseFrame, _ server: ServerState) {
        call.answered = [Bool](repeating: false, count: call.operations.count)
        var failures = Failures()
        do {
            try frame.bytes.withRaw { (all) throws(WireError) in
                try MultiResponse.read(frame) { event in
                    switch event {
                    case .action(let region, let index, let outcome):
                        action(call, region, Int(index), outcome, all, server, &failures)
                    case .region(let region, let exception, let processed):
                        regionEnd(call, region, exception, processed ?? false, all, server, &failures)
                    }
                }
            }
        } catch {
            let problem = HBaseError(
                .malformed, "the answer of the server cannot be read: \(error)", server: server.endpoint)
            unanswered(call, problem, &failures)
        }
        let missing = HBaseError(
            .malformed, "the server's answer says nothing of the operation", server: server.endpoint)
        unanswered(call, missing, &failures)
        measure(failures, of: call)
        settle(call, &failures)
    }

    /// Operations that the answer does not mention are tried again.
    private func unanswered(_ call: MultiCall, _ error: HBaseError, _ failures: inout Failures) {
        for segment in call.segments where segment.kind != .ledgerOlder {
            for position in segment.start..<segment.end where !call.answered[position] {
                call.answered[position] = true
                failures.add(
                    position, segment.region, ExceptionRule(.malformed, .relocate), error, wait: nil)
            }
        }
    }

    @inline(__always)
    private func action(
        _ call: MultiCall, _ number: Int, _ index: Int, _ outcome: MultiResponse.Outcome,
        _ all: UnsafeRawBufferPointer, _ server: ServerState, _ failures: inout Failures
    ) {
        guard number < call.segments.count else { return }
        let segment = call.segments[number]
        guard segment.kind == .plain else {
            switch outcome {
            case .exception(let exception): if call.groupError == nil { call.groupError = exception }
            case .result(let result): if result.cellCount > 0 { call.groupResult = result }
            }
            return
        }
        let position = segment.start + index
        guard position >= segment.start, position < segment.end, !call.answered[position] else { return }
        call.answered[position] = true
        switch outcome {
        case .result(let result):
            guard result.isReadable(in: all) else {
                let text = "the server's answer has a cell that cannot be read"
                let error = HBaseError(.malformed, text, server: server.endpoint)
                failures.add(
                    position, segment.region, ExceptionRule(.malformed, .relocate), error, wait: nil)
                return
            }
            deliver(call.operations[position], result, all)
        case .exception(let exception):
            failures.add(position, segment.region, exception, server)
        }
    }

    private func regionEnd(
        _ call: MultiCall, _ number: Int, _ exception: RemoteException?, _ processed: Bool,
        _ all: UnsafeRawBufferPointer, _ server: ServerState, _ failures: inout Failures
    ) {
        guard number < call.segments.count else { return }
        let segment = call.segments[number]
        let problem = exception ?? call.groupError
        let result = call.groupResult
        call.groupError = nil
        call.groupResult = nil
        switch segment.kind {
        case .plain:
            guard let exception else { return }
            let error = HBaseError(exception, segment.region, server)
            let rule = ExceptionRule(exception)
            let wait = ExceptionText.throttlingWaitNanos(exception.firstLine)
            for position in segment.start..<segment.end where !call.answered[position] {
                call.answered[position] = true
                failures.add(position, segment.region, rule, error, wait: wait, exception)
            }
        case .group:
            call.answered[segment.start] = true
            if let problem {
                failures.add(segment.start, segment.region, problem, server)
            } else {
                deliver(call.operations[segment.start], result, all, processed: processed)
            }
        case .ledgerOlder:
            call.ledgerApplied = problem == nil && processed
            call.ledgerError = problem
        case .ledgerAbsent:
            call.answered[segment.start] = true
            let applied = call.ledgerApplied || (problem == nil && processed)
            if !applied, let error = call.ledgerError ?? problem {
                failures.add(segment.start, segment.region, error, server)
            } else {
                deliver(call.operations[segment.start], nil, all, processed: applied)
            }
        }
    }

    /// A single operation is done.
    @inline(__always)
    private func deliver(_ operation: Operation, _ result: ResultRange, _ all: UnsafeRawBufferPointer) {
        guard let job = job(of: operation) else { return }
        let index = job.index(operation)
        if job.isRead {
            job.take(result, all, row: index)
        } else if result.cellCount > 0 {
            job.take(result, all, mutation: index)
        }
        _ = job.markDone(index)
        sampleAnswered(operation, job.table)
        if job.remaining == 0 { complete(job) }
    }

    private func deliver(
        _ operation: Operation, _ result: ResultRange?, _ all: UnsafeRawBufferPointer, processed: Bool
    ) {
        guard let job = job(of: operation) else { return }
        let index = job.index(operation)
        if let result { job.take(result, all, mutation: index) }
        if !processed, job.hasCondition(index) { job.outcome.skipped.insert(index) }
        _ = job.markDone(index)
        sampleAnswered(operation, job.table)
        if job.remaining == 0 { complete(job) }
    }
}

extension Job {
    /// Whether the operation may be left undone by its condition or ledger.
    func hasCondition(_ index: Int) -> Bool {
        let part = batch.operations[index]
        guard part.settings >= 0 else { return false }
        let settings = batch.settings[Int(part.settings)]
        return settings.condition != nil || settings.ledger != nil
    }

    /// Takes the cells of a row that was read.
    @inline(__always)
    func take(_ result: ResultRange, _ all: UnsafeRawBufferPointer, row index: Int) {
        let start = rows.bytes.count
        Job.append(result, all, to: &rows.bytes)
        rows.rows[index] = RowResults.Row(
            start: start, length: rows.bytes.count - start, count: result.cellCount,
            exists: result.exists ?? (result.cellCount > 0))
    }

    /// Takes the new values of an increment or append.
    func take(_ result: ResultRange, _ all: UnsafeRawBufferPointer, mutation index: Int) {
        let start = outcome.bytes.count
        Job.append(result, all, to: &outcome.bytes)
        outcome.cells[index] = MutationResults.Cells(start: start, length: outcome.bytes.count - start)
    }

    @inline(__always)
    private static func append(
        _ result: ResultRange, _ all: UnsafeRawBufferPointer, to bytes: inout [UInt8]
    ) {
        if result.inlineCount == 0 {
            let range = Int(result.cells.lowerBound)..<Int(result.cells.upperBound)
            if !range.isEmpty { bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: all[range])) }
            return
        }
        var writer = ProtobufWriter(capacity: 256)
        try? result.forEachCell(in: all) { (cell) throws(WireError) in
            CellEncoder.append(
                to: &writer, row: cell.row, family: cell.family, qualifier: cell.qualifier,
                timestamp: cell.timestamp, type: cell.type, value: cell.value)
        }
        bytes.append(contentsOf: writer.finish())
    }
}
