import { moment } from './words.ts';

const HOUR = 3_600_000;
/** So many at once are a queue that grows, and not a busy moment. */
const MANY = 10;

type Waiting = {
  /** When it was taken: ISO 8601. */
  readonly since: string;
  readonly exchanges: readonly unknown[];
  readonly down: unknown;
  readonly paused: unknown;
};

/**
 * Says that tasks come faster than they are thought about: many that wait for their first thought for more than an hour,
 * though nothing holds them. It names a time and never how long ago that was, so that it stays the same meanwhile.
 */
export function queueTold(tasks: readonly Waiting[], now: Date): readonly string[] {
  const late = tasks.filter(
    ({ since, exchanges, down, paused }) =>
      exchanges.length === 0 && down === undefined && paused === undefined && now.getTime() - Date.parse(since) > HOUR,
  );
  const [oldest] = late.map(({ since }) => since).sort();
  if (oldest === undefined || late.length < MANY) return [];
  return [
    `- ${late.length} tasks wait for their first thought, the oldest since ${moment(oldest, now)}: more comes in than is thought about. None is lost. \`at_once\` under \`budget\` in config.yaml says how many are thought about at a time.`,
  ];
}
