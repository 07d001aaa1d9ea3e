import { about, base64, type Mails, mail, mixed, part, raw } from './make.ts';

/** Words in the letters that they are said to be written in, as base64. */
const WRITTEN: Readonly<Record<string, string>> = {
  'us-ascii': 'UGxhaW4gd29yZHMsIG5vdGhpbmcgbW9yZS4=',
  'utf-8': 'R3LDvMOfZSBhdXMgWsO8cmljaCDigJMgMTAg4oKsIGbDvHIgxYHDs2TFuiwg5p2x5LqsIHVuZCDwn46J',
  'iso-8859-1': 'R3L832UgYXVzIFr8cmljaCwg52EgdmE/',
  'iso-8859-2': 'WmG/87PmIGfqtmyxIGphvPEsIHD47WxpuSC+bHW7b3Xoa/0ga/ny',
  'iso-8859-5': 'v+DY0tXiLCDa0Nog1NXb0D8=',
  'iso-8859-7': 'yuHr5+zd8eEg8+Ug/Ovv9fI=',
  'iso-8859-9': 'R/xuYXlk/W4sIP72eWxlIGL2eWxl',
  'iso-8859-15': 'UHJlaXM6IDEwIKQgZvxyILx1dnJl',
  'windows-1250': 'UPjtbGmaIJ5sdZ1vdehr/SBr+fIgliCE+nDsbJM=',
  'windows-1251': 'x+Tw4OLx8uLz6fLlLCDx97jyIOLuIOLr7ubl7ejo',
  'windows-1252': 'k1NtYXJ0IHF1b3Rlc5QgliBhbmQgMTAggCCF',
  'windows-1253': 'yuHr5+zd8eEgliCE7eHpkw==',
  'windows-1254': 'R/xuYXlk/W4gliCT/vZ5bGWU',
  'windows-1255': '+ezl7SDs6+Xs7Q==',
  'windows-1256': '49HNyMcgyN/j',
  'windows-1257': 'TGFiYXMgcnl0YXMsIGHoafsgliDw4XZha2Fy',
  'windows-1258': 'WGluIGNo4G8=',
  'koi8-r': '8NLJ18XUIMnaIO3P08vX2Q==',
  'koi8-u': '8NLJ16bUINog68mk18E=',
  macintosh: 'R3Kfp2Ugdm9tIE1hYyDQII1hIHZh',
  'iso-2022-jp': 'GyRCJCpAJE9DJEskSiRDJEYkKiRqJF4kOSEjOCtAUT1xJHJBdyRqJF4kOSEjGyhC',
  shift_jis: 'jKmQz4+RgvCRl4LogtyCt4FCguaC64K1gq2BQg==',
  cp932: 'h0CMqZDPj5GHQZC/i4GPkQ==',
  'euc-jp': 'uKvA0b3xpPLB96TqpN6kuaGj',
  gb2312: 'xPq6w6OsuL28/srHt6LGsaGj',
  gbk: 'xPq6w6OsuL28/srHsGzGsaGj',
  gb18030: 'xPq6w6OsuL28/srHt6LGsaGjlTKCNg==',
  big5: 'sXqmbqFBqv6l86xPtW+yvKFD',
  'euc-kr': 'vsiz58fPvLy/5CwgsN/A+7ytuKYgurizwLTPtNku',
  'ks_c_5601-1987': 'vsiz58fPvLy/5CwgjGO55rCix88=',
  'utf-16le': 'VQBUAEYALQAxADYAIABvAGgAbgBlACAATQBhAHIAawBlADoAIABnAHIA/ADfAGUA',
  'utf-16': '//5VAFQARgAtADEANgAgAG0AaQB0ACAATQBhAHIAawBlADoAIABnAHIA/ADfAGUA',
  'utf-7': 'R3IrQVB3QTN3LWUgKy0gbWVociBpbiBVVEYtNw==',
};

const text = (charset: string, body: string, more = 'base64'): string =>
  mail(
    `Subject: In ${charset}\nContent-Type: text/plain; charset=${charset}\nContent-Transfer-Encoding: ${more}`,
    body,
  );

const told = Object.fromEntries(
  Object.entries(WRITTEN).map(([charset, body]) => [`written in ${charset}`, text(charset, body)]),
);

