/// Authenticates a connection: tokens in, tokens out. No input or output of its own; tickets may be fetched
/// by the library behind it.
///
/// Order: `firstToken`, then `answer` per token of the server, until `isComplete`. With a layer of integrity
/// or privacy every later byte goes through `wrap` and `unwrap`.
public protocol SASLMachine: AnyObject {
    /// Sixth byte of the preamble: 81 Kerberos, 82 digest.
    var authenticationCode: UInt8 { get }
    func firstToken() throws -> [UInt8]
    /// The answer to a token of the server; nil when there is none to send.
    func answer(_ token: UnsafeRawBufferPointer) throws -> [UInt8]?
    /// The exchange is over for the client: the connection header may follow.
    var isComplete: Bool { get }
    /// Bytes after the exchange are wrapped.
    var wraps: Bool { get }
    /// The bytes as records (int32 length, wrapped bytes), none larger than the server takes.
    func wrap(_ bytes: [UInt8]) throws -> [UInt8]
    /// One record without its length.
    func unwrap(_ bytes: UnsafeRawBufferPointer) throws -> [UInt8]
}
