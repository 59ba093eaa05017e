import SluiceNet

/// Finds regions: one scan of `hbase:meta` at a time for a table, whatever waits for it; the following
/// regions are read ahead when something waits for them too.
extension ClientCore {
    /// Starts a look-up when something is parked and none is on its way.
    func lookUp(_ table: TableState) {
        guard !table.isLookingUp, table.hasParked, !isClosed else { return }
        table.isLookingUp = true
        if table.isMeta {
            findMeta(table)
            return
        }
        guard let place = parkedPlace(table) else {
            table.isLookingUp = false
            return
        }
        metrics.metaLookups += 1
        let request =
            place.isBefore
            ? MetaScan.lookup(table.table, before: place.row) : MetaScan.lookup(table.table, row: place.row)
        readMeta(request) { [weak self] result in self?.found(result, place, table) }
    }

    /// A row whose region is wanted, or the region before it.
    private struct Place {
        var row: [UInt8]
        var isBefore = false

        func isHeld(by meta: MetaRow) -> Bool {
            if meta.region.isSplit { return false }
            return isBefore ? meta.holds(before: row) : meta.holds(row)
        }
    }

    /// The row of the first operation or call that waits.
    private func parkedPlace(_ table: TableState) -> Place? {
        while let operation = table.parked.first {
            if let job = job(of: operation) {
                return Place(row: job.withRow(job.index(operation)) { [UInt8]($0) })
            }
            _ = table.parked.scan(limit: 1) { _ in .take }
        }
        table.parkedCalls.removeAll { $0.isFinished }
        return table.parkedCalls.first?.call.place.map { Place(row: $0.row, isBefore: $0.isBefore) }
    }

    /// Reads rows of `hbase:meta`. An answer without rows that is no end (the server's time was up) is asked for again.
    private func readMeta(
        _ request: ScanRequest, tries: Int = 1, _ done: @escaping (Result<[MetaRow], HBaseError>) -> Void
    ) {
        let bytes = request.encoded()
        var call = HBaseCall(service: .client, method: "Scan", target: .region(.meta, row: [])) { _ in bytes }
        call.priority = 200
        start(call) { [weak self] result in
            guard let self else { return }
            switch result {
            case .failure(let error): done(.failure(error))
            case .success(let reply):
                do throws(WireError) {
                    if let rows = try MetaScan.rows(reply.frame) { return done(.success(rows)) }
                    self.readMetaLater(request, tries: tries, reply.server, done)
                } catch {
                    let text = "the answer of \"hbase:meta\" cannot be read: \(error)"
                    done(.failure(HBaseError(.malformed, text, server: reply.server)))
                }
            }
        }
    }

    private func readMetaLater(
        _ request: ScanRequest, tries: Int, _ server: Endpoint,
        _ done: @escaping (Result<[MetaRow], HBaseError>) -> Void
    ) {
        guard tries <= settings.maxRetries else {
            let text = "the server of \"hbase:meta\" finds no row in the time that it has"
            return done(.failure(HBaseError(.busy, text, server: server, tries: tries)))
        }
        later(at: now + backoff.pause(tries: tries, random: &random)) { [weak self] in
            self?.readMeta(request, tries: tries + 1, done)
        }
    }

    private func found(_ result: Result<[MetaRow], HBaseError>, _ place: Place, _ table: TableState) {
        table.isLookingUp = false
        switch result {
        case .failure(let error): lookupFailed(error, table)
        case .success(let rows):
            table.failedLookups = 0
            let own = rows.filter { $0.region.table == table.table }
            guard !own.isEmpty else {
                failParked(table, HBaseError(.tableNotFound, "table \"\(table.table)\" does not exist"))
                return
            }
            for meta in own.reversed() {
                if let location = meta.location { learn(location, table) }
            }
            // Nothing may stay parked whose region is known: younger operations would pass it.
            table.isLookingUp = true
            reroute(table)
            table.isLookingUp = false
            let region = place.isBefore ? table.cache.find(before: place.row) : table.cache.find(place.row)
            guard let region else {
                unavailable(place, own, table)
                return
            }
            if table.hasParked { readAhead(region.endKey, table) }
        }
    }

