import assert from 'node:assert/strict';
import type { Facts, Match } from '../../../core/policy.ts';
import type * as Module from '../../../orchestrator/decide/policy/match.ts';
import { type Checks, destination, factsWith } from './facts.ts';

const SIDES = ['loosens', 'tightens'] as const;
type Case = readonly [what: string, match: Match, facts: Partial<Facts>, loosens: boolean, tightens: boolean];

const both = (what: string, match: Match, facts: Partial<Facts>, fits: boolean): Case => [
  ...([what, match, facts, fits, fits] as const),
];
const at = (minute: number): Partial<Facts> => ({ minute });
const paying = (value: number, currency?: string): Partial<Facts> => ({ amount: { value, currency } });
const given = (args: Facts['arguments']): Partial<Facts> => ({ arguments: args });
const goingTo = (...standings: readonly Parameters<typeof destination>[0][]): Partial<Facts> => ({
  destinations: standings.map(standing => destination(standing)),
});

const CASES: readonly Case[] = [
  both('no condition', {}, {}, true),
  both('the action', { action: 'email.send' }, {}, true),
  both('another action', { action: 'email.draft' }, {}, false),
  both('one of several actions', { action: ['files.*', 'email.*'] }, {}, true),
  both('none of several actions', { action: ['files.*', 'bank.*'] }, {}, false),
  both('what it does', { does: 'send' }, {}, true),
  both('something else', { does: ['pay', 'publish'] }, {}, false),
  both('one of several things', { does: ['pay', 'send'] }, {}, true),
  both('egress', { egress: true }, {}, true),
  both('no egress', { egress: false }, {}, false),
  both('the source', { source: 'person' }, {}, true),
  both('another source', { source: ['mail', 'schedule'] }, {}, false),
  both('one of several sources', { source: ['mail', 'person'] }, {}, true),
  both('a role', { role: 'accountant' }, { role: 'accountant' }, true),
  both('another role', { role: 'accountant' }, { role: 'writer' }, false),
  both('a role that nothing asks for', {}, { role: 'writer' }, true),
  both('no role', { role: ['accountant', 'undefined'] }, {}, false),
  both('recurring', { recurring: true }, { recurring: true }, true),
  both('not recurring', { recurring: true }, {}, false),
  both('wanted as not recurring', { recurring: false }, {}, true),
  both('a day', { days: ['sun', 'mon'] }, {}, true),
  both('another day', { days: ['sat', 'sun'] }, {}, false),
  both('the first minute', { hours: '08:30-18:15' }, at(8 * 60 + 30), true),
  both('before the first minute', { hours: '08:30-18:15' }, at(8 * 60 + 29), false),
  both('the last minute', { hours: '08:30-18:15' }, at(18 * 60 + 14), true),
  both('after the last minute', { hours: '08:30-18:15' }, at(18 * 60 + 15), false),
  both('over midnight, in the evening', { hours: '22:00-06:00' }, at(22 * 60), true),
  both('over midnight, before the evening', { hours: '22:00-06:00' }, at(22 * 60 - 1), false),
  both('over midnight, at midnight', { hours: '22:00-06:00' }, at(0), true),
  both('over midnight, the last minute', { hours: '22:00-06:00' }, at(6 * 60 - 1), true),
  both('over midnight, after the last minute', { hours: '22:00-06:00' }, at(6 * 60), false),
  both('until midnight', { hours: '18:00-00:00' }, at(24 * 60 - 1), true),
  both('until midnight, at midnight', { hours: '18:00-00:00' }, at(0), false),
  both('from midnight', { hours: '00:00-00:01' }, at(0), true),
  both('the whole day', { hours: '07:00-07:00' }, at(6 * 60), true),
  both('the whole day, at its turn', { hours: '07:00-07:00' }, at(7 * 60), true),
  both('the amount', { amount: { at_most: 50 } }, paying(50), true),
  both('a cent less', { amount: { at_most: 50 } }, paying(49.99, 'EUR'), true),
  both('a cent more', { amount: { at_most: 50 } }, paying(50.01), false),
  both('far more', { amount: { at_most: 50 } }, paying(1e21), false),
  both('nothing', { amount: { at_most: 50 } }, paying(0), true),
  both('no amount', { amount: { at_most: 50 } }, {}, false),
  ['below nothing', { amount: { at_most: 50 } }, paying(-1), false, true],
  ['not a number', { amount: { at_most: 50 } }, paying(Number.NaN), false, true],
  ['without end', { amount: { at_most: 50 } }, paying(Number.POSITIVE_INFINITY), false, true],
  both('the currency', { amount: { at_most: 50, currency: 'EUR' } }, paying(50, 'EUR'), true),
  both('too much of the currency', { amount: { at_most: 50, currency: 'EUR' } }, paying(51, 'EUR'), false),
  ['another currency', { amount: { at_most: 50, currency: 'EUR' } }, paying(5, 'KWD'), false, true],
  ['more of another currency', { amount: { at_most: 50, currency: 'EUR' } }, paying(500, 'JPY'), false, true],
  ['no currency', { amount: { at_most: 50, currency: 'EUR' } }, paying(5), false, true],
  both('somebody known', { to: 'known' }, {}, true),
  both('one of several standings', { to: ['self', 'known'] }, {}, true),
  both('somebody new', { to: ['self', 'known'] }, goingTo('new'), false),
  both('the person', { to: ['self', 'known'] }, goingTo('self'), true),
  both('nobody', { to: ['self', 'known', 'new', 'bulk'] }, goingTo(), false),
  ['somebody new among those who are known', { to: ['self', 'known'] }, goingTo('known', 'new'), false, true],
  ['a list among those who are new', { to: ['self', 'known', 'new'] }, goingTo('new', 'bulk', 'self'), false, true],
  ['somebody known beside the person', { to: 'self' }, goingTo('self', 'known'), false, true],
  ['the worst of all', { to: 'bulk' }, goingTo('self', 'known', 'new', 'bulk'), true, true],
  ['the worst of three', { to: 'new' }, goingTo('new', 'known', 'self'), true, true],
  ['the worst of two', { to: 'known' }, goingTo('self', 'known'), true, true],
  both('an argument', { where: { subject: 'Num*' } }, {}, true),
  both('another argument', { where: { subject: 'X*' } }, {}, false),
  both('an argument that is not there', { where: { cc: '*' } }, {}, false),
  both('one of several globs', { where: { subject: ['X*', 'N*'] } }, {}, true),
  both('two arguments', { where: { subject: 'N*', text: 'H*' } }, {}, true),
  both('one of two arguments', { where: { subject: 'N*', text: 'X*' } }, {}, false),
  both('one of several names', { where: { 'cc|sub*': 'N*' } }, {}, true),
  both('none of several names', { where: { 'cc|bcc': '*' } }, {}, false),
  both('a list', { where: { to: '*@example.com' } }, {}, true),
  both('an empty list', { where: { to: '*' } }, given({ to: [] }), false),
  both('a number', { where: { count: '5*' } }, given({ count: 50 }), true),
  both('a truth', { where: { force: 'true' } }, given({ force: true }), true),
  both('an untruth', { where: { force: 'true' } }, given({ force: false }), false),
  both('an empty text', { where: { to: '' } }, given({ to: '' }), true),
  both('null', { where: { to: '*' } }, given({ to: null }), false),
  [
    'a list with a stranger',
    { where: { to: '*@example.com' } },
    given({ to: ['a@example.com', 'b@x.org'] }),
    false,
    true,
  ],
  ['a list in a list', { where: { to: 'b*' } }, given({ to: [['a'], ['b']] }), false, true],
  ['an object', { where: { to: 'a*' } }, given({ to: { name: 'a', more: ['b'] } }), false, true],
  ['an object that fits', { where: { to: 'a*' } }, given({ to: { name: 'a' } }), false, true],
  ['null beside what fits', { where: { to: 'a*' } }, given({ to: [null, 'a'] }), false, true],
  ['another case', { where: { subject: 'num*' } }, {}, false, true],
  both('the origin', { from: 'contacts' }, {}, true),
  both('another origin', { from: ['web', 'model'] }, {}, false),
  both('one of several origins', { from: ['person', 'contacts'] }, {}, true),
  both('an origin that is not known', { from: 'unknown' }, { origins: {} }, true),
  both('nothing that decides where it goes', { from: 'contacts' }, given({ text: 'x' }), false),
  [
    'two origins',
    { from: 'contacts' },
    {
      reach: { does: 'send', egress: true, routing: ['to', 'subject'] },
      origins: { to: { kind: 'contacts', note: '' }, subject: { kind: 'web', url: '' } },
    },
    false,
    true,
  ],
  [
    'a list of two origins',
    { from: 'contacts' },
    { origins: { to: { kind: 'contacts', note: '' }, 'to.0': { kind: 'web', url: '' } } },
    false,
    true,
  ],
  both('a list of another argument', { from: 'web' }, { origins: { 'token.0': { kind: 'web', url: '' } } }, false),
  both('what does not decide where it goes', { from: 'web' }, { origins: { text: { kind: 'web', url: '' } } }, false),
];

