import { generatedSuite } from './generated.suite';

generatedSuite('iptc');
