/** Lines that say “what follows is the mail that this one answers”, as the common mail programs write them. */
const RULE = /^[-_]{2,20} ?[^-_\n]{3,60} ?[-_]{2,20}$/;
const HEAD = new RegExp(
  `^\\**(?:${[
    ...['From', 'Sent', 'Date', 'To', 'Cc', 'Subject', 'Von', 'Gesendet', 'Datum', 'An', 'Betreff'],
    ...['De', 'Envoyé', 'À', 'A', 'Objet', 'Enviado', 'Fecha', 'Para', 'Asunto', 'Assunto', 'Da', 'Inviato', 'Oggetto'],
    ...['Van', 'Verzonden', 'Aan', 'Onderwerp', 'Od', 'Wysłano', 'Do', 'Temat', 'Från', 'Skickat', 'Till', 'Ämne'],
    ...[
      'Fra',
      'Sendt',
      'Til',
      'Emne',
      'Lähettäjä',
      'Lähetetty',
      'Vastaanottaja',
      'Aihe',
      'От',
      'Отправлено',
      'Кому',
      'Тема',
    ],
    ...[
      'Odesláno',
      'Komu',
      'Předmět',
      'Feladó',
      'Elküldve',
      'Címzett',
      'Tárgy',
      'Gönderen',
      'Gönderildi',
      'Kime',
      'Konu',
    ],
    ...['发件人', '发送时间', '收件人', '主题', '差出人', '送信日時', '宛先', '件名'],
  ].join('|')}) ?[:：]`,
  'i',
);
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
