import CPython
import PythonRuntime

/// Finds what the policy refuses in the instructions of a code object and of all code objects nested in it.
///
/// The check reads the compiled instructions. Decorators, patterns, f-strings, `except*`, annotations and look-alike
/// letters compile to the same few instructions; strings, dictionary keys, parameters and local variables cause no
/// findings. It is used for a task's code before it runs, and for text that a library compiles, before that text runs.
/// The code object must live longer than the findings.
struct StaticCheck {
    /// One refused instruction.
    struct Finding {
        enum Rule {
            case attribute
            case pattern
            case name
            case builtin
            case classStatement
            case importing(fromList: TupleObject?, level: Int)
            /// The private name (`_Kind__name`) of a class that the code does not define.
            case foreignPrivateName
        }

        let rule: Rule
        /// The refused name. Borrowed from the code object.
        let name: BorrowedReference
        /// The code object of the instruction. Borrowed from the checked code object.
        let code: CodeObject
        /// The byte offset of the instruction, as in `tb_lasti`.
        let byteOffset: Int32
    }

    /// The most findings that are kept, to bound memory and the length of a response. All instructions are still read,
    /// and further refused ones are counted.
    static let maximumFindings = 100

    private let names: PolicyNames
    private let imports: ImportRules
    private let isOpen: Bool
    private let isGenerated: Bool
    /// The first refused instructions, in the order of the code objects.
    private(set) var findings: [Finding] = []
    /// The number of refused instructions.
    private(set) var total = 0
    /// Denied built-ins that the code itself binds as global names: such a name no longer means the built-in. Names are
    /// interned, and the code object keeps them alive.
    private var rebound: Set<BorrowedReference> = []
    /// Whether the first pass met a name that later code may permit: a denied built-in, which the code may rebind, or a
    /// private name, whose class the code may define.
    private var hasOpenNames = false
    /// The private names of the classes that the code defines; nil during the first pass.
    private var privateNames: PrivateNames?

    /// Prepares a check.
    ///
    /// - Parameters:
    ///   - context: The rules of the policy.
    ///   - isGenerated: Whether a library compiled the code for a task. Then a denied built-in is not reported, because
    ///     the code runs with the filtered built-ins, and neither is a private name, because its class may be defined
    ///     in the submitted code.
    init(_ context: PolicyContext, isGenerated: Bool = false) {
        self.names = context.names
        self.imports = context.imports
        self.isOpen = context.isOpen
        self.isGenerated = isGenerated
    }

    /// Checks a code object and every one nested in it.
    mutating func check(_ code: CodeObject) throws(PythonException) {
        try self.scan(code)
        guard self.hasOpenNames else { return }
        // The second pass starts from the beginning, so that names which turn out to be permitted take no place in the
        // bounded list.
        self.privateNames = try PrivateNames(definedIn: code)
        self.findings.removeAll(keepingCapacity: true)
        self.total = 0
        try self.scan(code)
    }

    private mutating func scan(_ code: CodeObject) throws(PythonException) {
        var instructions = try Instructions(of: code)
        // The two constants that were loaded last. Before an import, they are its level and then its list of names.
        var constant: BorrowedReference?
        var previousConstant: BorrowedReference?
        while let instruction = instructions.next() {
            switch instruction.operation {
            case .loadConstant:
                previousConstant = constant
                constant = code.constant(of: instruction)
            case .loadAttribute, .loadMethod, .storeAttribute, .deleteAttribute, .importFrom:
                guard let name = code.name(of: instruction) else { continue }
                if self.names.marks(of: name).contains(.refusedAttribute) {
                    self.note(.attribute, name, code, instruction)
                } else if !self.isGenerated, PrivateNames.hasForm(name), !self.isOpen {
                    try self.notePrivateName(name, code, instruction)
                }
            case .loadGlobal, .loadName, .deleteName, .deleteGlobal, .storeGlobal, .storeName:
                guard let name = code.name(of: instruction) else { continue }
                self.noteName(name, code, instruction)
            case .importName:
                guard let name = code.name(of: instruction) else { continue }
                try self.noteImport(name, fromList: constant, level: previousConstant, code, instruction)
            case .matchClass:
                self.notePattern(constant, code, instruction)
            case .loadBuildClass:
                if self.names.deniesClasses { self.note(.classStatement, code.name, code, instruction) }
            default:
                break
            }
        }
        for nested in code.nested { try self.scan(nested) }
    }

    private mutating func note(
        _ rule: Finding.Rule,
        _ name: BorrowedReference,
        _ code: CodeObject,
        _ instruction: Instruction
    ) {
        self.total += 1
        guard self.findings.count < Self.maximumFindings else { return }
        self.findings.append(Finding(rule: rule, name: name, code: code, byteOffset: instruction.byteOffset))
    }

    private mutating func notePrivateName(
        _ name: BorrowedReference,
        _ code: CodeObject,
        _ instruction: Instruction
    ) throws(PythonException) {
        guard let isOwn = try self.privateNames?.isOwn(name) else {
            self.hasOpenNames = true
            return
        }
        if !isOwn { self.note(.foreignPrivateName, name, code, instruction) }
    }

    private mutating func noteName(_ name: BorrowedReference, _ code: CodeObject, _ instruction: Instruction) {
        let marks = self.names.marks(of: name)
        guard !marks.isEmpty else { return }
        if marks.contains(.refusedName) {
            self.note(.name, name, code, instruction)
        } else if marks.contains(.deniedBuiltin) {
            if instruction.operation == .storeName || instruction.operation == .storeGlobal {
                self.rebound.insert(name)
            } else if self.isGenerated {
                return
            } else if self.privateNames == nil {
                self.hasOpenNames = true
            } else if !self.rebound.contains(name) {
                self.note(.builtin, name, code, instruction)
            }
        }
    }

    private mutating func noteImport(
        _ name: BorrowedReference,
        fromList: BorrowedReference?,
        level: BorrowedReference?,
        _ code: CodeObject,
        _ instruction: Instruction
    ) throws(PythonException) {
        let depth = level?.smallInteger ?? 0
        let list = fromList.flatMap { TupleObject($0) }
        let module = try PythonText.string(name)
        guard depth == 0 else {
            return self.note(.importing(fromList: list, level: depth), name, code, instruction)
        }
        guard module != "__future__" else { return }
        switch self.imports.decision(on: module) {
        case .allowed:
            return
        case .parentOnly:
            // `import xml.etree` and `from xml import etree` are permitted if the submodule is allowed.
            guard let list else { return }
            for attribute in list {
                let part = module + "." + (try PythonText.string(attribute))
                if self.imports.decision(on: part) == .refused {
                    return self.note(.importing(fromList: list, level: 0), name, code, instruction)
                }
            }
        case .refused:
            self.note(.importing(fromList: list, level: 0), name, code, instruction)
        }
    }

    private mutating func notePattern(
        _ attributes: BorrowedReference?,
        _ code: CodeObject,
        _ instruction: Instruction
    ) {
        guard let attributes = attributes.flatMap({ TupleObject($0) }) else { return }
        for name in attributes where self.names.isRefused(attribute: name) {
            self.note(.pattern, name, code, instruction)
        }
    }
}
