import SluiceColumns

/// Why a row could not be read. Texts are made only when somebody looks.
struct JSONFault {
    enum Reason {
        case unexpected, unterminated, badEscape, badNumber, noObject, missingField, badUTF8, tooDeep
        /// The value is none of the column's type.
        case value
    }

    var at: BytePointer
    var reason: Reason
    var slot: ValueSlot?
    /// The value's text.
    var value: TextRange?
    /// The top-level column.
    var column: String?

    var text: String {
        switch reason {
        case .value:
            let sample = value?.sample ?? ""
            let type = slot.map { $0.plan.type.kind.description } ?? "value"
            return "\"\(sample)\" is not \(article(type)) \(type)"
        case .unexpected:
            let byte = at[0]
            if byte == 0x0A { return "the object does not end on its line" }
            let shown = byte > 0x20 && byte < 0x7F ? "'\(Unicode.Scalar(byte))'" : "byte \(byte)"
            return "unexpected \(shown) in JSON"
        case .unterminated: return "a string does not end on its line"
        case .badEscape: return "unknown escape in a string"
        case .badNumber: return "malformed number"
        case .noObject: return "the line is no JSON object"
        case .missingField: return "the object has no field \"\(column ?? "")\""
        case .badUTF8: return "a string is not UTF-8"
        case .tooDeep: return "the value is nested more than \(JSONText.depthLimit) levels deep"
        }
    }

    private func article(_ type: String) -> String {
        guard let first = type.first else { return "a" }
        return "AEIO".contains(first) ? "an" : "a"
    }
}
