import SluiceBase
import SluiceColumns

/// The consumer's end of an edge: reads the channels of all producing subtasks in turn and merges their watermarks.
final class InputGate {
    private let target: ChainNode
    private let input: Int
    private let channels: [Channel]
    private var merger: WatermarkMerger
    private var ended: [Bool]
    private var openChannels: Int
    private var next = 0

    init(target: ChainNode, input: Int, channels: [Channel]) {
        self.target = target
        self.input = input
        self.channels = channels
        merger = WatermarkMerger(inputs: channels.count)
        ended = Array(repeating: false, count: channels.count)
        openChannels = channels.count
    }

    var hasEnded: Bool { openChannels == 0 }

    /// Hands one element on. False: none is there.
    func take() throws(JobError) -> Bool {
        if target.isSatisfied { for channel in channels { channel.setUnwanted() } }
        for _ in 0..<channels.count {
            let index = next
            next = next + 1 == channels.count ? 0 : next + 1
            if ended[index] { continue }
            guard let element = channels[index].pop() else { continue }
            try deliver(element, index)
            return true
        }
        return false
    }

    private func deliver(_ element: StreamElement, _ channel: Int) throws(JobError) {
        if case .end = element {
            ended[channel] = true
            openChannels -= 1
            if let raised = merger.end(channel) { try target.receive(.watermark(raised), input: input) }
            if openChannels == 0 { try target.receive(.end, input: input) }
            return
        }
        if channels.count == 1 { return try target.receive(element, input: input) }
        switch element {
        case .batch(let batch):
            let marks = merger.rewrite(batch.marks, channel)
            try target.receive(.batch(batch.marks == marks ? batch : batch.with(marks: marks)), input: input)
        case .watermark(let watermark):
            if let raised = merger.update(channel, watermark) {
                try target.receive(.watermark(raised), input: input)
            }
        case .idle:
            if let raised = merger.setIdle(channel) { try target.receive(.watermark(raised), input: input) }
            if merger.isIdle { try target.receive(.idle, input: input) }
        case .end: break
        }
    }
}
