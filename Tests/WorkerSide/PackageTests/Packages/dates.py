# package: python-dateutil
# modules: dateutil
# small
# use: parse
from dateutil import parser, tz, relativedelta
print(parser.parse("3 Jan 2024 10:00"), parser.isoparse("2024-01-03T10:00:00Z").tzinfo, parser.parse("1/2/24", dayfirst=True) + relativedelta.relativedelta(months=1))
# use: rules
from dateutil import rrule
import datetime
print([d.day for d in rrule.rrule(rrule.WEEKLY, count=3, dtstart=datetime.datetime(2024, 1, 1), byweekday=rrule.FR)])
# package: pytz
# small
# use: zones
import pytz, datetime
print(pytz.timezone("Europe/Berlin").localize(datetime.datetime(2024, 7, 1)).isoformat(), len(pytz.all_timezones) > 400)
# use: convert
import pytz, datetime
print(datetime.datetime(2024, 1, 1, tzinfo=pytz.utc).astimezone(pytz.timezone("Asia/Tokyo")), pytz.country_timezones["de"][0])
# package: tzdata
# use: zone
import zoneinfo, datetime, tzdata
print(datetime.datetime(2024, 1, 1, tzinfo=zoneinfo.ZoneInfo("America/New_York")).utcoffset())
# use: version
import tzdata
print(tzdata.IANA_VERSION[:2])
# package: pendulum
# use: arithmetic
import pendulum
d = pendulum.datetime(2024, 1, 31, tz="Europe/Paris"); print(d.add(months=1), d.diff(pendulum.datetime(2024, 3, 1, tz="UTC")).in_days(), d.start_of("week"))
# use: parse
import pendulum
print(pendulum.parse("2024-05-06T07:08:09+02:00").int_timestamp, pendulum.duration(days=2, hours=3).in_words(), pendulum.from_format("05.06.2024", "DD.MM.YYYY").month)
# package: arrow
# use: shift
import arrow
a = arrow.get("2024-02-28T12:00:00+00:00"); print(a.shift(days=2), a.to("US/Pacific").format("YYYY-MM-DD HH:mm ZZ"), a.humanize(arrow.get("2024-02-28T10:00:00+00:00")))
# use: range
import arrow
print([r.day for r in arrow.Arrow.range("day", arrow.get(2024, 1, 1), arrow.get(2024, 1, 3))], arrow.get("3 Mar 2024", "D MMM YYYY").isoformat())
# package: dateparser
# use: languages
import dateparser
print(dateparser.parse("12 de enero de 2024"), dateparser.parse("1. März 2024", languages=["de"]))
# use: relative
import dateparser, datetime
print(dateparser.parse("2 days ago", settings={"RELATIVE_BASE": datetime.datetime(2024, 1, 10)}))
# package: holidays
# use: country
import holidays
h = holidays.country_holidays("DE", subdiv="BY", years=2024); print("2024-12-25" in h, h.get("2024-01-06"))
# use: year
import holidays, datetime
print(datetime.date(2024, 7, 4) in holidays.US(years=2024), len(holidays.FR(years=2024)))
# package: humanize
# use: numbers
import humanize
print(humanize.intcomma(1234567), humanize.naturalsize(3000000), humanize.ordinal(3), humanize.intword(1200000))
# use: time
import humanize, datetime
print(humanize.naturaldelta(datetime.timedelta(minutes=90)), humanize.precisedelta(datetime.timedelta(hours=1, seconds=5)))
# package: isodate
# use: parse
import isodate
print(isodate.parse_duration("P1DT2H"), isodate.parse_datetime("2024-01-02T03:04:05Z"))
# use: format
import isodate, datetime
print(isodate.duration_isoformat(datetime.timedelta(days=1, hours=2)), isodate.parse_date("2024-W05-1"))
# package: croniter
# use: next
import croniter, datetime
c = croniter.croniter("*/15 9 * * 1", datetime.datetime(2024, 1, 1)); print(c.get_next(datetime.datetime), c.get_next(datetime.datetime))
# use: valid
from croniter import croniter
print(croniter.is_valid("0 0 * * *"), croniter.is_valid("61 * * * *"))
# package: tzlocal
# use: name
import tzlocal
print(callable(tzlocal.get_localzone))
# use: windows
from tzlocal import windows_tz
print(windows_tz.win_tz["W. Europe Standard Time"])
# package: babel
# use: numbers
from babel.numbers import format_currency, format_decimal, parse_decimal
print(format_currency(1234.5, "EUR", locale="de_DE"), format_decimal(12345.678, locale="fr"), parse_decimal("1.234,5", locale="de"))
# use: dates
from babel.dates import format_date, format_timedelta
import datetime
print(format_date(datetime.date(2024, 3, 1), locale="es"), format_timedelta(datetime.timedelta(days=3), locale="de"))
# package: icalendar
# use: parse
import icalendar
c = icalendar.Calendar.from_ical("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nDTSTART:20240102T030405Z\nEND:VEVENT\nEND:VCALENDAR\n")
print([(str(e["SUMMARY"]), e["DTSTART"].dt.isoformat()) for e in c.walk("VEVENT")])
# use: make
import icalendar, datetime
e = icalendar.Event(); e.add("summary", "Meet"); e.add("dtstart", datetime.datetime(2024, 1, 1)); print(e.to_ical().decode())
# package: convertdate
# use: hebrew
from convertdate import hebrew, islamic
print(hebrew.from_gregorian(2024, 1, 1), islamic.from_gregorian(2024, 1, 1))
# use: persian
from convertdate import persian, julian
print(persian.from_gregorian(2024, 3, 20), julian.to_gregorian(2024, 1, 1))
# package: iso8601
# use: parse
import iso8601
print(iso8601.parse_date("2024-01-02T03:04:05.6+01:00"))
# use: error
import iso8601
try: iso8601.parse_date("nonsense")
except iso8601.ParseError as e: print(e)
# package: whenever
# use: zoned
from whenever import ZonedDateTime, Instant
print(ZonedDateTime(2024, 3, 30, 12, tz="Europe/Berlin").add(days=1))
# use: instant
from whenever import Instant
print(Instant.from_utc(2024, 1, 1).timestamp())
# package: parsedatetime
# use: phrase
import parsedatetime, datetime
print(parsedatetime.Calendar().parseDT("tomorrow at 5pm", sourceTime=datetime.datetime(2024, 1, 1))[0])
# use: duration
import parsedatetime, datetime
print(parsedatetime.Calendar().parseDT("in 3 weeks", sourceTime=datetime.datetime(2024, 1, 1))[0].date())
