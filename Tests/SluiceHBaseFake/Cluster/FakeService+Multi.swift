/// Many actions in one call: regions one after the other, each action answered alone unless the region's actions
/// are atomic or under a condition.
extension FakeService {
    private enum Operation {
        case get(FakeGet)
        case mutation(FakeMutation)
        /// Cannot be read; told to the client when its turn comes.
        case broken(FakeException)
    }

    private struct Action {
        var index: UInt64
        var operation: Operation
    }

    private struct Group {
        var specifier: FakeMessage
        var atomic: Bool
        var condition: FakeCondition?
        var actions: [Action]
    }

    func multi() throws -> FakeAnswer {
        let request = try FakeMessage("MultiRequest", call.param, known: 3)
        let nonceGroup = try request.uint(2) ?? 0
        guard !request.has(3) else {
            throw FakeException.doNotRetryIO("fake server: condition of the old form")
        }
        let groups = try parse(request)
        var answer = FakeAnswer()
        var processed: Bool?
        var room = cluster.largestResult
        let refused = refusedGroups(groups.count)
        for (i, group) in groups.enumerated() {
            try answer.message.message(1) { result in
                do {
                    if let exception = refused[i] { throw exception }
                    let region = try region(group.specifier)
                    if group.atomic || group.condition != nil {
                        let done = try runAtomic(group, nonceGroup, in: region, &result, &answer.block)
                        if group.condition == nil { processed = done }
                    } else {
                        run(group, nonceGroup, in: region, &result, &answer.block, &room)
                    }
                } catch let exception as FakeException {
                    result.message(2, exception.pair())
                }
            }
        }
        if let processed { answer.message.bool(2, processed) }
        answer.message.message(3, FakeWriter())
        return answer
    }

    private func refusedGroups(_ count: Int) -> [Int: FakeException] {
        guard case .regionException(let exception, let all) = call.fault, count > 0 else { return [:] }
        if all { return Dictionary(uniqueKeysWithValues: (0..<count).map { ($0, exception) }) }
        return [Int.random(in: 0..<count, using: &cluster.random): exception]
    }

    private func parse(_ request: FakeMessage) throws -> [Group] {
        var cells = call.cells[...]
        var groups: [Group] = []
        for message in try request.messages(1, "RegionAction", known: 4) {
            var group = Group(
                specifier: try message.requiredMessage(1, "RegionSpecifier", known: 2),
                atomic: try message.bool(2) ?? false,
                condition: try message.message(4, "Condition", known: 8).map { try FakeCondition($0) },
                actions: [])
            for action in try message.messages(3, "Action", known: 4) {
                group.actions.append(try parse(action, &cells))
            }
            guard !group.actions.isEmpty else {
                throw FakeException.doNotRetryIO("fake server: a region without actions")
            }
            if !group.atomic, group.condition == nil,
                Set(group.actions.map { $0.index }).count < group.actions.count
            {
                throw FakeException.doNotRetryIO("fake server: two actions of one index")
            }
            groups.append(group)
        }
        guard !groups.isEmpty else { throw FakeException.doNotRetryIO("fake server: no regions") }
        try checkUsed(cells)
        return groups
    }

    private func parse(_ action: FakeMessage, _ cells: inout ArraySlice<FakeCell>) throws -> Action {
        let index = try action.uint(1) ?? 0
        if let get = try action.message(3, "Get", known: 15) {
            guard !action.has(2) else {
                throw FakeException.doNotRetryIO("fake server: two operations in one action")
            }
            do {
                return Action(index: index, operation: .get(try FakeGet(get)))
            } catch let exception as FakeException {
                return Action(index: index, operation: .broken(exception))
            }
        }
        guard let mutation = try action.message(2, "MutationProto", known: 9) else {
            throw FakeException.doNotRetryIO("fake server: an action without operation")
        }
        return Action(index: index, operation: .mutation(try FakeMutation(mutation, &cells)))
    }

    // MARK: Single actions

