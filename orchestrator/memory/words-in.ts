import { sha256 } from '../../core/digest.ts';
import { readProperties } from '../../core/front-matter.ts';

/** What stands below a note that Steward wrote begins so; it is no part of what was remembered. */
export const FOOT = '> [!info]- Where this comes from';

/** What a note of `Memory/` says, without its properties and what Steward tells about it. */
export function wordsIn(text: string): string {
  const split = readProperties(text);
  const body = split.ok ? split.value.body : text;
  const foot = body.indexOf(`\n${FOOT}`);
  return (foot === -1 ? body : body.slice(0, foot)).trim();
}

/** The digest of those words: the same where only properties and blanks differ, as a program on its own may change them. */
export const wordsDigest = (text: string): string => sha256(wordsIn(text).replace(/\s+/g, ' '));
