import { codeSpan, proseLine } from '../../../core/inert.ts';
import type { Bounce } from './bounce.ts';
import type { Invitation } from './invitation.ts';
import { callout } from './markdown.ts';

const BOUNCES: Readonly<Record<Bounce['kind'], readonly [kind: string, heading: string]>> = {
  failed: ['failure', 'A mail of yours did not arrive'],
  delayed: ['warning', 'A mail of yours is delayed; its server goes on trying'],
  delivered: ['success', 'A mail of yours was delivered'],
  read: ['info', 'A mail of yours was opened'],
};

export function bounceBlock({ kind, recipients, status, why, subject, messageId }: Bounce): string {
  const [look, heading] = BOUNCES[kind];
  return callout(look, heading, [
    ...(recipients.length === 0 ? [] : [`- **To:** ${recipients.map(one => codeSpan(one, 120)).join(', ')}`]),
    ...(why === undefined ? [] : [`- **Why:** ${proseLine(why)}`]),
    ...(status === undefined
      ? []
      : [`- **Status:** ${codeSpan(/^\d\.\d{1,3}\.\d{1,3}/.exec(status)?.[0] ?? status, 20)}`]),
    ...(subject === undefined ? [] : [`- **Its subject:** ${codeSpan(subject, 150)}`]),
    ...(messageId === undefined ? [] : [`- **Its Message-ID:** ${codeSpan(messageId, 200)}`]),
  ]);
}

const METHODS: Readonly<Record<string, string>> = {
  request: 'An invitation',
  cancel: 'A meeting is called off',
  counter: 'Another time is proposed',
  declinecounter: 'The other time that was proposed is declined',
  refresh: 'Somebody asks for the latest version of a meeting',
  add: 'A date is added to a meeting',
  publish: 'A date for your calendar',
  reply: 'An answer to an invitation',
};
const ANSWERS: Readonly<Record<string, string>> = {
  accepted: 'comes',
  declined: 'does not come',
  tentative: 'may come',
  delegated: 'sends somebody else',
};

export function invitationBlock(invitation: Invitation): string {
  const { method, summary, start, end, zone, location, organizer, repeats, answer, events } = invitation;
  const until =
    end === undefined || end === start ? '' : ` to ${end.slice(0, 10) === start?.slice(0, 10) ? end.slice(11) : end}`;
  const when =
    start === undefined ? undefined : `${start}${until}${zone === undefined ? '' : ` (time zone ${codeSpan(zone)})`}`;
  return callout('example', METHODS[method] ?? 'A calendar entry', [
    `- **What:** ${summary === undefined ? 'it does not say' : proseLine(summary)}`,
    ...(when === undefined ? [] : [`- **When:** ${when}${repeats ? ', and again' : ''}`]),
    ...(location === undefined ? [] : [`- **Where:** ${proseLine(location)}`]),
    ...(organizer === undefined ? [] : [`- **Organised by:** ${codeSpan(organizer, 120)}`]),
    ...(answer === undefined
      ? []
      : [`- **Answer:** ${codeSpan(answer.who, 120)} ${ANSWERS[answer.says] ?? 'has not decided'}`]),
    ...(events > 1 ? [`- and ${events - 1} more ${events === 2 ? 'entry' : 'entries'}`] : []),
  ]);
}
