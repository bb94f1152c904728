import CPython

/// A task's code, compiled as the body of a function and not yet run.
///
/// ``TaskCompiler`` makes it for one run or check, which owns it.
package struct CompiledTask: ~Copyable {
    /// The code object of the function's body. It takes one positional argument, or none if ``parameterIsGlobal`` is
    /// set.
    package let code: PythonReference
    /// The difference between columns in the code objects and columns in the submitted code.
    let columnShift: Int
    /// Whether the code declares its parameter `global`. The value is then passed as a global variable.
    let parameterIsGlobal: Bool
    let source: TaskSource

    /// Whether the body imports `asyncio`, which can run its coroutines.
    package var importsAsyncio: Bool {
        guard let code = unsafe CodeObject(self.code.borrowed) else { return false }
        return code.names.contains { PythonText.equals($0, "asyncio") }
    }

    /// The `co_filename` of a task's code objects, which tracebacks show.
    static let fileName: StaticString = "<task>"

    /// The name of the built-in function that carries out `from m import *` for a task. It is not a valid identifier,
    /// so the submitted code cannot contain it.
    package static let starImportName: StaticString = "<import *>"

    /// The position of an instruction in the submitted code. For an instruction that uses an attribute, it is the
    /// position of the attribute's name.
    ///
    /// CPython's location of an attribute instruction covers the whole expression, which ends with the name.
    ///
    /// - Parameters:
    ///   - byteOffset: The offset of the instruction, as in `tb_lasti`.
    ///   - code: One of the task's code objects.
    ///   - name: The attribute's name, if the instruction uses one.
    /// - Returns: The line and the column, both from 1, the column in code points. Line 1 and column 1 if the
    ///   instruction has no location.
    package func position(
        of byteOffset: Int32,
        in code: CodeObject,
        attribute name: String?
    ) -> (line: Int, column: Int) {
        guard let range = SourceRange(of: byteOffset, in: code, columnShift: self.columnShift) else { return (1, 1) }
        if let name, let text = self.source.line(range.endLine),
            Self.text(text, has: name, endingAtUTF8Offset: range.endUTF8Column)
        {
            let offset = range.endUTF8Column - name.utf8.count
            return (range.endLine, self.source.column(utf8Offset: offset, line: range.endLine))
        }
        return (range.line, self.source.column(utf8Offset: range.utf8Column, line: range.line))
    }

    private static func text(_ line: String, has name: String, endingAtUTF8Offset offset: Int) -> Bool {
        let bytes = Array(line.utf8)
        guard offset <= bytes.count, offset >= name.utf8.count else { return false }
        return bytes[(offset - name.utf8.count)..<offset].elementsEqual(name.utf8)
    }
}

/// The location of an instruction in the compiled text.
struct SourceRange {
    /// The first line, counted from 1.
    let line: Int
    let endLine: Int
    /// The first column, counted from 0 in UTF-8 bytes, as CPython counts.
    let utf8Column: Int
    let endUTF8Column: Int

    /// Reads the location of the instruction at `byteOffset` from a code object (PEP 657).
    ///
    /// - Parameters:
    ///   - byteOffset: The offset of the instruction, as in `tb_lasti`.
    ///   - code: The code object.
    ///   - columnShift: The value to subtract from columns; see ``CompiledTask/columnShift``.
    init?(of byteOffset: Int32, in code: CodeObject, columnShift: Int) {
        var line: Int32 = -1
        var column: Int32 = -1
        var endLine: Int32 = -1
        var endColumn: Int32 = -1
        let found = unsafe PyCode_Addr2Location(code.layout, byteOffset, &line, &column, &endLine, &endColumn)
        guard found != 0, line >= 1, column >= 0 else { return nil }
        self.line = Int(line)
        self.endLine = Int(endLine)
        self.utf8Column = max(Int(column) - columnShift, 0)
        self.endUTF8Column = max(Int(endColumn) - columnShift, 0)
    }
}
