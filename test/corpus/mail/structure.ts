import { about, base64, type Mails, mail, mixed, multipart, part, raw } from './make.ts';

const plain = (text: string): string => part('text/plain; charset=utf-8', text);
const html = (text: string): string => part('text/html; charset=utf-8', text);
const nested = (depth: number, end: string): string =>
  depth === 0 ? plain(end) : multipart('mixed', [nested(depth - 1, end)], `b${depth}`);

/** How a mail is put together: parts, boundaries, ways of travelling, mails within mails. */
export const structure: Mails = {
  'words and a page, the same': mixed('alternative', [plain('The same words.'), html('<p>The same words.</p>')]),
  'words and a page that say different things': mixed('alternative', [
    plain(
      'Dear team, please find attached the minutes of our meeting about gardening, trees, flowers, watering plans and seasonal planting schedules.',
    ),
    html(
      '<p>Urgent: your account will be closed tomorrow unless you confirm your password, credit card number, birthday and mother’s maiden name immediately.</p>',
    ),
  ]),
  'a page before the words': mixed('alternative', [html('<p>The page.</p>'), plain('The words.')]),
  'words and an empty page': mixed('alternative', [plain('Only words.'), html('<html><body></body></html>')]),
  'words and a page of one picture': mixed('alternative', [
    plain('Only words.'),
    html('<img src="https://shop.example/all.png">'),
  ]),
  'an alternative of nothing': mixed('alternative', []),
  'a page for mail programs that run it': mixed('alternative', [
    plain('words'),
    part('text/x-amp-html', '<html amp4email></html>'),
    html('<p>page</p>'),
  ]),
  'a page with its pictures': mixed('related', [
    html('<p>See <img src="cid:1" alt="the garden"></p>'),
    part(
      'image/png; name=garden.png',
      base64('png'.repeat(9000)),
      'Content-ID: <1>\nContent-Transfer-Encoding: base64',
    ),
  ]),
  'a page with a logo': mixed('related', [
    html('<p>Hello</p><img src="cid:1">'),
    part('image/png', base64('png'), 'Content-ID: <1>\nContent-Transfer-Encoding: base64'),
  ]),
  'words before and after a file': mixed('mixed', [
    plain('before'),
    part('application/pdf; name=a.pdf', 'pdf'),
    plain('after'),
  ]),
  'two pages one after the other': mixed('mixed', [html('<p>one</p>'), html('<p>two</p>')]),
  'alternative in related in mixed': mixed(
    'mixed',
    [multipart('related', [multipart('alternative', [plain('words'), html('<b>page</b>')], 'c3')], 'c2')],
    '',
    'c1',
  ),
  'related in alternative': mixed(
    'alternative',
    [plain('words'), multipart('related', [html('<p>page</p>')], 'c2')],
    '',
    'c1',
  ),
  'twenty parts deep': mail('', '').replace('\n\n', `\n${nested(20, 'down here')}`),
  'a hundred parts deep': mail('', '').replace('\n\n', `\n${nested(100, 'too far down')}`),
  'a thousand parts and more': mixed(
    'mixed',
    Array.from({ length: 1300 }, (_, at) => part('application/x-bit', `${at}`)),
  ),
  'a boundary that is not named': mail(
    'Content-Type: multipart/mixed',
    '--found\nContent-Type: text/plain\n\nhere it is\n--found--\n',
  ),
  'a boundary that is named and not there': mail('Content-Type: multipart/mixed; boundary=nowhere', 'just text'),
  'a boundary that is named wrongly': mail(
    'Content-Type: multipart/mixed; boundary=other',
    '--real\nContent-Type: text/plain\n\nfirst\n--real\nContent-Type: text/plain\n\nsecond\n--real--\n',
  ),
  'a boundary of nothing': mail('Content-Type: multipart/mixed; boundary=""', '--\n\nx\n----\n'),
  'a boundary with blanks behind it': mail(
    'Content-Type: multipart/mixed; boundary=b',
    '--b   \n\nfirst\n--b\t\n\nsecond\n--b--  \n',
  ),
  'a boundary that begins another': mail(
    'Content-Type: multipart/mixed; boundary=b',
    '--b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\ninner\n--bb--\n--b\n\nouter\n--b--\n',
  ),
  'the same boundary within itself': mail(
    'Content-Type: multipart/mixed; boundary=b',
    '--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nwhere\n--b--\n',
  ),
  'a boundary in quotes with signs': mail(
    'Content-Type: multipart/mixed; boundary="=_a(b)+c,d/e:f?"',
    '--=_a(b)+c,d/e:f?\n\nfound\n--=_a(b)+c,d/e:f?--\n',
  ),
  'a mail that ends in a part': mail('Content-Type: multipart/mixed; boundary=b', '--b\n\nit breaks o'),
  'a file that breaks off': mail(
    'Content-Type: multipart/mixed; boundary=b',
    '--b\n\ntext\n--b\nContent-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0xLj',
  ),
  'text before the first and behind the last part': mail(
    'Content-Type: multipart/mixed; boundary=b',
    'not shown\n--b\n\nshown\n--b--\nnot shown\n',
  ),
  'a part without a head': mail('Content-Type: multipart/mixed; boundary=b', '--b\n\nno head\n--b--\n'),
  'a part with a head and no body': mail(
    'Content-Type: multipart/mixed; boundary=b',
    '--b\nContent-Type: text/plain\n--b--\n',
  ),
  'a type that is none': mail('Content-Type: nonsense', 'text all the same'),
  'a type without its half': mail('Content-Type: text', 'text all the same'),
  'a type of nothing but signs': mail('Content-Type: ;;;===', 'text all the same'),
  'one text with a name of its own': mail('Content-Type: text/plain; name="body.txt"', 'text all the same'),
  'a type in capitals': mail('CONTENT-TYPE: TEXT/HTML; CHARSET=UTF-8', '<P>LOUD</P>'),
  'a type with a comment': mail('Content-Type: text/plain (really); charset=utf-8', 'x'),
  'text of a kind that nobody knows': mail('Content-Type: text/x-unheard-of', 'what is it'),
  'text with marks of 1996': mail('Content-Type: text/enriched', '<bold>Hello</bold> <param>red</param>there <<b>'),
  markdown: mail('Content-Type: text/markdown', '# Title\n\n![x](https://evil.test) [[y]]'),
  'a page said to be words': mail('Content-Type: text/plain', '<html><body><p>Not <b>rendered</b></p></body></html>'),
  'words said to be a page': mail('Content-Type: text/html', 'a < b and c > d & e\nnext line'),
  'quoted-printable': mail(
    'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable',
    'Gr=C3=BC=C3=9Fe, a line that goes =\non here =3D and a blank=20\n',
  ),
  'quoted-printable with wrong codes': mail(
    'Content-Transfer-Encoding: quoted-printable',
    'a=ZZ b=4 c= d\n=\n==41 end=',
  ),
  'base64 with signs between': mail('Content-Transfer-Encoding: base64', 'SGVs*bG8g\n dGhlcmU='),
  'base64 with an end in the middle': mail('Content-Transfer-Encoding: base64', 'SGVsbG8=\nIHRoZXJl\n'),
  'base64 and then words of a list': mail(
    'Content-Transfer-Encoding: base64',
    `${base64('Hello there')}\n\n--\nfooter of a list`,
  ),
  'a way of travelling that nobody knows': mail('Content-Transfer-Encoding: x-rot13', 'Uryyb'),
  'a way of travelling with a comment': mail('Content-Transfer-Encoding: (old) "base64"', base64('Hello')),
  'format flowed': mail(
    'Content-Type: text/plain; format=flowed',
    'A line that goes \non and \non.\n> quoted that \n> goes on\n>> deeper\n-- \nPetra',
  ),
  'format flowed with delsp': mail('Content-Type: text/plain; format=flowed; delsp=yes', 'unbe \nlievable'),
  'format flowed with stuffed lines': mail('Content-Type: text/plain; format=flowed', ' >not quoted\n From me'),
  'a mail within a mail': mixed('mixed', [
    plain('see below'),
    part('message/rfc822', mail('From: Bo <bo@olsen.test>\nSubject: the inner one', 'inner text')),
  ]),
  'a mail within a mail and nothing else': mail(
    'Content-Type: message/rfc822',
    mail('From: Bo <bo@olsen.test>\nSubject: the inner one', 'inner text'),
  ),
  'a mail within a mail, in base64': mixed('mixed', [
    part('message/rfc822', base64(mail('Subject: coded', 'inner text')), 'Content-Transfer-Encoding: base64'),
  ]),
  'mails within mails': mail(
    'Content-Type: message/rfc822',
    mail('Content-Type: message/rfc822', mail('Subject: three down', 'deep text')),
  ),
  'a digest of mails': mixed('digest', [`\n${mail('Subject: first', 'one')}`, `\n${mail('Subject: second', 'two')}`]),
  'a mail in pieces': mail('Content-Type: message/partial; id="p1@a.example"; number=2; total=3', 'the middle'),
  'a body that lies elsewhere': mail(
    'Content-Type: message/external-body; access-type=URL; URL="https://evil.test/x"',
    'Content-Type: text/plain\n\n',
  ),
  'a form of the web': mixed('form-data', [
    part('text/plain', 'value', 'Content-Disposition: form-data; name="field"'),
  ]),
  'no version of MIME': raw('From: a@b.example\nSubject: old\nContent-Type: text/html\n\n<p>still a page</p>\n'),
  'a text of half a megabyte': about('long', `${'All work and no play makes a dull day. '.repeat(20)}\n`.repeat(640)),
  'a text of one line without an end': about('one line', 'word '.repeat(20_000)),
  'a text of one word without an end': about('one word', 'w'.repeat(100_000)),
  'ten thousand short lines': about('lines', 'x\n'.repeat(10_000)),
  'nothing but line ends': about('empty lines', '\n'.repeat(5000)),
};
