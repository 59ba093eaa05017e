/// Regions that move, split and merge; servers that die and come back. Each change takes its time, during which the
/// region is nowhere, then opens.
extension FakeHBaseCluster {
    private func liveServers(except index: Int? = nil) -> [Int] {
        servers.indices.filter { servers[$0].isAlive && $0 != index }
    }

    func setState(of table: FakeTable, _ state: FakeTable.State) {
        table.state = state
        let live = liveServers()
        for (i, region) in table.regions.enumerated() {
            if state == .disabled {
                region.state = .closed
                region.server = nil
                region.inTransition = false
            } else if !live.isEmpty {
                open(region, at: live[i % live.count])
            }
        }
    }

    /// Disables or enables a table at once.
    public func disable(_ table: FakeTable) { setState(of: table, .disabled) }
    public func enable(_ table: FakeTable) { setState(of: table, .enabled) }

    private func isIdle(_ region: FakeRegion) -> Bool {
        region.state == .open && !region.inTransition && region.table.state == .enabled
            && region.table.regions.contains { $0 === region }
    }

    /// Moves a region to another server (nil: any); nothing when it is on the way already.
    public func move(_ region: FakeRegion, to target: Int? = nil) {
        guard isIdle(region), let from = region.server else { return }
        guard let to = target ?? liveServers(except: from).randomElement(using: &random), to != from else {
            return
        }
        moves += 1
        region.inTransition = true
        region.state = .closed
        region.server = nil
        world.after(transitionTime()) { [unowned self] in
            guard region.inTransition, servers[to].isAlive else { return reopen(region) }
            region.state = .opening
            region.server = to
            world.after(transitionTime()) { [unowned self] in
                guard region.inTransition, region.server == to, servers[to].isAlive else {
                    return reopen(region)
                }
                open(region, at: to)
                region.hints[from] = to
            }
        }
    }

    /// Opens a region anywhere that lost its server while it was on the way.
    private func reopen(_ region: FakeRegion) {
        guard region.inTransition, region.table.state == .enabled else { return }
        guard let index = liveServers().randomElement(using: &random) else {
            world.after(transitionTime()) { [unowned self] in reopen(region) }
            return
        }
        open(region, at: index)
    }

    /// Splits a region at a key inside of it.
    public func split(_ region: FakeRegion, at key: [UInt8]) {
        guard isIdle(region), let index = region.server, region.contains(key), key != region.start else {
            return
        }
        let table = region.table
        splits += 1
        region.inTransition = true
        region.state = .closed
        region.server = nil
        world.after(transitionTime()) { [unowned self] in
            guard region.inTransition, let at = table.regions.firstIndex(where: { $0 === region }) else {
                return
            }
            let id = nextRegionID()
            let low = FakeRegion(table: table, id: id, start: region.start, end: key)
            let high = FakeRegion(table: table, id: id, start: key, end: region.end)
            region.state = .split
            region.inTransition = false
            region.daughters = [low, high]
            table.parents.append(region)
            table.regions.replaceSubrange(at...at, with: [low, high])
            for daughter in [low, high] { openLater(daughter, near: index) }
            world.after(parentNanos) { table.parents.removeAll { $0 === region } }
        }
    }

    private func openLater(_ region: FakeRegion, near index: Int) {
        region.inTransition = true
        region.state = .opening
        region.server = servers[index].isAlive ? index : nil
        world.after(transitionTime()) { [unowned self] in
            guard region.inTransition, let at = region.server, servers[at].isAlive else {
                return reopen(region)
            }
            open(region, at: at)
        }
    }

    /// Merges two adjacent regions of a table.
    public func merge(_ low: FakeRegion, _ high: FakeRegion) {
        guard isIdle(low), isIdle(high), low !== high, low.end == high.start, !low.end.isEmpty,
            let index = low.server
        else { return }
        let table = low.table
        merges += 1
        for region in [low, high] {
            region.inTransition = true
            region.state = .closed
            region.server = nil
        }
        world.after(transitionTime()) { [unowned self] in
            guard low.inTransition, high.inTransition,
                let at = table.regions.firstIndex(where: { $0 === low }), at + 1 < table.regions.count,
                table.regions[at + 1] === high
            else { return }
            let merged = FakeRegion(table: table, id: nextRegionID(), start: low.start, end: high.end)
            merged.mergedFrom = [low, high]
            table.regions.replaceSubrange(at...at + 1, with: [merged])
            openLater(merged, near: index)
        }
    }

