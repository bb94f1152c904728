#!/usr/bin/env python3
"""Writes docs/openapi.yaml as the Swift source that the service answers GET /v1/openapi.json from.

usage: scripts/openapi.py >Sources/Service/HTTPAPI/OpenAPIDocument.swift
"""
import json
import pathlib

import yaml

root = pathlib.Path(__file__).resolve().parent.parent
text = json.dumps(yaml.safe_load((root / "docs/openapi.yaml").read_text()), separators=(",", ":"), ensure_ascii=True)
assert "\\#" not in text
width = 110
print("/// The description of the API (OpenAPI 3.1). Generated from docs/openapi.yaml by scripts/openapi.py.")
print("enum OpenAPIDocument {")
print("    /// The document as JSON.")
print("    static let bytes = Array(Self.text.utf8)")
print()
print('    private static let text = #"""')
for start in range(0, len(text), width):
    end = "\\#" if start + width < len(text) else ""
    print("        " + text[start:start + width] + end)
print()
print('        """#')
print("}")
