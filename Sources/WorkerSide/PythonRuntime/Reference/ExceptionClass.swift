import CPython

/// A built-in exception class, which lives as long as the process.
@safe
public struct ExceptionClass {
    public let object: BorrowedReference

    private init(_ pointer: PyPointer) {
        self.object = unsafe BorrowedReference(pointer)
    }

    public static var attributeError: ExceptionClass { unsafe ExceptionClass(CPython_Exc_AttributeError()) }
    public static var importError: ExceptionClass { unsafe ExceptionClass(CPython_Exc_ImportError()) }
    public static var indentationError: ExceptionClass { unsafe ExceptionClass(CPython_Exc_IndentationError()) }
    public static var keyError: ExceptionClass { unsafe ExceptionClass(CPython_Exc_KeyError()) }
    public static var keyboardInterrupt: ExceptionClass { unsafe ExceptionClass(CPython_Exc_KeyboardInterrupt()) }
    public static var memoryError: ExceptionClass { unsafe ExceptionClass(CPython_Exc_MemoryError()) }
    public static var moduleNotFoundError: ExceptionClass { unsafe ExceptionClass(CPython_Exc_ModuleNotFoundError()) }
    public static var nameError: ExceptionClass { unsafe ExceptionClass(CPython_Exc_NameError()) }
    public static var osError: ExceptionClass { unsafe ExceptionClass(CPython_Exc_OSError()) }
    public static var permissionError: ExceptionClass { unsafe ExceptionClass(CPython_Exc_PermissionError()) }
    public static var recursionError: ExceptionClass { unsafe ExceptionClass(CPython_Exc_RecursionError()) }
    public static var runtimeError: ExceptionClass { unsafe ExceptionClass(CPython_Exc_RuntimeError()) }
    public static var syntaxError: ExceptionClass { unsafe ExceptionClass(CPython_Exc_SyntaxError()) }
    public static var syntaxWarning: ExceptionClass { unsafe ExceptionClass(CPython_Exc_SyntaxWarning()) }
    public static var systemError: ExceptionClass { unsafe ExceptionClass(CPython_Exc_SystemError()) }
    public static var systemExit: ExceptionClass { unsafe ExceptionClass(CPython_Exc_SystemExit()) }
    public static var typeError: ExceptionClass { unsafe ExceptionClass(CPython_Exc_TypeError()) }
    public static var unboundLocalError: ExceptionClass { unsafe ExceptionClass(CPython_Exc_UnboundLocalError()) }
    public static var valueError: ExceptionClass { unsafe ExceptionClass(CPython_Exc_ValueError()) }
}
