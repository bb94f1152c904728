import Testing

@testable import PythonRuntime

@Suite struct VersionTests {
    @Test func theVersionOfThisBuildIsAccepted() {
        #expect(throws: Never.self) {
            try PythonInstallation.checkVersion(headers: 0x030B_02F0, library: 0x030B_02F0, isVerified: true)
        }
    }

    @Test func aLibraryWithAnotherPatchIsAccepted() {
        #expect(throws: Never.self) {
            try PythonInstallation.checkVersion(headers: 0x030B_02F0, library: 0x030B_0DF0, isVerified: true)
        }
    }

    @Test(arguments: [0x030A_02F0, 0x030C_02F0, 0x040B_02F0] as [UInt])
    func aLibraryOfAnotherVersionIsRefused(library: UInt) {
        #expect(throws: PythonRuntimeError.self) {
            try PythonInstallation.checkVersion(headers: 0x030B_02F0, library: library, isVerified: true)
        }
    }

    @Test func bothVersionsAreNamed() {
        #expect(
            throws: PythonRuntimeError.unsupportedVersion(
                "this program was built for Python 3.11, and its libpython is Python 3.13"
            )
        ) {
            try PythonInstallation.checkVersion(headers: 0x030B_02F0, library: 0x030D_05F0, isVerified: true)
        }
    }

    @Test func aVersionWithoutVerifiedGuardsIsRefused() {
        #expect(
            throws: PythonRuntimeError.unsupportedVersion(
                "Python 3.13 is not supported yet: this is a build for porting, which runs no tasks"
            )
        ) {
            try PythonInstallation.checkVersion(headers: 0x030D_05F0, library: 0x030D_05F0, isVerified: false)
        }
    }
}
