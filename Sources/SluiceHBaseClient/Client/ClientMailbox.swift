import SluiceBase
import SluiceNet
import Synchronization

/// How other threads hand work to a `ClientCore`, and see how much it holds.
final class ClientMailbox: Sendable {
    enum Post: Sendable {
        case get(GetBatch, Int64?, @Sendable (RowResults) -> Void)
        case mutate(MutationBatch, Int64?, @Sendable (MutationResults) -> Void)
        case call(HBaseCall, @Sendable (Result<HBaseReply, HBaseError>) -> Void)
        case regions(HBaseTable, @Sendable (Result<[RegionLocation], HBaseError>) -> Void)
        /// Something to do after so many nanoseconds.
        case later(Int64, @Sendable () -> Void)
        /// The first token for a connection is there, or will not come.
        case authenticated(ConnectionID, Result<PreparedAuthentication, AuthenticationError>)
        case metrics(@Sendable (ClientMetrics) -> Void)
        case close
    }

    private let posts = Lock<[Post]>([])
    /// Operations and bytes that were submitted and not yet answered.
    let operations = Atomic<Int>(0)
    let bytes = Atomic<Int>(0)

    /// True when the core has to be woken.
    func post(_ post: Post) -> Bool {
        posts.withLock { posts in
            posts.append(post)
            return posts.count == 1
        }
    }

    func take() -> [Post] {
        posts.withLock { posts in
            let taken = posts
            posts = []
            return taken
        }
    }

    func add(operations count: Int, bytes size: Int) {
        operations.wrappingAdd(count, ordering: .relaxed)
        bytes.wrappingAdd(size, ordering: .relaxed)
    }
}
