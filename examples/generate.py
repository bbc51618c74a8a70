#!/usr/bin/env python3
"""Writes the events of the example workspaces: the same bytes on every machine.

    generate.py [--check] [NAME...]     NAME: shop saas newsletter bank travel; all when none is given

The people are invented. Each example is a few kinds of people and what each kind does in a week; the numbers
come from a small generator of our own, so that no version of Python changes them. With --check nothing is
written, and the exit code says whether the files are what they would be.
"""
import datetime
import json
import os
import sys

BEGIN = datetime.datetime(2026, 1, 5, tzinfo=datetime.timezone.utc)  # a Monday
WEEKS = 16
NAMES = """ada alan barbara claude donald dorothy edsger frances grace hedy john joan katherine ken leslie
margaret niklaus radia robin shafi sophie tim ursula vint""".split()


class World:
    """Facts as they are told, and chance (splitmix64)."""

    def __init__(self, seed):
        self.state, self.facts = seed, []

    def chance(self):
        mask = (1 << 64) - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & mask
        z = self.state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & mask
        return ((z ^ (z >> 31)) >> 11) / (1 << 53)

    def whole(self, low, high):
        return low + int(self.chance() * (high - low + 1))

    def one(self, values):
        return values[self.whole(0, len(values) - 1)]

    def moment(self, week):
        """An instant in a week, between seven in the morning and ten at night."""
        return (BEGIN + datetime.timedelta(weeks=week, days=self.whole(0, 6), hours=self.whole(7, 21),
                                           minutes=self.whole(0, 59), seconds=self.whole(0, 59)))

    def track(self, who, event, time, **properties):
        self.facts.append((time, {"type": "track", "userId": who, "event": event, "properties": properties}))

    def identify(self, who, time, **traits):
        self.facts.append((time, {"type": "identify", "userId": who, "traits": traits}))

    def each(self, rate, begin, end):
        """Instants, so many in a week on average, from one week up to another."""
        for week in range(max(begin, 0), min(end, WEEKS)):
            for _ in range(int(rate + self.chance())):
                yield self.moment(week)

    def lines(self, prefix):
        last = BEGIN + datetime.timedelta(weeks=WEEKS)
        facts = sorted((fact for fact in self.facts if fact[0] < last), key=lambda fact: fact[0])
        for number, (time, fact) in enumerate(facts, 1):
            head = {"type": fact["type"], "messageId": f"{prefix}-{number}", "userId": fact["userId"]}
            if "event" in fact:
                head["event"] = fact["event"]
            head["timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%SZ")
            rest = {key: fact[key] for key in ("properties", "traits") if fact.get(key)}
            yield json.dumps({**head, **rest}, separators=(",", ":"))


def later(time, **span):
    return time + datetime.timedelta(**span)


