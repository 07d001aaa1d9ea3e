import assert from 'node:assert/strict';
import type * as Glob from '../../../orchestrator/decide/policy/glob.ts';
import type { Checks } from './facts.ts';

const FITS: readonly (readonly [glob: string, fits: readonly string[], not: readonly string[]])[] = [
  ['email.send', ['email.send'], ['email.sends', 'xemail.send', 'email.sen', '']],
  ['*', ['', 'a', 'a/b\nc'], []],
  ['email.*', ['email.send', 'email.'], ['email', 'my.email.send']],
  ['*.send', ['email.send', '.send'], ['email.sender', 'send']],
  ['a*b', ['ab', 'a-b', 'abb', 'acb'], ['a', 'b', 'ba', 'abc']],
  ['ab*ba', ['abba', 'ab-ba'], ['aba', 'ab', 'abb']],
  ['a*b*c', ['abc', 'a-b-c', 'abbc', 'abcbc'], ['acb', 'ac', 'ab', 'bc', 'cabc']],
  ['*b*', ['b', 'abc'], ['', 'ac']],
  ['a*bc*c', ['abcc', 'abc-c'], ['abc', 'ac']],
  ['*ab*ab*', ['abab', 'xabxabx'], ['ab', 'aba']],
  ['**', ['', 'a'], []],
  ['a.c', ['a.c'], ['abc']],
  ['[ab]', ['[ab]'], ['a']],
  ['a?', ['a?'], ['ab', 'a']],
];

/** Globs in a rule that loosens, with what only looks as if it fitted. */
const TRICKS: readonly (readonly [glob: string, fits: string, not: readonly string[]])[] = [
  [
    'Documents/*',
    'Documents/a/b.md',
    ['Documents/../Approved/x.md', 'Documents/..', 'Documents/a/../../x', 'Documents/..\\x', 'documents/x'],
  ],
  ['Documents/*', 'Documents/..a/b..', ['Documents/a\u202eb', 'Documents/a\u200bb', 'Documents/a\u0000b']],
  ['Documents/Müll/*', 'Documents/Müll/a', ['Documents/Mu\u0308ll/a']],
  [
    '*@example.com',
    'anna@example.com',
    [
      'evil@other.org,anna@example.com',
      'evil@other.org@example.com',
      'a b@example.com',
      'a,b@example.com',
      'a;b@example.com',
      'a:b@example.com',
      'a<b@example.com',
      'a>b@example.com',
      'a"b@example.com',
      'a(b@example.com',
      'a)b@example.com',
      'a\nb@example.com',
      'anna@\uff45xample.com',
      'anna@ex\u0430mple.com',
    ],
  ],
  [
    'https://example.com/*',
    'https://example.com/a?b=c',
    ['https://example.com', 'https://example.com.other.org/', 'https://user@example.com/', 'http://example.com/'],
  ],
  [
    'https://*.example.com/*',
    'https://a.b.example.com/x',
    [
      'https://other.org/x.example.com/',
      'https://other.org?.example.com/',
      'https://other.org#.example.com/',
      'https://other.org\\.example.com/',
      'https://me@a.example.com/',
      'https://a.example.com',
      'no url.example.com/',
    ],
  ],
  ['https://*@example.com/*', 'https://example.com/', []],
];

export const GLOB_CHECKS: Checks<typeof Glob> = {
  'a glob fits what it says, where * is any run of characters and nothing else is special': ({ globFits }) => {
    for (const [glob, fits, not] of FITS) {
      for (const text of fits) assert.equal(globFits(glob, text), true, `${glob} fits ${text}`);
      for (const text of not) assert.equal(globFits(glob, text), false, `${glob} does not fit ${text}`);
    }
  },
  'no trick with folders, letters, addresses or hosts makes a loosening glob fit': ({ textFits }) => {
    for (const [glob, fits, not] of TRICKS.slice(0, -1)) {
      assert.equal(textFits([glob], fits, 'loosens'), true, `${glob} fits ${fits}`);
      for (const text of not) assert.equal(textFits([glob], text, 'loosens'), false, `${glob} fits ${text}`);
    }
  },
  'a loosening glob never fits a host that stands behind a name': ({ textFits }) => {
    assert.equal(textFits(['https://*'], 'https://example.com', 'loosens'), true);
    assert.equal(textFits(['https://*'], 'https://anna@example.com', 'loosens'), false);
    assert.equal(textFits(['https://*'], 'https://example.com/@anna', 'loosens'), false);
    assert.equal(textFits(['https://*/*'], 'https://example.com/@anna', 'loosens'), true);
  },
  'a tightening glob fits whatever a person would take for it': ({ textFits }) => {
    const same: readonly (readonly [string, string])[] = [
      ['*.ssh/*', '/x/.SSH/id'],
      ['*.ssh/*', '/x/.s\u200bsh/id'],
      ['*.ssh/*', '/x/.\uff53sh/id'],
      ['*--force*', 'push --force\u202e'],
      ['/*', '/a/../b'],
      ['*@example.com', 'x, anna@example.com'],
      ['https://*.example.com/*', 'https://other.org/x.example.com/'],
      ['*.KDBX', 'a.kdbx'],
    ];
    for (const [glob, text] of same) assert.equal(textFits([glob], text, 'tightens'), true, `${glob} fits ${text}`);
    assert.equal(textFits(['e*'], 'e\u0301tude', 'tightens'), true, 'as it stands, though its folded form differs');
    assert.equal(textFits(['*.ssh/*'], '/x/ssh/id', 'tightens'), false);
  },
  'of several globs one is enough': ({ textFits }) => {
    for (const side of ['loosens', 'tightens'] as const) {
      assert.equal(textFits(['a', 'b'], 'b', side), true);
      assert.equal(textFits(['a', 'b'], 'c', side), false);
    }
  },
};
