public import SluiceBase

/// The built-in scalar functions by upper-case name. A value, passed in; there is no global registry to mutate.
public struct FunctionRegistry: Sendable {
    private var definitions: [String: FunctionDefinition] = [:]

    public init() {}

    public mutating func register(_ definition: FunctionDefinition) {
        definitions[definition.name] = definition
    }
    public mutating func register(_ list: [FunctionDefinition]) {
        for definition in list { register(definition) }
    }

    public func find(_ name: String) -> FunctionDefinition? { definitions[name.uppercased()] }
    /// Those that people can call.
    public var names: [String] { definitions.keys.filter { !$0.hasPrefix("$") }.sorted() }
    /// `(BIGINT)` to an ARRAY of so many elements. Plans alone call it.
    public static let repeated = "$REPEAT"
    public var all: [FunctionDefinition] { names.compactMap { definitions[$0] } }

    /// Resolves a call by name; an unknown name is an error.
    public func resolve(_ site: CallSite) throws(SQLError) -> BoundExpr {
        guard let definition = find(site.name) else {
            throw SQLError(.unknownFunction, "function \"\(site.name)\" does not exist", span: site.span)
        }
        return try definition.resolve(site)
    }

    public func call(
        _ name: String, _ arguments: [BoundExpr], span: SourceSpan? = nil
    ) throws(SQLError) -> BoundExpr {
        try resolve(CallSite(name: name, arguments: arguments, span: span))
    }
}
