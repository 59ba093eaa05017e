import COpenSSL

/// The client's end of one TLS connection: bytes in, bytes out, no I/O. The peer's certificate must come from
/// a trusted authority and be for the expected name or address; nothing turns that off.
final class TLSSession {
    private enum Failure { case handshake, later }

    private let session: OpaquePointer
    private let context: TLSContext
    private let endpoint: Endpoint
    private let name: String
    private(set) var isSecured: Bool = false

    /// How one round of `receive` ended.
    enum Outcome {
        /// Everything that was there is taken; more may come.
        case open
        /// The peer said that nothing follows.
        case ended
        case failed(NetworkError)
    }

    init(_ context: TLSContext, _ endpoint: Endpoint, serverName: String?) throws(NetworkError) {
        var name: String = serverName ?? endpoint.host
        if name.hasSuffix(".") { name.removeLast() }
        let isAddress: Bool = SocketAddress(literal: name, port: 0) != nil
        let made: OpaquePointer? =
            name.utf8.contains(0) ? nil : sluice_tls_new(context.pointer, name, isAddress ? 1 : 0)
        guard let made else {
            throw NetworkError(
                .tls,
                "could not connect to \"\(endpoint)\": \"\(name)\" is not a name to check a certificate for")
        }
        session = made
        self.context = context
        self.endpoint = endpoint
        self.name = name
    }

    deinit { sluice_tls_free(session) }

    /// Makes the first message; take it with `takeOutput`.
    func start() -> Outcome { shakeHands() }

    /// Takes what the peer sent. `secured` is called once, when the handshake is complete; `deliver` gets
    /// decrypted bytes in `plain` and answers whether to go on. Afterwards there may be output.
    func receive(
        _ bytes: UnsafeRawBufferPointer, _ plain: UnsafeMutableRawBufferPointer, secured: () -> Bool,
        deliver: (UnsafeRawBufferPointer) -> Bool
    ) -> Outcome {
        sluice_tls_input(session, bytes.baseAddress, bytes.count)
        defer { sluice_tls_input(session, nil, 0) }
        if !isSecured {
            let outcome: Outcome = shakeHands()
            guard isSecured, case .open = outcome else { return outcome }
            if !secured() { return .open }
        }
        return read(plain, deliver)
    }

    private func shakeHands() -> Outcome {
        switch sluice_tls_handshake(session) {
        case SLUICE_TLS_DONE:
            isSecured = true
            return .open
        case SLUICE_TLS_WANTS_INPUT: return .open
        default: return .failed(error(.handshake))
        }
    }

    /// Fills `plain` as far as the input goes before it is delivered: a record holds 16 KiB at most.
    private func read(
        _ plain: UnsafeMutableRawBufferPointer, _ deliver: (UnsafeRawBufferPointer) -> Bool
    ) -> Outcome {
        guard let base = plain.baseAddress else { return .open }
        var filled: Int = 0
        while true {
            var count: Int = 0
            let status = sluice_tls_read(session, base + filled, plain.count - filled, &count)
            filled += count
            if status == SLUICE_TLS_DONE, plain.count - filled >= 16 << 10 { continue }
            if filled > 0 {
                let part = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(plain)[..<filled])
                filled = 0
                if !deliver(part) { return .open }
            }
            switch status {
            case SLUICE_TLS_DONE: continue
            case SLUICE_TLS_WANTS_INPUT: return .open
            case SLUICE_TLS_CLOSED: return .ended
            default: return .failed(error(.later))
            }
        }
    }

    /// The bytes as records, written once into the array that is sent. nil when the session cannot send any
    /// more.
    func encrypt(_ bytes: [UInt8]) -> [UInt8]? {
        if bytes.isEmpty { return [] }
        // A record of 16 KiB grows by 29 bytes in TLS 1.2 and 22 in TLS 1.3.
        let capacity: Int = bytes.count + (bytes.count >> 14 + 1) * 64 + sluice_tls_kept(session)
        var status = SLUICE_TLS_FAILED
        let records = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            let kept: Int = sluice_tls_take_kept(session, base, capacity)
            sluice_tls_output(session, base + kept, capacity - kept)
            status = bytes.withUnsafeBytes { raw in
                guard let start = raw.baseAddress else { return SLUICE_TLS_FAILED }
                return sluice_tls_write(session, start, raw.count)
            }
            count = kept + sluice_tls_output_end(session)
        }
        return status == SLUICE_TLS_DONE ? records : nil
    }

    /// Bytes for the peer that the session has made by itself (handshake, alerts, what did not fit
    /// elsewhere).
    func takeOutput() -> [UInt8] {
        let size: Int = sluice_tls_kept(session)
        if size == 0 { return [] }
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            count = sluice_tls_take_kept(session, base, size)
        }
    }

    /// Tells the peer that nothing follows; take the message with `takeOutput`.
    func close() {
        if isSecured { sluice_tls_close(session) }
    }

    // MARK: Errors

    /// The peer ended the connection without a word of TLS.
    var endError: NetworkError {
        if isSecured {
            return NetworkError(.reset, "connection to \"\(endpoint)\" was cut off by the peer")
        }
        return NetworkError(
            .reset,
            "could not connect to \"\(endpoint)\" with TLS: the peer ended the connection during the "
                + "handshake; it may speak plain text")
    }

    private func error(_ step: Failure) -> NetworkError {
        var buffer = [CChar](repeating: 0, count: 256)
        let cause = sluice_tls_cause(session, &buffer, buffer.count)
        let why: String = TLSContext.text(buffer)
        if let (problem, text) = certificateText(cause, why) {
            return NetworkError(
                .untrusted, "could not connect to \"\(endpoint)\" with TLS: \(text)", tls: problem)
        }
        let intro: String =
            step == .handshake
            ? "could not connect to \"\(endpoint)\" with TLS: " : "connection to \"\(endpoint)\" was lost: "
        switch cause {
        case SLUICE_TLS_PLAIN_TEXT:
            return NetworkError(.tls, intro + "the peer speaks plain text", tls: .plainText)
        case SLUICE_TLS_OLD_VERSION:
            return NetworkError(
                .tls, intro + "the peer speaks only versions of TLS before 1.2", tls: .oldVersion)
        default: return NetworkError(step == .handshake ? .tls : .reset, intro + "TLS failed: \(why)")
        }
    }

    /// What is wrong with a certificate, the peer's or ours; nil when none is to blame.
    private func certificateText(_ cause: sluice_tls_cause, _ why: String) -> (TLSProblem, String)? {
        switch cause {
        case SLUICE_TLS_UNKNOWN_AUTHORITY:
            return (.unknownAuthority, "the authority of the peer's certificate is not trusted")
        case SLUICE_TLS_SELF_SIGNED:
            return (.unknownAuthority, "the peer's certificate is signed by itself and not trusted")
        case SLUICE_TLS_EXPIRED: return (.expired, "the peer's certificate has expired")
        case SLUICE_TLS_NOT_YET_VALID: return (.notYetValid, "the peer's certificate is not valid yet")
        case SLUICE_TLS_WRONG_HOST: return (.wrongHost, "the peer's certificate is not for \"\(name)\"")
        case SLUICE_TLS_UNTRUSTED:
            return (.otherCertificate, "the peer's certificate is not accepted: \(why)")
        case SLUICE_TLS_CERTIFICATE_DEMANDED:
            return (.certificateDemanded, "the peer demands a client certificate")
        case SLUICE_TLS_CERTIFICATE_REFUSED:
            return (.certificateRefused, "the peer does not accept the client certificate: \(why)")
        default: return nil
        }
    }
}
