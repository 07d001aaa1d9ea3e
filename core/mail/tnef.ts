/** A file that Outlook wrapped into `winmail.dat`. */
type Wrapped = { readonly name: string; readonly bytes: Uint8Array };

/** Attributes of MS-OXTNEF, section 2.1.3. */
const BEGINS = 0x00069002;
const TITLE = 0x00018010;
const DATA = 0x0006800f;
const SIGNATURE = 0x223e9f78;
const MOST_FILES = 100;

/** The files in a `winmail.dat` (MS-OXTNEF); undefined where it is none. Damaged, it gives what stands before the damage. */
export function unwrapped(bytes: Uint8Array): readonly Wrapped[] | undefined {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (data.length < 6 || data.readUInt32LE(0) !== SIGNATURE) return undefined;
  const files: { name: string; bytes: Uint8Array }[] = [];
  // Level, attribute, length, what it holds, a sum.
  for (let at = 6; at + 9 <= data.length; ) {
    const attribute = data.readUInt32LE(at + 1);
    const length = data.readUInt32LE(at + 5);
    const value = data.subarray(at + 9, at + 9 + length);
    if (value.length < length) break;
    if (attribute === BEGINS) {
      if (files.length >= MOST_FILES) break;
      files.push({ name: '', bytes: value.subarray(0, 0) });
    }
    const last = files.at(-1);
    if (last !== undefined && attribute === TITLE)
      last.name = new TextDecoder('windows-1252').decode(value).replace(/\0.*$/s, '');
    if (last !== undefined && attribute === DATA) last.bytes = value;
    at += 9 + length + 2;
  }
  return files.filter(({ bytes: held }) => held.length > 0);
}
