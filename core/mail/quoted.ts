/** Lines that say “what follows is the mail that this one answers”, as the common mail programs write them. */
const RULE = /^[-_]{2,20} ?[^-_\n]{3,60} ?[-_]{2,20}$/;
const HEAD = /^\**(?:From|Von|De|Da|Van|Sent|Gesendet|Envoyé|Date|Datum|To|An|À|A|Cc|Subject|Betreff|Objet|Oggetto):/i;
/** Characters of a line that are looked at. */
const LOOKED_AT = 300;

/**
 * The words of a mail with the history that it quotes marked: each such line begins with `> `. What is already marked so
 * stays as it is; what Outlook and others put below a rule or below a head of their own reaches to the end.
 */
export function markQuoted(text: string): string {
  const lines = text.split('\n');
  let isHistory = false;
  return lines
    .map((line, at) => {
      isHistory ||= beginsHistory(lines, at);
      if (!isHistory || line.startsWith('>')) return line;
      return line === '' ? '>' : `> ${line}`;
    })
    .join('\n');
}

/** Whether the mail that this one answers begins in this line. */
export function beginsHistory(lines: readonly string[], at: number): boolean {
  const line = lineAt(lines, at);
  if (RULE.test(line) && /[a-zà-ÿ]/i.test(line))
    return HEAD.test(lineAt(lines, at + 1)) || HEAD.test(lineAt(lines, at + 2));
  // Three lines of a head in a row are no accident: “To:” alone may stand in any letter.
  return HEAD.test(line) && HEAD.test(lineAt(lines, at + 1)) && HEAD.test(lineAt(lines, at + 2));
}

const lineAt = (lines: readonly string[], at: number): string => (lines[at] ?? '').slice(0, LOOKED_AT).trim();
