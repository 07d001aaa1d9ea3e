import type { TaskView } from '../../../core/brain.ts';
import { sha256 } from '../../../core/digest.ts';
import { proseLine } from '../../../core/inert.ts';
import { localTime, splitExtension } from '../../../core/names.ts';
import { fail, ok, type Result } from '../../../core/outcome.ts';
import type { Reader } from './reading.ts';

/** Words beside the address in a note that is mainly an address. */
const MOST_WORDS = 15;
const LONGEST_NOTE = 4_000;
const LONGEST_URL = 2_000;

/** Words that say what shall be done with it, and nothing of what it is. */
const WISH =
  /(?<!\p{L})(?:(?:to )?read (?:this )?later|read this|to read|reading list|bookmark|später lesen|leseliste)(?!\p{L})\s*:?/giu;
const URLS = /https?:\/\/[^\s<>"'`]+/gi;

/** The text that may hold the address: the note, or what is in a file of the web’s own kinds. */
function textOf({ file, text }: TaskView): string {
  if (file === undefined) return text;
  if (/\.url$/i.test(file.name)) return /^URL=(\S+)/im.exec(file.text)?.[1] ?? '';
  if (/\.webloc$/i.test(file.name))
    return (/<string>([^<]+)<\/string>/i.exec(file.text)?.[1] ?? '').replaceAll('&amp;', '&');
  return file.text;
}

/** An address of the web in the one spelling in which nothing in it ends a link: nobody is logged in by it. */
function addressIn(given: string): Result<string> {
  const trimmed = given.replace(/[.,;:!?)\]}”’»]+$/, '');
  if (!URL.canParse(trimmed)) return fail('invalid', 'its address is none');
  const url = new URL(trimmed);
  if (url.username !== '' || url.password !== '') return fail('invalid', 'its address holds a name or a password');
  const safe = url.href.replace(/[<>|()[\]{}`*~\\^$"']/g, sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return safe.length > LONGEST_URL ? fail('invalid', `its address has more than ${LONGEST_URL} signs`) : ok(safe);
}

/**
 * Reads a note, or a dropped link, that is mainly one address of the web: `{url}` `{url_host}` `{url_line}`. It is
 * never fetched.
 */
export const link: Reader = (task, said) => {
  const { file } = task;
  if (file !== undefined && !/\.(url|webloc|txt|md)$/i.test(file.name))
    return fail('invalid', 'it is no note and no link');
  const text = file === undefined ? said : textOf(task);
  if (text.length > LONGEST_NOTE) return fail('invalid', 'it is more than a link');
  const [first, ...others] = [...text.matchAll(URLS)].map(([found]) => found);
  if (first === undefined) return fail('invalid', 'it holds no address of the web');
  if (others.some(other => other !== first)) return fail('invalid', 'it holds more than one address');
  const rest = text
    .replace(URLS, ' ')
    .replace(/[\s#>*_()[\]-]+/g, ' ')
    .trim();
  if (rest.split(' ').length > MOST_WORDS) return fail('invalid', 'it is more than a link');
  const address = addressIn(first);
  if (!address.ok) return address;
  const given = file === undefined ? task.title : splitExtension(file.name)[0];
  const title = [given, rest]
    .map(one => one.replace(URLS, ' ').replace(WISH, ' ').replace(/\s+/g, ' ').trim())
    .find(one => /[\p{L}\d]/u.test(one) && !/^https?\b/i.test(one));
  const day = localTime(new Date(task.received)).slice(0, 10);
  const host = new URL(address.value).host;
  const told = (title ?? host).slice(0, 150).toWellFormed();
  return ok({
    values: new Map([
      ['url', address.value],
      ['url_host', host],
      ['url_line', `- [ ] ${proseLine(told)} · ${address.value} ➕ ${day} ^link-${sha256(address.value).slice(0, 10)}`],
    ]),
    lists: {},
  });
};
