/// A running job failed. `domain` says whose fault it is, `retry` whether a restart may help.
public struct JobError: Error, Sendable {
    public enum Domain: Sendable { case user, external, `internal` }
    public enum Retry: Sendable { case never, backoff }

    public var domain: Domain
    public var retry: Retry
    public var cause: SQLError
    public var operatorName: String?

    public init(
        _ cause: SQLError, domain: Domain = .user, retry: Retry = .never, operatorName: String? = nil
    ) {
        self.cause = cause
        self.domain = domain
        self.retry = retry
        self.operatorName = operatorName
    }
}
