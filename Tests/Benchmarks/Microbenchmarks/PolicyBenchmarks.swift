import CPython
import PythonRuntime
import Tasks

/// Wrapping, compiling and checking, next to what CPython takes to compile the same text.
enum PolicyBenchmarks {
    static func run(_ interpreter: Interpreter) throws -> [Figure] {
        let plain = Self.script
        // A string over two lines cannot be indented, and sends the text the other way.
        let other = plain.replacing("One word about it.", with: "One word\nabout it.")
        return try Self.measure("", plain, interpreter, budget: 1.5)
            + Self.measure(", string of two lines", other, interpreter, budget: nil)
    }

    private static func measure(
        _ suffix: String,
        _ text: String,
        _ interpreter: Interpreter,
        budget: Double?
    ) throws -> [Figure] {
        let code = Array(text.utf8)
        let terminated = code.map { CChar(bitPattern: $0) } + [0]
        guard try interpreter.compile(code, checks: 1) == 0 else {
            throw BenchmarkFailure(reason: "the policy refuses the script")
        }
        // Further checks of what is compiled already show what one of them takes.
        let checks = 100
        let medians = try Stopwatch.medians([
            {
                guard let object = Py_CompileStringExFlags(terminated, "<task>", Py_file_input, nil, -1) else {
                    throw BenchmarkFailure(reason: "CPython does not compile the script")
                }
                CPython_DECREF(object)
            },
            { _ = try interpreter.compile(code, checks: 1) },
            { _ = try interpreter.compile(code, checks: 1 + checks) },
        ])
        let check = (medians[2] - medians[1]) / Double(checks)
        return [
            Figure(name: "policy: plain Py_CompileString\(suffix)", value: medians[0] / 1000, unit: "µs"),
            Figure(name: "policy: check\(suffix)", value: check / 1000, unit: "µs", budget: 20),
            Figure(name: "policy: wrap, compile, check\(suffix)", value: medians[1] / 1000, unit: "µs"),
            Figure(
                name: "policy: the same against Py_CompileString\(suffix)",
                value: medians[1] / medians[0],
                unit: "x",
                budget: budget
            ),
        ]
    }

    /// Fifty lines of what people write into such nodes.
    private static let script = #"""
        import json
        import re
        from collections import Counter, defaultdict
        from dataclasses import dataclass
        from datetime import datetime, timedelta

        WORD = re.compile(r"[a-z]+")


        @dataclass
        class Order:
            """One word about it."""

            number: int
            customer: str
            total: float
            placed: datetime

            @property
            def is_large(self):
                return self.total > 1000


        def parse(item):
            data = item["json"]
            try:
                total = float(data.get("total", 0))
            except (TypeError, ValueError) as error:
                raise ValueError(f"order {data.get('number')!r}: {error}") from error
            placed = datetime.fromisoformat(data["placed"]) + timedelta(hours=2)
            return Order(int(data["number"]), data["customer"].strip().title(), total, placed)


        orders = [parse(item) for item in []]
        by_customer = defaultdict(list)
        for order in sorted(orders, key=lambda order: (order.customer, -order.total)):
            by_customer[order.customer].append(order)

        words = Counter(word for order in orders for word in WORD.findall(order.customer.lower()))
        result = []
        for customer, group in by_customer.items():
            result.append({
                "json": {
                    "customer": customer,
                    "orders": len(group),
                    "total": round(sum(order.total for order in group), 2),
                    "large": [order.number for order in group if order.is_large],
                    "words": json.dumps(words.most_common(3)),
                }
            })
        """#
}
