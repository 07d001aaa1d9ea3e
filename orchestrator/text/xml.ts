/** What stands in an XML document, in order. Names without their prefix. */
export type Token =
  | { readonly kind: 'open'; readonly name: string; readonly attributes: string; readonly isEmpty: boolean }
  | { readonly kind: 'close'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string };

/**
 * Walks through XML without building anything of it. Declarations, comments and entities of its own are passed over, so
 * that nothing in it can unfold, point elsewhere or be fetched.
 */
export function* tokensOf(xml: string): Generator<Token> {
  for (let at = 0; at < xml.length; ) {
    const open = xml.indexOf('<', at);
    if (open === -1) {
      yield { kind: 'text', text: unescaped(xml.slice(at)) };
      return;
    }
    if (open > at) yield { kind: 'text', text: unescaped(xml.slice(at, open)) };
    if (xml.startsWith('<!--', open)) at = after(xml, '-->', open);
    else if (xml.startsWith('<![CDATA[', open)) {
      at = after(xml, ']]>', open);
      yield { kind: 'text', text: xml.slice(open + 9, at - 3) };
    } else if (xml.startsWith('<!', open) || xml.startsWith('<?', open)) at = after(xml, '>', open);
    else {
      const end = tagEnd(xml, open);
      yield tag(xml.slice(open + 1, end));
      at = end + 1;
    }
  }
}

/** The value of an attribute, by its whole name or by the one behind a prefix; empty where there is none. */
export function attribute(attributes: string, name: string): string {
  const [, double, single] = new RegExp(`(?:^|[\\s:])${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes) ?? [];
  return unescaped(double ?? single ?? '');
}

function after(xml: string, mark: string, from: number): number {
  const at = xml.indexOf(mark, from);
  return at === -1 ? xml.length : at + mark.length;
}

/** Where a tag ends: a sign within quotes does not end it. */
function tagEnd(xml: string, from: number): number {
  let quote = '';
  for (let at = from; at < xml.length; at += 1) {
    const sign = xml.charAt(at);
    if (quote !== '') {
      if (sign === quote) quote = '';
    } else if (sign === '"' || sign === "'") quote = sign;
    else if (sign === '>') return at;
  }
  return xml.length;
}

function tag(inside: string): Token {
  const isClosing = inside.startsWith('/');
  const named = /^\/?([^\s/]*)/.exec(inside)?.[1] ?? '';
  const name = named.slice(named.indexOf(':') + 1);
  if (isClosing) return { kind: 'close', name };
  return { kind: 'open', name, attributes: inside.slice(named.length), isEmpty: inside.endsWith('/') };
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** The five entities of XML and characters by number; any other stays as it is written. */
export function unescaped(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
    if (typeof name === 'string') return NAMED[name.toLowerCase()] ?? whole;
    const code = typeof decimal === 'string' ? Number(decimal) : Number.parseInt(String(hex), 16);
    return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : whole;
  });
}
