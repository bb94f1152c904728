# When invoices are due (net days, never on a weekend), and how late they are on the day of the report.
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

TODAY = date(2025, 3, 31)


def due_date(issued, net_days):
    due = issued + timedelta(days=net_days)
    while due.weekday() >= 5:
        due += timedelta(days=1)
    return due


results = []
for item in _items:
    invoice = item["json"]
    issued = datetime.strptime(invoice["issued"], "%d.%m.%Y").date()
    due = due_date(issued, invoice.get("net_days", 30))
    reminder = datetime(due.year, due.month, due.day, 9, tzinfo=ZoneInfo("Europe/Berlin"))
    results.append({
        "number": invoice["number"],
        "issued": issued,
        "due": due,
        "weekday": due.strftime("%A"),
        "days_late": max(0, (TODAY - due).days),
        "remind_at_utc": reminder.astimezone(ZoneInfo("UTC")).isoformat(),
    })

return sorted(results, key=lambda row: row["due"])
