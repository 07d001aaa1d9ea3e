import { canonicalJson, Json } from './digest.ts';
import { fail, messageOf, ok, type Result } from './outcome.ts';

/** Deepest nesting that is read: values of ours take under five levels. */
const DEEPEST = 64;
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[[\]{}]/g;

/**
 * Reads JSON in which what is shown is what a program gets: no name stands twice in an object (the last would count, the
 * first might be read), nothing is nested beyond reason, and every text is whole Unicode, so that it has a digest.
 */
export function parseJsonStrictly(text: string): Result<Json> {
  try {
    const parsed: unknown = JSON.parse(text);
    const open: (Set<string> | undefined)[] = [];
    for (const [token, colon] of text.matchAll(TOKEN)) {
      if (token === '{') open.push(new Set());
      else if (token === '[') open.push(undefined);
      else if (token === '}' || token === ']') open.pop();
      else if (colon !== undefined) {
        const name = String(JSON.parse(token.slice(0, -colon.length)));
        if (name === '__proto__') return fail('invalid', 'A name in it is one that programs stumble over.');
        if (open.at(-1)?.has(name)) return fail('invalid', `The name “${name.slice(0, 60)}” stands twice in it.`);
        open.at(-1)?.add(name);
      }
      if (open.length > DEEPEST) return fail('invalid', `It is nested more than ${DEEPEST} deep.`);
    }
    const value = Json.safeParse(parsed);
    if (!value.success) return fail('invalid', 'It holds a number that is too large.');
    canonicalJson(value.data);
    return ok(value.data);
  } catch (error) {
    return fail('invalid', `${messageOf(error).split('\n')[0]?.slice(0, 200)}.`);
  }
}
