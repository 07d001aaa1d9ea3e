// The three processes of Steward as pm2 apps: pm2 start ecosystem.config.cjs
// Make the vault first (steward init DIR). STEWARD_VAULT, STEWARD_HOME and the secrets are taken from the environment
// in which pm2 is started, and each app is given only its own.
const path = require('node:path');

const given = names =>
  Object.fromEntries(names.filter(name => process.env[name]).map(name => [name, process.env[name]]));
const secretsLike = pattern => Object.keys(process.env).filter(name => pattern.test(name));

const PLACES = ['STEWARD_VAULT', 'STEWARD_HOME'];
const BRAIN_SECRETS = ['ANTHROPIC_API_KEY'];
const SERVER_SECRETS = secretsLike(/^STEWARD_[A-Z0-9]+_(PASSWORD|TOKEN|KEY|SECRET)$/);

const app = (name, script, names) => ({
  name: `steward-${name}`,
  script,
  cwd: __dirname,
  interpreter: path.join(__dirname, 'node_modules', '.bin', 'node'),
  // Nothing of ours is inherited: what an app may know stands in its own env.
  filter_env: ['STEWARD_', 'ANTHROPIC_'],
  env: given([...PLACES, ...names]),
  autorestart: true,
  // 2: the vault or its configuration needs you; 4: another Steward has the vault. Starting again helps neither.
  stop_exit_codes: [2, 4],
  exp_backoff_restart_delay: 200,
  kill_timeout: 5000,
  time: true,
});

module.exports = {
  apps: [
    app('watchers', 'watchers/main.ts', []),
    app('planner', 'orchestrator/main.ts', BRAIN_SECRETS),
    app('executor', 'orchestrator/executor.ts', ['STEWARD_ENABLED', ...SERVER_SECRETS]),
  ],
};
