import SluiceTableStore

/// One row as its edits have made it: the newest value of each declared column, and the markers that may hide what is
/// still to come. Follows HBase's rules for what a reader of one version sees, except that nothing expires and that
/// older versions are not kept: a marker that removes the newest one leaves the column empty until a put follows.
///
/// Applying an edit twice, or one that a snapshot holds already, changes nothing: timestamps decide. Reused from row to
/// row; one thread.
final class RowImage {
    static let never = Int64.min

    struct Leaf {
        /// Of the value, or of the last one that was there.
        var time = RowImage.never
        var isPresent = false
        /// In `bytes`; none for columns whose values nobody wants.
        var start = 0
        var count = 0
        /// Values up to it are deleted.
        var columnMarker = RowImage.never
        /// Values of exactly this time are deleted.
        var versionMarker = RowImage.never
    }

    struct Family {
        var marker = RowImage.never
        var versionMarker = RowImage.never
    }

    private let familyOf: [Int]
    private let isDelivered: [Bool]
    @exclusivity(unchecked) private(set) var leaves: [Leaf]
    @exclusivity(unchecked) private(set) var families: [Family]
    @exclusivity(unchecked) private var bytes: [UInt8] = []
    @exclusivity(unchecked) var info = ChangeInfo()

    init(_ layout: ChangesLayout) {
        familyOf = layout.familyOf
        isDelivered = layout.isDelivered
        leaves = Array(repeating: Leaf(), count: layout.familyOf.count)
        families = Array(repeating: Family(), count: layout.rows.schema.families.count)
    }

    func removeAll() {
        for index in leaves.indices { leaves[index] = Leaf() }
        for index in families.indices { families[index] = Family() }
        bytes.removeAll(keepingCapacity: true)
        info = ChangeInfo()
    }

    func assign(_ other: RowImage) {
        for index in leaves.indices { leaves[index] = other.leaves[index] }
        for index in families.indices { families[index] = other.families[index] }
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: other.bytes)
        info = other.info
    }

    /// The row is there.
    var isPresent: Bool { leaves.contains { $0.isPresent } }

    var hasMarkers: Bool {
        leaves.contains { $0.columnMarker != Self.never || $0.versionMarker != Self.never }
            || families.contains { $0.marker != Self.never || $0.versionMarker != Self.never }
    }

    /// Lends the value of a column; nil: it has none.
    func withValue<Result, Failure: Error>(
        _ leaf: Int, _ body: (UnsafeRawBufferPointer?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let entry = leaves[leaf]
        guard entry.isPresent else { return try body(nil) }
        let bytes = bytes
        return try bytes.span.bytes.withUnsafeBytes { (all) throws(Failure) in
            try body(UnsafeRawBufferPointer(rebasing: all[entry.start..<(entry.start + entry.count)]))
        }
    }

    /// The columns that are delivered hold the same values.
    func looksLike(_ other: RowImage) -> Bool {
        for leaf in leaves.indices where isDelivered[leaf] {
            let (mine, theirs) = (leaves[leaf], other.leaves[leaf])
            guard mine.isPresent == theirs.isPresent else { return false }
            guard mine.isPresent else { continue }
            let isSame = withValue(leaf) { left in
                other.withValue(leaf) { right in
                    guard let left, let right else { return false }
                    return compareBytes(left, right) == 0
                }
            }
            if !isSame { return false }
        }
        return true
    }

    // MARK: Changes

    /// A put of a column, or a cell of a snapshot.
    func put(_ leaf: Int, time: Int64, _ value: UnsafeRawBufferPointer) {
        let entry = leaves[leaf]
        let family = families[familyOf[leaf]]
        if time <= family.marker || time == family.versionMarker { return }
        if time <= entry.columnMarker || time == entry.versionMarker { return }
        if entry.isPresent && time < entry.time { return }
        set(leaf, time: time, value)
    }

    func deleteColumn(_ leaf: Int, time: Int64) {
        leaves[leaf].columnMarker = max(leaves[leaf].columnMarker, time)
        if leaves[leaf].time <= time { leaves[leaf].isPresent = false }
    }

    func deleteVersion(_ leaf: Int, time: Int64) {
        leaves[leaf].versionMarker = time
        if leaves[leaf].time == time { leaves[leaf].isPresent = false }
    }

    func deleteFamily(_ family: Int, time: Int64) {
        families[family].marker = max(families[family].marker, time)
        for leaf in leaves.indices where familyOf[leaf] == family && leaves[leaf].time <= time {
            leaves[leaf].isPresent = false
        }
    }

    func deleteFamilyVersion(_ family: Int, time: Int64) {
        families[family].versionMarker = time
        for leaf in leaves.indices where familyOf[leaf] == family && leaves[leaf].time == time {
            leaves[leaf].isPresent = false
        }
    }

    // MARK: Storage

    func set(_ leaf: Int, time: Int64, _ value: UnsafeRawBufferPointer) {
        leaves[leaf].time = time
        leaves[leaf].isPresent = true
        leaves[leaf].start = bytes.count
        leaves[leaf].count = 0
        guard isDelivered[leaf] else { return }
        leaves[leaf].count = value.count
        bytes.append(contentsOf: value)
    }

    func setMarkers(_ leaf: Int, column: Int64, version: Int64) {
        leaves[leaf].columnMarker = column
        leaves[leaf].versionMarker = version
    }

    func setMarkers(family: Int, _ marker: Int64, version: Int64) {
        families[family] = Family(marker: marker, versionMarker: version)
    }
}
