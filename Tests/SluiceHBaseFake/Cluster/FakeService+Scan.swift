/// Scans: open, next, renew, close; batches, partial rows, heartbeats, limits.
extension FakeService {
    private struct Limits {
        var rows: Int
        var bytes: Int
        var partials: Bool
        var heartbeats: Bool
        /// Rows after which a heartbeat ends the answer.
        var heartbeatAfter: Int?
        var cutsLastRow = false
        /// The whole scan ends after this many rows.
        var total: Int?
    }

    private struct Row {
        var cells: [FakeCell]
        var isPartial: Bool
    }

    func scan() throws -> FakeAnswer {
        let request = try FakeMessage("ScanRequest", call.param, known: 11)
        let close = try request.bool(5) ?? false
        var answer = FakeAnswer()
        let scanner: FakeScanner
        let isOpening = !request.has(3)
        if isOpening {
            scanner = try openScanner(request)
        } else {
            scanner = try standing(request)
            if close, try request.int(4) ?? 1 == 0 {
                server.scanners[scanner.id] = nil
                answer.message.uint(2, scanner.id)
                answer.message.bool(3, true)
                answer.message.bool(6, false)
                answer.message.bool(8, true)
                return answer
            }
            if try request.bool(10) ?? false {
                scanner.leaseEnd = cluster.world.now + cluster.leaseNanos
                answer.message.uint(2, scanner.id)
                return answer
            }
        }
        let limits = try limits(of: request, scanner)
        // The limit counts from anew in every call; a client sends what is left of its own.
        scanner.given = 0
        let (rows, overInRegion, heartbeat) = fill(scanner, limits)
        var over = false
        if let total = limits.total, scanner.given >= total { over = true }
        if rows.isEmpty, scanner.filter?.isDone == true { over = true }
        write(rows, scanner, overInRegion: overInRegion, over: over, heartbeat: heartbeat, &answer)
        if isOpening {
            answer.message.uint(4, UInt64(cluster.leaseNanos / 1_000_000))
            answer.message.uint(11, scanner.readPoint)
        }
        if over || overInRegion || close {
            server.scanners[scanner.id] = nil
        } else {
            scanner.leaseEnd = cluster.world.now + cluster.leaseNanos
        }
        return answer
    }

    private func openScanner(_ request: FakeMessage) throws -> FakeScanner {
        let specifier = try request.requiredMessage(1, "RegionSpecifier", known: 2)
        let scan = try request.requiredMessage(2, "Scan", known: 25)
        guard !request.has(6) else {
            throw FakeException.doNotRetryIO("fake server: next_call_seq in the call that opens a scanner")
        }
        let (_, name) = try Self.specifiedName(specifier)
        var region: FakeRegion?
        if name == FakeMeta.regionName {
            try checkMeta()
        } else {
            let found = try self.region(specifier)
            for column in try scan.messages(1, "Column", known: 2) {
                try check(family: column.requiredBytes(1), of: found.table)
            }
            region = found
        }
        cluster.lastScanner += 1
        let scanner = try FakeScanner(scan, id: cluster.lastScanner, region: region, cluster: cluster)
        server.scanners[scanner.id] = scanner
        return scanner
    }

    private func checkMeta() throws {
        guard cluster.metaServer == server.index else {
            throw FakeException(
                "NotServingRegionException", "hbase:meta,,1 is not online on \(server.serverName)")
        }
        guard cluster.world.now >= cluster.metaOpensAt else {
            throw FakeException(
                "exceptions.RegionOpeningException", "Region hbase:meta,,1.1588230740 is opening")
        }
    }

