import CPython

/// A task's code, compiled as the body of a function and not yet run.
struct CompiledTask: ~Copyable {
    /// The code object of the function's body. It takes one positional argument, or none when
    /// ``parameterIsGlobal`` says so.
    let code: PythonReference
    /// How much larger the columns of its code objects are than the author's.
    let columnShift: Int
    /// Whether the code declares its parameter `global`, so that it must be a global of the task instead.
    let parameterIsGlobal: Bool
    let source: TaskSource

    /// What a task's code objects carry as their `co_filename`, and tracebacks show.
    static let fileName: StaticString = "<task>"
}

/// Where an instruction of a task came from.
struct SourceRange {
    /// Counted from 1.
    let line: Int
    let endLine: Int
    /// Counted from 0, in UTF-8 bytes, as CPython counts.
    let utf8Column: Int
    let endUTF8Column: Int

    /// Reads the location of the instruction at `byteOffset` from a code object (PEP 657).
    ///
    /// - Parameters:
    ///   - byteOffset: As in `tb_lasti`.
    ///   - code: A code object, borrowed.
    ///   - columnShift: What to take off the columns; see ``CompiledTask/columnShift``.
    init?(of byteOffset: Int32, in code: PyPointer, columnShift: Int) {
        var line: Int32 = -1
        var column: Int32 = -1
        var endLine: Int32 = -1
        var endColumn: Int32 = -1
        // Safety: the caller vouches for a code object; the results are plain integers.
        let found = unsafe UnsafeMutableRawPointer(code).withMemoryRebound(to: PyCodeObject.self, capacity: 1) { code in
            unsafe PyCode_Addr2Location(code, byteOffset, &line, &column, &endLine, &endColumn)
        }
        guard found != 0, line >= 1, column >= 0 else { return nil }
        self.line = Int(line)
        self.endLine = Int(endLine)
        self.utf8Column = max(Int(column) - columnShift, 0)
        self.endUTF8Column = max(Int(endColumn) - columnShift, 0)
    }
}
