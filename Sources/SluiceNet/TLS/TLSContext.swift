import COpenSSL
import Cuv
import Glibc

/// The files of a `TLSConfiguration`, loaded: what many sessions share. Used on one loop's thread.
final class TLSContext {
    let pointer: OpaquePointer
    private let configuration: TLSConfiguration
    private let stamps: [FileStamp]

    /// Reads the files. Errors: kind `tls`, naming the file and what is wrong with it.
    init(_ configuration: TLSConfiguration) throws(NetworkError) {
        self.configuration = configuration
        stamps = FileStamp.of(configuration)
        var part = SLUICE_TLS_NOTHING
        var why = [CChar](repeating: 0, count: 256)
        let made: OpaquePointer? = Self.withFiles(configuration) { files in
            withUnsafePointer(to: files) { sluice_tls_client_context($0, &part, &why, why.count) }
        }
        guard let made else { throw Self.error(part, TLSContext.text(why), configuration) }
        pointer = made
    }

    deinit { sluice_tls_context_free(pointer) }

    /// Whether the files are still those that were read; certificates are renewed under long-running jobs.
    var isCurrent: Bool { stamps == FileStamp.of(configuration) }

    private static func withFiles<Result>(
        _ configuration: TLSConfiguration, _ body: (sluice_tls_files) -> Result
    ) -> Result {
        var files = sluice_tls_files()
        return withText(configuration.authorities) { (text) -> Result in
            files.authorities = text
            return withText(configuration.authoritiesPassword) { (text) -> Result in
                files.authorities_password = text
                return withText(configuration.certificate) { (text) -> Result in
                    files.certificate = text
                    return withText(configuration.key) { (text) -> Result in
                        files.key = text
                        return withText(configuration.password) { (text) -> Result in
                            files.password = text
                            return body(files)
                        }
                    }
                }
            }
        }
    }

    private static func withText<Result>(
        _ text: String?, _ body: (UnsafePointer<CChar>?) -> Result
    ) -> Result {
        guard let text else { return body(nil) }
        return text.withCString(body)
    }

    private static func error(
        _ part: sluice_tls_part, _ why: String, _ configuration: TLSConfiguration
    ) -> NetworkError {
        let authorities: String = configuration.authorities ?? ""
        let certificate: String = configuration.certificate ?? ""
        let key: String = configuration.key ?? certificate
        let text: String
        switch part {
        case SLUICE_TLS_AUTHORITIES:
            text = "the file of authorities \"\(authorities)\" cannot be used: \(why)"
        case SLUICE_TLS_CERTIFICATE: text = "the certificate file \"\(certificate)\" cannot be used: \(why)"
        case SLUICE_TLS_KEY: text = "the key file \"\(key)\" cannot be used: \(why)"
        case SLUICE_TLS_PAIR:
            text = "the key \"\(key)\" does not belong to the certificate \"\(certificate)\""
        default: text = "TLS cannot be started: \(why)"
        }
        return NetworkError(.tls, text)
    }

    /// The zero-terminated text of a buffer.
    static func text(_ buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// What changes when a file is replaced.
private struct FileStamp: Equatable {
    var seconds: Int
    var nanos: Int
    var size: Int64
    var number: UInt64

    static func of(_ configuration: TLSConfiguration) -> [FileStamp] {
        [configuration.authorities, configuration.certificate, configuration.key].map { path in
            var status = stat()
            guard let path, stat(path, &status) == 0 else {
                return FileStamp(seconds: 0, nanos: 0, size: -1, number: 0)
            }
            return FileStamp(
                seconds: status.st_mtim.tv_sec, nanos: status.st_mtim.tv_nsec, size: Int64(status.st_size),
                number: UInt64(status.st_ino))
        }
    }
}
