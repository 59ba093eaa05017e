/// A model with its input and output columns.
public struct ModelEntry: Sendable, Equatable {
    public var name: QualifiedName
    public var inputs: [ViewEntry.Column]
    public var outputs: [ViewEntry.Column]
    public var options: OptionMap
    public var comment: String?
    public var isTemporary: Bool
    public var definition: String

    public init(
        name: QualifiedName, inputs: [ViewEntry.Column], outputs: [ViewEntry.Column],
        options: OptionMap = [:], comment: String? = nil, isTemporary: Bool = false, definition: String = ""
    ) {
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.options = options
        self.comment = comment
        self.isTemporary = isTemporary
        self.definition = definition
    }
}
