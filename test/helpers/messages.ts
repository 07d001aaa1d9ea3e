/** One plain mail, as its bytes. Every part of its head that is given takes the place of the usual one. */
export function mailOf(
  number: number | string,
  given: { head?: Readonly<Record<string, string>>; text?: string; without?: readonly string[] } = {},
): string {
  const head = {
    From: 'Bob <bob@example.test>',
    To: 'alice@example.test',
    Subject: `Number ${number}`,
    'Message-ID': `<${number}@example.test>`,
    Date: new Date().toUTCString().replace('GMT', '+0000'),
    ...given.head,
  };
  const lines = Object.entries(head).filter(([name]) => !given.without?.includes(name));
  return [...lines.map(([name, value]) => `${name}: ${value}`), '', given.text ?? `This is mail ${number}.`, ''].join(
    '\r\n',
  );
}

/** A mail with one attachment of so many bytes. */
export function mailWith(number: number | string, name: string, bytes: Uint8Array): string {
  const body = Buffer.from(bytes).toString('base64').replace(/.{76}/g, '$&\r\n');
  const text = [
    '--limit',
    'Content-Type: text/plain',
    '',
    'See what is attached.',
    '--limit',
    `Content-Type: application/octet-stream; name="${name}"`,
    `Content-Disposition: attachment; filename="${name}"`,
    'Content-Transfer-Encoding: base64',
    '',
    body,
    '--limit--',
  ].join('\r\n');
  const head = { 'MIME-Version': '1.0', 'Content-Type': 'multipart/mixed; boundary=limit' };
  return mailOf(number, { head, text });
}
