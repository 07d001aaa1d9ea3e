/** A subject short enough for a title. */
export const clipped = (subject: string): string =>
  subject.length > 100 ? `${[...subject].slice(0, 99).join('')}…` : subject;

export function titled(what: string, to: readonly string[]): string {
  const whom = to.length === 0 ? 'nobody yet' : to.slice(0, 3).join(', ');
  const more = to.length > 3 ? ` and ${to.length - 3} more` : '';
  return `${what} to ${whom}${more}`.slice(0, 300).toWellFormed();
}
