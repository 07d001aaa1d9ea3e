import { z } from 'zod';
import { Json } from './digest.ts';
import { Arguments, Attachment, type Envelope } from './envelope.ts';
import { Fault } from './fault.ts';
import { type Failure, fail, ok, type Result, sentence } from './outcome.ts';
import type { Reach } from './reach.ts';
import { bounded, LONGEST_READ } from './reading.ts';
import type { Vault } from './vault.ts';

/** The contract of an action server: one file in `mcp-servers/`, served over MCP. Adding one is adding the file. */
export const Outcome = z.discriminatedUnion('outcome', [
  z.strictObject({
    outcome: z.literal('confirmed'),
    /** The proof that it happened: the provider’s id, the created record, the file’s hash. */
    receipt: z.record(z.string(), Json),
    undo: z.strictObject({ action: z.string(), arguments: Arguments }).optional(),
    /** What now has to be done as a step of its own, by a tool of this server that only Steward’s code proposes. */
    follow: z.strictObject({ action: z.string(), arguments: Arguments }).optional(),
  }),
  /** It did not happen, and `proof` says how that is known. */
  z.strictObject({
    outcome: z.literal('not_sent'),
    retry: z.boolean(),
    proof: z.string(),
    /** What kind of fault it was; where it is not said, `transient` if trying again may help and `logic` if not. */
    fault: Fault.optional(),
  }),
  /** Nobody can say from here. Never retried blindly. */
  z.strictObject({ outcome: z.literal('unknown'), why: z.string() }),
]);
export type Outcome = z.infer<typeof Outcome>;

/** A failure before anything could happen, as an outcome. */
export function notSent(failure: Failure): Outcome {
  const { kind, fault } = failure;
  const told = { outcome: 'not_sent', retry: kind === 'retryable', proof: sentence(failure) } as const;
  return fault === undefined ? told : { ...told, fault };
}

/** What a dry run tells: the action in words, and what it would touch. */
export const Description = z.strictObject({
  outcome: z.literal('prepared'),
  title: z.string().min(1).max(300),
  account: z.string(),
  attachments: z.array(Attachment),
});
export type Description = z.infer<typeof Description>;

/** What an effect is performed with: the approved envelope, and a key that is the same in every attempt. */
export type Approved = { readonly envelope: Envelope; readonly key: string; readonly signal: AbortSignal };

export type Prepared = {
  readonly describe: () => Omit<Description, 'outcome'>;
  readonly perform: (approved: Approved) => Promise<Outcome>;
};

export type ServerContext = {
  readonly vault: Vault;
  /** The absolute path of this server’s own folder in the state folder; it need not be there yet. */
  readonly state: string;
  /** Absolute folders outside the vault that actions may take from. */
  readonly dropFolders: readonly string[];
  /** `STEWARD_<SERVER>_…` of the environment: this server’s own and no other’s. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Whether another node does what is prepared here: then preparing needs no credentials, and there are none. */
  readonly preparesOnly?: boolean;
  readonly now: () => Date;
};

export type Annotations = {
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
};

export type Tool = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodObject;
  readonly annotations: Annotations;
  readonly reach: Reach;
  /** Parses raw arguments into something that can be shown and then done. */
  readonly prepare: (raw: unknown) => Promise<Result<Prepared>>;
  /** Says, after a crash, whether the effect of an envelope happened. Reads only. */
  readonly reconcile: (envelope: Envelope, key: string) => Promise<Outcome>;
  /** Where it only reads: what it finds, as text. */
  readonly read?: (raw: unknown, signal: AbortSignal) => Promise<Result<string>>;
};

type Definition<S extends z.ZodObject> = Omit<Tool, 'input' | 'prepare' | 'reconcile'> & {
  readonly input: S;
  readonly prepare: (args: z.infer<S>) => Promise<Result<Prepared>>;
  readonly reconcile: (args: z.infer<S>, envelope: Envelope, key: string) => Promise<Outcome>;
};

/** A tool from typed parts: arguments are parsed once, and everything after sees them typed. */
export function defineTool<S extends z.ZodObject>(definition: Definition<S>): Tool {
  return {
    ...definition,
    prepare: async raw => {
      const args = definition.input.safeParse(raw);
      if (!args.success) return fail('invalid', `${definition.name}: ${problems(args.error)}.`);
      return definition.prepare(args.data);
    },
    reconcile: async (envelope, key) => {
      const args = definition.input.safeParse(envelope.arguments);
      if (!args.success) return { outcome: 'unknown', why: problems(args.error) };
      return definition.reconcile(args.data, envelope, key);
    },
  };
}