    private func standing(_ request: FakeMessage) throws -> FakeScanner {
        guard !request.has(2) else {
            throw FakeException.doNotRetryIO("fake server: a scan in a call that continues one")
        }
        let id = try request.requiredUInt(3)
        guard let scanner = server.scanners[id] else {
            throw FakeException(
                "UnknownScannerException",
                "Unknown scanner '\(id)'. This can happen due to any of the following reasons",
                doNotRetry: true)
        }
        guard cluster.world.now <= scanner.leaseEnd else {
            server.scanners[id] = nil
            throw FakeException("UnknownScannerException", "Unknown scanner '\(id)'", doNotRetry: true)
        }
        if scanner.isMeta {
            try checkMeta()
        } else if let region = scanner.region {
            guard region.server == server.index, region.state == .open,
                region.openSequence == scanner.openSequence
            else {
                server.scanners[id] = nil
                throw FakeException("NotServingRegionException", "Region has changed on the scanner \(id)")
            }
        }
        if let sequence = try request.uint(6) {
            guard sequence == scanner.nextSequence else {
                throw FakeException(
                    "exceptions.OutOfOrderScannerNextException",
                    "Expected nextCallSeq: \(scanner.nextSequence) But the nextCallSeq got from client: \(sequence)",
                    doNotRetry: true)
            }
            scanner.nextSequence += 1
        }
        return scanner
    }

    private func limits(of request: FakeMessage, _ scanner: FakeScanner) throws -> Limits {
        let asked = try request.int(4) ?? 1
        guard asked >= 0 else { throw FakeException.doNotRetryIO("number_of_rows must not be negative") }
        var limits = Limits(
            rows: min(asked, scanner.caching ?? Int.max), bytes: scanner.maxResultSize ?? 100 << 20,
            partials: try request.bool(7) ?? false, heartbeats: try request.bool(8) ?? false)
        if let total = try request.int(11), total > 0 { limits.total = total }
        if case .heartbeat = call.fault, limits.heartbeats {
            limits.heartbeatAfter = Int.random(in: 0...min(limits.rows, 5), using: &cluster.random)
        }
        if case .partialRow = call.fault, limits.partials, scanner.batch == nil { limits.cutsLastRow = true }
        return limits
    }

    /// Rows up to a limit; whether the region is over; whether it was a heartbeat that ended it.
    private func fill(_ scanner: FakeScanner, _ limits: Limits) -> ([Row], over: Bool, heartbeat: Bool) {
        var rows: [Row] = []
        var bytes = 0
        var whole = 0
        while true {
            if limits.heartbeatAfter == whole { return (rows, false, true) }
            if whole >= limits.rows || rows.count >= limits.rows { break }
            if let total = limits.total, scanner.given >= total { return (rows, false, false) }
            if bytes >= limits.bytes { break }
            let found = scanner.rest.isEmpty ? scanner.nextRow() : scanner.rest
            guard var cells = found else { return (rows, true, false) }
            scanner.rest = []
            var most = scanner.batch ?? Int.max
            if limits.partials, scanner.batch == nil {
                // A row stops where the size is reached.
                var size = bytes
                most = 0
                for cell in cells where size < limits.bytes {
                    size += cell.encodedSize
                    most += 1
                }
            }
            if limits.cutsLastRow, cells.count > 1, rows.count + 1 >= limits.rows || cluster.chance(0.3) {
                most = min(most, Int.random(in: 1..<cells.count, using: &cluster.random))
            }
            let partial = cells.count > most
            if partial {
                scanner.rest = Array(cells[most...])
                cells = Array(cells[..<most])
            }
            bytes += cells.reduce(0) { $0 + $1.encodedSize }
            rows.append(Row(cells: cells, isPartial: partial))
            if !partial {
                whole += 1
                scanner.given += 1
            } else if scanner.batch == nil {
                return (rows, false, false)
            }
        }
        return (rows, scanner.isOver, false)
    }

    private func write(
        _ rows: [Row], _ scanner: FakeScanner, overInRegion: Bool, over: Bool, heartbeat: Bool,
        _ answer: inout FakeAnswer
    ) {
        let inline = !peer.usesCellBlocks
        if !inline { for row in rows { answer.message.uint(1, UInt64(row.cells.count)) } }
        answer.message.uint(2, scanner.id)
        answer.message.bool(3, !over)
        if inline {
            for row in rows {
                answer.message.message(5) { result in
                    for cell in row.cells { result.message(1, cell.message()) }
                    result.bool(5, row.isPartial)
                }
            }
        }
        answer.message.bool(6, false)
        for row in rows { answer.message.bool(7, row.isPartial) }
        answer.message.bool(8, !overInRegion)
        if heartbeat { answer.message.bool(9, true) }
        if !inline { for row in rows { for cell in row.cells { cell.encode(&answer.block) } } }
    }
}
