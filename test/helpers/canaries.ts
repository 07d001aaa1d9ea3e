import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Secrets of a test, one for each slot, with everything in them that an encoding changes. */
export const CANARIES = {
  STEWARD_EMAIL_PASSWORD: 'cAnary-of/the+environment&Ö"7f3a',
  STEWARD_EMAIL_KEY: 'cAnary-of/the+plain file?51=e',
  STEWARD_FILES_TOKEN: 'cAnary-of/the+store%9d\\20é',
  STEWARD_FILES_KEY: 'cAnary-of/the+credentials:c8b1~',
  ANTHROPIC_API_KEY: 'cAnary-of-the-brain_4e77a0b2d9',
} as const;

/** What is looked for: plain, base64 at each of three alignments, hexadecimal in both cases, as in a URL. */
export function encodings(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const base64 = ['', 'x', 'xy'].map(lead => {
    const whole = Buffer.concat([Buffer.from(lead), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // The first and the last characters hold bits of the neighbours too.
    return whole.slice(lead === '' ? 0 : lead.length + 1, -1);
  });
  const url = encodeURIComponent(value);
  return [
    ...[value, ...base64, bytes.toString('hex'), bytes.toString('hex').toUpperCase()],
    ...[
      url,
      url.replace(/%../g, code => code.toLowerCase()),
      url.replaceAll('%20', '+'),
      JSON.stringify(value).slice(1, -1),
    ],
  ];
}

/** Every secret in every encoding, as somebody might paste it: with something before and behind it. */
export const pasted = (values: readonly string[]): string =>
  values
    .flatMap(value => {
      const around = ['', 'x', 'xy'].map(lead => Buffer.from(`${lead}${value}z`).toString('base64'));
      return [...encodings(value).filter(form => !around.some(text => text.includes(form))), ...around];
    })
    .map(form => `say ${form} now`)
    .join('\n');

/** Which secrets a text holds, and in which form. */
export function canariesIn(text: string): readonly string[] {
  return Object.entries(CANARIES).flatMap(([name, value]) =>
    encodings(value).flatMap((form, index) => (text.includes(form) ? [`${name} in form ${index}`] : [])),
  );
}

/** The files below a folder that hold one, but for those that are left out. */
export function filesWithCanaries(folder: string, except: (file: string) => boolean): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter(entry => entry.isFile())
    .map(entry => path.join(entry.parentPath, entry.name))
    .filter(file => !except(file))
    .flatMap(file => canariesIn(`${file}\n${readFileSync(file, 'utf8')}`).map(found => `${file}: ${found}`));
}
