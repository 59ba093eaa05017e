import SluiceBase
import SluiceConnect

/// The parts that a writer prepared, as the token of its commit: `append` or `overwrite`, then a name a line.
struct PartNames: Equatable {
    var overwrites: Bool
    var names: [String]

    init(overwrites: Bool, names: [String]) {
        self.overwrites = overwrites
        self.names = names
    }

    init(_ token: [UInt8]) {
        let lines = String(decoding: token, as: UTF8.self).split(separator: "\n").map(String.init)
        overwrites = lines.first == "overwrite"
        // Names of parts, whatever else a damaged token says.
        names = lines.dropFirst().filter { $0.hasPrefix("part-") && !$0.contains("/") }
    }

    var encoded: [UInt8] {
        Array(([overwrites ? "overwrite" : "append"] + names).joined(separator: "\n").utf8)
    }

    static func visible(_ name: String, _ directory: String) -> String {
        directory == "/" ? "/" + name : directory + "/" + name
    }

    static func hidden(_ name: String, _ directory: String) -> String {
        visible(".\(name).inprogress", directory)
    }
}

extension FileSink {
    /// Parts that have their names already were committed before.
    func commit(_ tokens: [[UInt8]], _ context: ConnectorContext) throws(JobError) {
        let parts = tokens.filter { !$0.isEmpty }.map { PartNames($0) }
        let names = parts.flatMap(\.names)
        let directory = table.paths.path
        do throws(DiskError) {
            if parts.contains(where: { $0.overwrites }) { try removeOthers(than: Set(names), directory) }
            for name in names {
                let hidden = PartNames.hidden(name, directory)
                if try disk.status(hidden) == nil { continue }
                try disk.rename(hidden, to: PartNames.visible(name, directory))
            }
            if !parts.isEmpty { try disk.syncDirectory(directory) }
        } catch {
            throw JobError(
                SQLError(.sinkFailed, "table \"\(table.table.name)\": \(error.description)"),
                domain: .external)
        }
    }

    /// INSERT OVERWRITE: what was there before goes, the parts of this job stay.
    private func removeOthers(than own: Set<String>, _ directory: String) throws(DiskError) {
        for name in try disk.list(directory) where !name.hasPrefix(".") && !own.contains(name) {
            let path = PartNames.visible(name, directory)
            if try disk.status(path)?.kind == .file { try disk.remove(path) }
        }
    }

    func abort(_ token: [UInt8], _ context: ConnectorContext) {
        // A file that cannot be removed stays hidden.
        for name in PartNames(token).names { try? disk.remove(PartNames.hidden(name, table.paths.path)) }
    }
}
