# What happened per service in a stream of events: counts, the slowest calls, and who was affected.
from collections import Counter, defaultdict, namedtuple
from statistics import median

Call = namedtuple("Call", "service path milliseconds user")

by_service = defaultdict(list)
levels = Counter()
for item in _items:
    event = item["json"]
    levels[event["level"]] += 1
    if "ms" in event:
        call = Call(event["service"], event["path"], event["ms"], event.get("user"))
        by_service[call.service].append(call)

print("levels:", dict(levels.most_common()))

return [
    {
        "service": service,
        "calls": len(calls),
        "median_ms": median(call.milliseconds for call in calls),
        "slowest": max(calls, key=lambda call: call.milliseconds).path,
        "users": sorted({call.user for call in calls if call.user}),
    }
    for service, calls in sorted(by_service.items())
]
