import SluiceBase
import Testing

@Suite struct RandomTests {
    @Test("the same seed gives the same numbers, another seed others")
    func seeded() {
        let first = SeededRandom(seed: 42)
        let second = SeededRandom(seed: 42)
        let numbers = (0..<100).map { _ in first.next() }
        #expect(numbers == (0..<100).map { _ in second.next() })
        #expect(Set(numbers).count == 100)
        #expect(SeededRandom(seed: 43).next() != numbers[0])
    }

    @Test("the system's numbers do not repeat")
    func system() {
        let random: any Random = SystemRandom()
        #expect(Set((0..<100).map { _ in random.next() }).count == 100)
    }
}