    private func lookupFailed(_ error: HBaseError, _ table: TableState) {
        let isEarly = now < table.lookupsCountFrom
        if !isEarly { table.failedLookups += 1 }
        let isFinal =
            error.kind == .authentication || error.kind == .tls || error.kind == .refused
            || error.tries > settings.maxRetries
        if isFinal || table.failedLookups > settings.maxRetries {
            table.failedLookups = 0
            var told = error
            told.tries = settings.maxRetries + 1
            told.message = "the regions of table \"\(table.table)\" cannot be found: \(error.message)"
            failParked(table, told)
            return
        }
        for operation in table.parked.operations { job(of: operation)?.lastError = error }
        for call in table.parkedCalls { call.lastError = error }
        table.isLookingUp = true
        var wait: Int64
        if isEarly {
            wait = table.lookupsCountFrom - now
        } else {
            wait = backoff.pause(tries: table.failedLookups, random: &random)
            table.lookupsCountFrom = now + wait
        }
        if wait > settings.longestPauseNanos { wait = min(wait, shortPause()) }
        later(at: now + wait) { [weak self] in
            table.isLookingUp = false
            self?.lookUp(table)
        }
    }

    private func readAhead(_ startKey: [UInt8], _ table: TableState) {
        guard settings.prefetchedRegions > 0, !startKey.isEmpty, table.cache.find(startKey) == nil,
            !table.isLookingUp
        else {
            lookUp(table)
            return
        }
        table.isLookingUp = true
        metrics.metaLookups += 1
        let rows = UInt32(clamping: settings.prefetchedRegions)
        readMeta(MetaScan.list(table.table, from: startKey, rows: rows)) { [weak self] result in
            table.isLookingUp = false
            guard let self else { return }
            if case .success(let rows) = result {
                for meta in rows where meta.region.table == table.table {
                    if let location = meta.location { self.learn(location, table) }
                }
            }
            self.reroute(table)
            self.lookUp(table)
        }
    }

    /// Takes a location into the cache.
    func learn(_ location: RegionLocation, _ table: TableState, isHint: Bool = false) {
        let known = table.cache.find(location.region.startKey)
        if let known, known.location == location { return }
        let server = server(at: Endpoint(host: location.server.host, port: location.server.port))
        let region = Region(location, server: server, table: table, isHint: isHint, foundAt: now)
        guard let replaced = table.cache.insert(region) else { return }
        for old in replaced {
            old.isCurrent = false
            place(takeQueue(of: old))
        }
        // What is parked is older than what comes now and finds the region at once.
        if isHint, table.hasParked { reroute(table) }
    }

    /// Looks again where parked operations and calls belong.
    func reroute(_ table: TableState) {
        place(table.parked.takeAll())
        let calls = table.parkedCalls
        table.parkedCalls = []
        for call in calls { dispatch(call) }
    }

    func failParked(_ table: TableState, _ error: HBaseError) {
        for operation in table.parked.takeAll() { fail(operation, error) }
        let calls = table.parkedCalls
        table.parkedCalls = []
        for call in calls { call.finish(.failure(error)) }
    }

    // MARK: regions that nobody serves

    /// `hbase:meta` has no open region for the row: it is moving, or the table is disabled. Only what belongs
    /// to that region waits.
    private func unavailable(_ place: Place, _ rows: [MetaRow], _ table: TableState) {
        let row = place.row
        let meta = rows.first { place.isHeld(by: $0) }
        var error = HBaseError(.notServing, "no server serves the region now")
        error.region = meta.map { String(decoding: $0.name, as: UTF8.self) }
        var waiting: [Operation] = []
        var others: [Operation] = []
        for operation in table.parked.takeAll() {
            guard let job = job(of: operation) else { continue }
            let isHere = job.withRow(job.index(operation)) { key in
                meta?.holds(key) ?? (!place.isBefore && row.withUnsafeBytes { $0.equals(key) })
            }
            if isHere { waiting.append(operation) } else { others.append(operation) }
        }
        func isHere(_ call: GenericCall) -> Bool {
            guard let own = call.call.place else { return false }
            let other = Place(row: own.row, isBefore: own.isBefore)
            return meta.map { other.isHeld(by: $0) } ?? (other.row == row && other.isBefore == place.isBefore)
        }
        let calls = table.parkedCalls.filter(isHere)
        table.parkedCalls.removeAll(where: isHere)
        // The look-up may have found the regions of others; younger operations would overtake them there.
        table.isLookingUp = true
        self.place(others)
        table.isLookingUp = false
        checkState(table, waiting, calls, error)
        lookUp(table)
    }

