import type { Acquaintance } from './acquaintance.ts';
import type { Json } from './digest.ts';
import type { Result } from './outcome.ts';
import type { WatcherContext, WayIn } from './watcher.ts';

/**
 * The contract of a watcher that reads a far source. It comes in two halves: `open` gives channels that fetch (impure,
 * resumable by a cursor), `toNote` turns one raw item into what its note says (pure: no clock, no files, no network).
 * Identity, records, attachments, notes and cursors are the runner’s (`watch-channels.ts`), the same for every source.
 */

/** One raw item, as the source gave it. */
export type RawItem = {
  /**
   * The source’s own identity of it within the account: the same on every node, in every folder and after every
   * renumbering. Never a place or a number that the source may give to another item.
   */
  readonly key: string;
  /** The account as a person names it: `anna@example.com`. */
  readonly account: string;
  /** Where in the account it lay: `INBOX`. */
  readonly folder: string;
  /** When the source took it in: ISO 8601, UTC. */
  readonly received: string;
  /** Its bytes: a message of RFC 5322, JSON in UTF-8 … Only its beginning where `size` is more. */
  readonly bytes: Uint8Array;
  /** Bytes that it has at the source. */
  readonly size: number;
  /** What the source says beside it, such as flags. For an item that cannot be read: `from` and `subject`, where known. */
  readonly about: Readonly<Record<string, Json>>;
};

export type NoteContext = {
  /** The id of the task, for the note’s property `id`. */
  readonly task: string;
  /** Whom the person knows: for `acquaintedWith(address, known, known.compared)`. */
  readonly known: Acquaintance & { readonly compared: readonly string[] };
};

/** Where an attachment is kept follows from its hash and name: `attachmentPath` in `attachment-path.ts`. */
export type KeptAttachment = {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: Uint8Array;
  /** `application/pdf` */
  readonly type: string;
};

/** What an item says, as the pure half reads it. */
export type Arrived = {
  /** One line, at most 200 characters. */
  readonly title: string;
  /** The whole task note with its properties, inert (`inert.ts`). */
  readonly note: string;
  /** The bare address it came from; never a display name. */
  readonly sender: string | undefined;
  /** What is the same for every item of one conversation. */
  readonly thread: string | undefined;
  readonly attachments: readonly KeptAttachment[];
  /** What rules match on, at most 32 KB as JSON. */
  readonly facts: Readonly<Record<string, Json>>;
};

export type ToNote = (item: RawItem, context: NoteContext) => Arrived | Promise<Arrived>;

/**
 * An item on its way in: its bytes, or the file of the state folder’s `tmp` that they were streamed into, or why the
 * source does not give them, as a sentence.
 */
export type FetchedItem = Omit<RawItem, 'bytes'> & {
  readonly body: Uint8Array | { readonly file: string } | { readonly why: string };
};

/** Whom the person wrote to, as something that they sent shows. */
export type WroteTo = { readonly message: string; readonly addresses: readonly string[]; readonly day: string };

/** What belongs to one step of the cursor: it is on disk whole before the cursor is moved and the next one is asked for. */
export type Batch = {
  readonly items: readonly FetchedItem[];
  readonly wroteTo?: readonly WroteTo[];
  /** Marks of canaries that came through; they are no items. */
  readonly canaries?: readonly string[];
  /** A line for the person who watches, such as what a first run left out. */
  readonly told?: string;
  /** From where to go on. */
  readonly cursor: Json;
};

/**
 * One stream of items with a cursor of its own. It fetches and waits by turns; the runner paces what fails. Its cursor is
 * kept under its name. What `prove` puts down, `fetch` finds again by its mark, tells of in `canaries` and takes away;
 * `isCanary` says which marks are Steward’s own.
 */
export type Channel = WayIn & {
  /**
   * What came behind the cursor, batch by batch, at most a few megabytes each; ends where there is no more now. A failure
   * is the last thing it gives: `authentication` where only the person can mend it.
   */
  readonly fetch: (cursor: Json | undefined, signal: AbortSignal) => AsyncGenerator<Result<Batch>, void>;
  /** Until the source says that there may be more, without asking it over and over. */
  readonly wait: (signal: AbortSignal) => Promise<Result<'look'>>;
  readonly close: () => Promise<void>;
};

/** What `open` is given beside its settings: no vault, since it writes nothing there. */
export type SourceContext = Pick<WatcherContext, 'state' | 'secrets' | 'log' | 'now'> & {
  /** Whether an item is on record already, so that its bytes need not be fetched. */
  readonly has: (account: string, key: string) => boolean;
  /** Whether a mark is that of a canary that Steward put down itself: anybody can write one. */
  readonly isCanary: (channel: string, mark: string) => boolean;
};
