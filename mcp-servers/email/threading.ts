/** What makes mail programs show an answer under what it answers (RFC 5322, 3.6.4 and 3.6.5). */

/** Marks that mail programs of many languages put before the subject of an answer. */
const ANSWERED = /^(?:\s*(?:re|aw|antw|sv|vs|odp|rif|ynt|res)\s*(?:\[\d{1,3}\]|\(\d{1,3}\))?\s*:)+\s*/i;
const FORWARDED = /^(?:\s*(?:fwd?|wg|tr|rv|i)\s*:)+\s*/i;

/** More Message-IDs than this make a header that some servers refuse: the first and the last tell the thread. */
const MOST = 20;

/** The subject with one “Re: ” before it, whatever stood there. */
export const answerSubject = (subject: string): string => `Re: ${subject.replace(ANSWERED, '')}`.trim();

/** The subject with one “Fwd: ” before it. */
export const forwardSubject = (subject: string): string => `Fwd: ${subject.replace(FORWARDED, '')}`.trim();

/** The ids of the conversation, in order and each once, ended by the one that is answered. */
export function referencesTo(answered: string, before: readonly string[]): readonly string[] {
  const all = [...new Set(before.filter(id => id !== answered)), answered];
  return all.length <= MOST ? all : [...all.slice(0, 1), ...all.slice(1 - MOST)];
}
