import { homedir } from 'node:os';
import path from 'node:path';
import { faultsOfNode, isCloud, nodeOfPerson } from '../../core/node-role.ts';
import { privateKeysIn } from '../../core/private-keys.ts';
import { keysHere } from '../commands/key.ts';
import { broken, type Finding, fine, type Patient, warn } from './finding.ts';

/** Whether this node holds what a node of its kind must not, and whether those that `runs` names are known. */
export function checkNode({ config, environment, state }: Patient): readonly Finding[] {
  const { onRecord } = keysHere(state);
  const approving = [path.join(homedir(), '.ssh'), state.keys]
    .flatMap(privateKeysIn)
    .filter(({ blob }) => onRecord.some(key => key.blob === blob));
  const held = {
    secrets: Object.keys(environment.secrets),
    servers: Object.keys(config.servers),
    watchers: Object.keys(config.watchers),
    approving: approving.map(({ file }) => file),
  };
  const faults = faultsOfNode(config, held).map((text): Finding => {
    const [what = text, ...rest] = text.split(/(?<=\.)\s/);
    return { ...broken('node', what, rest.join(' ')), risk: text.includes('may approve') ? 'control' : 'secrets' };
  });
  const known = [config.node, ...Object.keys(config.peers)];
  const strangers = [...new Set(Object.values(config.runs))].filter(name => !known.includes(name));
  const unknown = strangers.map(name =>
    warn(
      'node',
      `\`runs\` names “${name}”, and no such node is known here.`,
      `Change \`runs\` in ${state.config}, or  steward pair`,
    ),
  );
  const alone =
    isCloud(config) && !known.includes(nodeOfPerson(config))
      ? [warn('node', 'No node where you decide is known here, so what it prepares waits.', 'steward pair')]
      : [];
  const found = [...faults, ...unknown, ...alone];
  return found.length > 0 ? found : [fine('node', `${config.node} (${isCloud(config) ? 'cloud' : 'local'})`)];
}
