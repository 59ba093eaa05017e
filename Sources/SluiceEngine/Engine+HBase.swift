public import SluiceHBase
import SluiceTableStore

extension Engine {
    /// The verbs of `sluice hbase` on the embedded store.
    public func hbaseCommands(isJSON: Bool) -> HBaseCommands {
        HBaseCommands(store: TableStore(folder: home.path + "/hbase", clock: clock), isJSON: isJSON)
    }
}
