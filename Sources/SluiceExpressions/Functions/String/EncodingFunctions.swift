import SluiceBase
import SluiceColumns

/// Base 64, character sets, URLs and JSON quoting.
let encodingFunctions: [FunctionDefinition] = [
    .scalar("TO_BASE64", .string, "TO_BASE64(string)", ArgumentForms([.bytes]), .of(.string)) {
        (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            return { (row, out) throws(SQLError) in
                Base64.encode(text[row], &out)
                return true
            }
        }
    },
    .scalar(
        "FROM_BASE64", .string, "FROM_BASE64(string)", ArgumentForms([.character]), .of(.string),
        canFail: true
    ) { (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            return { (row, out) throws(SQLError) in
                guard Base64.decode(text[row], &out) else {
                    let shown = String(decoding: text[row].prefix(60), as: UTF8.self)
                    throw SQLError(
                        .evaluation, "function \"FROM_BASE64\" got \"\(shown)\", which is not base 64")
                }
                return true
            }
        }
    },
    .scalar(
        "ENCODE", .string, "ENCODE(string, charset)", ArgumentForms([.character, .character]), .of(.bytes),
        canFail: true
    ) { (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            let charset = arguments.text(1)
            return { (row, out) throws(SQLError) in
                try Charset.named(charset[row]).encode(text[row], &out)
                return true
            }
        }
    },
    .scalar(
        "DECODE", .string, "DECODE(bytes, charset)", ArgumentForms([.binary, .character]), .of(.string),
        canFail: true
    ) { (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let bytes = arguments.text(0)
            let charset = arguments.text(1)
            return { (row, out) throws(SQLError) in
                try Charset.named(charset[row]).decode(bytes[row], &out)
                return true
            }
        }
    },
    .scalar("URL_ENCODE", .string, "URL_ENCODE(string)", ArgumentForms([.character]), .of(.string)) {
        (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            return { (row, out) throws(SQLError) in
                URLText.encode(text[row], &out)
                return true
            }
        }
    },
    .scalar("URL_DECODE", .string, "URL_DECODE(string)", ArgumentForms([.character]), .nullable(.string)) {
        (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            return { (row, out) throws(SQLError) in URLText.decode(text[row], &out) }
        }
    },
    .scalar(
        "PARSE_URL", .string, "PARSE_URL(url, part[, key])",
        ArgumentForms([.character, .character], [.character, .character, .character]), .nullable(.string)
    ) { (call) throws(SQLError) in
        let hasKey = call.children.count == 3
        return KernelFactory(call).text { (arguments) throws(SQLError) in
            let url = arguments.text(0)
            let part = arguments.text(1)
            let key = hasKey ? arguments.text(2) : nil
            return { (row, out) throws(SQLError) in
                guard let parsed = ParsedURL(Array(url[row])) else { return false }
                let name = String(decoding: part[row], as: UTF8.self)
                guard let found = parsed.part(name, key: key.map { Array($0[row]) }) else { return false }
                out.append(contentsOf: found)
                return true
            }
        }
    },
    .scalar("JSON_QUOTE", .json, "JSON_QUOTE(string)", ArgumentForms([.character]), .of(.string)) {
        (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            return { (row, out) throws(SQLError) in
                JSONQuoting.quote(text[row], &out)
                return true
            }
        }
    },
    .scalar("JSON_UNQUOTE", .json, "JSON_UNQUOTE(string)", ArgumentForms([.character]), .of(.string)) {
        (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            return { (row, out) throws(SQLError) in
                if !JSONQuoting.unquote(text[row], &out) {
                    out.removeAll(keepingCapacity: true)
                    out.append(text[row])
                }
                return true
            }
        }
    },
]
