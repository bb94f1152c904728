# Runs once for each person: drops those who left, and adds what other nodes ask for.
person = _item["json"]

if not person.get("active", True):
    return None

first, _, last = person["name"].partition(" ")
domain = person["email"].rsplit("@", 1)[1].lower()

return {
    "id": person["id"],
    "first_name": first,
    "last_name": last,
    "initials": "".join(part[0] for part in person["name"].split()).upper(),
    "email": person["email"].strip().lower(),
    "is_colleague": domain == "example.com",
    "tags": sorted({tag.casefold() for tag in person.get("tags", [])}),
}
