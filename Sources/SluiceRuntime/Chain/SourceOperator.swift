package import SluiceBase
package import SluiceColumns
package import SluiceConnect

/// An operator without inputs: the subtask polls it instead of giving it batches.
package protocol SourceOperator: StreamOperator {
    /// Emits one batch at most; never waits.
    func poll(_ out: any Output) throws(JobError) -> SourceProgress
}

package enum SourceProgress {
    case progress
    case wait(WakeUp)
    /// Everything was given.
    case finished
}

extension SourceOperator {
    package func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {}
}
