import Testing

@testable import SluiceHBaseClient

/// The ZooKeeper session as a machine of bytes.
@Suite struct ZooKeeperSessionTests {
    private func frame(_ build: (inout JuteWriter) -> Void) -> [UInt8] {
        var writer = JuteWriter()
        build(&writer)
        return writer.finish()
    }

    private func greeting(timeout: Int32 = 6000, session: Int64 = 77) -> [UInt8] {
        frame {
            $0.int(0)
            $0.int(timeout)
            $0.long(session)
            $0.buffer([UInt8](repeating: 3, count: 16))
            $0.boolean(false)
        }
    }

    private func reply(
        _ xid: Int32, zxid: Int64 = 9, error: Int32 = 0, _ body: (inout JuteWriter) -> Void = { _ in }
    )
        -> [UInt8]
    {
        frame {
            $0.int(xid)
            $0.long(zxid)
            $0.int(error)
            body(&$0)
        }
    }

    private func feed(_ session: inout ZooKeeperSession, _ bytes: [UInt8], now: Int64 = 0) throws
        -> [ZooKeeperSession.Event]
    {
        var events: [ZooKeeperSession.Event] = []
        for byte in bytes {
            try [byte].withRaw { (raw) throws(WireError) in
                try session.received(raw, now: now) { events.append($0) }
            }
        }
        return events
    }

    @Test func asksAndKeepsTheSession() throws {
        var session = ZooKeeperSession(timeoutNanos: 30_000_000_000)
        #expect(session.getData("/a", now: 0) == nil)
        let first = session.opened(now: 0)
        #expect(first.count == 49)
        let events = try feed(&session, greeting())
        #expect(events.first == .connected)
        guard case .send(let asked)? = events.last else {
            Issue.record("nothing was asked")
            return
        }
        #expect(asked.count == 4 + 4 + 4 + 4 + 2 + 1)
        _ = session.exists("/b", watch: true, now: 0)
        var answers = try feed(&session, reply(1) { $0.buffer([1, 2]) })
        answers += try feed(&session, reply(2, error: -101))
        #expect(
            answers == [
                .reply(.init(path: "/a", content: .data([1, 2]))),
                .reply(.init(path: "/b", content: .error(-101))),
            ])
        // A new connection continues the session and sets the watch again.
        _ = session.getChildren("/c", now: 0)
        session.lost()
        let hello = session.opened(now: 5)
        #expect(Array(hello[20..<28]) == [0, 0, 0, 0, 0, 0, 0, 77])
        #expect(Array(hello[8..<16]) == [0, 0, 0, 0, 0, 0, 0, 9])
        let again = try feed(&session, greeting())
        #expect(again.count == 3)
        let fired = try feed(
            &session,
            reply(-1) {
                $0.int(1); $0.int(3); $0.text("/b")
            })
        #expect(fired == [.watch(path: "/b", type: 1)])
        let children = try feed(&session, reply(4) { $0.texts(["x", "y"]) })
        #expect(children == [.reply(.init(path: "/c", content: .children(["x", "y"])))])
        #expect(session.pendingRequests == 0)
    }

    @Test func pingsAndNoticesSilence() throws {
        var session = ZooKeeperSession(timeoutNanos: 30_000_000_000)
        _ = session.opened(now: 0)
        _ = try feed(&session, greeting(timeout: 6000))
        #expect(session.tick(now: 1_000_000_000) == .fine)
        guard case .ping = session.tick(now: 2_000_000_000) else {
            Issue.record("no ping")
            return
        }
        #expect(session.tick(now: 2_500_000_000) == .fine)
        _ = try feed(&session, reply(-2), now: 3_000_000_000)
        guard case .ping = session.tick(now: 6_000_000_000) else {
            Issue.record("no second ping")
            return
        }
        #expect(session.tick(now: 7_000_000_001) == .dead)
    }

    @Test func expiryStartsANewSession() throws {
        var session = ZooKeeperSession(timeoutNanos: 30_000_000_000)
        _ = session.opened(now: 0)
        _ = try feed(&session, greeting())
        session.lost()
        _ = session.opened(now: 0)
        #expect(try feed(&session, greeting(timeout: 0)) == [.expired])
        session.lost()
        #expect(Array(session.opened(now: 0)[20..<28]) == [UInt8](repeating: 0, count: 8))
    }

    @Test func refusesWhatIsNoAnswer() throws {
        var session = ZooKeeperSession(timeoutNanos: 30_000_000_000)
        _ = session.opened(now: 0)
        _ = try feed(&session, greeting())
        _ = session.getData("/a", now: 0)
        #expect(throws: WireError.self) { try feed(&session, reply(2)) }
        #expect(throws: WireError.self) { try feed(&session, [0x7F, 0xFF, 0xFF, 0xFF]) }
        var other = ZooKeeperSession(timeoutNanos: 1)
        _ = other.opened(now: 0)
        let short = frame { $0.int(0) }
        #expect(throws: WireError.self) { try feed(&other, short) }
    }

    /// Requests wait for the login on every connection; its tokens are numbered like requests.
    @Test func requestsWaitForALogin() throws {
        var session = ZooKeeperSession(timeoutNanos: 30_000_000_000, logsIn: true)
        #expect(session.getData("/a", now: 0) == nil)
        for _ in 0..<2 {
            _ = session.opened(now: 0)
            #expect(session.logIn([1], now: 0) == nil)
            #expect(try feed(&session, greeting()) == [.wantsLogin])
            #expect(!session.isConnected)
            session.lost()
        }
        _ = session.opened(now: 0)
        _ = try feed(&session, greeting())
        #expect(
            session.logIn([7, 8], now: 0)
                == frame {
                    $0.int(1)
                    $0.int(102)
                    $0.buffer([7, 8])
                })
        #expect(
            try feed(&session, reply(1, zxid: 0) { $0.buffer([9]) })
                == [.reply(.init(path: "", content: .token([9])))])
        _ = session.logIn([], now: 0)
        let last = try feed(&session, reply(2, zxid: 0) { $0.int(-1) })
        #expect(last == [.reply(.init(path: "", content: .token(nil)))])
        let asked = session.loggedIn(now: 0)
        #expect(session.isConnected && asked.count == 1)
        #expect(
            try feed(&session, reply(3) { $0.buffer([1, 2]) })
                == [.reply(.init(path: "/a", content: .data([1, 2])))])
    }

    @Test func aRefusedLoginIsToldByItsNumber() throws {
        var session = ZooKeeperSession(timeoutNanos: 30_000_000_000, logsIn: true)
        _ = session.opened(now: 0)
        _ = try feed(&session, greeting())
        _ = session.logIn([7], now: 0)
        #expect(
            try feed(&session, reply(1, error: -115))
                == [.reply(.init(path: "", content: .error(-115)))])
    }

    @Test func readsHBaseNodes() throws {
        var message = ProtobufWriter()
        message.field(1, ServerName(host: "rs1", port: 16020, startCode: 5))
        message.field(3, 3 as UInt32)
        let body = [UInt8]("PBUF".utf8) + message.finish()
        let node: [UInt8] = [0xFF, 0, 0, 0, 3, 1, 2, 3] + body
        for bytes in [body, node] {
            let server = try NodeData.decode(bytes) { (raw) throws(WireError) in
                try RegistryMessages.metaServer(raw)
            }
            #expect(server == ServerName(host: "rs1", port: 16020, startCode: 5))
        }
        #expect(NodeData.message([0xFF, 0, 0, 0, 9, 1]) == nil)
        #expect(NodeData.message([]) == nil)
        #expect(try NodeData.clusterID(Array("abc".utf8)) == "abc")
    }
}
