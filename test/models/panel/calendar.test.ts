import { test } from "uvu";
import * as assert from "uvu/assert";
import { LocalClock, LocalClocks } from "../../../models/panel/calendar.ts";

const HOUR_MS = 3_600_000;

function at(zone: string, text: string): [weekday: number, time: string, hourOfWeek: number] {
  const clock = new LocalClock(zone, 0);
  const atMs = Date.parse(text);
  const minutes = clock.minuteOfDay(atMs);
  return [clock.weekday(atMs), `${Math.floor(minutes / 60)}:${minutes % 60}`, clock.hourOfWeek(atMs)];
}

test("the wall clock of a zone, on both sides of a change of daylight saving time", () => {
  assert.equal(at("UTC", "2024-01-01T00:00:00Z"), [0, "0:0", 0]);
  assert.equal(at("Europe/Berlin", "2024-03-31T00:59:00Z"), [6, "1:59", 145]);
  assert.equal(at("Europe/Berlin", "2024-03-31T01:00:00Z"), [6, "3:0", 147]);
  assert.equal(at("Europe/Berlin", "2024-10-27T00:59:00Z"), [6, "2:59", 146]);
  assert.equal(at("Europe/Berlin", "2024-10-27T01:00:00Z"), [6, "2:0", 146]);
  assert.equal(at("America/New_York", "2024-11-03T05:59:30Z"), [6, "1:59.5", 145]);
  assert.equal(at("America/New_York", "2024-11-03T06:00:00Z"), [6, "1:0", 145]);
  assert.equal(at("Asia/Kolkata", "2024-06-02T18:30:00Z"), [0, "0:0", 0]);
  assert.equal(at("Australia/Lord_Howe", "2024-04-06T14:59:00Z"), [6, "1:59", 145]);
  assert.equal(at("Australia/Lord_Howe", "2024-04-06T15:00:00Z"), [6, "1:30", 145]);
});

test("every hour of three years is what the engine says it is", () => {
  const zones = [
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Europe/London",
    "Asia/Tokyo",
    "Australia/Sydney",
  ];
  const epochMs = Date.UTC(2023, 0, 1);
  const clocks = new LocalClocks(epochMs);
  const days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
  for (const timeZone of zones) {
    const format = new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "long", hour: "2-digit", minute: "2-digit" });
    const clock = clocks.of(timeZone);
    assert.is(clocks.of(timeZone), clock);
    for (let hour = 0; hour < 3 * 365 * 24; hour += 5) {
      const minutes = clock.minuteOfDay(hour * HOUR_MS);
      const two = (number: number) => String(number).padStart(2, "0");
      const shown = `${days[clock.weekday(hour * HOUR_MS)]} ${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
      assert.is(shown, format.format(epochMs + hour * HOUR_MS).replace(" at ", " "), timeZone);
    }
  }
});

test("without a place in time, hours and weekdays count from zero, in every zone", () => {
  const clock = new LocalClock("Asia/Tokyo", null);
  assert.is(clock.hourOfWeek(0), 0);
  assert.is(clock.hourOfWeek(7 * 24 * HOUR_MS - 1), 167);
  assert.is(clock.minuteOfDay(25.5 * HOUR_MS), 90);
  assert.is(clock.weekday(25 * HOUR_MS), 1);
});

test.run();
