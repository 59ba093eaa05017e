import COpenSSL
import Glibc
import SluiceBase
import SluiceNet
import Testing

/// What a TLS server speaks with.
///
/// `@unchecked Sendable`: OpenSSL's contexts may be used by many threads once they are set up.
final class TLSServerSettings: @unchecked Sendable {
    let context: OpaquePointer

    init(_ certificates: TestCertificates, _ name: String, clientsOf: String? = nil, newest: Int32 = 0) throws
    {
        var part = SLUICE_TLS_NOTHING
        var why = [CChar](repeating: 0, count: 256)
        let authorities: String? = clientsOf.map { certificates.path($0 + ".pem") }
        let certificate: String = certificates.path(name + ".pem")
        let key: String = certificates.path(name + ".key")
        let made: OpaquePointer?
        if let authorities {
            made = sluice_tls_server_context(authorities, certificate, key, newest, &part, &why, why.count)
        } else {
            made = sluice_tls_server_context(nil, certificate, key, newest, &part, &why, why.count)
        }
        context = try #require(made)
    }

    deinit { sluice_tls_context_free(context) }
}

/// The server's end of one TLS connection, with blocking calls. Used by one thread.
final class TLSServerSocket {
    private let socket: ServerSocket
    private let session: OpaquePointer
    private var input: [UInt8] = []
    private(set) var peerClosed: Bool = false

    /// Shakes hands; nil when that fails.
    init?(_ socket: ServerSocket, _ settings: TLSServerSettings) {
        guard let session = sluice_tls_new(settings.context, nil, 0) else { return nil }
        self.socket = socket
        self.session = session
        while true {
            let status = sluice_tls_handshake(session)
            sendOutput()
            if status == SLUICE_TLS_DONE { return }
            guard status == SLUICE_TLS_WANTS_INPUT, fill() else { return nil }
        }
    }

    deinit { sluice_tls_free(session) }

    /// Empty at the end.
    func read(_ limit: Int = 65536) -> [UInt8] {
        while true {
            var status = SLUICE_TLS_FAILED
            let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
                guard let base = buffer.baseAddress else { return }
                status = sluice_tls_read(session, base, limit, &count)
            }
            if !bytes.isEmpty { return bytes }
            if status == SLUICE_TLS_CLOSED { peerClosed = true }
            guard status == SLUICE_TLS_WANTS_INPUT, fill() else { return [] }
        }
    }

    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        let status = bytes.withUnsafeBytes { raw in
            raw.baseAddress.map { sluice_tls_write(session, $0, raw.count) } ?? SLUICE_TLS_DONE
        }
        return sendOutput() && status == SLUICE_TLS_DONE
    }

    func sayGoodbye() {
        sluice_tls_close(session)
        sendOutput()
    }

    private func fill() -> Bool {
        input = socket.read()
        if input.isEmpty { return false }
        // The buffer is a field that nothing changes before the session wants input again.
        input.withUnsafeBytes { sluice_tls_input(session, $0.baseAddress, $0.count) }
        return true
    }

    @discardableResult
    private func sendOutput() -> Bool {
        let size = sluice_tls_kept(session)
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            if let base = buffer.baseAddress { count = sluice_tls_take_kept(session, base, size) }
        }
        return bytes.isEmpty || socket.write(bytes)
    }
}
