import { Option } from 'commander';

export interface FlowFlags {
  readonly flows: 'follow' | 'stay';
}

export function flowsOption(): Option {
  return new Option('--flows <what>', 'UDP flows that exist: stay where they are, or follow with their next packet')
    .choices(['follow', 'stay'])
    .default('stay');
}
