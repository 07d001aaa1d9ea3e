import { type Envelope, originMark } from './envelope.ts';
import { codeSpan, proseLine } from './inert.ts';
import { localTime } from './names.ts';
import { FILES } from './states.ts';

/** What is true of an action only for a while, and is shown beside what its envelope holds. Times are ISO 8601, UTC. */
export type Passing = {
  /** When a held action is done unless the person says no. */
  readonly until?: string | undefined;
  /** Whether somebody wants it whose word is not enough here. */
  readonly wanted?: boolean | undefined;
  /** Why an approved action waits, and until when. */
  readonly waits?: { readonly why: string; readonly until: string } | undefined;
  /** How it ended, once it is filed. */
  readonly ended?: keyof typeof ENDS | undefined;
};

/** What a filed approval says in place of what was asked. */
const ENDS = {
  confirmed: ['> [!success] Done', '> The proof stands in the receipt beside this note.'],
  failed: ['> [!failure] It did not happen', '> Why stands in the note beside this one.'],
  rejected: ['> [!info] Rejected', '> It was not done.'],
  expired: ['> [!info] Lapsed', '> It was not decided in time, and not done.'],
  superseded: ['> [!info] No longer asked', '> It was replaced or taken back, and not done.'],
} as const;

/** Of all lines, the one whose time passes: it says the same whatever time it names. */
export const HOLD_LINE =
  /^> \*\*Done (?:at \d{4}-\d{2}-\d{2} \d{2}:\d{2}|after its hold)\*\* unless you say no before\.$/;
/** Later than this, no time is told: waiting alone does not help. */
const NEVER = '9999';

const minute = (at: string): string => localTime(new Date(at)).slice(0, 16).replace('T', ' ');

/** What stands between the title and the values: what is asked, how to answer, and why. */
export function callout(envelope: Envelope, passing: Passing): readonly string[] {
  const { zone, reasons = [] } = envelope;
  const boxes = zone === 'green' ? ['- [ ] Reject'] : ['- [ ] Approve', '- [ ] Reject'];
  return [...block(envelope, passing), '', ...boxes, '', ...because(zone, reasons)];
}

function block(envelope: Envelope, passing: Passing): readonly string[] {
  const { waits, ended } = passing;
  if (ended !== undefined) return ENDS[ended];
  if (waits === undefined) return BLOCKS[envelope.zone](envelope, passing);
  const when = waits.until.startsWith(NEVER) ? '' : ` until ${minute(waits.until)}`;
  return [
    '> [!info] Approved, but it waits',
    `> **Waits${when}:** ${proseLine(waits.why)}`,
    '> Nobody needs to answer: it is done by itself as soon as it fits.',
    '> **No:** to call it off, move it into `Rejected`, or tick *Reject*.',
  ];
}

/** Who does what no action server does, such as letting another policy hold. */
const OWN = 'steward';
const NO = '> **No:** move it into `Rejected`, or tick *Reject*. A `reason` is remembered.';

const BLOCKS: Readonly<Record<Envelope['zone'], (envelope: Envelope, passing: Passing) => readonly string[]>> = {
  red: ({ id, signature, server }, { wanted }) => [
    ...(signature === 'required'
      ? [
          '> [!todo] Waiting for your signature',
          `> **Yes:** in a terminal, \`steward approve ${id} --sign\`. Moving or ticking alone is not enough.`,
          NO,
        ]
      : [
          ...(wanted === true
            ? [
                '> [!todo] Wanted from elsewhere: confirm it on your own computer',
                `> Somebody said yes on another device, such as your phone, and nobody signed for it. In a terminal: \`steward approve ${id}\`, or:`,
              ]
            : ['> [!todo] Waiting for you']),
          '> **Yes:** move this note into `Approved`, or tick *Approve*.',
          NO,
          ...(server === OWN ? [] : ['> You may change the values below first: what you approve is what is done.']),
        ]),
    ...(server === OWN ? [`> To change the text below, change \`${FILES.policies}\` itself.`] : []),
  ],
  yellow: (_, { until }) => [
    '> [!info] Held: it will be done by itself',
    `> **Done ${until === undefined ? 'after its hold' : `at ${minute(until)}`}** unless you say no before.`,
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

/**
 * The same note with what passes as it is now. Only the callout of ours is written anew; everything else, ticks and a
 * person’s own words too, stays.
 */
export function withPassing(text: string, envelope: Envelope, passing: Passing): string {
  const lines = text.split('\n');
  const from = lines.findIndex(line => line.startsWith('> [!'));
  const heading = lines.findIndex(line => line.startsWith('## '));
  if (from === -1 || (heading !== -1 && heading < from)) return text;
  const length = lines.slice(from).findIndex(line => !line.startsWith('>'));
  if (length === -1) return text;
  return [...lines.slice(0, from), ...block(envelope, passing), ...lines.slice(from + length)].join('\n');
}
