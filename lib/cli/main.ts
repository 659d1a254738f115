#!/usr/bin/env node
import { runBundle } from './bundle';

if (!runBundle()) require('./entry');
