import Client
import Tasks

/// Reads the Python code of an exported n8n workflow: of each Code node and each Code Tool.
enum WorkflowFile {
    struct Node: Equatable {
        var name: String
        var code: String
        var mode: TaskMode
        /// Whether the node's language is the older Python, which ran in the browser engine Pyodide.
        var isPyodide: Bool
    }

    /// The Python nodes in the order of the file.
    ///
    /// - Parameters:
    ///   - bytes: A workflow, or an array of workflows, as n8n exports them.
    ///   - path: The file, for messages.
    /// - Returns: The nodes; none when the workflow has no Python.
    /// - Throws: ``CommandError`` when the bytes are not a workflow.
    static func nodes(_ bytes: [UInt8], path: String) throws(CommandError) -> [Node] {
        let tree: JSONTree
        do {
            tree = try JSONTree(bytes)
        } catch {
            throw .badInput("\(path) is not valid JSON: \(error)")
        }
        let workflows = tree.elements ?? [tree]
        let lists = workflows.compactMap { $0["nodes"]?.elements }
        guard !lists.isEmpty, lists.count == workflows.count else {
            throw .badInput("\(path) is not a workflow: an export of n8n has the member \"nodes\"")
        }
        return lists.flatMap { $0.compactMap(Self.node) }
    }

    private static let types = ["n8n-nodes-base.code", "@n8n/n8n-nodes-langchain.toolCode"]

    private static func node(_ tree: JSONTree) -> Node? {
        guard let type = tree["type"]?.text, Self.types.contains(type), let parameters = tree["parameters"],
            let language = parameters["language"]?.text, ["python", "pythonNative"].contains(language)
        else { return nil }
        return Node(
            name: tree["name"]?.text ?? "unnamed",
            code: parameters["pythonCode"]?.text ?? "",
            mode: parameters["mode"]?.text == "runOnceForEachItem" ? .eachItem : .allItems,
            isPyodide: language == "python"
        )
    }
}

extension CheckedFile {
    /// The findings in one node of a workflow. For other code, a check reports names and attributes that n8n's native
    /// Python does not have as hints. For a node they become violations, because the node would fail.
    init(_ node: WorkflowFile.Node, path: String, report: CheckReport) {
        var report = report
        let missing = report.hints.filter { !$0.message.hasPrefix(CodeHint.returnsNothing) }
        report.hints.removeAll(where: missing.contains)
        report.violations += missing.map {
            PolicyViolation(
                rule: "n8n",
                construct: $0.construct,
                line: $0.line,
                column: $0.column,
                message: "'\($0.construct)' does not exist in n8n's native Python",
                hint: $0.message
            )
        }
        if node.isPyodide {
            report.violations.append(
                PolicyViolation(
                    rule: "n8n",
                    construct: "python",
                    line: 1,
                    column: 1,
                    message: "the node's language is the older Python (Pyodide), which no task runner runs",
                    hint: "set the node's language to Python (Native): \"language\": \"pythonNative\""
                )
            )
        }
        self.init(name: path, node: node.name, code: node.code, report: report)
    }
}
