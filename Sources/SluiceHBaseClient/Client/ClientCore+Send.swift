import SluiceBase
import SluiceNet

/// Makes Multis of what waits in the queues of a server's regions.
///
/// At most `maxCallsPerServer` are on their way to a server. What has gathered is spread over those that are
/// free, so that the server works on several at once; while all are on their way, more gathers for the next.
extension ClientCore {
    /// Fewer operations are not spread over several calls: reads are worth spreading early, a batch of changes is one
    /// write to the server's log.
    static let smallestShare = 16
    static let smallestShareOfMutations = 1000

    private func smallestShare(_ server: ServerState) -> Int {
        guard let first = server.ready.first?.queue.first, let job = jobs[Int(first.job)], !job.isRead else {
            return ClientCore.smallestShare
        }
        return ClientCore.smallestShareOfMutations
    }

    func pump(_ server: ServerState) {
        guard !server.ready.isEmpty, !isClosed else { return }
        if server.pausedUntil > now {
            wake(at: server.pausedUntil)
            return
        }
        guard let connection = readyConnection(server, .client) else { return }
        while !server.ready.isEmpty, server.multisInFlight < settings.maxCallsPerServer {
            guard server.bytesInFlight < settings.maxBytesInFlightPerServer else { return }
            guard bytesInFlight < settings.maxBytesInFlight else {
                if !starved.contains(where: { $0 === server }) { starved.append(server) }
                return
            }
            let free = settings.maxCallsPerServer - server.multisInFlight
            let share = max((server.queued + free - 1) / free, smallestShare(server))
            let call = gather(server, limit: min(share, settings.maxOperationsPerCall))
            if call.operations.isEmpty { return }
            send(call, connection)
            if connection.state == .closed { return }
        }
    }

    private func gather(_ server: ServerState, limit: Int) -> MultiCall {
        let call = MultiCall()
        call.operations.reserveCapacity(limit)
        var stay: [Region] = []
        var index = 0
        while index < server.ready.count, !isFull(call, limit) {
            let region = server.ready[index]
            index += 1
            if region.pausedUntil > now {
                wake(at: region.pausedUntil)
                stay.append(region)
                continue
            }
            let before = region.queue.count
            let more = fill(call, region, limit)
            server.queued -= before - region.queue.count
            if more {
                stay.append(region)
            } else {
                region.isReady = false
                if !region.queue.isEmpty {
                    region.isBlocked = true
                    blocked.append(region)
                }
            }
        }
        server.ready.removeFirst(index)
        server.ready.append(contentsOf: stay)
        return call
    }

    private func isFull(_ call: MultiCall, _ limit: Int) -> Bool {
        call.operations.count >= limit || call.bytes >= settings.maxBytesPerCall
    }

    /// Moves operations of a region into the call; true when some were not looked at.
    private func fill(_ call: MultiCall, _ region: Region, _ limit: Int) -> Bool {
        var slot: Int32 = -1
        var current: Job?
        let start = call.operations.count
        var hotRows: HotRows?
        defer { replace(hotRows, call) }
        return region.queue.scan(limit: limit * 4) { operation in
            if isFull(call, limit) { return .stop }
            if operation.job != slot {
                slot = operation.job
                current = jobs[Int(slot)]
            }
            guard let job = current, operation.sequence >= job.first else { return .take }
            let index = job.index(operation)
            guard index < job.count, !job.isDone(index) else { return .take }
            if operation.gate != 0, !gate.acquire(operation.gate) {
                if combine(operation, job, call, from: start, &hotRows) { return .take }
                metrics.rowsWaited += 1
                return .keep
            }
            let kind = job.isRead ? MultiCall.Kind.plain : job.kind(index)
            call.cellBytes += job.isRead ? 0 : job.cellBytes(index)
            call.add(operation, region, kind, bytes: job.requestBytes(index))
            if kind == .plain { hotRows?.open(operation.gate, call.operations.count - 1) }
            return .take
        }
    }

