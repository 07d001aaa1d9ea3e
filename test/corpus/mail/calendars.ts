import { base64, type Mails, mail, mixed, part } from './make.ts';

const event = (lines: string, method = 'REQUEST', before = ''): string =>
  `BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y\nMETHOD:${method}\n${before}BEGIN:VEVENT\nUID:u1@lindenhof.example\nDTSTAMP:20261120T160000Z\n${lines}\nEND:VEVENT\nEND:VCALENDAR\n`;
const meeting =
  'SUMMARY:Meter reading\nDTSTART:20261201T090000Z\nDTEND:20261201T100000Z\nORGANIZER;CN=Petra:mailto:petra@lindenhof.example\nLOCATION:Room 3';
const invite = (calendar: string, method = 'REQUEST'): string =>
  mixed(
    'alternative',
    [part('text/plain', 'You are invited.'), part(`text/calendar; charset=utf-8; method=${method}`, calendar)],
    'Subject: Invitation',
  );

/** Invitations and what is said about them. */
export const calendars: Mails = {
  'an invitation': invite(event(meeting)),
  'an invitation as a file': mixed('mixed', [
    part('text/plain', 'See the file.'),
    part(
      'application/ics; name=invite.ics',
      base64(event(meeting)),
      'Content-Disposition: attachment; filename=invite.ics\nContent-Transfer-Encoding: base64',
    ),
  ]),
  'an invitation and nothing else': mail('Content-Type: text/calendar; method=REQUEST', event(meeting)),
  'a meeting that is called off': invite(event(`${meeting}\nSTATUS:CANCELLED`, 'CANCEL'), 'CANCEL'),
  'a guest who comes': invite(
    event(`${meeting}\nATTENDEE;PARTSTAT=ACCEPTED;CN=Bo:mailto:bo@olsen.test`, 'REPLY'),
    'REPLY',
  ),
  'a guest who does not come': invite(
    event(`${meeting}\nATTENDEE;PARTSTAT=DECLINED:mailto:bo@olsen.test`, 'REPLY'),
    'REPLY',
  ),
  'another time': invite(event('SUMMARY:Meter reading\nDTSTART:20261202T090000Z', 'COUNTER'), 'COUNTER'),
  'a whole day': invite(event('SUMMARY:Holiday\nDTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227')),
  'a time in a zone by name': invite(
    event('SUMMARY:Call\nDTSTART;TZID=America/New_York:20261201T090000\nDTEND;TZID=America/New_York:20261201T100000'),
  ),
  'a time in a zone of Outlook’s': invite(event('SUMMARY:Call\nDTSTART;TZID=W. Europe Standard Time:20261201T090000')),
  'a time in a zone of its own': invite(
    event(
      'SUMMARY:Call\nDTSTART;TZID=Our Time:20261201T090000',
      'REQUEST',
      'BEGIN:VTIMEZONE\nTZID:Our Time\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=SECONDLY\nEND:STANDARD\nEND:VTIMEZONE\n',
    ),
  ),
  'a time without a zone': invite(event('SUMMARY:Call\nDTSTART:20261201T090000')),
  'a time when the clocks change': invite(event('SUMMARY:Call\nDTSTART;TZID=Europe/Berlin:20270328T023000')),
  'a time that is none': invite(event('SUMMARY:Call\nDTSTART:tomorrow')),
  'a meeting every week': invite(event(`${meeting}\nRRULE:FREQ=WEEKLY;BYDAY=TU`)),
  'a meeting every second for ever': invite(event(`${meeting}\nRRULE:FREQ=SECONDLY`)),
  'a meeting of folded lines': invite(
    event('SUMMARY:A name that is\n  folded\nDTSTART:20261201T090000Z\nDESCRIPTION:x'),
  ),
  'a meeting of markdown': invite(
    event(
      'SUMMARY:![x](https://evil.test) [[Policies]] `= 1`\nLOCATION:https://meet.example/abc\nORGANIZER:javascript:alert(1)\nDTSTART:20261201T090000Z',
    ),
  ),
  'a meeting without anything': invite(event('')),
  'three events': mail(
    'Content-Type: text/calendar; method=PUBLISH',
    `BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:PUBLISH\n${[1, 2, 3].map(at => `BEGIN:VEVENT\nUID:${at}\nSUMMARY:Event ${at}\nDTSTART:2026120${at}T090000Z\nEND:VEVENT\n`).join('')}END:VCALENDAR\n`,
  ),
  'something to do': mail(
    'Content-Type: text/calendar',
    'BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VTODO\nUID:1\nSUMMARY:Pay rent\nDUE:20261201T090000Z\nEND:VTODO\nEND:VCALENDAR\n',
  ),
  'a calendar that breaks off': invite('BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:cut'),
  'a calendar that is none': invite('this is no calendar'),
  'a calendar of half a megabyte': invite(event(`${meeting}\n${'ATTENDEE:mailto:x@olsen.test\n'.repeat(18_000)}`)),
};
