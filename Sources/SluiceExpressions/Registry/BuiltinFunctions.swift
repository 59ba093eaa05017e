extension FunctionRegistry {
    /// All scalar functions and operators of the language.
    public static let builtin: FunctionRegistry = {
        var registry = FunctionRegistry()
        registry.register(coreFunctions)
        registry.register(namedFunctions)
        return registry
    }()

    /// Operators, conditionals, constructors.
    static let coreFunctions: [FunctionDefinition] =
        ArithmeticOperators.definitions + ComparisonOperators.definitions + LogicOperators.definitions
        + ConditionalFunctions.definitions + ConstructorFunctions.definitions + TextOperators.definitions
}
