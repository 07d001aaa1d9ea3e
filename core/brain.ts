import { z } from 'zod';
import { Json } from './digest.ts';
import { Arguments, Origin } from './envelope.ts';
import type { Failure, Result } from './outcome.ts';

/**
 * The contract of a brain: given a task and what was said so far, the next turn. A brain never acts; it calls tools
 * that read, plan, ask and propose. One file in `orchestrator/brains/`.
 */
export const ToolCall = z.strictObject({ id: z.string(), tool: z.string(), input: Arguments });
export type ToolCall = z.infer<typeof ToolCall>;

/** What a turn took. `input_tokens` are those that were neither read from a cache nor written to one. */
export const Usage = z.strictObject({
  model: z.string(),
  input_tokens: z.int().min(0),
  output_tokens: z.int().min(0),
  cache_read_tokens: z.int().min(0).exactOptional(),
  cache_write_tokens: z.int().min(0).exactOptional(),
});
export type Usage = z.infer<typeof Usage>;

export const Turn = z.strictObject({
  say: z.string(),
  calls: z.array(ToolCall),
  usage: Usage,
  /** What the provider wants back word for word, such as signed thinking. Given only to the brain that it came from. */
  raw: Json.exactOptional(),
  /** Why the turn ended before its time: the answer was too long, or the provider paused it. */
  stop: z.enum(['cut', 'paused']).exactOptional(),
});
export type Turn = z.infer<typeof Turn>;

export const ToolResult = z.strictObject({
  call: z.string(),
  ok: z.boolean(),
  text: z.string(),
  /** Set where the text is what somebody else may have written: it is data, whatever it says of itself. */
  origin: Origin.exactOptional(),
});
export type ToolResult = z.infer<typeof ToolResult>;

/** One turn and what its calls gave. */
export type Exchange = { readonly turn: Turn; readonly results: readonly ToolResult[] };

/** Characters (bytes, of plain text) from its beginning that a brain is given of a file. */
export const LONGEST_TEXT = 40_000;
/** Bytes of a table (csv, tsv) whose text is read whole; of a larger one, only the beginning. */
export const LARGEST_TABLE = 256 * 1024;

/** A file that belongs to a task. */
export type TaskFile = {
  /** Relative to the vault, or absolute for a drop folder outside. */
  readonly path: string;
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  /** When the file was last changed before it was dropped. */
  readonly modified: string;
  /** The day on which a photo was taken, as `YYYY-MM-DD`, where it says so itself. */
  readonly taken?: string;
  /** Its text as far as it could be read, empty where not. */
  readonly text: string;
  /** What it shows, where it is a picture that a model can be given. */
  readonly image?: TaskImage;
};

/** `data` in base64. */
export type TaskImage = {
  readonly media: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif';
  readonly data: string;
};

/** A note of `Memory/` that may matter for a task. Only what is the person’s own counts as the person’s words. */
export const Remembered = z.strictObject({ path: z.string(), title: z.string(), origin: Origin, text: z.string() });
export type Remembered = z.infer<typeof Remembered>;

export type TaskView = {
  readonly id: string;
  readonly title: string;
  /** `person` for a note somebody wrote by hand, otherwise the watcher’s name. */
  readonly source: string;
  readonly text: string;
  readonly origin: Origin;
  /** The address that a message came from, where it is one. */
  readonly sender: string | undefined;
  readonly file: TaskFile | undefined;
  /** Files that came along with a message, where they are kept. */
  readonly attachments?: readonly TaskFile[];
  /** What the watcher read off a message, by the names that its contract gives; from the bytes, never from the note. */
  readonly facts?: Readonly<Record<string, Json>>;
  readonly received: string;
};

export type ToolOffer = { readonly name: string; readonly description: string; readonly schema: unknown };
export type Skill = {
  readonly name: string;
  readonly description: string;
  readonly path: string;
  readonly text: string;
};
export type Person = { readonly name: string; readonly email: string; readonly note: string };

/** How hard a model thinks, where it can be told. */
export const Effort = z.enum(['low', 'medium', 'high', 'xhigh', 'max']);
export type Effort = z.infer<typeof Effort>;

export type Request = {
  readonly task: TaskView;
  readonly handbook: string;
  readonly skills: readonly Skill[];
  readonly people: readonly Person[];
  /** What was found in `Memory/` when this task was first thought about. */
  readonly memory?: readonly Remembered[];
  readonly tools: readonly ToolOffer[];
  readonly exchanges: readonly Exchange[];
  /** What the routing rules chose for this turn; a brain uses its own settings where nothing was. */
  readonly choice?: { readonly model?: string; readonly effort?: Effort };
  /** What is proposed or asked for other open tasks and not settled yet. */
  readonly underway: readonly ToolCall[];
};

/** A failure of a brain. What it cost nevertheless (a refusal, an answer that was cut) is told too. */
export type BrainFailure = Failure & { readonly retryAfterSeconds?: number; readonly usage?: Usage };
export type BrainAnswer =
  | { readonly ok: true; readonly turn: Turn }
  | { readonly ok: false; readonly failure: BrainFailure };

export type Estimate = { readonly model: string; readonly tokens: number; readonly output: number };

export type Brain = {
  readonly name: string;
  /** How the plan note says who wrote it; the model is told beside it. */
  readonly label: string;
  /** Whether all that it is shown stays on this machine or the network at home. Left out, it is taken to leave. */
  readonly staysHere?: boolean;
  readonly next: (request: Request, signal: AbortSignal) => Promise<BrainAnswer>;
  /** What the next turn may take at most, in tokens. A brain without it takes nothing, and answers at once. */
  readonly estimate?: (request: Request) => Estimate;
  /** Whether it can be reached and lets Steward in, asked in a way that costs nothing: what it said, in words. */
  readonly ping?: (signal: AbortSignal) => Promise<Result<string>>;
};

/** What a brain is given when it is made: its part of `brains:` in the configuration, and the secrets that are its own. */
export type BrainSetup = {
  readonly settings: Json;
  readonly secrets: Readonly<Record<string, string>>;
  readonly now: () => Date;
};

/** `create` fails where the settings are wrong or a key is missing, in words for the person. */
export type BrainModule = { readonly name: string; readonly create: (setup: BrainSetup) => Result<Brain> };

export function isBrainModule(value: unknown): value is BrainModule {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'create' in value &&
    typeof value.create === 'function'
  );
}
