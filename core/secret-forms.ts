/** Shorter values are everyday words and numbers: looking for them would black out what is no secret. */
export const SHORTEST_GUARDED = 8;

const BASE64_BITS = 6;

/**
 * The characters of base64 that a value alone decides, where `lead` bytes stand before it: what comes before and after
 * shares the outermost characters with it. RFC 4648, 4.
 */
function base64Core(bytes: Buffer, lead: number): string {
  const all = Buffer.concat([Buffer.alloc(lead), bytes]).toString('base64');
  return all.slice(Math.ceil((lead * 8) / BASE64_BITS), Math.floor(((lead + bytes.length) * 8) / BASE64_BITS));
}

const percent = (text: string, pattern: RegExp): string =>
  text.replace(pattern, unit => `%${unit.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
const smallPercents = (text: string): string => text.replace(/%[0-9A-F]{2}/g, code => code.toLowerCase());

/**
 * Every way in which a value may stand in a text: plain, in base64 (also the alphabet for URLs) at each of three
 * alignments, in hexadecimal, percent-encoded (RFC 3986, and as forms write it), and escaped in JSON. Each once.
 */
export function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value.toWellFormed());
  const base64 = [0, 1, 2].map(lead => base64Core(bytes, lead));
  const hex = bytes.toString('hex');
  const url = encodeURIComponent(value.toWellFormed());
  const strict = percent(url, /[!'()*]/g);
  const whole = hex.toUpperCase().replace(/../g, '%$&');
  const urls = [url, strict, url.replaceAll('%20', '+'), strict.replaceAll('%20', '+'), whole];
  const json = JSON.stringify(value).slice(1, -1);
  const ascii = json.replace(/[^ -~]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const forms = [
    value,
    ...base64,
    ...base64.map(text => text.replaceAll('+', '-').replaceAll('/', '_')),
    hex,
    hex.toUpperCase(),
    ...urls,
    ...urls.map(smallPercents),
    ...[json, ascii, json.replaceAll('/', '\\/')],
  ];
  return [...new Set(forms)];
}
