import { base64, type Mails, mail, mixed, part } from './make.ts';

const file = (type: string, name: string, body = 'content', more = ''): string =>
  part(type, base64(body), `Content-Disposition: attachment; ${name}\nContent-Transfer-Encoding: base64${more}`);
const withFile = (type: string, name: string, body?: string): string =>
  mixed('mixed', [part('text/plain', 'See the file.'), file(type, name, body)]);
const word = (value: number, length: number): Buffer => {
  const made = Buffer.alloc(length);
  made.writeUIntLE(value, 0, length);
  return made;
};
const attribute = (id: number, value: Buffer): Buffer =>
  Buffer.concat([word(2, 1), word(id, 4), word(value.length, 4), value, word(0, 2)]);
const tnef = (...attributes: readonly Buffer[]): Buffer =>
  Buffer.concat([word(0x223e9f78, 4), word(1, 2), ...attributes]);
const wrapped = tnef(
  attribute(0x00069002, Buffer.alloc(14)),
  attribute(0x00018010, Buffer.from('plan.xlsx\0')),
  attribute(0x0006800f, Buffer.from('table')),
);

/** What hangs on a mail, and what protects it. */
export const files: Mails = {
  'a file': withFile('application/pdf', 'filename="Invoice.pdf"'),
  'a file without a name': withFile('application/pdf', 'x=y'),
  'a file of no type': withFile('', 'filename=thing'),
  'a file with letters in its name': withFile('application/pdf', 'filename="Grüße.pdf"'),
  'a file with an encoded word for a name': withFile('application/pdf', 'filename="=?utf-8?Q?Gr=C3=BC=C3=9Fe.pdf?="'),
  'a file with a name of RFC 2231': withFile('application/pdf', "filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%E2%82%AC.pdf"),
  'a file with a name in pieces': withFile('application/pdf', 'filename*0="Very long "; filename*1="name.pdf"'),
  'a file with a name in coded pieces': withFile(
    'application/pdf',
    "filename*0*=utf-8''Gr%C3; filename*1*=%BC%C3%9Fe; filename*2=.pdf",
  ),
  'a file with two names': withFile('application/pdf; name=old.pdf', 'filename=new.pdf'),
  'a file that leads elsewhere': withFile('text/plain', 'filename="../../.obsidian/plugins/x/main.js"'),
  'a file that leads elsewhere on Windows': withFile('text/plain', 'filename="C:\\\\Windows\\\\win.ini"'),
  'a file that would be a note': withFile('text/markdown', 'filename="note.md"', '![[Company_Handbook]]'),
  'a file that would be a board': withFile('application/json', 'filename="board.canvas"', '{}'),
  'a file with a name of markdown': withFile('application/pdf', 'filename="a]] ![[Policies]] [[b`c`.pdf"'),
  'a file with a name turned round': withFile('application/octet-stream', 'filename="Rechnung_\u202efdp.exe"'),
  'a file with a hidden name': withFile('text/plain', 'filename=".env"'),
  'a file with a name of blanks': withFile('text/plain', 'filename="   "'),
  'a file with a name as long as a page': withFile('application/pdf', `filename="${'n'.repeat(1000)}.pdf"`),
  'a program': withFile('application/octet-stream', 'filename="setup.exe"'),
  'a program that is called an invoice': withFile('application/pdf', 'filename="invoice.pdf.exe"'),
  'a table with macros': withFile('application/vnd.ms-excel', 'filename="prices.xlsm"'),
  'a web page as a file': withFile('text/html', 'filename="login.html"', '<form>'),
  'a file of nothing': withFile('application/pdf', 'filename="empty.pdf"', ''),
  'the same file twice': mixed('mixed', [
    part('text/plain', 'twice'),
    file('application/pdf', 'filename=a.pdf'),
    file('application/pdf', 'filename=a.pdf'),
  ]),
  'the same bytes under two names': mixed('mixed', [
    part('text/plain', 'twice'),
    file('application/pdf', 'filename=a.pdf'),
    file('application/pdf', 'filename=b.pdf'),
  ]),
  'forty files': mixed('mixed', [
    part('text/plain', 'many'),
    ...Array.from({ length: 40 }, (_, at) => file('image/jpeg', `filename=photo${at}.jpg`, `photo ${at}`)),
  ]),
  'a hundred and fifty files': mixed('mixed', [
    part('text/plain', 'many'),
    ...Array.from({ length: 150 }, (_, at) => file('image/jpeg', `filename=p${at}.jpg`, `p ${at}`)),
  ]),
  'a file and no text': mixed('mixed', [file('application/pdf', 'filename=scan.pdf')]),
  'a mail that is a file': mail(
    'Content-Type: application/pdf; name=scan.pdf\nContent-Transfer-Encoding: base64',
    base64('%PDF'),
  ),
  'a picture that is a mail': mail('Content-Type: image/jpeg\nContent-Transfer-Encoding: base64', base64('jpeg')),
  'a text that is a file': mixed('mixed', [
    part('text/plain', 'the text'),
    part('text/plain; name=log.txt', 'a log', 'Content-Disposition: inline; filename=log.txt'),
  ]),
  'a contact': withFile('text/vcard', 'filename=anna.vcf', 'BEGIN:VCARD\nFN:Anna\nEND:VCARD'),
  'a mail as a file': mixed('mixed', [
    part('text/plain', 'see'),
    part('message/rfc822', mail('Subject: inner', 'x'), 'Content-Disposition: attachment; filename="old mail.eml"'),
  ]),
  'a winmail.dat': mixed('mixed', [
    part('text/plain', 'from Outlook'),
    part('application/ms-tnef; name=winmail.dat', base64(wrapped), 'Content-Transfer-Encoding: base64'),
  ]),
  'a winmail.dat without a file': mixed('mixed', [
    part('text/plain', 'from Outlook'),
    part('application/ms-tnef; name=winmail.dat', base64(tnef()), 'Content-Transfer-Encoding: base64'),
  ]),
  'a winmail.dat that is damaged': mixed('mixed', [
    part('application/ms-tnef; name=winmail.dat', base64(wrapped.subarray(0, 30)), 'Content-Transfer-Encoding: base64'),
  ]),
  'a winmail.dat that is none': mixed('mixed', [
    part('application/octet-stream; name=winmail.dat', 'bm90aGluZw==', 'Content-Transfer-Encoding: base64'),
  ]),
  'signed with PGP': mixed('signed; micalg=pgp-sha256; protocol="application/pgp-signature"', [
    part('text/plain', 'Signed words.'),
    part('application/pgp-signature; name=signature.asc', '-----BEGIN PGP SIGNATURE-----'),
  ]),
  'signed with S/MIME': mixed('signed; protocol="application/pkcs7-signature"', [
    part('text/plain', 'Signed words.'),
    part('application/pkcs7-signature; name=smime.p7s', 'MIIB', 'Content-Transfer-Encoding: base64'),
  ]),
  'signed in a form that nobody can read': mail(
    'Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\nContent-Transfer-Encoding: base64',
    'MIIB',
  ),
  'signed within the text': mail(
    '',
    '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nSigned words.\n-----BEGIN PGP SIGNATURE-----\nabc\n-----END PGP SIGNATURE-----',
  ),
  'encrypted with PGP': mixed('encrypted; protocol="application/pgp-encrypted"', [
    part('application/pgp-encrypted', 'Version: 1'),
    part('application/octet-stream; name=encrypted.asc', '-----BEGIN PGP MESSAGE-----'),
  ]),
  'encrypted with S/MIME': mail(
    'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\nContent-Transfer-Encoding: base64',
    'MIIB',
  ),
  'encrypted within the text': mail('', '-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----'),
};
