public import SluiceColumns

/// The order of a sort key over values apart from columns.
public enum DatumOrder {
    public static func compare(_ a: Datum, _ b: Datum, _ key: SortKey) -> Int {
        if a.isNull || b.isNull {
            if a.isNull && b.isNull { return 0 }
            return a.isNull == key.nullsFirst ? -1 : 1
        }
        let order = Comparison.data(a, b)
        return key.descending ? 0 - order : order
    }
}
