#!/usr/bin/env node
import { loadBundle } from './bundle';

const bundle = loadBundle();
if (bundle === undefined) require('./entry');
else bundle.run();
