import { test } from 'node:test';
import * as amount from '../../../orchestrator/decide/policy/amount.ts';
import * as caps from '../../../orchestrator/decide/policy/caps.ts';
import * as compare from '../../../orchestrator/decide/policy/compare.ts';
import * as glob from '../../../orchestrator/decide/policy/glob.ts';
import * as judge from '../../../orchestrator/decide/policy/judge.ts';
import * as match from '../../../orchestrator/decide/policy/match.ts';
import { AMOUNT_CHECKS } from './amount-checks.ts';
import { CAPS_CHECKS } from './caps-checks.ts';
import { COMPARE_CHECKS } from './compare-checks.ts';
import { type Checks, shippedPolicy } from './facts.ts';
import { GLOB_CHECKS } from './glob-checks.ts';
import { JUDGE_CHECKS } from './judge-checks.ts';
import { MATCH_CHECKS } from './match-checks.ts';
import { SHIPPED_CHECKS } from './shipped-checks.ts';

/** Each check by its name, on the real thing; the same checks are what every mutant has to fail. */
function testEach<M>(checks: Checks<M>, module: M): void {
  for (const [name, check] of Object.entries(checks)) test(name, () => check(module));
}

testEach(GLOB_CHECKS, glob);
testEach(AMOUNT_CHECKS, amount);
testEach(MATCH_CHECKS, match);
testEach(JUDGE_CHECKS, judge);
testEach(CAPS_CHECKS, caps);
testEach(COMPARE_CHECKS, compare);
testEach(SHIPPED_CHECKS, shippedPolicy());
