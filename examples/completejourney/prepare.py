#!/usr/bin/env python3
"""Makes events.ndjson.gz and demographics.csv from the tables of the Complete Journey.

    prepare.py FOLDER_OF_CSV_GZ [OUTPUT_FOLDER]

The same tables give the same bytes. ORIGIN.md says where the tables come from. Only the standard
library is used.
"""
import csv
import datetime
import decimal
import gzip
import io
import json
import os
import sys
import zoneinfo

SHOP_ZONE = zoneinfo.ZoneInfo("America/New_York")
CENT = decimal.Decimal("0.01")


def table(folder, name):
    with gzip.open(os.path.join(folder, name + ".csv.gz"), "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cents(text):
    """Money is added exactly. One line of the table holds the float 4.440892e-16, which is nothing.
    (Made a float for JSON at the very end, a sum of cents prints as the same digits.)"""
    return decimal.Decimal(text).quantize(CENT)


def instant_of(text):
    """Times of day stand in the table in UTC."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)


def day_start(text):
    """Dates stand for the first instant of that day where the shops are."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=SHOP_ZONE)


def purchases(folder):
    products = {row["product_id"]: row for row in table(folder, "products")}
    for row in table(folder, "transactions_sample"):
        product = products.get(row["product_id"], {})
        properties = {"basket": row["basket_id"], "product": row["product_id"]}
        for name, column in (("department", "department"), ("category", "product_category"),
                             ("brand", "brand")):
            if product.get(column):
                properties[name] = product[column]
        saved = cents(row["retail_disc"]) + cents(row["coupon_disc"]) + cents(row["coupon_match_disc"])
        properties["quantity"] = int(row["quantity"])
        properties["amount"] = float(cents(row["sales_value"]))
        properties["saved"] = float(saved)
        yield instant_of(row["transaction_timestamp"]), row["household_id"], "Item Purchased", properties


def baskets(folder):
    """One trip to the shop: the lines of one basket, at the time of the earliest."""
    found = {}
    for row in table(folder, "transactions_sample"):
        basket = found.setdefault((row["household_id"], row["basket_id"]), [None, row["store_id"], 0, 0])
        time = instant_of(row["transaction_timestamp"])
        basket[0] = time if basket[0] is None else min(basket[0], time)
        basket[2] += 1
        basket[3] += cents(row["sales_value"])
    for (household, basket), (time, store, lines, total) in found.items():
        yield time, household, "Basket Completed", {
            "basket": basket, "store": store, "lines": lines, "total": float(total)}


def mailings(folder):
    campaigns = {row["campaign_id"]: row for row in table(folder, "campaign_descriptions")}
    for row in table(folder, "campaigns"):
        campaign = campaigns[row["campaign_id"]]
        yield day_start(campaign["start_date"]), row["household_id"], "Campaign Received", {
            "campaign": row["campaign_id"], "kind": campaign["campaign_type"].removeprefix("Type "),
            "ends_on": campaign["end_date"]}


def redemptions(folder):
    for row in table(folder, "coupon_redemptions"):
        yield day_start(row["redemption_date"]), row["household_id"], "Coupon Redeemed", {
            "coupon": row["coupon_upc"], "campaign": row["campaign_id"]}


def line_of(number_of_line, fact):
    time, household, event, properties = fact
    return json.dumps({"type": "track", "messageId": f"row-{number_of_line}", "userId": household,
                       "event": event, "timestamp": time.isoformat().replace("+00:00", "Z"),
                       "properties": properties},
                      separators=(",", ":")) + "\n"


def write_events(folder, path):
    facts = [fact for source in (purchases, baskets, mailings, redemptions) for fact in source(folder)]
    facts.sort(key=lambda fact: (fact[0], int(fact[1]), fact[2]))
    text = "".join(line_of(index, fact) for index, fact in enumerate(facts, 1))
    with open(path, "wb") as out:
        with gzip.GzipFile("", "wb", 9, out, mtime=0) as packed:  # as gzip -n: no name, no time
            packed.write(text.encode())


def write_demographics(folder, path):
    columns = ["household_id", "age", "income", "home_ownership", "marital_status", "household_size",
               "kids_count"]
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(table(folder, "demographics"), key=lambda row: int(row["household_id"])))
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(out.getvalue())


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    output = sys.argv[2] if len(sys.argv) == 3 else os.path.dirname(os.path.abspath(__file__))
    write_events(sys.argv[1], os.path.join(output, "events.ndjson.gz"))
    write_demographics(sys.argv[1], os.path.join(output, "demographics.csv"))


if __name__ == "__main__":
    main()
