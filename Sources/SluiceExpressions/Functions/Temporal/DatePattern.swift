import SluiceBase

/// A date pattern cut into fields and literal text.
///
/// Java has two readers of such patterns with different letters and rules; `Style` says which one.
struct DatePattern: Sendable {
    /// `formatter`: `java.time.format.DateTimeFormatter`, strict text, proleptic calendar.
    /// `calendar`: `java.text.SimpleDateFormat`, lenient, Julian calendar before 15 October 1582.
    enum Style: Sendable { case formatter, calendar }

    enum Item: Sendable {
        /// A part of `literals`.
        case literal(Int, Int)
        case field(UInt8, Int)
        case optionalStart, optionalEnd
    }

    let items: [Item]
    let literals: [UInt8]
    let style: Style

    /// Throws for letters that the reader of this style does not know.
    init(_ pattern: UTF8Text.Bytes, _ style: Style) throws(SQLError) {
        var reader = Reader(Array(pattern), style)
        items = try reader.read()
        literals = reader.literals
        self.style = style
    }

    private struct Reader {
        let text: [UInt8]
        let style: Style
        var items: [Item] = []
        var literals: [UInt8] = []
        /// Where the literal at hand begins.
        var start = 0
        var position = 0
        var depth = 0

        init(_ text: [UInt8], _ style: Style) {
            self.text = text
            self.style = style
        }

        func invalid(_ reason: String) -> SQLError {
            let shown = String(decoding: text, as: UTF8.self)
            return SQLError(
                .evaluation, "invalid date pattern \"\(shown)\": \(reason)",
                hint: "a pattern is text such as yyyy-MM-dd")
        }

        mutating func flush() {
            if literals.count > start { items.append(.literal(start, literals.count - start)) }
            start = literals.count
        }

        mutating func read() throws(SQLError) -> [Item] {
            while position < text.count {
                let byte = text[position]
                if byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A {
                    try field(byte)
                } else if byte == 0x27 {
                    try quoted()
                } else if style == .formatter && (byte == 0x5B || byte == 0x5D) {
                    try bracket(byte)
                } else if style == .formatter && (byte == 0x7B || byte == 0x7D || byte == 0x23) {
                    throw invalid("\"{\", \"}\" and \"#\" are reserved")
                } else {
                    literals.append(byte)
                    position += 1
                }
            }
            while depth > 0 {
                flush()
                items.append(.optionalEnd)
                depth -= 1
            }
            flush()
            return items
        }

        private mutating func bracket(_ byte: UInt8) throws(SQLError) {
            flush()
            position += 1
            if byte == 0x5B {
                depth += 1
                items.append(.optionalStart)
                return
            }
            guard depth > 0 else { throw invalid("a bracket is closed that was never opened") }
            depth -= 1
            items.append(.optionalEnd)
        }

        private mutating func field(_ letter: UInt8) throws(SQLError) {
            flush()
            var count = 0
            while position < text.count, text[position] == letter {
                count += 1
                position += 1
            }
            let known = style == .formatter ? "GuyDMLdQqYwWEecFaHhKkmsSAnN" : "GyMdkHmsSEDFwWahKYLuzZX"
            guard known.utf8.contains(letter) else {
                throw invalid("\"\(Character(Unicode.Scalar(letter)))\" is not supported")
            }
            items.append(.field(letter, count))
        }

        /// Text between quotes; two quotes stand for one.
        private mutating func quoted() throws(SQLError) {
            position += 1
            if position < text.count, text[position] == 0x27 {
                literals.append(0x27)
                position += 1
                return
            }
            while position < text.count {
                if text[position] == 0x27 {
                    position += 1
                    guard position < text.count, text[position] == 0x27 else { return }
                }
                literals.append(text[position])
                position += 1
            }
            throw invalid("a quote is not closed")
        }
    }
}

/// The names of days and months that patterns print and read.
enum CalendarNames {
    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ].map { Array($0.utf8) }
    /// From Sunday on.
    static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"].map {
        Array($0.utf8)
    }
    static let halves = ["AM", "PM"].map { Array($0.utf8) }
}

/// A wall clock reading in its parts.
struct DateTimeFields: Sendable {
    /// Days since 1970-01-01, for days of the week and weeks.
    var day: Int
    var date: CivilDate
    var dayOfYear: Int
    var secondOfDay: Int
    var nanos: Int

    /// Reads milliseconds and the nanoseconds below them in the calendar of a style.
    init(millis: Int64, nanos: Int, _ style: DatePattern.Style) {
        let day = Int(floorDivide(millis, TimeUnit.millisPerDay))
        let inDay = Int(millis &- Int64(day) &* TimeUnit.millisPerDay)
        self.day = day
        if style == .calendar && day < HybridCalendar.cutover {
            date = HybridCalendar.julian(days: day)
            dayOfYear = day - HybridCalendar.julianDays(date.year, 1, 1) + 1
        } else {
            date = CivilDate(days: day)
            dayOfYear = date.dayOfYear
        }
        secondOfDay = inDay / 1000
        self.nanos = inDay % 1000 * 1_000_000 + nanos
    }
}

/// The Julian calendar before 15 October 1582 and the Gregorian one from there on.
enum HybridCalendar {
    /// Days from 1970-01-01 to 1582-10-15.
    static let cutover = -141_427

    static func julianDays(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shiftedYear = month <= 2 ? year &- 1 : year
        let shiftedMonth = month > 2 ? month &- 3 : month &+ 9
        let dayOfYear = (153 &* shiftedMonth &+ 2) / 5 &+ day &- 1
        // 1 March of the Julian year 0 is 719470 days before 1970-01-01.
        return shiftedYear &* 365 &+ floorDivide(shiftedYear, 4) &+ dayOfYear &- 719_470
    }

    static func julian(days: Int) -> CivilDate {
        let shifted = days &+ 719_470
        let cycle = floorDivide(shifted, 1461)
        let dayOfCycle = shifted &- cycle &* 1461
        let yearOfCycle = Swift.min(dayOfCycle / 365, 3)
        let dayOfYear = dayOfCycle &- yearOfCycle &* 365
        let shiftedMonth = (5 &* dayOfYear &+ 2) / 153
        let day = dayOfYear &- (153 &* shiftedMonth &+ 2) / 5 &+ 1
        let month = shiftedMonth < 10 ? shiftedMonth &+ 3 : shiftedMonth &- 9
        let year = cycle &* 4 &+ yearOfCycle &+ (month <= 2 ? 1 : 0)
        return CivilDate(year: year, month: month, day: day)
    }

    /// Days of a year, a month that may be out of 1...12 and a day that may be out of its month.
    static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let total = month &- 1
        let carriedYear = year &+ floorDivide(total, 12)
        let carriedMonth = floorModulo(total, 12) &+ 1
        let gregorian = CivilDate.days(year: carriedYear, month: carriedMonth, day: 1) &+ day &- 1
        if gregorian >= cutover { return gregorian }
        return julianDays(carriedYear, carriedMonth, 1) &+ day &- 1
    }
}
