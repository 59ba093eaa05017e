/// The functions of dates and times.
let temporalFunctions: [FunctionDefinition] =
    extractFunctions + timestampArithmetic + formatFunctions + currentFunctions

extension FunctionRegistry {
    /// Every named scalar function; operators and conditional forms are registered beside them.
    static let namedFunctions: [FunctionDefinition] =
        mathFunctions + stringFunctions + regexFunctions + temporalFunctions + hashFunctions
        + collectionFunctions + bitmapFunctions + jsonFunctions
}
