public import SluiceBase
public import SluiceColumns

/// One call per batch: argument columns of `count` rows in, a column of `count` rows out.
public typealias Kernel =
    @Sendable (_ arguments: [Column], _ count: Int, _ context: EvalContext) throws(SQLError) -> Column

/// A call as written, with typed arguments, to be checked and coerced.
public struct CallSite: Sendable {
    public var name: String
    public var arguments: [BoundExpr]
    public var span: SourceSpan?

    public init(name: String, arguments: [BoundExpr], span: SourceSpan?) {
        self.name = name
        self.arguments = arguments
        self.span = span
    }
}

/// A scalar function or operator: its typing rule and the kernel for given types.
public struct FunctionDefinition: Sendable {
    public enum Category: String, Sendable {
        case comparison, logic, arithmetic, string, temporal, conditional, conversion, collection, json, hash,
            system
    }

    /// Upper case; operators by their symbol.
    public var name: String
    public var category: Category
    /// One line for help: `SUBSTRING(string FROM start [FOR length])`.
    public var signature: String
    /// Checks and coerces the arguments; gives the typed call. Errors carry the place of the argument at fault.
    public var resolve: @Sendable (CallSite) throws(SQLError) -> BoundExpr
    /// The kernel of a call that `resolve` made.
    public var kernel: @Sendable (_ call: BoundExpr) throws(SQLError) -> Kernel
    /// False for RAND, UUID, time functions in streaming: never folded, never moved.
    public var isDeterministic: Bool
    /// True if evaluation over rows that a condition excluded could fail the job.
    public var canFail: Bool

    public init(
        _ name: String, _ category: Category, signature: String, isDeterministic: Bool = true,
        canFail: Bool = false,
        resolve: @escaping @Sendable (CallSite) throws(SQLError) -> BoundExpr,
        kernel: @escaping @Sendable (_ call: BoundExpr) throws(SQLError) -> Kernel
    ) {
        self.name = name
        self.category = category
        self.signature = signature
        self.isDeterministic = isDeterministic
        self.canFail = canFail
        self.resolve = resolve
        self.kernel = kernel
    }
}