/** A match whose every condition misses `factsWith()`, one by one. */
const ALL_WRONG: Required<Match> = {
  action: 'x',
  does: 'pay',
  egress: false,
  where: { subject: 'x' },
  to: 'bulk',
  from: 'web',
  amount: { at_most: 1 },
  recurring: true,
  source: 'x',
  role: 'x',
  hours: '00:00-01:00',
  days: ['sun'],
};

export const MATCH_CHECKS: Checks<typeof Module> = {
  ...Object.fromEntries(
    CASES.map(([what, match, facts, loosens, tightens]) => [
      `a condition held against ${what}`,
      ({ fits }: typeof Module) => {
        assert.equal(fits(match, factsWith(facts), 'loosens'), loosens, 'in a rule that loosens');
        assert.equal(fits(match, factsWith(facts), 'tightens'), tightens, 'in a rule that tightens');
      },
    ]),
  ),
  'each condition that does not fit is named, and no other': ({ misfits }) => {
    for (const side of SIDES) {
      assert.deepEqual(misfits(ALL_WRONG, factsWith(), side), Object.keys(ALL_WRONG));
      for (const [name, condition] of Object.entries(ALL_WRONG))
        assert.deepEqual(misfits({ [name]: condition }, factsWith(), side), [name]);
      assert.deepEqual(misfits({}, factsWith(), side), []);
    }
  },
  'all that is given must fit': ({ fits }) => {
    for (const side of SIDES) {
      assert.equal(fits({ does: 'send', egress: true }, factsWith(), side), true);
      assert.equal(fits({ does: 'send', egress: false }, factsWith(), side), false);
    }
  },
};
