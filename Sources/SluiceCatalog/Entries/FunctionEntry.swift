/// A user's function. Names of functions are not case-sensitive.
public struct FunctionEntry: Sendable, Equatable {
    public var name: QualifiedName
    /// What stands after AS: a class name, or a body in the function's language.
    public var body: String
    /// In upper case: `JAVA`, `PYTHON`, `SQL`.
    public var language: String
    public var resources: [Resource]
    public var options: OptionMap
    public var isTemporary: Bool
    /// `CREATE TEMPORARY SYSTEM FUNCTION`: found without a database, before the built-in functions.
    public var isSystem: Bool
    public var definition: String

    public struct Resource: Sendable, Equatable {
        /// `JAR` or `ARTIFACT`.
        public var kind: String
        public var path: String

        public init(kind: String, path: String) {
            self.kind = kind
            self.path = path
        }
    }

    public init(
        name: QualifiedName, body: String, language: String = "JAVA", resources: [Resource] = [],
        options: OptionMap = [:], isTemporary: Bool = false, isSystem: Bool = false, definition: String = ""
    ) {
        self.name = name
        self.body = body
        self.language = language
        self.resources = resources
        self.options = options
        self.isTemporary = isTemporary
        self.isSystem = isSystem
        self.definition = definition
    }
}
