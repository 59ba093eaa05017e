import Glibc
import SluiceBase
import SluiceConnect

/// Standard input, read by a thread of its own into a mailbox of a few chunks: a pipe may be silent for ever.
final class StandardInput: ByteInput {
    private struct Mailbox {
        var chunks: [[UInt8]] = []
        var isEnded = false
        var error: DiskError?
        var isClosed = false
    }

    private static let chunkSize = 64 * 1024
    private static let chunkLimit = 16

    /// Shared with the reading thread. `@unchecked Sendable`: `mailbox` has a lock, the rest does not change.
    private final class Channel: @unchecked Sendable {
        let mailbox = Lock(Mailbox())
        let waker: any Waker
        let descriptor: Int32
        let semaphore: UnsafeMutablePointer<sem_t>

        init(_ waker: any Waker, _ descriptor: Int32) {
            self.waker = waker
            self.descriptor = descriptor
            semaphore = .allocate(capacity: 1)
            semaphore.initialize(to: sem_t())
            sem_init(semaphore, 0, UInt32(StandardInput.chunkLimit))
        }

        deinit {
            sem_destroy(semaphore)
            semaphore.deallocate()
        }
    }

    private let channel: Channel
    private var front: [UInt8] = []
    private var taken = 0

    init(waker: any Waker, descriptor: Int32 = 0) {
        channel = Channel(waker, descriptor)
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(channel)
        let failed = pthread_create(&thread, nil, { StandardInput.run($0) }, argument.toOpaque())
        if failed != 0 {
            argument.release()
            channel.mailbox.withLock { $0.error = DiskError("read", "standard input", code: failed) }
            return
        }
        pthread_detach(thread)
    }

    private static func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        let channel = Unmanaged<Channel>.fromOpaque(argument).takeRetainedValue()
        let file = SystemFile(channel.descriptor, path: "standard input", closes: false)
        while true {
            // A place in the mailbox first.
            while sem_wait(channel.semaphore) != 0 && errno == EINTR {}
            if channel.mailbox.withLock({ $0.isClosed }) { return nil }
            let (chunk, failure) = read(file)
            channel.mailbox.withLock { box in
                if let failure { box.error = failure }
                if chunk.isEmpty { box.isEnded = true } else { box.chunks.append(chunk) }
            }
            channel.waker.wake()
            if chunk.isEmpty { return nil }
        }
    }

    private static func read(_ file: SystemFile) -> ([UInt8], DiskError?) {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkSize, alignment: 16)
        defer { room.deallocate() }
        do throws(DiskError) {
            let count = try file.read(room)
            return (Array(room[..<count]), nil)
        } catch {
            return ([], error)
        }
    }

    func read(_ into: UnsafeMutableRawBufferPointer) throws(JobError) -> InputResult {
        if taken == front.count {
            let (chunk, isEnded, error) = channel.mailbox.withLock { box -> ([UInt8]?, Bool, DiskError?) in
                if box.chunks.isEmpty { return (nil, box.isEnded, box.error) }
                return (box.chunks.removeFirst(), false, nil)
            }
            guard let chunk else {
                if let error { throw JobError(error.sqlError, domain: .external) }
                return isEnded ? .end : .wait(.signal)
            }
            front = chunk
            taken = 0
            sem_post(channel.semaphore)
        }
        let count = Swift.min(into.count, front.count - taken)
        front.withUnsafeBytes { bytes in
            into.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[taken..<(taken + count)]))
        }
        taken += count
        return .bytes(count)
    }

    func close() {
        channel.mailbox.withLock { $0.isClosed = true }
        sem_post(channel.semaphore)
    }
}
