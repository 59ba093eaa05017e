public import SluiceColumns
public import SluiceJobGraph

/// A column of a logical plan: name, type, and what it means for time and windows.
public struct PlanField: Sendable, Hashable {
    public var name: String
    public var type: DataType
    /// A column by which streaming operators may order time (T8, T9).
    public var time: TimeAttribute?
    /// A column that a window table function added; it keeps the role through projections, filters and UNION ALL.
    public var window: WindowRole?

    public enum TimeAttribute: Sendable, Hashable { case rowtime, proctime }

    public init(_ name: String, _ type: DataType, time: TimeAttribute? = nil, window: WindowRole? = nil) {
        self.name = name
        self.type = type
        self.time = time
        self.window = window
    }

    /// The same column without a role: what an expression over it, or a join, leaves.
    public var plain: PlanField { PlanField(name, type) }

    public func named(_ name: String) -> PlanField {
        var copy = self
        copy.name = name
        return copy
    }
}

/// The part that a column plays for its window.
public struct WindowRole: Sendable, Hashable {
    public enum Part: Sendable, Hashable { case start, end, time }
    public var part: Part
    /// The windows that rows were given to; columns of different windows do not go together.
    public var window: WindowSpec
    public var isLTZ: Bool
    public var isProctime: Bool

    public init(part: Part, window: WindowSpec, isLTZ: Bool, isProctime: Bool) {
        self.part = part
        self.window = window
        self.isLTZ = isLTZ
        self.isProctime = isProctime
    }
}