/** What is said of the letters is wrong, missing or unheard of. */
export const charsets: Mails = {
  ...told,
  'a charset in capitals and quotes': text('"UTF-8"', base64('Grüße')),
  'a charset with blanks around it': text('" utf-8 "', base64('Grüße')),
  'a charset named with cs before it': text('csISOLatin1', 'R3L832U='),
  'no charset, and letters of Western Windows': raw(
    'From: petra@lindenhof.example\nSubject: Gr\xfc\xdfe\n\nSch\xf6ne Gr\xfc\xdfe \x96 10 \x80\n',
  ),
  'no charset, and UTF-8': mail('Subject: Grüße', 'Schöne Grüße – 10 €'),
  'no charset, and Japanese of seven bits': raw('From: a@b.example\nSubject: \x1b$B8+@Q\x1b(B\n\n\x1b$B8+@Q=q\x1b(B\n'),
  'said to be UTF-8, and is Western Windows': text('utf-8', 'R3L832UgYXVzIFr8cmljaA=='),
  'said to be UTF-8, with one wrong byte': text(
    'utf-8',
    Buffer.concat([Buffer.from('Grüße aus Zürich und K'), Buffer.from([0xf6]), Buffer.from('ln')]).toString('base64'),
  ),
  'said to be UTF-8, and cut in a letter': text(
    'utf-8',
    Buffer.from('Grüße und ein Ü').subarray(0, -1).toString('base64'),
  ),
  'said to be Latin, and is UTF-8': text('iso-8859-1', base64('Grüße – 10 €')),
  'said to be ASCII, and is UTF-8': text('us-ascii', base64('Grüße – 10 €')),
  'said to be ASCII, and is Western Windows': text('us-ascii', 'R3L832U='),
  'letters that nobody knows': text('x-klingon', base64('Grüße aus nirgendwo')),
  'letters that nobody knows, and no UTF-8': text('ebcdic-cp-us', 'yIWTk5Y='),
  'a charset that is no word': text('"=?utf-8?Q?x?="', base64('Grüße')),
  'a charset as long as a line': text('x'.repeat(2000), base64('Grüße')),
  'a charset with a backtick and a link': text('"`[x](https://evil.test)"', base64('Grüße')),
  'the unknown charset of old gateways': text('unknown-8bit', base64('Grüße')),
  'Chinese that begins with an escape of HZ': text('hz-gb-2312', base64('~{<:Ky2;~}')),
  'Korean of seven bits, which browsers refuse': text('iso-2022-kr', base64('\x1b$)C\x0e>H3g\x0f')),
  'UTF-8 with a mark at the beginning': text('utf-8', base64('\ufeffHallo')),
  'UTF-8 that was encoded twice': text('utf-8', base64(Buffer.from('Grüße').toString('latin1'))),
  'UTF-8 with half characters': text('utf-8', Buffer.from([0x61, 0xed, 0xa0, 0x80, 0x62]).toString('base64')),
  'UTF-7 that hides a script': text('utf-7', '+ADw-script+AD4-alert(1)+ADw-/script+AD4-', '7bit'),
  'UTF-7 that never ends': text('utf-7', '+ADwA', '7bit'),
  'bytes of zero in the text': raw('From: a@b.example\nSubject: zero\n\none\x00two\x00\x00three\n'),
  'bytes of zero in the head': raw('From: a\x00@b.example\nSub\x00ject: x\nSubject: one\x00two\n\ntext\n'),
  'all bytes there are': raw(
    `From: a@b.example\nSubject: all\n\n${String.fromCharCode(...Array.from({ length: 256 }, (_, at) => at))}\n`,
  ),
  'two parts in different letters': mixed('mixed', [
    part('text/plain; charset=windows-1251', 'z/Do4uXy', 'Content-Transfer-Encoding: base64'),
    part('text/plain; charset=iso-8859-7', 'yuHr5+zd8eE=', 'Content-Transfer-Encoding: base64'),
  ]),
  'a page that names other letters than its part': mail(
    'Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64',
    base64('<meta charset="windows-1251"><p>Grüße</p>'),
  ),
  'signs that cannot be seen': about(
    'in\u200bvis\u00adib\u2060le',
    'pay\u200bpal.exa\u200bmple and e\u00advil, \u3164\u2800blank',
  ),
  'letters of other alphabets that look the same': mail(
    'From: Paypal <service@p\u0430ypal.example>',
    'Your \u0430ccount',
  ),
  'smileys, families and flags': about('🎉 done 👩‍👩‍👧', 'Well done 👩‍💻 ❤️ 🇪🇺 1️⃣'),
  'combining marks by the hundred': about(`Z${'\u0301'.repeat(300)}`, `a${'\u0310'.repeat(3000)}b`),
  'Arabic with a name turned round': mail(
    'From: \u202eelpmaxe.live@koobecaf\u202c <x@evil.test>',
    'مرحبا \u202eabc\u202c',
  ),
};
