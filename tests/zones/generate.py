#!/usr/bin/env python3
"""Writes cases.csv: what the calendar says in many zones, by Python's zoneinfo.

    generate.py > cases.csv

Each line is `zone,instant,question,answer`. Instants are UTC. The questions are the parts of a time, and `today`,
`yesterday`, `week`, `month`, `quarter`, `year`, and `fiscal_quarter` and `fiscal_year` of a fiscal year that begins
with March: the first instant of the present unit (yesterday: of the date before).
A date begins at its first instant: where a clock goes back over midnight, what is repeated belongs to the new date.
Nothing here is shared with the language: it walks the offsets that zoneinfo gives.
"""
import datetime
import random
import sys
import zoneinfo

UTC = datetime.timezone.utc
ZONES = """UTC Europe/Berlin Europe/London Europe/Dublin Europe/Moscow Africa/Cairo Africa/Casablanca America/New_York
America/St_Johns America/Sao_Paulo America/Caracas America/Havana America/Nuuk America/Asuncion Asia/Kolkata Asia/Kathmandu
Asia/Tehran Asia/Gaza Asia/Beirut Asia/Pyongyang Asia/Shanghai Australia/Lord_Howe Australia/Sydney Pacific/Apia
Pacific/Kwajalein Pacific/Chatham Pacific/Kiritimati Antarctica/Troll""".split()
HOUR = datetime.timedelta(hours=1)
LEAST = datetime.datetime(1960, 1, 1, tzinfo=UTC)


def changes(zone, first, last):
    """The instants at which the offset changes, to the second."""
    found, at = [], first
    while at < last:
        then = at + 12 * HOUR
        if at.astimezone(zone).utcoffset() != then.astimezone(zone).utcoffset():
            low, high = at, then
            while high - low > datetime.timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                if middle.astimezone(zone).utcoffset() == at.astimezone(zone).utcoffset():
                    low = middle
                else:
                    high = middle
            found.append(high)
        at = then
    return found


class Days:
    """The first instants of dates in a zone."""

    def __init__(self, zone):
        self.zone, self.known = zone, {}

    def start(self, date):
        """The first instant whose local date is this one or a later one."""
        if date not in self.known:
            midnight = datetime.datetime.combine(date, datetime.time(), UTC)
            at = midnight - 30 * HOUR
            candidates = [at]
            for moment in [midnight - HOUR * h / 4 for h in range(-120, 121)]:
                candidates.append(moment)
            candidates += [moment for moment in CHANGES[self.zone.key] if abs(moment - midnight) <= 30 * HOUR]
            # Offsets may have seconds: midnight by each offset near it.
            candidates += [midnight - moment.astimezone(self.zone).utcoffset() for moment in list(candidates)]
            self.known[date] = min(c for c in candidates if c.astimezone(self.zone).date() >= date)
        return self.known[date]

    def date(self, at):
        date = at.astimezone(self.zone).date()
        while self.start(date + datetime.timedelta(days=1)) <= at:
            date += datetime.timedelta(days=1)
        return date


def iso(at):
    return at.strftime("%Y-%m-%dT%H:%M:%S") + f".{at.microsecond // 1000:03d}Z"


def answers(zone, days, at):
    date = days.date(at)
    yield "hour", at.astimezone(zone).hour
    yield "weekday", date.isoweekday()
    yield "day", date.day
    yield "month_of", date.month
    yield "year_of", date.year
    yield "today", iso(days.start(date))
    yield "yesterday", iso(days.start(date - datetime.timedelta(days=1)))
    yield "week", iso(days.start(date - datetime.timedelta(days=date.isoweekday() - 1)))
    yield "month", iso(days.start(date.replace(day=1)))
    yield "quarter", iso(days.start(date.replace(month=(date.month - 1) // 3 * 3 + 1, day=1)))
    yield "year", iso(days.start(date.replace(month=1, day=1)))
    # January and February are of the fiscal year before; what is over of three months since March is in the quarter.
    begun = date.year if date.month >= 3 else date.year - 1
    away = (date.year - begun) * 12 + date.month - 3
    yield "fiscal_year_of", begun + 1
    yield "fiscal_quarter_of", away // 3 + 1
    yield "fiscal_year", iso(days.start(datetime.date(begun, 3, 1)))
    last = date.month - away % 3
    yield "fiscal_quarter", iso(days.start(datetime.date(date.year, last, 1) if last > 0 else
                                           datetime.date(date.year - 1, last + 12, 1)))


def instants(zone, days, chance):
    millisecond = datetime.timedelta(milliseconds=1)
    near = [c for c in CHANGES[zone.key] if c > LEAST]
    for change in chance.sample(near, min(4, len(near))) + near[-2:]:
        for away in (-millisecond, 0 * millisecond, 30 * HOUR / 60, -HOUR, HOUR, 24 * HOUR):
            yield change + away
    for date in (datetime.date(2024, 2, 29), datetime.date(2025, 3, 1), datetime.date(2000, 2, 29),
                 datetime.date(2100 - 1, 12, 31), datetime.date(2023, 1, 1), datetime.date(2026, 6, 30)):
        yield days.start(date) - millisecond
        yield days.start(date)


CHANGES = {}


def main():
    chance = random.Random(20260401)
    print("zone,instant,question,answer")
    for name in ZONES:
        zone = zoneinfo.ZoneInfo(name)
        CHANGES[name] = changes(zone, datetime.datetime(1958, 1, 1, tzinfo=UTC),
                                datetime.datetime(2037, 1, 1, tzinfo=UTC))
        days = Days(zone)
        for at in sorted(set(instants(zone, days, chance))):
            for question, answer in answers(zone, days, at):
                print(f"{name},{iso(at)},{question},{answer}")


if __name__ == "__main__":
    sys.exit(main())
