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

        /// Completes what nobody takes any more.
        func fail(_ error: HBaseError) {
            switch self {
            case .get(let batch, _, let completion):
                var results = RowResults(count: batch.keys.count)
                for index in 0..<batch.keys.count { results.errors[index] = error }
                completion(results)
            case .mutate(let batch, _, let completion):
                var results = MutationResults(count: batch.count)
                for index in 0..<batch.count { results.errors[index] = error }
                completion(results)
            case .call(_, let completion): completion(.failure(error))
            case .regions(_, let completion): completion(.failure(error))
            case .metrics(let completion): completion(ClientMetrics())
            case .later(_, let action): action()
            case .authenticated, .close: break
            }
        }
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
