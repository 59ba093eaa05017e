package import SluiceEngine
import SluiceScratch

/// A home folder of its own, which goes away with the value.
package final class ScratchHome {
    private let folder: ScratchFolder

    package init() throws { folder = try ScratchFolder() }

    package var path: String { folder.path }
    package var home: HomeFolder { HomeFolder(environment: ["SLUICE_HOME": path]) }
}
