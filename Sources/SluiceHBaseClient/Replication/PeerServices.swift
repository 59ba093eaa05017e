/// What this process answers as a cluster of one server, besides taking entries: enough for HBase 3, whose sources
/// ask a peer's master for the cluster's id and servers, by way of ZooKeeper or of the servers themselves.
struct PeerServices {
    let clusterID: String
    let server: ServerName

    /// nil: no such method.
    func answer(_ request: PeerRequest, _ service: PeerConnection.Service) -> [UInt8]? {
        let id = request.callID
        switch (service, request.method) {
        case (.master, "IsMasterRunning"): return PeerAnswer.success(id) { $0.field(1, true) }
        case (.master, "GetClusterStatus"): return PeerAnswer.success(id, clusterStatus)
        case (.master, "ListDecommissionedRegionServers"): return PeerAnswer.success(id)
        case (.registry, "GetClusterId"): return PeerAnswer.success(id) { $0.field(1, clusterID) }
        case (.registry, "GetActiveMaster"), (.registry, "GetBootstrapNodes"):
            return PeerAnswer.success(id) { $0.field(1, server) }
        case (.registry, "GetMasters"):
            return PeerAnswer.success(id) { writer in
                let entry = writer.begin(1)
                writer.field(1, server)
                writer.field(2, true)
                writer.end(entry)
            }
        case (.registry, "GetMetaRegionLocations"): return PeerAnswer.success(id, metaLocation)
        default: return nil
        }
    }

    /// `GetClusterStatusResponse`: id, master and servers.
    private func clusterStatus(_ writer: inout ProtobufWriter) {
        let status = writer.begin(1)
        let id = writer.begin(5)
        writer.field(1, clusterID)
        writer.end(id)
        writer.field(7, server)
        writer.field(11, server)
        writer.end(status)
    }

    /// `GetMetaRegionLocationsResponse`: a client looks whether there is such a region before it asks for anything.
    private func metaLocation(_ writer: inout ProtobufWriter) {
        let location = writer.begin(1)
        writer.field(1, RegionInfo(regionID: 1, table: .meta))
        writer.field(2, server)
        writer.field(3, -1 as Int64)
        writer.end(location)
    }
}
