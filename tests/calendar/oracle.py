"""Makes oracle.txt: due dates as numpy's busday_offset counts them, on the published calendars.

  python3 oracle.py > oracle.txt        (numpy 1.7 or newer; only needed to make the file anew)

It shares nothing with the program but the two data files: the days that do not count are listed
one by one and handed to numpy as holidays.
"""

import csv
import datetime
import json
import pathlib
import random

import numpy

HERE = pathlib.Path(__file__).parent
DAY = datetime.timedelta(days=1)
CASES = 240


def days(start, end):
    start, end = datetime.date.fromisoformat(start), datetime.date.fromisoformat(end)
    while start <= end:
        yield start
        start += DAY


def bank_holidays():
    file = HERE / "../../src/core/calendar/bank-holidays.json"
    feed = json.loads(file.read_text())["england-and-wales"]["events"]
    return {datetime.date.fromisoformat(event["date"]) for event in feed}


def school_days(letter):
    terms, off = set(), set(bank_holidays())
    with open(HERE / "../import/term_dates_2025_26_samples.csv", newline="") as file:
        for row in csv.DictReader(file):
            if row["calendar_owner"].startswith(f"school {letter} "):
                whole = set(days(row["start_date"], row["end_date"]))
                if row["kind"] == "term":
                    terms |= whole
                else:
                    off |= whole
    return terms - off


def offset(date, number, off):
    roll = "backward" if number > 0 else "forward"
    found = numpy.busday_offset(date, number, roll=roll, weekmask="1111100", holidays=sorted(off))
    return found.astype(object)


def main():
    draw = random.Random(2026)
    calendars = {}
    for letter in "AB":
        counted = school_days(letter)
        span = days(min(counted).isoformat(), max(counted).isoformat())
        off = [day for day in span if day not in counted and day.weekday() < 5]
        calendars[letter, "school"] = (min(counted), max(counted), off)
    both = school_days("A") & school_days("B")
    span = days(min(both).isoformat(), max(both).isoformat())
    off = [day for day in span if day not in both and day.weekday() < 5]
    calendars["AB", "school"] = (min(both), max(both), off)
    first, last = datetime.date(2024, 1, 1), datetime.date(2027, 12, 31)
    calendars["A", "working"] = (first, last, sorted(bank_holidays()))
    print("# Made by oracle.py with numpy: do not edit.\n# school | days | from | offset | expected")
    made = set()
    while len(made) < CASES:
        (school, unit), (first, last, off) = draw.choice(sorted(calendars.items()))
        date = first + DAY * draw.randrange((last - first).days + 1)
        number = draw.choice([1, 2, 3, 5, 8, 10, 15, 20, 40, 60]) * draw.choice([1, -1])
        found = offset(date, number, off)
        if first <= found <= last:
            made.add((school, unit, date, number, found))
    for school, unit, date, number, found in sorted(made):
        print(f"{school:2} | {unit:7} | {date} | {number:+3} | {found}")


if __name__ == "__main__":
    main()
