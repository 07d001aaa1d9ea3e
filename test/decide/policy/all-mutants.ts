import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
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
import { loadMutant, mutantsOf, mutantsOfPolicy } from './mutator.ts';
import { SHIPPED_CHECKS } from './shipped-checks.ts';

/** A module with its checks: they are the same for the real one and for a mutated one. */
type Part = {
  readonly file: string;
  readonly run: () => void;
  readonly isWrong: (module: unknown) => boolean;
};

function part<M extends object>(name: string, module: M, checks: Checks<M>): Part {
  const isLike = (value: unknown): value is M =>
    typeof value === 'object' && value !== null && Object.keys(module).every(key => key in value);
  return {
    file: `orchestrator/decide/policy/${name}.ts`,
    run: () => {
      for (const check of Object.values(checks)) check(module);
    },
    isWrong: mutated => {
      if (!isLike(mutated)) throw new Error(`${name}.ts lost what it exports`);
      return fails(checks, mutated);
    },
  };
}

const fails = <M>(checks: Checks<M>, subject: M): boolean =>
  Object.values(checks).some(check => {
    try {
      check(subject);
      return false;
    } catch {
      return true;
    }
  });

const PARTS: readonly Part[] = [
  part('amount', amount, AMOUNT_CHECKS),
  part('glob', glob, GLOB_CHECKS),
  part('match', match, MATCH_CHECKS),
  part('judge', judge, JUDGE_CHECKS),
  part('caps', caps, CAPS_CHECKS),
  part('compare', compare, COMPARE_CHECKS),
];

export type Tried = { readonly subject: string; readonly mutants: number; readonly survivors: readonly string[] };

/** Tries every mutant of the policy engine, and of the policy that a new vault holds. */
export async function tryAllMutants(): Promise<readonly Tried[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'steward-mutants-'));
  const tried: Tried[] = [];
  try {
    for (const { file, run, isWrong } of PARTS) {
      run();
      const mutants = mutantsOf(file);
      const survivors: string[] = [];
      for (const { line, what, source } of mutants) {
        if (!isWrong(await loadMutant(file, source, folder))) survivors.push(`${file}:${line}  ${what}`);
      }
      tried.push({ subject: file, mutants: mutants.length, survivors });
    }
    const mutants = mutantsOfPolicy(shippedPolicy());
    const survivors = mutants.filter(({ policy }) => !fails(SHIPPED_CHECKS, policy)).map(({ what }) => what);
    tried.push({ subject: 'vault-template/Policies.md', mutants: mutants.length, survivors });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return tried;
}
