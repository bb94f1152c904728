package import Tasks

extension Interpreter {
    /// Compiles a text as the body of a task and checks it against the policy, without running it. The benchmarks use it
    /// to measure the two steps separately.
    ///
    /// - Parameters:
    ///   - code: The text, as UTF-8.
    ///   - checks: How many times the policy check runs.
    /// - Returns: The number of violations that the last check found.
    /// - Throws: A failure of the kind `syntaxError` if the text cannot be compiled, or if the compiled code cannot be
    ///   checked.
    package func compile(_ code: [UInt8], checks: Int) throws(TaskFailure) -> Int {
        guard let policy = self.policy else { preconditionFailure("a task before there is a policy") }
        return try unsafe code.withUnsafeBufferPointer { (text) throws(TaskFailure) in
            let task = unsafe try self.compiler.compile(UnsafeRawBufferPointer(text), parameter: "_items")
            var violations = 0
            for _ in 0..<checks {
                do throws(PythonException) {
                    violations = try policy.violations(in: task).total
                } catch {
                    throw TaskFailure(.syntaxError, message: ExceptionText.summary(of: error))
                }
            }
            return violations
        }
    }

    /// Decodes the text of items, as for a task. For the benchmarks.
    ///
    /// - Parameter text: A JSON array of objects, as UTF-8.
    /// - Returns: The list, owned by the caller.
    /// - Throws: A failure of the kind `pythonError` for a text that is not an array of objects.
    package func decodeItems(_ text: [UInt8]) throws(TaskFailure) -> PythonObject {
        var decoded: PythonReference?
        unsafe text.withUnsafeBytes { bytes in
            decoded = unsafe try? self.decoder.decode(bytes)
        }
        guard let decoded = decoded.take() else {
            throw TaskFailure(.pythonError, message: "the items cannot be decoded")
        }
        return PythonObject(reference: decoded)
    }

    /// Encodes decoded items, as for a task that returns them. For the benchmarks.
    ///
    /// - Parameter items: The list of items.
    /// - Returns: The number of bytes of the encoded text.
    /// - Throws: A failure of the kind `invalidResult` if the list cannot be encoded.
    package func encode(_ items: borrowing PythonObject) throws(TaskFailure) -> Int {
        let buffer = OutputBuffer(limit: Int.max)
        do throws(EncodingFailure) {
            unsafe try self.encoder.writeItems(items.reference.borrowed, inputCount: 0, to: buffer)
        } catch {
            throw TaskFailure(.invalidResult, message: "\(error)")
        }
        return buffer.count
    }
}

/// An owned Python object for callers outside this module, which can pass it back but cannot access it.
package struct PythonObject: ~Copyable {
    fileprivate let reference: PythonReference
}
