import assert from 'node:assert/strict';
import type { Json } from '../../../core/digest.ts';
import type { Origin } from '../../../core/envelope.ts';
import type { Facts, Judgement, Policy, Zone } from '../../../core/policy.ts';
import type * as Module from '../../../orchestrator/decide/policy/judge.ts';
import { type Checks, destination, factsWith, policyWith, ruleWith } from './facts.ts';

type Judged = Extract<Judgement, { kind: 'judged' }>;
const judged = ({ judge }: typeof Module, facts: Facts, policy: Policy): Judged => {
  const judgement = judge(facts, policy, []);
  return judgement.kind === 'judged' ? judgement : assert.fail(judgement.why);
};
const zones = (...all: readonly Zone[]): Policy =>
  policyWith({ rules: all.map((zone, at) => ruleWith({ zone, name: `${zone} ${at}` })) });
const NEVER = policyWith({ rules: [ruleWith()], never: [{ name: 'mail', does: 'send' }] });

const origin = (kind: Origin['kind']): Origin => {
  switch (kind) {
    case 'contacts':
      return { kind, note: 'n' };
    case 'rule':
      return { kind, skill: 's' };
    case 'dropped':
      return { kind, path: 'Inbox/a.pdf' };
    case 'incoming':
      return { kind, source: 's' };
    case 'web':
      return { kind, url: 'u' };
    default:
      return { kind };
  }
};

/** What a value of an origin makes of an action that a rule lets through: undefined where nothing is raised. */
const ORIGINS: readonly (readonly [kind: Origin['kind'] | 'none', value: Json, reason: RegExp | undefined])[] = [
  ['person', 'x', undefined],
  ['handbook', 'x', undefined],
  ['contacts', 'x', undefined],
  ['rule', 'x', undefined],
  ['dropped', 'Inbox/a.pdf', undefined],
  ['dropped', ['Inbox/a.pdf'], undefined],
  ['dropped', 'Accounting/a.pdf', /^“to” decides .*“Accounting\/a\.pdf” was made from the name of a dropped file\.$/],
  ['dropped', ['Inbox/a.pdf', 'Inbox/b.pdf'], /made from the name/],
  ['dropped', [], /made from the name/],
  ['dropped', { path: 'Inbox/a.pdf' }, /made from the name/],
  ['incoming', 'eve@x.org', /^“to” decides where it goes, and “eve@x\.org” came with an incoming message\.$/],
  ['web', 'x', /^“to” .*“x” came from a page on the web\.$/],
  ['model', ['x', 'y'], /^“to” .*“\["x","y"\]” was written by the brain\.$/],
  ['unknown', 5, /^“to” .*“5” is of unknown origin\.$/],
  ['none', 'x', /^“to” .*“x” is of unknown origin\.$/],
];

