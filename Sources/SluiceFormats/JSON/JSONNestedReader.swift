import SluiceColumns

/// Arrays, maps and rows.
extension JSONValueReader {
    func readNested(_ p: BytePointer, _ slot: ValueSlot) -> BytePointer? {
        let rows = slot.count
        var end: BytePointer?
        switch slot.builder.storage {
        case .list(let list):
            end = p[0] == 0x5B ? readList(p, list, slot) : nil
        case .map(let map):
            end = p[0] == 0x7B ? readMap(p, map, slot) : nil
        case .row(let row):
            end = p[0] == 0x7B ? readFields(p, slot.plan, slot.children, start: rows) : nil
            if end != nil { row.endRow() }
        default: break
        }
        if let end { return end }
        // Broken text fails the row; a value of another kind is NULL by option.
        slot.builder.truncate(to: rows)
        guard let after = skip(p) else { return nil }
        if options.ignoreParseErrors {
            fault = nil
            slot.builder.appendNull()
            return after
        }
        if fault == nil {
            fault = JSONFault(at: p, reason: .value, slot: slot, value: TextRange(p, after - p))
        }
        return nil
    }

    private func readList(_ start: BytePointer, _ list: ListBuilder, _ slot: ValueSlot) -> BytePointer? {
        let element = slot.children[0]
        var p = JSONText.skipSpace(start + 1)
        if p[0] == 0x5D {
            list.endRow()
            return p + 1
        }
        while true {
            guard let after = read(p, element) else { return nil }
            p = JSONText.skipSpace(after)
            if p[0] == 0x5D {
                list.endRow()
                return p + 1
            }
            guard p[0] == 0x2C else { return fail(p, .unexpected) }
            p = JSONText.skipSpace(p + 1)
        }
    }

    /// Of equal keys the last value counts, in the place of the first.
    private func readMap(_ start: BytePointer, _ map: MapBuilder, _ slot: ValueSlot) -> BytePointer? {
        var p = JSONText.skipSpace(start + 1)
        var keys: [[UInt8]] = []
        var values: [BytePointer] = []
        if p[0] != 0x7D {
            while true {
                guard p[0] == 0x22 else { return fail(p, .unexpected) }
                guard let (key, afterKey) = stringContent(p) else { return nil }
                let text = Array(key.raw)
                let colon = JSONText.skipSpace(afterKey)
                guard colon[0] == 0x3A else { return fail(colon, .unexpected) }
                let value = JSONText.skipSpace(colon + 1)
                if let known = JSONValueReader.position(of: text, in: keys) {
                    values[known] = value
                } else {
                    keys.append(text)
                    values.append(value)
                }
                guard let after = skip(value) else { return nil }
                p = JSONText.skipSpace(after)
                if p[0] == 0x7D { break }
                guard p[0] == 0x2C else { return fail(p, .unexpected) }
                p = JSONText.skipSpace(p + 1)
            }
        }
        for index in 0..<keys.count {
            keys[index].withUnsafeBytes { slot.children[0].append($0) }
            guard read(values[index], slot.children[1]) != nil else { return nil }
        }
        map.endRow()
        return p + 1
    }

    private static func position(of key: [UInt8], in keys: [[UInt8]]) -> Int? {
        for index in 0..<keys.count where keys[index] == key { return index }
        return nil
    }

    /// The fields of the object at `p`, up to the byte after its brace. `start`: values that each child had before.
    /// Once as many fields were met as there are columns, the rest is only checked.
    func readFields(
        _ object: BytePointer, _ plan: ValuePlan, _ slots: [ValueSlot], start: Int,
        trace: JSONShapeTrace? = nil
    ) -> BytePointer? {
        var p = JSONText.skipSpace(object + 1)
        var met = 0
        if p[0] != 0x7D {
            while true {
                guard p[0] == 0x22 else { return fail(p, .unexpected) }
                guard let (found, afterKey) = key(p, plan, met < slots.count) else { return nil }
                let colon = JSONText.skipSpace(afterKey)
                guard colon[0] == 0x3A else { return fail(colon, .unexpected) }
                let value = JSONText.skipSpace(colon + 1)
                var after: BytePointer?
                if found >= 0 {
                    met += 1
                    let slot = slots[found]
                    if slot.count > start {
                        slot.builder.truncate(to: start)
                        trace?.isUsable = false
                    }
                    after = read(value, slot)
                    if after == nil, fault?.column == nil { fault?.column = plan.fieldNames[found] }
                } else {
                    after = skip(value)
                }
                guard let after else { return nil }
                trace?.add(value: value, end: after, slot: found)
                p = JSONText.skipSpace(after)
                if p[0] == 0x7D { break }
                guard p[0] == 0x2C else { return fail(p, .unexpected) }
                p = JSONText.skipSpace(p + 1)
            }
        }
        if met < slots.count {
            if options.failOnMissingField { return missing(p, plan, slots, start) }
        }
        for slot in slots where slot.count == start { slot.builder.appendNull() }
        return p + 1
    }

    /// The field of the key at `p`, -1 for none, and the byte after the key.
    private func key(
        _ p: BytePointer, _ plan: ValuePlan, _ wanted: Bool
    ) -> (Int, BytePointer)? {
        guard wanted else {
            guard let end = JSONText.skipString(p + 1) else {
                _ = fail(p, .unterminated)
                return nil
            }
            return (-1, end)
        }
        guard let (text, after) = stringContent(p) else { return nil }
        return (plan.keys.find(text), after)
    }

    private func missing(
        _ p: BytePointer, _ plan: ValuePlan, _ slots: [ValueSlot], _ start: Int
    ) -> BytePointer? {
        if fault == nil {
            fault = JSONFault(at: p, reason: .missingField)
            for (index, slot) in slots.enumerated() where slot.count == start {
                fault?.column = plan.fieldNames[index]
                break
            }
        }
        return nil
    }
}
