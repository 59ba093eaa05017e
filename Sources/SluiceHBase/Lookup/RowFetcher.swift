import SluiceBase
import SluiceConnect

/// Gets rows by their stored keys from either store, for one subtask. Never waits.
protocol RowFetcher: AnyObject {
    /// Starts to fetch the rows of the block, whose keys are not empty. The block belongs to the fetcher until
    /// `isDone` says so; then it holds the cells and which rows exist.
    func begin(_ block: CellBlock, _ ticket: Int) throws(JobError)
    func isDone(_ ticket: Int) throws(JobError) -> Bool
    func close()
}
