import { isPlain } from '../../../core/inert.ts';

/**
 * What a condition is asked for. A rule that loosens (green, yellow) must be sure: whatever is in doubt does not fit
 * it. What tightens (red, a signature, a cap, the never list) fits where there is a doubt.
 */
export type Side = 'loosens' | 'tightens';

/** Whether a text is what a glob says: `*` stands for any run of characters, everything else for itself. */
export function globFits(glob: string, text: string): boolean {
  const [start = '', ...rest] = glob.split('*');
  const end = rest.pop();
  if (end === undefined) return text === glob;
  if (!text.startsWith(start)) return false;
  let at = start.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.slice(at).endsWith(end);
}

/** Whether a text is what one of several globs says, by the side that is asked. */
export function textFits(globs: readonly string[], text: string, side: Side): boolean {
  if (side === 'loosens') return isPlain(text) && !climbs(text) && globs.some(glob => surelyFits(glob, text));
  const alike = folded(text);
  return globs.some(glob => globFits(glob, text) || globFits(folded(glob), alike));
}

/** A text as it is compared where a doubt counts: unicode form, case and invisible characters do not matter. */
export function folded(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\p{C}\p{DI}]/gu, '')
    .toLowerCase();
}

/** Whether a path leads upwards, out of the folder that a glob names. */
const climbs = (text: string): boolean => text.split(/[\\/]/).includes('..');

/** What would make one value out of several addresses, or hide one behind another. */
const NOT_IN_AN_ADDRESS = [' ', ',', ';', ':', '<', '>', '"', '(', ')', '\n'] as const;

function surelyFits(glob: string, text: string): boolean {
  const address = placeOf(glob);
  if (address !== undefined) {
    const given = placeOf(text);
    return (
      given !== undefined &&
      !given.host.includes('@') &&
      globFits(address.host, given.host) &&
      globFits(address.rest, given.rest)
    );
  }
  if (glob.includes('@') && !isOneAddress(text)) return false;
  return globFits(glob, text);
}

const isOneAddress = (text: string): boolean =>
  text.split('@').length === 2 && !NOT_IN_AN_ADDRESS.some(character => text.includes(character));

/** A URL as scheme with host, and the rest: a `*` for the host reaches no further than the host (RFC 3986, 3.2). */
function placeOf(text: string): { readonly host: string; readonly rest: string } | undefined {
  const host = /^[a-z*][a-z0-9+.*-]*:\/\/[^/?#\\]*/.exec(text)?.[0];
  return host === undefined ? undefined : { host, rest: text.slice(host.length) };
}
