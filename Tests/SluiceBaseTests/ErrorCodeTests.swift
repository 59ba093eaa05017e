import SluiceBase
import Testing

@Test("an error code prints with four digits and knows its family and exit code")
func errorCodes() {
    #expect(ErrorCode.unknownColumn.description == "SLC-2004")
    #expect(ErrorCode.internalError.description == "SLC-0001")
    #expect(ErrorCode.syntax.exitCode == 3)
    #expect(ErrorCode.evaluation.exitCode == 4)
    #expect(ErrorCode.memoryBudget.exitCode == 7)
}
