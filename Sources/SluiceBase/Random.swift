/// Where the program's random numbers come from. Passed in, so that a run can be repeated.
public protocol Random: Sendable {
    /// 64 random bits; from any thread.
    func next() -> UInt64
}

/// Numbers of the operating system, which nobody can foresee.
public struct SystemRandom: Random {
    public init() {}

    public func next() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}

/// The same numbers for the same seed, in the order in which they are asked for.
public final class SeededRandom: Random {
    private let source: Lock<RandomSource>

    public init(seed: UInt64) { source = Lock(RandomSource(seed: seed)) }

    public func next() -> UInt64 { source.withLock { $0.next() } }
}
