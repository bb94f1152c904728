import PythonRuntime

/// The library code that evaluates text which its caller may have chosen, as data with reasons. Such text runs with a
/// task's built-ins (``EvaluatorGuard``). Text of all other packages is their own, and runs as in plain CPython.
///
/// Every module of the standard library counts as such code.
enum TextEvaluators {
    /// One module, or package with its submodules.
    struct Row {
        let module: String
        /// The functions that evaluate a caller's text; nil for all.
        let functions: Set<String>?
        let reason: String

        init(_ module: String, functions: Set<String>? = nil, because reason: String) {
            self.module = module
            self.functions = functions
            self.reason = reason
        }
    }

    static let packages = [
        Row("attr._make", because: "names of fields are part of the generated methods"),
        Row("decorator", because: "the body of a function is an argument of FunctionMaker"),
        Row("formulaic", because: "factors of a formula are Python expressions"),
        Row("mako", because: "templates contain Python code"),
        Row("numexpr", because: "expressions are compiled from text"),
        Row("numpy.f2py", because: "declarations contain expressions"),
        Row("numpy.testing", because: "runstring runs its argument"),
        Row("pandas.core.computation", because: "queries are text"),
        Row("patsy", because: "factors of a formula are Python expressions"),
        Row("sympy.parsing.sympy_parser", functions: ["eval_expr"], because: "sympify evaluates expressions in text"),
        Row(
            "sympy.utilities.lambdify",
            functions: ["lambdify"],
            because: "symbols and user_functions name what the generated function calls"
        ),
        Row("typing_extensions", because: "annotations are evaluated"),
    ]

    /// Whether a function of a module evaluates text that its caller may have chosen.
    static func contain(module: String, function: String) -> Bool {
        Self.packages.contains { row in
            (module == row.module || module.hasPrefix(row.module + "."))
                && (row.functions?.contains(function) ?? true)
        }
    }
}
