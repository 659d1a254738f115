#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Everything the command line is made of in one file, as scripts/bundle writes it: that takes half as long as finding and
 * reading each of its modules. It is compiled at every start. What V8 compiles ahead would save 15 ms of 110, and V8
 * takes it for any source of the same length, and crashes where a bit of it is flipped.
 */
const BUNDLE = join(__dirname, 'portshift.js');

require(existsSync(BUNDLE) ? BUNDLE : './entry');
