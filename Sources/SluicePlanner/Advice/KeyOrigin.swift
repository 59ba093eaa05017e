import SluiceBase
import SluiceExpressions

/// What is known of the values of an expression for use as a key.
struct KeyOrigin {
    var order: SinkKey.Order
    var volatile: [SinkKey.Volatile] = []

    init(_ order: SinkKey.Order, volatile: [SinkKey.Volatile] = []) {
        self.order = order
        self.volatile = volatile
    }

    /// Ordered by the first part that is no constant; depends on all.
    static func sequence(of parts: [KeyOrigin]) -> KeyOrigin {
        var out = KeyOrigin(.constant)
        for part in parts {
            if out.order == .constant { out.order = part.order }
            out.volatile += part.volatile
        }
        return out
    }

    /// One of several: a hot spot among them is one of the whole.
    static func choice(of parts: [KeyOrigin]) -> KeyOrigin {
        var out = KeyOrigin(parts.first?.order ?? .constant)
        for part in parts {
            switch part.order {
            case .time, .sequence: out.order = part.order
            case .spread, .constant, .column: break
            }
            out.volatile += part.volatile
        }
        return out
    }

    func with(_ order: SinkKey.Order) -> KeyOrigin { KeyOrigin(order, volatile: volatile) }
}
