/// A stable error code, written `SLC-2004`. The thousands digit names the family.
public struct ErrorCode: Sendable, Hashable, CustomStringConvertible {
    public let number: Int

    public init(_ number: Int) { self.number = number }

    public enum Family: Int, Sendable {
        case `internal` = 0, parse, binding, planning, connector, runtime, state, resource, portability,
            policy
    }

    public var family: Family { Family(rawValue: number / 1000) ?? .internal }

    public var description: String {
        let digits = String(number)
        return "SLC-" + String(repeating: "0", count: Swift.max(0, 4 - digits.utf8.count)) + digits
    }

    /// The exit code of a process that ends with this error.
    public var exitCode: Int32 {
        switch family {
        case .internal: return 1
        case .parse, .binding, .planning, .portability: return 3
        case .connector: return self == .connectorOption ? 3 : 5
        case .runtime: return self == .outputClosed ? 141 : 4
        case .state: return 6
        case .resource: return 7
        case .policy: return 9
        }
    }
}

extension ErrorCode {
    public static let internalError = ErrorCode(1)

    // 1xxx: text that is no statement.
    public static let syntax = ErrorCode(1001)
    public static let unterminated = ErrorCode(1002)
    public static let literal = ErrorCode(1003)
    public static let nesting = ErrorCode(1004)
    public static let parameter = ErrorCode(1010)

    // 2xxx: names and types.
    public static let unknownTable = ErrorCode(2001)
    public static let unknownFunction = ErrorCode(2002)
    public static let ambiguousName = ErrorCode(2003)
    public static let unknownColumn = ErrorCode(2004)
    public static let typeMismatch = ErrorCode(2005)
    public static let argumentCount = ErrorCode(2006)
    public static let invalidCast = ErrorCode(2007)
    public static let duplicateName = ErrorCode(2008)
    public static let grouping = ErrorCode(2009)
    public static let objectExists = ErrorCode(2010)
    public static let invalidDefinition = ErrorCode(2011)
    public static let unknownCatalog = ErrorCode(2012)
    public static let unknownDatabase = ErrorCode(2013)
    public static let literalOutOfRange = ErrorCode(2014)
    public static let aggregateMisplaced = ErrorCode(2015)
    public static let invalidWindow = ErrorCode(2016)
    public static let columnMismatch = ErrorCode(2017)

    // 3xxx: planning and changelogs.
    public static let unsupported = ErrorCode(3001)
    public static let changelogMismatch = ErrorCode(3010)
    public static let streamingRefused = ErrorCode(3011)
    public static let batchRefused = ErrorCode(3012)
    public static let nonDeterministicKey = ErrorCode(3020)
    public static let feedbackLoop = ErrorCode(3021)

    // 4xxx: connectors and formats.
    public static let connectorOption = ErrorCode(4001)
    public static let connectorIO = ErrorCode(4002)
    public static let tableStore = ErrorCode(4003)
    public static let logStore = ErrorCode(4004)

    // 5xxx: run time.
    public static let evaluation = ErrorCode(5001)
    public static let castFailed = ErrorCode(5002)
    public static let malformedRow = ErrorCode(5003)
    public static let notNull = ErrorCode(5004)
    public static let sinkFailed = ErrorCode(5005)
    public static let cancelled = ErrorCode(5006)
    /// Standard output was closed by its reader: nothing is printed.
    public static let outputClosed = ErrorCode(5007)

    // 6xxx: state and catalog files.
    public static let catalogFile = ErrorCode(6001)

    // 7xxx: budgets.
    public static let memoryBudget = ErrorCode(7001)
    public static let timeBudget = ErrorCode(7002)

    // 9xxx: policy.
    public static let refusedByPolicy = ErrorCode(9001)
}
