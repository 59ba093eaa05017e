import SluiceBase

/// Bulk loading through a client. Must not be used on the client's own thread.
public final class ClientBulkLoadService: BulkLoadService {
    private let client: HBaseClient
    private let table: HBaseTable
    /// Requests under way at once.
    private let concurrency: Int

    public init(_ client: HBaseClient, _ table: HBaseTable, concurrency: Int = 8) {
        self.client = client
        self.table = table
        self.concurrency = Swift.max(1, concurrency)
    }

    public func regions() throws(HBaseError) -> [RowRange] {
        let answer = Promise<Result<[RegionLocation], HBaseError>>()
        client.regions(of: table) { answer.give($0) }
        return try answer.wait().get().ranges.map { RowRange(start: $0.start, end: $0.end) }
    }

    /// Only the master knows; without it, or without the right to ask, files are written by HBase's defaults.
    public func families() throws(HBaseError) -> [FamilySchema] {
        let message = AdminRequests.tableDescriptors(table)
        var call = HBaseCall(service: .master, method: "GetTableDescriptors", target: .master) { _ in message
        }
        call.operationTimeoutNanos = 30_000_000_000
        let answer = Promise<Result<HBaseReply, HBaseError>>()
        client.call(call) { answer.give($0) }
        guard case .success(let reply) = answer.wait() else { return [] }
        return try ClientBulkLoadService.read(reply, AdminAnswers.tableSchemas).first?.families ?? []
    }

    public func prepare() throws(HBaseError) -> String {
        let table = table
        let reply = try call("PrepareBulkLoad", row: []) { location in
            ClientBulkLoadService.bytes(PrepareBulkLoadRequest(table: table, region: location?.name ?? []))
        }
        return try ClientBulkLoadService.read(reply, PrepareBulkLoadRequest.bulkToken)
    }

    public func load(_ requests: [BulkLoadRequest], token: String) -> [Result<Bool, HBaseError>] {
        var results: [Result<Bool, HBaseError>] = []
        var waiting: [Promise<Result<HBaseReply, HBaseError>>] = []
        for (index, request) in requests.enumerated() {
            if index >= concurrency { results.append(ClientBulkLoadService.loaded(waiting[results.count])) }
            waiting.append(
                send("BulkLoadHFile", row: request.rows.start) { location in
                    var message = BulkLoadHFileRequest(region: location?.name ?? [], files: request.files)
                    message.bulkToken = token
                    return ClientBulkLoadService.bytes(message)
                })
        }
        while results.count < waiting.count {
            results.append(ClientBulkLoadService.loaded(waiting[results.count]))
        }
        return results
    }

    private static func loaded(
        _ answer: Promise<Result<HBaseReply, HBaseError>>
    ) -> Result<Bool, HBaseError> {
        Result { () throws(HBaseError) -> Bool in
            try read(try answer.wait().get(), BulkLoadHFileRequest.isLoaded)
        }
    }

    public func cleanUp(token: String) throws(HBaseError) {
        _ = try call("CleanupBulkLoad", row: []) { location in
            ClientBulkLoadService.bytes(
                CleanupBulkLoadRequest(bulkToken: token, region: location?.name ?? []))
        }
    }

    // MARK: Calls

    private func send(
        _ method: StaticString, row: [UInt8], _ message: @escaping @Sendable (RegionLocation?) -> [UInt8]
    ) -> Promise<Result<HBaseReply, HBaseError>> {
        let answer = Promise<Result<HBaseReply, HBaseError>>()
        var call = HBaseCall(
            service: .client, method: method, target: .region(table, row: row), message: message)
        // Files may have to be copied to another file system.
        call.timeoutNanos = 600_000_000_000
        client.call(call) { answer.give($0) }
        return answer
    }

    private func call(
        _ method: StaticString, row: [UInt8], _ message: @escaping @Sendable (RegionLocation?) -> [UInt8]
    ) throws(HBaseError) -> HBaseReply {
        try send(method, row: row, message).wait().get()
    }

    private static func bytes(_ message: some ProtobufWritable) -> [UInt8] {
        var writer = ProtobufWriter()
        message.write(to: &writer)
        return writer.finish()
    }

    private static func read<Value>(
        _ reply: HBaseReply, _ body: (UnsafeRawBufferPointer) throws(WireError) -> Value
    ) throws(HBaseError) -> Value {
        do throws(WireError) {
            return try reply.frame.withMessage(body)
        } catch {
            throw HBaseError(
                .malformed, "the answer of a bulk load cannot be read: \(error)", server: reply.server)
        }
    }
}
