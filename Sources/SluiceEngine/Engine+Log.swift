public import SluiceLog
import SluiceLogStore

extension Engine {
    /// The embedded log of the home folder.
    var log: LogStore { LogStore(folder: home.path + "/log", disk: disk, clock: clock) }

    /// The verbs of `sluice log`.
    public func logCommands(isJSON: Bool) -> LogCommands { LogCommands(store: log, isJSON: isJSON) }
}