    /// A key inside of the region at which it can be split: of a row that it has, or nil.
    public func splitKey(of region: FakeRegion) -> [UInt8]? {
        let rows = region.table.store.rows(from: region.start, to: region.end).filter { $0 != region.start }
        return rows.isEmpty ? nil : rows[rows.count / 2]
    }

    /// Every `nanos` one random region of the table moves, splits or merges; splits and merges keep the count about
    /// where it is. Ends when `keepGoing` says so.
    public func startChaos(
        on table: FakeTable, every nanos: Int64 = 50_000_000, while keepGoing: @escaping () -> Bool
    ) {
        let wanted = table.regions.count
        world.after(nanos) { [unowned self] in
            guard keepGoing() else { return }
            disturb(table, wanted: wanted)
            startChaos(on: table, wanted: wanted, every: nanos, while: keepGoing)
        }
    }

    private func startChaos(
        on table: FakeTable, wanted: Int, every nanos: Int64, while keepGoing: @escaping () -> Bool
    ) {
        world.after(nanos) { [unowned self] in
            guard keepGoing() else { return }
            disturb(table, wanted: wanted)
            startChaos(on: table, wanted: wanted, every: nanos, while: keepGoing)
        }
    }

    private func disturb(_ table: FakeTable, wanted: Int) {
        guard let at = table.regions.indices.randomElement(using: &random) else { return }
        let region = table.regions[at]
        switch Int.random(in: 0..<4, using: &random) {
        case 0, 1: move(region)
        case 2 where table.regions.count <= wanted:
            if let key = splitKey(of: region) { split(region, at: key) }
        default:
            if at + 1 < table.regions.count, table.regions.count >= wanted {
                merge(region, table.regions[at + 1])
            } else {
                move(region)
            }
        }
    }

    // MARK: Servers

    /// Kills a region server like SIGKILL; its regions, and hbase:meta when it has it, open elsewhere after
    /// `recoveryNanos`. The server that takes them knows no nonces of them, or their operations without results.
    public func kill(server index: Int) {
        let server = servers[index]
        guard server.isAlive else { return }
        deaths += 1
        let known = server.nonces.keys
        server.die()
        let lost = allRegions.filter { $0.server == index }
        for region in lost {
            region.state = .closed
            region.server = nil
            region.inTransition = true
        }
        let hadMeta = metaServer == index
        world.after(recoveryNanos) { [unowned self] in
            keepers.forEach { $0.changed("/hbase/rs", type: 4) }
            if hadMeta { placeMeta() }
            for nonce in known {
                for other in servers where other.isAlive {
                    other.nonces[nonce] = FakeNonceEntry(sequence: nil)
                }
            }
            for region in lost { reopen(region) }
        }
    }

    /// Moves hbase:meta to another server (nil: any), which needs a moment to open it.
    public func moveMeta(to target: Int? = nil) {
        let from = metaServer
        guard let to = target ?? liveServers(except: from).randomElement(using: &random) else { return }
        metaServer = to
        metaOpensAt = world.now + transitionTime()
        for keeper in keepers { keeper.changed("/hbase/meta-region-server", type: 3) }
    }

    private func placeMeta() {
        guard let index = liveServers().randomElement(using: &random) else {
            metaServer = nil
            world.after(transitionTime()) { [unowned self] in placeMeta() }
            return
        }
        moveMeta(to: index)
    }

    /// Starts a dead server again on its port, as a new process.
    public func restart(server index: Int) {
        let server = servers[index]
        guard !server.isAlive else { return }
        server.startCode = newStartCode()
        server.isAlive = true
        keepers.forEach { $0.changed("/hbase/rs", type: 4) }
    }

    public func killMaster(_ index: Int = 0) { masters[index].die() }

    public func restartMaster(_ index: Int = 0) {
        masters[index].startCode = newStartCode()
        masters[index].isAlive = true
    }
}
