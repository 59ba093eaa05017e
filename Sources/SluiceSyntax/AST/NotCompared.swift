/// A stored value that equality ignores, such as a node's place in the text.
///
/// With it the compiler's own `==` of a node compares what the node means and not where it stood, so that
/// `parse(print(parse(text))) == parse(text)` can be tested.
@propertyWrapper
public struct NotCompared<Value: Sendable>: Sendable, Equatable {
    public var wrappedValue: Value

    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }

    public static func == (left: NotCompared, right: NotCompared) -> Bool { true }
}
