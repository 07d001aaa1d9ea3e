import type { Removals } from '../../core/sync-removals.ts';
import type { NodeName, Role } from '../../core/sync-settings.ts';

/**
 * What the planner of sync is told and what it answers. Paths are the vault’s: relative, with “/”. A tree is a flat set
 * of files; folders are only parts of paths.
 */

/** A file as a tree of git names it: the id of its bytes, and what it is (a link, `120000`, or a submodule, `160000`). */
export type Entry = { readonly blob: string; readonly mode: '100644' | '100755' | '120000' | '160000' };

/**
 * One path at which any two of the three trees differ.
 * - `base`: what stood there when this vault and the remote last agreed on this path. For a path that could not be
 *   written or sent since (a person was typing, `hold`, `leave`), that is still the older entry, whatever was synced
 *   around it: otherwise what the other side did would look undone by hand.
 * - `mine`: the file in this vault now. - `theirs`: what the head of the remote holds.
 */
export type Change = {
  readonly path: string;
  readonly base?: Entry | undefined;
  readonly mine?: Entry | undefined;
  readonly theirs?: Entry | undefined;
};

/**
 * Who made what the remote holds at a path: the most trusted signer of a commit since the last sync that put exactly
 * this entry there (or took it away). `person` is a key of the person’s own; a phone’s commits are `unsigned`.
 */
export type Bringer = 'person' | Role | 'unsigned';

/** What the planner must know beyond the changes. Every function is answered from what is known, without a scan. */
export type Rules = {
  readonly me: NodeName;
  readonly role: Role;
  /** Only asked for what steers Steward and for what was taken away: it may cost the verifying of signatures. */
  readonly bringer: (path: string, theirs: Entry | undefined) => Bringer;
  /** Bytes of a blob of theirs or mine; undefined where that is not known, which counts as small. */
  readonly size: (blob: string) => number | undefined;
  /** Bytes above which a file is not synced. */
  readonly largest: number;
  /** Every file and folder in this vault that is this name to some file system (`sameName`); a folder’s ends with “/”. */
  readonly standing: (same: string) => readonly string[];
  /** Whether a folder of this vault holds any file that is synced besides these. */
  readonly holdsMore: (folder: string, than: ReadonlySet<string>) => boolean;
  /** How many files this vault has in a folder at its top and below; in all where it is empty. */
  readonly files: (folder: string) => number;
  /** What the person said of the many files that another device took away. */
  readonly removals: Removals;
  /** Which node works on the task whose notes share this stem, by its claim; undefined where no claim is known. */
  readonly holder: (stem: string) => NodeName | undefined;
};

/** Whose version stays under the name; the other is written to `as`. The same on both nodes. */
export type Stays = 'mine' | 'theirs';

/**
 * What to do, in the order in which it is to be done: what is kept beside comes first, then what goes, then what comes.
 * “Tree” is the next commit’s, which begins as theirs. The vault is only touched where the file still is `mine`; a path
 * that has changed meanwhile keeps its old base and is planned again. Files for `as` are made by `asideFiles` and are
 * only created: where a file stands there already, it is from the same conflict, and stays as it is.
 */
export type Step =
  /** Both: the entry stands at the path. It is theirs, or mine that is carried over: its bytes stand at `from` here. */
  | {
      readonly do: 'take';
      readonly path: string;
      readonly entry: Entry;
      readonly mine?: Entry | undefined;
      readonly from?: string;
    }
  /** Vault: the file goes. Tree: it goes. */
  | { readonly do: 'remove'; readonly path: string; readonly mine?: Entry | undefined }
  /** Vault: as it is. Tree: mine, or nothing where there is no entry. */
  | { readonly do: 'keep'; readonly path: string; readonly entry?: Entry | undefined }
  /** Both: `merge3` of the three where it is clean, otherwise as `keep_both`. */
  | {
      readonly do: 'merge';
      readonly path: string;
      readonly base: Entry;
      readonly mine: Entry;
      readonly theirs: Entry;
      readonly stays: Stays;
      readonly as: string;
      readonly why: string;
    }
  /** Both: what stays stands at the path, the other in the files of `as`. */
  | {
      readonly do: 'keep_both';
      readonly path: string;
      readonly mine: Entry;
      readonly theirs: Entry;
      readonly stays: Stays;
      readonly as: string;
      readonly why: string;
    }
  /** Both: `entry`, which was `from`’s at the path, is kept in the files of `as`. Another step says what is at the path. */
  | {
      readonly do: 'copy';
      readonly path: string;
      readonly entry: Entry;
      readonly from: Stays;
      readonly as: string;
      readonly why: string;
    }
  /** Theirs is not let in. Vault: as it is, beside it the files of `as`. Tree: mine again, and the files of `as`. */
  | {
      readonly do: 'set_aside';
      readonly path: string;
      readonly entry: Entry;
      readonly mine?: Entry | undefined;
      readonly as: string;
      readonly why: string;
    }
  /** Theirs is not let in and not kept but in the history; the person is told. Vault: as it is. Tree: mine again. */
  | {
      readonly do: 'refuse';
      readonly path: string;
      readonly entry: Entry;
      readonly mine?: Entry | undefined;
      readonly why: string;
    }
  /** Theirs stays in the tree and does not come into this vault (a phone’s settings, or too large; told where it says why). */
  | { readonly do: 'leave'; readonly path: string; readonly entry?: Entry | undefined; readonly why?: string }
  /** Mine stays in this vault and is not sent; the person is told where `why` says something. Tree: theirs. */
  | { readonly do: 'hold'; readonly path: string; readonly mine?: Entry | undefined; readonly why: string };
