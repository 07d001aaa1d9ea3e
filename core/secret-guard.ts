import { shorten } from './bounded.ts';
import { sha256 } from './digest.ts';
import { formsOf, SHORTEST_GUARDED } from './secret-forms.ts';
import { PATTERNS } from './secret-patterns.ts';

/**
 * Knows secrets without holding them, and finds them in a text: each form of each value by its length, a rolling hash
 * of its end and a salted SHA-256 of the whole. Besides, it takes for a secret what looks like one. Pure.
 */
type Print = { readonly name: string; readonly length: number; readonly sha256: string };

/** Drawn anew in each process: prints of two processes cannot be compared. */
export type Salt = { readonly text: string /** Odd, 32 bits: the base of the rolling hash. */; readonly base: number };

export type Found = {
  /** What stands in its place: `[secret NAME]`, or `[looks like a …]`. */
  readonly label: string;
  readonly from: number;
  readonly to: number;
};

const WINDOW = SHORTEST_GUARDED;
/** Characters from which on it is worth remembering that a text is clean, and how many such texts are. */
const LONG = 1000;
const MOST_CLEAN = 100;
/** Entries of the first sieve, by the upper bits of the rolling hash. */
const SIEVE_BITS = 16;

/** How what was left out is marked: to be recognised again where a value may not be changed without a word. */
export const LABEL = /\[(?:secret [A-Z0-9_]{1,80}|looks like an? [A-Za-z0-9 ]{1,40})\]/;

export class SecretGuard {
  readonly #prints = new Map<number, Print[]>();
  readonly #sieve = new Uint8Array(1 << SIEVE_BITS);
  /** Long texts in which nothing was found: skills and pages of the vault are shown again with every turn. */
  readonly #clean = new Set<string>();
  readonly #salt: Salt;
  /** What leaves the window is worth this much. */
  readonly #last: number;

  constructor(secrets: Readonly<Record<string, string>>, salt: Salt) {
    this.#salt = salt;
    let last = 1;
    for (let power = 1; power < WINDOW; power += 1) last = Math.imul(last, salt.base);
    this.#last = last;
    for (const [name, value] of Object.entries(secrets)) {
      if (value.length < SHORTEST_GUARDED) continue;
      for (const form of formsOf(value)) if (form.length >= WINDOW) this.#learn(name, form);
    }
    // The longest first: where one form holds another, the whole of it goes.
    for (const prints of this.#prints.values()) prints.sort((a, b) => b.length - a.length);
  }

  #learn(name: string, form: string): void {
    let hash = 0;
    // By its end: beginnings such as `sk-ant-` are known to everybody, who could have us compare them without end.
    for (let at = form.length - WINDOW; at < form.length; at += 1)
      hash = (Math.imul(hash, this.#salt.base) + form.charCodeAt(at)) | 0;
    const prints = this.#prints.get(hash) ?? [];
    prints.push({ name, length: form.length, sha256: sha256(this.#salt.text + form) });
    this.#prints.set(hash, prints);
    this.#sieve[hash >>> (32 - SIEVE_BITS)] = 1;
  }

  /** Every secret in a text, in order, none overlapping. Values of fewer than SHORTEST_GUARDED characters are not looked for. */
  find(text: string): readonly Found[] {
    // Shorter than any form of a secret, and than anything that looks like one: most names of properties.
    if (text.length < WINDOW) return [];
    if (text.length < LONG) return this.#look(text);
    if (this.#clean.has(text)) return [];
    const found = this.#look(text);
    if (found.length > 0) return found;
    this.#clean.add(text);
    shorten(this.#clean, MOST_CLEAN);
    return found;
  }

  #look(text: string): readonly Found[] {
    const found = [...this.#known(text), ...looksLike(text)].sort((a, b) => a.from - b.from || b.to - a.to);
    const apart: Found[] = [];
    for (const one of found) {
      const before = apart.at(-1);
      if (before === undefined || one.from >= before.to) apart.push(one);
      else if (one.to > before.to) apart[apart.length - 1] = { ...before, to: one.to };
    }
    return apart;
  }

  #known(text: string): readonly Found[] {
    if (this.#prints.size === 0 || text.length < WINDOW) return [];
    const found: Found[] = [];
    const { base } = this.#salt;
    let hash = 0;
    for (let at = 0; at < WINDOW - 1; at += 1) hash = (Math.imul(hash, base) + text.charCodeAt(at)) | 0;
    for (let end = WINDOW - 1; end < text.length; end += 1) {
      hash = (Math.imul(hash, base) + text.charCodeAt(end)) | 0;
      if (this.#sieve[hash >>> (32 - SIEVE_BITS)] === 1) {
        const print = this.#prints.get(hash)?.find(one => this.#endsAt(text, end + 1, one));
        if (print !== undefined)
          found.push({ label: `[secret ${print.name}]`, from: end + 1 - print.length, to: end + 1 });
      }
      hash = (hash - Math.imul(text.charCodeAt(end - WINDOW + 1), this.#last)) | 0;
    }
    return found;
  }

  #endsAt(text: string, to: number, { length, sha256: digest }: Print): boolean {
    return length <= to && sha256(this.#salt.text + text.slice(to - length, to)) === digest;
  }

  /** The text with every secret replaced by its label, and the labels of what was found, each once. */
  clean(text: string): { readonly text: string; readonly labels: readonly string[] } {
    const found = this.find(text);
    if (found.length === 0) return { text, labels: [] };
    let cleaned = '';
    let at = 0;
    for (const { label, from, to } of found) {
      cleaned += text.slice(at, from) + label;
      at = to;
    }
    return { text: cleaned + text.slice(at), labels: [...new Set(found.map(({ label }) => label))] };
  }
}

function looksLike(text: string): readonly Found[] {
  const found: Found[] = [];
  for (const { kind, needs, pattern } of PATTERNS) {
    if (!needs.some(needed => text.includes(needed))) continue;
    for (const match of text.matchAll(pattern)) {
      const [whole, part] = match;
      const inside = part === undefined ? 0 : whole.lastIndexOf(part);
      const from = match.index + inside;
      found.push({ label: `[looks like ${kind}]`, from, to: from + (part ?? whole).length });
    }
  }
  return found;
}
