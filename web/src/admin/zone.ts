// Times of a campaign in its own time zone, to the second.

const day = 86_400_000; // milliseconds

/** The wall clock of a zone at an instant, as milliseconds of the same reading in UTC. */
function wall(instant: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(instant);
  const part = (type: string) => Number(parts.find((p) => p.type === type)?.value);
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
}

const whole = (instant: number) => Math.floor(instant / 1000) * 1000;

/** An instant as a datetime-local input shows it in the zone; empty for none. */
export const toLocal = (iso: string | undefined, zone: string): string =>
  iso ? new Date(wall(Date.parse(iso), zone)).toISOString().slice(0, 19) : "";

/** The instants that have this reading in the zone: none in a skipped hour, two in a repeated one, else one. */
export function instants(local: string, zone: string): string[] {
  const reading = Date.parse(`${local}Z`);
  if (Number.isNaN(reading)) return [];
  const offsets = [-day, 0, day].map((d) => wall(reading + d, zone) - whole(reading + d));
  const found = [...new Set(offsets.map((offset) => reading - offset))].filter((t) => wall(t, zone) === whole(reading));
  return found.sort((a, b) => a - b).map((t) => new Date(t).toISOString());
}

/** The zone's difference from UTC at an instant, such as UTC+02:00. */
export function offset(iso: string, zone: string): string {
  const t = whole(Date.parse(iso));
  const minutes = Math.round((wall(t, zone) - t) / 60_000);
  const two = (n: number) => String(n).padStart(2, "0");
  return `UTC${minutes < 0 ? "−" : "+"}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}

export function isZone(zone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat("en-US", { timeZone: zone })) && !/^[+-]/.test(zone);
  } catch {
    return false;
  }
}
