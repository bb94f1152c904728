# Totals per region and month, from rows as a spreadsheet exports them: every value is text.
from collections import defaultdict
from decimal import Decimal

totals = defaultdict(lambda: {"orders": 0, "units": 0, "revenue": Decimal("0.00")})

for item in _items:
    row = item["json"]
    month = row["date"][:7]
    entry = totals[row["region"], month]
    entry["orders"] += 1
    entry["units"] += int(row["units"])
    entry["revenue"] += int(row["units"]) * Decimal(row["unit_price"])

result = [
    {"region": region, "month": month, **entry}
    for (region, month), entry in sorted(totals.items())
]
print(f"{len(_items)} orders in {len(result)} groups")
return result
