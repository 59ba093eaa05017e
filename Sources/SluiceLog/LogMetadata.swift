import SluiceBase
import SluiceColumns
import SluiceConnect

/// The METADATA columns of a log's records, named as those of Flink's Kafka connector.
enum LogMetadata: String, CaseIterable {
    case topic
    case partition
    case headers
    case leaderEpoch = "leader-epoch"
    case offset
    case timestamp
    case timestampType = "timestamp-type"

    var key: MetadataKey {
        switch self {
        case .topic: return MetadataKey(rawValue, .string, .read)
        case .partition: return MetadataKey(rawValue, .int, .read)
        case .headers: return MetadataKey(rawValue, DataType(.map(.string, .bytes)), .readAndWrite)
        case .leaderEpoch: return MetadataKey(rawValue, .int, .read)
        case .offset: return MetadataKey(rawValue, .bigint, .read)
        case .timestamp: return MetadataKey(rawValue, .timestampLTZ(3), .readAndWrite)
        case .timestampType: return MetadataKey(rawValue, .string, .read)
        }
    }
}
