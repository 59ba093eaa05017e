/// Names one state of an operator; the same from run to run of a job.
public struct StateID: Hashable, Sendable {
    /// The node of the graph.
    public var node: Int
    /// What the operator calls it.
    public var name: String

    public init(node: Int, name: String) {
        self.node = node
        self.name = name
    }
}

/// The instance of an operator whose states a store holds.
public struct StateOwner: Sendable {
    public var node: Int
    /// The operator, by the name that errors show.
    public var name: String
    public var subtask: Int
    /// Those that the exchanges in front of it send here.
    public var keyGroups: Range<Int>

    public init(node: Int, name: String, subtask: Int, keyGroups: Range<Int>) {
        self.node = node
        self.name = name
        self.subtask = subtask
        self.keyGroups = keyGroups
    }
}

/// A part of a state that comes and goes as a whole: a window, a slice of one, or everything.
public struct StateNamespace: Hashable, Sendable {
    public var start: Int64
    public var end: Int64

    public init(start: Int64, end: Int64) {
        self.start = start
        self.end = end
    }

    /// The only namespace of a state without windows.
    public static let all = StateNamespace(start: .min, end: .max)
}

/// The number of an open namespace in its state; may be given to another one after `drop`.
public struct NamespaceSlot: Hashable, Sendable {
    public let index: Int
    public init(index: Int) { self.index = index }
}
