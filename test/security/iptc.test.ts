import { packetsSuite } from './packets.suite';
import { trackingSuite } from './tracking.suite';

packetsSuite('iptc');
trackingSuite('iptc');
