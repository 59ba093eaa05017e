/// Walks over the answer of a Multi in place.
public enum MultiResponse {
    /// What became of one action.
    public enum Outcome {
        case result(ResultRange)
        case exception(RemoteException)
    }

    public enum Event {
        /// An action of the region with this position in the request. The index is the one sent, or counts from 0
        /// in an atomic or conditional region action.
        case action(region: Int, index: UInt32, Outcome)
        /// After its actions. With an exception nothing of the region was applied. `processed`: whether the
        /// condition held.
        case region(Int, exception: RemoteException?, processed: Bool?)
    }

    /// Calls `body` with each event. Regions come in the order of the request; there may be fewer than were asked.
    public static func read(
        _ frame: ResponseFrame, _ body: (Event) -> Void
    ) throws(WireError) {
        try frame.bytes.withRaw { (all) throws(WireError) in
            let cells = UnsafeRawBufferPointer(rebasing: all[frame.cells])
            var walk = Walk(all: all, block: CellBlockReader(cells), blockStart: frame.cells.lowerBound)
            var reader = ProtobufReader(UnsafeRawBufferPointer(rebasing: all[frame.message]))
            var region = 0
            while let field = try reader.next() {
                guard field == 1 else {
                    try reader.skip()
                    continue
                }
                let inner = try reader.bytes()
                let start = frame.message.lowerBound + reader.offset - inner.count
                try walk.region(region, inner, start, body)
                region += 1
            }
        }
    }

    private struct Walk {
        let all: UnsafeRawBufferPointer
        var block: CellBlockReader
        let blockStart: Int

        mutating func region(
            _ region: Int, _ bytes: UnsafeRawBufferPointer, _ start: Int, _ body: (Event) -> Void
        ) throws(WireError) {
            var exception: RemoteException?
            var processed: Bool?
            var reader = ProtobufReader(bytes)
            while let field = try reader.next() {
                switch field {
                case 1:
                    let inner = try reader.bytes()
                    try action(region, inner, start + reader.offset - inner.count, body)
                case 2: exception = try RemoteException(pair: try reader.bytes())
                case 3: processed = try reader.bool()
                default: try reader.skip()
                }
            }
            body(.region(region, exception: exception, processed: processed))
        }

        private mutating func action(
            _ region: Int, _ bytes: UnsafeRawBufferPointer, _ start: Int, _ body: (Event) -> Void
        ) throws(WireError) {
            var index: UInt32 = 0
            var outcome = Outcome.result(ResultRange())
            var reader = ProtobufReader(bytes)
            while let field = try reader.next() {
                switch field {
                case 1: index = try reader.uint32()
                case 2:
                    let length = try reader.bytes().count
                    let end = start + reader.offset
                    let range = try ResultRange(
                        all, message: end - length..<end, block: &block, blockStart: blockStart)
                    outcome = .result(range)
                case 3: outcome = .exception(try RemoteException(pair: try reader.bytes()))
                default: try reader.skip()
                }
            }
            body(.action(region: region, index: index, outcome))
        }
    }
}
