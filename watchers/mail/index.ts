import { networked } from '../../core/networked.ts';
import { Settings } from './settings.ts';

/** Mail of any provider, by IMAP. The parts are loaded when there is mail: most commands only want the name. */
export default networked({
  name: 'mail',
  title: 'Mail, by IMAP',
  extension: 'eml',
  settings: Settings,
  own: ({ accounts }) => Object.values(accounts).map(({ address }) => address),
  open: async (settings, context) => (await import('./open.ts')).openMail(settings, context),
  ping: async (settings, context, signal) => (await import('./open.ts')).pingMail(settings, context, signal),
  toNote: async (item, context) => (await import('./note/note.ts')).mailNote(item, context),
  sample: async () => (await import('./sample.ts')).sample,
});
