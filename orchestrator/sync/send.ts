import { guarded } from '../../core/guarded.ts';
import { ok, type Result } from '../../core/outcome.ts';
import type { NodeName } from '../../core/sync-settings.ts';
import { isEqual } from './changes.ts';
import { makeCommit, type Signer } from './commit.ts';
import { contentOf } from './content.ts';
import { moveTo } from './ground.ts';
import type { KnownFiles } from './known.ts';
import type { MyFiles } from './mine.ts';
import type { Repository } from './repository.ts';
import type { Entry } from './steps.ts';
import { storyOf } from './story.ts';

/** What sending needs to know of the node. `step` is called before each step that a crash may fall between. */
export type Sender = {
  readonly repository: Repository;
  readonly files: MyFiles;
  readonly known: KnownFiles;
  readonly node: NodeName;
  readonly now: () => Date;
  readonly sign: Signer;
  readonly step: (name: string) => void;
};

/** What came of it: `none` where there was nothing to send, `refused` where somebody else was faster. */
export type Sent = 'none' | 'pushed' | 'refused';

/** Commits on top of theirs what the tree is to hold otherwise, and pushes it. */
export async function send(
  theirs: { readonly commit: string | undefined; readonly tree: string },
  wanted: ReadonlyMap<string, Entry | undefined>,
  sender: Sender,
): Promise<Result<Sent>> {
  const { repository, known, node, now, sign, step } = sender;
  const { objects, trees } = repository;
  const { edits, before } = await editsOf(theirs.tree, wanted, sender);
  const { tree, refused } = await trees.edit(theirs.tree, edits);
  for (const at of refused) {
    edits.delete(at);
    hold(sender, at, 'On another node a folder has this name. Rename one of them.');
  }
  const agree = (): void => {
    for (const at of edits.keys()) known.agree(at);
    known.save();
  };
  if (tree === theirs.tree) {
    objects.drop();
    agree();
    return ok('none');
  }
  const told = [...edits].map(([at, entry]) => ({ path: at, was: before.get(at)?.blob, is: entry?.blob }));
  const message = guarded(storyOf(told, node), 'a commit’s message');
  const commit = await makeCommit(objects, { tree, parent: theirs.commit, node, message, at: now() }, sign);
  step('objects');
  const pack = objects.pack();
  await objects.flush();
  step('push');
  const pushed = await repository.push(commit, theirs.commit, pack);
  if (!pushed.ok || pushed.value === 'refused') return pushed;
  step('pushed');
  repository.base = commit;
  agree();
  moveTo(commit, known, 'soon');
  return pushed;
}

/** What changes in their tree, with what they hold there. The bytes of my files are put down on the way. */
async function editsOf(
  tree: string,
  wanted: ReadonlyMap<string, Entry | undefined>,
  sender: Sender,
): Promise<{ edits: Map<string, Entry | undefined>; before: ReadonlyMap<string, Entry | undefined> }> {
  const { objects, trees } = sender.repository;
  const edits = new Map<string, Entry | undefined>();
  const before = new Map<string, Entry | undefined>();
  for (const [at, entry] of wanted) {
    const there = await trees.find(tree, at);
    if (isEqual(there, entry)) continue;
    if (entry !== undefined && there?.blob !== entry.blob) {
      const content = contentOf(sender.files, at, entry.blob);
      // Whoever writes it at this moment is told of by an event, and it goes with the next commit.
      if (content.kind === 'moved') continue;
      if (content.kind === 'held') {
        hold(sender, at, content.why);
        continue;
      }
      await objects.add('blob', content.bytes);
    }
    edits.set(at, entry);
    before.set(at, there);
  }
  return { edits, before };
}

function hold({ known, now }: Sender, at: string, why: string): void {
  const open = known.open.get(at);
  if (open?.why !== why) known.setOpen(at, { stands: 'common', since: now().getTime(), ...open, why });
}