    /// Puts and Deletes wait and are applied together before the next Increment or Append, or at the end; a Get does
    /// not see those that wait.
    private func run(
        _ group: Group, _ nonceGroup: UInt64, in region: FakeRegion, _ result: inout FakeWriter,
        _ block: inout [UInt8], _ room: inout Int
    ) {
        var waiting: [(UInt64, FakeMutation)] = []
        let unlucky = unluckyAction(group.actions.count)
        for (position, action) in group.actions.enumerated() {
            do {
                if let exception = unlucky[position] { throw exception }
                switch action.operation {
                case .broken(let exception): throw exception
                case .get(let get):
                    guard room > 0, !(isTooLarge && position > 0) else { throw tooLarge() }
                    let cells = try read(get, in: region)
                    room -= cells.reduce(0) { $0 + $1.encodedSize }
                    let encoded = encode(cells, exists: get.existenceOnly, &block)
                    result.message(1) {
                        $0.uint(1, action.index)
                        $0.message(2, encoded)
                    }
                case .mutation(let mutation):
                    guard !(isTooLarge && position > 0) else { throw tooLarge() }
                    if mutation.kind == .put || mutation.kind == .delete {
                        waiting.append((action.index, mutation))
                        continue
                    }
                    flush(&waiting, in: region, &result)
                    let cells = try count(mutation, group: nonceGroup, in: region)
                    let encoded = encode(mutation.returnsResult ? cells : [], &block)
                    result.message(1) {
                        $0.uint(1, action.index)
                        $0.message(2, encoded)
                    }
                }
            } catch {
                Self.refuse(action.index, error, &result)
            }
        }
        flush(&waiting, in: region, &result)
    }

    private func flush(
        _ waiting: inout [(UInt64, FakeMutation)], in region: FakeRegion, _ result: inout FakeWriter
    ) {
        for (index, mutation) in waiting {
            do {
                try checkRange(mutation, in: region)
                try apply(mutation, in: region)
                result.message(1) {
                    $0.uint(1, index)
                    $0.message(2, FakeWriter())
                }
            } catch {
                Self.refuse(index, error, &result)
            }
        }
        waiting = []
    }

    private static func refuse(_ index: UInt64, _ error: any Error, _ result: inout FakeWriter) {
        let exception = error as? FakeException ?? FakeException(fullName: "java.io.IOException", "\(error)")
        result.message(1) {
            $0.uint(1, index)
            $0.message(3, exception.pair())
        }
    }

    private var isTooLarge: Bool {
        if case .resultTooLarge = call.fault { return true }
        return false
    }

    private func tooLarge() -> FakeException {
        FakeException("MultiActionResultTooLarge", "Max size exceeded CellSize: 1 BlockSize: 1")
    }

    private func unluckyAction(_ count: Int) -> [Int: FakeException] {
        guard case .actionException(let exception) = call.fault else { return [:] }
        return [Int.random(in: 0..<count, using: &cluster.random): exception]
    }

    // MARK: Atomic and conditional

    /// The answer counts the actions from 0, whatever their indices; cells are inline. True: applied.
    private func runAtomic(
        _ group: Group, _ nonceGroup: UInt64, in region: FakeRegion, _ result: inout FakeWriter,
        _ block: inout [UInt8]
    ) throws -> Bool {
        var mutations: [FakeMutation] = []
        for action in group.actions {
            switch action.operation {
            case .get: throw FakeException.doNotRetryIO("Atomic put and/or delete only, not Get")
            case .broken(let exception): throw exception
            case .mutation(let mutation): mutations.append(mutation)
            }
        }
        if let unlucky = unluckyAction(mutations.count).values.first { throw unlucky }
        var holds = true
        if let condition = group.condition {
            for mutation in mutations where mutation.row != condition.row {
                throw condition.wrongRow(mutation.row)
            }
            holds = try condition.holds(in: region, service: self)
        }
        let cells = holds ? try applyAtomic(mutations, group: nonceGroup, in: region) : []
        for i in mutations.indices {
            let encoded = encode(i == 0 ? cells : [], inline: true, &block)
            result.message(1) {
                $0.uint(1, UInt64(i))
                if holds, i == 0 || group.condition == nil { $0.message(2, encoded) }
            }
        }
        result.bool(3, holds)
        return holds
    }
}
