import { type Envelope, originMark } from './envelope.ts';
import { codeSpan, proseLine } from './inert.ts';
import { localTime } from './names.ts';

/** What is true of an action only for a while, and is shown beside what its envelope holds. Times are ISO 8601, UTC. */
export type Passing = {
  /** When a held action is done unless the person says no. */
  readonly until?: string | undefined;
  /** Why an approved action waits, and until when. */
  readonly waits?: { readonly why: string; readonly until: string } | undefined;
};

/** Of all lines, the one whose time passes: it says the same whatever time it names. */
export const HOLD_LINE =
  /^> \*\*Done (?:at \d{4}-\d{2}-\d{2} \d{2}:\d{2}|after its hold)\*\* unless you say no before\.$/;
const WAIT_LINE = /^> \*\*Waits(?: until \d{4}-\d{2}-\d{2} \d{2}:\d{2})?:\*\* /;
/** Later than this, no time is told: waiting alone does not help. */
const NEVER = '9999';

const minute = (at: string): string => localTime(new Date(at)).slice(0, 16).replace('T', ' ');

const holdLine = (until: string | undefined): string =>
  `> **Done ${until === undefined ? 'after its hold' : `at ${minute(until)}`}** unless you say no before.`;

function waitLine({ why, until }: NonNullable<Passing['waits']>): string {
  const when = until.startsWith(NEVER) ? '' : ` until ${minute(until)}`;
  return `> **Waits${when}:** ${proseLine(why)}`;
}

/** What stands between the title and the values: what is asked, how to answer, and why. */
export function callout(envelope: Envelope, passing: Passing): readonly string[] {
  const { zone, reasons = [] } = envelope;
  const waits = passing.waits === undefined ? [] : [waitLine(passing.waits)];
  const [head, ...lines] = CALLOUTS[zone](envelope, passing);
  const boxes = zone === 'green' ? ['- [ ] Reject'] : ['- [ ] Approve', '- [ ] Reject'];
  return [head, ...waits, ...lines, '', ...boxes, '', ...because(zone, reasons)];
}

const NO = '> **No:** move it into `Rejected`, or tick *Reject*. A `reason` is remembered.';

type Lines = readonly [string, ...string[]];
const CALLOUTS: Readonly<Record<Envelope['zone'], (envelope: Envelope, passing: Passing) => Lines>> = {
  red: ({ id, signature }) =>
    signature === 'required'
      ? [
          '> [!todo] Waiting for your signature',
          `> **Yes:** in a terminal, \`steward approve ${id} --sign\`. Moving or ticking alone is not enough.`,
          NO,
        ]
      : [
          '> [!todo] Waiting for you',
          '> **Yes:** move this note into `Approved`, or tick *Approve*.',
          NO,
          '> You may change the values below first: what you approve is what is done.',
        ],
  yellow: (_, { until }) => [
    '> [!info] Held: it will be done by itself',
    holdLine(until),
    NO,
    '> **Now:** move it into `Approved`, or tick *Approve*.',
    '> If you change a value below, it waits for your yes.',
  ],
  green: () => [
    '> [!success] Allowed by your policy',
    '> Nobody needs to answer: it is done at once, and filed with its receipt.',
    '> **No:** while this note still lies in `Approved`, move it into `Rejected`, or tick *Reject*.',
  ],
};

const WHY = { red: 'Why it asks:', yellow: 'Why it is held:', green: 'Why it does not ask:' } as const;

function because(zone: Envelope['zone'], reasons: readonly string[]): readonly string[] {
  const [only, ...more] = reasons.map(proseLine);
  if (only === undefined) return [];
  if (more.length === 0) return [`**${WHY[zone]}** ${only}`, ''];
  return [`**${WHY[zone]}**`, '', ...[only, ...more].map(one => `- ${one}`), ''];
}

/** Where each element of a list came from, where that is known of each. */
export function elementMarks(name: string, { arguments: values, origins }: Envelope): readonly string[] {
  const value = values[name];
  if (!Array.isArray(value)) return [];
  return value.flatMap((element, index) => {
    const origin = origins[`${name}.${index}`];
    const shown = typeof element === 'string' ? element : JSON.stringify(element);
    return origin === undefined ? [] : [`- ${codeSpan(shown, 200)} · ${originMark(origin)}`];
  });
}

/** The same note with what passes as it is now; everything else, a person’s own words too, stays. */
export function withPassing(text: string, passing: Passing): string {
  const lines = text.split('\n');
  const end = lines.findIndex(line => line.startsWith('## '));
  const head = (end === -1 ? lines : lines.slice(0, end)).filter(line => !WAIT_LINE.test(line));
  const title = head.findIndex(line => line.startsWith('> [!'));
  const told = head.map(line => (HOLD_LINE.test(line.trimEnd()) ? holdLine(passing.until) : line));
  if (passing.waits !== undefined && title !== -1) told.splice(title + 1, 0, waitLine(passing.waits));
  return [...told, ...(end === -1 ? [] : lines.slice(end))].join('\n');
}
