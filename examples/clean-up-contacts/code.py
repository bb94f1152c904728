# Runs once for each row. A row that cannot be read becomes an item with an error, and the others go through.
from dataclasses import asdict, dataclass
from enum import Enum


class Kind(Enum):
    MOBILE = "mobile"
    LANDLINE = "landline"


@dataclass
class Phone:
    digits: str
    kind: Kind

    @classmethod
    def parse(cls, text):
        digits = "".join(character for character in text if character.isdigit())
        match digits:
            case d if d.startswith("0049"):
                digits = "+49" + d[4:]
            case d if d.startswith("0") and len(d) > 6:
                digits = "+49" + d[1:]
            case _:
                raise ValueError(f"{text!r} is not a phone number")
        return cls(digits, Kind.MOBILE if digits[3:5] in ("15", "16", "17") else Kind.LANDLINE)


contact = _item["json"]
phone = Phone.parse(contact["phone"])
return {"name": contact["name"].strip().title(), **asdict(phone), "kind": phone.kind.value}