    private func send(_ call: MultiCall, _ connection: ServerConnection) {
        let server = connection.server
        let size = call.bytes
        call.sentAt = now
        let pending = PendingCall(content: .multi(call), sentAt: now, bytes: size)
        let timeout = settings.rpcTimeoutNanos
        do {
            let request = try connection.rpc.request(
                pending, method: "Multi", timeoutMillis: UInt32(clamping: timeout / 1_000_000),
                cellBlockLength: call.cellBytes, expecting: call.bytes - call.cellBytes + 64,
                message: { write(call, &$0) }, cells: { writeCells(call, &$0) })
            server.multisInFlight += 1
            server.bytesInFlight += size
            bytesInFlight += size
            server.metrics.calls += 1
            server.metrics.operations += UInt64(call.operations.count)
            server.metrics.bytesSent += UInt64(request.bytes.count)
            if connection.timeouts.isEmpty { connection.lastReceived = max(connection.lastReceived, now) }
            connection.timeouts[request.callID] = pending.sentAt + timeout
            transport.send(request.bytes, on: connection.id)
        } catch {
            let (problem, rule) = outcome(of: error, connection)
            connectionFailed(connection, error)
            failed(call, connection.server, problem, rule)
        }
    }

    // MARK: the request

    private func write(_ call: MultiCall, _ writer: inout ProtobufWriter) {
        var slot: Int32 = -1
        var current: Job?
        for segment in call.segments {
            let action = writer.beginRegionAction(
                region: segment.region.location.name, atomic: segment.kind != .plain,
                expecting: segment.bytes)
            for position in segment.start..<segment.end {
                let operation = call.operations[position]
                if operation.job != slot {
                    slot = operation.job
                    current = jobs[Int(slot)]
                }
                guard let job = current else { continue }
                let index = job.index(operation)
                switch segment.kind {
                case .plain:
                    write(operation, job, index, UInt32(position - segment.start), &writer)
                case .group, .ledgerOlder, .ledgerAbsent:
                    writeGroup(operation, job, index, segment.kind, &writer)
                }
            }
            writer.end(action)
        }
        writer.nonceGroup(nonceGroup)
    }

    @inline(__always)
    private func write(
        _ operation: Operation, _ job: Job, _ index: Int, _ number: UInt32, _ writer: inout ProtobufWriter
    ) {
        if job.isRead {
            job.withRow(index) { row in
                job.fields.withUnsafeBytes { writer.getAction(index: number, row: row, fields: $0) }
            }
            return
        }
        let part = job.batch.operations[index]
        let kind = MutationKind(rawValue: part.kind.rawValue) ?? .put
        if part.settings < 0, kind == .put || part.cellCount > 0 && kind == .delete {
            job.withRow(index) { row in
                writer.mutationAction(index: number, kind, row: row, cellCount: Int(part.cellCount))
            }
            return
        }
        let fields = job.batch.fields(of: part, nonce: max(nonceBase &+ operation.sequence, 1))
        writeMutation(part, job.batch, fields, number, &writer)
    }

    private func writeMutation(
        _ part: MutationBatch.Part, _ batch: MutationBatch, _ fields: [UInt8], _ number: UInt32,
        _ writer: inout ProtobufWriter
    ) {
        let kind = MutationKind(rawValue: part.kind.rawValue) ?? .put
        batch.bytes.withUnsafeBytes { bytes in
            fields.withUnsafeBytes {
                writer.mutationAction(
                    index: number, kind, row: bytes.slice(part.row, Int(part.rowLength)),
                    cellCount: Int(part.cellCount), fields: $0)
            }
        }
    }

    /// The mutations of an atomic operation, and its condition. Increments of a group without a condition
    /// have nonces; one with a condition or ledger must have none, or a replay would write the ledger without
    /// counting.
    private func writeGroup(
        _ operation: Operation, _ job: Job, _ index: Int, _ kind: MultiCall.Kind,
        _ writer: inout ProtobufWriter
    ) {
        let whole = job.batch.operations[index]
        guard whole.settings >= 0 else { return }
        let settings = job.batch.settings[Int(whole.settings)]
        let row = job.batch.row(of: index)
        let condition = settings.condition(kind)
        let nonces = condition == nil && kind == .group
        for (number, part) in job.batch.parts(of: whole).enumerated() {
            let nonce = nonces ? groupNonce(operation.sequence, number) : 0
            let fields = job.batch.fields(of: part, nonce: nonce)
            writeMutation(part, job.batch, fields, UInt32(number), &writer)
        }
        if let condition {
            writer.actionCondition(
                Condition(
                    row: row, family: condition.family, qualifier: condition.qualifier,
                    condition.comparison, value: condition.value))
        }
    }

