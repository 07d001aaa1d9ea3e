import { writeNote } from '../../core/front-matter.ts';
import { codeSpan } from '../../core/inert.ts';
import { localTime } from '../../core/names.ts';
import type { Seen } from '../../core/seen.ts';

/** The task note of a dropped file. */
export function dropNote({ task, source, title, file }: Seen, now: Date): string {
  const properties = { type: 'task', format: 1, id: task, source, created: localTime(now) };
  const facts =
    file === undefined
      ? []
      : [
          `- **Where it lies:** ${codeSpan(file.path, 400)}`,
          `- **Size:** ${file.size.toLocaleString('en')} bytes, last changed ${localTime(new Date(file.modified)).replace('T', ' ')}`,
          `- **SHA-256:** \`${file.sha256}\``,
        ];
  const body = [
    `# ${codeSpan(title, 150)}`,
    '',
    'This file was dropped. It stays where it is until you approve what to do with it.',
    '',
    ...facts,
    '',
  ];
  return writeNote(properties, body.join('\n'));
}
