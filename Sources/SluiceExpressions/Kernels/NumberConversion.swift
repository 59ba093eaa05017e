/// Conversions between numbers as Java's casts do them: NaN is 0, values out of range stop at the ends.
enum NumberConversion {
    @inline(__always)
    static func int64(_ value: Double) -> Int64 {
        if value.isNaN { return 0 }
        if value >= 9_223_372_036_854_775_808 { return .max }
        if value <= -9_223_372_036_854_775_808 { return .min }
        return Int64(value)
    }

    @inline(__always)
    static func int32(_ value: Double) -> Int32 {
        if value.isNaN { return 0 }
        if value >= 2_147_483_647 { return .max }
        if value <= -2_147_483_648 { return .min }
        return Int32(value)
    }
}
