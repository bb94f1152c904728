import Foundation
import TestSupport
import Testing

/// `terrarium check` of an exported n8n workflow, against a real service.
@Suite struct WorkflowCheckTests {
    private static let daemon = Task { try await Daemon.start() }

    private func check(_ workflow: String, _ arguments: String...) async throws -> Programs.Finished {
        let folder = try ScratchFolder()
        let path = try folder.file("flow.json", workflow)
        let environment = ["TERRARIUM_SOCKET": try await Self.daemon.value.socketPath]
        return try await Programs.run(Programs.terrarium, ["check", path] + arguments, environment: environment)
    }

    /// The text of a node of an export.
    private static func node(
        _ name: String,
        _ code: String,
        language: String? = "pythonNative",
        mode: String? = nil,
        type: String = "n8n-nodes-base.code"
    ) -> String {
        var parameters = ["pythonCode": code]
        parameters["language"] = language
        parameters["mode"] = mode
        let node: [String: Any] = ["name": name, "type": type, "parameters": parameters, "position": [0, 0]]
        let data = (try? JSONSerialization.data(withJSONObject: node)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    private static func workflow(_ nodes: String...) -> String {
        #"{"name":"w","nodes":[\#(nodes.joined(separator: ","))],"connections":{}}"#
    }

    private static func files(_ finished: Programs.Finished) throws -> [[String: Any]] {
        let tree = try JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any]
        return try #require(tree?["files"] as? [[String: Any]])
    }

    private static func constructs(_ file: [String: Any]) -> [String] {
        (file["violations"] as? [[String: Any]] ?? []).compactMap { $0["construct"] as? String }
    }

    @Test func nativeNodesThatRunAreFine() async throws {
        let workflow = Self.workflow(
            Self.node("All", "import json\nreturn _items"),
            Self.node("Each", "return {'n': _item['json']['n'] + 1}", mode: "runOnceForEachItem"),
            Self.node("Tool", "return str(_query)", type: "@n8n/n8n-nodes-langchain.toolCode"),
            Self.node("JavaScript", "import os", language: "javaScript"),
            Self.node("Default language", "import os", language: nil),
            Self.node("Another type", "import os", type: "n8n-nodes-base.set")
        )
        let checked = try await self.check(workflow, "--json")
        #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
        #expect(try Self.files(checked).map { $0["node"] as? String } == ["All", "Each", "Tool"])
    }

    @Test func whatNativePythonDoesNotHaveIsRefusedWithTheChange() async throws {
        let old = "for item in _input.all():\n    item.json['at'] = _now\nreturn _node['Set']"
        let checked = try await self.check(Self.workflow(Self.node("Old", old, language: "python")), "--json")
        #expect(checked.status == 4)
        let file = try #require(try Self.files(checked).first)
        #expect(Set(Self.constructs(file)) == ["_input", ".json", "_now", "_node", "python"], "\(checked.output)")
        let hints = (file["violations"] as? [[String: Any]] ?? []).compactMap { $0["hint"] as? String }
        #expect(hints.contains { $0.contains("_input.all() is _items") })
        #expect(hints.contains { $0.contains("pythonNative") })
        // The control: the same code is refused in a node whose language is right, but for the language.
        let native = try await self.check(Self.workflow(Self.node("Old", old)), "--json")
        #expect(native.status == 4)
        #expect(!(try Self.files(native).contains { Self.constructs($0).contains("python") }))
    }

    @Test func theNodeAndTheLineAreNamed() async throws {
        let workflow = Self.workflow(Self.node("Clean up", "x = 1\nimport os\nreturn _items"))
        let checked = try await self.check(workflow)
        #expect(checked.status == 4)
        #expect(checked.errors.contains("flow.json (Clean up):2:8\n"), "\(checked.errors)")
    }

    @Test func theModeOfTheNodeCounts() async throws {
        let code = "return _items"
        #expect(try await self.check(Self.workflow(Self.node("All", code))).status == 0)
        let each = try await self.check(Self.workflow(Self.node("Each", code, mode: "runOnceForEachItem")))
        #expect(each.status == 4)
        #expect(each.errors.contains("_item"), "\(each.errors)")
    }

    @Test func severalWorkflowsAreOneFile() async throws {
        let one = Self.workflow(Self.node("One", "return _items"))
        let two = Self.workflow(Self.node("Two", "import os"))
        let checked = try await self.check("[\(one),\(two)]", "--json")
        #expect(checked.status == 4)
        #expect(try Self.files(checked).map { Self.constructs($0) } == [[], ["import os"]])
    }

    @Test(arguments: ["{}", "[]", "[1]", "{", #"{"nodes":1}"#])
    func otherJSONIsBadInput(_ text: String) async throws {
        let checked = try await self.check(text)
        #expect(checked.status == 2)
        #expect(checked.errors.contains("flow.json"), "\(checked.errors)")
    }
}
