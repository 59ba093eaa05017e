import SluiceBase
import SluiceConnect
import SluiceHBaseClient
import SluiceTableStore

/// A table of a cluster for the length of a job: its client and how to talk of it.
final class ClusterTable: Sendable {
    let name: HBaseTable
    let cluster: ClusterOptions
    private let lease: ClusterLease

    init(_ options: HBaseOptions, _ cluster: ClusterOptions, _ pool: ClusterPool) throws(JobError) {
        name = options.tableName.clientTable
        self.cluster = cluster
        do throws(SQLError) {
            lease = try pool.lease(cluster)
        } catch {
            throw JobError(error, domain: .external)
        }
    }

    var client: HBaseClient { lease.client }

    func failure(_ error: HBaseError, row: [UInt8]? = nil) -> JobError {
        ClusterFailure.jobError(error, table: name.description, cluster: cluster, row: row)
    }
}

extension RowLayout {
    /// What to read of each row; families one after the other with their qualifiers.
    var clusterRead: ReadSpec {
        var list: [ReadSpec.Column] = []
        for column in columns {
            guard let qualifier = column.qualifier else { continue }
            if let last = list.indices.last, list[last].family == column.family {
                list[last].qualifiers.append(qualifier)
            } else {
                list.append(ReadSpec.Column(family: column.family, qualifiers: [qualifier]))
            }
        }
        return ReadSpec(columns: list)
    }
}

/// Finds the leaf of a cell. Cells of a row come sorted by family and qualifier, as the leaves are kept here: the
/// search goes on where it stood.
struct LeafFinder {
    private struct Entry {
        var family: [UInt8]
        var qualifier: [UInt8]
        var leaf: Int
    }

    private let sorted: [Entry]
    private var position = 0

    init(_ layout: RowLayout) {
        var entries: [Entry] = []
        for (leaf, column) in layout.columns.enumerated() {
            entries.append(Entry(family: column.family, qualifier: column.qualifier ?? [], leaf: leaf))
        }
        sorted = entries.sorted { left, right in
            if left.family != right.family { return left.family.lexicographicallyPrecedes(right.family) }
            return left.qualifier.lexicographicallyPrecedes(right.qualifier)
        }
    }

    mutating func beginRow() { position = 0 }

    /// Nil: nobody asked for this column.
    mutating func leaf(_ family: UnsafeRawBufferPointer, _ qualifier: UnsafeRawBufferPointer) -> Int? {
        while position < sorted.count {
            let order = compare(position, family, qualifier)
            if order == 0 { return sorted[position].leaf }
            if order > 0 { return nil }
            position += 1
        }
        return nil
    }

    private func compare(
        _ index: Int, _ family: UnsafeRawBufferPointer, _ qualifier: UnsafeRawBufferPointer
    ) -> Int {
        let order = sorted[index].family.withUnsafeBytes { compareBytes($0, family) }
        if order != 0 { return order }
        return sorted[index].qualifier.withUnsafeBytes { compareBytes($0, qualifier) }
    }
}
