#pragma once

#include "util/bytes.h"

/**
 * In place of the kernel at the other end of the program's netlink sockets: what is sent is
 * swallowed, and what is received is an input, a message each time, in answer to what was last
 * sent. The sockets themselves are real ones.
 */
namespace fuzz {

/**
 * From now on. The sequence number of each message is taken as how far behind that of the first
 * message last sent it is, modulo 8. In place of a message that says that it is shorter than its
 * header stands an error of the call. What follows the last one: nothing is waiting, or for who
 * would wait, EBADF.
 */
void answerWith(portshift::ByteView input);

}  // namespace fuzz
