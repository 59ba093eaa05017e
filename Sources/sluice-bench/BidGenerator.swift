import Glibc
import SluiceBase
import SluiceColumns

/// Writes auction bids as Nexmark has them: 100,000 auctions of which 100 get half of the bids, 50,000 bidders, 2,500
/// bids a second of event time.
enum BidGenerator {
    static func write(_ rows: Int, to path: String) -> Bool {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard file >= 0 else { return false }
        defer { close(file) }
        var random = RandomSource(seed: 42)
        var out = ByteScratch(capacity: 1 << 20)
        let start: Int64 = 1_704_067_200_000_000
        let isCSV = path.hasSuffix(".csv")
        for row in 0..<rows {
            if isCSV {
                csv(start + Int64(row) * 400, &random, &out)
            } else {
                bid(start + Int64(row) * 400, &random, &out)
            }
            if out.count > (1 << 20) - 1024 || row == rows - 1 {
                guard flush(file, &out) else { return false }
            }
        }
        return true
    }

    private static func flush(_ file: Int32, _ out: inout ByteScratch) -> Bool {
        var done = 0
        while done < out.count {
            let count = Glibc.write(file, out.base + done, out.count - done)
            if count <= 0 { return false }
            done += count
        }
        out.removeAll()
        return true
    }

    private static func bid(_ micros: Int64, _ random: inout RandomSource, _ out: inout ByteScratch) {
        let isHot = random.next() % 2 == 0
        let auction = 1000 + random.next() % (isHot ? 100 : 100_000)
        let bidder = 1000 + random.next() % 50_000
        let price = 100 + random.next() % 10_000_000
        let channel = random.next() % 10_000
        out.append(
            "{\"auction\":\(auction),\"bidder\":\(bidder),\"price\":\(price),\"channel\":\"channel-\(channel)\","
        )
        out.append(
            "\"url\":\"https://www.nexmark.com/\(letters(&random, 5))/\(letters(&random, 5))/item.htm?query=1"
        )
        out.append("&channel_id=\(random.next() % 1_000_000_000)\",\"dateTime\":\"")
        TemporalText.append(timestampMicros: micros / 1000 * 1000, precision: 3, to: &out)
        out.append("\",\"extra\":\"\(letters(&random, 30))\"}\n")
    }

    /// One row in ten has quotes.
    private static func csv(_ micros: Int64, _ random: inout RandomSource, _ out: inout ByteScratch) {
        let isHot = random.next() % 2 == 0
        let quote = random.next() % 10 == 0 ? "\"" : ""
        out.append("\(1000 + random.next() % (isHot ? 100 : 100_000)),\(1000 + random.next() % 50_000),")
        out.append("\(100 + random.next() % 10_000_000),\(quote)channel-\(random.next() % 10_000)\(quote),")
        out.append("https://www.nexmark.com/\(letters(&random, 5))/\(letters(&random, 5))/item.htm?query=1")
        out.append("&channel_id=\(random.next() % 1_000_000_000),")
        TemporalText.append(timestampMicros: micros / 1000 * 1000, precision: 3, to: &out)
        out.append(",\(quote)\(letters(&random, 30))\(quote)\n")
    }

    private static func letters(_ random: inout RandomSource, _ count: Int) -> String {
        var text = ""
        for _ in 0..<count { text.unicodeScalars.append(Unicode.Scalar(UInt8(97 + random.next() % 26))) }
        return text
    }
}
