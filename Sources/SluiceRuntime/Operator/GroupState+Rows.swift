import SluiceBase
import SluiceColumns
import SluiceState

extension GroupState {
    /// The groups of `rows`, as many as `groups` has room for.
    func locate(
        _ keys: [Column], _ rows: [Int32], in slot: NamespaceSlot, creates: Bool, into groups: inout [UInt32]
    ) throws(JobError) {
        var result: Result<Void, JobError> = .success(())
        rows.withUnsafeBufferPointer { rows in
            groups.withUnsafeMutableBufferPointer { groups in
                guard let base = groups.baseAddress, groups.count >= rows.count else { return }
                do throws(JobError) {
                    try locate(keys, rows: rows, in: slot, creates: creates, into: base)
                } catch { result = .failure(error) }
            }
        }
        try result.get()
    }
}