def text(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


# ---- shop ----------------------------------------------------------------------------------------

PRODUCTS = [("beans", "coffee", 14), ("dark roast", "coffee", 17), ("hand grinder", "grinders", 89),
            ("steel grinder", "grinders", 149), ("paper filters", "filters", 6), ("kettle", "kettles", 59)]


def look(w, who, time, product):
    w.track(who, "Product Viewed", time, product=product[0], category=product[1])


def buy(w, who, time, basket, cheaper):
    order = f"o-{len(w.facts)}"
    for minutes, product in enumerate(basket):
        look(w, who, later(time, minutes=minutes), product)
        w.track(who, "Product Added", later(time, minutes=minutes, seconds=40), product=product[0],
                category=product[1])
    w.track(who, "Checkout Started", later(time, minutes=8))
    done = later(time, minutes=11)
    price = sum(product[2] for product in basket) * 100
    off = price * 20 // 100 if cheaper else 0
    w.track(who, "Order Completed", done, order_id=order, amount=(price - off) / 100,
            discount=off / 100)
    for product in basket:
        w.track(who, "Item Purchased", done, order_id=order, product=product[0], category=product[1])
    return order, done, price - off


def shop(w):
    kinds = ["regular", "regular", "bargain", "fading", "new", "looker", "leaver", "returner"]
    for number, who in enumerate(NAMES[:16]):
        kind, joined = kinds[number % len(kinds)], w.moment(0)
        begin, end = 0, WEEKS
        if kind == "new":
            begin = w.whole(5, 12)
            joined = w.moment(begin)
        if kind == "fading":
            end = w.whole(5, 8)
        w.identify(who, joined, email_opt_in=w.chance() < 0.8, loyalty=w.one(["none", "none", "silver", "gold"]),
                   country=w.one(["DE", "DE", "AT", "CH"]), signed_up_at=text(joined))
        w.track(who, "Page Viewed", joined, page="/", source=w.one(["ads", "search", "ads", "friends"]))
        for time in w.each(0.6, begin, end):
            w.track(who, "Page Viewed", time, page=w.one(["/", "/coffee", "/magazine"]))
        rate = {"regular": 0.5, "bargain": 0.35, "fading": 0.6, "new": 0.4, "returner": 0.35}.get(kind, 0)
        for time in w.each(rate, begin, end):
            basket = [w.one(PRODUCTS[:2]), w.one(PRODUCTS)][:w.whole(1, 2)]
            order, done, paid = buy(w, who, time, basket, kind == "bargain" or w.chance() < 0.15)
            if kind == "returner" and w.chance() < 0.7:
                w.track(who, "Order Returned", later(done, days=w.whole(4, 12)), order_id=order,
                        amount=paid / 100)
        if kind == "looker":
            for time in w.each(1.2, w.whole(4, 10), WEEKS):
                look(w, who, time, w.one(PRODUCTS[2:4]))
        if kind == "leaver":
            for time in w.each(0.7, 2, WEEKS):
                product = w.one(PRODUCTS)
                look(w, who, time, product)
                w.track(who, "Product Added", later(time, minutes=2), product=product[0], category=product[1])
        for time in w.each(0.15, begin, end):
            w.track(who, "Email Clicked", time, campaign=w.one(["sale February", "magazine 3", "new beans"]))


# ---- saas ----------------------------------------------------------------------------------------

FEATURES = ["boards", "reports", "export", "calendar", "automations"]
STEPS = ["invite", "import", "first board", "integration"]


def saas(w):
    kinds = ["paying", "paying", "growing", "dropping", "trial", "trial", "stalled", "failing"]
    for number, who in enumerate(f"{name}-co" for name in NAMES[:14]):
        kind = kinds[number % len(kinds)]
        trial = kind in ("trial", "stalled")
        week = w.whole(6, 14) if trial else 0
        joined = w.moment(week)
        begin = joined.date()
        seats = w.one([5, 8, 12, 20, 40])
        traits = {"plan": "trial" if trial else "paid", "signed_up_at": text(joined), "industry":
                  w.one(["design", "building", "law", "software"])}
        if trial:
            traits["trial_ends_on"] = str(begin + datetime.timedelta(days=14))
        else:
            traits.update(signed_up_at=f"2025-{w.whole(1, 9):02}-{w.whole(1, 28):02}T15:00:00Z", seats=seats,
                          seats_used=seats * w.whole(4, 9) // 10,
                          renews_on=str(BEGIN.date() + datetime.timedelta(days=w.whole(30, 160))))
            if seats >= 20:
                traits["csm"] = w.one(["Mia", "Noah"])
        w.identify(who, joined, **traits)
        stops = w.whole(8, 12) if kind == "dropping" else WEEKS
        busy = {"growing": 3, "paying": 2, "dropping": 2.5, "trial": 3, "failing": 1.5}.get(kind, 0.2)
        for time in w.each(busy, week, stops):
            if time > joined:
                w.track(who, "Signed In", time)
                w.track(who, "Feature Used", later(time, minutes=3), feature=w.one(FEATURES))
        if kind == "trial":
            for day, step in enumerate(STEPS[:w.whole(2, 4)]):
                w.track(who, "Onboarding Step Completed", later(joined, days=day, hours=2), step=step)
            for time in w.each(1.2, week, week + 3):
                w.track(who, "Page Viewed", max(time, later(joined, hours=1)), page="/pricing")
            if w.chance() < 0.6:
                w.identify(who, later(joined, days=w.whole(9, 15)), plan="paid", seats=seats)
        if kind == "growing":
            for time in w.each(0.5, 3, WEEKS):
                w.track(who, "Teammate Invited", time)
                seats += 1
                w.identify(who, later(time, minutes=1), seats=seats, seats_used=seats)
        if kind == "dropping":
            w.identify(who, w.moment(stops), seats=max(1, seats // 2))
        for month in range(4) if not trial else []:
            due = later(BEGIN, days=30 * month + number, hours=9)
            if kind == "failing" and month >= 2:
                w.track(who, "Payment Failed", due)
                if w.chance() < 0.5:
                    w.track(who, "Payment Succeeded", later(due, days=5))
            else:
                w.track(who, "Payment Succeeded", due)
        for time in w.each(0.15, week, WEEKS):
            w.track(who, "Error Shown", max(time, joined), feature=w.one(FEATURES[:3]))
        if number % 5 == 3:
            for hours in range(3):
                w.track(who, "Error Shown", later(w.moment(13), hours=hours), feature="export")
        for time in w.each(0.08, week, WEEKS):
            w.track(who, "Support Ticket Opened", max(time, joined))


# ---- newsletter ----------------------------------------------------------------------------------

TOPICS = ["climate", "cities", "books", "food"]


def newsletter(w):
    kinds = ["reader", "fan", "opener", "sleeper", "new", "bounces"]
    for number, who in enumerate(f"{name}@example.org" for name in NAMES[:20]):
        kind = kinds[number % len(kinds)]
        week = w.whole(4, 14) if kind == "new" else 0
        joined = w.moment(week)
        known = text(joined) if kind == "new" else f"2025-{w.whole(3, 9):02}-{w.whole(1, 28):02}T08:00:00Z"
        w.identify(who, joined, signed_up_at=known, address_changed_at=known, confirmed=w.chance() < 0.9,
                   edition="paid" if w.chance() < 0.25 else "free", source=w.one(["site", "friend", "fair"]),
                   tz=w.one(["Europe/London", "Europe/Berlin", "America/New_York"]))
        topic = w.one(TOPICS[:3])
        for issue in range(week, WEEKS, 2):
            sent, campaign = later(BEGIN, weeks=issue, hours=7), f"2026-{issue + 1:02}"
            if sent < joined:
                continue
            w.track(who, "Email Sent", sent, campaign=campaign)
            if kind == "bounces" and issue > 6:
                w.track(who, "Email Bounced", later(sent, seconds=30), campaign=campaign,
                        kind=w.one(["soft", "soft", "hard"]))
                continue
            w.track(who, "Email Delivered", later(sent, seconds=20), campaign=campaign)
            opened = {"reader": 0.8, "fan": 0.95, "opener": 0.7, "new": 0.8, "bounces": 0.5}.get(kind, 0.05)
            if w.chance() >= opened:
                continue
            time = later(sent, hours=w.whole(0, 30), minutes=w.whole(0, 59))
            w.track(who, "Email Opened", time, campaign=campaign, by_machine=w.chance() < 0.15)
            if w.chance() < {"reader": 0.5, "fan": 0.95, "new": 0.6}.get(kind, 0):
                chosen = topic if kind == "fan" else w.one(TOPICS)
                w.track(who, "Email Clicked", later(time, minutes=2), campaign=campaign, topic=chosen)
                w.track(who, "Article Viewed", later(time, minutes=2, seconds=5), topic=chosen)
        for time in w.each({"fan": 0.8, "reader": 0.3}.get(kind, 0.05), week, WEEKS):
            w.track(who, "Article Viewed", max(time, joined), topic=w.one(TOPICS))
            if w.chance() < 0.5:
                w.track(who, "Paywall Shown", later(max(time, joined), minutes=1))
        if kind == "fan":
            for time in w.each(0.2, 0, WEEKS):
                w.track(who, "Friend Signed Up", time)
        if number == 9:
            w.track(who, "Spam Reported", w.moment(11))


# ---- bank ----------------------------------------------------------------------------------------

def bank(w):
    kinds = ["salary", "salary", "leaving", "saver", "rich", "young"]
    for number, who in enumerate(f"c-{1000 + number}" for number in range(20)):
        kind, joined = kinds[number % len(kinds)], w.moment(0)
        consent = w.one(["given", "given", "given", "unasked", "withdrawn"])
        balance = w.whole(30, 90) * 1000 if kind == "rich" else w.whole(800, 14000)
        born = w.whole(2001, 2007) if kind == "young" else w.whole(1950, 1998)
        traits = {"email_consent": consent, "country": w.one(["CH", "CH", "DE", "FR"]), "balance": balance,
                  "born_on": f"{born}-{w.whole(1, 12):02}-{w.whole(1, 28):02}", "push_enabled": w.chance() < 0.6}
        if consent == "given":
            traits["consent_given_at"] = f"{w.one([2023, 2025])}-{w.whole(1, 12):02}-01T09:00:00Z"
        if kind == "rich" or w.chance() < 0.3:
            traits["adviser"] = w.one(["Ms Keller", "Mr Favre"])
        w.identify(who, joined, **traits)
        stops = 9 if kind == "leaving" else WEEKS
        for month, day in enumerate((25, 53, 81, 109)):
            if kind in ("salary", "saver", "leaving") and day < 7 * stops:
                w.track(who, "Salary Received", later(BEGIN, days=day, hours=6), amount=w.whole(4200, 8800))
        if kind == "leaving":
            w.identify(who, w.moment(stops), balance=balance // 5)
        for time in w.each(0.8, 0, stops):
            w.track(who, "Signed In", time, device="app" if kind == "young" else w.one(["app", "web"]))
        card = f"{4400 + number}"
        for time in w.each(0.7, 0, stops):
            w.track(who, "Card Paid", time, card=card, amount=w.whole(300, 16000) / 100,
                    abroad=w.chance() < 0.1)
        if kind == "saver":
            opened = w.moment(w.whole(8, 13))
            w.track(who, "Account Opened", opened, kind="savings")
            if w.chance() < 0.4:
                w.track(who, "Automatic Transfer Set Up", later(opened, days=w.whole(1, 20)))
        if kind == "rich":
            w.track(who, "Deposit Received", w.moment(w.whole(10, 15)), amount=w.whole(18, 60) * 1000)
            for time in w.each(0.25, 8, WEEKS):
                w.track(who, "Calculator Used", time, kind=w.one(["mortgage", "pension"]))
        if kind == "young":
            issued = w.moment(w.whole(9, 13))
            w.track(who, "Card Issued", issued, card=f"{5500 + number}")
            if w.chance() < 0.5:
                w.track(who, "Card Paid", later(issued, days=4), card=f"{5500 + number}", amount=8.2, abroad=False)
        for time in w.each(0.35, 0, WEEKS):
            w.track(who, "Message Sent", time, channel=w.one(["email", "email", "push"]))
            if w.chance() < 0.3:
                w.track(who, "Message Clicked", later(time, hours=3), channel="email")
        if number % 7 == 4:
            filed = w.moment(w.whole(10, 15))
            w.track(who, "Complaint Filed", filed, case_id=f"k-{number}")
            if w.chance() < 0.5:
                w.track(who, "Complaint Resolved", later(filed, days=6), case_id=f"k-{number}")


# ---- travel --------------------------------------------------------------------------------------

CITIES = ["Lisbon", "Rome", "Oslo", "Athens", "Vienna"]


def journey(w, who, time, ahead, city):
    booking = f"b-{len(w.facts)}"
    w.track(who, "Booking Completed", time, booking=booking, destination=city, amount=w.whole(120, 900),
            days_ahead=ahead, travellers=w.whole(1, 4))
    w.identify(who, later(time, seconds=2), next_departure_on=str(later(time, days=ahead).date()))
    if w.chance() < 0.15:
        w.track(who, "Booking Cancelled", later(time, days=1), booking=booking)
        w.identify(who, later(time, days=1, seconds=2), next_departure_on=None)
        return
    home = later(time, days=ahead + w.whole(2, 6))
    w.track(who, "Trip Finished", home, booking=booking, destination=city)
    if w.chance() < 0.4:
        w.track(who, "Review Written", later(home, days=w.whole(1, 6)), booking=booking, stars=w.whole(1, 5))


def travel(w):
    kinds = ["frequent", "summer", "dreamer", "planner", "last minute", "watcher"]
    for number, who in enumerate(NAMES[:20]):
        kind, joined = kinds[number % len(kinds)], w.moment(0)
        w.identify(who, joined, email_opt_in=w.chance() < 0.75, home_airport=w.one(["MAD", "BCN", "AGP"]),
                   tier="gold" if kind == "frequent" else w.one(["blue", "silver"]),
                   signed_up_at=f"202{w.whole(3, 5)}-{w.whole(1, 12):02}-11T10:00:00Z",
                   passport_expires_on=f"20{w.whole(26, 31)}-{w.whole(5, 12):02}-15")
        if kind in ("summer", "frequent", "planner"):
            journey(w, who, datetime.datetime(2025, w.whole(3, 6), w.whole(1, 28), 18, 30,
                                              tzinfo=datetime.timezone.utc), 40, w.one(CITIES[:3]))
        for time in w.each(0.5, 0, WEEKS):
            w.track(who, "Page Viewed", time)
        dream = w.one(CITIES)
        for time in w.each({"dreamer": 1.2, "watcher": 1.8}.get(kind, 0.3), w.whole(0, 8), WEEKS):
            w.track(who, "Trip Searched", time, destination=dream if kind == "dreamer" else w.one(CITIES))
        rate, ahead = {"frequent": (0.2, 20), "planner": (0.1, 75), "last minute": (0.2, 4)}.get(kind, (0, 0))
        for time in w.each(rate, 0, WEEKS):
            journey(w, who, time, ahead + w.whole(0, 3), w.one(CITIES))
        if kind == "watcher":
            w.track(who, "Price Alert Set", w.moment(w.whole(9, 15)), destination=w.one(CITIES))


EXAMPLES = {"shop": shop, "saas": saas, "newsletter": newsletter, "bank": bank, "travel": travel}


def main():
    arguments = sys.argv[1:]
    check = "--check" in arguments
    names = [name for name in arguments if name != "--check"] or list(EXAMPLES)
    if not all(name in EXAMPLES for name in names):
        sys.exit(__doc__)
    differ = 0
    for name in names:
        world = World(sum(name.encode()))
        EXAMPLES[name](world)
        made = "".join(line + "\n" for line in world.lines(name[0]))
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name, "events.ndjson")
        if not check:
            with open(path, "w", encoding="utf-8") as file:
                file.write(made)
        elif not os.path.exists(path) or open(path, encoding="utf-8").read() != made:
            differ += 1
            print(f"examples/{name}/events.ndjson is not what it would be")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
