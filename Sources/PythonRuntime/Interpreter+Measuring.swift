package import Tasks

extension Interpreter {
    /// Compiles a text as the body of a task and holds it against the policy, without running it: for the benchmarks,
    /// which want to know what each of the two costs.
    ///
    /// - Parameters:
    ///   - code: The text, as UTF-8.
    ///   - checks: How often what was compiled is held against the policy.
    /// - Returns: How many violations the last of the checks found.
    /// - Throws: A failure of the kind `syntaxError` for a text that cannot be compiled, or cannot be read once it is.
    package func compile(_ code: [UInt8], checks: Int) throws(TaskFailure) -> Int {
        guard let rules = self.rules else { preconditionFailure("a task before there is a policy") }
        return try unsafe code.withUnsafeBufferPointer { (text) throws(TaskFailure) in
            let task = unsafe try self.compiler.compile(UnsafeRawBufferPointer(text), parameter: "_items")
            var violations = 0
            for _ in 0..<checks {
                do throws(PythonException) {
                    violations = try rules.violations(in: task).total
                } catch {
                    throw TaskFailure(.syntaxError, message: ExceptionText.summary(of: error))
                }
            }
            return violations
        }
    }

    /// Decodes the text of items, as for a task: for the benchmarks.
    ///
    /// - Parameter text: A JSON array of objects, as UTF-8.
    /// - Returns: The list, owned by the caller.
    /// - Throws: A failure of the kind `pythonError` for a text that is none.
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

    /// Encodes items that were decoded, as for a task that returns them: for the benchmarks.
    ///
    /// - Parameter items: The list.
    /// - Returns: How many bytes the text has.
    /// - Throws: A failure of the kind `invalidResult` for a list that has no such text.
    package func encode(_ items: borrowing PythonObject) throws(TaskFailure) -> Int {
        let buffer = OutputBuffer(limit: Int.max)
        do throws(EncodingFailure) {
            unsafe try self.encoder.writeItems(items.reference.pointer, inputCount: 0, to: buffer)
        } catch {
            throw TaskFailure(.invalidResult, message: "\(error)")
        }
        return buffer.count
    }
}

/// A Python object in the hands of somebody who does not look inside.
package struct PythonObject: ~Copyable {
    fileprivate let reference: PythonReference
}
