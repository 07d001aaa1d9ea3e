import path from 'node:path';
import type { z } from 'zod';
import { comparedKeys } from './acquaintance.ts';
import { identify, keyOf } from './contacts.ts';
import { Cursors } from './cursors.ts';
import { Intake } from './intake.ts';
import { peopleKnownTo } from './known-people.ts';
import type { Channel, NoteContext, RawItem, SourceContext, ToNote } from './networked-watcher.ts';
import { NoteMaker } from './note-maker.ts';
import { fail, type Result, sentence } from './outcome.ts';
import { WatchedChannels } from './watch-channels.ts';
import { isWatcher, type Watcher, type WatcherContext } from './watcher.ts';
import { WaysIn } from './ways-in.ts';

const CODE = path.resolve(import.meta.dirname, '..', 'watchers');

/** What a watcher of a far source consists of. */
type Definition<Settings> = {
  readonly name: string;
  readonly title: string;
  /** How the kept bytes of an item are called: `eml`. */
  readonly extension: string;
  /** `watchers.<name>` of `config.yaml`. */
  readonly settings: z.ZodType<Settings>;
  /** The person’s own addresses. */
  readonly own: (settings: Settings) => readonly string[];
  /** The channels of what is configured. No network is touched before the first of them fetches. */
  readonly open: (settings: Settings, context: SourceContext) => Promise<Result<readonly Channel[]>>;
  readonly toNote: ToNote;
  /** One recorded item without anything of anybody’s, of which the contract suite makes a note offline. */
  readonly sample: () => Promise<RawItem>;
  /** Whether what is configured can be reached and lets Steward in: what it said, in words. Changes nothing there. */
  readonly ping: (
    settings: Settings,
    context: Pick<SourceContext, 'secrets' | 'now' | 'state'>,
    signal: AbortSignal,
  ) => Promise<Result<string>>;
};

export type NetworkedWatcher = Watcher & {
  readonly toNote: ToNote;
  readonly sample: () => Promise<RawItem>;
  readonly ping: Definition<unknown>['ping'];
};

export const isNetworkedWatcher = (value: unknown): value is NetworkedWatcher =>
  isWatcher(value) && 'toNote' in value && 'sample' in value && 'ping' in value;

/** A watcher made of its two halves, with the runner that all of them share. */
export function networked<Settings>(definition: Definition<Settings>): NetworkedWatcher {
  const { name, title, extension, settings: schema, toNote, sample } = definition;
  const settingsIn = (given: unknown): Result<Settings> => {
    const parsed = schema.safeParse(given);
    if (parsed.success) return { ok: true, value: parsed.data };
    const mistakes = parsed.error.issues.map(issue => `${[name, ...issue.path].join('.')}: ${issue.message}`);
    return fail('invalid', `The settings watchers.${mistakes.join('; watchers.')}.`, 'Mend them in config.yaml.');
  };
  return {
    ...{ name, title, toNote, sample },
    ping: async (given, context, signal) => {
      const settings = settingsIn(given);
      return settings.ok ? definition.ping(settings.value, context, signal) : settings;
    },
    start: async context => {
      const given = context.config.watchers[name];
      if (given === undefined) return undefined;
      const settings = settingsIn(given);
      if (!settings.ok) {
        context.log.trouble(name, `${sentence(settings.failure)} Until then nothing is read there.`);
        return undefined;
      }
      const maker = new NoteMaker(CODE, name);
      const known = knownIn(context, definition.own(settings.value));
      const make: NoteMaker['make'] = (item, given) => maker.make(item, given);
      const intake = new Intake(context, { name, extension, make, known });
      const ways = new WaysIn(context, name);
      const channels = await definition.open(settings.value, {
        ...{ state: context.state, secrets: context.secrets, log: context.log, now: context.now },
        has: (account, key) => {
          const isKnown = intake.has(account, key);
          if (!isKnown) maker.expect();
          return isKnown;
        },
        isCanary: (channel, mark) => ways.isCanary(channel, mark),
      });
      if (!channels.ok) {
        await intake.close();
        await maker.close();
        context.log.trouble(name, sentence(channels.failure));
        return undefined;
      }
      const watched = new WatchedChannels(context, channels.value, {
        ...{ intake, ways, cursors: new Cursors(context.state, name) },
      });
      return {
        ways: watched.ways,
        sweep: () => watched.sweep(),
        close: async () => {
          await watched.close();
          await maker.close();
        },
      };
    },
  };
}

/** Whom the person knows, made anew only where that changed. */
function knownIn({ vault, state }: WatcherContext, own: readonly string[]): () => NoteContext['known'] {
  const mine = new Set(own.map(address => keyOf(identify(address))));
  let known: NoteContext['known'] | undefined;
  return () => {
    const people = peopleKnownTo(vault, state);
    if (known?.people !== people) known = { own: mine, people, compared: comparedKeys({ own: mine, people }) };
    return known;
  };
}
