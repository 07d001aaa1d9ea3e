import ICAL from 'ical.js';
import { seenLine } from '../../../core/mail/line.ts';
import { localTime } from '../../../core/names.ts';

/** What a calendar object in a mail asks or tells (RFC 5545, RFC 5546, RFC 6047). */
export type Invitation = {
  /** `request`, `cancel`, `reply`, `counter`, `publish` … */
  readonly method: string;
  readonly uid: string | undefined;
  readonly summary: string | undefined;
  /** As a person reads it: `2026-12-01 10:00`, or a day alone. */
  readonly start: string | undefined;
  readonly end: string | undefined;
  /** The name of the zone that the times are in, where it is not this computer’s. */
  readonly zone: string | undefined;
  readonly location: string | undefined;
  readonly organizer: string | undefined;
  readonly repeats: boolean;
  /** Of a reply: who answers what. */
  readonly answer: { readonly who: string; readonly says: string } | undefined;
  readonly events: number;
};

/** What Outlook calls zones, and the time-zone database does (Unicode CLDR, windowsZones). */
const WINDOWS: Readonly<Record<string, string>> = {
  'W. Europe Standard Time': 'Europe/Berlin',
  'Central Europe Standard Time': 'Europe/Budapest',
  'Central European Standard Time': 'Europe/Warsaw',
  'Romance Standard Time': 'Europe/Paris',
  'GMT Standard Time': 'Europe/London',
  'Greenwich Standard Time': 'Atlantic/Reykjavik',
  'E. Europe Standard Time': 'Europe/Chisinau',
  'FLE Standard Time': 'Europe/Kyiv',
  'GTB Standard Time': 'Europe/Bucharest',
  'Turkey Standard Time': 'Europe/Istanbul',
  'Russian Standard Time': 'Europe/Moscow',
  'Israel Standard Time': 'Asia/Jerusalem',
  'Arabian Standard Time': 'Asia/Dubai',
  'India Standard Time': 'Asia/Kolkata',
  'China Standard Time': 'Asia/Shanghai',
  'Singapore Standard Time': 'Asia/Singapore',
  'Tokyo Standard Time': 'Asia/Tokyo',
  'Korea Standard Time': 'Asia/Seoul',
  'AUS Eastern Standard Time': 'Australia/Sydney',
  'New Zealand Standard Time': 'Pacific/Auckland',
  'Eastern Standard Time': 'America/New_York',
  'Central Standard Time': 'America/Chicago',
  'Mountain Standard Time': 'America/Denver',
  'Pacific Standard Time': 'America/Los_Angeles',
  'E. South America Standard Time': 'America/Sao_Paulo',
  'South Africa Standard Time': 'Africa/Johannesburg',
};

/** Characters of a calendar that are read: an event with a hundred guests takes a twentieth. */
const LONGEST = 200_000;
const WORDS = 300;

/** The first event of a calendar; undefined where there is none that can be read. */
export function invitationIn(calendar: string): Invitation | undefined {
  if (calendar.length > LONGEST) return undefined;
  try {
    const parsed: unknown = ICAL.parse(calendar.replaceAll('\0', '').trim());
    if (!Array.isArray(parsed)) return undefined;
    const whole = new ICAL.Component(Array.isArray(parsed[0]) ? parsed[0] : parsed);
    const events = [...whole.getAllSubcomponents('vevent'), ...whole.getAllSubcomponents('vtodo')];
    const [event] = events;
    return event === undefined ? undefined : read(whole, event, events.length);
  } catch {
    return undefined;
  }
}

function read(whole: ICAL.Component, event: ICAL.Component, events: number): Invitation {
  const start = timeOf(event, 'dtstart');
  const end = timeOf(event, 'dtend', true) ?? timeOf(event, 'due');
  const method = (textOf(whole, 'method') ?? 'publish').toLowerCase();
  const guest = method === 'reply' ? event.getFirstProperty('attendee') : undefined;
  const state = guest?.getFirstParameter('partstat');
  return {
    method,
    uid: textOf(event, 'uid'),
    summary: textOf(event, 'summary'),
    start: start?.text,
    end: end?.text,
    zone: start?.zone,
    location: textOf(event, 'location'),
    organizer: addressOf(event.getFirstPropertyValue('organizer')),
    repeats: event.hasProperty('rrule') || event.hasProperty('rdate'),
    answer:
      guest === undefined || guest === null
        ? undefined
        : { who: addressOf(guest.getFirstValue()) ?? '', says: (state ?? '').toLowerCase() },
    events,
  };
}

function textOf(component: ICAL.Component, name: string): string | undefined {
  const value = component.getFirstPropertyValue(name);
  const text = typeof value === 'string' ? seenLine(value).slice(0, WORDS) : '';
  return text === '' ? undefined : text;
}

const addressOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? seenLine(value.replace(/^mailto:/i, '')).slice(0, WORDS) : undefined;

/** A time in this computer’s zone where its own zone is known, else as it stands with the name of its zone. */
function timeOf(
  event: ICAL.Component,
  name: string,
  isEnd = false,
): { text: string; zone: string | undefined } | undefined {
  const property = event.getFirstProperty(name);
  const value = property?.getFirstValue();
  if (!(value instanceof ICAL.Time)) return undefined;
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${value.year}-${two(value.month)}-${two(value.day)}`;
  if (value.isDate) {
    // A day that ends something is the first one after it (RFC 5545, section 3.6.1).
    const last = Date.UTC(value.year, value.month - 1, value.day - (isEnd ? 1 : 0));
    return { text: new Date(last).toISOString().slice(0, 10), zone: undefined };
  }
  const named = property?.getFirstParameter('tzid');
  const utc = Date.UTC(value.year, value.month - 1, value.day, value.hour, value.minute, value.second);
  // Rules of a zone that the calendar brings along are not worked out: they may repeat every second for ever.
  const at = value.zone === ICAL.Timezone.utcTimezone ? new Date(utc) : inZone(utc, WINDOWS[named ?? ''] ?? named);
  if (at !== undefined) return { text: localTime(at).slice(0, 16).replace('T', ' '), zone: undefined };
  const written = `${day} ${two(value.hour)}:${two(value.minute)}`;
  return { text: written, zone: named === undefined ? undefined : seenLine(named).slice(0, 60) };
}

/** The moment at which a clock in a zone of the time-zone database shows that time; undefined where there is no such zone. */
function inZone(utc: number, zone: string | undefined): Date | undefined {
  if (zone === undefined) return undefined;
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
    const shownAt = (at: number): number => {
      const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
      const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
      return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    };
    // Twice, since the first guess may lie on the other side of a change of the clocks.
    const first = utc - (shownAt(utc) - utc);
    return new Date(first + (utc - shownAt(first)));
  } catch {
    return undefined;
  }
}
