// Test files run side by side in several processes: each has an xtables lock and a place for records of its own.
const worker = process.env['MOCHA_WORKER_ID'];
for (const variable of ['XTABLES_LOCKFILE', 'PORTSHIFT_STATE_DIR']) {
  const path = process.env[variable];
  if (worker !== undefined && path) process.env[variable] = `${path}-${worker}`;
}

export {};
