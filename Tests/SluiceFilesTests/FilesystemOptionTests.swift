import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceFiles
import Testing

@Suite struct FilesystemOptionTests {
    @Test("a table without a path is refused")
    func path() {
        let table = ResolvedTable(
            name: "t", columns: [.init(name: "a", type: .string)],
            options: TableOptions([.init("connector", "filesystem"), .init("format", "none")]))
        #expect(throws: SQLError.self) { try FilesystemConnector(formats: FormatRegistry()).validate(table) }
    }
}
