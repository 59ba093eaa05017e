public import SluiceConnect

/// The connectors that need nothing outside the program.
public enum BuiltinConnectors {
    public static func all() -> [any Connector] {
        [DatagenConnector(), PrintConnector(), BlackholeConnector()]
    }
}
