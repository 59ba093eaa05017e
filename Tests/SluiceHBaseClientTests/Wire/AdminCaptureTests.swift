import Testing

@testable import SluiceHBaseClient

/// Administrative messages against recorded conversations of another client with a real HBase.
extension CaptureTests {
    private func recorded(_ title: String, _ method: String) throws -> (
        request: [UInt8], answers: [ResponseFrame]
    ) {
        let frames = try capture("08-admin").section(title).filter { $0.name == method }
        return (frames[0].bytes, try answers(frames))
    }

    @Test func requestsAreWrittenAsRecorded() throws {
        let table = HBaseTable(name: "cap2")
        let cases: [(String, String, [UInt8])] = [
            ("GetTableState", "GetTableState", AdminRequests.tableState(table)),
            ("GetTableDescriptors", "GetTableDescriptors", AdminRequests.tableDescriptors(table)),
            ("ListNamespaceDescriptors", "ListNamespaceDescriptors", []),
            (
                "GetTableNames", "GetTableNames",
                AdminRequests.tableNames(namespace: nil, includesSystem: false)
            ),
            ("getProcedureResult", "getProcedureResult", AdminRequests.procedureResult(384)),
        ]
        for (title, method, message) in cases {
            let request = try recorded(title, method).request
            let header = 1 + Int(request[4])
            #expect(hex(request[(4 + header)...]) == hex([UInt8(message.count)] + message), "\(method)")
        }
    }

    @Test func answersAreRead() throws {
        func read<Value>(
            _ title: String, _ method: String, _ body: (UnsafeRawBufferPointer) throws(WireError) -> Value
        ) throws -> Value {
            let frame = try recorded(title, method).answers[0]
            return try frame.withMessage { (raw) throws(WireError) in try body(raw) }
        }
        #expect(try read("CreateTable", "CreateTable", AdminAnswers.procedure) == 384)
        #expect(try read("GetTableState", "GetTableState", AdminAnswers.tableState) == .enabled)
        let names = try read("GetTableNames", "GetTableNames", AdminAnswers.tableNames)
        #expect(names.contains(HBaseTable(name: "cap")) && names.contains(HBaseTable("ns1:x")))
        let spaces = try read("ListNamespaceDescriptors", "ListNamespaceDescriptors", AdminAnswers.namespaces)
        #expect(spaces.map(\.name) == ["default", "hbase", "ns1"])
        let schema = try read("GetTableDescriptors", "GetTableDescriptors", AdminAnswers.tableSchemas)[0]
        #expect(schema.table == HBaseTable(name: "cap2"))
        #expect(schema.families[0]["BLOCKSIZE"] == "65536" && schema.families[0]["BLOCKCACHE"] == "true")
        #expect(try TableSchema(schema.encoded()) == schema)
        let status = try read("GetClusterStatus", "GetClusterStatus", AdminAnswers.clusterStatus)
        #expect(status.master?.host == "127.0.0.1" && status.servers.count == 2)
        let file = try capture("08-admin")
        let states = try file.sections.filter { $0.title == "getProcedureResult" }.map { section in
            try answers(section.frames)[0].decode(ProcedureResult.self).state
        }
        #expect(states.first == .running && states.contains(.finished))
    }
}

@Suite struct ProcedureTests {
    /// `GetProcedureResultResponse{FINISHED, exception{generic_exception{class_name, message}}}`.
    @Test func anExceptionStandsInTheProcedure() throws {
        let generic = "0a03 612e42 1204 6e6f2121".split(separator: " ").joined()
        let message = bytes(hex: "0802 1005 2a0f 0a00 120b \(generic)")
        let result = try ProcedureResult(message)
        #expect(result.state == .finished)
        #expect(result.exception?.className == "a.B" && result.exception?.firstLine == "no!!")
        #expect(try ProcedureResult(bytes(hex: "0801")).exception == nil)
        #expect(throws: WireError.self) { try ProcedureResult(bytes(hex: "1005")) }
    }
}
