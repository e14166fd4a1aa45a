# Reads a calendar from standard input with the library icalendar and writes its events as JSON, in the order of the file.
import json
import sys

from icalendar import Calendar

calendar = Calendar.from_ical(sys.stdin.buffer.read())
events = []
for event in calendar.walk("VEVENT"):
    if event.errors:
        sys.exit(f"errors: {event.errors}")
    instant = lambda name: event[name].dt.isoformat() if name in event else None
    events.append({
        "uid": str(event["UID"]),
        "summary": str(event["SUMMARY"]),
        "description": str(event["DESCRIPTION"]),
        "starts": instant("DTSTART"),
        "ends": instant("DTEND"),
        "status": str(event["STATUS"]),
        "sequence": int(event["SEQUENCE"]),
    })
json.dump({"name": str(calendar["X-WR-CALNAME"]), "about": str(calendar.get("X-WR-CALDESC", "")), "events": events}, sys.stdout)