    /// Reads the table's state before waiting for a region of it.
    private func checkState(
        _ table: TableState, _ operations: [Operation], _ calls: [GenericCall], _ error: HBaseError
    ) {
        postpone(operations, error)
        for call in calls { retry(call, error, pause: nil, isOfAbsence: true) }
        guard !table.isCheckingState else { return }
        table.isCheckingState = true
        var request = ScanRequest()
        request.region = RegionSpecifier.meta.value
        var scan = Scan()
        scan.columns = [ColumnMessage(family: [UInt8]("table".utf8), qualifiers: [[UInt8]("state".utf8)])]
        scan.startRow = [UInt8](table.table.description.utf8)
        scan.stopRow = scan.startRow
        scan.includesStopRow = true
        request.scan = scan
        request.numberOfRows = 1
        request.closesScanner = true
        let bytes = request.encoded()
        let call = HBaseCall(service: .client, method: "Scan", target: .region(.meta, row: [])) { _ in bytes }
        start(call) { [weak self] result in
            table.isCheckingState = false
            guard case .success(let reply) = result, TableStateRow.isDisabled(reply.frame) else { return }
            self?.failAll(
                of: table, HBaseError(.tableNotEnabled, "table \"\(table.table)\" is disabled"))
        }
    }

    /// Ends everything that waits for regions of a table, also what waits for its next try.
    private func failAll(of table: TableState, _ error: HBaseError) {
        failParked(table, error)
        for index in retries.indices {
            for operation in retries[index].operations {
                if let job = job(of: operation), job.table === table { fail(operation, error) }
            }
        }
        for call in calls where !call.isFinished && call.isWaiting {
            if call.call.place?.table == table.table {
                call.finish(.failure(error))
            }
        }
    }

    // MARK: hbase:meta itself

    private func findMeta(_ table: TableState) {
        guard let registry else {
            failParked(table, HBaseError(.refused, "the settings name no server to ask for the cluster"))
            table.isLookingUp = false
            return
        }
        registry.find(.meta) { [weak self] result in
            table.isLookingUp = false
            guard let self else { return }
            switch result {
            case .failure(let error): self.lookupFailed(error, table)
            case .success(let server):
                table.failedLookups = 0
                let info = RegionInfo(regionID: 1, table: .meta)
                self.learn(
                    RegionLocation(region: info, name: RegionSpecifier.meta.value, server: server), table)
                self.reroute(table)
            }
        }
    }

    // MARK: all regions

    func listRegions(
        _ table: HBaseTable, _ completion: @escaping @Sendable (Result<[RegionLocation], HBaseError>) -> Void
    ) {
        listRegions(table, from: [], found: [], completion)
    }

    private func listRegions(
        _ table: HBaseTable, from startKey: [UInt8], found: [RegionLocation],
        _ completion: @escaping @Sendable (Result<[RegionLocation], HBaseError>) -> Void
    ) {
        let page: UInt32 = 500
        readMeta(MetaScan.list(table, from: startKey, rows: page)) { [weak self] result in
            guard let self else { return }
            switch result {
            case .failure(let error): completion(.failure(error))
            case .success(let rows):
                let own = rows.filter { $0.region.table == table }
                if own.isEmpty, found.isEmpty {
                    completion(
                        .failure(HBaseError(.tableNotFound, "table \"\(table)\" does not exist")))
                    return
                }
                let locations = found + own.compactMap(\.location)
                // The page may end between a split parent and its daughters, which start at the same key.
                guard let last = own.last, !last.region.endKey.isEmpty, last.region.endKey > startKey else {
                    completion(.success(locations))
                    return
                }
                self.listRegions(table, from: last.region.endKey, found: locations, completion)
            }
        }
    }
}

private func > (left: [UInt8], right: [UInt8]) -> Bool {
    left.withUnsafeBytes { first in right.withUnsafeBytes { first.compare($0) > 0 } }
}

extension MetaRow {
    func holds(_ row: [UInt8]) -> Bool { row.withUnsafeBytes { holds($0) } }

    /// Whether what lies just before the row is in the region; an empty row is the end of the table.
    func holds(before row: [UInt8]) -> Bool {
        if row.isEmpty { return region.endKey.isEmpty }
        return row > region.startKey && (region.endKey.isEmpty || !(row > region.endKey))
    }

    func holds(_ row: UnsafeRawBufferPointer) -> Bool {
        region.startKey.withUnsafeBytes { $0.compare(row) <= 0 }
            && (region.endKey.isEmpty || region.endKey.withUnsafeBytes { row.compare($0) < 0 })
    }
}

/// The row of a table in `hbase:meta`, family `table`.
enum TableStateRow {
    /// DISABLED or DISABLING.
    static func isDisabled(_ frame: ResponseFrame) -> Bool {
        var state: UInt64 = 0
        frame.bytes.withRaw { all in
            guard let response = try? ScanResponse(frame) else { return }
            for result in response.results {
                try? result.forEachCell(in: all) { (cell) throws(WireError) in
                    var reader = ProtobufReader(cell.value)
                    while let field = try reader.next() {
                        if field == 1 { state = try reader.uint64() } else { try reader.skip() }
                    }
                }
            }
        }
        return state == 1 || state == 2
    }
}
