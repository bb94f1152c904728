import CPython
import PythonRuntime
import Tasks

/// Advice on what to write instead of names and constructs from Pyodide or JavaScript.
///
/// A check looks for the constructs in the code, and a `NameError` or `AttributeError` at run time gets the same text as
/// its hint.
enum CodeAdvice {
    /// The advice on a name that does not exist here, such as a variable that another n8n code runner provides; nil
    /// for a name without advice.
    static func advice(forName name: String, mode: TaskMode) -> String? {
        let items = mode == .allItems ? "_items" : "_item"
        switch name {
        case "_input":
            return mode == .allItems
                ? "use _items: _input.all() is _items, _input.first() is _items[0], _input.last() is _items[-1]"
                : "use _item: in each_item mode the code runs once for every item"
        case "items", "_json_items", "inputs", "event", "input_data", "inputData", "steps", "msg":
            return mode == .allItems ? "use _items: the input items are called that here" : "use _item"
        case "item" where mode == .eachItem, "_items" where mode == .eachItem:
            return "in each_item mode the code sees one item at a time, as _item"
        case "_item" where mode == .allItems, "item" where mode == .allItems:
            return "in all_items mode the code sees every item: write `for item in _items:`"
        case "_json":
            return mode == .allItems ? #"use _items[0]["json"]"# : #"use _item["json"]"#
        case "_binary":
            return mode == .allItems ? #"use _items[0].get("binary")"# : #"use _item.get("binary")"#
        case "_node", "_prevNode":
            return "other nodes are not visible here: pass what you need along with the items"
        case "_now":
            return "use datetime.datetime.now(): `import datetime` first"
        case "_today":
            return "use datetime.date.today(): `import datetime` first"
        case "_jmespath":
            return "write the query as Python, for example a list comprehension over \(items)"
        case "_itemIndex":
            return "use enumerate(_items) in all_items mode"
        case "_env", "_vars", "_secrets", "_workflow", "_execution", "_parameter", "_runIndex", "_mode", "_position",
            "_getWorkflowStaticData", "_evaluateExpression", "_getNodeParameter", "_helpers":
            return
                "'\(name)' does not exist here: a task sees its items and nothing else; pass the value along with them"
        case "null", "undefined": return "use None"
        case "true": return "use True"
        case "false": return "use False"
        case "console": return "use print()"
        case "JSON": return "use json.loads() and json.dumps(): `import json` first"
        case "Math": return "use the math module: `import math` first"
        case "DateTime": return "use the datetime module: `import datetime` first"
        case "Object": return "a Python dict has keys(), values() and items()"
        case "require": return "use import"
        default: return nil
        }
    }

    /// The advice on an attribute that the receiver's type does not have, such as `.json` of a dict; nil if there is
    /// none.
    static func advice(forAttribute name: String, ofType type: String) -> String? {
        switch (type, name) {
        case ("dict", "json"), ("dict", "binary"), ("dict", "pairedItem"):
            #"items are dicts: write item["\#(name)"] instead of item.\#(name)"#
        case ("dict", "toDict"), ("dict", "to_py"):
            "items are plain dicts already: leave .\(name)() out"
        case ("dict", "length"), ("list", "length"), ("str", "length"):
            "use len(…)"
        case ("dict", _):
            #"dict values are read with brackets: write […]["\#(name)"] instead of .\#(name)"#
        case ("list", "json"), ("list", "binary"):
            #"this is the list of items: write _items[0]["\#(name)"], or loop over it"#
        case ("list", "all"):
            "_items is the list itself: leave .all() out"
        case ("list", "first"): "use _items[0]"
        case ("list", "last"): "use _items[-1]"
        case ("list", "push"): "use append(…)"
        case ("list", "map"), ("list", "filter"), ("list", "forEach"), ("list", "find"):
            "use a for loop or a comprehension"
        case ("str", "toUpperCase"): "use upper()"
        case ("str", "toLowerCase"): "use lower()"
        case ("str", "trim"): "use strip()"
        case ("str", "includes"), ("list", "includes"): "use the in operator"
        default: nil
        }
    }
}
