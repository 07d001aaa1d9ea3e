/** Bytes as they were before they were made fit to travel (RFC 2045, section 6). An unknown way leaves them as they are. */
export function untravelled(bytes: Uint8Array, encoding: string): Uint8Array {
  if (encoding === 'base64' || encoding === 'b') return fromBase64(bytes);
  return encoding === 'quoted-printable' || encoding === 'q' ? fromQuotedPrintable(bytes) : bytes;
}

/** Whether a way of travelling is known; one that is not leaves text that nobody can read. */
export const isKnownTransfer = (encoding: string): boolean =>
  /^(?:|7bit|8bit|binary|base64|quoted-printable|b|q)$/.test(encoding);

/**
 * What stands behind an equals sign begins anew: some programs end each line with one. Where it is no base64 any more, a
 * list has put words of its own behind it.
 */
function fromBase64(bytes: Uint8Array): Uint8Array {
  const text = buffer(bytes).toString('latin1');
  const end = text.indexOf('=');
  if (end === -1 || !/[^=\s]/.test(text.slice(end, end + 200))) return Buffer.from(text, 'base64');
  const rest = text.slice(end).replace(/^=+\s*/, '');
  if (/[^A-Za-z0-9+/=\s]/.test(rest.slice(0, 2000)))
    return Buffer.concat([Buffer.from(text.slice(0, end), 'base64'), Buffer.from(`\n\n${rest}`, 'latin1')]);
  return Buffer.concat(text.split(/=+/).map(unit => Buffer.from(unit, 'base64')));
}

const EQUALS = 0x3d;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;

/** An equals sign that is no code stays as it stands, as RFC 2045 advises. */
function fromQuotedPrintable(bytes: Uint8Array): Uint8Array {
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte !== EQUALS) {
      out[length++] = byte;
      continue;
    }
    const [one, two] = [bytes[at + 1] ?? -1, bytes[at + 2] ?? -1];
    if (one === LINE_FEED) at += 1;
    else if (one === RETURN && two === LINE_FEED) at += 2;
    else if (hex(one) >= 0 && hex(two) >= 0) {
      out[length++] = hex(one) * 16 + hex(two);
      at += 2;
    } else if (at + 1 < bytes.length) out[length++] = byte;
  }
  return out.subarray(0, length);
}

function hex(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const low = byte | 0x20;
  return low >= 0x61 && low <= 0x66 ? low - 0x57 : -1;
}

const buffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