/**
 * The most of what a reading tool fetched from outside that goes into its receipt, and so on record, in bytes.
 */
const LONGEST_RECEIPT = 40_000;

/**
 * A tool that only reads. One that keeps what it reads on this computer needs no grant. One that can carry data out, as
 * by the address that it fetches, is prepared, decided on and granted like an effect, and its text is its receipt.
 */
export function defineReader<S extends z.ZodObject>(definition: {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: S;
  readonly reach: Omit<Reach, 'does'>;
  /** One line of what would be read, for a person; the title where it is not given. */
  readonly describe?: (args: z.infer<S>) => string;
  readonly read: (args: z.infer<S>, signal: AbortSignal) => Promise<Result<string>>;
}): Tool {
  const { name, title, description, input } = definition;
  const reach: Reach = { does: 'read', ...definition.reach };
  const read = async (raw: unknown, signal: AbortSignal): Promise<Result<string>> => {
    const args = input.safeParse(raw);
    if (!args.success) return fail('invalid', `${name}: ${problems(args.error)}.`);
    const found = await definition.read(args.data, signal);
    return found.ok ? ok(bounded(found.value)) : found;
  };
  return {
    ...{ name, title, description, input, reach, read },
    annotations: { destructiveHint: false, idempotentHint: true, openWorldHint: reach.egress },
    prepare: async raw => {
      const args = input.safeParse(raw);
      if (!args.success) return fail('invalid', `${name}: ${problems(args.error)}.`);
      const told = definition.describe?.(args.data) ?? title;
      return ok({
        describe: () => ({ title: told, account: '', attachments: [] }),
        perform: async ({ signal }) => {
          const found = await read(raw, AbortSignal.any([signal, AbortSignal.timeout(LONGEST_READ)]));
          if (found.ok) return { outcome: 'confirmed', receipt: { text: bounded(found.value, LONGEST_RECEIPT) } };
          return notSent(found.failure);
        },
      });
    },
    reconcile: () => Promise.resolve({ outcome: 'unknown', why: 'Whether it was read leaves no trace.' }),
  };
}

export type ActionServer = {
  readonly name: string;
  readonly title: string;
  /** The tools it offers, as it is configured by `servers.<name>` of `config.yaml` (null where that is not there). */
  readonly offer: (settings: Json, context: ServerContext) => Result<readonly Tool[]>;
  readonly ping?: Ping<Json> | undefined;
};

/** Asks what stands behind a server whether it lets Steward in, changing nothing; undefined where nothing does. */
type Ping<S> = (settings: S, context: ServerContext, signal: AbortSignal) => Promise<Result<string> | undefined>;

/** An action server from typed parts: its settings are checked once, and its tools see them typed. */
export function defineServer<S extends z.ZodType>(definition: {
  readonly name: string;
  readonly title: string;
  readonly settings: S;
  readonly tools: (settings: z.infer<S>, context: ServerContext) => readonly Tool[];
  readonly ping?: Ping<z.infer<S>>;
}): ActionServer {
  const { name, title, ping } = definition;
  return {
    name,
    title,
    offer: (given, context) => {
      const settings = definition.settings.safeParse(given);
      if (!settings.success) return fail('invalid', `servers.${name} in config.yaml: ${problems(settings.error)}.`);
      return ok(definition.tools(settings.data, context));
    },
    ping:
      ping &&
      ((given, context, signal) => {
        const settings = definition.settings.safeParse(given);
        // Settings with a mistake are told of by `offer`.
        return settings.success ? ping(settings.data, context, signal) : Promise.resolve(undefined);
      }),
  };
}

export function isActionServer(value: unknown): value is ActionServer {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'title' in value &&
    'offer' in value &&
    typeof value.offer === 'function'
  );
}

const problems = (error: z.ZodError): string =>
  error.issues.map(issue => `${issue.path.join('.') || 'it'}: ${issue.message}`).join('; ');

/** Keys of `_meta` in a tool call, by which the executor tells a server what the call is. */
export const META = { dryRun: 'steward/dry-run', envelope: 'steward/envelope', grant: 'steward/grant' } as const;
