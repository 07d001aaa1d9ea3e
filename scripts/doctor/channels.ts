import { readChannels } from '../../core/channel-health.ts';
import { localTime } from '../../core/names.ts';
import { channelNotices } from '../../core/notices.ts';
import { watcherNames } from '../../core/run-watchers.ts';
import { isLocked } from '../../core/state-folder.ts';
import { type Finding, fine, type Patient, warn } from './finding.ts';

/** How things come in, as the watchers have put it on record: what is wrong with a channel, and when each was last proved. */
export function checkChannels({ state, config }: Pick<Patient, 'state' | 'config'>): readonly Finding[] {
  // What was told before it ended says nothing of how it stands now.
  const told = isLocked(state, 'watchers') ? channelNotices(state) : [];
  const proved = watcherNames().flatMap(watcher =>
    Object.entries(readChannels(state, watcher)).map(([name, { proved: at }]): Finding => {
      if (at !== undefined) return fine('channel', `${name}: open all the way in, tried ${minuteOf(at)}`);
      return fine('channel', `${name}: not tried all the way in yet`);
    }),
  );
  const untried = config.canary_hours === 0 ? [fine('channel', 'not tried: canary_hours is 0')] : proved;
  return [
    ...told.map(text =>
      warn('channel', text, 'Do what it says; it is taken off here and on the Dashboard once it works.'),
    ),
    ...untried,
  ];
}

const minuteOf = (at: string): string => localTime(new Date(at)).slice(0, 16).replace('T', ' ');
