import path from 'node:path';
import type { Request, TaskFile } from '../../core/brain.ts';
import { lstatOf } from '../../core/durable.ts';
import type { Origin } from '../../core/envelope.ts';
import { readProperties } from '../../core/front-matter.ts';
import { hashFile } from '../../core/hash-file.ts';
import { splitExtension, taskId } from '../../core/names.ts';
import type { Offer } from '../../core/offers.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { FILES, FOLDERS } from '../../core/states.ts';
import type { Vault } from '../../core/vault.ts';
import { fileText } from '../../orchestrator/think/file-text.ts';
import { readPeople } from '../../orchestrator/think/people.ts';
import { photoDay } from '../../orchestrator/think/photo-day.ts';
import type { Known, Source } from '../../orchestrator/think/provenance.ts';
import { readSkills } from '../../orchestrator/think/request.ts';
import { offeredTools } from '../../orchestrator/think/tools.ts';

/** What is tried: a task that might be, and what its values can have come from. */
export type Tried = { readonly request: Request; readonly known: Known; readonly told: string };

/** What a person names as a file that is there; anything else is taken for the words of a note. */
const looksLikeFile = (given: string): boolean =>
  /^(\.{0,2}\/|~\/)/.test(given) || /^[^\s]+\.[a-z0-9]{1,6}$/i.test(given);

/** A file, as if it were dropped, or a text, as if it were a note in `Needs_Action`. Nothing is written. */
export async function subjectOf(given: string, vault: Vault, offers: readonly Offer[]): Promise<Result<Tried>> {
  const here = path.resolve(given);
  const inVault = path.join(vault.root, given);
  const absolute = [here, inVault].find(one => lstatOf(one)?.isFile() === true);
  if (absolute === undefined) {
    if (lstatOf(here) !== undefined || (looksLikeFile(given) && !/^https?:/i.test(given)))
      return fail('invalid', `“${given}” is no file.`, 'Name a file, or give the words of a note in quotes.');
    return ok(asNote(given.split('\n')[0]?.slice(0, 80) ?? '', given, vault, offers));
  }
  const relative = path.relative(vault.root, absolute).split(path.sep).join('/');
  const isInside = !relative.startsWith('../') && !path.isAbsolute(relative);
  if (isInside && relative.startsWith(`${FOLDERS.needsAction}/`)) {
    const note = vault.read(relative);
    const split = note.ok ? readProperties(note.value.text) : note;
    if (!split.ok) return split;
    return ok(asNote(splitExtension(path.basename(relative))[0], split.value.body, vault, offers));
  }
  return asDrop(absolute, isInside ? relative : undefined, vault, offers);
}

async function asDrop(
  absolute: string,
  relative: string | undefined,
  vault: Vault,
  offers: readonly Offer[],
): Promise<Result<Tried>> {
  const hashed = await hashFile(absolute);
  if (!hashed.ok) return hashed;
  const name = path.basename(absolute);
  const place = relative ?? `${FOLDERS.inbox}/${name}`;
  const taken = await photoDay(vault, absolute);
  const file: TaskFile = {
    ...{ path: place, name, ...hashed.value },
    modified: (lstatOf(absolute)?.mtime ?? new Date()).toISOString(),
    text: await fileText(vault, absolute, new AbortController().signal),
    ...(taken === undefined ? {} : { taken }),
  };
  const origin: Origin = { kind: 'dropped', path: place };
  const request = requestFor({ title: name, source: 'filesystem', text: '', origin, file }, vault, offers);
  const foreign: Source[] = [{ origin, text: `${name}\n${file.text}` }];
  const names = [place, name, splitExtension(name)[0]].map((text): Source => ({ origin, text }));
  return ok({
    request,
    known: { ...ownWords(vault), foreign, names, otherwise: { kind: 'rule', skill: 'Skills' } },
    told: relative === undefined ? `${name}, as if it were dropped into ${FOLDERS.inbox}` : place,
  });
}

function asNote(title: string, text: string, vault: Vault, offers: readonly Offer[]): Tried {
  const origin: Origin = { kind: 'person' };
  const request = requestFor({ title, source: 'person', text, origin, file: undefined }, vault, offers);
  const { trusted, contacts } = ownWords(vault);
  return {
    request,
    known: {
      contacts,
      trusted: [{ origin, text: `${title}\n${text}` }, ...trusted],
      ...{ foreign: [], names: [], otherwise: { kind: 'rule', skill: 'Skills' } },
    },
    told: `“${title}”, as if it were a note in ${FOLDERS.needsAction}`,
  };
}

type About = Pick<Request['task'], 'title' | 'source' | 'text' | 'origin' | 'file'>;

function requestFor(about: About, vault: Vault, offers: readonly Offer[]): Request {
  const handbook = vault.read(FILES.handbook);
  const id = taskId(about.file === undefined ? 'note' : 'file', '0'.repeat(12));
  return {
    task: { ...about, id, sender: undefined, received: new Date().toISOString() },
    handbook: handbook.ok ? handbook.value.text : '',
    ...{ skills: readSkills(vault), people: readPeople(vault), tools: offeredTools(offers) },
    ...{ exchanges: [], underway: [] },
  };
}

/** What the person’s own pages say. */
function ownWords(vault: Vault): Pick<Known, 'contacts' | 'trusted'> {
  const handbook = vault.read(FILES.handbook);
  return {
    contacts: readPeople(vault).flatMap(({ name, email, note }) =>
      [email, name].map((text): Source => ({ origin: { kind: 'contacts', note }, text })),
    ),
    trusted: [
      { origin: { kind: 'handbook' }, text: handbook.ok ? handbook.value.text : '' },
      ...readSkills(vault).map((skill): Source => ({ origin: { kind: 'rule', skill: skill.name }, text: skill.text })),
    ],
  };
}
