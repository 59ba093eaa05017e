/// One row of `hbase:meta` of family `info`: a region and where it is.
struct MetaRow {
    enum State {
        /// Absent, or OPEN.
        case open
        /// Opening, closing, closed, split and so on.
        case other
    }

    var name: [UInt8]
    var region: RegionInfo
    var server: ServerName?
    var sequenceNumber: Int64 = -1
    var state = State.open

    /// nil when the row has no readable `regioninfo`.
    init?(_ result: ResultRange, in bytes: UnsafeRawBufferPointer) {
        var name: [UInt8] = []
        var region: RegionInfo?
        var address: (host: String, port: UInt16)?
        var startCode: UInt64 = 0
        var sequenceNumber: Int64 = -1
        var state = State.open
        let walked: Void? = try? result.forEachCell(in: bytes) { (cell) throws(WireError) in
            if name.isEmpty { name = [UInt8](cell.row) }
            guard cell.family.elementsEqual("info".utf8) else { return }
            switch String(decoding: cell.qualifier, as: UTF8.self) {
            case "regioninfo":
                if let message = NodeData.message([UInt8](cell.value)) {
                    region = try RegionInfo(Array(message))
                }
            case "server": address = MetaRow.address(String(decoding: cell.value, as: UTF8.self))
            case "serverstartcode": startCode = UInt64(bitPattern: MetaRow.number(cell.value))
            case "seqnumDuringOpen": sequenceNumber = MetaRow.number(cell.value)
            case "state": state = cell.value.elementsEqual("OPEN".utf8) ? .open : .other
            default: break
            }
        }
        guard walked != nil, let region else { return nil }
        self.name = name
        self.region = region
        self.state = state
        self.sequenceNumber = sequenceNumber
        if let address {
            server = ServerName(host: address.host, port: address.port, startCode: startCode)
        }
    }

    /// The location, when the region is one that serves its rows.
    var location: RegionLocation? {
        guard let server, state == .open, !region.isSplit, !region.isOffline, region.replicaID == 0 else {
            return nil
        }
        return RegionLocation(region: region, name: name, server: server, sequenceNumber: sequenceNumber)
    }

    private static func address(_ text: String) -> (host: String, port: UInt16)? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        return (String(text[..<colon]), port)
    }

    private static func number(_ bytes: UnsafeRawBufferPointer) -> Int64 {
        bytes.count == 8 ? Int64(bigEndian: bytes.loadUnaligned(as: Int64.self)) : -1
    }
}

/// The scans of `hbase:meta` that a client does.
enum MetaScan {
    static let family = [ColumnMessage(family: [UInt8]("info".utf8))]
    static let rowsPerLookup: UInt32 = 3

    /// Regions at and before the one that holds the row, the nearest first: one round trip.
    static func lookup(_ table: HBaseTable, row: [UInt8]) -> ScanRequest {
        let name = [UInt8](table.description.utf8)
        let comma = UInt8(ascii: ",")
        var scan = Scan()
        scan.columns = family
        scan.startRow = name + [comma] + row + [UInt8](",99999999999999".utf8)
        scan.stopRow = name + [comma, comma]
        scan.includesStopRow = true
        scan.isReversed = true
        scan.readType = .positional
        return request(scan, rows: rowsPerLookup)
    }

    /// Regions before the row, the nearest first; an empty row: the last regions.
    static func lookup(_ table: HBaseTable, before row: [UInt8]) -> ScanRequest {
        let name = [UInt8](table.description.utf8)
        let comma = UInt8(ascii: ",")
        var scan = Scan()
        scan.columns = family
        // A region that starts with the row itself has a number behind the second comma, and lies behind this.
        scan.startRow = row.isEmpty ? name + [0] : name + [comma] + row + [comma]
        scan.stopRow = name + [comma, comma]
        scan.includesStopRow = true
        scan.isReversed = true
        scan.readType = .positional
        return request(scan, rows: rowsPerLookup)
    }

    /// Regions of a table from a start key on.
    static func list(_ table: HBaseTable, from startKey: [UInt8], rows: UInt32) -> ScanRequest {
        let name = [UInt8](table.description.utf8)
        let comma = UInt8(ascii: ",")
        var scan = Scan()
        scan.columns = family
        scan.startRow = name + [comma] + startKey + [comma]
        scan.stopRow = name + [UInt8](" ,,".utf8)
        scan.readType = .positional
        return request(scan, rows: rows)
    }

    private static func request(_ scan: Scan, rows: UInt32) -> ScanRequest {
        var request = ScanRequest()
        request.region = RegionSpecifier.meta.value
        request.scan = scan
        request.numberOfRows = rows
        request.closesScanner = true
        return request
    }

    /// The rows of an answer, those that cannot be read left out; nil: none yet, the server's time was up.
    static func rows(_ frame: ResponseFrame) throws(WireError) -> [MetaRow]? {
        let response = try ScanResponse(frame)
        if response.isHeartbeat, response.results.isEmpty { return nil }
        return frame.bytes.withRaw { all in response.results.compactMap { MetaRow($0, in: all) } }
    }
}
