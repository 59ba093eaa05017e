import Cuv
import Glibc

/// Reading and writing of an open connection, with TLS between the handler and the socket where it is wanted.
extension LoopConnection {
    /// Queued bytes are written at once when there are so many.
    private static let writeNow: Int = 64 << 10
    private static let encryptAhead: Int = 256 << 10
    /// How long, in nanoseconds, a peer that does not take our bytes can say why.
    private static let lastWords: Int64 = 1_000_000_000

    // MARK: Reading

    static let allocateCallback: uv_alloc_cb = { handle, _, buffer in
        let connection: LoopConnection? = of(handle)
        guard let connection, let buffer else { return }
        let memory: UnsafeMutableRawBufferPointer = connection.transport.readBuffer
        let base = memory.baseAddress?.assumingMemoryBound(to: CChar.self)
        buffer.pointee = uv_buf_init(base, UInt32(memory.count))
    }

    static let readCallback: uv_read_cb = { stream, count, _ in
        guard let connection = of(stream) else { return }
        if count > 0 {
            connection.received(count)
        } else if count < 0 {
            connection.ended(Int32(truncatingIfNeeded: count))
        }
    }

    private func received(_ count: Int) {
        let buffer = UnsafeRawBufferPointer(transport.readBuffer)
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<min(count, buffer.count)])
        if let tls { return received(bytes, tls) }
        if state == .open { transport.handler?.received(bytes, on: id) }
    }

    private func received(_ bytes: UnsafeRawBufferPointer, _ tls: TLSSession) {
        guard state == .open || state == .securing else { return }
        let secured: () -> Bool = {
            // The last message of the handshake goes before what the handler sends.
            self.queue.append(tls.takeOutput())
            self.announce()
            return self.state == .open
        }
        let outcome = tls.receive(bytes, transport.plainBuffer, secured: secured) { plain in
            self.transport.handler?.received(plain, on: self.id)
            return self.state == .open
        }
        if state != .closed { after(outcome, tls) }
    }

    /// Sends what TLS itself has to say and acts on its outcome.
    func after(_ outcome: TLSSession.Outcome, _ tls: TLSSession) {
        queue.append(tls.takeOutput())
        switch outcome {
        case .open: if !queue.isEmpty { writeLater() }
        case .ended:
            flush()
            finish(writeError)
        case .failed(let error):
            // The peer hears why.
            flush()
            finish(error)
        }
    }

    private func ended(_ status: Int32) {
        if state == .closed { return }
        // libuv may take a reset for an orderly end when bytes came before it.
        let reason: Int32 = status == UV_EOF.rawValue ? pendingError : status
        if reason == 0 { return finish(writeError ?? tls?.endError) }
        if state == .securing { return finish(SystemError.connecting(reason, endpoint)) }
        finish(writeError ?? SystemError.open(reason, endpoint))
    }

    /// The system's error of the socket as a libuv status; 0 when there is none.
    private var pendingError: Int32 {
        guard let socket else { return 0 }
        var descriptor: Int32 = -1
        let found: Int32 = UnsafeMutableRawPointer(socket).withMemoryRebound(
            to: uv_handle_t.self, capacity: 1
        ) {
            uv_fileno($0, &descriptor)
        }
        var error: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard found == 0, getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 else { return 0 }
        return uv_translate_sys_error(error)
    }

    // MARK: Writing

    func send(_ bytes: consuming [UInt8]) {
        if state == .closed || writeError != nil { return }
        if tls == nil { queue.append(bytes) } else { plain.append(bytes) }
        if state != .open { return }
        if plain.bytes + queue.bytes >= Self.writeNow { flush() } else { writeLater() }
    }

    func writeLater() {
        if isQueuedForWriting { return }
        isQueuedForWriting = true
        transport.writeLater(self)
    }

    /// Writes what the system takes now, straight from the queue, and waits for room for the rest.
    func flush() {
        isQueuedForWriting = false
        guard state == .open || state == .securing, writeError == nil, slowWrite?.pending ?? 0 == 0 else {
            return
        }
        while true {
            encrypt()
            if queue.isEmpty { return }
            var offered: Int = 0
            let written: Int = queue.write(transport.writeBuffers) { buffers, count in
                for buffer in buffers.prefix(count) { offered += buffer.len }
                return tryWrite(UnsafePointer(buffers.baseAddress), count)
            }
            if written < 0, written != Int(UV_EAGAIN.rawValue) {
                return writeFailed(Int32(truncatingIfNeeded: written))
            }
            if written < offered { return waitForRoom() }
        }
    }

    private func tryWrite(_ buffers: UnsafePointer<uv_buf_t>?, _ count: Int) -> Int {
        let written: Int32? = withStream { uv_try_write($0, buffers, UInt32(count)) }
        return Int(written ?? UV_ECANCELED.rawValue)
    }

    /// Encrypts a little more than the socket takes at once.
    private func encrypt() {
        guard state == .open, let tls else { return }
        while queue.bytes < Self.encryptAhead, let message = plain.removeFirst() {
            guard let records = tls.encrypt(message) else { return writeFailed(UV_EPIPE.rawValue) }
            queue.append(records)
            queue.append(tls.takeOutput())
            plain.recycle(message)
        }
    }

    /// libuv reports room in a socket only by finishing a write: a few bytes are copied for that, everything
    /// after them is written from where it is.
    private func waitForRoom() {
        let slow: SlowWrite = slowWrite ?? SlowWrite()
        slowWrite = slow
        slow.pending = queue.move(to: slow.memory)
        var buffer = uv_buf_init(
            slow.memory.baseAddress?.assumingMemoryBound(to: CChar.self), UInt32(slow.pending))
        let status: Int32? = withStream { stream in
            uv_write(slow.request, stream, &buffer, 1) { request, status in
                LoopConnection.of(request?.pointee.handle)?.wroteSlowly(status)
            }
        }
        if let status, status != 0 {
            slow.pending = 0
            writeFailed(status)
        }
    }

    private func wroteSlowly(_ status: Int32) {
        slowWrite?.pending = 0
        if state != .open { return }
        if status < 0 { writeFailed(status) } else { flush() }
    }

    private func writeFailed(_ status: Int32) {
        plain.removeAll()
        queue.removeAll()
        writeError = SystemError.open(status, endpoint)
        timer = transport.startOwnTimer(self, at: transport.now &+ Self.lastWords)
    }
}
