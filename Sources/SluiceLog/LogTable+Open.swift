import SluiceBase
import SluiceConnect
import SluiceLogStore

extension LogTable {
    /// The topic, made by its first use. What the table says of files and retention is kept with the topic.
    func open(_ name: String, _ store: LogStore) throws(JobError) -> LogTopic {
        let topic = try inLog { () throws(LogError) -> LogTopic in
            let found = try store.ensure(name, partitions: partitions, settings: settings)
            guard hasSettings, found.settings != settings else { return found }
            try store.alter(name, settings)
            return try store.ensure(name, partitions: partitions, settings: settings)
        }
        if let givenPartitions, givenPartitions != topic.partitions.count {
            throw JobError(
                SQLError(
                    .logStore,
                    "topic \"\(name)\" has \(topic.partitions.count) partitions, table \"\(table.name)\" says \(givenPartitions)",
                    hint: "leave the option 'partitions' out, or write to another topic"))
        }
        return topic
    }
}

/// A call of the log with the runtime's error type.
func inLog<Result>(_ body: () throws(LogError) -> Result) throws(JobError) -> Result {
    do throws(LogError) { return try body() } catch { throw JobError(error.sqlError, domain: .external) }
}
