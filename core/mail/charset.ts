/**
 * Bytes of a mail as text. What a mail says of its letters is often missing or wrong, so what it says is held against
 * the bytes. `doubt` says why the text may not be what was written.
 */
export type Decoded = { readonly text: string; readonly doubt?: 'unknown' | 'damaged' | 'guessed' };

/** Names that mails use and the Encoding Standard does not. */
const ALIASES: Readonly<Record<string, string>> = {
  cp932: 'shift_jis',
  cp936: 'gbk',
  cp949: 'euc-kr',
  cp950: 'big5',
  cp1252: 'windows-1252',
  'iso-8859-8-e': 'iso-8859-8',
  'iso-2022-jp-1': 'iso-2022-jp',
  'iso-2022-jp-2': 'iso-2022-jp',
  'iso-2022-jp-ms': 'iso-2022-jp',
  'x-euc-jp': 'euc-jp',
  'x-gbk': 'gbk',
  utf8mb4: 'utf-8',
  utf: 'utf-8',
};
/** Alphabets of one byte a letter: text that is valid UTF-8 and not ASCII is never by accident so. */
const ONE_BYTE = /^(?:windows-125\d|iso-8859-\d+|macintosh|koi8-[ru])$/;
const SEVERAL_BYTES = /^(?:big5|euc-|gb|shift_jis|iso-2022)/;
const SAYS_NOTHING =
  /^(?:|us-ascii|ascii|ansi_x3\.4-1968|unknown-8bit|x-unknown|unknown|default|_autodetect.*|8bit|binary)$/;

type Decoder = { readonly encoding: string; readonly decode: (bytes: Uint8Array) => string };

const decoders = new Map<string, Decoder | undefined>();

function decoderFor(label: string): Decoder | undefined {
  if (decoders.has(label)) return decoders.get(label);
  let found: Decoder | undefined;
  try {
    found = new TextDecoder(ALIASES[label] ?? label);
  } catch {
    found = undefined;
  }
  // A mail makes up as many names as it likes.
  if (decoders.size < 500) decoders.set(label, found);
  return found;
}

/** The text of bytes that are said to be written in `label` (RFC 2045 `charset`; undefined where nothing is said). */
export function decodeText(bytes: Uint8Array, label: string | undefined): Decoded {
  const named = (label ?? '').trim().toLowerCase().slice(0, 60);
  const byItself = byMark(bytes);
  if (byItself !== undefined) return byItself;
  if (SAYS_NOTHING.test(named)) return guess(bytes);
  if (/^(?:x-)?(?:unicode-1-1-)?utf-?7$/.test(named)) return { text: utf7(latin(bytes)) };
  const decoder = decoderFor(named) ?? decoderFor(named.replace(/^(?:x-|cs)/, ''));
  if (decoder === undefined) return { ...guess(bytes), doubt: 'unknown' };
  const { encoding } = decoder;
  if (encoding === 'utf-8') return utf8(bytes);
  if (ONE_BYTE.test(encoding)) {
    const strict = strictUtf8(bytes);
    if (strict !== undefined) return { text: strict };
  }
  const text = decoder.decode(bytes);
  // Where a decoder has no letter for two bytes it may give the first as a control sign.
  const marked = SEVERAL_BYTES.test(encoding) ? text.replace(/[\x80-\x9f]/g, '\ufffd') : text;
  return marked.includes('\ufffd') ? { text: marked, doubt: 'damaged' } : { text: marked };
}

function byMark(bytes: Uint8Array): Decoded | undefined {
  const [one, two, three] = bytes;
  if (one === 0xff && two === 0xfe) return { text: new TextDecoder('utf-16le').decode(bytes) };
  if (one === 0xfe && two === 0xff) return { text: new TextDecoder('utf-16be').decode(bytes) };
  return one === 0xef && two === 0xbb && three === 0xbf ? utf8(bytes) : undefined;
}

/** What is said to be UTF-8 and for the most part is not was written by a program of Western Windows. */
function utf8(bytes: Uint8Array): Decoded {
  const strict = strictUtf8(bytes);
  if (strict !== undefined) return { text: strict };
  const text = new TextDecoder().decode(bytes);
  const wrong = text.split('\ufffd').length - 1;
  const other = text.match(/[^\0-\x7f\ufffd]/g)?.length ?? 0;
  return wrong > other ? { text: western(bytes), doubt: 'guessed' } : { text, doubt: 'damaged' };
}

function guess(bytes: Uint8Array): Decoded {
  const strict = strictUtf8(bytes);
  if (strict !== undefined) {
    // Japanese mail of old writes its letters between escapes of seven bits.
    const isJapanese = /\x1b\$[@B]/.test(strict);
    return { text: isJapanese ? new TextDecoder('iso-2022-jp').decode(bytes) : strict };
  }
  return { text: western(bytes), doubt: 'guessed' };
}

function strictUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const western = (bytes: Uint8Array): string => new TextDecoder('windows-1252').decode(bytes);
const latin = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

/** UTF-7 (RFC 2152), which TextDecoder refuses, since pages used it to get past filters; a note runs nothing. */
const utf7 = (text: string): string =>
  text.replace(/\+([A-Za-z0-9+/]*)-?/g, (whole, coded: string) => {
    if (coded === '') return whole === '+-' ? '+' : whole;
    const bytes = Buffer.from(coded, 'base64');
    return new TextDecoder('utf-16be').decode(bytes.subarray(0, bytes.length - (bytes.length % 2)));
  });
