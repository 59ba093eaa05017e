import SluiceBase
import Testing

@Test("the nearest name wins, by Damerau-Levenshtein distance up to a third of the length")
func nearestName() {
    let columns = ["order_id", "user_id", "region", "amount", "ts"]
    #expect(DidYouMean.nearest("amout", in: columns) == "amount")
    #expect(DidYouMean.nearest("regoin", in: columns) == "region")
    #expect(DidYouMean.nearest("usr_id", in: columns) == "user_id")
    #expect(DidYouMean.nearest("price", in: columns) == nil)
    #expect(DidYouMean.nearest("st", in: columns) == "ts")
    #expect(DidYouMean.nearest("x", in: ["y", "xy"]) == nil)
    #expect(DidYouMean.nearest("", in: columns) == nil)
}

@Test("a name that differs only in case comes before a nearer spelling")
func caseOnlyMismatch() {
    #expect(DidYouMean.nearest("AMOUNT", in: ["AMOUNTS", "amount"]) == "amount")
    #expect(
        DidYouMean.label("Amount", in: ["amount"]) == "exists as \"amount\"; identifiers are case-sensitive")
    #expect(DidYouMean.label("amout", in: ["amount"]) == "did you mean \"amount\"?")
    #expect(DidYouMean.near("colum", in: ["column", "colun", "row"], count: 3) == ["column", "colun"])
}
