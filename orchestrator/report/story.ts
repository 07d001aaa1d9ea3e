import type { ToolCall } from '../../core/brain.ts';
import { actionName, type Envelope, originMark } from '../../core/envelope.ts';
import type { Recorded } from '../../core/journal.ts';
import type { ActionRecord, LedgerRecord, Way } from '../../core/ledger-record.ts';
import { isActionRecord } from '../../core/ledger-record.ts';
import { minuteOf } from '../../core/names.ts';
import { type ActionState, isSettled, nextActionState } from '../../core/states.ts';
import type { Taken, TaskRecord } from '../think/task-record.ts';
import { PlanUpdate } from '../think/tools.ts';

/** One thing that happened: a sentence, and what a person may want to see below it. */
export type Told = {
  readonly at: string;
  readonly kind: 'came' | 'thought' | 'read' | 'asked' | 'proposed' | 'decided' | 'waited' | 'did' | 'ended';
  readonly text: string;
  readonly details: readonly string[];
};
type Line = Omit<Told, 'at'>;

const LONG = 300;
/** One line that a terminal shows as it stands: what came from outside may hold anything. */
const shown = (value: unknown, limit = LONG): string => {
  const text = (typeof value === 'string' ? value : JSON.stringify(value)) ?? '';
  const plain = text.replace(/\s+/g, ' ').replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd');
  return plain.length > limit ? `${plain.slice(0, limit)} …` : plain;
};
const line = (kind: Told['kind'], text: string, details: readonly string[] = []): Line => ({ kind, text, details });

