import { firstOf, type Header } from './header.ts';

/** Zones by name, which programs of old wrote; those of North America are known anyway. */
const ZONES: Readonly<Record<string, string>> = {
  ...{ CET: '+0100', MET: '+0100', MEZ: '+0100', CEST: '+0200', MEST: '+0200', MESZ: '+0200' },
  ...{ WET: '+0000', BST: '+0100', EET: '+0200', EEST: '+0300', MSK: '+0300', JST: '+0900', KST: '+0900' },
};

/** When a mail says that it was written: milliseconds since the epoch, undefined where it does not say (RFC 5322, 3.3). */
export function writtenAt(headers: readonly Header[]): number | undefined {
  const said = (firstOf(headers, 'date') ?? '').slice(0, 200).replace(/\([^()]*\)/g, ' ');
  const zoned = said.replace(/\b[A-Z]{3,4}\s*$/, zone => ZONES[zone.trim()] ?? zone);
  const at = Date.parse(zoned);
  return Number.isNaN(at) ? undefined : at;
}
