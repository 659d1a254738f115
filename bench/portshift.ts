/** What is published, not its sources: this is what users load. */
export const { openFirewall } = require('../dist') as typeof import('../lib');
