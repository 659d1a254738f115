import { join } from 'node:path';

/**
 * Required before addons that are built with a sanitizer are loaded: every Node.js that this one starts gets the
 * sanitizer's library, and nothing else does. Other programs take several times as long with it, and there are many.
 */
process.execPath = join(__dirname, 'sanitized-node');
delete process.env['LD_PRELOAD'];
