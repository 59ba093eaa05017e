import SluiceBase
import SluiceColumns

/// The string functions, by file of their kernels.
let stringFunctions: [FunctionDefinition] =
    caseFunctions + substringFunctions + trimFunctions + searchFunctions + buildFunctions + testFunctions
    + [printfFunction] + encodingFunctions

/// The longest string that a function makes; larger ones are an error rather than an exhausted machine.
let longestText = 256 * 1024 * 1024

func checkLength(_ bytes: Int, _ name: String) throws(SQLError) {
    if bytes > longestText {
        throw SQLError(.evaluation, "the result of function \"\(name)\" is longer than \(longestText) bytes")
    }
}

/// The varying type of an argument: CHAR(3) becomes VARCHAR(3).
func varying(_ argument: Int) -> ResultRule {
    ResultRule { (site) throws(SQLError) in
        let type = site.arguments[argument].type
        let nullable = ResultRule.anyNullable(site)
        if case .char(let length) = type.kind { return DataType(.varchar(length), nullable: nullable) }
        return type.nullable(nullable)
    }
}
