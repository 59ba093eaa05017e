/// The condition of a checked mutation. It compares the given value with the stored one, in this order, as unsigned
/// bytes; a cell that is missing equals an empty value and satisfies nothing else.
struct FakeCondition {
    let row: [UInt8]
    private let family: [UInt8]
    private let qualifier: [UInt8]
    private let comparison: UInt64
    private let value: [UInt8]
    private let filter: FakeFilter?

    init(_ message: FakeMessage) throws {
        row = try message.requiredBytes(1)
        filter = try message.message(7, "Filter", known: 2).map { try FakeFilter($0) }
        family = try message.bytes(2) ?? []
        qualifier = try message.bytes(3) ?? []
        comparison = try message.uint(4) ?? 2
        if filter == nil {
            guard message.has(2), message.has(4), comparison <= 6 else {
                throw FakeException.doNotRetryIO("fake server: a condition without family or comparison")
            }
            value = try FakeComparator(message.requiredMessage(5, "Comparator", known: 2)).value
        } else {
            value = []
        }
    }

    func wrongRow(_ other: [UInt8]) -> FakeException {
        .doNotRetryIO(
            "The row of the action <\(String(decoding: other, as: UTF8.self))> doesn't match the original one "
                + "<\(String(decoding: row, as: UTF8.self))>")
    }

    func holds(in region: FakeRegion, service: FakeService) throws -> Bool {
        let table = region.table
        try service.check(row, in: region)
        var selection = FakeSelection()
        if let filter {
            let cells = table.store.read(row, selection) { table.family($0)?.versions ?? 1 }
            return !cells.isEmpty && filter.apply(cells) != nil
        }
        try service.check(family: family, of: table)
        selection.columns = [(family, [qualifier])]
        let stored = table.store.read(row, selection) { table.family($0)?.versions ?? 1 }.first?.value
        let differs: UInt64 = 3
        guard let stored else { return value.isEmpty && comparison != differs }
        if value.isEmpty { return stored.isEmpty == (comparison != differs) }
        return FakeComparator.compare(value, comparison, stored)
    }
}
