import { surround } from './surroundings';

surround(...(JSON.parse(process.argv[2] ?? '') as Parameters<typeof surround>));
