import SluiceHBaseClient
import SluiceTableStore

extension HBaseTableName {
    /// As the client names it.
    var clientTable: HBaseTable { HBaseTable(namespace: namespace, name: qualifier) }
}