/** The story of a task in plain words and in the order of time, from its journal and from what the ledger says of it. */
export function tellStory(
  id: string,
  journal: readonly Recorded<TaskRecord>[],
  ledger: readonly Recorded<LedgerRecord>[],
): readonly Told[] {
  const thinking = new Thinking();
  const doing = new Doing(id, thinking.calls);
  // How it ended is the ledger’s to say; until it has, what the brain believes.
  const isClosed = ledger.some(({ body }) => body.kind === 'CLOSED' && body.task === id);
  const told = [
    ...journal
      .filter(({ body }) => body.kind !== 'CLOSING' || !isClosed)
      .flatMap(({ at, body }) => thinking.tell(body).map(one => ({ at, ...one }))),
    ...ledger.flatMap(({ at, body }) => doing.tell(body).map(one => ({ at, ...one }))),
  ];
  return told.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** What the task’s own journal tells: what came in, what was thought, asked and answered. */
class Thinking {
  readonly calls = new Map<string, ToolCall>();
  readonly #titles = new Map<string, string>();

  tell(body: TaskRecord): readonly Line[] {
    switch (body.kind) {
      case 'TAKEN':
        return [cameIn(body)];
      case 'TURN': {
        for (const call of body.turn.calls) this.calls.set(call.id, call);
        return body.turn.calls.flatMap(call => thought(call, body.turn.usage.model));
      }
      case 'SHOWN': {
        const { untrusted, private: own } = body.exposure;
        const seen = [
          ...(untrusted.length === 0 ? [] : [`text that strangers may have written (${untrusted.join(', ')})`]),
          ...(own.length === 0 ? [] : [`data of yours (${own.join(', ')})`]),
        ];
        return seen.length === 0 ? [] : [line('read', `From here on the brain had seen ${shown(seen.join(' and '))}.`)];
      }
      case 'RECALLED':
        return body.notes.length === 0
          ? []
          : [line('read', `Remembered for it: ${body.notes.map(({ path }) => shown(path)).join(', ')}`)];
      case 'ASKED':
        this.#titles.set(body.question, body.title);
        return [
          line(
            'asked',
            `Asked you: ${shown(body.title)}`,
            body.choices.map(choice => `- ${shown(choice)}`),
          ),
        ];
      case 'ANSWERED':
        return [
          line(
            'decided',
            `You answered “${shown(this.#titles.get(body.question) ?? body.question)}”: ${shown(body.answer)}`,
          ),
        ];
      case 'REVISED':
        return [line('came', 'You rewrote the note, and thinking began again.')];
      case 'FELL_BACK':
        return [
          line(
            'waited',
            `${shown(body.from)} failed, and ${shown(body.to)} went on, by the routing: ${shown(body.why)}`,
          ),
        ];
      case 'PRIVATE':
        return [line('read', body.is ? 'It must not leave this machine.' : 'It may leave this machine.')];
      case 'PAUSED':
        return [line('waited', `Paused by ${shown(body.by)}: ${shown(body.why)}`)];
      case 'UNPAUSED':
        return [line('waited', `Resumed by ${shown(body.by)}.`)];
      case 'BRAIN_DOWN':
        return [line('waited', `Thinking was interrupted: ${shown(body.why)}`)];
      case 'CLOSING':
        return [line('thought', `Thinking ended as ${body.verdict}: ${shown(body.why)}`)];
      default:
        return [];
    }
  }
}

function cameIn({ id, title, own, source, file, sender, note, origin }: Taken): Line {
  if (own) return line('came', `Task ${id}: you wrote ${shown(note)} into the vault.`);
  const from = sender === undefined ? '' : ` from ${shown(sender)}`;
  const where = file === undefined ? shown(title) : `${shown(file.path)}, ${file.size} bytes`;
  const details = [
    ...(file === undefined ? [] : [`sha256 ${file.sha256}`, `last changed ${file.modified}`]),
    ...(origin.kind === 'incoming' ? ['what it says is not trusted'] : []),
  ];
  return line('came', `Task ${id}: came in by way of ${shown(source)}${from}: ${where}`, details);
}

function thought(call: ToolCall, model: string): readonly Line[] {
  if (call.tool === 'plan_update') {
    const plan = PlanUpdate.safeParse(call.input);
    if (!plan.success) return [];
    const steps = plan.data.steps.map(({ text, done }) => `- [${done ? 'x' : ' '}] ${shown(text)}`);
    return [line('thought', `Planned by ${shown(model)}: ${shown(plan.data.summary)}`, steps)];
  }
  return [];
}

type Known = { envelope: Envelope; state: ActionState };
const HOW: Readonly<Record<Way, string>> = {
  moved: 'by moving its note',
  ticked: 'by ticking its box',
  property: 'by its property `decision`',
  command: 'by a command on this computer',
  answer: 'by answering a question',
  policy: 'because Policies.md lets it through',
  signed: 'with a signature',
};

/** What the ledger tells: what was read, proposed, decided, held back and done. */
class Doing {
  readonly #task: string;
  readonly #calls: ReadonlyMap<string, ToolCall>;
  readonly #actions = new Map<string, Known>();

  constructor(task: string, calls: ReadonlyMap<string, ToolCall>) {
    this.#task = task;
    this.#calls = calls;
  }

  tell(body: LedgerRecord): readonly Line[] {
    if (isActionRecord(body)) {
      const known = this.#actions.get(body.id);
      if (known === undefined) return [];
      const told = happened(body, known.envelope);
      known.state = nextActionState(known.state, body.kind) ?? known.state;
      if (body.kind === 'APPROVED' && body.envelope !== undefined) known.envelope = body.envelope;
      return told;
    }
    switch (body.kind) {
      case 'PROPOSED':
        if (body.envelope.task !== this.#task) return [];
        this.#actions.set(body.envelope.id, { envelope: body.envelope, state: 'proposed' });
        return [proposed(body.envelope)];
      case 'REFUSED':
        return body.task === this.#task
          ? [line('decided', `Refused ${body.id} (${body.action}): ${shown(body.why)}`)]
          : [];
      case 'READ': {
        if (body.task !== this.#task) return [];
        const input = this.#calls.get(body.call)?.input;
        const with_ =
          input === undefined ? [] : Object.entries(input).map(([name, value]) => `${name}: ${shown(value)}`);
        return [line('read', `Read with ${body.action}.`, [...with_, `sha256 of what was read ${body.sha256}`])];
      }
      case 'ASKED':
        return this.#actions.has(body.about)
          ? [line('asked', `Asked you about ${body.about}: ${shown(body.asked.title)}`)]
          : [];
      case 'ANSWERED':
        return this.#actions.has(body.about)
          ? [line('decided', `Answered about ${body.about}: ${shown(body.answer)}`)]
          : [];
      case 'CLOSED':
        return body.task === this.#task ? [line('ended', `Ended as ${body.verdict}: ${shown(body.why)}`)] : [];
      case 'STOPPED':
        return this.#isOpen() ? [line('waited', `Everything was stopped (${shown(body.by)}): ${shown(body.why)}`)] : [];
      case 'RESUMED':
        return this.#isOpen() ? [line('waited', `${shown(body.by)} let everything go on.`)] : [];
      case 'PAUSED':
        return this.#isOpen(body.channel)
          ? [line('waited', `${body.channel} was paused (${shown(body.by)}): ${shown(body.why)}`)]
          : [];
      case 'UNPAUSED':
        return this.#isOpen(body.channel) ? [line('waited', `${body.channel} went on (${shown(body.by)}).`)] : [];
      default:
        return [];
    }
  }

  #isOpen(channel?: string): boolean {
    return [...this.#actions.values()].some(
      ({ envelope, state }) => !isSettled(state) && (channel === undefined || envelope.server === channel),
    );
  }
}

const values = (envelope: Envelope): string[] =>
  Object.entries(envelope.arguments).map(([name, value]) => {
    const origin = originMark(envelope.origins[name]).replaceAll('**', '');
    return `${name}: ${shown(value)} (${origin})`;
  });

function proposed(envelope: Envelope): Line {
  const { id, title, brain, zone, reasons = [], signature, attachments } = envelope;
  return line('proposed', `Proposed ${id} (${actionName(envelope)}, by ${shown(brain)}): ${shown(title)}`, [
    ...values(envelope),
    ...attachments.map(file => `file ${shown(file.path)}, ${file.size} bytes, sha256 ${file.sha256}`),
    `zone ${zone}${reasons.length === 0 ? '' : `: ${reasons.map(one => shown(one)).join(' ')}`}`,
    ...(signature === undefined ? [] : ['policy wants a signed decision']),
  ]);
}

function happened(body: ActionRecord, before: Envelope): readonly Line[] {
  const { id } = body;
  switch (body.kind) {
    case 'APPROVED': {
      const after = body.envelope?.arguments ?? before.arguments;
      const changed = body.changed.map(
        name => `${name}: ${shown(before.arguments[name] ?? null)} → ${shown(after[name] ?? null)}`,
      );
      const key = body.signature === undefined ? [] : ['signature on record'];
      return [
        line(
          'decided',
          `${shown(body.by)} approved ${id} ${HOW[body.way]}${changed.length === 0 ? '.' : ', with changed values.'}`,
          [...changed, ...key],
        ),
      ];
    }
    case 'REJECTED':
      return [
        line(
          'decided',
          `${shown(body.by)} said no to ${id} ${HOW[body.way]}${body.reason === '' ? '.' : `: ${shown(body.reason)}`}`,
        ),
      ];
    case 'WANTED':
      return [line('decided', `${id} is wanted, and needs a word on this computer: ${shown(body.why)}`)];
    case 'HELD':
      return [line('waited', `${id} is held until ${minuteOf(body.until)}, and can be taken back until then.`)];
    case 'CAPPED':
      return [line('waited', `${id} is over a cap and waits until ${minuteOf(body.until)}: ${shown(body.why)}`)];
    case 'EXPIRED':
      return [line('ended', `${id} lapsed without a decision.`)];
    case 'SUPERSEDED':
      return [
        line(
          'ended',
          `${id} is ${body.by === undefined ? 'no longer needed' : `replaced by ${body.by}`}: ${shown(body.why)}`,
        ),
      ];
    case 'INTENT':
      return [line('did', `Began ${id} (try ${body.attempt}).`)];
    case 'CONFIRMED': {
      const how = {
        answered: 'confirmed by what did it',
        reconciled: 'found at the far end afterwards',
        person: 'you said so',
      };
      const receipt = Object.entries(body.receipt).map(([name, value]) => `${name}: ${shown(value)}`);
      return [line('did', `Done: ${id}, ${how[body.how]}. Receipt:`, receipt)];
    }
    case 'NOT_SENT':
      return [line('did', `Failed: ${id}, and nothing happened: ${shown(body.proof)}`)];
    case 'NOT_SENT_RETRY':
      return [line('did', `Not done yet: ${id}, next try ${body.next}: ${shown(body.proof)}`)];
    case 'UNKNOWN':
      return [line('did', `Unknown whether ${id} happened: ${shown(body.why)}`)];
  }
}
