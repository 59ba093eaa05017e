import SluiceBase

/// Regions and servers.
extension AdminClient {
    /// All regions of a table with their servers, in the order of their keys.
    public func regions(of table: HBaseTable, _ completion: @escaping Completion<[RegionLocation]>) {
        client.regions(of: table, completion)
    }

    /// Splits a region at a row; nil: where the server sees its middle.
    public func split(
        _ region: RegionInfo, at row: [UInt8]? = nil, _ completion: @escaping Completion<Void>
    ) {
        run("SplitRegion", AdminRequests.split(region, at: row, nonce), completion)
    }

    /// Merges neighbouring regions.
    public func merge(_ regions: [RegionLocation], _ completion: @escaping Completion<Void>) {
        run("MergeTableRegions", AdminRequests.merge(regions.map(\.encodedName), nonce), completion)
    }

    /// Moves a region to a server; nil: to one that the master chooses. Ends when the region is there.
    public func move(
        _ region: RegionLocation, to server: ServerName? = nil, _ completion: @escaping Completion<Void>
    ) {
        ask("MoveRegion", AdminRequests.move(region.encodedName, to: server), { _ in () }, completion)
    }

    public func clusterStatus(_ completion: @escaping Completion<ClusterStatus>) {
        ask("GetClusterStatus", AdminRequests.clusterStatus(), AdminAnswers.clusterStatus, completion)
    }

    /// Writes what the regions of a table hold in memory to files.
    public func flush(_ table: HBaseTable, _ completion: @escaping Completion<Void>) {
        eachRegion(of: table, "FlushRegion", { AdminRequests.flush($0) }, completion)
    }

    /// Has the regions of a table compacted; the servers do it later.
    public func compact(
        _ table: HBaseTable, isMajor: Bool, family: [UInt8]? = nil, _ completion: @escaping Completion<Void>
    ) {
        let message: @Sendable ([UInt8]) -> [UInt8] = {
            AdminRequests.compact($0, isMajor: isMajor, family: family)
        }
        eachRegion(of: table, "CompactRegion", message, completion)
    }

    /// Calls a method of `AdminService` for each region of a table where it lies, and completes with the first error.
    private func eachRegion(
        of table: HBaseTable, _ method: StaticString, _ message: @escaping @Sendable ([UInt8]) -> [UInt8],
        _ completion: @escaping Completion<Void>
    ) {
        client.regions(of: table) { [client] result in
            guard case .success(let regions) = result, !regions.isEmpty else {
                completion(result.map { _ in () })
                return
            }
            let progress = Lock<(left: Int, error: HBaseError?)>((regions.count, nil))
            for region in regions {
                let target = HBaseCall.Target.region(table, row: region.region.startKey)
                let call = HBaseCall(service: .admin, method: method, target: target) { location in
                    message(location?.name ?? region.name)
                }
                client.call(call) { result in
                    let ended: (isLast: Bool, error: HBaseError?) = progress.withLock { progress in
                        progress.left -= 1
                        if case .failure(let error) = result, progress.error == nil { progress.error = error }
                        return (progress.left == 0, progress.error)
                    }
                    guard ended.isLast else { return }
                    completion(ended.error.map { .failure($0) } ?? .success(()))
                }
            }
        }
    }
}