    /// A server passes over what has a nonce that it knows, so those of a group's parts must be different from those
    /// of all other operations, however many parts there are: they come from all over the numbers.
    func groupNonce(_ sequence: UInt64, _ part: Int) -> UInt64 {
        var source = RandomSource(seed: nonceBase ^ sequence &* 0x9E37_79B9_7F4A_7C15)
        return max(source.next() &+ UInt64(truncatingIfNeeded: part), 1)
    }

    private func writeCells(_ call: MultiCall, _ writer: inout ProtobufWriter) {
        if call.cellBytes == 0 { return }
        for segment in call.segments {
            for operation in call.operations[segment.start..<segment.end] {
                guard let job = jobs[Int(operation.job)], !job.isRead else { continue }
                let whole = job.batch.operations[job.index(operation)]
                job.batch.bytes.withUnsafeBytes { bytes in
                    if segment.kind == .plain {
                        writer.raw(bytes.slice(whole.cells, whole.cellsEnd - whole.cells))
                        return
                    }
                    for part in job.batch.parts(of: whole) {
                        writer.raw(bytes.slice(part.cells, part.cellsEnd - part.cells))
                    }
                }
            }
        }
    }
}

extension Job {
    /// How an operation stands in a Multi.
    func kind(_ index: Int) -> MultiCall.Kind {
        let part = batch.operations[index]
        switch part.kind {
        case .ledger: return .ledgerOlder
        case .group: return .group
        case .put, .delete, .increment, .append:
            guard part.settings >= 0 else { return .plain }
            return batch.settings[Int(part.settings)].condition == nil ? .plain : .group
        }
    }

    /// Bytes that the operation adds to the cell block.
    func cellBytes(_ index: Int) -> Int {
        let part = batch.operations[index]
        guard part.kind == .group || part.kind == .ledger else { return part.cellsEnd - part.cells }
        var bytes = 0
        for inner in batch.parts(of: part) { bytes += inner.cellsEnd - inner.cells }
        return part.kind == .ledger ? bytes * 2 : bytes
    }
}

extension MutationBatch {
    /// The mutations of an operation: itself, or those of a group or ledger.
    func parts(of part: Part) -> ArraySlice<Part> {
        guard part.kind == .group || part.kind == .ledger, part.settings >= 0 else { return [part] }
        return parts[settings[Int(part.settings)].parts]
    }

    /// Fields of a `MutationProto` beside row, kind and count of cells.
    func fields(of part: Part, nonce: UInt64) -> [UInt8] {
        var fields: [UInt8] = part.settings >= 0 ? settings[Int(part.settings)].fields : []
        let counts = part.kind == .increment || part.kind == .append
        guard counts && nonce != 0 || part.timestamp != Int64.max else { return fields }
        var writer = ProtobufWriter(capacity: 24)
        if part.timestamp != Int64.max { writer.field(4, part.timestamp) }
        if counts, nonce != 0 { writer.field(9, nonce) }
        fields.append(contentsOf: writer.finish())
        return fields
    }
}

extension MutationBatch.Settings {
    /// What must hold for a region action of this kind.
    func condition(_ kind: MultiCall.Kind) -> MutationCondition? {
        guard let ledger else { return condition }
        if kind == .ledgerAbsent {
            return .absent(family: ledger.family, qualifier: ledger.qualifier)
        }
        return MutationCondition(
            family: ledger.family, qualifier: ledger.qualifier, comparison: .greater,
            value: withUnsafeBytes(of: ledger.offset.bigEndian) { [UInt8]($0) })
    }
}