export const JUDGE_CHECKS: Checks<typeof Module> = {
  'what no rule fits is asked': module => {
    for (const policy of [policyWith({}), policyWith({ rules: [ruleWith({ zone: 'green', does: 'pay' })] })]) {
      const { zone, rule, reasons, signature } = judged(module, factsWith(), policy);
      assert.deepEqual([zone, rule, signature], ['red', undefined, false]);
      assert.deepEqual(reasons, ['No rule in Policies.md fits email.send, and what no rule allows is asked.']);
    }
  },
  'the strictest of the rules that fit decides, whatever their order': module => {
    for (const [policy, rule] of [
      [zones('green'), 'green 0'],
      [zones('yellow'), 'yellow 0'],
      [zones('red'), 'red 0'],
      [zones('green', 'yellow', 'green'), 'yellow 1'],
      [zones('yellow', 'green'), 'yellow 0'],
      [zones('green', 'yellow', 'red', 'yellow'), 'red 2'],
      [zones('red', 'green'), 'red 0'],
    ] as const) {
      const judgement = judged(module, factsWith(), policy);
      assert.equal(judgement.rule, rule);
      assert.equal(judgement.zone, rule.split(' ')[0]);
      assert.equal(judgement.reasons.length, 1);
    }
  },
  'the rule that decides is named, with what it does': module => {
    assert.deepEqual(judged(module, factsWith(), zones('green')).reasons, [
      'The rule “green 0” in Policies.md lets it be done at once.',
    ]);
    assert.deepEqual(judged(module, factsWith(), zones('yellow')).reasons, [
      'The rule “yellow 0” in Policies.md lets it be done after a hold.',
    ]);
    assert.deepEqual(judged(module, factsWith(), zones('red')).reasons, [
      'The rule “red 0” in Policies.md has it asked.',
    ]);
  },
  'a red rule fits in doubt, a green or yellow one does not': module => {
    const facts = factsWith({ destinations: [destination('known'), destination('new')] });
    for (const [zone, rule] of [
      ['red', 'a rule'],
      ['yellow', undefined],
      ['green', undefined],
    ] as const) {
      assert.equal(judged(module, facts, policyWith({ rules: [ruleWith({ zone, to: 'known' })] })).rule, rule);
    }
    assert.equal(module.sideOf(ruleWith({ zone: 'red' })), 'tightens');
    assert.equal(module.sideOf(ruleWith({ zone: 'yellow' })), 'loosens');
    assert.equal(module.sideOf(ruleWith({ zone: 'green' })), 'loosens');
  },
  'a signature that any fitting rule wants is wanted, in doubt too, and no other': module => {
    const wants = (...rules: readonly Parameters<typeof ruleWith>[0][]): boolean =>
      judged(module, factsWith({ amount: { value: 5, currency: 'KWD' } }), policyWith({ rules: rules.map(ruleWith) }))
        .signature;
    assert.equal(wants({ zone: 'red' }, { signature: 'required' }), true);
    assert.equal(wants({ zone: 'red' }, { zone: 'green', signature: 'required', does: 'pay' }), false);
    assert.equal(wants({ zone: 'red' }, {}), false);
    assert.equal(wants({ signature: 'required', amount: { at_most: 50, currency: 'EUR' } }), true);
  },
  'the never list comes before every rule, and says how it is permitted': ({ judge }) => {
    const judgement = judge(factsWith(), NEVER, ['another']);
    assert.equal(judgement.kind, 'refused');
    assert.match(
      judgement.kind === 'refused' ? judgement.why : '',
      /“mail” is on the never list .*permit in config\.yaml/,
    );
  },
  'a never entry that is permitted by its name outside the vault leaves it to the rules': ({ judge }) => {
    const judgement = judge(factsWith(), NEVER, ['mail']);
    assert.equal(judgement.kind === 'judged' && judgement.zone, 'yellow');
  },
  'a never entry that does not fit refuses nothing': ({ judge }) => {
    assert.equal(judge(factsWith({ reach: { does: 'pay', egress: true, routing: [] } }), NEVER, []).kind, 'judged');
  },
  'one permitted never entry does not permit another': ({ judge }) => {
    const never = [...NEVER.never, { name: 'all that leaves', egress: true }];
    assert.equal(judge(factsWith(), policyWith({ never }), ['mail']).kind, 'refused');
  },
  'a never entry fits in doubt': ({ judge }) => {
    const policy = policyWith({ never: [{ name: 'keys', where: { to: '*.ssh/*' } }] });
    assert.equal(judge(factsWith({ arguments: { to: ['a', 'X/.SSH/b'] } }), policy, []).kind, 'refused');
  },
  'a value that decides where it goes raises to red unless a trusted hand wrote it': module => {
    for (const [kind, value, reason] of ORIGINS) {
      const origins: Facts['origins'] = kind === 'none' ? {} : { to: origin(kind) };
      const facts = factsWith({ arguments: { to: value }, origins });
      for (const policy of [zones('green'), zones('yellow')]) {
        const { zone, rule, reasons } = judged(module, facts, policy);
        assert.equal(zone, reason === undefined ? policy.rules[0]?.zone : 'red', `${kind} ${JSON.stringify(value)}`);
        assert.equal(rule, policy.rules[0]?.name);
        assert.equal(reasons.length, reason === undefined ? 1 : 2);
        if (reason !== undefined) assert.match(reasons[1] ?? '', reason);
      }
    }
  },
  'of a list only the elements that no trusted hand wrote are named, where it is told of each': module => {
    const raised = (origins: Facts['origins'], to: Json = ['Inbox/a.pdf', 'anna', 'eve']): readonly string[] =>
      module.raisedBy(factsWith({ arguments: { to }, origins }));
    const told = { 'to.0': origin('dropped'), 'to.1': origin('contacts') };
    assert.deepEqual(raised({ ...told, to: origin('web'), 'to.2': origin('web') }), [
      '“to” decides where it goes, and “eve” came from a page on the web.',
    ]);
    assert.deepEqual(raised({ ...told, to: origin('dropped'), 'to.2': origin('person') }), []);
    assert.match(
      raised({ ...told, to: origin('web') })[0] ?? '',
      /“\["Inbox\/a\.pdf","anna","eve"\]” came from a page/,
    );
    assert.equal(raised({ ...told, to: origin('person') }).length, 0);
    assert.equal(raised({ to: origin('web'), 'to.0': origin('person') }, []).length, 1);
    assert.equal(raised({ to: origin('web'), 'to.0': origin('person') }, ['anna']).length, 0);
  },
  'an amount and its currency decide where it goes as much as the payee': module => {
    const reach = { does: 'pay', egress: true, routing: ['to'], amount: 'sum', currency: 'unit' } as const;
    const raised = (origins: Facts['origins']): readonly string[] =>
      module.raisedBy(
        factsWith({
          reach: { ...reach, routing: ['to'] },
          arguments: { to: 'a', sum: 5, unit: 'KWD', text: 'x' },
          origins,
        }),
      );
    const person = origin('person');
    assert.deepEqual(raised({ to: person, sum: person, unit: person }), []);
    assert.match(
      raised({ to: person, sum: origin('model'), unit: person })[0] ?? '',
      /^“sum” decides .*“5” was written by/,
    );
    assert.match(
      raised({ to: person, sum: person, unit: origin('web') })[0] ?? '',
      /^“unit” decides .*“KWD” came from/,
    );
  },
  'a value that decides nothing raises nothing': module => {
    const facts = factsWith();
    const { zone } = judged(
      module,
      { ...facts, origins: { ...facts.origins, text: { kind: 'model' } } },
      zones('green'),
    );
    assert.equal(zone, 'green');
  },
  'every value of a tool that tells nothing of itself decides where it goes': module => {
    const reach = { does: 'execute', egress: true, routing: ['*'] } as const;
    const { zone, reasons } = judged(module, factsWith({ reach: { ...reach, routing: ['*'] } }), zones('green'));
    assert.deepEqual([zone, reasons.length], ['red', 3]);
  },
  'eight values are named, and how many more there are': module => {
    const named = (count: number): readonly string[] => {
      const names = Array.from({ length: count }, (_, at) => `a${at}`);
      const reach = { does: 'send', egress: true, routing: names } as const;
      return module.raisedBy(
        factsWith({
          reach: { ...reach, routing: names },
          arguments: Object.fromEntries(names.map(name => [name, 'x'])),
          origins: {},
        }),
      );
    };
    assert.equal(named(8).length, 8);
    assert.equal(named(9).length, 9);
    assert.equal(named(9)[8], 'So do 1 more of its values.');
    assert.equal(named(50).length, 9);
    assert.equal(named(50)[8], 'So do 42 more of its values.');
  },
  'a long value is cut at eighty characters and says so': module => {
    const shown = (value: string): string =>
      /and “(.*)”/.exec(module.raisedBy(factsWith({ arguments: { to: value }, origins: {} }))[0] ?? '')?.[1] ?? '';
    assert.equal(shown('x'.repeat(80)), 'x'.repeat(80));
    assert.equal(shown('x'.repeat(81)), `${'x'.repeat(80)}…`);
    assert.ok(shown(`${'x'.repeat(79)}\u{1f600}`).isWellFormed());
  },
  'a list of many makes it red': module => {
    const facts = factsWith({ destinations: [destination('known'), destination('bulk', 'all@example.com')] });
    const { zone, reasons } = judged(module, facts, zones('yellow'));
    assert.deepEqual([zone, reasons[1]], ['red', 'It goes to many at once: “it is bulk”.']);
    for (const standing of ['self', 'known', 'new'] as const)
      assert.equal(
        judged(module, factsWith({ destinations: [destination(standing)] }), zones('yellow')).zone,
        'yellow',
      );
  },
  'what can carry data out needs a person once strangers’ text and private data were read, and not before': module => {
    for (const [egress, untrusted, own, zone] of [
      [true, ['mail'], ['Documents'], 'red'],
      [false, ['mail'], ['Documents'], 'green'],
      [true, [], ['Documents'], 'green'],
      [true, ['mail'], [], 'green'],
    ] as const) {
      const facts = factsWith({
        reach: { does: 'read', egress, routing: [] },
        exposure: { untrusted: [...untrusted], private: [...own] },
      });
      const judgement = judged(module, facts, zones('green'));
      assert.equal(judgement.zone, zone);
      assert.equal(/carry data out/.test(judgement.reasons[1] ?? ''), zone === 'red');
    }
  },
  'a text that fetches or runs something once it is opened needs a person, whatever rule lets it be written':
    module => {
      for (const does of ['create', 'change'] as const) {
        const writes = (text: string) =>
          judged(
            module,
            factsWith({ reach: { does, egress: false, routing: [] }, arguments: { text } }),
            zones('green'),
          );
        assert.equal(writes('[a page](https://example.com) and `code`').zone, 'green');
        assert.equal(writes('<img src=x>').zone, 'red');
        const { zone, reasons } = writes('![x](https://evil.example/?q=1) <b>');
        assert.equal(zone, 'red');
        assert.deepEqual(reasons.slice(1), [
          'Opening what it writes can fetch or run something: it holds an image or something embedded and HTML.',
        ]);
      }
      const sent = judged(module, factsWith({ arguments: { text: '![x](y)' } }), zones('green'));
      assert.deepEqual([sent.zone, sent.reasons.length], ['green', 1], 'what is sent leaves no note behind');
    },
  'a reading tool that can carry data out is judged like everything that can': module => {
    const facts = factsWith({ action: 'web.fetch', reach: { does: 'read', egress: true, routing: ['to'] } });
    assert.equal(judged(module, facts, policyWith({})).zone, 'red');
    const foreign = { ...facts, origins: { to: origin('model') } };
    assert.equal(judged(module, foreign, zones('green')).zone, 'red');
  },
  'what raises is told too where a rule has it asked already': module => {
    const { zone, reasons } = judged(module, factsWith({ origins: {} }), zones('red'));
    assert.deepEqual([zone, reasons.length], ['red', 2]);
  },
};
