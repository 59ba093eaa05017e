import SluiceBase
import SluiceCatalogStore
import SluiceColumns
import Testing

@Suite struct TypeTextTests {
    private static func type(_ random: inout RandomSource, _ depth: Int) -> DataType {
        let kinds: [TypeKind] = [
            .boolean, .tinyint, .smallint, .int, .bigint, .float, .double, .decimal(precision: 38, scale: 18),
            .char(3), .varchar(.max32), .varchar(7), .binary(1), .varbinary(.max32), .varbinary(9), .date,
            .time(3),
            .timestamp(9), .timestampLTZ(0), .intervalYearMonth, .intervalDayTime, .null,
        ]
        let nullable = Bool.random(using: &random)
        let choice = Int.random(in: 0..<(depth > 0 ? kinds.count + 4 : kinds.count), using: &random)
        if choice < kinds.count { return DataType(kinds[choice], nullable: nullable) }
        switch choice - kinds.count {
        case 0: return DataType(.array(type(&random, depth - 1)), nullable: nullable)
        case 1: return DataType(.multiset(type(&random, depth - 1)), nullable: nullable)
        case 2: return DataType(.map(type(&random, depth - 1), type(&random, depth - 1)), nullable: nullable)
        default:
            let names = ["a", "b c", "d`e", "f>,", "ü"].prefix(Int.random(in: 0...5, using: &random))
            return DataType(.row(names.map { Field($0, type(&random, depth - 1)) }), nullable: nullable)
        }
    }

    @Test("every type is read back from its text")
    func roundTrip() throws {
        var random = RandomSource(seed: 7)
        for _ in 0..<2000 {
            let type = Self.type(&random, 4)
            #expect(try TypeText.parse(type.description) == type)
        }
    }

    @Test("a spoilt text is an error, never a crash")
    func spoilt() {
        var random = RandomSource(seed: 11)
        var refused = 0
        for _ in 0..<5000 {
            var bytes = Array(Self.type(&random, 3).description.utf8)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes.remove(at: Int.random(in: 0..<bytes.count, using: &random))
            case 1:
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            default: bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
            }
            if (try? TypeText.parse(String(decoding: bytes, as: UTF8.self))) == nil { refused += 1 }
        }
        #expect(refused > 3000)
        let deep = String(repeating: "ARRAY<", count: 100_000)
        #expect(throws: SQLError.self) { try TypeText.parse(deep) }
    }
}
