import Foundation
import Testing

/// Each layer with its prerequisites only: what it stops by itself, compared with the table of `docs/security.md`.
@Suite(.enabled(if: ProbeRun.isRoot, "only for root is the layer all that can stop an attempt"))
struct LayerAloneTests {
    /// The layers as the probe names them, in the table's order, and the control of each.
    static let layers = [
        ("identity", "nothing"), ("capabilities", "nothing"), ("userNamespace", "nothing"), ("pidNamespace", "nothing"),
        ("mountNamespace", "nothing"), ("networkNamespace", "nothing"), ("ipcNamespace", "nothing"),
        ("notDumpable", "sameUser"), ("landlock", "nothing"), ("descriptors", "nothing"), ("limits", "identity"),
        ("seccomp", "nothing"),
    ]

    private static let spinning = "use_too_much_processor_time"

    @Test func everyLayerStopsWhatTheTableSaysAndNothingStopsNothing() throws {
        let targets = try ProbeTargets()
        let names = expectedContainment.map(\.attempt)
        var ended: [String: [String: String]] = [:]
        for layer in Set(Self.layers.flatMap { [$0.0, $0.1] }) {
            // Spinning for two seconds under each of the other layers would prove nothing.
            let made = names.filter { $0 != Self.spinning || ["nothing", "identity", "limits"].contains(layer) }
            ended[layer] = ProbeRun.byName(try ProbeRun.run("alone", ["layer=\(layer)"] + made, targets: targets))
        }
        func works(_ attempt: String, _ layer: String) -> Bool { ended[layer]?[attempt] == "exited 0 0" }

        // The control: with no layer at all, what works outside works here.
        let outside = try ProbeRun.outside(names, targets)
        for name in names where outside[name] == "0 exited 0" {
            #expect(works(name, "nothing"), "\(name) fails without any layer: \(ended["nothing"]?[name] ?? "")")
        }

        var measured: [String: [String]] = [:]
        for name in names where works(name, "nothing") {
            measured[name] = Self.layers
                .filter { ended[$0.0]?[name] != nil && works(name, $0.1) && !works(name, $0.0) }
                .map(\.0)
        }
        for (layer, _) in Self.layers {
            #expect(measured.values.contains { $0.contains(layer) }, "\(layer) stops nothing by itself")
        }
        #expect(measured.values.allSatisfy { !$0.isEmpty })

        if let path = ProcessInfo.processInfo.environment["TERRARIUM_WRITE_SECURITY_TABLE"] {
            let rows = names.compactMap { name in
                measured[name].map { "| `\(name)` | \($0.joined(separator: ", ")) |" }
            }
            try rows.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        }
        let documented = try Self.documentedTable()
        for (name, layers) in measured {
            let row = try #require(documented[name], "docs/security.md has no row for \(name)")
            // Message queues are counted per user over the whole machine, and given back some time after their end: earlier
            // attempts may have used them up, so that others seem to stop it, and the limit is not needed to.
            let isRight =
                name == "open_posix_queue"
                ? Set(row).subtracting(["limits"]).isSubset(of: layers) : Set(row) == Set(layers)
            #expect(isRight, "docs/security.md is wrong about \(name): \(layers)")
        }
    }

    @Test func landlockAloneKeepsAWorkerWithAFolderInTheFolder() throws {
        let targets = try ProbeTargets()
        // The folder is a sibling's too here, because there is no mount namespace.
        let inside = ["create_in_temporary_folder", "create_unnamed_file", "make_folder", "open_file_of_sibling"]
        let outside = [
            "create_in_root", "create_shared_memory_file", "open_library_for_writing", "truncate_library",
            "rename_beside_library", "link_beside_library", "symlink_beside_library", "make_device", "make_fifo",
        ]
        for (layer, works) in [("nothing", inside + outside), ("landlockWithFolder", inside), ("landlock", [])] {
            let answers = try ProbeRun.run("alone", ["layer=\(layer)"] + inside + outside, targets: targets)
            let ended = ProbeRun.byName(answers)
            for name in inside + outside {
                #expect(
                    (ended[name] == "exited 0 0") == works.contains(name),
                    "\(name) under \(layer): \(ended[name] ?? "")"
                )
            }
        }
    }

    @Test func everyAttackThatOneLayerAloneStopsIsExplained() throws {
        let text = try Self.document()
        for (name, layers) in try Self.documentedTable() where layers.count < 2 {
            // Once in the table, and once more where it is explained.
            #expect(text.components(separatedBy: "`\(name)`").count > 2, "\(name) is not explained")
        }
    }

    /// The document, found from this file upwards.
    private static func document() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "docs/security.md"), encoding: .utf8)
    }

    /// The rows `| attempt | layers |`.
    private static func documentedTable() throws -> [String: [String]] {
        let known = Set(self.layers.map(\.0))
        var table: [String: [String]] = [:]
        for line in try self.document().split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 2 else { continue }
            let layers = cells[1].split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            guard layers.allSatisfy({ known.contains($0) }) else { continue }
            table[cells[0].trimmingCharacters(in: ["`"])] = layers
        }
        return table
    }
}
