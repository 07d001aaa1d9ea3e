// The three processes of Steward as pm2 apps, made from what is configured:  pm2 start ecosystem.config.cjs
// STEWARD_VAULT and STEWARD_HOME say which vault; make it first (steward init DIR). `steward service install --with pm2`
// does the same with a pm2 home of its own. The apps are described in scripts/service/pm2-apps.ts.
const { spawnSync } = require('node:child_process');
const path = require('node:path');

// pm2 may run under any Node; ours reads TypeScript.
const node = path.join(__dirname, 'node_modules', 'node', 'bin', 'node');
const made = spawnSync(node, [path.join(__dirname, 'scripts', 'service', 'print-apps.ts')], { encoding: 'utf8' });
if (made.status !== 0) {
  throw new Error(made.stderr?.trim() || `Steward’s own Node is missing. In ${__dirname} run:  npm rebuild node`);
}

module.exports = { apps: JSON.parse(made.stdout) };
