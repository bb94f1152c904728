# Finds order numbers, amounts and addresses in mails that people wrote.
import re

ORDER = re.compile(r"\b(?:order|ord\.?)\s*#?\s*(\d{4,})", re.IGNORECASE)
AMOUNT = re.compile(r"(?P<currency>EUR|USD|€|\$)\s?(?P<value>\d+(?:[.,]\d{2})?)")
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
CURRENCIES = {"€": "EUR", "$": "USD"}

results = []
for index, item in enumerate(_items):
    text = item["json"]["body"]
    amounts = [
        {
            "currency": CURRENCIES.get(match["currency"], match["currency"]),
            "value": float(match["value"].replace(",", ".")),
        }
        for match in AMOUNT.finditer(text)
    ]
    results.append({
        "json": {
            "from": item["json"]["from"],
            "orders": ORDER.findall(text),
            "amounts": amounts,
            "mentions": ADDRESS.findall(text),
        },
        "pairedItem": {"item": index},
    })
return results
