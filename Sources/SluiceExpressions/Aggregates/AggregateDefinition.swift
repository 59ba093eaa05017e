public import SluiceBase
public import SluiceColumns

/// An aggregate function: its typing rule and its accumulator.
public struct AggregateDefinition: Sendable {
    public var name: String
    public var signature: String
    /// The result type for argument types; checks count and types. Literal arguments come with their values.
    public var resolve: @Sendable (_ site: CallSite, _ distinct: Bool) throws(SQLError) -> DataType
    /// `retractable`: the input has -U or -D rows.
    public var makeAccumulator:
        @Sendable (_ call: AggregateCall, _ retractable: Bool) throws(SQLError) -> any Accumulator

    public init(
        _ name: String, signature: String,
        resolve: @escaping @Sendable (_ site: CallSite, _ distinct: Bool) throws(SQLError) -> DataType,
        makeAccumulator:
            @escaping @Sendable (_ call: AggregateCall, _ retractable: Bool) throws(SQLError) ->
            any Accumulator
    ) {
        self.name = name
        self.signature = signature
        self.resolve = resolve
        self.makeAccumulator = makeAccumulator
    }
}

/// The built-in aggregates by upper-case name.
public struct AggregateRegistry: Sendable {
    private var definitions: [String: AggregateDefinition] = [:]

    public init() {}

    public mutating func register(_ definition: AggregateDefinition) {
        definitions[definition.name] = definition
    }
    public func find(_ name: String) -> AggregateDefinition? { definitions[name.uppercased()] }
    public var names: [String] { definitions.keys.sorted() }
}
