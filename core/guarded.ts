import { randomBytes } from 'node:crypto';
import { LABEL, SecretGuard } from './secret-guard.ts';

/**
 * The guard of this process, over everything that it writes: vault, journals, messages, log, prompts. There is one, and
 * it is no parameter, so that nothing which writes can forget it. Until it is told of secrets it knows only what
 * secrets look like.
 */
type Tell = (label: string, place: string) => void;

let guard = new SecretGuard({}, { text: '', base: 1 });
let tell: Tell = () => undefined;

/** Has everything that this process writes from here on hold none of these secrets. Only one-way prints of them are kept. */
export function keepOut(secrets: Readonly<Record<string, string>>): void {
  guard = new SecretGuard(secrets, {
    text: randomBytes(32).toString('hex'),
    base: randomBytes(4).readUInt32LE() | 1,
  });
}

/** Who is told of what was left out, with the place where it would have stood. */
export function tellOf(told: Tell): void {
  tell = told;
}

/** The text without secrets. What was left out is told, where a place is named. */
export function guarded(text: string, place?: string): string {
  const cleaned = guard.clean(text);
  if (place !== undefined) for (const label of cleaned.labels) tell(label, place);
  return cleaned.text;
}

/** The same for every text in a value, but for what stands at its top under the names in `apart`. */
export function guardedDeep<T>(value: T, place: string, apart: ReadonlySet<string> = NONE): T {
  if (typeof value !== 'object' || value === null) return value;
  if (!holds(value, apart)) return value;
  const copy = structuredClone(value);
  cleanIn(copy, place, apart);
  return copy;
}

const NONE: ReadonlySet<string> = new Set();

function holds(value: unknown, apart: ReadonlySet<string>): boolean {
  if (typeof value === 'string') return guard.find(value).length > 0;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, inner]) => !apart.has(name) && (holds(name, NONE) || holds(inner, NONE)));
}

function cleanIn(value: object, place: string, apart: ReadonlySet<string>): void {
  for (const [name, inner] of Object.entries(value)) {
    if (apart.has(name)) continue;
    const known = Array.isArray(value) ? name : guarded(name, place);
    if (known !== name) Reflect.deleteProperty(value, name);
    if (typeof inner === 'string') Reflect.set(value, known, guarded(inner, place));
    else {
      if (typeof inner === 'object' && inner !== null) cleanIn(inner, place, NONE);
      if (known !== name) Reflect.set(value, known, inner);
    }
  }
}

/** What a value holds that may not be written, in words; undefined where it holds nothing of the kind. */
export function secretIn(value: unknown): string | undefined {
  if (typeof value === 'string') {
    const label = guard.find(value)[0]?.label;
    return label === undefined ? undefined : inWords(label);
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    const found = secretIn(name) ?? secretIn(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What was left out of a text before, in words. */
export function leftOutOf(text: string): string | undefined {
  const label = LABEL.exec(text)?.[0];
  return label === undefined ? undefined : inWords(label);
}

/** `the value of STEWARD_EMAIL_PASSWORD`, `what looks like a GitHub token` */
function inWords(label: string): string {
  const inside = label.slice(1, -1);
  return inside.startsWith('secret ') ? `the value of ${inside.slice('secret '.length)}` : `what ${inside}`;
}

/**
 * A text that replaces another, without secrets in what is new: whole lines that stood there before are somebody’s own
 * and stay as they are.
 */
export function guardedAgainst(before: () => string, text: string, place: string): string {
  if (guard.find(text).length === 0) return text;
  const known = new Set(before().split('\n'));
  const parts: { own: boolean; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    const own = known.has(line);
    const last = parts.at(-1);
    if (last?.own === own) last.lines.push(line);
    else parts.push({ own, lines: [line] });
  }
  return parts.map(({ own, lines }) => (own ? lines.join('\n') : guarded(lines.join('\n'), place))).join('\n');
}
